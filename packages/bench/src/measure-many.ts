import { statSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { smallRecord } from './made-record.ts'
import { random } from './random.ts'
import { type Contestant, perCall, race, table } from './rounds.ts'

const TAIL = 50
const CALLS = 40
const AT_ONCE = 20

/**
 * Fills a store and a plain table with `entries` small records in turns over `sessions`, and measures single appends
 * and the last page of a session, any session. The table has what such tables have: a session, a place, an index.
 */
export async function measureMany(
  folder: string,
  rounds: number,
  { entries, sessions }: { readonly entries: number; readonly sessions: number },
): Promise<string> {
  const path = join(folder, `many-${sessions}.db`)
  const rawPath = join(folder, `many-raw-${sessions}.db`)
  const store = await openSqliteStore({ path })
  const raw = new Database(rawPath)
  try {
    raw.pragma('journal_mode = wal')
    raw.pragma('synchronous = full')
    raw.exec(`create table entry (key integer primary key, session integer not null, record text not null) strict;
      create index entry_session on entry (session, key)`)
    await fill(store, raw, entries, sessions)
    const results = await race(
      [
        rawAppend(raw, 'raw insert', sessions),
        rawAppend(raw, 'the same again (A/A)', sessions),
        append(store, sessions),
      ],
      rounds,
    )
    const tails = await race(
      [
        rawTail(raw, 'raw rows by index', sessions),
        rawTail(raw, 'the same again (A/A)', sessions),
        tail(store, sessions),
      ],
      rounds,
    )
    const mb = (file: string): string => (statSync(file).size / 1e6).toFixed(0)
    return [
      `### ${entries.toLocaleString('en')} entries, ${sessions.toLocaleString('en')} sessions in turns`,
      `The store has ${mb(path)} MB, the plain table ${mb(rawPath)} MB.`,
      `Append:\n\n${table(results, 'entry')}`,
      `The last ${TAIL} of any session:\n\n${table(tails, 'page')}`,
    ].join('\n\n')
  } finally {
    await store.close()
    raw.close()
  }
}

async function fill(
  store: SqliteStore,
  raw: Database.Database,
  entries: number,
  sessions: number,
): Promise<void> {
  const insert = raw.prepare('insert into entry (session, record) values (?, ?)')
  let calls: Promise<unknown>[] = []
  raw.exec('begin')
  for (let i = 0; i < entries; i += AT_ONCE) {
    const session = (i / AT_ONCE) % sessions
    const some = Array.from({ length: AT_ONCE }, (_, k) => ({ record: smallRecord(i + k) }))
    for (const { record } of some) insert.run(session, record)
    calls.push(store.append(`s${session}`, some, { create: {} }))
    if (calls.length < 500) continue
    await Promise.all(calls)
    calls = []
    raw.exec('commit')
    raw.exec('begin')
  }
  await Promise.all(calls)
  raw.exec('commit')
}

function rawAppend(raw: Database.Database, name: string, sessions: number): Contestant {
  const insert = raw.prepare('insert into entry (session, record) values (?, ?)')
  const next = random(1)
  return {
    name,
    round() {
      const began = performance.now()
      for (let i = 0; i < CALLS; i++) insert.run(Math.floor(next() * sessions), smallRecord(i))
      return perCall(began, CALLS)
    },
  }
}

function append(store: SqliteStore, sessions: number): Contestant {
  const next = random(1)
  return {
    name: 'Faircopy, append',
    async round() {
      const began = performance.now()
      for (let i = 0; i < CALLS; i++)
        await store.append(`s${Math.floor(next() * sessions)}`, { record: smallRecord(i) }, { create: {} })
      return perCall(began, CALLS)
    },
  }
}

function rawTail(raw: Database.Database, name: string, sessions: number): Contestant {
  const rows = raw.prepare(`select * from entry where session = ? order by key desc limit ${TAIL}`).raw()
  const next = random(2)
  return {
    name,
    round() {
      const began = performance.now()
      for (let i = 0; i < CALLS; i++) rows.all(Math.floor(next() * sessions))
      return perCall(began, CALLS)
    },
  }
}

function tail(store: SqliteStore, sessions: number): Contestant {
  const next = random(2)
  return {
    name: 'Faircopy, page backward',
    async round() {
      const began = performance.now()
      for (let i = 0; i < CALLS; i++)
        await store.page(`s${Math.floor(next() * sessions)}`, { direction: 'backward', limit: TAIL })
      return perCall(began, CALLS)
    },
  }
}
