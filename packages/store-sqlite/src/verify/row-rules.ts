import { entryHash } from '@faircopy/store-core/operator'
import { LAST_ENTRY_ID, SCHEMA } from '../file/schema.ts'
import type { Value } from '../file/seal.ts'
import { minuteOf } from '../rows/tip.ts'

/** The value of a row's column. */
export type Row = (column: string) => Value

/** What a row says that no row of its table may say; null where it may. Words without any value. */
type Rule = (row: Row) => string | null

interface Column {
  readonly name: string
  readonly type: 'number' | 'string' | 'bytes'
  readonly isNeeded: boolean
}

/** The states that a session can be in. */
const STATES: readonly Value[] = ['staged', 'live', 'deleted', 'undone']
const REASONS: readonly Value[] = ['create', 'import', 'originals', 'undo', 'replace', 'fork', 'redact']
const CHANGES: readonly Value[] = [
  'created',
  'appended',
  'replaced',
  'updated',
  'deleted',
  'shown',
  'redacted',
]
const WHYS: readonly Value[] = ['fork', 'reset', 'compaction', 'subagent', 'divergence', null]
const HASH_BYTES = 32
const NO_ENTRIES = 'names entries that no session can have'

const TYPES = { INTEGER: 'number', TEXT: 'string', BLOB: 'bytes' } as const

/** The columns that hold JSON, and what kind of it. */
const JSON_COLUMNS: readonly (readonly [table: string, column: string, kind: 'object' | 'any'])[] = [
  ['session', 'meta', 'object'],
  ['entry', 'provenance', 'object'],
  ['operation', 'answer', 'object'],
  ['import_run', 'about', 'object'],
  ['ledger', 'report', 'object'],
  ['ledger', 'certificate', 'any'],
  ['imported', 'filled', 'object'],
]

const RANGED: readonly string[] = ['range', 'inherited', 'brought']
/** What is at work on these may have come to the end of one. */
const SHRINKING: readonly string[] = ['doomed', 'staging']

const RULES: Readonly<Record<string, Rule>> = {
  store: (row) => (row('one') === 1 && /^[0-9a-f]{32}$/.test(String(row('id'))) ? null : 'names no store'),
  session: (row) => {
    if (!STATES.includes(row('state'))) return 'is in no state that there is'
    if (!WHYS.includes(row('parent_why'))) return 'has its parent for no reason that there is'
    if (row('deleted_at') !== null && row('state') !== 'deleted') return 'was deleted and is not'
    return null
  },
  tip: (row) => {
    if (row('minute') !== minuteOf(Number(row('updated_at')))) return 'is listed under another time'
    return row('change_kind') === null || CHANGES.includes(row('change_kind')) ? null : 'had no such change'
  },
  generation: (row) => (REASONS.includes(row('reason')) ? null : 'was made for no reason that there is'),
  change: (row) => {
    if (!CHANGES.includes(row('what'))) return 'is no change that there is'
    if (row('first') === null && row('last') === null) return null
    return isRange(row) ? null : NO_ENTRIES
  },
  held: (row) =>
    entryHash('delivery', row('at') as number | null, String(row('record'))) ===
    (row('hash') as Buffer).toString('hex')
      ? null
      : 'is not the delivery that was written',
  entry: (row) =>
    (row('redacted_at') === null) === (row('redacted_hash') === null) ? null : 'is half redacted',
}

const columns = new Map<string, readonly Column[]>()

/** The columns of a table as its schema has them. */
export function columnsOf(table: string): readonly Column[] {
  let known = columns.get(table)
  if (!known) {
    const lines = (SCHEMA.get(table) ?? '').matchAll(
      /^ {2}([a-z_]+) (INTEGER|TEXT|BLOB)( NOT NULL| PRIMARY KEY)?/gm,
    )
    known = [...lines].map(([, name = '', type, needed]) => ({
      name,
      type: TYPES[type as keyof typeof TYPES],
      isNeeded: needed !== undefined,
    }))
    columns.set(table, known)
  }
  return known
}

/** What is wrong with the values of a row, without any of them; null where nothing is. */
export function faultIn(table: string, row: Row): string | null {
  for (const { name, type, isNeeded } of columnsOf(table)) {
    const value = row(name)
    if (value === null ? isNeeded : !isOf(type, value)) return `has a ${name} of the wrong kind`
    if (value !== null && /(^|_)(head|hash)($|_)/.test(name) && (value as Uint8Array).length !== HASH_BYTES)
      return `has a ${name} that is none`
  }
  for (const [of, name, kind] of JSON_COLUMNS) {
    if (of === table && row(name) !== null && !isJson(String(row(name)), kind))
      return `has a ${name} that is no JSON`
  }
  if (RANGED.includes(table) && !isRange(row)) return NO_ENTRIES
  if (SHRINKING.includes(table) && !isRange(row, 1)) return NO_ENTRIES
  return RULES[table]?.(row) ?? null
}

function isOf(type: Column['type'], value: NonNullable<Value>): boolean {
  return type === 'bytes' ? value instanceof Uint8Array : typeof value === type && !isFraction(value)
}

function isFraction(value: NonNullable<Value>): boolean {
  return typeof value === 'number' && !Number.isInteger(value)
}

function isRange(row: Row, spare = 0): boolean {
  const [first, last] = [Number(row('first')), Number(row('last'))]
  return first >= 1 && first <= last + spare && last <= LAST_ENTRY_ID
}

function isJson(text: string, kind: 'object' | 'any'): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return kind === 'any' || (typeof value === 'object' && value !== null && !Array.isArray(value))
  } catch {
    return false
  }
}
