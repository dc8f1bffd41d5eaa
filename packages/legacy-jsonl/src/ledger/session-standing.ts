import {
  isJsonObject,
  type LedgerRecord,
  type SessionAddress,
  type TranscriptImporter,
} from '@faircopy/store-core'
import { BOUNDARY_VERDICT } from './boundary.ts'
import { DATED_VERDICT, FACTS_VERDICT, INDEXED_VERDICT, SETTLED_VERDICT } from './note-verdicts.ts'

/**
 * What a person can decide about a session whose order is not known.
 *
 * - `keep-canonical`: the session stays as it is, the legacy side where it is
 * - `adopt-legacy`: it says what the legacy side says; what only an import had brought becomes history, what a gateway
 *   wrote live stands behind, or in the place of the line that says the same
 * - `legacy-first`: in each contested gap the legacy side, then the canonical one
 * - `branch`: it stays as it is, and the legacy side becomes a session of its own, linked to it
 * - `by-time`: in each contested gap the earlier side first
 */
export type ResolutionChoice = 'keep-canonical' | 'adopt-legacy' | 'legacy-first' | 'branch' | 'by-time'

/** Every choice, in the order in which they are offered. */
export const RESOLUTION_CHOICES: readonly ResolutionChoice[] = [
  'keep-canonical',
  'adopt-legacy',
  'legacy-first',
  'branch',
  'by-time',
]

/** What a witness had told when something was decided: so many entries, and a digest of what and where they are. */
export interface WitnessPast {
  readonly entries: number
  readonly digest: string
}

/** A decision as the ledger keeps it, in the member `decision` of a note's report. */
export interface RecordedDecision {
  readonly choice: ResolutionChoice
  /** The operator's own words. */
  readonly note?: string
  /** Epoch ms. */
  readonly at: number
  /** The next entry id of the session: what has a smaller one, or was brought by the decision itself, was there. */
  readonly entry: number
  readonly database: WitnessPast | null
  readonly file: WitnessPast | null
  /** Lines of the file that stay where they are. */
  readonly withheld: number
  /** The session that the legacy side became. */
  readonly branch?: { readonly namespace: string; readonly id: string }
}

/** How a session stands with its legacy side. */
export type SessionStanding =
  /** The ledger knows nothing of it. */
  | { readonly as: 'never-imported' }
  /** It was made known, and what it says was not imported yet. */
  | { readonly as: 'indexed'; readonly note: LedgerRecord }
  /** It was imported, and its order is known. */
  | { readonly as: 'known'; readonly note: LedgerRecord }
  /** Its order is not known, and nobody has decided. */
  | { readonly as: 'undecided'; readonly note: LedgerRecord }
  /** A person decided. `note` is the decision's own, `undecided` what was decided about. */
  | {
      readonly as: 'decided'
      readonly note: LedgerRecord
      readonly undecided: LedgerRecord
      readonly decision: RecordedDecision
    }
  /** Its import was taken back, by the run of this note. */
  | { readonly as: 'undone'; readonly note: LedgerRecord }

/**
 * How a session stands, by its notes in the order of the ledger. Pure.
 *
 * @param key of the witnesses it is asked about; without one it is the last word on the session, whatever told it
 */
export function standingOf(notes: readonly LedgerRecord[], key?: string): SessionStanding {
  const word = notes.findLast((note) => (key === undefined ? isImport(note) : note.key === key))
  if (!word) return withoutWord(notes, key)
  if (word.verdict !== 'ambiguous') return { as: 'known', note: word }
  const decided = notes.findLast((note) => note.key === decidedKey(word.key))
  const decision = decided && decisionOf(decided)
  if (!decided || !decision) return { as: 'undecided', note: word }
  return { as: 'decided', note: decided, undecided: word, decision }
}

/** A session's notes, in the order of the ledger; none where the store keeps no ledger. */
export async function notesOf(
  store: Partial<Pick<TranscriptImporter, 'ledger'>>,
  { namespace, id }: Required<SessionAddress>,
): Promise<readonly LedgerRecord[]> {
  const notes: LedgerRecord[] = []
  for await (const note of store.ledger?.({ session: { namespace, id } }) ?? []) notes.push(note)
  return notes
}

/** Whether no import brings a session that the store does not have: it was there, and was deleted or pruned. */
export function isBarred(notes: readonly LedgerRecord[]): boolean {
  return notes.some(({ headAfter }) => headAfter !== null) && standingOf(notes).as !== 'undone'
}

/** The key of the note that decides what the note under `key` left open. */
export function decidedKey(key: string): string {
  return `${key} decided`
}

/**
 * The key of the note that gives times to what the note under `key` brought: once for each `head` that the session had then.
 * Without one, what all of them begin with.
 */
export function datedKey(key: string, head = ''): string {
  return `${key} dated ${head}`
}

/** The decision that a note records; null where it records none. */
export function decisionOf(note: LedgerRecord): RecordedDecision | null {
  const { decision } = note.report
  return isJsonObject(decision) && typeof decision['choice'] === 'string'
    ? (decision as unknown as RecordedDecision)
    : null
}

/** Whether a decision left the legacy side's lines where they were. */
export function leavesLines({ choice }: { readonly choice: unknown }): boolean {
  return choice === 'keep-canonical' || choice === 'branch'
}

/** The verdicts of notes that say nothing about a session's order. */
const OTHER_VERDICTS: ReadonlySet<string> = new Set([
  'undone',
  BOUNDARY_VERDICT,
  INDEXED_VERDICT,
  DATED_VERDICT,
  FACTS_VERDICT,
  SETTLED_VERDICT,
])

/** Whether a note is the word of an import or of a decision, and not of what came before or after one. */
export function isWord({ verdict }: Pick<LedgerRecord, 'verdict'>): boolean {
  return !OTHER_VERDICTS.has(verdict)
}

function isImport(note: LedgerRecord): boolean {
  return isWord(note) && decisionOf(note) === null
}

function withoutWord(notes: readonly LedgerRecord[], key: string | undefined): SessionStanding {
  const note = notes.findLast(
    ({ verdict, report }) =>
      (verdict === 'undone' && (key === undefined || report['key'] === key)) ||
      (verdict === INDEXED_VERDICT && key === undefined),
  )
  if (!note) return { as: 'never-imported' }
  return note.verdict === INDEXED_VERDICT ? { as: 'indexed', note } : { as: 'undone', note }
}
