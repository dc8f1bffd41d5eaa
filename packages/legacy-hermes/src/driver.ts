import { SourceUnreadable } from '@faircopy/legacy-jsonl'
import type Database from 'better-sqlite3'

/** The SQLite driver, as its package exports it. */
export type Driver = typeof Database

const NODE_API = 10

/**
 * The peer dependency better-sqlite3, loaded when the first database is met: a home without one needs no driver. Older
 * versions of Node end with a segmentation fault when they load it, so they are refused before.
 */
export async function loadDriver(path: string): Promise<Driver> {
  if (Number(process.versions['napi'] ?? 0) < NODE_API) {
    throw new SourceUnreadable(
      path,
      `reading a database needs Node 22.14 or later, this is ${process.version}`,
    )
  }
  try {
    return (await import('better-sqlite3')).default
  } catch (cause) {
    throw new SourceUnreadable(path, 'reading a database needs the package better-sqlite3', cause)
  }
}

/** The driver's code of an error (`SQLITE_CORRUPT_INDEX`, …); null for any other error. */
export function sqliteCode(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : null
}

/** Whether an error says that the database itself is damaged or none, and not that reading it failed this time. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error) ?? ''
  return ['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_FORMAT', 'SQLITE_TOOBIG', 'SQLITE_ERROR'].some(
    (damage) => code === damage || code.startsWith(`${damage}_`),
  )
}
