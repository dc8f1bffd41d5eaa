import { codecNamed, parseRecord, type Session, type TranscriptReader } from '@faircopy/store-core'
import { recordTraits } from '../formats/record-traits.ts'
import type { ScannedWitness } from './scanned-witness.ts'

type Records = ScannedWitness['records']

/**
 * What there is to say of a session whose witnesses have entries, and among them no message, or fewer than of other
 * records; null where most are messages, or most of what the store says in that session.
 */
export async function unreadDetail(
  witnesses: readonly (ScannedWitness | null)[],
  session: Session | null,
  store: TranscriptReader | null,
): Promise<string | null> {
  const records = { total: 0, said: 0, headers: 0 }
  let entries = 0
  for (const witness of witnesses.filter((each) => each !== null)) {
    entries += witness.places.length
    records.total += witness.records.total
    records.said += witness.records.said
    records.headers += witness.records.headers
  }
  if (entries === 0 || isMostlySaid(records)) return null
  if (session && store && isMostlySaid(await storedRecords(session, store))) return null
  const { total, said } = records
  return said === 0
    ? `none of its ${total} records is a message`
    : `${said} of its ${total} records are messages`
}

function isMostlySaid({ total, said, headers }: Records): boolean {
  return said > 0 && said * 2 >= total - headers
}

async function storedRecords(session: Session, store: TranscriptReader): Promise<Records> {
  const records = { total: 0, said: 0, headers: 0 }
  const codec = codecNamed(session.codec)
  for await (const { kind, record } of store.read(session, { to: session.entryCount })) {
    const { says, meta } = recordTraits(kind, parseRecord(record), codec)
    records.total++
    if (says) records.said++
    else if (meta !== null) records.headers++
  }
  return records
}
