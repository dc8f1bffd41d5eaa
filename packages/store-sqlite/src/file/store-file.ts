import { randomBytes } from 'node:crypto'
import {
  giveWay,
  isHeld,
  NotAStore,
  ReadOnlyStore,
  StoreBusy,
  StoreClosed,
  StoreCorrupt,
  StoreError,
  StoreIo,
  type StorePolicy,
  StoreReplaced,
} from '@faircopy/store-core'
import type { StoreEvent, StoreEventListener } from '../events.ts'
import { Connection } from './connection.ts'
import type { Driver } from './driver.ts'
import { inspect } from './header.ts'
import { createFile, type Location, statOrNull, tighten } from './location.ts'
import { readAsCurrent, upgrade } from './older-schema.ts'
import { contractError, faultOf, isBusy, type Phase } from './outcome.ts'
import { whileBusy } from './patience.ts'
import { distrust, type JournalMode, setDurable, setJournalMode, setPragmas } from './pragmas.ts'
import { register } from './registry.ts'
import { PAGE_SIZE } from './schema.ts'
import { checkSchema, createSchema } from './schema-check.ts'
import { resealStatement } from './seal.ts'
import { readBeacon, Watch, walCounters } from './watch.ts'

/** How an open file behaves. */
export interface StoreFileOptions {
  readonly readOnly: boolean
  readonly mustExist: boolean
  readonly busyTimeoutMs: number
  readonly now: () => number
  readonly policy: StorePolicy
  readonly onEvent: StoreEventListener | undefined
}

/** A checkpoint is due when the WAL has this many frames: 8 MiB. */
const CHECKPOINT_FRAMES = 512
/** After a checkpoint that could not take everything, the next try comes this much later. */
const CHECKPOINT_RETRY_FRAMES = 128
const RESEAL_STORE = resealStatement('store', 'one = 1')
const WAL_GROWTH_BYTES = 64 * 1024 * 1024
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
  #watch: Watch | null = null
  #release: (() => void) | null = null
  #stopped: StoreError | null = null
  #closed = false
  #nextCheckpoint = CHECKPOINT_FRAMES
  #grown = false
  /** Whether the WAL may hold commits that a killed process wrote and never synced. */
  #unsynced = false

  private constructor(driver: Driver, location: Location, options: StoreFileOptions) {
    this.#driver = driver
    this.path = location.path
    this.#mode = location.unsafeFileSystem ? 'delete' : 'wal'
    this.#options = options
  }

  /** Opens the file, and makes a store in it where there is none. */
  static async open(driver: Driver, location: Location, options: StoreFileOptions): Promise<StoreFile> {
    const file = new StoreFile(driver, location, options)
    for (let again = false; ; again = true) {
      try {
        file.#makeReady()
        await whileBusy(location.path, options.busyTimeoutMs, () => file.#connect())
        return file
      } catch (error) {
        file.#disconnect()
        file.#release?.()
        file.#release = null
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
      if (this.#watch && readBeacon(reader)?.id !== this.#watch.id) {
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
      connection.run('BEGIN IMMEDIATE')
    } catch (error) {
      if (isBusy(error)) return false
      throw error
    }
    if (this.#mode !== 'wal') this.#watch?.checkId(connection)
    return true
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
      await whileBusy(this.path, patience, () => this.#prove(watch))
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

  /** Moves the WAL into the main file when it is long enough, without waiting for anybody. Never fails a write. */
  checkpointIfDue(connection: Connection): void {
    if (this.#mode !== 'wal' || this.#stopped || this.#closed || !this.#watch) return
    try {
      const { frames, backfilled } = this.#watch.counters
      const bytes = frames * PAGE_SIZE
      if (bytes > WAL_GROWTH_BYTES && !this.#grown) this.emit({ type: 'wal-growth', bytes })
      this.#grown = bytes > WAL_GROWTH_BYTES
      if (frames < CHECKPOINT_FRAMES) this.#nextCheckpoint = CHECKPOINT_FRAMES
      if (frames < this.#nextCheckpoint || frames === backfilled) return
      this.#nextCheckpoint = frames + CHECKPOINT_RETRY_FRAMES
      this.#checkpoint(connection)
    } catch (error) {
      if (isBusy(error)) return
      if (error instanceof StoreReplaced) this.#stop(error)
      this.rollback(connection)
      this.emit({ type: 'checkpoint-failed', cause: error })
    }
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
    this.#release?.()
  }

  /** Announces a checkpoint in the WAL, then makes it while nobody else can write. */
  #checkpoint(connection: Connection): void {
    const { frames } = walCounters(connection)
    connection.run('BEGIN IMMEDIATE')
    connection.run('UPDATE store SET beacon = beacon + 1, beacon_frame = ? WHERE one = 1', frames)
    connection.run(RESEAL_STORE)
    connection.run('COMMIT')
    this.#underLock(setPragmas, (fresh) => {
      this.#watch?.prove(fresh)
      fresh.db.pragma('wal_checkpoint(PASSIVE)')
      this.#watch?.checkpointed(fresh)
    })
  }

  /** Has the watch say who wrote the main file. Throws `SQLITE_BUSY` if it cannot. */
  #prove(watch: Watch): void {
    this.#underLock(distrust, (fresh) => watch.prove(fresh))
  }

  /**
   * Runs `work` with a new connection, set up for it, while this one holds the write lock. Throws `SQLITE_BUSY` if it
   * cannot.
   */
  #underLock(setUp: (fresh: Connection) => void, work: (fresh: Connection) => void): void {
    const connection = this.#connected()
    connection.run('BEGIN IMMEDIATE')
    try {
      const fresh = this.#openFresh(setUp)
      try {
        work(fresh)
      } finally {
        fresh.close()
      }
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
    if (inspect(this.path) === 'new') {
      if (readOnly || mustExist) {
        throw new NotAStore(this.path, statOrNull(this.path) ? 'it is empty' : 'there is no such file')
      }
      createFile(this.path)
    }
    if (!readOnly) tighten(this.path)
  }

  #connect(): void {
    const before = statOrNull(this.path)
    if (!before) throw new StoreReplaced(this.path, 'it is gone')
    if (this.#watch && (before.ino !== this.#watch.inode.ino || before.dev !== this.#watch.inode.dev)) {
      throw new StoreReplaced(this.path, 'another file has its name')
    }
    this.#release ??= register(this.path, before, this.#driver.origin)
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
    const beacon = connection.snapshot(() => readBeacon(connection))
    const main = statOrNull(this.path)
    if (!main || !beacon) throw new StoreReplaced(this.path, 'it is gone')
    if (this.#watch && this.#watch.id !== beacon.id) throw new StoreReplaced(this.path, 'it is another store')
    // Before the watch: where this fails, the connection ends as the last one, and the next one makes another WAL.
    if (this.#mode === 'wal') this.#guard ??= this.#openGuard()
    if (this.#watch) return
    const wal = this.#mode === 'wal' ? statOrNull(`${this.path}-wal`) : null
    const counters = this.#mode === 'wal' ? walCounters(connection) : { frames: 0, backfilled: 0 }
    this.#unsynced = counters.frames > 0
    this.#watch = new Watch(this.path, this.#mode, { main, wal, beacon, counters })
  }

  #openGuard(): Connection {
    const guard = new Connection(this.#driver.open(this.path, { readonly: true, timeout: 0 }))
    try {
      readBeacon(guard)
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
