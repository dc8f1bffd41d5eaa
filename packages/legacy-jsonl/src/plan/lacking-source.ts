import { lstat, realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import {
  isJsonObject,
  type JsonObject,
  type LedgerRecord,
  type TranscriptImporter,
} from '@faircopy/store-core'
import type { LegacySession, LegacySource } from '../source/legacy-source.ts'
import { sessionKey } from '../source/session-listing.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { INDEXED_VERDICT } from './note-verdicts.ts'
import { standingOf } from './session-standing.ts'

type Ledger = Pick<TranscriptImporter, 'ledger' | 'imports'>

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

/**
 * What is wrong with a source of whose sessions none is told; null where one is.
 *
 * @param sessions those that it tells, or names in its index
 * @param store whose ledger may know sessions of it
 */
export async function lackOf(
  { path }: LegacySource,
  sessions: readonly LegacySession[],
  store: Ledger | null,
): Promise<Lack | null> {
  if (sessions.some(isTold)) return null
  const { size: known = 0 } = store ? await sessionsOfSource(store, path) : new Set()
  if (known > 0) {
    const named = known === 1 ? '1 session' : `${known.toLocaleString('en')} sessions`
    return { code: 'source-gone', path, detail: `the store knows ${named} of it, and it tells none now` }
  }
  if (sessions.length > 0) return null
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
  const bySession = new Map<string, { readonly notes: LedgerRecord[]; isOfSource: boolean }>()
  for await (const note of store.ledger()) {
    const key = sessionKey(note.session)
    const known = bySession.get(key) ?? { notes: [], isOfSource: false }
    bySession.set(key, known)
    const { source, decision, key: undone } = note.report
    const ofRun = note.verdict === INDEXED_VERDICT ? runs.get(note.importId) : null
    const about = isJsonObject(source) ? source : ofRun
    const from = about?.['path']
    if (typeof from === 'string') known.isOfSource ||= await isOfSource(from)
    known.notes.push({
      ...note,
      report: {
        ...(decision === undefined ? {} : { decision }),
        ...(undone === undefined ? {} : { key: undone }),
      },
      certificate: null,
    })
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
