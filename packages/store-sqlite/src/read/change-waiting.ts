import { type FSWatcher, watch } from 'node:fs'
import { orAborted } from '@faircopy/store-core/backend'
import type { StoreFile } from '../file/store-file.ts'
import { hasChanged } from './change-reading.ts'

/** Without a sign the store is looked at this often: where its log cannot be watched, this is how late a wait may end. */
const SLOWEST_LOOK_MS = 1000

/**
 * Waits for a change of any process, until `ended` (S19). A write to the log is seen by the system's own watch, and comes
 * before its commit can be read; so after each sign the store is looked at in growing intervals, from 1 ms to a second,
 * where they stay. A look is one row. `keepAlive`: whether the process stays alive for it.
 */
export async function waitForChange(
  file: StoreFile,
  cursor: string,
  { ended, keepAlive }: { readonly ended: AbortSignal; readonly keepAlive: boolean },
): Promise<void> {
  ended.throwIfAborted()
  const signs = new Signs(file.path, keepAlive)
  try {
    while (
      !(await orAborted(
        file.read((connection) => hasChanged(connection, cursor)),
        ended,
      ))
    ) {
      await orAborted(signs.next(), ended)
    }
  } finally {
    signs.close()
  }
}

/** Tells when it is worth looking again. */
class Signs {
  readonly #watcher: FSWatcher | null
  readonly #keepAlive: boolean
  #interval = SLOWEST_LOOK_MS
  #timer: NodeJS.Timeout | undefined
  #wake: (() => void) | null = null

  constructor(path: string, keepAlive: boolean) {
    this.#keepAlive = keepAlive
    this.#watcher = watchOrNull(`${path}-wal`, () => {
      this.#interval = 1
      this.#wake?.()
    })
  }

  /** Resolves at the next sign, or when the interval is over. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        clearTimeout(this.#timer)
        this.#wake = null
        resolve()
      }
      this.#timer = setTimeout(this.#wake, this.#interval)
      if (!this.#keepAlive) this.#timer.unref()
      this.#interval = Math.min(this.#interval * 2, SLOWEST_LOOK_MS)
    })
  }

  close(): void {
    clearTimeout(this.#timer)
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
