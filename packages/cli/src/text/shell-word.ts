import { visibleText } from '@faircopy/store-core/visible-text'

/** A word as it can be pasted into a POSIX shell, on one line and with nothing in it that cannot be seen. */
export function shellWord(word: string): string {
  if (visibleText(word) !== word) return `"$(printf '${octal(word)}')"`
  return /^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** The bytes of a word as `printf` writes them: letters, digits and some signs stand for themselves. */
function octal(word: string): string {
  return Array.from(Buffer.from(word), (byte, at) => {
    const character = String.fromCharCode(byte)
    return /[\w/. ]/.test(character) || (character === '-' && at > 0)
      ? character
      : `\\${byte.toString(8).padStart(3, '0')}`
  }).join('')
}
