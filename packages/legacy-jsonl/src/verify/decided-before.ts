import { isJsonObject, type JsonObject, type LedgerRecord } from '@faircopy/store-core'
import { decidedKey, decisionOf, leavesLines } from '../ledger/session-standing.ts'

/** What a person decided about a session. */
export interface Decided {
  readonly note: LedgerRecord
  readonly choice: unknown
  /** Entries that the file had then. */
  readonly lines: number
  /** Entries of the database that may stand nowhere: the store itself was contested, and it was left as it is. */
  readonly rows: number
  /** Entries that the database had then. */
  readonly toldRows: number
  readonly branch: JsonObject | null
  /** Lines that stay where they are: its own, and those of decisions before it. */
  readonly withheld: number
  /** The decision before, where it left lines where they were and this one was made about what came behind them. */
  readonly earlier: Decided | null
}

/** The last decision of a person that the ledger has about the session. */
export function decidedOf(notes: readonly LedgerRecord[]): Decided | null {
  const note = notes.findLast(({ report }) => isJsonObject(report['decision']))
  const decision = note?.report['decision']
  if (!note || !isJsonObject(decision)) return null
  const { choice, file, database, branch } = decision
  const lines = isJsonObject(file) ? Number(file['entries']) : Number.POSITIVE_INFINITY
  const undecided = notes.findLast(({ key }) => decidedKey(key) === note.key)
  const isOfStore =
    undecided !== undefined && contestsStore(undecided, isJsonObject(file) && isJsonObject(database))
  const toldRows = isJsonObject(database) ? Number(database['entries']) : 0
  const rows = isOfStore ? toldRows : 0
  const withheld = Number(decision['withheld'] ?? 0)
  const before = decidedOf(notes.slice(0, notes.indexOf(note)))
  const earlier = before && (before.branch || withheld > 0) && awayLines(before) > 0 ? before : null
  const ofBranch = isJsonObject(branch) ? branch : null
  return { note, choice, lines, rows, toldRows, branch: ofBranch, withheld, earlier }
}

/** How many of the file's first entries may stand nowhere in the session. */
export function awayLines(decided: Decided | null): number {
  if (!decided) return 0
  return Math.max(leavesLines(decided) ? decided.lines : 0, awayLines(decided.earlier))
}

/** How many of the database's first entries may stand nowhere in the session. */
export function awayRows(decided: Decided | null): number {
  if (!decided) return 0
  return Math.max(leavesLines(decided) ? decided.rows : 0, awayRows(decided.earlier))
}

/** The session that a decision made of the legacy side. */
export function branchOf({ branch }: Pick<Decided, 'branch'>): {
  readonly namespace: string
  readonly id: string
} {
  return { namespace: String(branch?.['namespace']), id: String(branch?.['id']) }
}

/** Whether it is the store itself that the source contradicts: then nothing of the source was written. */
export function contestsStore({ certificate, headBefore }: LedgerRecord, hasPairing: boolean): boolean {
  const listed = isJsonObject(certificate) ? certificate['certificates'] : undefined
  const met = Array.isArray(listed) ? listed.slice(hasPairing ? 1 : 0) : []
  return headBefore !== null && met.some((each) => isJsonObject(each) && each['verdict'] === 'ambiguous')
}

/** Of which members the ledger tells that the witnesses, or one and the store, tell them differently. */
export function contestedBy(notes: readonly LedgerRecord[]): (member: string) => boolean {
  const told = notes.flatMap(({ report: { problems } }) =>
    (Array.isArray(problems) ? problems : []).flatMap((problem) =>
      isJsonObject(problem) && problem['code'] === 'field-conflict' ? [String(problem['detail'])] : [],
    ),
  )
  const wasDecided = notes.some((note) => decisionOf(note) !== null)
  return (member) => wasDecided || told.some((detail) => detail.includes(` ${JSON.stringify(member)} (`))
}

/** Which rows may stand in another order than the database's: those that it had when the file's was adopted. */
export function movedBy(decided: Decided | null): (position: number) => boolean {
  return (position) => decided?.choice === 'adopt-legacy' && position < decided.toldRows
}

/** Which entries of either witness may stand nowhere, by their positions: those that a decision left where they are. */
export function awayBy(decided: Decided | null): {
  readonly [K in 'file' | 'database']: (position: number) => boolean
} {
  const before = (count: number) => (position: number) => position < count
  return { file: before(awayLines(decided)), database: before(awayRows(decided)) }
}

/** Of no position: nothing may be missing, or moved. */
export const never = (): boolean => false
