import { isJsonDocument } from './json-prefix.ts'

/** By what a file begins that is no text, and what it then is. */
const BINARY: readonly (readonly [beginning: string, what: string])[] = [
  [Buffer.from('SQLite format 3\0').toString('hex'), 'a SQLite database'],
  ['377f0682', 'the write-ahead log of a SQLite database'],
  ['377f0683', 'the write-ahead log of a SQLite database'],
  ['d9d505f920a163d7', 'the journal of a SQLite database'],
  ['1f8b', 'compressed with gzip'],
  ['28b52ffd', 'compressed with zstd'],
  ['fd377a585a00', 'compressed with xz'],
  ['425a68', 'compressed with bzip2'],
  ['504b0304', 'a zip archive'],
  ['fffe', 'UTF-16 text'],
  ['feff', 'UTF-16 text'],
]

/** What a file is that is no text of lines with a record each, by its first bytes; null where it may be one. */
export function shapeOf(head: Uint8Array): string | null {
  const beginning = Buffer.from(head.subarray(0, 16)).toString('hex')
  const binary = BINARY.find(([magic]) => beginning.startsWith(magic))
  if (binary) return binary[1]
  if (/^(?:(?!00)..00){4}|^(?:00(?!00)..){4}/.test(beginning)) return 'UTF-16 text'
  return isJsonDocument(beginning.startsWith('efbbbf') ? head.subarray(3) : head) ? 'one JSON document' : null
}
