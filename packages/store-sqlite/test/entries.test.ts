import type { Entry, Provenance } from '@faircopy/store-core'
import type { ImportStep } from '@faircopy/store-core/operator'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { all, said, temporaryPath, temporaryStore } from './temporary.ts'

const name = fc.constantFrom('message', 'delivery', 'gateway', 'agent', 'a "quoted"\n\\ name', '\u2028😀é')
const at = fc.constantFrom(null, 0, -1, 1_700_000_000_000, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER)
const provenance: fc.Arbitrary<Provenance> = fc.record(
  {
    importId: fc.constant('run'),
    witness: fc.constantFrom('file', 'both'),
    rowTime: fc.constantFrom('1.7e9', '1700000000.123456789'),
    added: fc.array(name, { maxLength: 2 }),
  },
  { requiredKeys: ['importId', 'witness'] },
)
const entry = fc.record({ kind: name, at, isKeyed: fc.boolean() })
/** Entries of one writer, or brought by an import where they have a provenance. */
const part = fc.oneof(
  fc.record({ writer: name, entries: fc.array(entry, { minLength: 1, maxLength: 12 }) }),
  fc.record({
    steps: fc.array(fc.tuple(entry, provenance), { minLength: 1, maxLength: 12 }),
  }),
)

function entryOf(
  { kind, at: time, isKeyed }: { kind: string; at: number | null; isKeyed: boolean },
  i: number,
) {
  return {
    kind,
    at: time,
    record: said(`${i} secret`),
    ...(isKeyed ? { idempotencyKey: `k ${i} "'\u2029` } : {}),
  }
}

async function pages(store: SqliteStore, direction: 'forward' | 'backward', limit: number): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await store.page('s', { direction, limit, ...(cursor ? { cursor } : {}) })
    entries.push(...page.entries)
    cursor = page.next
  }
  return entries
}

describe('entries', { timeout: 300_000 }, () => {
  it('are read alike one by one and many at a time, whoever wrote them and however', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 3, maxLength: 6 }),
        fc.array(fc.nat(60), { maxLength: 3 }),
        async (parts, redacted) => {
          const store = await openSqliteStore({ path: temporaryPath(), now: () => 1 })
          await store.create('s')
          let count = 0
          for (const [i, written] of parts.entries()) {
            if ('entries' in written) {
              const entries = written.entries.map((given) => entryOf(given, count++))
              await store.append('s', entries, { writer: written.writer })
              continue
            }
            const session = await store.get('s')
            await store.import({
              run: { id: 'run', at: 1, about: {} },
              session: 's',
              about: {},
              expectedHead: session?.head ?? null,
              steps: (async function* (): AsyncGenerator<ImportStep> {
                if (session?.entryCount) yield { keep: { from: 1, to: session.entryCount } }
                for (const [given, from] of written.steps)
                  yield { live: { ...entryOf({ ...given, isKeyed: false }, count++), provenance: from } }
              })(),
              note: { key: `${i}`, verdict: 'imported', reason: null, report: {}, certificate: null },
            })
          }
          for (const id of redacted) await store.redact('s', (id % count) + 1, 'secret')
          const one = await pages(store, 'forward', 1)
          expect(one).toHaveLength(count)
          expect(await pages(store, 'forward', 1000)).toEqual(one)
          expect(await pages(store, 'backward', 30)).toEqual(one.toReversed())
          expect(await all(store.read('s'))).toEqual(one)
          expect(await all(store.read('s', { direction: 'backward' }))).toEqual(one.toReversed())
          await store.close()
        },
      ),
      { numRuns: process.env['LONG'] === '1' ? 100 : 10 },
    )
  })

  it('keep their ids and hashes beside one that is missing, and one whose hash is none is damaged', async () => {
    const store = await temporaryStore()
    const records = Array.from({ length: 40 }, (_, i) => ({ record: said(`${i + 1}`) }))
    await store.append('s', records, { create: {} })
    const before = await all(store.read('s'))
    await store.replace('s', { from: 1, entries: [] })
    const db = new Database(store.path)
    onTestFinished(() => void db.close())
    db.exec(`UPDATE entry SET hash = x'00' WHERE key % 16777216 = 9`)
    await expect(all(store.history('s'))).rejects.toMatchObject({ code: 'STORE_CORRUPT', entry: 9 })
    db.exec(`DELETE FROM entry WHERE key % 16777216 IN (7, 9)`)
    const history = before.map((said) => ({ ...said, seq: null }))
    expect(await all(store.history('s'))).toEqual(history.filter(({ id }) => id !== 7 && id !== 9))
  })

  it('S15 are damaged where one does not tell where it came from, be they few or many', async () => {
    for (const count of [4, 40]) {
      const store = await temporaryStore()
      const records = Array.from({ length: count }, (_, i) => ({ record: said(`${i + 1}`) }))
      await store.append('s', records, { create: {} })
      const db = new Database(store.path)
      onTestFinished(() => void db.close())
      db.exec(`UPDATE entry SET provenance = '{' WHERE key % 16777216 = 3`)
      await expect(all(store.read('s'))).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    }
  })
})
