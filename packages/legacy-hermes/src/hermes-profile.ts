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
import { DEFAULT_RECORD_LIMITS, sessionAddressSchema } from '@faircopy/store-core'
import { DatabaseWitness } from './database-witness.ts'
import { isDamage, sqliteCode } from './driver.ts'
import type { HermesHomeOptions } from './hermes-home-options.ts'
import { HomeDatabase } from './home-database.ts'
import { isFolder, type ProfileFolder } from './home-layout.ts'
import type { RowRuns } from './message-rows.ts'
import type { RoutedSession } from './routed-session.ts'
import { routedSessions } from './routing-table.ts'
import { sessionAbout } from './session-about.ts'
import { readSessionIndex } from './session-index.ts'
import { NEWEST_KNOWN_VERSION, NoStateDatabase, type SqlRow } from './state-database.ts'

/** A profile's sessions, from its folder of transcripts, its index and its database. */
export class HermesProfile {
  readonly #folder: ProfileFolder
  readonly #wallClock: WallClock | undefined
  readonly #found: SourceProblem[] = []
  /** Rows of `sessions` that turned out to be unreadable, by session. */
  readonly #damagedRows = new Map<string, SourceProblem>()
  readonly #files = new Map<string, LegacyWitness[]>()
  readonly #routed = new Map<string, RoutedSession[]>()
  #runs: ReadonlyMap<string | null, RowRuns> = new Map()
  #sessionRows: ReadonlySet<string | null> = new Set()
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
    } catch (error) {
      await profile.close()
      throw error
    }
    return profile
  }

  get problems(): readonly SourceProblem[] {
    return [...this.#found, ...this.#damagedRows.values()]
  }

  /** By id, in the order of their code units. */
  *sessions(): Generator<LegacySession, void, undefined> {
    const ids = new Set([...this.#files.keys(), ...this.#routed.keys()])
    for (const id of [...this.#runs.keys(), ...this.#sessionRows]) if (id !== null) ids.add(id)
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
    const runs = this.#runs.get(id) ?? null
    const about = sessionAbout({
      namespace,
      routed: this.#routed.get(id) ?? [],
      row: this.#row(id),
      parentRow: (parent) => this.#row(parent),
      wallClock: this.#wallClock,
    })
    const hasRows = this.#database !== null && (runs !== null || this.#sessionRows.has(id))
    return {
      namespace,
      id,
      about,
      database: hasRows && this.#database ? new DatabaseWitness(this.#database, id, runs ?? []) : null,
      file,
    }
  }

  #row(id: string): SqlRow | null {
    if (this.#database === null || this.#database.isClosed) return null
    try {
      return this.#database.state.session(id)
    } catch (error) {
      if (!isDamage(error)) throw error
      const detail = `the row of session ${JSON.stringify(id)} in its table of sessions: ${sqliteCode(error)}`
      this.#damagedRows.set(id, { code: 'database-unreadable', path: this.#database.path, detail })
      return null
    }
  }

  async #findTranscripts(options: HermesHomeOptions): Promise<void> {
    const folder = join(this.#folder.path, 'sessions')
    if (!(await isFolder(folder))) return
    const { limits, timeZone } = options
    const source = await openJsonlSource(folder, {
      adapter: hermesJsonl(timeZone === undefined ? {} : { timeZone }),
      namespace: this.#folder.namespace,
      ...(limits ? { limits } : {}),
    })
    for await (const { id, file } of source.sessions()) {
      if (file) this.#files.set(id, [...(this.#files.get(id) ?? []), file].sort(ownNameFirst(id)))
    }
    const index = join(folder, 'sessions.json')
    this.#found.push(...source.problems.filter(({ code, path }) => code !== 'ignored' || path !== index))
    await source.close()
  }

  async #findRows(options: HermesHomeOptions): Promise<void> {
    const path = join(this.#folder.path, 'state.db')
    await this.#listCopies(path)
    const stats = await lstat(path).catch(() => null)
    if (stats === null) return
    if (stats.isSymbolicLink()) return this.#report('symbolic-link', path, 'it is a symbolic link')
    if (!stats.isFile()) return this.#report('not-a-regular-file', path, 'it is no regular file')
    let database: HomeDatabase | null = null
    try {
      database = await HomeDatabase.open(path, options.limits ?? DEFAULT_RECORD_LIMITS)
      const { state } = database
      this.#runs = await state.rowRuns()
      this.#sessionRows = new Set(state.sessionIds())
      for (const routed of routedSessions(state.routing())) this.#route(routed)
      this.#database = database
      this.#judge(database)
    } catch (error) {
      await database?.close()
      if (!(error instanceof NoStateDatabase) && !isDamage(error)) throw error
      this.#runs = new Map()
      this.#sessionRows = new Set()
      this.#routed.clear()
      this.#report('database-unreadable', path, `${(error as Error).message}; nothing of it was read`)
    }
  }

  #judge({ path, state }: HomeDatabase): void {
    const { version } = state
    if (version !== null && version > NEWEST_KNOWN_VERSION) {
      const detail = `its schema version is ${version}, and ${NEWEST_KNOWN_VERSION} the last that is known; it was read by its columns`
      this.#report('database-too-new', path, detail)
    }
    if (this.#runs.has(null))
      this.#report('unusable-session-id', path, 'some messages have a session id that is no text')
    if (this.#sessionRows.has(null))
      this.#report('unusable-session-id', path, 'some sessions have an id that is no text')
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
      if (!this.#isUsable(id) || this.#files.has(id) || this.#runs.has(id) || this.#sessionRows.has(id))
        continue
      this.#report('missing-transcript', path, `of session ${JSON.stringify(id)} nothing else is left`)
    }
    for (const id of new Set([...this.#routed.keys(), ...this.#runs.keys(), ...this.#sessionRows])) {
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
      this.#report('ignored', join(this.#folder.path, name), `beside ${path}, no part of it`)
    }
  }

  #report(code: SourceProblemCode, path: string, detail: string): void {
    this.#found.push({ code, path, detail })
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
