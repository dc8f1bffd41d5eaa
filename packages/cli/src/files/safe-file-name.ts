import { createHash } from 'node:crypto'

const PLAIN = /^[a-z0-9_-]{1,100}$/
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/

/**
 * A file name, without extension, for any text: never a path, never hidden, never a device, and different for different
 * texts, also where the file system ignores case. A plain text is its own name; any other has the plain part of it and
 * `~` with 16 digits of its SHA-256.
 */
export function safeFileName(text: string): string {
  return PLAIN.test(text) && !RESERVED.test(text) ? text : hashedFileName(text)
}

/** As {@link safeFileName}, and never the text itself. */
export function hashedFileName(text: string, mark = '~'): string {
  const plain = text.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 80)
  return `${plain}${mark}${createHash('sha256').update(JSON.stringify(text)).digest('hex').slice(0, 16)}`
}
