import { randomUUID } from 'node:crypto'
import { type HistoryReader, StoreError, type TranscriptReader } from '@faircopy/store-core'
import { isUndoNote, undoKey } from '@faircopy/store-core/backend'
import type { ImportRun, TranscriptImporter, UndoReceipt, UndoRefusal } from '@faircopy/store-core/operator'
import { isWord, type Note } from '../ledger/note.ts'
import { readNote } from '../ledger/note-text.ts'
import { notesOf } from '../ledger/session-standing.ts'

/** What undoing an import did, or in a dry run would do, with one session. Holds no transcript text. */
export interface UndoneSession {
  readonly namespace: string
  readonly id: string
  readonly status: UndoReceipt['status'] | 'failed'
  /** With `refused`. */
  readonly reason?: UndoRefusal
  /** With `failed`: the error's message. */
  readonly detail?: string
  /** Live entries that it has afterwards; null: it is gone, as before the import. In a dry run: that it has now. */
  readonly entries: number | null
  /** Entries that were removed from the store. */
  readonly removed: number
}

/** What undoing an import came to. */
export interface UndoReport {
  /** The import that was undone. */
  readonly importId: string
  /** The run that undid it; null where nothing was written. */
  readonly undoId: string | null
  readonly dryRun: boolean
  readonly sessions: readonly UndoneSession[]
}

/** How an import is undone. */
export interface UndoOptions {
  /** Says what would be undone, and writes nothing. */
  readonly dryRun?: boolean
  /** What the operator says about it, for the ledger. No transcript text. */
  readonly text?: string
  /** Told after each session. */
  readonly onProgress?: (done: { readonly sessions: number; readonly of: number }) => void
  /** Stops between sessions; what was undone until then stays so, and undoing again goes on. */
  readonly signal?: AbortSignal
}

/** What undoing asks of a store. */
export type UndoTarget = TranscriptReader & HistoryReader & TranscriptImporter

/**
 * Takes back one import, session by session: each says again what it said before, followed by what was appended since,
 * and afterwards the same source can be imported again. A session that was rewritten since is refused by name, and the
 * others go on. Killed anywhere, undoing again completes it.
 *
 * Imports since that found nothing to bring rest on what this one had brought, and so does a decision to keep what it
 * said: their notes go with it. Otherwise the same source would count as known, and never bring back what is gone.
 *
 * A dry run foresees a refusal from the ledger and the generations as they are now.
 *
 * Fails with what no later session could survive (`StoreFull`, `StoreIo`, …) and the signal's reason. An import that the
 * store does not know has no sessions.
 *
 * @example
 * ```ts
 * import { undoImport } from '@faircopy/legacy-jsonl'
 * import { openSqliteStore } from '@faircopy/store-sqlite'
 *
 * const store = await openSqliteStore({ path: '/tmp/transcripts.db' })
 * for await (const { id } of store.imports()) console.log((await undoImport(store, id, { dryRun: true })).sessions)
 * await store.close()
 * ```
 */
export async function undoImport(
  store: UndoTarget,
  importId: string,
  options: UndoOptions = {},
): Promise<UndoReport> {
  const { dryRun = false, text, onProgress, signal } = options
  const run: ImportRun = { id: randomUUID(), at: Date.now(), about: { undid: importId } }
  const notes = await lastNotes(store, importId)
  const sessions: UndoneSession[] = []
  let wrote = false
  // What was brought last goes first: a session may stand on one that was brought before it.
  for (const note of notes.toReversed()) {
    signal?.throwIfAborted()
    const done = await undoSession(store, note, run, { importId, dryRun, text })
    wrote ||= done.status === 'undone' && !dryRun
    sessions.push(done)
    onProgress?.({ sessions: sessions.length, of: notes.length })
  }
  return { importId, undoId: wrote ? run.id : null, dryRun, sessions: sessions.toReversed() }
}

async function undoSession(
  store: UndoTarget,
  note: Note,
  run: ImportRun,
  { importId, dryRun, text }: { importId: string; dryRun: boolean; text: string | undefined },
): Promise<UndoneSession> {
  if (dryRun) return foresee(store, note)
  const { resting, isDecided } = await builtOn(store, note)
  if (resting.length > 0 || isDecided) {
    const foreseen = await foresee(store, note)
    if (foreseen.status === 'refused') return foreseen
  }
  // Newest first, and before the import itself: killed anywhere, none is left that rests on nothing.
  for (const each of resting.toReversed()) {
    const done = await undoOne(store, each, run, each.importId, text)
    if (done.status === 'refused' || done.status === 'failed') return done
  }
  return undoOne(store, note, run, importId, text)
}

