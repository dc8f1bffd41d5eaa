import { setImmediate as turn } from 'node:timers/promises'
import { inTurns } from '@faircopy/store-core/backend'
import type { Driver } from '../file/driver.ts'
import { freeBytes } from '../file/outcome.ts'
import { nap } from '../file/patience.ts'
import type { JournalMode } from '../file/pragmas.ts'
import type { StoreFile } from '../file/store-file.ts'
import { readStoreId } from '../file/store-row.ts'
import { lastChange } from '../rows/change-log.ts'
import { nextFeed, withTerms } from './search-feed.ts'
import { discardIndex, type Inodes, indexFault, inodesOf, openIndex } from './search-file.ts'
import { SearchIndex } from './search-index.ts'

/** The index does not grow when less than this is free: the last room on a disk is for appends. */
const RESERVED_BYTES = 32 * 1024 * 1024

/**
 * Keeps a usable index beside a store: opens it, makes it anew when it is missing or no good, and feeds it. Whatever
 * happens to it, only search notices (S18).
 */
export class IndexKeeper {
  readonly #driver: Driver
  readonly #file: StoreFile
  readonly #mode: JournalMode
  readonly #path: string
  #index: SearchIndex | null = null
  #inodes: Inodes = { main: null, wal: null }
  #storeId = ''
  #following: Promise<void> | null = null
  #closed = false

  constructor(driver: Driver, file: StoreFile, mode: JournalMode) {
    this.#driver = driver
    this.#file = file
    this.#mode = mode
    this.#path = `${file.path}.search`
  }

  /**
   * Runs `work` with the index, and with a new one if that shows the file to be no good. Null where there is none to be
   * had: the folder cannot be written, the disk is full, the file is somebody else's.
   */
  async use<T>(work: (index: SearchIndex) => T): Promise<T | null> {
    this.#storeId ||= await this.#file.read(readStoreId)
    for (let again = false; !this.#closed; again = true) {
      try {
        return work(this.#open())
      } catch (error) {
        if (indexFault(error) !== 'damage' || again || this.#file.options.readOnly) break
        this.#discard()
      }
    }
    return null
  }

  /** Feeds the index until it has taken change `target`, or until `deadline`. What is left then goes on behind the scenes. */
  async catchUp(target: number, deadline: number): Promise<void> {
    if (this.#file.options.readOnly) return
    let isDone = false
    for (let waits = 0; !isDone && performance.now() < deadline; ) {
      const step = await this.#step(target)
      if (step === 'stuck') return
      if (step === 'done') isDone = true
      else if (step === 'busy') await nap(++waits)
      else await this.#tidy(deadline)
    }
    if (!isDone || this.#index?.isUntidy) this.#following ??= this.#follow()
  }

  /** Lets the file go. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#following
    this.#shut()
  }

  async #follow(): Promise<void> {
    try {
      for (let waits = 0; !this.#closed; ) {
        const isTidied = await this.#tidy(Number.POSITIVE_INFINITY)
        const step = await this.#step(await this.#file.read(lastChange))
        if (step === 'stuck' || (step === 'done' && !(isTidied && this.#index?.isUntidy))) break
        if (step === 'busy') await nap(++waits)
      }
    } catch {
      // The store cannot be read: a search that is asked next says so.
    }
    this.#following = null
  }

  /** Gives way to the event loop, and tidies the index up in pieces, with a turn for each. False: that cannot be done now. */
  async #tidy(deadline: number): Promise<boolean> {
    for (;;) {
      await turn()
      if (!this.#index?.isUntidy || this.#closed || performance.now() >= deadline) return true
      if (!this.#hasRoom()) return false
      const tidied = await this.use((index) =>
        this.#write(() => {
          index.tidy()
          return 'done'
        }),
      )
      if (tidied !== 'done') return false
    }
  }

  /** Writes to the index, and says what came of it. Rethrows what shows that the file is no good. */
  #write(work: () => 'fed' | 'done'): 'fed' | 'done' | 'busy' | 'stuck' {
    try {
      return work()
    } catch (error) {
      const fault = indexFault(error)
      if (fault === 'damage') throw error
      return fault === 'busy' ? 'busy' : 'stuck'
    }
  }

  async #step(target: number): Promise<'fed' | 'done' | 'busy' | 'stuck'> {
    if (this.#closed || !this.#hasRoom()) return 'stuck'
    const from = await this.use((index) => index.cursor())
    if (!from) return 'stuck'
    const [feed, last] = await this.#file.read((connection) => [
      nextFeed(connection, from),
      lastChange(connection),
    ])
    if (feed === null || (feed !== 'stale' && from.change > target)) return 'done'
    if (feed !== 'stale' && !feed.isLast) await turn()
    const entries = feed === 'stale' ? [] : await inTurns(withTerms(feed.entries))
    const step = await this.use((index) =>
      this.#write(() => {
        if (feed === 'stale') index.empty(last)
        else if (index.take({ ...feed, entries }) && feed.isLast) return 'done'
        return 'fed'
      }),
    )
    return step ?? 'stuck'
  }

  #hasRoom(): boolean {
    return (freeBytes(this.#path) ?? 0) >= RESERVED_BYTES
  }

  #open(): SearchIndex {
    const { readOnly } = this.#file.options
    if (this.#index) {
      const { main, wal } = inodesOf(this.#path)
      if (main === this.#inodes.main && wal === this.#inodes.wal) return this.#index
      this.#shut()
      // Another file of the name is another process's new index. The same one with another log is two in one.
      if (main === this.#inodes.main && !readOnly) discardIndex(this.#path)
    }
    const connection = openIndex(this.#driver, this.#path, this.#storeId, { readOnly, mode: this.#mode })
    this.#index = new SearchIndex(connection, this.#storeId)
    this.#inodes = inodesOf(this.#path)
    return this.#index
  }

  #discard(): void {
    this.#shut()
    try {
      discardIndex(this.#path)
    } catch {
      // It stays, and is met as damaged again.
    }
  }

  /** SQLite leaves the files of the name alone when they are no longer those it opened. */
  #shut(): void {
    try {
      this.#index?.close()
    } catch {
      // It is gone either way.
    }
    this.#index = null
  }
}
