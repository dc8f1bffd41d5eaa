import type { RecordLimits, StorePolicy } from '@faircopy/store-core'
import {
  argument,
  checkArgument,
  recordLimitsSchema,
  storePolicySchema,
} from '@faircopy/store-core/arguments'
import {
  DEFAULT_RECORD_LIMITS,
  DEFAULT_STORE_POLICY,
  defineStore,
  trustedClock,
} from '@faircopy/store-core/backend'
import { loadDriver } from './file/driver.ts'
import type { StoreEventListener } from './file/events.ts'
import { checkAccess, checkPath, type Location, locate } from './file/location.ts'
import { contractError } from './file/outcome.ts'
import { checkRuntime } from './file/runtime.ts'
import { StoreFile } from './file/store-file.ts'
import { FileStore } from './file-store.ts'
import { IndexKeeper } from './search/index-keeper.ts'
import { Searching } from './search/searching.ts'
import type { SqliteStore } from './sqlite-store.ts'

/** How a store is opened. */
export interface OpenOptions {
  /** The file. Made, for its owner only, where there is none. */
  readonly path: string
  /** Never write; a missing file is an error. Defaults to false. */
  readonly readOnly?: boolean
  /** A missing or empty file is an error. Defaults to false. */
  readonly mustExist?: boolean
  /** How long a call waits for another process's lock, in ms. Defaults to 5000 (S20). */
  readonly busyTimeoutMs?: number
  /**
   * Bytes that the log may have while a reader keeps it from being taken in; beyond it, writes are refused with
   * `StoreFull` until that reader is done (S26). Defaults to 1 GiB.
   */
  readonly maxLogBytes?: number
  /** Defaults to 16 MiB and 200 levels (S12). */
  readonly recordLimits?: Partial<RecordLimits>
  /** Goes on where processes cannot share a write-ahead log, with a rollback journal (S24). Defaults to false. */
  readonly allowUnsafeFileSystem?: boolean
  /** How many deliveries are held and how long, and how long a deleted session can be brought back (S11, S27). */
  readonly policy?: Partial<StorePolicy>
  /** Epoch ms, for what is stamped. Nothing is ordered by it (S5). Defaults to `Date.now`. */
  readonly now?: () => number
  /** Hears what the store tells beside its answers. */
  readonly onEvent?: StoreEventListener
}

const openOptionsSchema = argument.members<OpenOptions>({
  // Its own rules are those of every file that a store is put in.
  path: argument.any<string>(),
  readOnly: argument.flag.exactOptional(),
  mustExist: argument.flag.exactOptional(),
  busyTimeoutMs: argument.ms.exactOptional(),
  maxLogBytes: argument.count(1).exactOptional(),
  recordLimits: recordLimitsSchema.exactOptional(),
  allowUnsafeFileSystem: argument.flag.exactOptional(),
  policy: storePolicySchema.exactOptional(),
  now: argument.call<() => number>().exactOptional(),
  onEvent: argument.call<StoreEventListener>().exactOptional(),
})

const DEFAULT_BUSY_TIMEOUT_MS = 5000
const DEFAULT_MAX_LOG_BYTES = 1024 ** 3

/**
 * Opens the store in a file, and makes one where there is none. Refuses, before anything is written, an unsafe place
 * (S24), a stranger's file and a newer schema (S23). Several stores may be open on one file, in any number of processes
 * (S20); in one process all must come from one copy of better-sqlite3.
 *
 * Refuses a log that was not written over the file (S21); in a worker thread only on Linux.
 *
 * Fails with `InvalidArgument` for an option that is not known or of the wrong kind, and with `UnsupportedRuntime`,
 * `ClockFailed`, `UnsafeLocation`, `AccessDenied`, `NotAStore`, `SchemaTooNew`, `StrangeLog`, `StoreCorrupt`, `StoreBusy`,
 * `StoreFull`, `StoreIo`.
 *
 * @example
 * ```ts
 * import { openSqliteStore } from '@faircopy/store-sqlite'
 *
 * const store = await openSqliteStore({ path: 'transcripts.db' })
 * await store.append('session-1', { record: { role: 'user', content: 'hello' }, idempotencyKey: 'turn-1' }, { create: {} })
 * await store.close()
 * ```
 */
export async function openSqliteStore(options: OpenOptions): Promise<SqliteStore> {
  checkRuntime(process.versions)
  const checked = checkArgument(openOptionsSchema, options, 'options')
  const { path, readOnly = false, allowUnsafeFileSystem = false } = checked
  checkPath(path)
  const mustExist = readOnly || (checked.mustExist ?? false)
  const now = trustedClock(checked.now ?? Date.now)
  // Before a file is made: a store that nothing can be stamped in is not opened.
  now()
  const location = locateChecked(path, { create: !mustExist, readOnly, allowUnsafeFileSystem })
  const driver = await loadDriver()
  const file = await StoreFile.open(driver, location, {
    readOnly,
    mustExist,
    busyTimeoutMs: checked.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS,
    maxLogBytes: checked.maxLogBytes ?? DEFAULT_MAX_LOG_BYTES,
    now,
    policy: { ...DEFAULT_STORE_POLICY, ...checked.policy },
    onEvent: checked.onEvent,
  })
  const keeper = new IndexKeeper(driver, file, location.unsafeFileSystem ? 'delete' : 'wal')
  const engine = new FileStore(file, new Searching(file, keeper), {
    ...DEFAULT_RECORD_LIMITS,
    ...checked.recordLimits,
  })
  if (!readOnly) await engine.sweep().catch(() => {})
  return Object.assign(defineStore(engine), {
    path: file.path,
    toJSON: () => ({ store: 'sqlite' as const, path: file.path }),
  })
}

/** {@link locate}, with the file system's own errors told as the contract's. */
function locateChecked(
  path: string,
  options: {
    readonly create: boolean
    readonly readOnly: boolean
    readonly allowUnsafeFileSystem: boolean
  },
): Location {
  try {
    const location = locate(path, options)
    if (!options.readOnly) checkAccess(location.path)
    return location
  } catch (error) {
    throw contractError(error, path, 'before-commit')
  }
}
