import type { ScannedWitness } from './scanned-witness.ts'

/**
 * What there is to say of a session whose witnesses have entries, and among them no message, or fewer than of other
 * records; null where most are messages.
 */
export function unreadDetail(...witnesses: readonly (ScannedWitness | null)[]): string | null {
  let [entries, total, said, headers] = [0, 0, 0, 0]
  for (const { places, records } of witnesses.filter((witness) => witness !== null)) {
    entries += places.length
    total += records.total
    said += records.said
    headers += records.headers
  }
  if (entries === 0 || (said > 0 && said * 2 >= total - headers)) return null
  return said === 0
    ? `none of its ${total} records is a message`
    : `${said} of its ${total} records are messages`
}
