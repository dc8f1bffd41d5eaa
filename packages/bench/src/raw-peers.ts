import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { madeRecord } from './made-record.ts'
import { type Contestant, perCall } from './rounds.ts'

/** How a peer's rows are kept: what anyone would write first. */
export const PLAIN =
  'create table entry (key integer primary key, kind text not null, at integer, record text not null) strict'
/** The insert into {@link PLAIN}. */
export const INSERT = 'insert into entry (kind, at, record) values (?, ?, ?)'

/** What a raw driver offers for a measurement. */
interface RawInsert {
  insert(record: string): void
  close(): void
}

/** better-sqlite3 with one prepared insert, a WAL and `synchronous=FULL`. */
export function rawInsert(path: string): RawInsert {
  const db = new Database(path)
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = full')
  db.exec(PLAIN)
  const insert = db.prepare(INSERT)
  return { insert: (record) => insert.run('message', null, record), close: () => db.close() }
}

/** node:sqlite with one prepared insert, a WAL and `synchronous=FULL`. */
export function nodeSqliteInsert(path: string): RawInsert {
  const db = new DatabaseSync(path)
  db.exec('pragma journal_mode = wal; pragma synchronous = full')
  db.exec(PLAIN)
  const insert = db.prepare(INSERT)
  return { insert: (record) => insert.run('message', null, record), close: () => db.close() }
}

/** A file of lines, each of them synced or none. */
export function lineAppend(path: string, synced: boolean): RawInsert {
  const file = openSync(path, 'a')
  return {
    insert(record) {
      writeSync(file, `${record}\n`)
      if (synced) fdatasyncSync(file)
    },
    close: () => closeSync(file),
  }
}

/** A contestant that inserts one record a call. */
export function inserting(
  folder: string,
  name: string,
  open: (path: string) => RawInsert,
  calls: number,
): Contestant {
  const raw = open(join(folder, name.replaceAll(/\W/g, '-')))
  return {
    name,
    round() {
      const began = performance.now()
      for (let i = 0; i < calls; i++) raw.insert(madeRecord(i))
      return perCall(began, calls)
    },
  }
}
