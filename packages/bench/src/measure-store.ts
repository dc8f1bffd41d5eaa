import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { random } from './random.ts'
import { type Contestant, race, table } from './rounds.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 15)
const CALLS = 100
const LONG = 100_000
const LOADED = 5000

const next = random(7)
const words = Array.from({ length: 4000 }, () => 'abcdefghij klmno'[Math.floor(next() * 16)]).join('')

function record(i: number): string {
  const content = words.slice(0, Math.floor(40 + 160 / (next() + 0.05)))
  return JSON.stringify({
    role: i % 2 ? 'assistant' : 'user',
    content: `${i} ${content}`,
    timestamp: '2026-03-01T10:00:00',
  })
}

function perCall(began: number, calls: number): number {
  return ((performance.now() - began) * 1000) / calls
}

const PLAIN =
  'create table entry (key integer primary key, kind text not null, at integer, record text not null) strict'
const INSERT = 'insert into entry (kind, at, record) values (?, ?, ?)'

function rawInsert(folder: string, name: string): Contestant {
  const db = new Database(join(folder, `${name.replaceAll(/\W/g, '-')}.db`))
  db.pragma('page_size = 16384')
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = full')
  db.exec(PLAIN)
  const insert = db.prepare(INSERT)
  return {
    name,
    round() {
      const began = performance.now()
      for (let i = 0; i < CALLS; i++) insert.run('message', null, record(i))
      return perCall(began, CALLS)
    },
  }
}

function nodeSqlite(folder: string): Contestant {
  const db = new DatabaseSync(join(folder, 'node-sqlite.db'))
  db.exec('pragma journal_mode = wal; pragma synchronous = full')
  db.exec(PLAIN)
  const insert = db.prepare(INSERT)
  return {
    name: 'node:sqlite, raw insert, FULL',
    round() {
      const began = performance.now()
      for (let i = 0; i < CALLS; i++) insert.run('message', null, record(i))
      return perCall(began, CALLS)
    },
  }
}

function jsonl(folder: string, name: string, synced: boolean): Contestant {
  return {
    name,
    round() {
      const file = openSync(join(folder, `${synced}.jsonl`), 'a')
      const began = performance.now()
      for (let i = 0; i < CALLS; i++) {
        writeSync(file, `${record(i)}\n`)
        if (synced) fdatasyncSync(file)
      }
      const taken = perCall(began, CALLS)
      closeSync(file)
      return taken
    },
  }
}

function oneByOne(store: SqliteStore, name: string, keyed: boolean): Contestant {
  let number = 0
  return {
    name,
    async round() {
      const began = performance.now()
      for (let i = 0; i < CALLS; i++) {
        const key = keyed ? { idempotencyKey: `${name} ${number++}` } : {}
        await store.append('one', { record: record(i), ...key }, { create: {} })
      }
      return perCall(began, CALLS)
    },
  }
}

function together(store: SqliteStore, callers: number): Contestant {
  return {
    name: `Faircopy, ${callers} callers at once`,
    async round() {
      const began = performance.now()
      await Promise.all(
        Array.from({ length: callers }, async (_, caller) => {
          for (let i = 0; i < CALLS; i++)
            await store.append(`caller ${caller}`, { record: record(i) }, { create: {} })
        }),
      )
      return perCall(began, CALLS * callers)
    },
  }
}

async function measureAppend(folder: string): Promise<void> {
  const store = await openSqliteStore({ path: join(folder, 'append.db') })
  const results = await race(
    [
      rawInsert(folder, 'better-sqlite3, raw insert, FULL'),
      rawInsert(folder, 'the same again (A/A)'),
      nodeSqlite(folder),
      oneByOne(store, 'Faircopy, append', false),
      oneByOne(store, 'Faircopy, append with a key', true),
      together(store, 16),
      jsonl(folder, 'JSONL, write and fdatasync', true),
      jsonl(folder, 'JSONL, write without sync', false),
    ],
    ROUNDS,
  )
  console.log(`### Append, one entry a call\n\n${table(results, 'entry')}\n`)
  await store.close()
}

async function measureReads(folder: string): Promise<void> {
  const path = join(folder, 'read.db')
  const store = await openSqliteStore({ path })
  const raw = new Database(join(folder, 'raw.db'))
  raw.pragma('page_size = 16384')
  raw.pragma('journal_mode = wal')
  raw.exec(PLAIN)
  const insert = raw.prepare(INSERT)
  for (let i = 0; i < LONG; i += 1000) {
    const entries = Array.from({ length: 1000 }, (_, k) => ({ record: record(i + k) }))
    await store.append('long', entries, { create: {} })
    raw.transaction(() => {
      for (const entry of entries) insert.run('message', null, entry.record)
    })()
  }
  const tail = raw.prepare('select * from entry where key > ? order by key').raw()
  const rawTail = (name: string): Contestant => ({
    name,
    round() {
      const began = performance.now()
      for (let i = 0; i < 20; i++) tail.all(LONG - 50)
      return perCall(began, 20)
    },
  })
  const tails = await race(
    [
      rawTail('raw rows'),
      rawTail('the same again (A/A)'),
      {
        name: 'Faircopy, page backward',
        async round() {
          const began = performance.now()
          for (let i = 0; i < 20; i++) await store.page('long', { direction: 'backward', limit: 50 })
          return perCall(began, 20)
        },
      },
    ],
    ROUNDS,
  )
  console.log(`### The last 50 of ${LONG.toLocaleString('en')}\n\n${table(tails, 'page')}\n`)

  const some = raw.prepare('select * from entry where key <= ? order by key').raw()
  const rawLoad = (name: string): Contestant => ({
    name,
    round() {
      const began = performance.now()
      some.all(LOADED)
      return perCall(began, LOADED)
    },
  })
  const loads = await race(
    [
      rawLoad('raw rows'),
      rawLoad('the same again (A/A)'),
      {
        name: 'Faircopy, read as a stream',
        async round() {
          const began = performance.now()
          let bytes = 0
          for await (const entry of store.read('long', { to: LOADED })) bytes += entry.record.length
          return bytes > 0 ? perCall(began, LOADED) : Number.NaN
        },
      },
    ],
    ROUNDS,
  )
  console.log(`### Load ${LOADED.toLocaleString('en')} entries\n\n${table(loads, 'entry')}\n`)
  await store.close()
}

const folder = mkdtempSync(join(tmpdir(), 'faircopy-bench-'))
try {
  console.log(`Node ${process.version}, ${ROUNDS} interleaved rounds.\n`)
  await measureAppend(folder)
  await measureReads(folder)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
