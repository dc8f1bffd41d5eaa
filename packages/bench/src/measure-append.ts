import { join } from 'node:path'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import { madeRecord } from './made-record.ts'
import { inserting, lineAppend, nodeSqliteInsert, rawInsert } from './raw-peers.ts'
import { type Contestant, perCall, race, table } from './rounds.ts'

const CALLS = 60
const CALLERS = 16

function oneByOne(store: SqliteStore, name: string, keyed: boolean): Contestant {
  let number = 0
  return {
    name,
    async round() {
      const began = performance.now()
      for (let i = 0; i < CALLS; i++) {
        const key = keyed ? { idempotencyKey: `${name} ${number++}` } : {}
        await store.append(name, { record: madeRecord(i), ...key }, { create: {} })
      }
      return perCall(began, CALLS)
    },
  }
}

function together(store: SqliteStore): Contestant {
  return {
    name: `Faircopy, ${CALLERS} callers at once`,
    async round() {
      const began = performance.now()
      await Promise.all(
        Array.from({ length: CALLERS }, async (_, caller) => {
          for (let i = 0; i < CALLS; i++)
            await store.append(`caller ${caller}`, { record: madeRecord(i) }, { create: {} })
        }),
      )
      return perCall(began, CALLS * CALLERS)
    },
  }
}

/** Appends one entry a call, beside raw drivers and files, and gives a Markdown table. */
export async function measureAppend(folder: string, rounds: number): Promise<string> {
  const store = await openSqliteStore({ path: join(folder, 'append.db') })
  try {
    const results = await race(
      [
        inserting(folder, 'better-sqlite3, raw insert, FULL', rawInsert, CALLS),
        inserting(folder, 'the same again (A/A)', rawInsert, CALLS),
        inserting(folder, 'node:sqlite, raw insert, FULL', nodeSqliteInsert, CALLS),
        oneByOne(store, 'Faircopy, append', false),
        oneByOne(store, 'Faircopy, append with a key', true),
        together(store),
        inserting(folder, 'JSONL, write and fdatasync', (path) => lineAppend(path, true), CALLS),
        inserting(folder, 'JSONL, write without sync', (path) => lineAppend(path, false), CALLS),
      ],
      rounds,
    )
    return table(results, 'entry')
  } finally {
    await store.close()
  }
}
