import { StoreCorrupt, StoreError, StoreFull } from '@faircopy/store-core'
import type { Compaction } from '@faircopy/store-core/operator'
import { statOrNull } from '../file/location.ts'
import { contractError, freeBytes } from '../file/outcome.ts'
import { nap, whileBusy } from '../file/patience.ts'
import { SCHEMA } from '../file/schema.ts'
import type { StoreFile } from '../file/store-file.ts'

const TABLES = [...SCHEMA].flatMap(([name, sql]) => (sql.startsWith('CREATE TABLE') ? [name] : []))
const COUNTS = `SELECT ${TABLES.map((table) => `(SELECT count(*) FROM "${table}")`).join(" || ' ' || ")} AS value`
const NEEDED = `SELECT (p.page_count - f.freelist_count) * s.page_size AS value
  FROM pragma_page_count AS p, pragma_freelist_count AS f, pragma_page_size AS s`

/**
 * Makes the file as small as what is in it (S27). One transaction that SQLite writes through the log, on a thread of its
 * own, so whoever has the store open goes on with it; then the log is taken in and cut off. Called while nothing of this
 * store is written.
 */
export async function compactStore(file: StoreFile): Promise<Compaction> {
  const begun = performance.now()
  const bytesBefore = bytesOf(file)
  try {
    await file.log.makeRoom()
    const sum = await soundSum(file)
    checkRoom(file, Number(await firstValue(file, NEEDED)))
    file.log.begin()
    await whileBusy(file.path, file.options.busyTimeoutMs, () => file.apart('VACUUM'))
    const after = await soundSum(file)
    // Where another process wrote in between there is nothing to compare.
    if (after.version === sum.version && after.counts !== sum.counts) {
      throw new StoreCorrupt(file.path, 'unknown', new Error('a compaction lost rows'))
    }
  } catch (error) {
    throw StoreError.is(error) ? error : contractError(error, file.path, 'before-commit')
  } finally {
    await file.leaveThread()
    await cutLog(file)
  }
  file.emit({ type: 'compacted', durationMs: performance.now() - begun })
  return { bytesBefore, bytesAfter: bytesOf(file) }
}

interface Sum {
  readonly counts: unknown
  /** Moves with every commit of another connection. */
  readonly version: unknown
}

/** How many rows there are. Fails with `StoreCorrupt` for a store that is not sound. */
async function soundSum(file: StoreFile): Promise<Sum> {
  const version = await firstValue(file, 'PRAGMA data_version')
  const check = await firstValue(file, 'PRAGMA integrity_check(1)')
  if (check !== 'ok')
    throw new StoreCorrupt(file.path, 'not-stored', new Error('integrity_check found damage'))
  return { version, counts: await firstValue(file, COUNTS) }
}

async function firstValue(file: StoreFile, sql: string): Promise<unknown> {
  const [row = {}] = (await file.apart(sql)) as Record<string, unknown>[]
  return Object.values(row)[0]
}

/** What is left is written to the log before any of it can be given back. */
function checkRoom(file: StoreFile, needed: number): void {
  const free = freeBytes(file.path)
  if (free !== null && free < needed) throw new StoreFull(file.path, free, 'not-stored')
}

/** A short read of somebody keeps the log from being cut off, for as long as it lasts. */
async function cutLog(file: StoreFile): Promise<void> {
  const begun = performance.now()
  for (let attempts = 1; performance.now() - begun < file.options.busyTimeoutMs; attempts++) {
    await file.log.makeRoom()
    if ((statOrNull(`${file.path}-wal`)?.size ?? 0n) === 0n || file.stopped) return
    await nap(attempts)
  }
}

function bytesOf(file: StoreFile): number {
  return Number((statOrNull(file.path)?.size ?? 0n) + (statOrNull(`${file.path}-wal`)?.size ?? 0n))
}
