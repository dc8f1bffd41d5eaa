import { Worker } from 'node:worker_threads'
import type { Driver } from './driver.ts'

/**
 * What SQLite does in one piece, and the event loop must not wait for (S20). `thread-work.ts` knows it by its name; its
 * module, and what that imports, uses nothing of another package. Throws the driver's errors.
 */
export interface Job<Request, Result> {
  readonly name: string
  readonly work: (open: Driver['open'], request: Request) => Result | Promise<Result>
}

/** A job for a thread. */
export interface ThreadCall {
  readonly id: number
  readonly name: string
  readonly request: unknown
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
 * Does jobs one after the other on a thread, which is started for the first and keeps what they opened until {@link end}. It keeps the process alive while it works, and not otherwise.
 */
export class Thread {
  readonly #driver: Driver
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | null = null
  #calls = 0

  constructor(driver: Driver) {
    this.#driver = driver
  }

  get isRunning(): boolean {
    return this.#worker !== null
  }

  /** Does a job. A driver's error comes back with its code; where there can be no thread it is {@link NoThread}. */
  run<Request, Result>({ name }: Job<Request, Result>, request: Request): Promise<Result> {
    return new Promise<unknown>((resolve, reject) => {
      this.#worker ??= this.#start()
      const id = ++this.#calls
      this.#waiting.set(id, { resolve, reject })
      this.#worker.ref()
      this.#worker.postMessage({ id, name, request } satisfies ThreadCall)
    }) as Promise<Result>
  }

  /** Ends the thread. What its jobs opened must be closed. */
  async end(): Promise<void> {
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const file = `../thread-work${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`
    try {
      const worker = new Worker(new URL(file, import.meta.url), {
        workerData: this.#driver.origin,
        execArgv: [],
        // With streams of its own it leaves those of the process alone, which Node would otherwise make non-blocking.
        stdout: true,
        stderr: true,
      })
      worker.unref()
      worker.on('message', (answer: ThreadAnswer) => this.#answered(answer))
      worker.on('error', (error) => this.#lose(worker, error))
      worker.on('exit', () => this.#lose(worker, new Error('the thread ended')))
      return worker
    } catch (error) {
      throw new NoThread(error)
    }
  }

  #answered({ id, result, failed }: ThreadAnswer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#worker?.unref()
    if (failed) waiting?.reject(Object.assign(new Error(failed.message), { code: failed.code }))
    else waiting?.resolve(result)
  }

  #lose(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = null
    for (const { reject } of this.#waiting.values()) reject(new NoThread(cause))
    this.#waiting.clear()
  }
}

/** Does a job on a thread of its own, which ends with it; where there can be no thread, on this one. */
export async function apart<Request, Result>(
  driver: Driver,
  job: Job<Request, Result>,
  request: Request,
): Promise<Result> {
  const thread = new Thread(driver)
  try {
    return await thread.run(job, request)
  } catch (error) {
    if (error instanceof NoThread) return job.work(driver.open, request)
    throw error
  } finally {
    await thread.end()
  }
}
