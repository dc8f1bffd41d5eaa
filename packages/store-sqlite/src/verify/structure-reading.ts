import { statSync } from 'node:fs'
import type BetterSqlite3 from 'better-sqlite3'
import type { Driver } from '../file/driver.ts'
import { type KnownFile, openKnown } from '../file/known-file.ts'
import type { Job } from '../file/thread.ts'
import { type IndexContent, readIndex } from './index-reading.ts'

/** A store's file to be checked, and that of its search index, if it has one. */
export interface StructureRequest {
  readonly file: KnownFile
  readonly index: string | null
}

/** What SQLite's own check found in a file. */
export interface Structure {
  /** The tables and indexes that are damaged, null for one that can't be told. */
  readonly damaged: readonly (string | null)[]
  /** What the search index holds; null where there is none, or another process keeps it from being read. */
  readonly index: IndexContent | 'damaged' | null
}

/** So many lines of SQLite's are asked for: a damaged file may have one for each of its rows. */
const MOST_LINES = 100

/** Runs SQLite's own check of a store and of its search index. Damage is what it gives, not an error. */
export const READ_STRUCTURE: Job<StructureRequest, Structure> = {
  name: 'read-structure',
  work: (open, { file, index }) => ({
    damaged: using(
      () => openKnown(open, file, { readonly: true }),
      (db) => damagedIn(db),
    ) ?? [null],
    index: index === null ? null : readSoundIndex(open, index),
  }),
}

/** What `work` gives, or null where the file is damaged beyond that. Other errors of the driver are thrown. */
function using<T>(open: () => BetterSqlite3.Database, work: (db: BetterSqlite3.Database) => T): T | null {
  let db: BetterSqlite3.Database | undefined
  try {
    db = open()
    return work(db)
  } catch (error) {
    if (/^SQLITE_(CORRUPT|NOTADB|ERROR|TOOBIG|NOMEM)/.test(codeOf(error))) return null
    throw error
  } finally {
    db?.close()
  }
}

/** Whether the file lacks pages that it should have. */
function isCutShort(db: BetterSqlite3.Database, path: string): boolean {
  const pages = Number(db.pragma('page_count', { simple: true }))
  return statSync(path).size < pages * Number(db.pragma('page_size', { simple: true }))
}

/** Null also where the file is no index any more: whoever opens it next makes it anew, and so does who misses a page of it. */
function readSoundIndex(open: Driver['open'], path: string): Structure['index'] {
  try {
    const opened = () => open(path, { readonly: true, fileMustExist: true, timeout: 0 })
    return using(opened, (db) => {
      if (damagedIn(db).length === 0) return readIndex(db)
      return isCutShort(db, path) ? null : 'damaged'
    })
  } catch (error) {
    if (codeOf(error).startsWith('SQLITE_')) return null
    throw error
  }
}

function damagedIn(db: BetterSqlite3.Database): (string | null)[] {
  const lines = db.prepare(`PRAGMA integrity_check(${MOST_LINES})`).pluck().all() as string[]
  const damaged = new Set<string | null>()
  const objects = db.prepare('SELECT name, rootpage FROM sqlite_schema').all() as {
    name: string
    rootpage: number
  }[]
  for (const line of lines) {
    if (line === 'ok') continue
    const root = line.match(/^Tree (\d+) /)?.[1]
    const at = objects.find(({ name, rootpage }) =>
      root === undefined ? line.split(/[ .]/).includes(name) : rootpage === Number(root),
    )
    damaged.add(at?.name ?? null)
  }
  return [...damaged]
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
