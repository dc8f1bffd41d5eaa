import { randomBytes } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import {
  giveWay,
  isHeld,
  NotAStore,
  ReadOnlyStore,
  StoreBusy,
  StoreClosed,
  StoreCorrupt,
  StoreError,
  StoreFull,
  StoreIo,
  type StorePolicy,
  StoreReplaced,
} from '@faircopy/store-core'
import type { StoreEvent, StoreEventListener } from '../events.ts'
import { Connection } from './connection.ts'
import type { Driver } from './driver.ts'
import { inspect } from './header.ts'
import { createFile, type Location, statOrNull, tighten } from './location.ts'
import { logBytes } from './log-frames.ts'
import { logHolders } from './log-holders.ts'
import { MainHandle } from './main-handle.ts'
import { newMark } from './mark.ts'
import { readAsCurrent, upgrade } from './older-schema.ts'
import { contractError, faultOf, isBusy, type Phase } from './outcome.ts'
import { whileBusy } from './patience.ts'
import { distrust, type JournalMode, setDurable, setJournalMode, setPragmas } from './pragmas.ts'
import { register } from './registry.ts'
import { PAGE_SIZE } from './schema.ts'
import { checkSchema, createSchema } from './schema-check.ts'
import { RUN_STATEMENT, runOn } from './statements.ts'
import { BEGIN_LOG, RESEAL_STORE, readStoreRow, type StoreRow } from './store-row.ts'
import { refuseStrangeLog } from './strange-log.ts'
import { NoThread, Thread } from './thread.ts'
import { pageCount, Watch, walCounters } from './watch.ts'

/** How an open file behaves. */
export interface StoreFileOptions {
  readonly readOnly: boolean
  readonly mustExist: boolean
  readonly busyTimeoutMs: number
  /** Bytes that the log may have while a reader keeps it from being taken in. */
  readonly maxLogBytes: number
  readonly now: () => number
  readonly policy: StorePolicy
  readonly onEvent: StoreEventListener | undefined
}

/** A checkpoint is due when the WAL has this many frames: 8 MiB. */
const CHECKPOINT_FRAMES = 512
/** After a checkpoint that could not take everything, the next try comes this much later. */
const CHECKPOINT_RETRY_FRAMES = 128
const ANNOUNCE = 'UPDATE store SET beacon = beacon + 1, beacon_frame = ? WHERE one = 1'
const WAL_GROWTH_BYTES = 64 * 1024 * 1024
/** The main file is lengthened by so much more than it needs, so that it seldom has to be. */
const ROOM_BYTES = 1024 * 1024
/** What is always left of that: given back, it has room in the log for the announcement of a checkpoint. */
const SPARE_BYTES = 4 * PAGE_SIZE
/** A commit that must be proved waits for the lock at least this long: its caller cannot be told anything sooner. */
const PROOF_PATIENCE_MS = 30_000

/** An open store file: its connections, its identity, and what happens to them when something fails. */
export class StoreFile {
  readonly path: string
  readonly #driver: Driver
  readonly #options: StoreFileOptions
  readonly #mode: JournalMode
  #connection: Connection | null = null
  /** Read-only, and open as long as we are: while it is, closing the other one cannot checkpoint into a wrong file. */
  #guard: Connection | null = null
  /** Until the file is open: as the guard, and over the log as it was found. */
  #first: Connection | null = null
  #main: MainHandle | null = null
  #watch: Watch | null = null
  readonly #thread: Thread
  #release: (() => void) | null = null
  #stopped: StoreError | null = null
  #closed = false
  #nextCheckpoint = CHECKPOINT_FRAMES
  #grown = false
  #beginsLog = false
  /** What the last checkpoint was announced with; null where there was no room for it. */
  #announced: StoreRow | null = null
  /** Whether the last checkpoint failed, for another reason than a reader. */
  #foldFailed = false
  /** Whether the WAL may hold commits that a killed process wrote and never synced. */
  #unsynced = false

