import { join } from 'node:path'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { madeRecord } from './made-record.ts'
import { INSERT, PLAIN } from './raw-peers.ts'
import { type Contestant, perCall, race, table } from './rounds.ts'

const TAIL = 50
const TAILS = 20
const LOADED = 5000

/** Reads the end and the beginning of a session of `entries`, beside raw rows, and gives Markdown tables. */
export async function measureReads(folder: string, rounds: number, entries: number): Promise<string> {
  const store = await openSqliteStore({ path: join(folder, 'read.db') })
  const raw = new Database(join(folder, 'raw.db'))
  try {
    raw.pragma('journal_mode = wal')
    raw.exec(PLAIN)
    await fill(store, raw, entries)
    const tails = await race(
      [
        rawTail(raw, 'raw rows', entries),
        rawTail(raw, 'the same again (A/A)', entries),
        {
          name: 'Faircopy, page backward',
          async round() {
            const began = performance.now()
            for (let i = 0; i < TAILS; i++) await store.page('long', { direction: 'backward', limit: TAIL })
            return perCall(began, TAILS)
          },
        },
      ],
      rounds,
    )
    const loads = await race(
      [rawLoad(raw, 'raw rows'), rawLoad(raw, 'the same again (A/A)'), stream(store), pages(store)],
      rounds,
    )
    const named = entries.toLocaleString('en')
    return [
      `### The last ${TAIL} of ${named}\n\n${table(tails, 'page')}`,
      `### Load ${LOADED.toLocaleString('en')} entries\n\n${table(loads, 'entry')}`,
    ].join('\n\n')
  } finally {
    await store.close()
    raw.close()
  }
}

async function fill(store: SqliteStore, raw: Database.Database, entries: number): Promise<void> {
  const insert = raw.prepare(INSERT)
  for (let i = 0; i < entries; i += 1000) {
    const some = Array.from({ length: 1000 }, (_, k) => ({ record: madeRecord(i + k) }))
    await store.append('long', some, { create: {} })
    raw.transaction(() => {
      for (const { record } of some) insert.run('message', null, record)
    })()
  }
}

function rawTail(raw: Database.Database, name: string, entries: number): Contestant {
  const rows = raw.prepare('select * from entry where key > ? order by key').raw()
  return {
    name,
    round() {
      const began = performance.now()
      for (let i = 0; i < TAILS; i++) rows.all(entries - TAIL)
      return perCall(began, TAILS)
    },
  }
}

function rawLoad(raw: Database.Database, name: string): Contestant {
  const rows = raw.prepare('select * from entry where key <= ? order by key').raw()
  return {
    name,
    round() {
      const began = performance.now()
      rows.all(LOADED)
      return perCall(began, LOADED)
    },
  }
}

function stream(store: SqliteStore): Contestant {
  return {
    name: 'Faircopy, read as a stream',
    async round() {
      const began = performance.now()
      let units = 0
      for await (const entry of store.read('long', { to: LOADED })) units += entry.record.length
      return units > 0 ? perCall(began, LOADED) : Number.NaN
    },
  }
}

function pages(store: SqliteStore): Contestant {
  return {
    name: 'Faircopy, pages of 1,000',
    async round() {
      const began = performance.now()
      let cursor: string | null = null
      for (let read = 0; read < LOADED; ) {
        const page: { entries: readonly unknown[]; next: string | null } = await store.page('long', {
          limit: 1000,
          ...(cursor === null ? {} : { cursor }),
        })
        cursor = page.next
        read += page.entries.length
      }
      return perCall(began, LOADED)
    },
  }
}
