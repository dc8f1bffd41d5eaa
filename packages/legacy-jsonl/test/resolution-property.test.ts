import {
  type LegacySession,
  planImport,
  planResolution,
  runImport,
  runResolution,
  undoResolution,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { said, type Told, type ToldSession, toldSource } from './told-source.ts'

const WORDS = [
  'ok',
  'a text that is long enough to be known again',
  'another one that is quite as long',
  'hm',
]
const META: Told[] = [
  { text: '{"role":"session_meta"}' },
  { text: '{"role":"session_meta","model":"m"}' },
  { text: '{"role":"session_meta","model":"n"}' },
]

const told = fc
  .oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        word: fc.constantFrom(...WORDS),
        at: fc.option(fc.integer({ min: 1, max: 9 })),
      }),
    },
    { weight: 1, arbitrary: fc.record({ meta: fc.constantFrom(...META) }) },
  )
  .map(
    (one): Told =>
      'meta' in one
        ? one.meta
        : { ...said('user', one.word), ...(one.at === null ? {} : { at: one.at * 1e12 }) },
  )

const telling = fc.array(told, { maxLength: 6 })

const situation = fc.record({
  /** What the store says before anything is imported. */
  first: fc.option(telling, { nil: [] }),
  database: fc.option(telling, { nil: undefined }),
  file: telling,
  /** What a gateway writes after the import. */
  live: fc.array(fc.constantFrom(...WORDS), { maxLength: 2 }),
  grown: fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 3 }),
})
type Situation = typeof situation extends fc.Arbitrary<infer S> ? S : never

function sessionOf({ database, file }: Situation): ToldSession {
  return { id: 's', file, ...(database ? { database } : {}) }
}

async function imported(given: Situation): Promise<MemoryStore> {
  const store = createMemoryStore()
  const messages = given.first.filter(({ text }) => !text.includes('session_meta'))
  if (messages.length > 0)
    await store.append(
      's',
      messages.map(({ text }) => ({ record: text })),
      { create: {} },
    )
  await runImport(await planImport(toldSource([sessionOf(given)]), store))
  for (const word of given.live)
    if (await store.get('s')) await store.append('s', { record: said('user', word).text })
  return store
}

async function legacy(session: ToldSession): Promise<LegacySession> {
  for await (const one of toldSource([session]).sessions()) return one
  throw new Error('no session')
}

const isMeta = (text: string): boolean => text.includes('session_meta')

function isWithin(inner: readonly string[], outer: readonly string[]): boolean {
  let at = 0
  for (const text of outer) if (text === inner[at]) at++
  return at === inner.length
}

test('every offered choice keeps every entry of both sides, and its undo restores the head', async () => {
  let decided = 0
  await fc.assert(
    fc.asyncProperty(situation, async (given) => {
      const probe = await imported(given)
      const [note] = await Array.fromAsync(probe.ledger({ session: 's' }))
      if (note?.verdict !== 'ambiguous') return
      const session = sessionOf(given)
      const { offers, toldBy } = await planResolution(await legacy(session), probe)
      for (const { choice, obstacle } of offers) {
        if (obstacle !== null) continue
        decided++
        const store = await imported(given)
        const before = await Array.fromAsync(store.read('s'))
        const pastBefore = await Array.fromAsync(store.history('s'))
        const head = (await store.get('s'))?.head
        const plan = await planResolution(await legacy(session), store)
        const { report, branch } = await runResolution(plan, choice)

        const live = await Array.fromAsync(store.read('s'))
        const past = await Array.fromAsync(store.history('s'))
        const texts = live.map(({ record }) => record)
        const ids = new Set([...live, ...past].map(({ id }) => id))
        expect(before.every(({ id }) => ids.has(id))).toBe(true)
        expect(pastBefore.every(({ id }) => ids.has(id))).toBe(true)
        const gateway = before.filter(({ writer }) => writer === 'gateway').map(({ id }) => id)
        const liveIds = live.map(({ id }) => id)
        expect(gateway.every((id) => liveIds.includes(id))).toBe(true)
        if (choice !== 'adopt-legacy') {
          const superseded = new Map(
            live.flatMap(({ id, provenance }) =>
              provenance?.supersedes === undefined ? [] : [[id, provenance.supersedes] as const],
            ),
          )
          const standing = live.map(({ id }) => String(superseded.get(id) ?? id))
          const kept = before.filter(({ record }) => !isMeta(record)).map(({ id }) => String(id))
          expect(isWithin(kept, standing)).toBe(true)
        }
        const lines = given.file.map(({ text }) => text).filter((text) => !isMeta(text))
        if (choice === 'branch') {
          const own = (await Array.fromAsync(store.read(branch ?? ''))).map(({ record }) => record)
          expect(isWithin(lines, own)).toBe(true)
        } else if (choice !== 'keep-canonical') {
          expect(isWithin(lines, texts)).toBe(true)
          for (const witness of toldBy) {
            const all = (witness === 'file' ? given.file : (given.database ?? [])).map(({ text }) => text)
            for (const text of all.filter((each) => !isMeta(each)))
              expect([...texts, ...past.map(({ record }) => record)]).toContain(text)
            for (const text of all.filter((each) => each.includes('"model"'))) expect(texts).toContain(text)
          }
        } else {
          expect(texts).toEqual(before.map(({ record }) => record))
        }
        const { total, ...parts } = report.lines
        expect(Object.values(parts).reduce((sum, count) => sum + count)).toBe(total)
        expect(Object.values(parts).every((count) => count >= 0)).toBe(true)

        const again = await runImport(await planImport(toldSource([session]), store))
        expect(again.importId).toBeNull()
        expect(again.sessions[0]?.verdict).not.toBe('ambiguous')

        await undoResolution({ namespace: 'default', id: 's' }, store)
        expect((await store.get('s'))?.head).toBe(head)
        expect(await Array.fromAsync(store.read('s'))).toEqual(before)
        expect(await Array.fromAsync(store.history('s'))).toEqual(pastBefore)
        if (branch) expect(await store.get(branch)).toBeNull()

        await runResolution(await planResolution(await legacy(session), store), choice)
        const then = (await Array.fromAsync(store.read('s'))).map(({ record }) => record)
        const grown = { ...session, file: [...given.file, ...given.grown.map((word) => said('user', word))] }
        const more = await runImport(await planImport(toldSource([grown]), store))
        expect(more.sessions[0]).toMatchObject({ entries: { added: given.grown.length } })
        expect((await Array.fromAsync(store.read('s'))).map(({ record }) => record)).toEqual([
          ...then,
          ...given.grown.map((word) => said('user', word).text),
        ])
      }
    }),
    { numRuns: 120 },
  )
  expect(decided).toBeGreaterThan(60)
})
