import type { BigIntStats } from 'node:fs'
import { dirname } from 'node:path'
import { StoreReplaced } from '@faircopy/store-core'
import type { Connection } from './connection.ts'
import { statOrNull } from './location.ts'
import { logBytes } from './log-frames.ts'
import { type MainHandle, readThroughConnection } from './main-handle.ts'
import { isBusy } from './outcome.ts'
import type { JournalMode } from './pragmas.ts'
import { PAGE_SIZE } from './schema.ts'
import { belongsTo, readStoreRow, type StoreRow } from './store-row.ts'
import { WalProbe } from './wal-probe.ts'

/** How far the WAL is: frames in it, and how many of them the main file has. */
export interface WalCounters {
  readonly frames: number
  readonly backfilled: number
}

/**
 * Since Linux 6.13 a file that was looked at gets a new time with its next write, and a sync must then write that as
 * well: a third of an append's time. The clock that it has otherwise stands still for up to this long.
 */
const CLOCK_TICK_MS = 4
/** A folder that changed so lately may change again without showing it, where its times come from such a clock. */
const SETTLED_NS = 1_000_000_000n
/** A store has at least its schema and its row. */
const STORE_BYTES = BigInt(2 * PAGE_SIZE)
const RAW_LOOKS = 3
/** Where the `-shm` says how many frames a checkpoint began to take in: `nBackfillAttempted`, sqlite.org/walformat.html. */
const ATTEMPTED_AT = 128
/** Only here is a folder's time known to change with every name in it. */
const FOLDER_TELLS: boolean = process.platform === 'linux'

/** Reads the counters without checkpointing anything. About 1 µs. */
export function walCounters(connection: Connection): WalCounters {
  const row = connection.raw('PRAGMA wal_checkpoint(NOOP)').get() as [number, number, number] | undefined
  return { frames: Math.max(row?.[1] ?? 0, 0), backfilled: Math.max(row?.[2] ?? 0, 0) }
}

/** A file's time as finely as it can be set. */
function microseconds({ mtimeNs }: BigIntStats): bigint {
  return mtimeNs / 1000n
}

/** How many pages the store has in a connection's view. */
export function pageCount(connection: Connection): number {
  return connection.raw('PRAGMA page_count').get()?.[0] as number
}

/**
 * Knows the file that was opened, and finds out that it is no longer that one (S21).
 *
 * After a commit two stats decide nearly always: no name in the folder changed, so the inodes are the same, and the main
 * file was not written since the last look. If it *was* written, either a checkpoint did it or somebody copied over it.
 * {@link prove} then looks, under the write lock and on a *fresh* connection, since this one's cache would hide what was
 * done. It accepts
 *
 * - a higher beacon: a checkpoint of ours is announced by one that is committed first, and runs under that lock
 * - what SQLite's own counters show to be a checkpoint, ended or begun, if it finds our id and a beacon that did not go back
 * - room at the end that was taken or given back (S26): with the file's time kept, or as zeroes
 *
 * and refuses anything else. Whatever it accepts, the row in the main file itself must be one that the log is over.
 */
export class Watch {
  readonly #path: string
  readonly #mode: JournalMode
  #main: BigIntStats
  #wal: BigIntStats | null
  readonly #index: BigIntStats | null
  /** As it was before the inodes were last compared; null where that says nothing of later. */
  #folder: BigIntStats | null = null
  #walSeenAt = 0
  #probe: WalProbe | null
  /** The store's row in our view, and in the main file without its log, at the last look. */
  #row: StoreRow
  #raw: StoreRow | null
  readonly #handle: MainHandle
  readonly #guard: Connection | null
  #counters: WalCounters

  constructor(
    of: { path: string; mode: JournalMode; handle: MainHandle; guard: Connection | null },
    seen: { main: BigIntStats; wal: BigIntStats | null; row: StoreRow; counters: WalCounters },
  ) {
    const { path, mode } = of
    this.#path = path
    this.#mode = mode
    this.#handle = of.handle
    this.#guard = of.guard
    this.#raw = of.handle.canLook ? of.handle.row() : null
    this.#main = seen.main
    this.#wal = seen.wal
    this.#index = mode === 'wal' ? statOrNull(`${path}-shm`) : null
    this.#probe = seen.wal && WalProbe.open(`${path}-wal`, seen.wal.ino)
    this.#row = seen.row
    this.#counters = seen.counters
  }

