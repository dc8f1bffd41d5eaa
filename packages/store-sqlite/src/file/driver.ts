import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { UnsupportedRuntime } from '@faircopy/store-core'
import { deniedByNode } from '@faircopy/store-core/backend'
import type BetterSqlite3 from 'better-sqlite3'
import { checkRuntime } from './runtime.ts'

/** A connection of the driver. */
export type Database = BetterSqlite3.Database

/** The one SQLite library of this process. */
export interface Driver {
  /** Where it was loaded from: two copies differ here, and two copies on one file destroy data. */
  readonly origin: string
  readonly open: (path: string, options: BetterSqlite3.Options) => Database
}

/** The first SQLite without the WAL-reset bug of 3.7.0 to 3.51.2. */
const OLDEST_SQLITE = [3, 51, 3] as const

let loaded: Promise<Driver> | undefined

/** Loads better-sqlite3, once, and only where it can be loaded. Fails with `UnsupportedRuntime`. */
export function loadDriver(): Promise<Driver> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<Driver> {
  checkRuntime(process.versions)
  const { default: Constructor } = await import('better-sqlite3')
  const memory = openMemory(Constructor)
  const version = String(memory.prepare('SELECT sqlite_version()').pluck().get())
  memory.close()
  checkSqliteVersion(version)
  return {
    origin: realpathSync(createRequire(import.meta.url).resolve('better-sqlite3')),
    open: (path, options) => new Constructor(path, options),
  }
}

/** The first connection loads the driver's native part. */
function openMemory(Constructor: typeof BetterSqlite3): Database {
  try {
    return new Constructor(':memory:')
  } catch (error) {
    throw deniedByNode(error) ?? error
  }
}

/** Refuses an SQLite that is known to lose data. */
export function checkSqliteVersion(version: string): void {
  const parts = version.split('.').map(Number)
  for (const [i, oldest] of OLDEST_SQLITE.entries()) {
    const part = parts[i] ?? 0
    if (part > oldest) return
    if (part < oldest) {
      throw new UnsupportedRuntime(
        `The driver brings SQLite ${version}, which can lose committed data; ${OLDEST_SQLITE.join('.')} is the oldest that is safe`,
      )
    }
  }
}
