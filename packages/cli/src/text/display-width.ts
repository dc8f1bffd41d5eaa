import { stripVTControlCharacters } from 'node:util'

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' })
const WIDE =
  /\p{Emoji_Presentation}|\uFE0F|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Script=Han}/u
const ASCII = /^[\x20-\x7e]*$/

/** How many columns of a terminal a text takes, colours aside. */
export function displayWidth(text: string): number {
  const shown = stripVTControlCharacters(text)
  if (ASCII.test(shown)) return shown.length
  let width = 0
  for (const { segment } of GRAPHEMES.segment(shown)) {
    if (!/^[\p{Mn}\p{Cf}]+$/u.test(segment)) width += WIDE.test(segment) ? 2 : 1
  }
  return width
}

/** A text cut to a number of columns, with `…` where something was cut off. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  let kept = ''
  let width = 0
  for (const { segment } of GRAPHEMES.segment(text)) {
    width += displayWidth(segment)
    if (width > columns - 1) break
    kept += segment
  }
  return `${kept}…`
}
