import { same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, brought, contentOf, contents, importOf, numbered, said } from './samples.ts'

/** S5: places are dense and decided inside the write. */
export const order: readonly ConformanceCase[] = [
  conformanceCase(
    'places are dense and ids are never reused',
    ['read', 'append', 'replace'],
    async ({ store }) => {
      await store.append('s', [said('one'), said('two')], { create: {} })
      await store.replace('s', { from: 2, entries: [said('three')] })
      const { entries } = await store.append('s', said('four'))
      same(entries, [{ id: 4, seq: 3, already: false, differs: false }], 'the receipt')
      const read = await all(store.read('s'))
      same(
        read.map(({ id, seq }) => [id, seq]),
        [
          [1, 1],
          [3, 2],
          [4, 3],
        ],
        'ids and places',
      )
    },
  ),
  conformanceCase(
    'order is that of the writes, whatever `at` says',
    ['read', 'append'],
    async ({ store }) => {
      await store.append('s', [said('one', { at: 300 }), said('two', { at: 100 })], { create: {} })
      await store.append('s', [said('three', { at: 200 }), said('four', { at: null })])
      same(await contents(store, 's'), ['one', 'two', 'three', 'four'], 'the session')
      same(
        (await all(store.read('s'))).map(({ at }) => at),
        [300, 100, 200, null],
        'times are kept as data',
      )
    },
  ),
  conformanceCase(
    'what is appended is the last entry, also where the newest one before it is not',
    ['read', 'append', 'import'],
    async ({ store }) => {
      const { head } = await store.append('s', [said('two'), said('three')], { create: {} })
      const steps = [brought('one', 1), { keep: { from: 1, to: 2 } }]
      await store.import(importOf('s', steps, { expectedHead: head }))
      const receipts = [await store.append('s', said('four')), await store.append('s', said('five'))]
      same(await contents(store, 's'), ['one', 'two', 'three', 'four', 'five'], 'the session')
      same(
        receipts.flatMap(({ entries }) => entries.map(({ id, seq }) => [id, seq])),
        [
          [4, 4],
          [5, 5],
        ],
        'the receipts',
      )
    },
  ),
  conformanceCase(
    'concurrent calls leave no gap and no duplicate, and keep each caller’s order',
    ['read', 'append'],
    async ({ store, open }) => {
      await store.append('s', said('0'), { create: {} })
      const handles = [store, await open(), await open()]
      const written = await Promise.all(
        handles.flatMap((handle, h) =>
          numbered(20, `${h}-`).map(async (content) => {
            const { entries } = await handle.append('s', said(content))
            return { content, seq: entries[0]?.seq }
          }),
        ),
      )
      const read = await all(store.read('s'))
      same(
        read.map(({ seq }) => seq),
        Array.from({ length: 61 }, (_, i) => i + 1),
        'places',
      )
      for (const [h] of handles.entries()) {
        const own = read.map(contentOf).filter((content) => content.startsWith(`${h}-`))
        same(own, numbered(20, `${h}-`), `the order of caller ${h}`)
      }
      for (const { content, seq } of written) {
        same(
          contentOf(read[(seq ?? 0) - 1] ?? { record: '{}' }),
          content,
          'what stands where the receipt says',
        )
      }
    },
  ),
  conformanceCase(
    'several processes that append at once leave no gap and no duplicate',
    ['read', 'append', 'processes'],
    async ({ store, startProcess }) => {
      await store.append('s', said('0'), { create: {} })
      const processes = await Promise.all([startProcess(), startProcess()])
      await Promise.all(
        [store, ...processes].map(async (writer, p) => {
          for (const content of numbered(25, `${p}-`)) {
            await writer.append('s', said(content, { idempotencyKey: content }))
          }
        }),
      )
      const read = await all(store.read('s'))
      same(
        read.map(({ seq }) => seq),
        Array.from({ length: 76 }, (_, i) => i + 1),
        'places',
      )
      for (const p of [0, 1, 2]) {
        const own = read.map(contentOf).filter((content) => content.startsWith(`${p}-`))
        same(own, numbered(25, `${p}-`), `the order of process ${p}`)
      }
    },
  ),
]
