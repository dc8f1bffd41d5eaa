import type { SearchHit, StoreWith, TranscriptSearch } from '@faircopy/store-core'
import { matches, relevance } from '@faircopy/store-core/backend'
import { holds, same } from './assert.ts'
import { type Life, sameBeside } from './beside.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, contentOf, numbered, said } from './samples.ts'

const TEXTS: readonly string[] = [
  'The caf\u00e9 opens at nine',
  '\u6700\u65b0iPhone\u7528\u30b1\u30fc\u30b9\u3092\u8cb7\u3063\u305f',
  '\u6771\u4eac\u90fd\u5e81\u306e\u5c55\u671b\u53f0',
  '\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u0e0a\u0e32\u0e27\u0e42\u0e25\u0e01',
  '\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645',
  'ship it \u{1f680} now',
  'call foo::bar_baz() in main.rs',
  'fullwidth \uff21\uff22\uff23 text',
  '100% of "quoted" AND NOT near*',
]

const QUERIES: readonly string[] = [
  'cafe',
  'CAF\u00c9',
  '\u7528',
  'iphone',
  '\u6771\u4eac',
  '\u6771\u4eac\u90fd\u5e81',
  '\u0e0a\u0e32\u0e27',
  '\u0645\u0631\u062d\u0628\u0627',
  '\u{1f680}',
  'foo::bar',
  'bar_baz',
  'abc',
  'opens nine',
  '"opens at"',
  'nowhere',
]

const ODD: readonly string[] = [
  '',
  ' ',
  '"',
  '""',
  '*',
  'AND',
  'NOT (',
  "'; --",
  '\u0000',
  '\ud83c',
  'a'.repeat(5000),
  '%_\\',
  'near(a,',
]

async function found(store: TranscriptSearch, query: string): Promise<string[]> {
  const { hits, complete, behind } = await store.search(query, { limit: 100, budget: 10_000 })
  same([complete, behind], [true, 0], `the answer to ${JSON.stringify(query)} is complete`)
  return hits.map(({ entry }) => contentOf(entry))
}

/** Each hit, as far as a caller can tell it from another. */
function shown({ session, entry }: SearchHit): unknown {
  return [session, entry]
}

const searchLife: Life<StoreWith<'append' | 'fork' | 'search'>> = async function* (store, at, namespace) {
  const found = async (session?: string): Promise<unknown> => {
    const { hits } = await store.search('needle', { namespace, ...(session !== undefined && { session }) })
    return hits.map(shown)
  }
  for (const id of ['s', 't']) {
    await store.append(at(id), [said(`a needle of ${namespace}`), said('hay')], { create: {} })
    yield [await found(), await found('s'), await found('t'), await found('none')]
  }
  await store.fork(at('s'), { id: 'f', through: 1 })
  yield [await found(), await found('f')]
  if (namespace !== 'default') return
  const { hits } = await store.search('needle', { session: 's' })
  yield hits.map(shown)
}

