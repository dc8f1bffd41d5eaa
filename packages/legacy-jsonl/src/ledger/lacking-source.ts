import { lstat, realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import type { JsonObject, TranscriptReader } from '@faircopy/store-core'
import type { TranscriptImporter } from '@faircopy/store-core/operator'
import type { LegacySession } from '../source/legacy-source.ts'
import { idOfKey, sessionKey } from '../source/session-listing.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { memoryOf, type Note } from './note.ts'
import { readNoteBriefly } from './note-text.ts'
import { wasTold } from './remembered.ts'
import { notesOf, standingOf } from './session-standing.ts'

/** That a source tells of no session: a problem of it, and a finding about it. */
interface Lack {
  readonly code: Extract<SourceProblem['code'], 'no-transcript' | 'source-gone'>
  readonly path: string
  readonly detail: string
}

/** Whether anything is there that may tell of a session, and not only its name in an index. */
export function isTold({ database, file, refused = [] }: LegacySession): boolean {
  return database !== null || file !== null || refused.length > 0
}

/** Whether a session of which its source has no line and no row is in the store, and an import read some of it. */
export async function isGone(
  session: LegacySession,
  store: Pick<TranscriptReader, 'get'> & Pick<TranscriptImporter, 'ledger'>,
): Promise<boolean> {
  return (await store.get(session)) !== null && wasTold(await notesOf(store, session))
}

/**
 * The sessions that a store knows of a source of which that tells nothing now, by their `sessionKey`. One that it tells
 * under another namespace, as it was opened, is none of them.
 *
 * @param told those that it tells
 * @param gone whether it has no line and no row of one of them, though it had some
 */
export async function missingOf(
  path: string,
  told: ReadonlyMap<string, LegacySession>,
  gone: (session: LegacySession) => Promise<boolean> | boolean,
  store: Pick<TranscriptImporter, 'ledger' | 'imports'>,
): Promise<ReadonlySet<string>> {
  const missing = new Set<string>()
  const ids = new Set([...told.values()].map(({ id }) => id))
  for (const key of await sessionsOfSource(store, path))
    if (!told.has(key) && !ids.has(idOfKey(key))) missing.add(key)
  for (const [key, session] of told) if (await gone(session)) missing.add(key)
  return missing
}

/**
 * What is wrong with a source that tells nothing of any session; null where nothing is.
 *
 * @param listed how many it names
 * @param missing how many the store knows of it
 */
export function lackOf(path: string, listed: number, missing: number): Lack | null {
  if (missing > 0) {
    const named = missing === 1 ? '1 session' : `${missing.toLocaleString('en')} sessions`
    return { code: 'source-gone', path, detail: `the store knows ${named} of which it tells nothing now` }
  }
  if (listed > 0) return null
  return { code: 'no-transcript', path, detail: 'nothing in it is a transcript that is read' }
}

/**
 * Which sessions a store's ledger knows of a source, by their `sessionKey`: of the one at this path, or of others that
 * lay in it and are not there now. Those of an import that was undone are none.
 *
 * Cost: reads the ledger once, and keeps of each session what says how it stands.
 */
export async function sessionsOfSource(
  store: Pick<TranscriptImporter, 'ledger' | 'imports'>,
  path: string,
): Promise<ReadonlySet<string>> {
  const own = await namesOf(path)
  const seen = new Map<string, boolean>()
  const isOfSource = async (source: string): Promise<boolean> => {
    const known = seen.get(source)
    if (known !== undefined) return known
    const names = await namesOf(source)
    const isWithin = names.some((name) => own.some((one) => name.startsWith(beneath(one))))
    const is = names.some((name) => own.includes(name)) || (isWithin && !(await isThere(source)))
    seen.set(source, is)
    return is
  }
  const runs = new Map<string, JsonObject>()
  for await (const { id, about } of store.imports()) runs.set(id, about)
  const bySession = new Map<string, { readonly notes: Note[]; isOfSource: boolean }>()
  for await (const record of store.ledger()) {
    const note = readNoteBriefly(record)
    const key = sessionKey(note.session)
    const known = bySession.get(key) ?? { notes: [], isOfSource: false }
    bySession.set(key, known)
    const about = memoryOf(note).source ?? (note.as === 'index' ? runs.get(note.importId) : null)
    const from = about?.['path']
    if (typeof from === 'string') known.isOfSource ||= await isOfSource(from)
    known.notes.push(note)
  }
  const known = [...bySession].filter(
    ([, { notes, isOfSource }]) => isOfSource && !['undone', 'never-imported'].includes(standingOf(notes).as),
  )
  return new Set(known.map(([key]) => key))
}

/** A path as it is named, and as it is where links on the way are followed. */
async function namesOf(path: string): Promise<readonly string[]> {
  const absolute = resolve(path)
  return [...new Set([absolute, await realpath(absolute).catch(() => absolute)])]
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null
}

function beneath(folder: string): string {
  return folder.endsWith(sep) ? folder : folder + sep
}
