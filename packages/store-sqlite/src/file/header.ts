import { NotAStore, SchemaTooNew, StoreCorrupt, StoreReplaced } from '@faircopy/store-core'
import { SIDECARS, statOrNull } from './location.ts'
import type { MainHandle } from './main-handle.ts'
import { isOpenHere } from './registry.ts'
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts'

/** A file's header has so many bytes. */
const HEADER_BYTES = 100
const MAGIC = 'SQLite format 3\0'
/** Within so many bytes of a store's file lies its schema. */
const SCHEMA_BYTES = 4 * 1024 * 1024
/** A version that is higher by more than this was never given: its number is damaged. */
const PLAUSIBLE_VERSIONS = 100

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
  checkHeader(path, (most) => main.head(most))
  return 'store'
}

/**
 * Refuses a file by its first bytes: no database, another application's, or a newer schema (S23); or those of a store that
 * are damaged (S22). `read` gives up to so many of them.
 */
export function checkHeader(path: string, read: (most: number) => Buffer): void {
  const header = read(HEADER_BYTES)
  if (header.length < HEADER_BYTES) throw new NotAStore(path, 'it is not an SQLite database')
  const isOurs = (): boolean => holdsSchema(read(SCHEMA_BYTES))
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    if (isOurs()) throw damagedHeader(path)
    throw new NotAStore(path, 'it is not an SQLite database')
  }
  checkMarks(path, { application: header.readUInt32BE(68), version: header.readInt32BE(60) }, isOurs)
}

/** Whether the main file by itself, without its log, has the schema of a store. */
export function hasSchema(main: MainHandle): boolean {
  return holdsSchema(main.head(SCHEMA_BYTES))
}

/**
 * Refuses a file by its marks: another application's, or a newer schema (S23). `isOurs`: whether the schema in it is one of
 * ours all the same, so that the marks are damaged (S22).
 */
export function checkMarks(
  path: string,
  marks: { readonly application: number; readonly version: number },
  isOurs: () => boolean,
): void {
  const { application, version } = marks
  const isNewer = version > SCHEMA_VERSION
  if (application === APPLICATION_ID && version >= 1 && !isNewer) return
  const isPlausible = isNewer && version <= SCHEMA_VERSION + PLAUSIBLE_VERSIONS
  if (!(application === APPLICATION_ID && isPlausible) && isOurs()) throw damagedHeader(path)
  if (application !== APPLICATION_ID) throw new NotAStore(path, 'it was made by another program')
  if (isNewer) throw new SchemaTooNew(path, version, SCHEMA_VERSION)
  throw new NotAStore(path, 'it has no schema version')
}

function damagedHeader(path: string): StoreCorrupt {
  return new StoreCorrupt(
    path,
    'not-stored',
    new Error('Its first bytes are not those of a store, and its schema is'),
  )
}

/** Whether a file that SQLite may not know as a database holds most of our schema. */
function holdsSchema(bytes: Buffer): boolean {
  const text = bytes.toString('latin1')
  // What schema 1 had not is at the end of each text.
  const found = [...SCHEMA.values()].filter((sql) => text.includes(sql.slice(0, sql.length / 2)))
  return found.length > SCHEMA.size / 2
}
