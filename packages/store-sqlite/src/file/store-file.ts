import {
  StoreBusy,
  StoreClosed,
  StoreCorrupt,
  StoreError,
  StoreIo,
  StoreReplaced,
} from '@faircopy/store-core'
import { giveWay, type InSteps, isHeld } from '@faircopy/store-core/backend'
import type { Connection } from './connection.ts'
import type { Driver } from './driver.ts'
import type { StoreEvent } from './events.ts'
import { failureOf } from './failure.ts'
import type { KnownFile } from './known-file.ts'
import type { Location } from './location.ts'
import { Log } from './log.ts'
import { readAsCurrent } from './older-schema.ts'
import { OpenFile, type StoreFileOptions } from './open-file.ts'
import { contractError, faultOf, isBusy, type Phase } from './outcome.ts'
import { whileBusy } from './patience.ts'
import { setPragmas } from './pragmas.ts'
import { prove, proveBeforeFold } from './proof.ts'
import { reserveRoom } from './room.ts'
import { checkSchema } from './schema-check.ts'
import { runOn, StatementThread } from './statements.ts'
import { readStoreRow } from './store-row.ts'
import { NoThread } from './thread.ts'

/** A commit that must be proved waits for the lock at least this long: its caller cannot be told anything sooner. */
const PROOF_PATIENCE_MS = 30_000

/** A store's file: reads, the steps of a write, and what happens when something fails. */
export class StoreFile {
  /** Where writes go first. */
  readonly log: Log
  readonly #file: OpenFile
  readonly #thread: StatementThread
  /** Whether the log may hold commits that a killed process wrote and never synced. */
  #unsynced: boolean

