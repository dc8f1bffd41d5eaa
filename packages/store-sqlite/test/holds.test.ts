import type { Entry } from '@faircopy/store-core'
import type { ImportStep, SessionImport } from '@faircopy/store-core/operator'
import type { SqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, it } from 'vitest'
import { withoutThreads } from './processes.ts'
import { all, said, temporaryStore } from './temporary.ts'
import { compute, turnsDuring } from './turns.ts'

/** Longer than the loop is held for before somebody gives way. */
const TOO_LONG_MS = 7
const ENTRIES = 600

async function* steps(): AsyncGenerator<ImportStep> {
  const bytes = Buffer.from('{"torn')
  for (let line = 1; line <= 40; line++)
    yield { quarantine: { reason: 'torn-tail', line, offset: line, length: bytes.length, bytes } }
}

function importOf(session: string): SessionImport {
  return {
    run: { id: `run of ${session}`, at: 77, about: {} },
    session,
    about: {},
    expectedHead: null,
    steps: steps(),
    note: { key: 'key', verdict: 'imported', reason: null, report: {}, certificate: null },
  }
}

/** Takes everything, and computes for so many ms on each of the first few. */
async function slowly(values: AsyncIterable<unknown>, few: number, ms: number): Promise<void> {
  let taken = 0
  for await (const _ of values) if (taken++ < few) compute(ms)
}

async function filledStore(): Promise<SqliteStore> {
  const store = await temporaryStore()
  const entries = Array.from({ length: ENTRIES }, (_, i) => ({ record: said(`entry ${i}`) }))
  await store.append('long', entries, { create: {} })
  await store.replace('long', { from: 3, entries })
  for (let i = 0; i < 40; i++) await store.create(`s${i}`)
  for (let i = 0; i < 40; i++) await store.import(importOf(`i${i}`))
  return store
}

describe('S20 nothing holds the event loop', { timeout: 60_000 }, () => {
  const streams: Readonly<Record<string, (store: SqliteStore) => AsyncIterable<unknown>>> = {
    read: (one) => one.read('long'),
    'read backward': (one) => one.read('long', { direction: 'backward' }),
    readGeneration: (one) => one.readGeneration('long', 1),
    history: (one) => one.history('long'),
    sessions: (one) => one.sessions(),
    ledger: (one) => one.ledger(),
    quarantined: (one) => one.quarantined('i7'),
    imports: (one) => one.imports(),
  }

  it('S20 every stream gives it a turn whenever who takes the values has held it for long', async () => {
    const store = await filledStore()
    for (const [name, stream] of Object.entries(streams)) {
      // Not at every value is the time looked at; what is computed on each of these would be too long already.
      const turns = await turnsDuring(() => slowly(stream(store), 36, TOO_LONG_MS))
      expect(turns, name).toBeGreaterThanOrEqual(1)
    }
  })

  it('S20 a hundred streams share one measure', async () => {
    const store = await filledStore()
    // Each is given so little that it would never have to give way by itself.
    const turns = await turnsDuring(() =>
      Promise.all(Array.from({ length: 100 }, () => slowly(store.read('long', { to: 5 }), 5, 1))),
    )
    expect(turns).toBeGreaterThanOrEqual(5)
  })

  const calls: Readonly<Record<string, (store: SqliteStore) => Promise<unknown>>> = {
    get: (one) => one.get('long'),
    page: (one) => one.page('long'),
    list: (one) => one.list(),
    generations: (one) => one.generations('long'),
    locate: (one) => one.locate('long', 5),
    resolve: (one) => one.resolve({ platform: 'cli' }),
    routes: (one) => one.routes('long'),
    opened: (one) => one.opened({ origins: [{ platform: 'cli' }] }),
    ledgerNote: (one) => one.ledgerNote('i7', 'key'),
    changes: (one) => one.changes(),
    facts: (one) => one.facts(),
  }

  it('S20 a loop of calls gives it a turn between two of them, whichever they are', async () => {
    const store = await filledStore()
    for (const [name, call] of Object.entries(calls)) {
      const turns = await turnsDuring(async () => {
        for (let i = 0; i < 5; i++) {
          await call(store)
          compute(TOO_LONG_MS)
        }
      })
      expect(turns, name).toBeGreaterThanOrEqual(3)
    }
  })

  it('S20 a page that is too long for one step gives it turns, and is what it was when it was asked for', async () => {
    const record = said('\u00e9'.repeat(1 << 20))
    const bulky = await temporaryStore()
    await bulky.append(
      's',
      Array.from({ length: 24 }, () => ({ record })),
      { create: {} },
    )
    let more: Promise<unknown> = Promise.resolve()
    let page: { readonly entries: readonly Entry[]; readonly revision: number } | undefined
    const turns = await turnsDuring(async () => {
      const reading = bulky.page('s', { limit: 1000 })
      more = bulky.append('s', { record: said('more') })
      page = await reading
    })
    await more
    expect(page?.entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1))
    expect(page?.entries.every((entry) => entry.record === record)).toBe(true)
    expect(turns).toBeGreaterThanOrEqual(2)
  })

  it('S13 a long page never mixes what was said before and after a rewrite', async () => {
    const bulky = await temporaryStore()
    const text = (word: string) => ({ record: said(word.repeat(1 << 19)) })
    await bulky.append(
      's',
      Array.from({ length: 24 }, () => text('a')),
      { create: {} },
    )
    for (const direction of ['forward', 'backward'] as const) {
      for (const word of ['b', 'c']) {
        const reading = bulky.page('s', { limit: 1000, direction })
        const [{ entries }] = await Promise.all([
          reading,
          bulky.replace('s', { from: 1, entries: Array.from({ length: 24 }, () => text(word)) }),
        ])
        expect(new Set(entries.map(({ record }) => record)).size).toBe(1)
        expect(entries.length).toBe(24)
      }
    }
  })
})

