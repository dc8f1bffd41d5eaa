import { setImmediate as turn } from 'node:timers/promises'
import { StoreBusy, StoreCorrupt, StoreError } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { isBusy, type Phase } from '../file/outcome.ts'
import { nap } from '../file/patience.ts'
import type { StoreFile } from '../file/store-file.ts'
import { Turns } from '../file/turns.ts'
import { Transaction, type Write } from '../rows/transaction.ts'

/** One transaction carries at most so many calls, and takes no more once it has so many bytes. */
const MAX_CALLS = 1000
const MAX_BYTES = 8 * 1024 * 1024

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
  readonly calls: readonly Waiting[]
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
  #running: Promise<void> | null = null

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

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    for (let attempt = 0; ; ) {
      // The calls of one turn of the event loop, and all that came during the last commit, gather here.
      await turn()
      if (this.#queue.length === 0) break
      const batch = this.#transact()
      if (batch === 'busy') {
        this.#turns.refused()
        this.#expire()
        await nap(++attempt)
      } else {
        attempt = 0
        if (!batch) continue
        await this.#settle(batch)
        if (batch.committed) await this.#turns.taken(batch.committed)
      }
    }
    this.#running = null
  }

  /** One transaction, from begin to commit. Null where it failed, and its calls were told. */
  #transact(): Batch | 'busy' | null {
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
      if (!file.tryBegin(connection)) return 'busy'
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
        transaction.flush()
        phase = 'commit'
        connection.run('COMMIT')
      } else {
        file.rollback(connection)
        connection = null
      }
    } catch (error) {
      if (connection) file.rollback(connection)
      if (isBusy(error)) return 'busy'
      if (told.length < calls.length && error instanceof StoreCorrupt && !error.isStructural) {
        // Damage of one session is that call's alone; the others are written without it.
        const [waiting] = this.#queue.splice(told.length, 1)
        waiting?.reject(error)
        return null
      }
      const failure = file.failed(error, phase)
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
      this.#file.checkpointIfDue(committed)
    }
  }

  #expire(): void {
    const now = performance.now()
    const { path, options } = this.#file
    const waits = (waiting: Waiting): boolean => now - waiting.since < options.busyTimeoutMs
    const expired = this.#queue.filter((waiting) => !waits(waiting))
    this.#queue.splice(0, this.#queue.length, ...this.#queue.filter(waits))
    for (const waiting of expired) waiting.reject(new StoreBusy(path, Math.round(now - waiting.since)))
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
