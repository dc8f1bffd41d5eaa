import { setImmediate as turn } from 'node:timers/promises'
import { StoreBusy, StoreCorrupt, StoreError, StoreFull } from '@faircopy/store-core'
import type { CheckedEntry } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { isBusy, type Phase } from '../file/outcome.ts'
import { nap } from '../file/patience.ts'
import type { StoreFile } from '../file/store-file.ts'
import { Turns } from '../file/turns.ts'
import { Transaction, type Write } from '../rows/transaction.ts'

/** One transaction carries at most so many calls, and takes no more once it has so many bytes. */
const MAX_CALLS = 1000
const MAX_BYTES = 8 * 1024 * 1024

/** About how many bytes entries take. */
export function bytesOf(entries: readonly CheckedEntry[]): number {
  return entries.reduce((sum, { record }) => sum + record.length, 0)
}

/** How a call is written. */
export interface WriteOptions {
  /** About how many bytes it adds: a transaction takes no more calls once it has enough. */
  readonly bytes?: number
  /**
   * Whether it must be on the disk before its caller is told (S1). Only what means nothing after a power cut need not:
   * what is written later is never there without it.
   */
  readonly durable?: boolean
}

interface Waiting {
  readonly write: Write<unknown>
  readonly bytes: number
  readonly durable: boolean
  readonly since: number
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

/** What one call will be told once the transaction is durable. */
interface Told {
  readonly refused: boolean
  /** Whether it wrote anything. */
  readonly wrote: boolean
  readonly result: unknown
}

interface Batch {
  readonly calls: Waiting[]
  readonly told: readonly Told[]
  /** The connection that committed, or null where nothing was written. */
  readonly committed: Connection | null
  readonly durable: boolean
  readonly durationMs: number
}

/**
 * The one way to write. Calls wait in a queue, and one transaction carries all that wait: one sync for sixteen callers.
 * A transaction runs from its begin to its commit without an `await` (S20), and nobody is told before it is durable and
 * the file is known to be ours (S1, S21).
 */
export class Writer {
  readonly #file: StoreFile
  readonly #queue: Waiting[] = []
  readonly #turns = new Turns()
  readonly #jobs: (() => Promise<void>)[] = []
  #running: Promise<void> | null = null
  /** Since when the lock has been somebody else's, at every look. */
  #refusedAt: number | null = null

  constructor(file: StoreFile) {
    this.#file = file
  }