describe('S20 what is much', { timeout: 120_000 }, () => {
  it('S20 of many sessions a step looks at few', async () => {
    const store = await temporaryStore()
    await store.create('parent')
    const child = { parent: { id: 'parent', why: 'subagent' } } as const
    for (const from of [0, 1000, 2000])
      await Promise.all(Array.from({ length: 1000 }, (_, i) => store.create(`s${from + i}`, child)))
    await store.append(
      'history',
      Array.from({ length: 300 }, (_, i) => ({ record: said(`secret ${i}`) })),
      { create: {} },
    )
    await store.replace('history', { from: 1, entries: [] })
    await store.close()
    const least = {
      list: 500,
      'list recent': 1000,
      'list of none': 2,
      'list of none, recent': 1500,
      'list of children, recent': 3,
      facts: 6,
      prune: 3,
      redact: 100,
    }
    const turns = JSON.parse(withoutThreads('turns.ts', store.path, ...Object.keys(least)))
    for (const [name, count] of Object.entries(least)) expect(turns[name], name).toBeGreaterThanOrEqual(count)
  })

  it('S20 a long text is made ready for search, and is held against the index, in steps', async () => {
    const store = await temporaryStore()
    await store.append('s', { record: said('a text, and so on. '.repeat(1 << 18)) }, { create: {} })
    expect(await turnsDuring(() => store.search('xyzzy', { budget: 60_000 }))).toBeGreaterThanOrEqual(20)
    await store.close()
    expect(JSON.parse(withoutThreads('turns.ts', store.path, 'verify')).verify).toBeGreaterThanOrEqual(150)
  })
})

/** What is read is the same, however it is cut into steps. */
describe('S14 what is read in steps', { timeout: 60_000 }, () => {
  it('S14 is every entry once, over any list of ranges and any length of record', async () => {
    const store = await temporaryStore()
    let next = 1
    const bulk = (count: number) =>
      Array.from({ length: count }, () => {
        const at = next++
        return { record: said(`${at} ${'x'.repeat(at % 7 === 0 ? 900_000 : at % 50)}`) }
      })
    await store.append('s', bulk(60), { create: {} })
    await store.replace('s', { from: 50, entries: bulk(10) })
    await store.fork('s', { id: 'f', through: 40 })
    await store.append('f', bulk(30))
    await store.replace('f', { from: 60, entries: bulk(25) })
    const pages = async (limit: number, direction: 'forward' | 'backward') => {
      const entries: Entry[] = []
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page: { entries: readonly Entry[]; next: string | null } = await store.page('f', {
          limit,
          direction,
          ...(cursor !== undefined && { cursor }),
        })
        entries.push(...page.entries)
        cursor = page.next
      }
      return entries
    }
    const streamed = await all(store.read('f'))
    expect(streamed.map(({ seq }) => seq)).toEqual(streamed.map((_, i) => i + 1))
    expect(streamed.length).toBe(84)
    const backward = streamed.toReversed()
    expect(await all(store.read('f', { direction: 'backward' }))).toEqual(backward)
    for (const limit of [1, 10, 23, 24, 1000]) {
      expect(await pages(limit, 'forward')).toEqual(streamed)
      expect(await pages(limit, 'backward')).toEqual(backward)
    }
    const [generation] = await store.generations('f')
    expect(generation?.entryCount).toBe(70)
    expect(await all(store.readGeneration('f', 1))).toHaveLength(70)
  })
})
