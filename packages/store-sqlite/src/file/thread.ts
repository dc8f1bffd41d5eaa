import { Worker } from 'node:worker_threads'
import type { Driver } from './driver.ts'

/** A statement for one of a thread's connections; null: let them all go. */
export interface ThreadCall {
  readonly id: number
  readonly on: string
  readonly sql: string | null
}

/** What came of it. */
export interface ThreadAnswer {
  readonly id: number
  readonly result?: unknown
  readonly failed?: { readonly message: string; readonly code: string | null }
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** No thread can be had here: the permission model forbids it, or its file was bundled away. */
export class NoThread extends Error {
  constructor(cause: unknown) {
    super('no thread can be started', { cause })
    this.name = 'NoThread'
  }
}

/**
 * A thread with connections of its own to a file, for what SQLite does in one piece and the event loop must not wait for
 * (S20): checkpoints, which wait for the disk twice, and compaction. It keeps the process alive while it works, and not
 * otherwise. A driver's error comes back with its code; a thread that cannot be had is {@link NoThread}.
 */
export class Thread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #calls = 0
  #lost: Error | null = null

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.unref()
    worker.on('message', (answer: ThreadAnswer) => this.#answered(answer))
    worker.on('error', (error) => this.#lose(error))
    worker.on('exit', () => this.#lose(new Error('the thread ended')))
  }

  static start(driver: Driver, path: string): Thread {
    const file = `./thread-work${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`
    try {
      // With streams of its own it leaves those of the process alone, which Node would otherwise make non-blocking.
      const streams = { stdout: true, stderr: true }
      const workerData = { origin: driver.origin, path }
      return new Thread(new Worker(new URL(file, import.meta.url), { workerData, execArgv: [], ...streams }))
    } catch (error) {
      throw new NoThread(error)
    }
  }

  get isLost(): boolean {
    return this.#lost !== null
  }

  /** Runs a statement on the connection of a name, and gives its rows or how many it changed. */
  run(on: string, sql: string | null): Promise<unknown> {
    if (this.#lost) return Promise.reject(new NoThread(this.#lost))
    return new Promise((resolve, reject) => {
      const id = ++this.#calls
      this.#waiting.set(id, { resolve, reject })
      this.#worker.ref()
      this.#worker.postMessage({ id, on, sql } satisfies ThreadCall)
    })
  }

  /** Ends the thread. Its connections must be gone. */
  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #answered({ id, result, failed }: ThreadAnswer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#worker.unref()
    if (failed) waiting?.reject(Object.assign(new Error(failed.message), { code: failed.code }))
    else waiting?.resolve(result)
  }

  #lose(error: unknown): void {
    this.#lost ??= error instanceof Error ? error : new Error(String(error))
    for (const { reject } of this.#waiting.values()) reject(new NoThread(this.#lost))
    this.#waiting.clear()
  }
}
