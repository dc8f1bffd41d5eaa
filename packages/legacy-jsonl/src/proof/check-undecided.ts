import type { Note } from '../ledger/note.ts'
import { leavesLines } from '../ledger/session-standing.ts'
import { checkTold } from './check-told.ts'
import { type Decided, never } from './decided-before.ts'
import type { ProvenSession } from './proven-session.ts'
import type { ProvenWitness } from './proven-witness.ts'
import type { SourceFinding } from './source-finding.ts'

/** That nobody has decided about lines of the file, and how many they are. */
export function undecidedFinding(note: Note, lines: number): SourceFinding {
  return {
    code: 'undecided',
    detail: `${note.reason ?? 'ambiguous'}: ${lines === 1 ? '1 line is' : `${lines} lines are`} withheld, and left in the file`,
  }
}

/** What an earlier decision has not brought into the store: of what was told by then, and of what was told since. */
export async function leftOver(
  known: ProvenSession,
  decided: Decided,
  path: string,
  witness: ProvenWitness,
): Promise<ReadonlySet<number>> {
  const mayBeMissing = (position: number): boolean => position >= decided.lines || leavesLines(decided)
  const { withheld } = await checkTold(known, {
    kind: 'file',
    path,
    witness,
    isOwn: () => false,
    isContested: () => true,
    mayBeMissing,
    mayBeMoved: never,
  })
  return withheld
}

/** Entries that an import made of lines whose order it noted as not known. */
export function writtenInSpite(known: ProvenSession, note: Note, path: string): SourceFinding[] {
  return [...known.live, ...known.history]
    .filter(({ provenance }) => provenance?.importId === note.importId && provenance.line !== undefined)
    .map(({ id, provenance }) => ({
      code: 'withheld-written',
      path,
      line: provenance?.line ?? 0,
      entry: id,
      detail: 'an entry was made of it, though its order is not known',
    }))
}
