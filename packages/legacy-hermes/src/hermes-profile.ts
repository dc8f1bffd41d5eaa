import { lstat, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  hermesJsonl,
  type LegacySession,
  type LegacyWitness,
  openJsonlSource,
  type SourceProblem,
  type SourceProblemCode,
  type WallClock,
  wallClockOf,
} from '@faircopy/legacy-jsonl'
import { sessionAddressSchema } from '@faircopy/store-core/arguments'
import { DEFAULT_RECORD_LIMITS } from '@faircopy/store-core/backend'
import { DatabaseWitness } from './database-witness.ts'
import { isDamage } from './driver.ts'
import type { SqlRow } from './fact-table.ts'
import type { HermesHomeOptions } from './hermes-home-options.ts'
import { HomeDatabase } from './home-database.ts'
import { isFolder, type ProfileFolder } from './home-layout.ts'
import type { RoutedSession } from './routed-session.ts'
import { routedSessions } from './routing-table.ts'
import { type RowListing, unknownRows } from './row-listing.ts'
import type { SessionRows } from './rows-by-session.ts'
import { sessionAbout } from './session-about.ts'
import { readSessionIndex } from './session-index.ts'
import { SessionSnapshots } from './session-snapshots.ts'
import { NEWEST_KNOWN_VERSION, NoStateDatabase } from './state-database.ts'

/** Of a session that only has a row in the table of sessions. */
const NO_MESSAGES: SessionRows = { runs: [], rows: 0, lost: [] }

/** Of a session whose row is there and can't be reached. */
const UNREAD_ROW = { row: null, unread: ['it could not be read'], large: [] }

/** What is told of a transcript as a whole that is not read. */
const REFUSED: ReadonlySet<SourceProblemCode> = new Set(['not-understood', 'other-format', 'unreadable-file'])

/** A profile's sessions, from its folder of transcripts, its index and its database. */
export class HermesProfile {
  readonly #folder: ProfileFolder
  readonly #wallClock: WallClock | undefined
  readonly #found: SourceProblem[] = []
  /** Rows of `sessions` that turned out not to be read whole, by session. */
  readonly #unreadRows = new Map<string, readonly SourceProblem[]>()
  readonly #files = new Map<string, LegacyWitness[]>()
  /** The transcripts that are there and that nothing reads, by the session that their names are of. */
  readonly #refused = new Map<string, SourceProblem>()
  /** Why the database, or rows that may be any session's, could not be read; null where all of them could. */
  #unreadRowsOfAny: SourceProblem | null = null
  readonly #routed = new Map<string, RoutedSession[]>()
  #messages: RowListing['bySession'] = new Map()
  #sessionRows: RowListing['bySession'] = new Map()
  #snapshots = new SessionSnapshots([])
  #database: HomeDatabase | null = null

  private constructor(folder: ProfileFolder, wallClock: WallClock | undefined) {
    this.#folder = folder
    this.#wallClock = wallClock
  }

  /** Lists what there is. No message is read. */
  static async open(folder: ProfileFolder, options: HermesHomeOptions): Promise<HermesProfile> {
    const { timeZone } = options
    const profile = new HermesProfile(folder, timeZone === undefined ? undefined : wallClockOf(timeZone))
    try {
      await profile.#findTranscripts(options)
      await profile.#findRows(options)
      await profile.#readIndex()
      profile.#sortRoutes()
      await profile.#snapshots.checkLone((id) => profile.#isTold(id))
    } catch (error) {
      await profile.close()
      throw error
    }
    return profile
  }

