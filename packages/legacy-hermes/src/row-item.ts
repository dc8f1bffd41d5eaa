import { isUtf8 } from 'node:buffer'
import { kindOfRole, LazyTraitsEntry, type WitnessItem } from '@faircopy/legacy-jsonl'
import { openaiChat, type RecordLimits } from '@faircopy/store-core'
import type { MessageRow, SqlValue } from './message-row.ts'
import { isNestedDeeperThan, rowRecord, sqlJson } from './row-record.ts'

/** What a row is to an import. */
export interface RowItem {
  readonly item: WitnessItem
  /** Composes the text that stands for it in its session's digest. */
  digested(): string
}

type Fault = 'invalid-utf8' | 'nul-bytes' | 'too-long' | 'too-deep'

/** So many NULs in a row no writer meant: a page of the row was overwritten with nothing. */
const LOST_TEXT = '\0'.repeat(64)

/** Makes an entry of a row, or quarantines it with the values it has. Pure. */
export function rowItem(row: MessageRow, limits: RecordLimits): RowItem {
  if (row.size > limits.maxBytes) return quarantined(row, 'too-long')
  if (row.members.some(([{ type }, value]) => value instanceof Uint8Array && type !== 'BLOB')) {
    return quarantined(row, 'invalid-utf8')
  }
  if (row.members.some(([, value]) => typeof value === 'string' && value.includes(LOST_TEXT))) {
    return quarantined(row, 'nul-bytes')
  }
  const { text, record } = rowRecord(row)
  if (isLongerThan(text, limits.maxBytes)) return quarantined(row, 'too-long')
  if (isNestedDeeperThan(record, limits.maxDepth)) return quarantined(row, 'too-deep')

  const role = record['role']
  const kind = role === 'session_meta' ? role : kindOfRole(role)
  const at = epochMs(row.timestamp)
  const withdrawn = !row.active || row.compacted
  const place = { row: row.id, rowTime: exactText(row.timestamp) }
  const entry = { kind, record: text, at, stamp: at, withdrawn, place }
  return {
    item: { as: 'entry', entry: new LazyTraitsEntry(entry, record, openaiChat) },
    digested: () => `${head(row)}\n${text}\n`,
  }
}

function isLongerThan(text: string, maxBytes: number): boolean {
  return text.length > maxBytes || (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes)
}

/** Epoch ms of epoch seconds; null for what is no time. */
export function epochMs(seconds: SqlValue): number | null {
  if (typeof seconds !== 'number' && typeof seconds !== 'bigint') return null
  const ms = Math.round(Number(seconds) * 1000)
  return Number.isSafeInteger(ms) ? ms : null
}

function quarantined(row: MessageRow, reason: Fault): RowItem {
  const text =
    reason === 'too-long'
      ? null
      : `{${row.members
          .filter(([, value]) => value !== null)
          .map(([{ name }, value]) => `${JSON.stringify(name)}:${sqlJson(asText(value)).text}`)
          .join(',')}}`
  const bytes = text === null ? null : new Uint8Array(Buffer.from(text))
  return {
    item: {
      as: 'quarantined',
      line: { reason, line: row.id, offset: 0, length: bytes?.length ?? row.size, bytes },
    },
    digested: () => `${head(row)}\n${reason} ${row.size} ${text}\n`,
  }
}

function head(row: MessageRow): string {
  return JSON.stringify([row.id, exactText(row.timestamp), row.active, row.compacted])
}

/** Bytes that are text after all, as text. */
function asText(value: SqlValue): SqlValue {
  return value instanceof Uint8Array && isUtf8(value) ? Buffer.from(value).toString() : value
}

/** Of a real the shortest text that reads back as the same. */
function exactText(value: SqlValue): string | null {
  return value === null || value instanceof Uint8Array ? null : String(value)
}
