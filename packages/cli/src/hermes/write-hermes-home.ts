import { randomUUID } from 'node:crypto'
import { chmod, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  codecNamed,
  DEFAULT_NAMESPACE,
  parseRecord,
  type Session,
  type SessionAddress,
  type TranscriptReader,
} from '@faircopy/store-core'
import { syncFiles, syncFolder } from '../files/sync-files.ts'
import { writeNewFile } from '../files/write-new-file.ts'
import { CliError } from '../process/cli-error.ts'
import { HermesDatabase } from './hermes-database.ts'
import { HermesIndex } from './hermes-index.ts'
import { hermesLine } from './hermes-line.ts'
import { hermesMessageRow } from './hermes-message-row.ts'
import { HermesIds, hermesProfile } from './hermes-names.ts'

/** A session as it is in the home. */
export interface HermesExport {
  readonly session: Session
  readonly entries: number
  /** Its transcript; null for a session that says nothing. */
  readonly path: string | null
  /** Messages that the file alone has, as that version would have kept them. */
  readonly fileOnly: number
}

/** Which sessions become a home, and where. */
export interface HermesHomeRequest {
  /** The home, a folder that does not exist yet. */
  readonly out: string
  /** The one namespace that was asked for is the home itself; else all but the default one are profiles of it. */
  readonly namespace: string | undefined
  readonly signal: AbortSignal
}

/**
 * Writes a home that Hermes of April 2026 loads: `state.db` of schema 6, `sessions/<id>.jsonl` and `sessions.json`, and
 * the same again for each profile. Both sides say what the store says now, in its order; what only a file can hold makes
 * the file the longer one, which is the side that version then reads. It is there whole or not at all, for its owner
 * only. Fails with `FILE_EXISTS`.
 */
export async function writeHermesHome(
  store: TranscriptReader,
  sessions: AsyncIterable<Session>,
  { out, namespace, signal }: HermesHomeRequest,
): Promise<readonly HermesExport[]> {
  await refuseExisting(out)
  const profiles = new Map<string, Profile>()
  const profileOf = (name: string): Profile => {
    const folder = name === namespace ? null : hermesProfile(name)
    const known = profiles.get(name)
    const profile = known ?? new Profile(folder === null ? '' : join('profiles', folder))
    if (!known) profiles.set(name, profile)
    return profile
  }
  profileOf(namespace ?? DEFAULT_NAMESPACE)
  for await (const session of sessions) profileOf(session.namespace).add(session)

  await mkdir(dirname(out), { recursive: true, mode: 0o700 })
  const temporary = join(dirname(out), `.${basename(out).slice(0, 100)}.${randomUUID()}.tmp`)
  await mkdir(temporary, { mode: 0o700 })
  try {
    const written: HermesExport[] = []
    for (const profile of profiles.values()) {
      for await (const each of profile.write(store, temporary, signal)) {
        written.push({ ...each, path: each.path && join(out, each.path) })
      }
    }
    await syncTree(temporary)
    await refuseExisting(out)
    await rename(temporary, out)
    await syncFolder(dirname(out))
    return written
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
}

/** The sessions of one namespace, and the folder that they go to. */
class Profile {
  readonly #path: string
  readonly #ids = new HermesIds()
  readonly #addresses: Required<SessionAddress>[] = []
  readonly #compacted = new Set<string>()

  /** `path`: within the home. */
  constructor(path: string) {
    this.#path = path
  }

  add({ namespace, id, parent }: Session): void {
    this.#ids.add(id)
    this.#addresses.push({ namespace, id })
    if (parent?.why === 'compaction' && parent.namespace === namespace) this.#compacted.add(parent.id)
  }

  async *write(store: TranscriptReader, home: string, signal: AbortSignal): AsyncGenerator<HermesExport> {
    const folder = join(home, this.#path)
    await mkdir(join(folder, 'sessions'), { recursive: true, mode: 0o700 })
    const index = new HermesIndex()
    const file = join(folder, 'state.db')
    const database = new HermesDatabase(file)
    try {
      for (const address of this.#addresses) {
        signal.throwIfAborted()
        const session = await store.get(address)
        if (session) yield await this.#session(store, session, { database, index, home, signal })
      }
      database.finish()
    } finally {
      database.close()
    }
    await chmod(file, 0o600)
    const text = index.text()
    await writeNewFile(join(folder, 'sessions', 'sessions.json'), (sink) => sink.write(text))
  }

  async #session(
    store: TranscriptReader,
    session: Session,
    to: {
      readonly database: HermesDatabase
      readonly index: HermesIndex
      readonly home: string
      readonly signal: AbortSignal
    },
  ): Promise<HermesExport> {
    const { database, index, home, signal } = to
    const id = this.#ids.of(session.id) ?? session.id
    const path = join(this.#path, 'sessions', `${id}.jsonl`)
    const codec = codecNamed(session.codec)
    const rows = database.rows(session, id)
    let entries = 0
    let fileOnly = 0
    const copy = async (write: (line: string) => Promise<void>): Promise<void> => {
      for await (const entry of store.read(session)) {
        signal.throwIfAborted()
        entries++
        await write(`${hermesLine(entry, session.codec)}\n`)
        const row = hermesMessageRow(entry)
        if (row) rows.add(row, entry.at, codec.view(parseRecord(entry.record)).toolCalls.length)
        else fileOnly++
      }
    }
    if (session.entryCount > 0) {
      await writeNewFile(join(home, path), (sink) => copy((line) => sink.write(line)))
    }
    rows.finish({
      parent: session.parent?.namespace === session.namespace ? this.#ids.of(session.parent.id) : null,
      isCompacted: this.#compacted.has(session.id),
    })
    index.add(session, id, rows.lastAt)
    return { session, entries, path: entries > 0 ? path : null, fileOnly }
  }
}

async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.map((entry) => ({ path: join(entry.parentPath, entry.name), isFile: entry.isFile() }))
  await syncFiles(paths.flatMap(({ path, isFile }) => (isFile ? [path] : [])))
  for (const { path, isFile } of paths) if (!isFile) await syncFolder(path)
  await syncFolder(folder)
}

async function refuseExisting(path: string): Promise<void> {
  const isFree = await lstat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return true
      throw error
    },
  )
  if (isFree) return
  throw new CliError('FILE_EXISTS', `${path} exists already.`, {
    advice: 'Name a folder that does not exist yet: a home is never written over another one.',
  })
}
