import type { TranscriptReader } from '@faircopy/store-core'
import { chainHead, EMPTY_HEAD, entryHash } from '@faircopy/store-core/operator'
import { same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, delivered, said } from './samples.ts'

async function checkSummary(store: TranscriptReader, session: string, when: string): Promise<void> {
  const entries = await all(store.read(session))
  const head = entries.reduce(
    (before, { kind, at, record }) => chainHead(before, entryHash(kind, at, record)),
    EMPTY_HEAD,
  )
  const found = await store.get(session)
  same([found?.entryCount, found?.head], [entries.length, head], `the summary ${when}`)
  same(
    entries.map(({ seq }) => seq),
    entries.map((_, i) => i + 1),
    `places ${when}`,
  )
  const listed = (await all(store.sessions())).find(({ id }) => id === session)
  same(listed, found, `the listing ${when}`)
}

/** S18: what is derived says what the entries say. */
export const derived: readonly ConformanceCase[] = [
  conformanceCase(
    'count and head are those of the entries, after every write',
    ['read', 'append', 'replace'],
    async ({ store }) => {
      await store.append('s', [said('one', { at: 5 }), delivered('sent', 'd')], { create: {} })
      await checkSummary(store, 's', 'after an append')
      await store.append('s', said('two', { kind: 'note' }))
      await checkSummary(store, 's', 'after another')
      const receipt = await store.replace('s', { from: 1, entries: [said('three')] })
      await checkSummary(store, 's', 'after a replacement')
      const found = await store.get('s')
      same([receipt.head, receipt.entryCount], [found?.head, found?.entryCount], 'the receipt')
      await store.append('s', said('four'))
      await checkSummary(store, 's', 'after going on')
    },
  ),
  conformanceCase(
    'two sessions have the same head exactly when they say the same',
    ['read', 'append'],
    async ({ store }) => {
      const a = await store.append('a', [said('one'), said('two', { at: 1 })], { create: {} })
      const b = await store.append('b', said('one', { idempotencyKey: 'k' }), { create: {}, writer: 'other' })
      const c = await store.append('b', said('two', { at: 1 }), { writer: 'other' })
      const d = await store.append('d', [said('one'), said('two', { at: 2 })], { create: {} })
      same(c.head, a.head, 'the same words')
      same(new Set([a.head, b.head, d.head]).size, 3, 'other words')
    },
  ),
]
