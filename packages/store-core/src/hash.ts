import { hash } from 'node:crypto'

/** The head of a session that contains nothing. */
export const EMPTY_HEAD: string = '0'.repeat(64)

/**
 * The hash of what an entry says: SHA-256 over its kind, NUL, its `at` in decimal (nothing for null), NUL, and its
 * record's exact text, all in UTF-8. A kind holds no NUL and a number none, so no two entries share an input (S25).
 *
 * @returns 64 hex digits.
 */
export function entryHash(kind: string, at: number | null, record: string): string {
  return hash('sha256', `${kind}\0${at ?? ''}\0${record}`)
}

/**
 * The head after one more entry: SHA-256 over the 32 bytes of the head before and the 32 bytes of the entry's hash.
 * The first entry follows {@link EMPTY_HEAD}. Appending costs one step; a rewrite re-chains from its first change.
 *
 * @returns 64 hex digits.
 */
export function chainHead(head: string, entry: string): string {
  writeHex(head, 0)
  writeHex(entry, 32)
  return hash('sha256', chained)
}

/** Reused: one call of `hash` costs a third of a Hash object that is updated twice. */
const chained = new Uint8Array(64)

function writeHex(hex: string, at: number): void {
  for (let i = 0; i < 32; i++)
    chained[at + i] = (nibble(hex.charCodeAt(2 * i)) << 4) | nibble(hex.charCodeAt(2 * i + 1))
}

/** Of a hex digit's code its value. */
function nibble(code: number): number {
  return (code & 15) + 9 * (code >> 6)
}