  get problems(): readonly SourceProblem[] {
    return [...this.#found, ...[...this.#unreadRows.values()].flat(), ...this.#snapshots.problems]
  }

  /** By id, in the order of their code units. */
  *sessions(): Generator<LegacySession, void, undefined> {
    const ids = new Set([...this.#files.keys(), ...this.#routed.keys()])
    for (const id of [...this.#messages.keys(), ...this.#sessionRows.keys()]) if (id !== null) ids.add(id)
    for (const id of [...ids].sort()) {
      if (!this.#isUsable(id)) continue
      const [file = null, ...claiming] = this.#files.get(id) ?? []
      yield this.#session(id, file)
      for (const other of claiming) yield this.#session(id, other)
    }
  }

  async close(): Promise<void> {
    await this.#database?.close()
  }

  #session(id: string, file: LegacyWitness | null): LegacySession {
    const { namespace } = this.#folder
    const own = this.#messages.get(id) ?? null
    const about = sessionAbout({
      namespace,
      routed: this.#routed.get(id) ?? [],
      row: this.#row(id),
      parentRow: (parent) => this.#row(parent),
      wallClock: this.#wallClock,
    })
    const files = this.#files.get(id)?.length ?? 0
    const rows =
      this.#database && (own !== null || this.#sessionRows.has(id))
        ? new DatabaseWitness(this.#database, id, own ?? NO_MESSAGES)
        : null
    const beside = (witness: LegacyWitness): LegacyWitness =>
      this.#snapshots.beside(id, witness, files + (rows ? 1 : 0))
    const refused = [file ? undefined : this.#refused.get(id), this.#unreadRowsOfAny].filter((each) => !!each)
    return {
      namespace,
      id,
      about,
      database: rows && beside(rows),
      file: file && beside(file),
      ...(refused.length > 0 && { refused }),
    }
  }

  #row(id: string): SqlRow | null {
    const listed = this.#sessionRows.get(id)
    if (this.#database === null || this.#database.isClosed || !listed) return null
    const { path, state } = this.#database
    const { row, unread, large } = state.session(id) ?? UNREAD_ROW
    const told = (code: SourceProblemCode, words: readonly string[]): SourceProblem[] =>
      words.map((each) => ({
        code,
        path,
        detail: `the row of session ${JSON.stringify(id)} in its table of sessions: ${each}`,
      }))
    const problems = [...told('database-unreadable', unread), ...told('facts-left-out', large)]
    if (problems.length > 0) this.#unreadRows.set(id, problems)
    return row
  }

  async #findTranscripts(options: HermesHomeOptions): Promise<void> {
    const folder = join(this.#folder.path, 'sessions')
    if (!(await isFolder(folder))) {
      const isThere = (await lstat(folder).catch(() => null)) !== null
      if (isThere) this.#report('not-a-folder', folder, 'a folder of transcripts was looked for here')
      return
    }
    const { limits, timeZone } = options
    const source = await openJsonlSource(folder, {
      adapter: hermesJsonl(timeZone === undefined ? {} : { timeZone }),
      namespace: this.#folder.namespace,
      ...(limits ? { limits } : {}),
    })
    for await (const { id, file } of source.sessions()) {
      if (file) this.#files.set(id, [...(this.#files.get(id) ?? []), file].sort(ownNameFirst(id)))
    }
    for (const problem of source.problems)
      if (REFUSED.has(problem.code)) this.#refused.set(basename(problem.path, '.jsonl'), problem)
    const index = join(folder, 'sessions.json')
    this.#found.push(...source.problems.filter(({ code, path }) => code !== 'ignored' || path !== index))
    this.#snapshots = new SessionSnapshots(
      source.problems.filter(({ kind }) => kind === 'snapshot').map(({ path }) => path),
    )
    await source.close()
  }

  async #findRows(options: HermesHomeOptions): Promise<void> {
    const path = join(this.#folder.path, 'state.db')
    await this.#listCopies(path)
    const stats = await lstat(path).catch(() => null)
    if (stats === null) return
    if (stats.isSymbolicLink()) return this.#reportUnread('symbolic-link', path, 'it is a symbolic link')
    if (!stats.isFile()) return this.#reportUnread('not-a-regular-file', path, 'it is no regular file')
    let database: HomeDatabase | null = null
    try {
      database = await HomeDatabase.open(path, options.limits ?? DEFAULT_RECORD_LIMITS)
      await this.#list(database)
      this.#database = database
    } catch (error) {
      await database?.close()
      if (!(error instanceof NoStateDatabase) && !isDamage(error)) throw error
      this.#messages = new Map()
      this.#sessionRows = new Map()
      this.#routed.clear()
      this.#reportUnread('database-unreadable', path, `${(error as Error).message}; nothing of it was read`)
    }
  }

  async #list({ path, state }: HomeDatabase): Promise<void> {
    const messages = await state.listMessages()
    const sessions = await state.listSessions()
    const routing = await state.routing()
    const { entries, faults } = routedSessions(routing.rows)
    this.#messages = messages.bySession
    this.#sessionRows = sessions.bySession
    for (const routed of entries) this.#route(routed)
    const { version } = state
    if (version !== null && version > NEWEST_KNOWN_VERSION) {
      const detail = `its schema version is ${version}, and ${NEWEST_KNOWN_VERSION} the last that is known; it was read by its columns`
      this.#report('database-too-new', path, detail)
    }
    if (this.#messages.has(null))
      this.#report(
        'unusable-session-id',
        path,
        'some messages have a session id that is no text, or too long',
      )
    if (this.#sessionRows.has(null))
      this.#report('unusable-session-id', path, 'some sessions have an id that is no text, or too long')
    for (const fault of [...state.faults, ...unknownRows('sessions', sessions)])
      this.#report('database-unreadable', path, fault)
    for (const fault of unknownRows('messages', messages))
      this.#reportUnread('database-unreadable', path, fault)
    for (const fault of [...routing.faults, ...faults]) this.#report('index-unreadable', path, fault)
  }

  async #readIndex(): Promise<void> {
    const path = join(this.#folder.path, 'sessions', 'sessions.json')
    const { entries, problems } = await readSessionIndex(path)
    this.#found.push(...problems)
    const tabled = new Map(
      [...this.#routed].flatMap(([id, routed]) => routed.map(({ key }) => [key, id] as const)),
    )
    for (const entry of entries) {
      const { key, sessionId } = entry
      const other = tabled.get(key)
      if (other !== undefined && other !== sessionId) {
        const detail = `one key leads to ${JSON.stringify(sessionId)} here and to ${JSON.stringify(other)} in state.db`
        this.#report('index-disagrees', path, detail)
      }
      this.#route(entry)
    }
    for (const id of this.#routed.keys()) {
      if (!this.#isUsable(id) || this.#isTold(id) || this.#mayTell(id)) continue
      this.#report('missing-transcript', path, `the home has nothing else of session ${JSON.stringify(id)}`)
    }
    for (const id of new Set([
      ...this.#routed.keys(),
      ...this.#messages.keys(),
      ...this.#sessionRows.keys(),
    ])) {
      if (id === null || this.#isUsable(id)) continue
      const detail = `${JSON.stringify(id.slice(0, 64))}: an id is 1 to 255 bytes of well-formed text without NUL`
      this.#report('unusable-session-id', this.#folder.path, detail)
    }
  }

  #route(routed: RoutedSession): void {
    const known = this.#routed.get(routed.sessionId)
    if (known) known.push(routed)
    else this.#routed.set(routed.sessionId, [routed])
  }

  /** The table before its mirror, the newest first. */
  #sortRoutes(): void {
    const updated = ({ entry, row }: RoutedSession): string =>
      String(entry['updated_at'] ?? row?.['updated_at'] ?? '')
    for (const routed of this.#routed.values()) {
      routed.sort(
        (a, b) =>
          Number(a.row === null) - Number(b.row === null) ||
          compare(updated(b), updated(a)) ||
          compare(a.key, b.key),
      )
    }
  }

  /** Whether there are rows or a transcript of it. */
  #isTold(id: string): boolean {
    return this.#files.has(id) || this.#messages.has(id) || this.#sessionRows.has(id)
  }

  /** Whether something is there that was not read, and may tell of the session. */
  #mayTell(id: string): boolean {
    return this.#unreadRowsOfAny !== null || this.#refused.has(id)
  }

  #isUsable(id: string): boolean {
    // A text that was no UTF-8 can't be looked up again by what it was replaced with.
    return sessionAddressSchema.safeParse({ namespace: 'default', id }).success && !id.includes('\ufffd')
  }

  /** `state.db.bak` and its like: never read, so said. */
  async #listCopies(path: string): Promise<void> {
    const own = new Set(['state.db', 'state.db-wal', 'state.db-shm', 'state.db-journal'])
    const names = await readdir(this.#folder.path).catch(() => [])
    for (const name of names.sort()) {
      if (!name.startsWith('state.db') || own.has(name)) continue
      const detail = `beside ${path}, no part of it`
      this.#found.push({
        code: 'ignored',
        kind: 'database-copy',
        path: join(this.#folder.path, name),
        detail,
      })
    }
  }

  #report(code: SourceProblemCode, path: string, detail: string): void {
    this.#found.push({ code, path, detail })
  }

  /** Of messages that may be any session's. */
  #reportUnread(code: SourceProblemCode, path: string, detail: string): void {
    this.#unreadRowsOfAny = { code, path, detail }
    this.#found.push(this.#unreadRowsOfAny)
  }
}

/** The file that bears the session's own name before those that are named as its copies. */
function ownNameFirst(id: string): (a: LegacyWitness, b: LegacyWitness) => number {
  const isCopy = ({ path }: LegacyWitness): number => Number(basename(path) !== `${id}.jsonl`)
  return (a, b) => isCopy(a) - isCopy(b)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
