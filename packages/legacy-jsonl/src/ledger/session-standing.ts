import type { SessionAddress } from '@faircopy/store-core'
import type { TranscriptImporter } from '@faircopy/store-core/operator'
import type {
  BranchContent,
  DecisionContent,
  ImportContent,
  IndexContent,
  Note,
  RecordedDecision,
  UndoContent,
  Written,
} from './note.ts'
import { keyOf, type NoteName, readNote } from './note-text.ts'

/** How a session stands with its legacy side. */
export type SessionStanding =
  /** The ledger knows nothing of it. */
  | { readonly as: 'never-imported' }
  /** It was made known, and what it says was not imported yet. */
  | { readonly as: 'indexed'; readonly note: Written & IndexContent }
  /** It was imported, and its order is known. */
  | { readonly as: 'known'; readonly note: Written & (ImportContent | BranchContent) }
  /** Its order is not known, and nobody has decided. */
  | { readonly as: 'undecided'; readonly note: Written & ImportContent }
  /** A person decided about what an import had left open. */
  | {
      readonly as: 'decided'
      readonly note: Written & DecisionContent
      readonly undecided: Written & ImportContent
      readonly decision: RecordedDecision
    }
  /** Its import was taken back, by the run of this note. */
  | { readonly as: 'undone'; readonly note: Written & UndoContent }

/**
 * How a session stands, by its notes in the order of the ledger. Pure.
 *
 * @param about the witnesses that it is asked about, as its notes are; without them it is the last word on the session,
 * whatever told it
 */
export function standingOf(notes: readonly Note[], about?: string): SessionStanding {
  const words = notes.filter((each) => each.as === 'import' || each.as === 'branch')
  const word = words.findLast((each) => about === undefined || each.about === about)
  if (!word) return withoutWord(notes, about)
  if (word.as === 'branch' || word.verdict !== 'ambiguous') return { as: 'known', note: word }
  const decided = lastDecision(notes, word.about)
  return decided
    ? { as: 'decided', note: decided, undecided: word, decision: decided.decision }
    : { as: 'undecided', note: word }
}

/** The last decision of a person, about whatever it was or about what an import had left open. */
export function lastDecision(
  notes: readonly Note[],
  about?: string,
): (Written & DecisionContent) | undefined {
  return notes
    .filter((each) => each.as === 'decision')
    .findLast((each) => about === undefined || each.about === about)
}

/** The last import of these very witnesses. */
export function importAbout(notes: readonly Note[], about: string): (Written & ImportContent) | undefined {
  return notes.filter((each) => each.as === 'import').findLast((each) => each.about === about)
}

function withoutWord(notes: readonly Note[], about: string | undefined): SessionStanding {
  const note = notes.findLast((each) => {
    if (each.as === 'undo')
      return about === undefined || (each.undone.as === 'import' && each.undone.about === about)
    return each.as === 'index' && about === undefined
  })
  if (note?.as === 'undo') return { as: 'undone', note }
  return note?.as === 'index' ? { as: 'indexed', note } : { as: 'never-imported' }
}

/** A session's notes, in the order of the ledger; none where the store keeps no ledger. */
export async function notesOf(
  store: Partial<Pick<TranscriptImporter, 'ledger'>>,
  { namespace, id }: Required<SessionAddress>,
): Promise<readonly Note[]> {
  const notes: Note[] = []
  for await (const note of store.ledger?.({ session: { namespace, id } }) ?? []) notes.push(readNote(note))
  return notes
}

/** The note of a session under a name; null where it has none that can be read. */
export async function noteOf<N extends NoteName>(
  store: Pick<TranscriptImporter, 'ledgerNote'>,
  session: SessionAddress,
  name: N,
): Promise<Extract<Note, { readonly as: N['as'] }> | null> {
  const record = await store.ledgerNote(session, keyOf(name))
  const note = record && readNote(record)
  return note?.as === name.as ? (note as Extract<Note, { readonly as: N['as'] }>) : null
}

/** Whether no import brings a session that the store does not have: it was there, and was deleted or pruned. */
export function isBarred(notes: readonly Note[]): boolean {
  return notes.some(({ headAfter }) => headAfter !== null) && standingOf(notes).as !== 'undone'
}

/** Whether a decision left the legacy side's lines where they were. */
export function leavesLines({ choice }: Pick<RecordedDecision, 'choice'>): boolean {
  return choice === 'keep-canonical' || choice === 'branch'
}
