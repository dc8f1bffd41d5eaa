import type { BigIntStats } from 'node:fs'
import {
  ReadOnlyStore,
  StoreClosed,
  type StoreError,
  type StorePolicy,
  StoreReplaced,
} from '@faircopy/store-core'
import { Connection } from './connection.ts'
import type { Driver } from './driver.ts'
import type { StoreEvent, StoreEventListener } from './events.ts'
import { type Location, statOrNull } from './location.ts'
import type { MainHandle } from './main-handle.ts'
import { makeReady, prepare } from './making-ready.ts'
import { type JournalMode, setDurable } from './pragmas.ts'
import { register } from './registry.ts'
import { BEGIN_LOG, newMark, RESEAL_STORE, readStoreRow } from './store-row.ts'
import { refuseStrangeLog } from './strange-log.ts'
import { Watch, walCounters } from './watch.ts'

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

/**
 * What this process has of a store's file while that is open: the connection that reads and writes, what else is held
 * open beside it, what is known of the file, and whether it may still be written.
 */
export class OpenFile {
  readonly driver: Driver
  readonly path: string
  readonly mode: JournalMode
  readonly options: StoreFileOptions
  #connection: Connection | null = null
  #guard: Connection | null = null
  /** Until the file is open: as the guard, and over the log as it was found. */
  #first: Connection | null = null
  #main: MainHandle | null = null
  #watch: Watch | null = null
  #release: (() => void) | null = null
  #stopped: StoreError | null = null
  #isClosed = false

  constructor(driver: Driver, location: Location, options: StoreFileOptions) {
    this.driver = driver
    this.path = location.path
    this.mode = location.unsafeFileSystem ? 'delete' : 'wal'
    this.options = options
  }

  /** Read-only, and open as long as we are: while it is, closing the other one cannot checkpoint into a wrong file. */
  get guard(): Connection | null {
    return this.#guard
  }

  get main(): MainHandle | null {
    return this.#main
  }

  /** Null before the file is open, and where nothing is written. */
  get watch(): Watch | null {
    return this.#watch
  }

  /** The connection, if there is one at the moment. */
  get current(): Connection | null {
    return this.#connection
  }

  /** Why writing stopped for good, if it did. */
  get stopped(): StoreError | null {
    return this.#stopped
  }

