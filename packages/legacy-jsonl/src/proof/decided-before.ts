import {
  type DecisionContent,
  memoryOf,
  type Note,
  type RecordedDecision,
  type Written,
} from '../ledger/note.ts'
import { importAbout, lastDecision, leavesLines } from '../ledger/session-standing.ts'

/** What a person decided about a session. */
export interface Decided {
  readonly note: Written & DecisionContent
  readonly choice: RecordedDecision['choice']
  /** Entries that the file had then. */
  readonly lines: number
  /** Entries of the database that may stand nowhere: the store itself was contested, and it was left as it is. */
  readonly rows: number
  /** Entries that the database had then. */
  readonly toldRows: number
  readonly branch: NonNullable<RecordedDecision['branch']> | null
  /** Lines that stay where they are: its own, and those of decisions before it. */
  readonly withheld: number
  /** The decision before, where it left lines where they were and this one was made about what came behind them. */
  readonly earlier: Decided | null
}

/** The last decision of a person that the ledger has about the session. */
export function decidedOf(notes: readonly Note[]): Decided | null {
  const note = lastDecision(notes)
  if (!note) return null
  const { choice, file, database, branch = null, withheld } = note.decision
  const lines = file ? file.entries : Number.POSITIVE_INFINITY
  const undecided = importAbout(notes, note.about)
  const isOfStore = undecided !== undefined && contestsStore(undecided, file !== null && database !== null)
  const toldRows = database ? database.entries : 0
  const rows = isOfStore ? toldRows : 0
  const before = decidedOf(notes.slice(0, notes.indexOf(note)))
  const earlier = before && (before.branch || withheld > 0) && awayLines(before) > 0 ? before : null
  return { note, choice, lines, rows, toldRows, branch, withheld, earlier }
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

/** Whether it is the store itself that the source contradicts: then nothing of the source was written. */
export function contestsStore(note: Note, hasPairing: boolean): boolean {
  const met = note.as === 'import' ? note.certificates.slice(hasPairing ? 1 : 0) : []
  return note.headBefore !== null && met.some((each) => verdictIn(each) === 'ambiguous')
}

function verdictIn(certificate: unknown): unknown {
  return (certificate as { readonly verdict?: unknown } | null)?.verdict
}

/** Of which members the ledger tells that the witnesses, or one and the store, tell them differently. */
export function contestedBy(notes: readonly Note[]): (member: string) => boolean {
  const told = notes.flatMap((note) =>
    (memoryOf(note).report.problems ?? []).flatMap(({ code, detail }) =>
      code === 'field-conflict' ? [detail] : [],
    ),
  )
  const wasDecided = notes.some(({ as }) => as === 'decision')
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
