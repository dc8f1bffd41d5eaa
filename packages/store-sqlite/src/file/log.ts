import { setImmediate as turn } from 'node:timers/promises'
import { StoreFull } from '@faircopy/store-core'
import type { Connection } from './connection.ts'
import { Folding } from './folding.ts'
import { logBytes } from './log-frames.ts'
import { logHolders } from './log-holders.ts'
import type { OpenFile } from './open-file.ts'
import { isBusy } from './outcome.ts'
import { PAGE_SIZE } from './schema.ts'
import type { StatementThread } from './statements.ts'
import { walCounters } from './watch.ts'

/** A checkpoint is due when the log has this many frames: 8 MiB. */
const CHECKPOINT_FRAMES = 512
/** After a checkpoint that could not take everything, the next try comes this much later. */
const CHECKPOINT_RETRY_FRAMES = 128
/** From here on it is told that the log grows. */
const GROWTH_BYTES = 64 * 1024 * 1024

/** The log of an open file: what is begun in it, when it is taken into the main file, and how long it may get. */
export class Log {
  readonly #file: OpenFile
  readonly #thread: StatementThread
  readonly #folding: Folding
  #nextCheckpoint = CHECKPOINT_FRAMES
  #isTold = false
  #begins = false

  constructor(file: OpenFile, thread: StatementThread) {
    this.#file = file
    this.#thread = thread
    this.#folding = new Folding(file, thread)
  }

  /** Whether the transaction under way is the first of its log. */
  get begins(): boolean {
    return this.#begins
  }

  /** Begins a write transaction, or says that somebody else holds the lock. Throws the driver's other errors. */
  tryBegin(connection: Connection): boolean {
    const { watch, mode } = this.#file
    // Looks again: whether the log was cut off since the last commit.
    watch?.before(connection)
    try {
      this.#begins = this.#file.begin(connection)
    } catch (error) {
      if (isBusy(error)) return false
      throw error
    }
    if (mode !== 'wal') watch?.checkId(connection)
    return true
  }

  /**
   * Begins a new log with a commit of its own, so that no other waits for the disk twice: once for the log's header and
   * once for itself (S20). False: somebody else holds the lock. Throws the driver's other errors.
   */
  begin(): boolean {
    const file = this.#file
    const begun = performance.now()
    file.checkWritable()
    const connection = file.connected()
    file.relax(connection)
    try {
      if (!this.tryBegin(connection)) return false
      if (!this.#begins) return true
      connection.run('COMMIT')
      file.emit({ type: 'log-begun', durationMs: performance.now() - begun })
      return true
    } finally {
      file.rollback()
      file.tense()
    }
  }

  /** Whether it is as long as it may get, and holds what a reader keeps the main file from taking in (S26). */
  get isFull(): boolean {
    const { watch, guard, options } = this.#file
    if (!watch || !guard || logBytes(watch.counters.frames) < options.maxLogBytes) return false
    const { frames, backfilled } = walCounters(guard)
    return logBytes(frames) >= options.maxLogBytes && frames > backfilled && !this.#folding.hasFailed
  }

  /** What a write is told while a reader keeps such a log from being taken in. */
  full(): StoreFull {
    const { path, watch } = this.#file
    const bytes = watch ? logBytes(watch.counters.frames) : 0
    return new StoreFull(path, { bytes, holders: logHolders(path) ?? [] }, 'not-stored')
  }

  /**
   * Takes in as much of the log as readers let it, which needs no room, and cuts the log off where they let it: only that
   * gives its room to others. Never fails.
   */
  makeRoom(): Promise<void> {
    return this.#folding.fold('TRUNCATE')
  }

  /**
   * Moves the log into the main file when it is long enough, without waiting for anybody. The event loop goes on meanwhile
   * (S20). Never fails a write.
   */
  async foldIfDue(): Promise<void> {
    const file = this.#file
    if (file.mode !== 'wal' || file.stopped || file.isClosed || !file.watch) return
    const { frames, backfilled } = file.watch.counters
    this.#tellGrowth(frames * PAGE_SIZE)
    if (frames < CHECKPOINT_FRAMES) this.#nextCheckpoint = CHECKPOINT_FRAMES
    if (frames < this.#nextCheckpoint || frames === backfilled) return
    this.#nextCheckpoint = frames + CHECKPOINT_RETRY_FRAMES
    await this.#folding.fold('PASSIVE')
    await turn()
    try {
      this.begin()
    } catch {
      // The next commit begins it then, or fails for the same reason.
    }
  }

  /** Takes in what is left, before the file is let go. On the thread only where that is there already. */
  async settle(): Promise<void> {
    const { options, isClosed, watch } = this.#file
    if (options.readOnly || isClosed) return
    if (watch && watch.counters.frames > watch.counters.backfilled) {
      await this.#folding.fold('PASSIVE', this.#thread.isRunning)
    }
  }

  #tellGrowth(bytes: number): void {
    const isLong = bytes > GROWTH_BYTES
    if (isLong && !this.#isTold) {
      this.#file.emit({ type: 'wal-growth', bytes, holders: logHolders(this.#file.path) })
    }
    this.#isTold = isLong
  }
}
