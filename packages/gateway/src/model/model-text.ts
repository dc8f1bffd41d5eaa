const SOMETHING = /[^\p{White_Space}\p{Cc}\uFEFF]/u

/** Whether a text is nothing but white space and control characters: providers refuse such a text. */
export function isBlank(text: string): boolean {
  return !SOMETHING.test(text)
}

/** A text without the white space at its end. */
export function trimmedEnd(text: string): string {
  let end = text.length
  while (end > 0 && isBlank(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
