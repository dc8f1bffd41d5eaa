import { NotAStore, SchemaTooNew, StoreCorrupt, StoreReplaced } from '@faircopy/store-core'
import { SIDECARS, statOrNull } from './location.ts'
import type { MainHandle } from './main-handle.ts'
import { isOpenHere } from './registry.ts'
import { APPLICATION_ID, SCHEMA_VERSION } from './schema.ts'

/** A file's header has so many bytes. */
export const HEADER_BYTES = 100
const MAGIC = 'SQLite format 3\0'

/**
 * Looks at a file before SQLite does, so that a stranger's or a newer one stays without even a sidecar (S23). Says
 * whether a store has to be made in it. With sidecars SQLite itself is asked, which creates nothing new then.
 */
export function inspect(path: string, main: MainHandle | null): 'new' | 'store' {
  const stat = statOrNull(path)
  if (!stat || !main) return 'new'
  if (stat.size === 0n) {
    if (isOpenHere(stat)) throw new StoreReplaced(path, 'it was emptied while this process had it open')
    // SQLite would throw such a WAL away, and with it everything that the file still has.
    if ((statOrNull(`${path}-wal`)?.size ?? 0n) > 0n) throw new StoreCorrupt(path, 'not-stored')
    return 'new'
  }
  if (SIDECARS.some((suffix) => statOrNull(path + suffix)) || isOpenHere(stat)) return 'store'
  checkHeader(path, main.head(HEADER_BYTES))
  return 'store'
}

/** Refuses a file by its first bytes: no database, another application's, or a newer schema (S23). */
export function checkHeader(path: string, header: Buffer): void {
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new NotAStore(path, 'it is not an SQLite database')
  }
  checkMarks(path, { application: header.readUInt32BE(68), version: header.readUInt32BE(60) })
}

/** Whether the main file by itself says that it is a store of ours. */
export function isOurs(main: MainHandle): boolean {
  const header = main.head(HEADER_BYTES)
  return (
    header.length === HEADER_BYTES &&
    header.toString('latin1', 0, MAGIC.length) === MAGIC &&
    header.readUInt32BE(68) === APPLICATION_ID
  )
}

/** Refuses a file by its marks: another application's, or a newer schema (S23). */
export function checkMarks(
  path: string,
  marks: { readonly application: number; readonly version: number },
): void {
  if (marks.application !== APPLICATION_ID) throw new NotAStore(path, 'it was made by another program')
  if (marks.version > SCHEMA_VERSION) throw new SchemaTooNew(path, marks.version, SCHEMA_VERSION)
  if (marks.version < 1) throw new NotAStore(path, 'it has no schema version')
}
