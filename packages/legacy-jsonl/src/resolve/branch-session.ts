import { hash } from 'node:crypto'
import type { SessionAddress } from '@faircopy/store-core'

/** What an id may measure, in bytes of UTF-8. */
const LONGEST_ID = 255
const DIGITS = 16

/**
 * The session that the legacy side of an undecided one becomes: its id followed by `~` and 16 digits that stand for the
 * session and exactly these witnesses. The same again is the same session; another one is another. Of an id that would
 * become too long its beginning is kept.
 */
export function branchSession(
  { namespace, id }: Required<SessionAddress>,
  key: string,
): Required<SessionAddress> {
  const digits = hash('sha256', JSON.stringify([namespace, id, key])).slice(0, DIGITS)
  return { namespace, id: `${beginning(id, LONGEST_ID - DIGITS - 1)}~${digits}` }
}

/** As many whole characters as fit. */
function beginning(id: string, bytes: number): string {
  let kept = ''
  let length = 0
  for (const character of id) {
    length += Buffer.byteLength(character)
    if (length > bytes) break
    kept += character
  }
  return kept
}
