import type { Entry } from '@faircopy/store-core'
import { type EntryRange, type Places, sliceRanges } from '@faircopy/store-core/backend'
import { chainHead, EMPTY_HEAD } from '@faircopy/store-core/operator'
import type { Rows } from './rows.ts'
import type { SessionRow } from './sessions.ts'

/** What is stored of an entry. Its place is computed. */
export type StoredEntry = Omit<Entry, 'seq'>

export interface EntryRow {
  readonly owner: number
  readonly id: number
  readonly kind: string
  readonly at: number | null
  readonly writer: string
  readonly key: string | null
  readonly hash: string
  readonly provenance: string | null
  readonly record: string
  readonly redaction: string | null
}

export function storedEntry(row: EntryRow): StoredEntry {
  const { id, kind, key: idempotencyKey, at, record, hash, writer, provenance, redaction } = row
  return {
    id,
    kind,
    idempotencyKey,
    at,
    record,
    hash,
    writer,
    provenance: provenance === null ? null : JSON.parse(provenance),
    ...(redaction !== null && { redaction: JSON.parse(redaction) }),
  }
}

const FORWARD = 'SELECT * FROM entry WHERE owner = ? AND id BETWEEN ? AND ? ORDER BY id'
const BACKWARD = `${FORWARD} DESC`

/** What a list of ranges says from one place to another, both included. */
export function* entriesOf(
  rows: Rows,
  ranges: readonly EntryRange[],
  { from, to, direction }: Places,
): Generator<Entry> {
  const isForward = direction === 'forward'
  const slice = sliceRanges(ranges, from, to)
  let seq = isForward ? from : to
  for (const { owner, first, last } of isForward ? slice : slice.toReversed()) {
    for (const row of rows.each<EntryRow>(isForward ? FORWARD : BACKWARD, owner, first, last)) {
      yield { ...storedEntry(row), seq }
      seq += isForward ? 1 : -1
    }
  }
}

/** Every entry that a session contains or contained and that is still stored, by id. */
export function knownEntries(rows: Rows, { number }: SessionRow): Generator<EntryRow> {
  return rows.each(
    `SELECT DISTINCT e.* FROM range r JOIN entry e ON e.owner = r.owner AND e.id BETWEEN r.first AND r.last
     WHERE r.session = ? ORDER BY e.id`,
    number,
  )
}

/** The chain over the hashes of what a list of ranges says, behind another one (S25). */
export function headOf(rows: Rows, ranges: readonly EntryRange[], behind: string = EMPTY_HEAD): string {
  const sql = 'SELECT hash FROM entry WHERE owner = ? AND id BETWEEN ? AND ? ORDER BY id'
  let head = behind
  for (const { owner, first, last } of ranges) {
    for (const { hash } of rows.each<{ hash: string }>(sql, owner, first, last)) head = chainHead(head, hash)
  }
  return head
}
