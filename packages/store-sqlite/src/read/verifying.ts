import { orAborted, readable } from '@faircopy/store-core/backend'
import type { VerifyOptions, VerifyReport } from '@faircopy/store-core/operator'
import { loadDriver } from '../file/driver.ts'
import { contractError } from '../file/outcome.ts'
import { ENTRIES_PER_SESSION } from '../file/schema.ts'
import type { StoreFile } from '../file/store-file.ts'
import { apart } from '../file/thread.ts'
import { type Address, findSession } from '../rows/session-row.ts'
import { Findings, NOWHERE } from '../verify/findings.ts'
import { findCutLog } from '../verify/log-cut.ts'
import { Names } from '../verify/names.ts'
import { RowCheck } from '../verify/row-check.ts'
import { checkSearchIndex, type FoundIndex, indexPath } from '../verify/search-check.ts'
import { checkSession } from '../verify/session-check.ts'
import { isDamage, Snapshot, UNREADABLE } from '../verify/snapshot.ts'
import { READ_STRUCTURE, type Structure } from '../verify/structure-reading.ts'
import { BESIDE_SESSIONS, type Checking, checkTable } from '../verify/table-check.ts'

/** The next number that a session has, or rows of one. Each is asked for itself: one of them may be unreadable. */
const NEXT_NUMBERS = [
  'SELECT min(number) FROM session WHERE number > ?',
  'SELECT min(session) FROM tip WHERE session > ?',
  `SELECT min(key) / ${ENTRIES_PER_SESSION} FROM entry WHERE key >= ? * ${ENTRIES_PER_SESSION}.0`,
]

/** The last session of a name, found without the index of names. */
const BESIDE_THE_INDEX = `SELECT number FROM session NOT INDEXED
  WHERE namespace = ? AND id = ? AND state NOT IN ('staged', 'undone', 'deleted') ORDER BY number DESC LIMIT 1`

/** Checks all that is stored, or one session, against what was written (S25). Damage is a finding, not an error. */
export async function verifyStore(
  file: StoreFile,
  only: Address | null,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const { signal } = options
  const findings = new Findings()
  const index = only === null ? await lookAtStructure(file, findings, signal) : null
  const snapshot = await Snapshot.open(file, signal)
  try {
    const checking: Checking = {
      snapshot,
      names: new Names(snapshot),
      findings,
      isWhole: checkStoreRow(snapshot, findings),
    }
    const counts =
      only === null ? await verifyAll(file, checking, options, index) : await verifyOne(checking, only)
    return { ...counts, findings: findings.all() }
  } finally {
    snapshot.close()
  }
}

type Counts = Omit<VerifyReport, 'findings'>

async function verifyOne(checking: Checking, only: Address): Promise<Counts> {
  const number = numberOf(checking, only)
  if (number === null) return { sessions: 0, entries: 0 }
  const { entries } = await checkSession(checking, number, true)
  for (const table of BESIDE_SESSIONS) await checkTable(checking, table, { number, address: only })
  return { sessions: 1, entries }
}

/** The number of a live session, also where what leads to it is damaged; null where only that can be told. */
function numberOf({ snapshot, findings }: Checking, only: Address): number | null {
  try {
    const found = findSession(snapshot.connection, only)
    return readable(only, found?.state === 'live' ? found : null).number
  } catch (error) {
    if (!isDamage(error)) throw error
  }
  const row = snapshot.find(BESIDE_THE_INDEX, only.namespace, only.id)
  if (row !== null && row !== UNREADABLE) return Number(row[0])
  findings.add('row-damaged', { address: only }, 'What leads to the session is not what was written')
  return null
}

async function verifyAll(
  file: StoreFile,
  checking: Checking,
  { signal, onProgress }: VerifyOptions,
  index: FoundIndex | null,
): Promise<Counts> {
  const { snapshot, names, findings } = checking
  await findCutLog(file.path, snapshot, findings)
  let sessions = 0
  let entries = 0
  for (let number = nextSession(checking, 0); number !== null; number = nextSession(checking, number)) {
    const checked = await checkSession(checking, number, false)
    entries += checked.entries
    if (checked.isLive) {
      sessions++
      onProgress?.({ sessions, entries })
    }
    await snapshot.breathe()
    snapshot.renew()
    names.forget()
  }
  for (const table of BESIDE_SESSIONS) {
    await checkTable(checking, table, null)
    snapshot.renew()
    names.forget()
  }
  if (index) await checkSearchIndex(file, index, findings, signal)
  return { sessions, entries }
}

function nextSession({ snapshot }: Checking, after: number): number | null {
  const [session, tip, entry] = NEXT_NUMBERS
  const next = [[session, after] as const, [tip, after] as const, [entry, after + 1] as const]
    .map(([sql = '', from]) => snapshot.find(sql, from))
    .flatMap((row) => (row === null || row === UNREADABLE || typeof row[0] !== 'number' ? [] : [row[0]]))
    // Rows out of their order may lead back to one that was checked, and round for ever.
    .filter((number) => number > after)
  return next.length === 0 ? null : Math.min(...next)
}

/** Checks the store's own row, and says whether each row of the others has a seal. */
function checkStoreRow(snapshot: Snapshot, findings: Findings): boolean {
  const check = new RowCheck('store', true)
  const wanted = [...check.keys, ...check.columns].join(', ')
  const row = snapshot.find(`SELECT ${wanted} FROM store`)
  if (row === null || row === UNREADABLE) {
    findings.add('row-damaged', NOWHERE, 'The row of the store itself is not there, or cannot be read')
    return true
  }
  // A file of schema 1, read as it is, has no seal at all.
  if (check.read(row)('partly_sealed') === null) return false
  const fault = check.faultIn(row)
  if (fault) findings.add('row-damaged', NOWHERE, `The row of the store itself ${fault}`)
  return check.read(row)('partly_sealed') === 0
}

/** Checks the structure of the file, and gives what its search index holds. */
async function lookAtStructure(
  file: StoreFile,
  findings: Findings,
  signal: AbortSignal | undefined,
): Promise<FoundIndex | null> {
  const path = indexPath(file)
  const { damaged, index } = await readStructure(file, path, signal)
  for (const name of damaged) {
    const where = name === null ? '' : ` in ${name}`
    findings.add('database-damaged', NOWHERE, `SQLite's own check found damage${where}`)
  }
  return path !== null && index !== null ? { path, content: index } : null
}

/** An abort is heard at once; SQLite's check itself can't be stopped, and its thread ends when it is through. */
async function readStructure(
  file: StoreFile,
  index: string | null,
  signal: AbortSignal | undefined,
): Promise<Structure> {
  signal?.throwIfAborted()
  try {
    const driver = await loadDriver()
    return await orAborted(apart(driver, READ_STRUCTURE, { file: file.checkName(), index }), signal)
  } catch (error) {
    signal?.throwIfAborted()
    file.checkName()
    throw contractError(error, file.path, 'before-commit')
  }
}