  stop(why: StoreError): void {
    this.#stopped ??= why
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  checkOpen(): void {
    if (this.#isClosed) throw new StoreClosed(this.path)
  }

  checkWritable(): void {
    this.checkOpen()
    if (this.options.readOnly) throw new ReadOnlyStore(this.path)
    if (this.#stopped) throw this.#stopped
  }

  emit(event: StoreEvent): void {
    try {
      this.options.onEvent?.(event)
    } catch {
      // A listener's own failure is not the store's.
    }
  }

  /** Looks at what is there, and makes a file where there is none. */
  makeReady(): void {
    this.#main = makeReady(this.path, this.options)
  }

  /** The connection, connected anew if it had to be dropped. Throws the driver's errors. */
  connected(): Connection {
    if (!this.#connection) this.connect()
    return this.#connection as unknown as Connection
  }

  /** The file of this name, which must be ours: what opens another one takes our log for its own. Fails with `StoreReplaced`. */
  checkName(): BigIntStats {
    this.checkOpen()
    const there = statOrNull(this.path)
    if (!there) throw new StoreReplaced(this.path, 'it is gone')
    const known = this.#watch?.inode ?? there
    if (there.ino !== known.ino || there.dev !== known.dev || !this.#main?.isOf(there)) {
      throw new StoreReplaced(this.path, 'another file has its name')
    }
    return there
  }

  /**
   * Opens the file of this name, which must be ours also once it is open: nothing of another one is read. Fails with
   * `StoreReplaced`, and with the driver's errors.
   */
  open({ readonly = false }: { readonly readonly?: boolean } = {}): Connection {
    this.checkName()
    const db = this.driver.open(this.path, { readonly, fileMustExist: true, timeout: 0 })
    try {
      // Looks again: whether the file of this name is another one since the look before the opening.
      this.checkName()
    } catch (error) {
      db.close()
      throw error
    }
    return new Connection(db)
  }

  /** Connects, after it was looked whether the file of this name is ours. Throws the driver's errors. */
  connect(): void {
    const before = this.checkName()
    this.#release ??= register(this.path, before, this.driver.origin)
    if (!this.#watch) this.#first ??= refuseStrangeLog(this.driver, this.path, this.#main as MainHandle)
    const { readOnly, now } = this.options
    const connection = this.open({ readonly: readOnly })
    try {
      const { path, mode } = this
      prepare(connection, { path, mode, readOnly, isKnown: this.#watch !== null, now })
      const main = statOrNull(this.path)
      if (main?.ino !== before.ino || main.dev !== before.dev) {
        throw new StoreReplaced(this.path, 'another file has its name')
      }
      if (!readOnly) this.#watchOver(connection)
    } catch (error) {
      connection.close()
      throw error
    }
    this.#connection = connection
  }

  /** Lets go of what only the opening needed. */
  closeFirst(): void {
    const first = this.#first
    this.#first = null
    first?.close()
  }

  /** Runs `work` while this connection holds the write lock. Throws `SQLITE_BUSY` if it cannot. */
  underLock(work: () => void): void {
    const connection = this.connected()
    connection.run('BEGIN IMMEDIATE')
    try {
      work()
    } finally {
      this.rollback()
    }
  }

  /**
   * Begins a write transaction, and says whether it is the first of a new log: then that has in it which state of the main
   * file it is over (S21).
   */
  begin(connection: Connection): boolean {
    connection.run('BEGIN IMMEDIATE')
    if (!this.#guard) return false
    const { frames, backfilled } = walCounters(this.#guard)
    if (frames !== backfilled) return false
    connection.run(BEGIN_LOG, newMark())
    connection.run(RESEAL_STORE)
    return true
  }

  /** Takes a transaction back. A connection that cannot is dropped. */
  rollback(): void {
    try {
      if (this.#connection?.db.inTransaction) this.#connection.run('ROLLBACK')
    } catch {
      this.drop()
    }
  }

  /** Has a connection not wait for the disk, in a WAL, until {@link tense}: a later commit that does carries this one. */
  relax(connection: Connection): void {
    if (this.mode === 'wal') connection.db.pragma('synchronous = NORMAL')
  }

  /** Undoes {@link relax}. A connection that cannot is dropped. */
  tense(): void {
    if (!this.#connection || this.mode !== 'wal') return
    try {
      setDurable(this.#connection)
    } catch {
      this.drop()
    }
  }

  /** Has the next call connect anew. */
  drop(): void {
    const connection = this.#connection
    this.#connection = null
    closeGone(connection)
  }

  /** Lets go of a file that could not be opened. */
  abandon(): void {
    this.drop()
    this.#closeGuard()
    this.closeFirst()
    this.#letGo()
  }

  /** Lets the file go. The last one to do so moves the WAL into the main file, unless that is no longer ours. */
  close(): void {
    this.#isClosed = true
    if (this.#stopped) {
      this.drop()
      this.#closeGuard()
    } else {
      this.#closeGuard()
      this.drop()
    }
    this.#watch?.close()
    this.#letGo()
  }

  #watchOver(connection: Connection): void {
    const row = connection.snapshot(() => readStoreRow(connection))
    if (!row || !this.#main) throw new StoreReplaced(this.path, 'it is gone')
    if (this.#watch && this.#watch.id !== row.id) throw new StoreReplaced(this.path, 'it is another store')
    // Before the watch: where this fails, the connection ends as the last one, and the next one makes another WAL.
    if (this.mode === 'wal') this.#guard ??= this.#openGuard()
    if (this.#watch) return
    const wal = this.mode === 'wal' ? statOrNull(`${this.path}-wal`) : null
    // Before the file, as at every look: see the watch.
    const counters = this.mode === 'wal' ? walCounters(connection) : { frames: 0, backfilled: 0 }
    const main = statOrNull(this.path)
    if (!main) throw new StoreReplaced(this.path, 'it is gone')
    this.#watch = new Watch(
      { path: this.path, mode: this.mode, handle: this.#main, guard: this.#guard },
      { main, wal, row, counters },
    )
  }

  #openGuard(): Connection {
    const guard = this.open({ readonly: true })
    try {
      readStoreRow(guard)
    } catch (error) {
      guard.close()
      throw error
    }
    return guard
  }

  #closeGuard(): void {
    const guard = this.#guard
    this.#guard = null
    closeGone(guard)
  }

  #letGo(): void {
    this.#release?.()
    this.#release = null
    this.#main?.letGo()
    this.#main = null
  }
}

function closeGone(connection: Connection | null): void {
  try {
    connection?.close()
  } catch {
    // It is gone either way.
  }
}
