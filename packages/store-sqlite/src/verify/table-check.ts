import { ENTRIES_PER_SESSION, entryKey, LAST_ENTRY_ID } from '../file/schema.ts'
import type { Value } from '../file/seal.ts'
import type { Address } from '../rows/session-row.ts'
import type { Findings } from './findings.ts'
import type { Named, Names } from './names.ts'
import { hasColumn, keysOf, RowCheck } from './row-check.ts'
import type { Row } from './row-rules.ts'
import { type Rows, type Snapshot, UNREADABLE } from './snapshot.ts'

/** What a check looks at, and where it says what it finds. */
export interface Checking {
  readonly snapshot: Snapshot
  readonly names: Names
  readonly findings: Findings
  /** Whether each row has a seal: those of a file that was of schema 1 may have none. */
  readonly isWhole: boolean
}

/** The tables whose rows belong to a session and are looked at with all others. A session's own row, its tip and its entries are looked at with it. */
export const BESIDE_SESSIONS: readonly string[] = [
  'generation',
  'range',
  'inherited',
  'waypoint',
  'change',
  'pruned_entry',
  'entry_key',
  'fork_key',
  'doomed',
  'delivery_key',
  'operation',
  'route',
  'held',
  'import_run',
  'ledger',
  'imported',
  'brought',
  'quarantine',
  'staging',
  'import_claim',
]

/** What the entry of a key says, if it is stored or was pruned with its key. */
const ENTRY = 'SELECT 1 FROM entry WHERE key = ? UNION ALL SELECT 1 FROM pruned_entry WHERE key = ?'
const RUN = 'SELECT 1 FROM import_run WHERE number = ?'
const IMPORTED = 'SELECT session FROM imported WHERE number = ?'

/** Checks the rows of a table, or those of one session in it: each whole, of a session that is there, leading to what is. */
export async function checkTable(
  checking: Checking,
  table: string,
  of: { readonly number: number; readonly address: Address } | null,
): Promise<void> {
  const { snapshot, names, findings, isWhole } = checking
  const which = of === null ? {} : rowsOf(table, of)
  if (which === null) return
  const check = new RowCheck(table, isWhole)
  await snapshot.each(
    { table, columns: check.columns, keys: check.keys, ...which },
    (values) => {
      const row = check.read(values)
      const address = addressOf(names, table, row) ?? of?.address ?? null
      const lost = leadsNowhere(checking, table, row)
      if (lost)
        return findings.add(
          lost.code,
          { address, ...(lost.entry !== undefined && { entry: lost.entry }) },
          lost.detail,
        )
      const fault = check.faultIn(values)
      if (fault) findings.add('row-damaged', { address }, `A row of ${table} ${fault}`)
    },
    () =>
      findings.add('database-damaged', { address: of?.address ?? null }, `Rows of ${table} cannot be read`),
  )
}

/** Which rows of a table are a session's; null where that cannot be asked without reading all of them. */
function rowsOf(
  table: string,
  { number, address }: { readonly number: number; readonly address: Address },
): Pick<Rows, 'first' | 'through' | 'where' | 'values'> | null {
  if (table === 'ledger')
    return { where: 'namespace = ? AND session = ?', values: [address.namespace, address.id] }
  if (table === 'pruned_entry')
    return { first: entryKey(number, 0), through: entryKey(number, LAST_ENTRY_ID) }
  if (table === 'change' || table === 'import_claim' || !hasColumn(table, 'session')) return null
  if (keysOf(table)[0] === 'session') return { first: number, through: number }
  return { where: 'session = ?', values: [number] }
}

function addressOf(names: Names, table: string, row: Row): Address | null {
  if (table === 'ledger' || table === 'import_claim') {
    const [namespace, id] = [row('namespace'), row('session')]
    return typeof namespace === 'string' && typeof id === 'string' ? { namespace, id } : null
  }
  if (table === 'pruned_entry') return names.addressOf(ownerOf(row('key')))
  if (table === 'doomed') return names.addressOf(row('owner'))
  return row('session') === null ? null : names.addressOf(row('session'))
}

interface Lost {
  readonly code: 'key-without-entry' | 'row-damaged'
  readonly entry?: number
  readonly detail: string
}

/** What a row leads to and is not there. */
function leadsNowhere({ snapshot, names }: Checking, table: string, row: Row): Lost | null {
  const lost = (detail: string): Lost => ({ code: 'row-damaged', detail: `A row of ${table} ${detail}` })
  const named = ownersIn(table, row).map((number) => names.of(number))
  if (named.includes(UNREADABLE)) return null
  if (named.includes(null)) return lost('belongs to a session that is not there')
  const [first] = named as Named[]
  const has = (sql: string, ...values: Value[]): boolean => snapshot.find(sql, ...values) !== null
  switch (table) {
    case 'entry_key':
    case 'delivery_key':
    case 'fork_key': {
      const id = Number(row('id'))
      const key = entryKey(Number(table === 'fork_key' ? row('owner') : row('session')), id)
      if (has(ENTRY, key, key)) return null
      return {
        code: 'key-without-entry',
        entry: id,
        detail: 'An idempotency key names an entry that is not stored',
      }
    }
    case 'change':
      return first && first.lastId !== null && Number(row('last') ?? 0) > first.lastId
        ? lost('names an entry that its session never had')
        : null
    case 'ledger':
    case 'imported':
      return has(RUN, row('run')) ? null : lost('belongs to an import that is not there')
    case 'quarantine':
      if (row('run') === null) return row('token') === null ? lost('belongs to no import') : null
      return has(RUN, row('run')) ? null : lost('belongs to an import that is not there')
    case 'brought': {
      const imported = snapshot.find(IMPORTED, row('imported'))
      if (imported === UNREADABLE || imported?.[0] === row('session')) return null
      return lost('belongs to an import that is not there')
    }
    default:
      return null
  }
}

/** The numbers of the sessions that a row names. */
function ownersIn(table: string, row: Row): Value[] {
  if (table === 'ledger' || table === 'import_claim' || table === 'held' || table === 'import_run') return []
  if (table === 'pruned_entry') return [ownerOf(row('key'))]
  if (table === 'doomed') return [row('owner')]
  return hasColumn(table, 'owner') ? [row('session'), row('owner')] : [row('session')]
}

/** The number of the session that a key's entry is stored under. */
function ownerOf(key: Value): number {
  return Math.floor(Number(key) / ENTRIES_PER_SESSION)
}
