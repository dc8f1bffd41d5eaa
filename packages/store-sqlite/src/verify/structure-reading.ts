import type BetterSqlite3 from 'better-sqlite3'

/** A file whose structure is to be checked. */
export interface StructureRequest {
  readonly path: string
}

/** Damage in a file's structure: in which of its tables or indexes, null where that can't be told. */
export type Damaged = string | null

/** So many lines of SQLite's are asked for: a damaged file may have one for each of its rows. */
const MOST_LINES = 100

/** Runs SQLite's own check, and says where it found damage. None is a sound file. Throws the driver's errors. */
export function readStructure(db: BetterSqlite3.Database): Damaged[] {
  const lines = db.prepare(`PRAGMA integrity_check(${MOST_LINES})`).pluck().all() as string[]
  const found = new Set<Damaged>()
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
    found.add(at?.name ?? null)
  }
  return [...found]
}