interface BuiltOn {
  /** Notes of later runs that wrote nothing, and are only true as long as the import of the note is. */
  readonly resting: readonly Note[]
  /** A person decided about it, and more came of that than a note. */
  readonly isDecided: boolean
}

async function builtOn(store: UndoTarget, note: Note): Promise<BuiltOn> {
  if (note.as === 'undo') return { resting: [], isDecided: false }
  const notes = await notesOf(store, note.session)
  const isOwn = ({ importId }: Note): boolean => importId === note.importId
  const own = notes.filter(isOwn)
  const imported = new Set(own.flatMap((each) => (each.as === 'import' ? [each.about] : [])))
  const isAbout = (each: Note): boolean => each.as === 'decision' && imported.has(each.about)
  const later = notes
    .slice(notes.findIndex(isOwn))
    .filter((each) => !isOwn(each) && (isWord(each) || each.as === 'facts' || each.as === 'settled'))
  const hasWritten = own.some(wrote)
  const resting = later.filter((each) => !wrote(each) && (hasWritten || isAbout(each)))
  const isDecided =
    later.some((each) => wrote(each) && isAbout(each)) ||
    resting.some((each) => each.as === 'decision' && each.decision.branch !== undefined)
  return { resting, isDecided }
}

function wrote({ headBefore, headAfter }: Note): boolean {
  return headBefore !== headAfter
}

async function undoOne(
  store: UndoTarget,
  { session }: Note,
  run: ImportRun,
  importId: string,
  text: string | undefined,
): Promise<UndoneSession> {
  try {
    const receipt = await store.undoImport({
      importId,
      session,
      run,
      ...(text === undefined ? {} : { text }),
    })
    return {
      ...session,
      status: receipt.status,
      ...(receipt.reason ? { reason: receipt.reason } : {}),
      entries: receipt.session?.entryCount ?? null,
      removed: receipt.removed,
    }
  } catch (error) {
    if (!StoreError.is(error) || !OF_ONE_SESSION.includes(error.code)) throw error
    const entries = (await store.get(session))?.entryCount ?? null
    return { ...session, status: 'failed', detail: error.message, entries, removed: 0 }
  }
}

const OF_ONE_SESSION: readonly string[] = ['REVISION_CONFLICT', 'SESSION_DELETED', 'NO_SESSION']

/** The last note of each session of a run, in the order of the ledger; the notes of its undo where it was undone. */
async function lastNotes(store: TranscriptImporter, importId: string): Promise<readonly Note[]> {
  const notes = new Map<string, Note>()
  for await (const note of store.ledger()) {
    const isOfRun = note.importId === importId || note.key === undoKey(importId)
    if (isOfRun) notes.set(JSON.stringify([note.session.namespace, note.session.id]), readNote(note))
  }
  return [...notes.values()]
}

async function foresee(store: UndoTarget, note: Note): Promise<UndoneSession> {
  const { session } = note
  const now = await store.get(session)
  const answer = (status: UndoneSession['status'], reason?: UndoRefusal): UndoneSession => ({
    ...session,
    status,
    ...(reason ? { reason } : {}),
    entries: now?.entryCount ?? null,
    removed: 0,
  })
  if (note.as === 'undo') return answer('already')
  if ((await builtOn(store, note)).isDecided) return answer('refused', 'rewritten')
  if (note.headBefore === note.headAfter) return answer('undone')
  if (!now) return answer('refused', 'deleted')
  if (now.head === note.headAfter) return answer('undone')
  for await (const later of store.ledger({ session })) {
    if (later.at > note.at && later.headBefore !== later.headAfter && !isUndoNote(later)) {
      return answer('refused', 'rewritten')
    }
  }
  const since = (await store.generations(session)).filter(({ at }) => at >= note.at)
  return since.some(({ reason }) => reason === 'replace') ? answer('refused', 'rewritten') : answer('undone')
}
