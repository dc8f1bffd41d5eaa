import { visibleText } from '@faircopy/store-core/visible-text'

/** Text as lines that can be shown, broken where it has a line feed; a tab is four spaces. */
export function visibleLines(text: string): string[] {
  return text.split(/\r?\n/).map((line) => visibleText(line.replaceAll('\t', '    ')))
}
