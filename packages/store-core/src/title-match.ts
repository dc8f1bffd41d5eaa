import { foldText } from './search-fold.ts'

/** Whether a title holds a text anywhere, whatever the case, width and accents of either ({@link foldText}). */
export function matchesTitle(title: string | null, text: string): boolean {
  return title !== null && foldText(title).includes(foldText(text))
}