  /** Waits for its turn and writes. */
  submit<T>(write: Write<T>, { bytes = 0, durable = true }: WriteOptions = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#file.checkWritable()
      this.#queue.push({
        write,
        bytes,
        durable,
        since: performance.now(),
        resolve: (answer) => resolve(answer as T),
        reject,
      })
      this.#running ??= this.#run()
    })
  }

  /** Runs `job` while nothing is written by this store. Calls that come meanwhile wait, however long it takes. */
  alone<T>(job: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#file.checkWritable()
      this.#jobs.push(() => job().then(resolve, reject))
      this.#running ??= this.#run()
    })
  }

  /** How many calls wait to be stored, and how long the oldest has, in ms. */
  get queue(): { readonly waitingWrites: number; readonly oldestWaitMs: number } {
    const [oldest] = this.#queue
    const oldestWaitMs = oldest ? Math.round(performance.now() - oldest.since) : 0
    return { waitingWrites: this.#queue.length, oldestWaitMs }
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    for (let attempt = 0, tried: 'log' | 'room' | null = null; ; ) {
      // The calls of one turn of the event loop, and all that came during the last commit, gather here.
      await turn()
      const job = this.#jobs.shift()
      if (job) {
        await job()
        continue
      }
      if (this.#queue.length === 0) break
      const batch = this.#transact(tried)
      tried = null
      if (batch === 'full') {
        tried = 'room'
        await this.#file.log.makeRoom()
        continue
      }
      if (batch === 'new-log') {
        tried = 'log'
        this.#beginLog()
        continue
      }
      if (batch === 'busy') {
        this.#refusedAt ??= performance.now()
        this.#turns.refused()
        this.#expire(this.#refusedAt)
        await nap(++attempt)
        continue
      }
      attempt = 0
      this.#refusedAt = null
      if (!batch) continue
      await this.#settle(batch)
      // The loop knows the batch until the next one: what its calls carried shall not live as long.
      batch.calls.length = 0
      if (batch.committed) await this.#turns.taken(batch.committed, batch.durationMs)
    }
    this.#running = null
  }

  #beginLog(): void {
    try {
      this.#file.log.begin()
    } catch {
      // What stands against it stands against the commit that follows, which tells.
    }
  }

  /**
   * One transaction, from begin to commit. Null where it failed, and its calls were told. `full`: the disk or the log is,
   * and it was not tried yet to make room. `new-log`: a log has to be begun first.
   */
  #transact(tried: 'log' | 'room' | null): Batch | 'busy' | 'full' | 'new-log' | null {
    const file = this.#file
    const begun = performance.now()
    const calls: Waiting[] = []
    const told: Told[] = []
    let connection: Connection | null = null
    let phase: Phase = 'before-commit'
    const durable = this.#queue[0]?.durable ?? true
    try {
      connection = file.connected()
      if (!durable) file.relax(connection)
      if (!file.log.tryBegin(connection)) return 'busy'
      if (file.log.isFull) {
        // First: in its transaction this process would be one of those that read.
        file.rollback()
        throw file.log.full()
      }
      const transaction = new Transaction(connection, file.options.now(), file.options.policy)
      for (let bytes = 0; calls.length < MAX_CALLS && bytes < MAX_BYTES; ) {
        const waiting = this.#queue[calls.length]
        if (waiting?.durable !== durable) break
        calls.push(waiting)
        bytes += waiting.bytes
        told.push(tell(waiting.write, transaction))
      }
      const wrote = told.some((one) => one.wrote)
      if (wrote || (file.unsynced && told.some((one) => !one.refused))) {
        // What a killed process wrote may be visible and not on the disk yet: our own sync makes both durable.
        if (!wrote) transaction.touch()
        if (durable && file.log.begins && tried === null) {
          file.rollback()
          return 'new-log'
        }
        transaction.flush()
        file.reserve(connection)
        phase = 'commit'
        connection.run('COMMIT')
      } else {
        file.rollback()
        connection = null
      }
    } catch (error) {
      file.rollback()
      if (isBusy(error)) return 'busy'
      if (told.length < calls.length && error instanceof StoreCorrupt && !error.isStructural) {
        // Damage of one session is that call's alone; the others are written without it.
        const [waiting] = this.#queue.splice(told.length, 1)
        waiting?.reject(error)
        return null
      }
      const failure = file.failed(error, phase)
      if (failure instanceof StoreFull && failure.outcome === 'not-stored' && tried !== 'room') return 'full'
      for (const [i, waiting] of this.#queue.splice(0, calls.length || this.#queue.length).entries()) {
        waiting.reject(told[i]?.refused ? told[i].result : failure)
      }
      return null
    } finally {
      if (!durable) file.tense()
    }
    this.#queue.splice(0, calls.length)
    return { calls, told, committed: connection, durable, durationMs: performance.now() - begun }
  }

  /** Tells the calls, after the file under the commit was looked at. */
  async #settle({ calls, told, committed, durable, durationMs }: Batch): Promise<void> {
    let failure: unknown = null
    if (committed) {
      try {
        await this.#file.confirm(committed, durable)
      } catch (error) {
        failure = error
      }
    }
    for (const [i, waiting] of calls.entries()) {
      const { refused, result } = told[i] as Told
      if (refused) waiting.reject(result)
      else if (failure) waiting.reject(failure)
      else waiting.resolve(result)
    }
    if (committed && !failure) {
      this.#file.emit({ type: 'commit', durationMs, calls: calls.length })
      await this.#file.log.foldIfDue()
    }
  }

  /** Refuses the calls that others have kept waiting for too long. A wait for our own commits and a slow disk is none. */
  #expire(refusedAt: number): void {
    const now = performance.now()
    const { path, options } = this.#file
    const waited = ({ since }: Waiting): number => now - Math.max(since, refusedAt)
    const waits = (waiting: Waiting): boolean => waited(waiting) < options.busyTimeoutMs
    const expired = this.#queue.filter((waiting) => !waits(waiting))
    this.#queue.splice(0, this.#queue.length, ...this.#queue.filter(waits))
    for (const waiting of expired) waiting.reject(new StoreBusy(path, Math.round(waited(waiting))))
  }
}

/** Checks a call and, if nothing speaks against it, writes it. Only its check may refuse it alone. */
function tell(write: Write<unknown>, transaction: Transaction): Told {
  let checked: ReturnType<Write<unknown>>
  try {
    checked = write(transaction)
  } catch (error) {
    if (!StoreError.is(error)) throw error
    return { refused: true, wrote: false, result: error }
  }
  return 'answer' in checked
    ? { refused: false, wrote: false, result: checked.answer }
    : { refused: false, wrote: true, result: checked.apply() }
}
