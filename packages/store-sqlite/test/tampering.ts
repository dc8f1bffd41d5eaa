import { readFileSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { sealOf } from '../src/file/seal.ts'

/** Changes rows of a closed store behind its back: what `sql` sets is not sealed, as where a disk changed it. */
export function tamper(path: string, sql: string): void {
  const db = new Database(path)
  try {
    db.pragma('ignore_check_constraints = on')
    db.pragma('foreign_keys = off')
    db.exec(sql)
  } finally {
    db.close()
  }
}

/** The same in a store as schema 1 left it: rows without a seal, so that only what they say can tell. */
export function tamperUnsealed(path: string, sql: string): void {
  const tables = [
    'session',
    'tip',
    'range',
    'generation',
    'entry',
    'ledger',
    'operation',
    'import_run',
    'imported',
  ]
  tamper(
    path,
    `UPDATE store SET partly_sealed = 1; ${tables.map((t) => `UPDATE ${t} SET seal = NULL;`).join('\n')} ${sql}`,
  )
}

/** Changes rows, sealed as if they had been written so, while an index goes on to say what they said before. */
export function tamperBehindIndex(path: string, index: string, sql: string): void {
  const db = new Database(path)
  try {
    db.function('seal', { varargs: true, deterministic: true }, sealOf as never)
    db.pragma('foreign_keys = off')
    db.unsafeMode(true)
    db.pragma('writable_schema = on')
    const row = db.prepare('SELECT * FROM sqlite_schema WHERE name = ?').get(index) as object
    db.prepare('DELETE FROM sqlite_schema WHERE name = ?').run(index)
    db.pragma('writable_schema = reset')
    db.exec(sql)
    db.pragma('writable_schema = on')
    db.prepare('INSERT INTO sqlite_schema VALUES (@type, @name, @tbl_name, @rootpage, @sql)').run(row)
  } finally {
    db.close()
  }
}

/** Changes the last place in a closed store's file that holds these bytes, as a disk does. */
export function flip(path: string, from: string, to: string): void {
  const bytes = readFileSync(path)
  const at = bytes.lastIndexOf(from)
  if (at < 0 || from.length !== to.length) throw new Error('there is nothing to change')
  bytes.write(to, at, 'latin1')
  writeFileSync(path, bytes)
}
