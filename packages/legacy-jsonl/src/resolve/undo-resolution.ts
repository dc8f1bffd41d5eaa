import { randomUUID } from 'node:crypto'
import type { Session, SessionAddress } from '@faircopy/store-core'
import type { ImportRun, UndoRefusal } from '@faircopy/store-core/operator'
import { isWord } from '../ledger/note.ts'
import type { ResolutionChoice } from '../ledger/resolution-choice.ts'
import { lastDecision, notesOf } from '../ledger/session-standing.ts'
import type { ImportTarget } from '../plan/import-plan.ts'
import type { ResolutionRefusal } from './resolution-codes.ts'
import { ResolutionRefused } from './resolution-refused.ts'

/** How a decision is undone. */
export interface UndoResolutionOptions {
  /** The operator's own words, kept with it. */
  readonly note?: string
  /** The run that it is, in the ledger. Defaults to a new one. */
  readonly run?: ImportRun
}

/** What became of the undo of a decision. */
export interface UndoneResolution {
  /** What had been decided. */
  readonly choice: ResolutionChoice
  /** The run of the decision. */
  readonly undid: string
  readonly session: Session
  /** The branch that is gone with it, or that only says what was appended to it. */
  readonly branch: Required<SessionAddress> | null
  /** Entries that were removed from the store. */
  readonly removed: number
}

const REFUSALS: { readonly [R in UndoRefusal]: ResolutionRefusal } = {
  rewritten: 'BUILT_UPON',
  pruned: 'PRUNED',
  'not-imported': 'NOT_DECIDED',
  deleted: 'DELETED',
}

/**
 * Takes back the last decision about a session: it says again what it said before, followed by what was appended since,
 * and is undecided again. What the decision brought is removed, and a branch that nobody went on with is gone.
 *
 * Fails with `ResolutionRefused`: where nothing was decided, or something later was built upon it.
 */
export async function undoResolution(
  session: Required<SessionAddress>,
  store: ImportTarget,
  options: UndoResolutionOptions = {},
): Promise<UndoneResolution> {
  const { namespace, id } = session
  const notes = await notesOf(store, session)
  const note = lastDecision(notes)
  if (!note) throw new ResolutionRefused('NOT_DECIDED', session)
  const { decision } = note
  const later = notes.slice(notes.indexOf(note) + 1)
  if (later.some(isWord)) throw new ResolutionRefused('BUILT_UPON', session)

  const run = options.run ?? { id: randomUUID(), at: Date.now(), about: { undo: note.importId } }
  const text = options.note === undefined ? {} : { text: options.note }
  let removed = 0
  let after: Session | null = null
  for (const each of [...(decision.branch ? [decision.branch] : []), { namespace, id }]) {
    const receipt = await store.undoImport({ importId: note.importId, session: each, run, ...text })
    if (receipt.status === 'refused')
      throw new ResolutionRefused(REFUSALS[receipt.reason ?? 'rewritten'], each)
    removed += receipt.removed
    after = receipt.session
  }
  if (!after) throw new ResolutionRefused('DELETED', session)
  return {
    choice: decision.choice,
    undid: note.importId,
    session: after,
    branch: decision.branch ?? null,
    removed,
  }
}
