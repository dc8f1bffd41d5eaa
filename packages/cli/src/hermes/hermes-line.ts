import { combineRecords } from '@faircopy/reconcile'
import { codecNamed, type Entry, parseRecord } from '@faircopy/store-core'
import { recordLine } from '../reports/entry-json.ts'

/**
 * The line of an entry in a Hermes transcript: its record in its exact text. What tells Hermes that it is a delivered
 * copy or a `session_meta` is added before the closing brace where the record does not say it itself.
 */
export function hermesLine({ kind, record }: Pick<Entry, 'kind' | 'record'>, codec: string): string {
  return recordLine(combineRecords(record, JSON.stringify(marks(kind, record, codec))).text)
}

function marks(kind: string, record: string, codec: string): object {
  if (kind === 'session_meta') return { role: 'session_meta' }
  if (kind !== 'delivery') return {}
  const { deliveredFrom } = codecNamed(codec).view(parseRecord(record))
  return { mirror: true, mirror_source: deliveredFrom ?? 'elsewhere' }
}