  get id(): string {
    return this.#row.id
  }

  /** How far the WAL was at the last look. */
  get counters(): WalCounters {
    return this.#counters
  }

  get inode(): BigIntStats {
    return this.#main
  }

  /**
   * Looks before a write transaction adds to the WAL, so that nothing is written over what others put there: a WAL that
   * became shorter than what it holds was cut from outside.
   */
  before(connection: Connection): void {
    if (this.#mode !== 'wal') return
    const isYoung = performance.now() - this.#walSeenAt < CLOCK_TICK_MS
    if (isYoung && this.#probe?.reaches(logBytes(this.#counters.frames))) return
    const wal = this.#sameWal()
    if (this.#wal) this.#checkWalSize(connection, wal)
  }

  /** Lets go of what it holds. Looks that come later have to do without. */
  close(): void {
    this.#probe?.close()
    this.#probe = null
  }

  /** Looks after a commit. False: the main file was written, and {@link prove} must say by whom. */
  after(connection: Connection): boolean {
    // Before the file: a checkpoint between the two looks then shows in the file, and is not taken for seen.
    const counters = this.#mode === 'wal' ? walCounters(connection) : this.#counters
    const main = this.#sameMain()
    if (this.#mode !== 'wal') {
      this.#main = main
      return true
    }
    this.#checkNames()
    if (this.#isChanged(main)) return false
    this.#counters = counters
    return true
  }

  /**
   * Changes the main file's length, under the write lock, and takes the change for our own where nobody else had changed
   * the file before. Its pages stay as they are, and so does the file's time: that tells others as much (S26).
   */
  resize(work: () => void): void {
    const before = this.#sameMain()
    try {
      work()
    } finally {
      this.#handle.setTime(before)
      if (!this.#isChanged(before)) this.#main = this.#sameMain()
    }
  }

  /** Proves, under the write lock, that it was a checkpoint that wrote the main file. `fresh` is a new connection. */
  prove(fresh: Connection): void {
    const main = this.#sameMain()
    const wal = this.#sameWal()
    const row = this.#freshRow(fresh)
    const counters = walCounters(fresh)
    this.#checkWalSize(fresh, wal)
    const raw = this.#handle.canLook ? this.#rawRow(row) : null
    const pages = BigInt(pageCount(fresh) * PAGE_SIZE)
    if (main.size + BigInt(counters.frames * PAGE_SIZE) < pages) {
      throw new StoreReplaced(this.#path, 'it was cut short')
    }
    const isFolded = (): boolean => this.mayHaveCheckpointed(counters) || this.#isBeingFolded(counters)
    if (row.beacon === this.#row.beacon && this.#isWritten(main) && !isFolded()) {
      const isSameState = raw?.beacon === this.#raw?.beacon && raw?.mark === this.#raw?.mark
      if (!isSameState || main.size === this.#main.size || !this.#isOnlyResized(main, pages)) {
        throw new StoreReplaced(this.#path, 'something else wrote to the file')
      }
    }
    this.#main = main
    this.#wal = wal
    this.#row = row
    this.#raw = raw
    this.#counters = counters
  }

  /** Notes what our own checkpoint made of the file, under the write lock it ran in. */
  checkpointed(): void {
    if (this.#guard) this.#counters = walCounters(this.#guard)
    this.#main = this.#sameMain()
    this.#wal = this.#sameWal()
    this.#raw = this.#handle.canLook ? this.#handle.row() : null
  }

  /** Whether, at the last look, the checkpoint that a row announced was not made yet: each log has a mark of its own. */
  awaits(announced: StoreRow): boolean {
    return this.#row.mark === announced.mark && this.#counters.backfilled <= announced.beaconFrame
  }

  /** In a rollback journal's mode every commit writes the main file; the id in it is compared instead, in the transaction. */
  checkId(connection: Connection): void {
    if (readStoreRow(connection)?.id !== this.#row.id)
      throw new StoreReplaced(this.#path, 'it is another store')
  }

  /** Whether the WAL's counters show a checkpoint since the last look, or one that was announced then. */
  mayHaveCheckpointed(now: WalCounters): boolean {
    const last = this.#counters
    const moved = now.backfilled !== last.backfilled || now.frames < last.frames
    // At the last look a checkpoint had been announced and not made: its process may have been killed in the middle.
    const announced = last.frames > this.#row.beaconFrame && last.backfilled <= this.#row.beaconFrame
    return moved || announced
  }

  /**
   * Whether a checkpoint has begun and not ended, which nobody may have announced: one that cuts the log off and finds a
   * writer in the way goes on without the lock, and takes in what was written since the announcement.
   */
  #isBeingFolded({ backfilled }: WalCounters): boolean {
    const attempted = this.#index && readThroughConnection(this.#index, ATTEMPTED_AT, 4)
    return attempted?.length === 4 && new Uint32Array(new Uint8Array(attempted).buffer)[0] !== backfilled
  }

  #freshRow(fresh: Connection): StoreRow {
    let row: StoreRow | null
    try {
      row = readStoreRow(fresh)
    } catch (error) {
      // Another process that closes the store keeps new connections out for a moment.
      if (isBusy(error)) throw error
      throw new StoreReplaced(this.#path, 'it no longer reads as a store', error)
    }
    if (row?.id !== this.#row.id) throw new StoreReplaced(this.#path, 'it is another store')
    if (row.beacon < this.#row.beacon) throw new StoreReplaced(this.#path, 'it is an older copy')
    return row
  }

  /** The row in the main file itself, which must be one that the log is over. Another program may be writing it just now. */
  #rawRow(seen: StoreRow): StoreRow {
    for (let tries = 0; tries < RAW_LOOKS; tries++) {
      const raw = this.#handle.row()
      if (raw && belongsTo(raw, seen)) return raw
    }
    throw new StoreReplaced(this.#path, 'it is an older copy, or another store')
  }

  /** Whether nothing but zeroes was added at the end, or everything behind the last page cut off. */
  #isOnlyResized(main: BigIntStats, pages: bigint): boolean {
    if (main.size < this.#main.size) return main.size === pages
    return !this.#handle.canLook || this.#handle.isZero(this.#main.size, main.size)
  }

  #isChanged(main: BigIntStats): boolean {
    return this.#isWritten(main) || main.size !== this.#main.size
  }

  #isWritten(main: BigIntStats): boolean {
    return microseconds(main) !== microseconds(this.#main)
  }

  #sameMain(): BigIntStats {
    const main = statOrNull(this.#path)
    if (!main) throw new StoreReplaced(this.#path, 'it is gone')
    if (main.ino !== this.#main.ino || main.dev !== this.#main.dev) {
      throw new StoreReplaced(this.#path, 'another file has its name')
    }
    // SQLite takes a file without a page for a new one, and throws its log away.
    if (main.size < STORE_BYTES) throw new StoreReplaced(this.#path, 'it was cut short')
    return main
  }

  /** Compares the inodes of the files beside the main one, unless no name in the folder can have changed since. */
  #checkNames(): void {
    const folder = FOLDER_TELLS ? statOrNull(dirname(this.#path)) : null
    if (folder && folder.mtimeNs === this.#folder?.mtimeNs && folder.ino === this.#folder.ino) return
    const settled = folder && BigInt(Date.now()) * 1_000_000n - folder.mtimeNs > SETTLED_NS
    this.#wal = this.#sameWal()
    this.#folder = settled ? folder : null
  }

  #sameWal(): BigIntStats {
    this.#walSeenAt = performance.now()
    const wal = statOrNull(`${this.#path}-wal`)
    if (!wal) throw new StoreReplaced(this.#path, 'its -wal is gone')
    if (this.#wal && (wal.ino !== this.#wal.ino || wal.dev !== this.#wal.dev)) {
      throw new StoreReplaced(this.#path, 'its -wal is another file')
    }
    this.#checkIndex()
    return wal
  }

  /**
   * A process that finds no `-shm` makes its own and writes to the same WAL by it: from then on neither sees where the
   * other's frames end, and each writes over them.
   */
  #checkIndex(): void {
    const index = statOrNull(`${this.#path}-shm`)
    if (this.#index && (index?.ino !== this.#index.ino || index.dev !== this.#index.dev)) {
      throw new StoreReplaced(this.#path, index ? 'its -shm is another file' : 'its -shm is gone')
    }
  }

  #checkWalSize(connection: Connection, wal: BigIntStats): void {
    const needed = BigInt(logBytes(walCounters(connection).frames))
    // Another process may have emptied and cut it between the two looks, and then the frames are fewer as well.
    if (wal.size < needed && this.#sameWal().size < needed) {
      throw new StoreReplaced(this.#path, 'its -wal was cut short')
    }
  }
}
