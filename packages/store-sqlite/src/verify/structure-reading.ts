import type BetterSqlite3 from 'better-sqlite3'
import { type IndexContent, readIndex } from './index-reading.ts'

/** A file that is to be checked: of a search index what it holds is read as well. */
export interface StructureRequest {
  readonly path: string
  readonly isIndex: boolean
}

/** What SQLite's own check found in a file. */
export interface Structure {
  /** The tables and indexes that are damaged, null for one that can't be told. */
  readonly damaged: readonly (string | null)[]
  /** Of a search index that is sound in itself. */
  readonly index: IndexContent | null
}

/** So many lines of SQLite's are asked for: a damaged file may have one for each of its rows. */
const MOST_LINES = 100

/** Runs SQLite's own check. Throws the driver's errors. */
export function readStructure(db: BetterSqlite3.Database, { isIndex }: StructureRequest): Structure {
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
  return { damaged: [...damaged], index: isIndex && damaged.size === 0 ? readIndex(db) : null }
}
