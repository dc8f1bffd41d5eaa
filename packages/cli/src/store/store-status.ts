import {
  memoryOf,
  type Note,
  type ResolutionChoice,
  readNoteBriefly,
  standingOf,
} from '@faircopy/legacy-jsonl'
import type { JsonObject, SessionAddress, TranscriptReader } from '@faircopy/store-core'
import {
  type ImportRun,
  PARTLY_READ,
  type StoreInspector,
  type TranscriptImporter,
} from '@faircopy/store-core/operator'
import { notedReading, type Reading } from '../context/next-command.ts'
import type { Contents } from '../text/contents-text.ts'
import { isImport } from './is-import.ts'
import type { StoreHarm } from './store-harm.ts'

/** A session of which a file was not brought over, because its order is not known. */
export interface UndecidedSession extends Required<SessionAddress> {
  readonly verdict: string
  readonly reason: string | null
  /** Epoch ms. */
  readonly at: number
  readonly importId: string
  /** Where its file was found. */
  readonly source: string | null
  /** How it was read there. */
  readonly reading: Reading
}

/** A session that a person decided. */
export interface DecidedSession extends Required<SessionAddress> {
  readonly choice: ResolutionChoice
  /** The operator's own words. */
  readonly note: string | null
  /** Epoch ms. */
  readonly at: number
  readonly importId: string
  /** Where its file was found. */
  readonly source: string | null
  /** The session that its legacy side became. */
  readonly branch: Required<SessionAddress> | null
}

/** A session that is there, and not imported, or not whole: a gateway made it known, its import was undone, or not all was read. */
export interface AwaitedSession extends Required<SessionAddress> {
  /** Epoch ms. */
  readonly at: number
  readonly importId: string
  /** Where it was found. */
  readonly source: string | null
  /** How it was read there. */
  readonly reading: Reading
}

/** How a store stands. */
export interface StoreStatus {
  readonly contents: Contents
  /** Decisions, and what took something back, are none. */
  readonly imports: readonly {
    readonly id: string
    readonly at: number
    readonly path: string | null
    readonly format: string | null
    /** It was taken back in every session. */
    readonly undone: boolean
  }[]
  readonly undecided: readonly UndecidedSession[]
  readonly notImported: readonly AwaitedSession[]
  readonly decided: readonly DecidedSession[]
}

/** Counts what a store holds, and finds what its last word on each session leaves open. What is damaged goes to `harm`. */
export async function storeStatus(
  store: TranscriptReader & TranscriptImporter & StoreInspector,
  harm: StoreHarm,
): Promise<StoreStatus> {
  const contents = await store.facts()
  const living = new Set<string>()
  for await (const { namespace, id } of harm.without(store.sessions()))
    living.add(JSON.stringify([namespace, id]))
  const runs: ImportRun[] = []
  for await (const run of harm.without(store.imports())) runs.push(run)
  const bySession = new Map<string, Note[]>()
  for await (const note of harm.without(store.ledger())) {
    const name = JSON.stringify([note.session.namespace, note.session.id])
    const notes = bySession.get(name)
    if (notes) notes.push(readNoteBriefly(note))
    else bySession.set(name, [readNoteBriefly(note)])
  }
  const aboutOf = (note: Note): JsonObject => {
    const { source } = memoryOf(note)
    return typeof source?.['path'] === 'string'
      ? source
      : (runs.find(({ id }) => id === note.importId)?.about ?? {})
  }
  const sourceOf = (note: Note): string | null => textMember(aboutOf(note), 'path')
  const placeOf = (note: Note) => ({
    source: sourceOf(note),
    reading: readingOf(note, aboutOf(note)),
  })
  const undecided: UndecidedSession[] = []
  const notImported: AwaitedSession[] = []
  const decided: DecidedSession[] = []
  for (const [name, notes] of bySession) {
    const standing = standingOf(notes)
    const isDeleted = !living.has(name) && notes.some(({ headAfter }) => headAfter !== null)
    if (standing.as === 'undecided' && !isDeleted) {
      const { session, verdict, reason, at, importId } = standing.note
      undecided.push({ ...session, verdict, reason, at, importId, ...placeOf(standing.note) })
    }
    const isPart = standing.as === 'known' && standing.note.reason === PARTLY_READ
    if ((standing.as === 'indexed' || standing.as === 'undone' || isPart) && living.has(name)) {
      const { session, at, importId } = standing.note
      notImported.push({ ...session, at, importId, ...placeOf(standing.note) })
    }
    for (const note of notes) {
      if (note.as !== 'decision') continue
      const { choice, note: words = null, at, branch = null } = note.decision
      const { session, importId } = note
      decided.push({ ...session, choice, note: words, at, importId, source: sourceOf(note), branch })
    }
  }
  const undid = new Set(runs.map(({ about }) => textMember(about, 'undid')))
  const left = new Set([...bySession.values()].flatMap((notes) => notes.map(({ importId }) => importId)))
  const imports = runs.filter(isImport).map(({ id, at, about }) => ({
    id,
    at,
    path: textMember(about, 'path'),
    format: textMember(about, 'format'),
    undone: undid.has(id) && !left.has(id),
  }))
  return { contents, imports, undecided, notImported, decided }
}

/**
 * How the source of a note was read, as its import noted it. Where none did, a source that has no profiles tells its
 * namespace by the session's own.
 */
function readingOf({ session }: Note, about: JsonObject): Reading {
  const noted = notedReading(about)
  if (noted) return noted
  return about['format'] === 'hermes' ? {} : { namespace: session.namespace }
}

function textMember(about: ImportRun['about'], name: string): string | null {
  const value = about[name]
  return typeof value === 'string' ? value : null
}
