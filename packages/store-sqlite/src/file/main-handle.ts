import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  futimesSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writevSync,
} from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { isOpenHere, nameOf } from './registry.ts'
import { PAGE_SIZE } from './schema.ts'
import { parseStoreRow, STORE_PAGE, STORE_ROW_BYTES, type StoreRow } from './store-row.ts'

/** Only here can be seen what a process has open, all its threads and libraries with it. */
const PROCESS_TELLS: boolean = process.platform === 'linux'
const ZEROES: Buffer = Buffer.alloc(256 * 1024)
const REFUSED: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS'])

/** Handles that could not be closed yet. On the global object, as the registry is. */
const NAME = Symbol.for('faircopy/store-sqlite/main-handles@1')

function parked(): Map<string, number[]> {
  const holder = globalThis as { [NAME]?: Map<string, number[]> }
  holder[NAME] ??= new Map()
  return holder[NAME]
}

/**
 * Sees what the main file holds without its log, and lengthens it.
 *
 * A process that closes *any* handle on a file drops all locks that it holds there (S21). So the main thread holds one of
 * its own as long as the store is open, and closes it only when no connection of the process has the file open; until
 * then it is kept. It appends, always: so it can never write over what a checkpoint writes, and is told from SQLite's
 * handles. Node closes what another thread opened when that thread ends, so there SQLite's own handles are read through,
 * and nothing is lengthened.
 */
export class MainHandle {
  readonly #path: string
  readonly #stat: BigIntStats
  /** Null: it belongs to another thread than the main one. */
  readonly #handle: number | null
  /** Whether the file can be lengthened through it. */
  readonly canWrite: boolean

  private constructor(path: string, handle: number | null, canWrite: boolean) {
    this.#path = path
    this.#handle = handle
    this.#stat = handle === null ? lstatSync(path, { bigint: true }) : fstatSync(handle, { bigint: true })
    this.canWrite = canWrite
  }

  static open(path: string, readOnly: boolean): MainHandle {
    if (!isMainThread) return new MainHandle(path, null, false)
    const flags = constants.O_APPEND | constants.O_NOFOLLOW
    if (!readOnly) {
      try {
        return new MainHandle(path, openSync(path, constants.O_RDWR | flags), true)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && REFUSED.has(error.code))) throw error
      }
    }
    return new MainHandle(path, openSync(path, constants.O_RDONLY | flags), false)
  }

  isOf(stat: BigIntStats): boolean {
    return nameOf(stat) === nameOf(this.#stat)
  }

  /** Whether the file can be looked into while a store has it open. */
  get canLook(): boolean {
    return this.#handle !== null || PROCESS_TELLS
  }

  /** The first `length` bytes, or fewer where the file is shorter. */
  head(length: number): Buffer {
    return this.#read(0, length)
  }

  /** The store's row as the main file has it; null where it cannot be read there. */
  row(): StoreRow | null {
    const end = STORE_PAGE * PAGE_SIZE
    return parseStoreRow(this.#read(end - STORE_ROW_BYTES, STORE_ROW_BYTES))
  }

  /** Whether there is nothing but zeroes from one place up to another. */
  isZero(from: bigint, to: bigint): boolean {
    for (let at = Number(from); at < Number(to); at += ZEROES.length) {
      const bytes = this.#read(at, Math.min(ZEROES.length, Number(to) - at))
      if (!bytes.equals(ZEROES.subarray(0, bytes.length))) return false
    }
    return true
  }

  /** How long the file is now, in bytes. */
  size(): number {
    return this.#handle === null ? 0 : Number(fstatSync(this.#handle).size)
  }

  /** Appends zeroes up to a size, which takes the room for them. Fails with the file system's error, part of it done. */
  extend(size: number): void {
    const handle = this.#handle
    if (handle === null) return
    for (let at = this.size(); at < size; ) {
      const half = ZEROES.subarray(0, Math.ceil(Math.min(2 * ZEROES.length, size - at) / 2))
      at += writevSync(handle, [half, half])
    }
  }

  /** Cuts off what was appended. Only under the write lock, and never below what the store's pages need. */
  trim(size: number): void {
    if (this.#handle !== null) ftruncateSync(this.#handle, size)
  }

  /**
   * Gives the file the time that it had, to the microsecond, where that is allowed: not to another user, nor by Node's
   * permission model.
   */
  setTime({ atimeMs, mtimeNs }: BigIntStats): void {
    if (this.#handle === null) return
    try {
      // A number of seconds holds no nanoseconds; half a microsecond more, and what is cut off is the same each time.
      futimesSync(this.#handle, Number(atimeMs) / 1000, (Number(mtimeNs / 1000n) + 0.5) / 1e6)
    } catch {
      // Others then have to look at what was written.
    }
  }

  /** Lets the handle go, after its store's connections. */
  letGo(): void {
    if (this.#handle === null) return
    const name = nameOf(this.#stat)
    const handles = [...(parked().get(name) ?? []), this.#handle]
    if (isOpenHere(this.#stat) || !PROCESS_TELLS || handlesOfConnections(name).length > 0) {
      parked().set(name, handles)
      return
    }
    parked().delete(name)
    for (const handle of handles) closeSync(handle)
  }

  #read(at: number, length: number): Buffer {
    if (this.#handle !== null) return readFrom(this.#handle, at, length)
    const borrowed = readThroughConnection(this.#stat, at, length)
    if (borrowed) return borrowed
    // Nobody of this process has it open, so no lock is lost.
    const handle = openSync(this.#path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      return readFrom(handle, at, length)
    } finally {
      closeSync(handle)
    }
  }
}

/**
 * Reads a file of the store through a handle that SQLite has on it, so that no lock is lost; null where the process has
 * none, or that cannot be seen here.
 */
export function readThroughConnection(of: BigIntStats, at: number, length: number): Buffer | null {
  const name = nameOf(of)
  for (const handle of PROCESS_TELLS ? handlesOfConnections(name) : []) {
    try {
      const bytes = readFrom(handle, at, length)
      if (nameOf(fstatSync(handle, { bigint: true })) === name) return bytes
    } catch {
      // Another thread closed it meanwhile.
    }
  }
  return null
}

function readFrom(handle: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(handle, bytes, 0, length, at))
}

/** The handles of SQLite on a file in this process, whichever thread and library they belong to. */
function handlesOfConnections(name: string): number[] {
  return readdirSync('/proc/self/fd').flatMap((handle) =>
    isConnection(handle, name) ? [Number(handle)] : [],
  )
}

function isConnection(handle: string, name: string): boolean {
  const stat = statSync(`/proc/self/fd/${handle}`, { bigint: true, throwIfNoEntry: false })
  if (!stat || nameOf(stat) !== name) return false
  try {
    const [, flags = '0'] = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${handle}`, 'utf8')) ?? []
    return (Number.parseInt(flags, 8) & constants.O_APPEND) === 0
  } catch {
    // Closed just now.
    return false
  }
}
