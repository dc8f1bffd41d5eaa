import type { ImportStep } from '@faircopy/store-core/operator'
import type { SqliteStore } from '@faircopy/store-sqlite'
import { madeRecord, smallRecord } from './made-record.ts'

/** The ids of a filled store, and how many there are of each. */
export interface Filled {
  /** Has half of all entries. */
  readonly long: 'long'
  /** Says `long` but for its end, which it replaced: most of it twice. */
  readonly fork: 'fork'
  /** Says the other half, in sessions `s0`, `s1` and so on. */
  readonly sessions: number
  readonly each: number
  /** Was imported; has `imported` entries and as many lines in quarantine as `quarantined`. */
  readonly imported: number
  readonly quarantined: number
}

const AT_ONCE = 1000
const EACH = 20
const RUNS = 1000

/**
 * Fills a store with so many entries: half of them in one session, half in sessions of 20, each of a chat of its own;
 * with forks, undone turns, deleted sessions, imports, and lines in quarantine.
 */
export async function fillMany(store: SqliteStore, entries: number): Promise<Filled> {
  const half = Math.floor(entries / 2)
  for (let i = 0; i < half; i += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, k) => ({ record: smallRecord(i + k) }))
    await store.append('long', some, { create: {} })
  }
  const sessions = Math.floor(half / EACH)
  for (let i = 0; i < sessions; i += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, sessions - i) }, (_, k) => i + k)
    await Promise.all(some.map((number) => fillSession(store, number)))
    await Promise.all(some.map((number) => change(store, number)))
  }
  await store.fork('long', { id: 'fork', through: half - 1 })
  for (let i = 0; i < 200; i++) await store.fork(`s${i}`, { id: `f${i}`, through: 1 })
  const [imported, quarantined] = [Math.floor(half / 10), Math.floor(half / 100)]
  await store.import(importOf('imported', 'first', steps(imported, quarantined)))
  for (let i = 0; i < RUNS; i++) await store.import(importOf(`i${i}`, `run ${i}`, steps(5, 1)))
  return { long: 'long', fork: 'fork', sessions, each: EACH, imported, quarantined }
}

async function fillSession(store: SqliteStore, number: number): Promise<void> {
  const entries = Array.from({ length: EACH }, (_, k) => ({ record: smallRecord(number * EACH + k) }))
  await store.append(`s${number}`, entries, {
    create: {
      title: `Session ${number}`,
      origin: { platform: 'telegram', account: 'bot', chat: `c${number}`, chatType: 'dm' },
      meta: { model: 'one', tokens: number },
      ...(number > 0 && number % 50 === 0 && { parent: { id: 's0', why: 'compaction' as const } }),
    },
  })
}

/** Of each hundred sessions ten have undone a turn; of each hundred behind the first 500 one is deleted. */
async function change(store: SqliteStore, number: number): Promise<void> {
  if (number % 10 === 3) await store.replace(`s${number}`, { from: EACH - 1, entries: [] })
  if (number % 100 === 7 && number > 500) await store.delete(`s${number}`)
}

/** An import of one session, new or as it stands. */
export function importOf(
  session: string,
  id: string,
  given: AsyncIterable<ImportStep>,
): Parameters<SqliteStore['import']>[0] {
  return {
    run: { id, at: 77, about: { source: 'bench' } },
    session,
    about: {},
    expectedHead: null,
    steps: given,
    note: { key: `key of ${id}`, verdict: 'imported', reason: null, report: { lines: 5 }, certificate: null },
  }
}

/** Steps of an import: so many entries, and lines that are none. */
export async function* steps(entries: number, quarantined: number): AsyncGenerator<ImportStep> {
  for (let line = 1; line <= entries; line++) {
    yield { live: { record: madeRecord(line), provenance: { importId: 'bench', witness: 'file', line } } }
  }
  for (let line = 1; line <= quarantined; line++) {
    const bytes = Buffer.from(smallRecord(line).slice(0, -3))
    yield { quarantine: { reason: 'invalid-json', line, offset: line * 100, length: bytes.length, bytes } }
  }
}
