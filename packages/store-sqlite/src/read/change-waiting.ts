import { type FSWatcher, watch } from 'node:fs'
import { StoreClosed } from '@faircopy/store-core'
import type { StoreFile } from '../file/store-file.ts'
import { hasChanged } from './change-reading.ts'

/** Without a sign the store is looked at this often: where its log cannot be watched, this is how late a wait may end. */
const SLOWEST_LOOK_MS = 1000

/**
 * Waits for changes of any process (S19). A write to the log is seen by the system's own watch, and comes before its
 * commit can be read; so after each sign the store is looked at in growing intervals, from 1 ms to a second, where they
 * stay. A look is one row. Nothing here keeps the process alive.
 */
export class ChangeWaiting {
  readonly #file: StoreFile
  readonly #closing = new AbortController()

  constructor(file: StoreFile) {
    this.#file = file
  }

  async wait(cursor: string, signal: AbortSignal | undefined): Promise<void> {
    const ended = AbortSignal.any([this.#closing.signal, ...(signal ? [signal] : [])])
    const signs = new Signs(this.#file.path)
    try {
      for (;;) {
        ended.throwIfAborted()
        if (await this.#file.read((connection) => hasChanged(connection, cursor))) return
        await signs.next(ended)
      }
    } finally {
      signs.close()
    }
  }

  /** Ends every wait. */
  close(): void {
    this.#closing.abort(new StoreClosed(this.#file.path))
  }
}

/** Tells when it is worth looking again. */
class Signs {
  readonly #watcher: FSWatcher | null
  #interval = SLOWEST_LOOK_MS
  #wake: (() => void) | null = null

  constructor(path: string) {
    this.#watcher = watchOrNull(`${path}-wal`, () => {
      this.#interval = 1
      this.#wake?.()
    })
  }

  /** Resolves at the next sign, when the interval is over, or when `ended` is aborted. */
  async next(ended: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#interval).unref()
      this.#interval = Math.min(this.#interval * 2, SLOWEST_LOOK_MS)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
      ended.addEventListener('abort', this.#wake, { once: true })
    })
    if (this.#wake) ended.removeEventListener('abort', this.#wake)
    this.#wake = null
  }

  close(): void {
    this.#watcher?.close()
  }
}

/** The log is watched by its name, never opened (S21). Where that is not possible, looking has to do. */
function watchOrNull(path: string, onSign: () => void): FSWatcher | null {
  try {
    const watcher = watch(path, { persistent: false }, onSign)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return null
  }
}