/** S17: search finds what was acknowledged before it was asked. */
export const searching: readonly ConformanceCase[] = [
  conformanceCase(
    'search finds what the predicate matches, in any script',
    ['append', 'search'],
    async ({ store }) => {
      await store.append(
        's',
        TEXTS.map((content) => said(content)),
        { create: {} },
      )
      for (const query of QUERIES) {
        const expected = TEXTS.filter((content) => matches(query, content)).toReversed()
        same(await found(store, query), expected, `hits of ${query}`)
        holds(query === 'nowhere' || expected.length > 0, `the sample of ${query}`)
      }
    },
  ),
  conformanceCase('any query text is legal', ['append', 'search'], async ({ store }) => {
    await store.append(
      's',
      TEXTS.map((content) => said(content)),
      { create: {} },
    )
    for (const query of ODD) {
      const expected = TEXTS.filter((content) => matches(query, content)).toReversed()
      same(await found(store, query), expected, `hits of ${JSON.stringify(query.slice(0, 20))}`)
    }
  }),
  conformanceCase(
    'what was acknowledged is found at once, and what is undone no more',
    ['append', 'search', 'replace'],
    async ({ store }) => {
      await store.append('s', said('needle one'), { create: {} })
      same(await found(store, 'needle'), ['needle one'], 'after the first')
      await store.append('s', said('needle two'))
      await store.append('t', said('needle three'), { create: {} })
      same(await found(store, 'needle'), ['needle three', 'needle two', 'needle one'], 'newest first')
      const { hits } = await store.search('needle', { session: 's', limit: 1 })
      same(
        hits.map(({ session, entry }) => [session.id, entry.seq]),
        [['s', 2]],
        'within a session',
      )
      await store.replace('s', { from: 2, entries: [] })
      same(await found(store, 'needle'), ['needle three', 'needle one'], 'after an undo')
    },
  ),
  conformanceCase(
    'what is deleted or redacted is found no more',
    ['append', 'search', 'remove'],
    async ({ store }) => {
      await store.append('s', [said('password hunter2'), said('fine')], { create: {} })
      await store.append('t', said('hunter2 again'), { create: {} })
      await store.redact('s', 1, 'hunter2')
      same(await found(store, 'hunter2'), ['hunter2 again'], 'after the redaction')
      await store.delete('t')
      same(await found(store, 'hunter2'), [], 'after the deletion')
      await store.undelete('t')
      same(await found(store, 'hunter2'), ['hunter2 again'], 'after bringing it back')
    },
  ),
  conformanceCase(
    'a search of one namespace finds what is said there, and nothing else',
    ['append', 'fork', 'search'],
    (trial) => sameBeside(trial, searchLife),
  ),
  conformanceCase(
    'a hit is the entry at its place, in each session that says it',
    ['read', 'append', 'create', 'update', 'replace', 'fork', 'search'],
    async ({ store }) => {
      await store.append('s', [said('one'), said('two'), said('needle', { at: 7, idempotencyKey: 'k' })], {
        create: {},
        writer: 'me',
      })
      await store.replace('s', { from: 1, entries: [said('needle', { idempotencyKey: 'k' }), said('end')] })
      await store.fork('s', { id: 'f' })
      await store.update('s', { endedAt: 5 })
      await store.append('f', said('a needle of the fork'))
      const { hits } = await store.search('needle')
      const expected: unknown[] = []
      for (const id of ['f', 's']) {
        for (const entry of await all(store.read(id)))
          if (contentOf(entry).includes('needle')) expected.push([{ namespace: 'default', id }, entry])
      }
      const told = hits.map((hit) => JSON.stringify(shown(hit))).sort()
      same(hits.length, 3, 'how many hits there are')
      same(contentOf(hits[0]?.entry ?? { record: '{}' }), 'a needle of the fork', 'the newest')
      same(told, expected.map((hit) => JSON.stringify(hit)).sort(), 'the hits')
    },
  ),
  conformanceCase(
    'a search gives as many hits as it is asked for, the newest or the best',
    ['append', 'search'],
    async ({ store }) => {
      const words = numbered(30).map((n) => said(`needle ${n}`))
      await store.append('s', words, { create: {} })
      for (const limit of [1, 29, 30, 31]) {
        const { hits } = await store.search('needle', { limit })
        same(
          hits.map(({ entry }) => entry.seq),
          Array.from({ length: Math.min(limit, 30) }, (_, i) => 30 - i),
          `${limit} hits`,
        )
      }
      const { hits } = await store.search('needle')
      same(hits.length, 20, 'where no limit is given')
      const texts = ['gold', 'gold gold gold', `gold ${'dust '.repeat(40)}`, 'gold and gold']
      await store.append(
        'g',
        texts.map((text) => said(text)),
        { create: {} },
      )
      const best = await store.search('gold', { order: 'best' })
      const expected = texts.toSorted((a, b) => relevance('gold', b) - relevance('gold', a))
      same(
        best.hits.map(({ entry }) => contentOf(entry)),
        expected,
        'the best first',
      )
    },
  ),
  conformanceCase(
    'what a message says, and what its tools are called with, is found; its ids and roles are not',
    ['append', 'search'],
    async ({ store }) => {
      const call = { id: 'c1', function: { name: 'lookup', arguments: '{"town":"Oslo"}' } }
      await store.append(
        's',
        [
          { kind: 'session_meta', record: { content: 'metadata' } },
          { record: { role: 'assistant', content: null, tool_calls: [call] } },
          {
            kind: 'own.kind',
            record: { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'rain' }] },
          },
        ],
        { create: {} },
      )
      const places = async (word: string): Promise<number[]> =>
        (await store.search(word)).hits.map(({ entry }) => entry.seq)
      for (const [word, expected] of [
        ['lookup', [2]],
        ['town', [2]],
        ['oslo', [2]],
        ['rain', [3]],
        ['metadata', []],
        ['assistant', []],
        ['c1', []],
      ] as const) {
        same(await places(word), expected, word)
      }
    },
  ),
]
