import { DEFAULT_NAMESPACE, type Entry, type HistoryEntry, type SessionAddress } from '@faircopy/store-core'
import type { Departure } from '../store/history-entries.ts'

/** What one line tells beside the entry itself. */
export interface EntryLineFacts {
  readonly session: Required<SessionAddress>
  /** As the session's codec reads it. */
  readonly role: string | null
  /** Of a legacy witness the entry has neither id nor writer. */
  readonly stored: boolean
  /** Why the session no longer says it, where it is history. */
  readonly left?: Departure
}

/**
 * An entry as one line of JSON. The record stands in it as its exact text, spliced in and never parsed and written
 * again (S12). `namespace` is told where it is not the default one.
 */
export function entryJson(
  entry: Entry | HistoryEntry,
  { session, role, stored, left }: EntryLineFacts,
): string {
  const members = [
    ['session', session.id],
    ...(session.namespace === DEFAULT_NAMESPACE ? [] : [['namespace', session.namespace] as const]),
    ['id', stored ? entry.id : null],
    ['seq', entry.seq],
    ['kind', entry.kind],
    ['role', role],
    ['at', entry.at],
    ['idempotencyKey', entry.idempotencyKey],
    ['writer', stored ? entry.writer : null],
    ['provenance', entry.provenance],
    ...(left ? [['left', left] as const] : []),
  ] as const
  const before = members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')
  return `{${before},"record":${recordLine(entry.record)}}`
}

/**
 * A record on one line: its exact text. Only a record that was written through the API can have line breaks, between
 * its members, where any white space says the same: they become spaces.
 */
export function recordLine(record: string): string {
  return record.replace(/[\r\n]/g, ' ')
}