  private constructor(driver: Driver, location: Location, options: StoreFileOptions) {
    this.#driver = driver
    this.#thread = new Thread(driver)
    this.path = location.path
    this.#mode = location.unsafeFileSystem ? 'delete' : 'wal'
    this.#options = options
  }

  /** Opens the file, and makes a store in it where there is none. */
  static async open(driver: Driver, location: Location, options: StoreFileOptions): Promise<StoreFile> {
    const file = new StoreFile(driver, location, options)
    const begun = performance.now()
    for (let again = false; ; again = true) {
      try {
        file.#makeReady()
        await whileBusy(location.path, options.busyTimeoutMs, () => file.#connect())
        file.#closeFirst()
        file.emit({ type: 'opened', durationMs: performance.now() - begun })
        return file
      } catch (error) {
        file.#drop()
        file.#closeGuard()
        file.#closeFirst()
        file.#letGo()
        const fault = StoreError.is(error) ? null : faultOf(error)
        // One failing read looks like damage, and is not (S22).
        if (!again && (fault === 'damage' || fault === 'io')) continue
        throw contractError(error, location.path, 'before-commit')
      }
    }
  }

  get options(): StoreFileOptions {
    return this.#options
  }

  /** Whether an answer that rests on what others wrote needs a commit of our own to be durable. */
  get unsynced(): boolean {
    return this.#unsynced
  }

  emit(event: StoreEvent): void {
    try {
      this.#options.onEvent?.(event)
    } catch {
      // A listener's own failure is not the store's.
    }
  }

  checkOpen(): void {
    if (this.#closed) this.refuseClosed()
  }

  refuseClosed(): never {
    throw new StoreClosed(this.path)
  }

  checkWritable(): void {
    this.checkOpen()
    if (this.#options.readOnly) throw new ReadOnlyStore(this.path)
    if (this.#stopped) throw this.#stopped
  }

  /**
   * Runs a read on one snapshot, after the event loop had its turn if it was held too long (S20): so no read may take more
   * than some 10 ms by itself. A lock is waited for. An error that looks like damage or a failing disk is looked at
   * again through a new connection before it is believed (S22).
   */
  async read<T>(work: (connection: Connection) => T): Promise<T> {
    this.checkOpen()
    if (isHeld()) await giveWay()
    for (let again = false; ; again = true) {
      try {
        return await whileBusy(this.path, this.#options.busyTimeoutMs, () => {
          this.checkOpen()
          const connection = this.#connected()
          return connection.snapshot(() => work(connection))
        })
      } catch (error) {
        if (StoreError.is(error)) throw error
        const fault = faultOf(error)
        if (fault === 'unknown' && !hasCode(error)) throw error
        if (again || (fault !== 'damage' && fault !== 'io')) {
          if (fault === 'damage') this.#stop(new StoreCorrupt(this.path, 'not-stored', error))
          throw contractError(error, this.path, 'before-commit')
        }
        this.#reopen(error)
      }
    }
  }

  /** Why writing stopped for good, if it did. */
  get stopped(): StoreError | null {
    return this.#stopped
  }

  /** A connection of its own that only reads, for what takes longer than a snapshot should. Its caller closes it. */
  async openReader(): Promise<Connection> {
    await this.read(() => {})
    const reader = new Connection(
      this.#driver.open(this.path, { readonly: true, fileMustExist: true, timeout: 0 }),
    )
    try {
      setPragmas(reader)
      if (this.#options.readOnly && checkSchema(reader, this.path) === 'older') readAsCurrent(reader)
      if (this.#watch && readStoreRow(reader)?.id !== this.#watch.id) {
        throw new StoreReplaced(this.path, 'it is another store')
      }
      return reader
    } catch (error) {
      reader.close()
      throw error
    }
  }

  /** The connection, connected anew if it had to be dropped. Throws the driver's errors. */
  connected(): Connection {
    this.checkWritable()
    return this.#connected()
  }

  /** Begins a write transaction, or says that somebody else holds the lock. Throws the driver's other errors. */
  tryBegin(connection: Connection): boolean {
    this.#watch?.before(connection)
    try {
      this.#begin(connection)
    } catch (error) {
      if (isBusy(error)) return false
      throw error
    }
    if (this.#mode !== 'wal') this.#watch?.checkId(connection)
    return true
  }

  /**
   * Takes room in the main file for all that a transaction makes it need, before it is committed: taking the log in then
   * needs none (S26). Fails with the file system's error where there is no room.
   */
  reserve(connection: Connection): void {
    const main = this.#main
    const size = statOrNull(this.path)?.size
    if (this.#mode !== 'wal' || !main?.canWrite || size === undefined) return
    const needed = pageCount(connection) * PAGE_SIZE + SPARE_BYTES
    if (size >= needed) return
    const begun = performance.now()
    this.#watch?.resize(() => main.extend(needed - SPARE_BYTES + ROOM_BYTES))
    this.emit({ type: 'extended', bytes: ROOM_BYTES, durationMs: performance.now() - begun })
  }

  /** Whether the log is as long as it may get, and holds what a reader keeps the main file from taking in (S26). */
  isLogFull(): boolean {
    const { maxLogBytes } = this.#options
    if (!this.#watch || !this.#guard || logBytes(this.#watch.counters.frames) < maxLogBytes) return false
    const counters = walCounters(this.#guard)
    return (
      logBytes(counters.frames) >= maxLogBytes && counters.frames > counters.backfilled && !this.#foldFailed
    )
  }

  /** What a write is told while a reader keeps such a log from being taken in. */
  logFull(): StoreFull {
    const bytes = this.#watch ? logBytes(this.#watch.counters.frames) : 0
    return new StoreFull(this.path, { bytes, holders: logHolders(this.path) ?? [] }, 'not-stored')
  }

  /**
   * Takes in as much of the log as readers let it, which needs no room, and cuts the log off where they let it: only that
   * gives its room to others. Never fails.
   */
  makeRoom(): Promise<void> {
    return this.#fold('TRUNCATE')
  }

  /** Has a connection not wait for the disk, in a WAL, until {@link tense}: a later commit that does carries this one. */
  relax(connection: Connection): void {
    if (this.#mode === 'wal') connection.db.pragma('synchronous = NORMAL')
  }

  /** Undoes {@link relax}. A connection that cannot is dropped. */
  tense(): void {
    if (!this.#connection || this.#mode !== 'wal') return
    try {
      setDurable(this.#connection)
    } catch {
      this.#drop()
    }
  }

  /** Takes a transaction back. A connection that cannot is dropped. */
  rollback(connection: Connection): void {
    try {
      if (connection.db.inTransaction) connection.run('ROLLBACK')
    } catch {
      this.#drop()
    }
  }

  /**
   * Looks, after a commit and before its acknowledgement, whether the file is still ours (S21). Fails with
   * `StoreReplaced`. `durable`: whether the commit waited for the disk.
   */
  async confirm(connection: Connection, durable: boolean): Promise<void> {
    if (durable) this.#unsynced = false
    const watch = this.#watch
    if (!watch) return
    try {
      if (watch.after(connection)) return
      const patience = Math.max(this.#options.busyTimeoutMs, PROOF_PATIENCE_MS)
      const begun = performance.now()
      await whileBusy(this.path, patience, () => this.#prove(watch))
      this.emit({ type: 'proved', durationMs: performance.now() - begun })
    } catch (error) {
      if (error instanceof StoreReplaced) this.#stop(error)
      if (error instanceof StoreBusy) throw new StoreIo(this.path, 'unknown', error)
      throw contractError(error, this.path, 'commit')
    }
  }

  /**
   * What a failed write means, and what is done about it: a connection that saw an I/O error is dropped, damage is
   * looked at again, and writing stops for good only where it is really there (S3, S22).
   */
  failed(error: unknown, phase: Phase): StoreError {
    const meant = contractError(error, this.path, phase)
    if (meant instanceof StoreReplaced) {
      this.#stop(meant)
      return meant
    }
    const fault = StoreError.is(error) ? null : faultOf(error)
    if (fault === 'io' || fault === 'unknown') this.#drop()
    if (fault === 'damage') {
      this.#drop()
      const replaced = this.#findReplacement()
      if (replaced) {
        this.#stop(replaced)
        return replaced
      }
      const damage = this.#findDamage()
      if (!damage) return new StoreIo(this.path, meant.outcome, error)
      const corrupt = new StoreCorrupt(this.path, meant.outcome, damage)
      this.#stop(new StoreCorrupt(this.path, 'not-stored', damage))
      return corrupt
    }
    return meant
  }

  /**
   * Moves the WAL into the main file when it is long enough, without waiting for anybody. The event loop goes on meanwhile
   * (S20). Never fails a write.
   */
  async checkpointIfDue(): Promise<void> {
    if (this.#mode !== 'wal' || this.#stopped || this.#closed || !this.#watch) return
    const { frames, backfilled } = this.#watch.counters
    const bytes = frames * PAGE_SIZE
    if (bytes > WAL_GROWTH_BYTES && !this.#grown) {
      this.emit({ type: 'wal-growth', bytes, holders: logHolders(this.path) })
    }
    this.#grown = bytes > WAL_GROWTH_BYTES
    if (frames < CHECKPOINT_FRAMES) this.#nextCheckpoint = CHECKPOINT_FRAMES
    if (frames < this.#nextCheckpoint || frames === backfilled) return
    this.#nextCheckpoint = frames + CHECKPOINT_RETRY_FRAMES
    await this.#fold('PASSIVE')
    await turn()
    try {
      this.beginLog()
    } catch {
      // The next commit begins it then, or fails for the same reason.
    }
  }

  /**
   * What is to be done before {@link close}, once nothing is written any more: what is in the log goes into the main file,
   * announced as always, so that an older log is never taken for one that was written over it (S21).
   */
  async settle(): Promise<void> {
    if (this.#options.readOnly || this.#closed) return
    const counters = this.#watch?.counters
    if (counters && counters.frames > counters.backfilled) await this.#fold('PASSIVE', this.#thread.isRunning)
    await this.#thread.end()
  }

  /** Lets the file go. The last one to do so moves the WAL into the main file, unless that is no longer ours. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (!this.#stopped && this.#connection && this.#watch) {
      try {
        if (!this.#watch.after(this.#connection)) this.#prove(this.#watch)
      } catch (error) {
        if (!isBusy(error)) this.#stopped = contractError(error, this.path, 'before-commit')
      }
    }
    this.#disconnect()
    this.#watch?.close()
    this.#letGo()
  }

  #letGo(): void {
    this.#release?.()
    this.#release = null
    this.#main?.letGo()
    this.#main = null
  }

  #closeFirst(): void {
    const first = this.#first
    this.#first = null
    first?.close()
  }

  /** Begins a write transaction. One that begins a new log writes into it which state of the main file it is over (S21). */
  #begin(connection: Connection): void {
    connection.run('BEGIN IMMEDIATE')
    if (!this.#guard) return
    const { frames, backfilled } = walCounters(this.#guard)
    this.#beginsLog = frames === backfilled
    if (!this.#beginsLog) return
    connection.run(BEGIN_LOG, newMark())
    connection.run(RESEAL_STORE)
  }

  /**
   * Announces a checkpoint in the WAL, then makes it. The loop has a turn between any two waits for the disk (S20).
   * `TRUNCATE` also cuts the log off, where no reader is in the way. Never fails; that it did not work is told.
   */
  async #fold(how: 'PASSIVE' | 'TRUNCATE', apart = true): Promise<void> {
    const watch = this.#watch
    if (this.#mode !== 'wal' || this.#stopped || this.#closed || !watch) return
    const begun = performance.now()
    try {
      await turn()
      this.#announced = null
      this.#announce(this.#connected())
      await turn()
      if (!apart || !(await this.#foldApart(how, watch))) this.#foldHere(how, watch)
      this.emit({ type: 'checkpoint', durationMs: performance.now() - begun })
      this.#foldFailed = false
    } catch (error) {
      if (this.#connection) this.rollback(this.#connection)
      if (isBusy(error)) return
      if (error instanceof StoreReplaced) this.#stop(error)
      this.#foldFailed = true
      this.emit({ type: 'checkpoint-failed', cause: error })
    }
  }

  /** Makes a checkpoint on a thread, looking under the lock whether the file is ours. False: there is no thread. */
  async #foldApart(how: 'PASSIVE' | 'TRUNCATE', watch: Watch): Promise<boolean> {
    try {
      try {
        await this.#onThread('lock', 'BEGIN IMMEDIATE')
        this.#proveAfresh(watch)
        if (!this.#mayFold(watch)) return true
        await this.#onThread('work', 'PRAGMA wal_checkpoint(PASSIVE)')
        watch.checkpointed()
        if (how === 'PASSIVE') return true
        // That one takes the lock itself.
        await this.#onThread('lock', 'ROLLBACK')
        await this.#onThread('work', 'PRAGMA wal_checkpoint(TRUNCATE)')
        watch.checkpointed()
      } finally {
        await this.#onThread('', null)
      }
      return true
    } catch (error) {
      if (error instanceof NoThread) return false
      throw error
    }
  }

  /**
   * Whether what was announced was not made by somebody else meanwhile: then the log is short, and a checkpoint that nobody
   * announced would look like a stranger's write. Where there was no room to announce it, it is made all the same.
   */
  #mayFold(watch: Watch): boolean {
    return this.#announced === null || watch.awaits(this.#announced)
  }

  #foldHere(how: 'PASSIVE' | 'TRUNCATE', watch: Watch): void {
    const fresh = this.#openFresh(setPragmas)
    try {
      let isMade = false
      this.#underLock(() => {
        watch.prove(fresh)
        isMade = this.#mayFold(watch)
        if (!isMade) return
        fresh.db.pragma('wal_checkpoint(PASSIVE)')
        watch.checkpointed()
      })
      if (how === 'PASSIVE' || !isMade) return
      fresh.db.pragma('wal_checkpoint(TRUNCATE)')
      watch.checkpointed()
    } finally {
      fresh.close()
    }
  }

  /**
   * Runs a statement on a connection of a thread, which stays until {@link leaveThread}; where there is no thread, here.
   * Throws the driver's errors.
   */
  async apart(sql: string): Promise<unknown> {
    try {
      return await this.#onThread('work', sql)
    } catch (error) {
      if (!(error instanceof NoThread)) throw error
      return runOn(this.connected(), sql)
    }
  }

  /**
   * Begins a new log with a commit of its own, so that no other waits for the disk twice: once for the log's header and
   * once for itself (S20). False: somebody else holds the lock. Throws the driver's other errors.
   */
  beginLog(): boolean {
    const begun = performance.now()
    const connection = this.connected()
    this.relax(connection)
    try {
      if (!this.tryBegin(connection)) return false
      if (!this.#beginsLog) return true
      connection.run('COMMIT')
      this.emit({ type: 'log-begun', durationMs: performance.now() - begun })
      return true
    } finally {
      this.rollback(connection)
      this.tense()
    }
  }

  /** Whether the transaction under way is the first of its log. */
  get beginsLog(): boolean {
    return this.#beginsLog
  }

  /** Closes what {@link apart} opened. */
  async leaveThread(): Promise<void> {
    if (this.#thread.isRunning) await this.#onThread('', null).catch(() => {})
  }

  /** Runs a statement on a connection of the thread; null lets them all go. Fails with `NoThread`. */
  #onThread(on: string, sql: string | null): Promise<unknown> {
    return this.#thread.run(RUN_STATEMENT, { path: this.path, on, sql })
  }

  /** Says in the log that the main file will be written; on a full disk in the room that the main file has in reserve. */
  #announce(connection: Connection): void {
    if (this.#tryAnnounce(connection, () => {})) return
    // Where even that is gone, an earlier announcement stands, or SQLite's own counters tell once it is through.
    this.#tryAnnounce(connection, () => this.#trim(connection))
  }

  /** False: there is no room for it, though `makeRoom` made some under the same lock. */
  #tryAnnounce(connection: Connection, makeRoom: () => void): boolean {
    try {
      this.#begin(connection)
      makeRoom()
      connection.run(ANNOUNCE, walCounters(this.#guard ?? connection).frames)
      connection.run(RESEAL_STORE)
      const row = readStoreRow(connection)
      connection.run('COMMIT')
      this.#announced = row
      return true
    } catch (error) {
      this.rollback(connection)
      if (faultOf(error) === 'full') return false
      throw error
    }
  }

  /** Cuts off what the main file has beyond its pages, to the last byte: so others know it for what it is. */
  #trim(connection: Connection): void {
    const main = this.#main
    const size = pageCount(connection) * PAGE_SIZE
    if (main?.canWrite && (statOrNull(this.path)?.size ?? 0n) > size) {
      this.#watch?.resize(() => main.trim(size))
    }
  }

  /** Has the watch say who wrote the main file. Throws `SQLITE_BUSY` if it cannot. */
  #prove(watch: Watch): void {
    this.#underLock(() => this.#proveAfresh(watch))
  }

  /** The same, while somebody of ours holds the write lock. */
  #proveAfresh(watch: Watch): void {
    const fresh = this.#openFresh(distrust)
    try {
      watch.prove(fresh)
    } finally {
      fresh.close()
    }
  }

  /** Runs `work` while this connection holds the write lock. Throws `SQLITE_BUSY` if it cannot. */
  #underLock(work: () => void): void {
    const connection = this.#connected()
    connection.run('BEGIN IMMEDIATE')
    try {
      work()
    } finally {
      this.rollback(connection)
    }
  }

  #openFresh(setUp: (fresh: Connection) => void): Connection {
    const fresh = new Connection(this.#driver.open(this.path, { fileMustExist: true, timeout: 0 }))
    try {
      setUp(fresh)
    } catch (error) {
      fresh.close()
      if (isBusy(error)) throw error
      throw new StoreReplaced(this.path, 'it no longer reads as a store', error)
    }
    return fresh
  }

  #connected(): Connection {
    if (!this.#connection) this.#connect()
    return this.#connection as unknown as Connection
  }

  /** Looks at what is there, and makes an empty file where nothing is and a store may be made. */
  #makeReady(): void {
    const { readOnly, mustExist } = this.#options
    if (statOrNull(this.path)) this.#main = MainHandle.open(this.path, readOnly)
    if (inspect(this.path, this.#main) === 'new') {
      if (readOnly || mustExist) {
        throw new NotAStore(this.path, statOrNull(this.path) ? 'it is empty' : 'there is no such file')
      }
      createFile(this.path)
      this.#main ??= MainHandle.open(this.path, readOnly)
    }
    if (!readOnly) tighten(this.path)
  }

  #connect(): void {
    const before = statOrNull(this.path)
    if (!before) throw new StoreReplaced(this.path, 'it is gone')
    if (this.#watch && (before.ino !== this.#watch.inode.ino || before.dev !== this.#watch.inode.dev)) {
      throw new StoreReplaced(this.path, 'another file has its name')
    }
    if (!this.#main?.isOf(before)) throw new StoreReplaced(this.path, 'another file has its name')
    this.#release ??= register(this.path, before, this.#driver.origin)
    if (!this.#watch) this.#first ??= refuseStrangeLog(this.#driver, this.path, this.#main)
    const connection = new Connection(
      this.#driver.open(this.path, {
        fileMustExist: true,
        readonly: this.#options.readOnly,
        timeout: 0,
      }),
    )
    try {
      this.#prepare(connection)
      const main = statOrNull(this.path)
      if (main?.ino !== before.ino || main.dev !== before.dev) {
        throw new StoreReplaced(this.path, 'another file has its name')
      }
      if (!this.#options.readOnly) this.#watchOver(connection)
    } catch (error) {
      connection.close()
      throw error
    }
    this.#connection = connection
  }

  #prepare(connection: Connection): void {
    const { db } = connection
    if (!this.#options.readOnly && !this.#watch) db.pragma(`page_size = ${PAGE_SIZE}`)
    setPragmas(connection)
    const content = checkSchema(connection, this.path)
    if (content === 'older') {
      if (this.#options.readOnly) readAsCurrent(connection)
      else upgrade(connection)
    }
    if (content === 'empty') {
      if (this.#options.readOnly || this.#watch) throw new NotAStore(this.path, 'it is empty')
      // Made before the file turns to a WAL, so that the main file itself holds the schema and the store's id.
      connection.run('BEGIN IMMEDIATE')
      try {
        if (db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0) {
          createSchema(connection, { id: randomBytes(16).toString('hex'), at: this.#options.now() })
        }
        connection.run('COMMIT')
      } finally {
        if (db.inTransaction) connection.run('ROLLBACK')
      }
      checkSchema(connection, this.path)
    }
    if (!this.#options.readOnly) setJournalMode(connection, this.#mode)
    setPragmas(connection)
  }

  #watchOver(connection: Connection): void {
    const row = connection.snapshot(() => readStoreRow(connection))
    if (!row || !this.#main) throw new StoreReplaced(this.path, 'it is gone')
    if (this.#watch && this.#watch.id !== row.id) throw new StoreReplaced(this.path, 'it is another store')
    // Before the watch: where this fails, the connection ends as the last one, and the next one makes another WAL.
    if (this.#mode === 'wal') this.#guard ??= this.#openGuard()
    if (this.#watch) return
    const wal = this.#mode === 'wal' ? statOrNull(`${this.path}-wal`) : null
    // Before the file, as at every look: see the watch.
    const counters = this.#mode === 'wal' ? walCounters(connection) : { frames: 0, backfilled: 0 }
    const main = statOrNull(this.path)
    if (!main) throw new StoreReplaced(this.path, 'it is gone')
    this.#unsynced = counters.frames > 0
    this.#watch = new Watch(
      { path: this.path, mode: this.#mode, handle: this.#main, guard: this.#guard },
      { main, wal, row, counters },
    )
  }

  #openGuard(): Connection {
    const guard = new Connection(this.#driver.open(this.path, { readonly: true, timeout: 0 }))
    try {
      readStoreRow(guard)
    } catch (error) {
      guard.close()
      throw error
    }
    return guard
  }

  #reopen(cause: unknown): void {
    this.#drop()
    this.emit({ type: 'reopened', cause })
  }

  #drop(): void {
    const connection = this.#connection
    this.#connection = null
    try {
      connection?.close()
    } catch {
      // It is gone either way.
    }
  }

  /** Checks the file's structure through a new connection; null where it is sound after all. */
  #findDamage(): unknown {
    try {
      const connection = this.#connected()
      const answer: unknown = connection.db.pragma('quick_check(1)', { simple: true })
      return answer === 'ok' ? null : new Error('quick_check found damage')
    } catch (error) {
      this.#drop()
      return faultOf(error) === 'damage' || StoreError.is(error) ? error : null
    }
  }

  /** Whether what looks like damage is another file's content in ours. */
  #findReplacement(): StoreReplaced | null {
    const watch = this.#watch
    const guard = this.#guard
    if (!watch || !guard) return null
    try {
      if (watch.after(guard)) return null
      this.#prove(watch)
    } catch (error) {
      if (error instanceof StoreReplaced) return error
      const unreadable = StoreError.is(error) || faultOf(error) === 'damage'
      if (unreadable && !watch.mayHaveCheckpointed(walCounters(guard))) {
        return new StoreReplaced(this.path, 'something else wrote over it', error)
      }
    }
    return null
  }

  #stop(why: StoreError): void {
    this.#stopped ??= why
  }

  #disconnect(): void {
    if (this.#stopped) {
      this.#drop()
      this.#closeGuard()
    } else {
      this.#closeGuard()
      this.#drop()
    }
  }

  #closeGuard(): void {
    const guard = this.#guard
    this.#guard = null
    try {
      guard?.close()
    } catch {
      // It is gone either way.
    }
  }
}

function hasCode(error: unknown): boolean {
  return error instanceof Error && 'code' in error
}