  private constructor(file: OpenFile) {
    this.#file = file
    this.#thread = new StatementThread(file)
    this.log = new Log(file, this.#thread)
    this.#unsynced = (file.watch?.counters.frames ?? 0) > 0
  }

  /** Opens the file, and makes a store in it where there is none. */
  static async open(driver: Driver, location: Location, options: StoreFileOptions): Promise<StoreFile> {
    const file = new OpenFile(driver, location, options)
    const begun = performance.now()
    for (let again = false; ; again = true) {
      try {
        file.makeReady()
        await whileBusy(location.path, options.busyTimeoutMs, () => file.connect())
        file.closeFirst()
        file.emit({ type: 'opened', durationMs: performance.now() - begun })
        return new StoreFile(file)
      } catch (error) {
        file.abandon()
        const fault = StoreError.is(error) ? null : faultOf(error)
        // One failing read looks like damage, and is not (S22).
        if (!again && (fault === 'damage' || fault === 'io')) continue
        throw contractError(error, location.path, 'before-commit')
      }
    }
  }

  get path(): string {
    return this.#file.path
  }

  get options(): StoreFileOptions {
    return this.#file.options
  }

  /** Whether an answer that rests on what others wrote needs a commit of our own to be durable. */
  get unsynced(): boolean {
    return this.#unsynced
  }

  /** Why writing stopped for good, if it did. */
  get stopped(): StoreError | null {
    return this.#file.stopped
  }

  emit(event: StoreEvent): void {
    this.#file.emit(event)
  }

  checkOpen(): void {
    this.#file.checkOpen()
  }

  refuseClosed(): never {
    throw new StoreClosed(this.path)
  }

  checkWritable(): void {
    this.#file.checkWritable()
  }

  /** Looks whether the file of this name is ours, before it is opened once more. Fails with `StoreReplaced` (S21). */
  checkName(): KnownFile {
    return { path: this.path, inode: this.#file.checkName().ino }
  }

  /**
   * Runs a read on one snapshot, after the event loop had its turn if it was held too long (S20): so no read may take more
   * than some 10 ms by itself. A lock is waited for. An error that looks like damage or a failing disk is looked at
   * again through a new connection before it is believed (S22).
   */
  async read<T>(work: (connection: Connection) => T): Promise<T> {
    const file = this.#file
    file.checkOpen()
    if (isHeld()) await giveWay()
    for (let again = false; ; again = true) {
      try {
        return await whileBusy(file.path, file.options.busyTimeoutMs, () => {
          file.checkOpen()
          const connection = file.connected()
          return connection.snapshot(() => work(connection))
        })
      } catch (error) {
        this.#believe(error, again)
        file.drop()
        file.emit({ type: 'reopened', cause: error })
      }
    }
  }

  /** Runs a read in steps, on one snapshot of a connection of its own: else as {@link read} does. */
  async readInSteps<T>(work: (connection: Connection) => InSteps<T>): Promise<T> {
    const { path, options } = this.#file
    for (let again = false; ; again = true) {
      let reader: Connection | undefined
      try {
        reader = await whileBusy(path, options.busyTimeoutMs, () => this.openReader())
        reader.run('BEGIN')
        const steps = work(reader)
        for (;;) {
          if (isHeld()) await giveWay()
          this.checkOpen()
          const { done, value } = steps.next()
          if (done) return value
        }
      } catch (error) {
        this.#believe(error, again)
      } finally {
        reader?.close()
      }
    }
  }

  /** Throws what an error of a read means, unless it is to be looked at again first. */
  #believe(error: unknown, again: boolean): void {
    const file = this.#file
    if (StoreError.is(error)) throw error
    const fault = faultOf(error)
    if (fault === 'unknown' && !hasCode(error)) throw error
    if (!again && (fault === 'damage' || fault === 'io')) return
    if (fault === 'damage') file.stop(new StoreCorrupt(file.path, 'not-stored', error))
    throw contractError(error, file.path, 'before-commit')
  }

  /** A connection of its own that only reads, for what takes longer than a snapshot should. Its caller closes it. */
  async openReader(): Promise<Connection> {
    await this.read(() => {})
    const { path, options, watch } = this.#file
    const reader = this.#file.open({ readonly: true })
    try {
      setPragmas(reader)
      if (options.readOnly && checkSchema(reader, path) === 'older') readAsCurrent(reader)
      if (watch && readStoreRow(reader)?.id !== watch.id) {
        throw new StoreReplaced(path, 'it is another store')
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
    return this.#file.connected()
  }

  /** Takes room in the main file for a transaction that will be committed (S26). Fails with the file system's error. */
  reserve(connection: Connection): void {
    reserveRoom(this.#file, connection)
  }

  /** Has a connection not wait for the disk, in a WAL, until {@link tense}: a later commit that does carries this one. */
  relax(connection: Connection): void {
    this.#file.relax(connection)
  }

  /** Undoes {@link relax}. */
  tense(): void {
    this.#file.tense()
  }

  /** Takes a transaction back. */
  rollback(): void {
    this.#file.rollback()
  }

  /**
   * Looks, after a commit and before its acknowledgement, whether the file is still ours (S21). Fails with
   * `StoreReplaced`. `durable`: whether the commit waited for the disk.
   */
  async confirm(connection: Connection, durable: boolean): Promise<void> {
    if (durable) this.#unsynced = false
    const file = this.#file
    const { watch, path, options } = file
    if (!watch) return
    try {
      // Looks again: whether the file that was committed to has been replaced.
      if (watch.after(connection)) return
      const patience = Math.max(options.busyTimeoutMs, PROOF_PATIENCE_MS)
      const begun = performance.now()
      await whileBusy(path, patience, () => prove(file, watch))
      file.emit({ type: 'proved', durationMs: performance.now() - begun })
    } catch (error) {
      if (error instanceof StoreReplaced) file.stop(error)
      if (error instanceof StoreBusy) throw new StoreIo(path, 'unknown', error)
      throw contractError(error, path, 'commit')
    }
  }

  /** What a failed write means; what has to be done about it is done (S3, S22). */
  failed(error: unknown, phase: Phase): StoreError {
    return failureOf(this.#file, error, phase)
  }

  /**
   * Runs a statement on a connection of a thread, which stays until {@link leaveThread}; where there is no thread, here.
   * Throws the driver's errors.
   */
  async apart(sql: string): Promise<unknown> {
    this.checkWritable()
    try {
      return await this.#thread.run('work', sql)
    } catch (error) {
      if (!(error instanceof NoThread)) throw error
      return runOn(this.connected(), sql)
    }
  }

  /** Closes what {@link apart} opened. */
  leaveThread(): Promise<void> {
    return this.#thread.letGo()
  }

  /**
   * What is to be done before {@link close}, once nothing is written any more: what is in the log goes into the main file,
   * announced as always, so that an older log is never taken for one that was written over it (S21).
   */
  async settle(): Promise<void> {
    await this.log.settle()
    await this.#thread.end()
  }

  /** Lets the file go. The last one to do so moves the log into the main file, unless that is no longer ours. */
  close(): void {
    const file = this.#file
    if (file.isClosed) return
    const connection = file.stopped ? null : file.current
    if (connection && file.watch) {
      try {
        // Looks again: whether the file was replaced while nothing was written.
        proveBeforeFold(file, file.watch, connection)
      } catch (error) {
        if (!isBusy(error)) file.stop(contractError(error, file.path, 'before-commit'))
      }
    }
    file.close()
  }
}

function hasCode(error: unknown): boolean {
  return error instanceof Error && 'code' in error
}
