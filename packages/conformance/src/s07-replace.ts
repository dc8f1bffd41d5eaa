import type { NewEntry, StoreWith } from '@faircopy/store-core'
import { failsWith, same } from './assert.ts'
import { type Life, sameBeside } from './beside.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import {
  all,
  contentOf,
  contents,
  delivered,
  everythingOf,
  idsOf,
  numbered,
  pastOf,
  said,
} from './samples.ts'

const rewritingLife: Life<StoreWith<'append' | 'fork' | 'history' | 'read' | 'replace'>> = async function* (
  store,
  at,
  namespace,
) {
  const seen = async (id: string): Promise<unknown> => [
    await everythingOf(store, at(id)),
    await pastOf(store, at(id)),
    await store.locate(at(id), 2),
  ]
  const text = (content: string, key?: string) =>
    said(`${content} of ${namespace}`, key === undefined ? {} : { idempotencyKey: key })
  yield await store.append(at('s'), [text('one', 'k1'), text('two', 'k2'), text('three')], { create: {} })
  yield await store.replace(at('s'), { from: 2, entries: [text('four')] }, { operationKey: 'op' })
  yield await seen('s')
  yield await store.replace(at('s'), { from: 2, entries: [text('two', 'k2')] })
  yield await store.replace(at('s'), { from: 2, entries: [text('four')] }, { operationKey: 'op' })
  yield await store.fork(at('s'), { id: 'f', through: 1 }, { operationKey: 'op 2' })
  yield await store.append(at('f'), [text('one', 'k1'), text('five')])
  yield [await seen('s'), await seen('f')]
}

/** S7: what a session says can be replaced, and nothing is lost by it. */
export const replacing: readonly ConformanceCase[] = [
  conformanceCase(
    'what is replaced stays readable as history, and its ids stand',
    ['read', 'append', 'replace', 'history'],
    async ({ store }) => {
      await store.append('s', [said('one'), said('two'), said('three')], { create: {} })
      const receipt = await store.replace('s', { from: 2, entries: [said('four')] }, { writer: 'retry' })
      same(
        [receipt.entries, receipt.entryCount, receipt.carried, receipt.already],
        [[{ id: 4, seq: 2, already: false, differs: false }], 2, [], false],
        'the receipt',
      )
      same(await contents(store, 's'), ['one', 'four'], 'what it says')
      const history = await all(store.history('s'))
      same(
        history.map(({ id, seq, record }) => [id, seq, contentOf({ record })]),
        [
          [2, null, 'two'],
          [3, null, 'three'],
        ],
        'history',
      )
      same([await store.locate('s', 3), await store.locate('s', 4)], [null, 2], 'where entries stand')
      same((await all(store.read('s')))[1]?.writer, 'retry', 'the writer')
      const generations = await store.generations('s')
      same(
        generations.map(({ entryCount }) => entryCount),
        [3, 2],
        'the lists that it had',
      )
      same(generations.at(-1)?.generation, receipt.generation, 'the current one')
    },
  ),
  conformanceCase('an undo is a replacement by nothing', ['read', 'append', 'replace'], async ({ store }) => {
    await store.append('s', [said('one'), said('two')], { create: {} })
    await store.replace('s', { from: 1, entries: [] })
    same(await contents(store, 's'), [], 'what it says')
    await store.append('s', said('three'))
    same(await contents(store, 's'), ['three'], 'what it says after going on')
    await failsWith(
      'INVALID_ARGUMENT',
      store.replace('s', { from: 3, entries: [] }),
      'a place beyond the end',
    )
  }),
  conformanceCase(
    'deliveries in the replaced part are carried over, before the new entries',
    ['read', 'append', 'replace'],
    async ({ store }) => {
      await store.append('s', [said('one'), said('two'), delivered('sent', 'd'), said('three')], {
        create: {},
      })
      const { carried } = await store.replace('s', { from: 2, entries: [said('four')] })
      same(carried, [3], 'the ids carried over')
      same(await contents(store, 's'), ['one', 'sent', 'four'], 'what it says')
      same(idsOf(await all(store.read('s'))), [1, 3, 5], 'the delivery is the same entry')
    },
  ),
  conformanceCase(
    'a delivery that is named is not carried over',
    ['read', 'append', 'replace'],
    async ({ store }) => {
      await store.append('s', [said('one'), delivered('a', 'a'), delivered('b', 'b')], { create: {} })
      const before = await everythingOf(store, 's')
      await failsWith(
        'INVALID_ARGUMENT',
        store.replace('s', { from: 2, entries: [], dropDeliveries: [1] }),
        'an entry that is no delivery of the replaced part',
      )
      same(await everythingOf(store, 's'), before, 'after the refusal')
      await store.replace('s', { from: 2, entries: [], dropDeliveries: [2] })
      same(await contents(store, 's'), ['one', 'b'], 'what it says')
    },
  ),
  conformanceCase(
    'an entry whose key was used before is said again, and not stored again',
    ['read', 'append', 'replace'],
    async ({ store }) => {
      const question = said('question', { idempotencyKey: 'q' })
      await store.append('s', [said('one'), question, said('answer')], { create: {} })
      const { entries } = await store.replace('s', { from: 2, entries: [question, said('better')] })
      same(
        entries,
        [
          { id: 2, seq: 2, already: true, differs: false },
          { id: 4, seq: 3, already: false, differs: false },
        ],
        'the receipt',
      )
      same(idsOf(await all(store.read('s'))), [1, 2, 4], 'ids')
      await store.append('s', delivered('sent', 'd'))
      const kept = await store.replace('s', { from: 3, entries: [said('best'), delivered('sent', 'd')] })
      same(
        [kept.carried, await contents(store, 's')],
        [[], ['one', 'question', 'best', 'sent']],
        'a delivery said again',
      )
    },
  ),
  conformanceCase(
    'a replacement that changes nothing makes no generation',
    ['read', 'append', 'replace'],
    async ({ store }) => {
      await store.append('s', [said('one'), delivered('sent', 'd')], { create: {} })
      const before = await everythingOf(store, 's')
      await store.replace('s', { from: 2, entries: [] })
      same(await everythingOf(store, 's'), before, 'the session')
      const keyed = { from: 1, entries: [said('two', { idempotencyKey: 'k' })] }
      const first = await store.replace('s', keyed, { expectedRevision: 1 })
      const again = await store.replace('s', keyed, { expectedRevision: 1 })
      same(
        [again.revision, again.generation, again.head, again.entries.map(({ already }) => already)],
        [first.revision, first.generation, first.head, [true]],
        'the retry of a conditional one under its keys',
      )
    },
  ),
  conformanceCase(
    'a compaction is an appended entry, and nothing is rewritten for it',
    ['read', 'append'],
    async ({ store }) => {
      await store.append('s', [said('one'), said('two')], { create: {} })
      const { generation } = (await store.get('s')) ?? {}
      await store.append('s', {
        kind: 'compaction',
        record: { role: 'user', content: 'summary', first_kept: 2 },
      })
      same(await contents(store, 's'), ['one', 'two', 'summary'], 'what it says')
      same((await store.get('s'))?.generation, generation, 'the generation')
    },
  ),
  conformanceCase(
    'an earlier generation reads as it stood when the next began',
    ['read', 'append', 'replace', 'history'],
    async ({ store }) => {
      await store.append('s', [said('one'), said('two')], { create: {} })
      await store.append('s', said('three'))
      await store.replace('s', { from: 2, entries: [said('four')] })
      await store.append('s', said('five'))
      const [first, second] = await store.generations('s')
      const before = await all(store.readGeneration('s', first?.generation ?? 0))
      same(
        before.map(({ id, seq, record }) => [id, seq, contentOf({ record })]),
        [
          [1, 1, 'one'],
          [2, 2, 'two'],
          [3, 3, 'three'],
        ],
        'the first generation',
      )
      const now = await all(store.readGeneration('s', second?.generation ?? 0))
      same(now, await all(store.read('s')), 'the present one')
    },
  ),
  conformanceCase(
    'a generation that never was is refused, and one that was pruned is GenerationGone',
    ['append', 'replace', 'history', 'remove', 'clock'],
    async ({ store, clock }) => {
      await store.append('s', said('one'), { create: {} })
      const [first] = await store.generations('s')
      await store.replace('s', { from: 1, entries: [said('two')] })
      const at = first?.generation ?? 0
      same((await all(store.readGeneration('s', at))).length, 1, 'before it is pruned')
      clock.now += 10
      await store.prune({ historyOlderThan: 5, dryRun: false })
      await failsWith('GENERATION_GONE', all(store.readGeneration('s', at)), 'a pruned one')
      for (const never of [at + 9, 0]) {
        await failsWith('INVALID_ARGUMENT', all(store.readGeneration('s', never)), `generation ${never}`)
      }
      await failsWith('NO_SESSION', all(store.readGeneration('t', 1)), 'of a session that is not there')
    },
  ),
  conformanceCase(
    'what is written in one namespace is read, replaced and forked there, and nowhere else',
    ['read', 'append', 'replace', 'fork', 'history', 'clock'],
    (trial) => sameBeside(trial, rewritingLife),
  ),
  conformanceCase(
    'several deliveries are carried over in their order, but for those that are dropped or said again',
    ['read', 'append', 'replace', 'history'],
    async ({ store }) => {
      const sent = ['a', 'b', 'c', 'd'].map((key) => delivered(key, key))
      for (let drops = 0; drops < 16; drops++) {
        const id = `s${drops}`
        const own = sent.map(({ idempotencyKey, ...entry }) => ({
          ...entry,
          idempotencyKey: `${id} ${idempotencyKey}`,
        }))
        const [a = own[0], b = a, c = a, d = a] = own
        await store.append(id, [said('0'), a, said('1'), b, c, said('2'), d] as never, { create: {} })
        const dropDeliveries = [2, 4, 5, 7].filter((_, i) => drops & (1 << i))
        const entries =
          drops % 3 === 0 && !dropDeliveries.includes(7) ? [said('new'), d as NewEntry] : [said('new')]
        const isSaid = entries.length > 1
        const { carried, entryCount } = await store.replace(id, { from: 2, entries, dropDeliveries })
        const expected = [2, 4, 5, 7].filter((one) => !dropDeliveries.includes(one) && !(isSaid && one === 7))
        same(carried, expected, `what is carried over without ${dropDeliveries}`)
        const ids = [1, ...expected, 8, ...(isSaid ? [7] : [])]
        same([idsOf(await all(store.read(id))), entryCount], [ids, ids.length], 'what it says')
        const gone = [2, 3, 4, 5, 6, 7].filter((one) => !ids.includes(one))
        same(idsOf((await all(store.history(id))) as never), gone, 'history')
      }
    },
  ),
  conformanceCase(
    'every generation of several reads as it stood, and tells when and why it was made',
    ['read', 'append', 'replace', 'history', 'clock'],
    async ({ store, clock }) => {
      const began = clock.now
      await store.append(
        's',
        numbered(4).map((n) => said(n, { at: Number(n), idempotencyKey: n })),
        { create: {} },
      )
      const stood: unknown[] = [await all(store.read('s'))]
      const heads: unknown[] = [[began, 'create', 4]]
      for (const [from, keep] of [
        [3, ['2']],
        [1, ['4', '1']],
        [2, []],
      ] as const) {
        clock.now += 10
        await store.replace(
          's',
          { from, entries: keep.map((n) => said(n, { idempotencyKey: n })) },
          { writer: 'x' },
        )
        await store.append('s', said(`after ${from}`))
        const read = await all(store.read('s'))
        stood.push(read)
        heads.push([clock.now, 'replace', read.length])
      }
      const told = await store.generations('s')
      same(
        told.map(({ at, reason, entryCount }) => [at, reason, entryCount]),
        heads,
        'the generations',
      )
      const generationsSaid: unknown[] = []
      for (const { generation } of told)
        generationsSaid.push(await all(store.readGeneration('s', generation)))
      same(generationsSaid, stood, 'what each of them said')
      const live = new Set(idsOf(await all(store.read('s'))))
      const history = await all(store.history('s'))
      same(
        history.map(({ id }) => id),
        Array.from({ length: 7 }, (_, i) => i + 1).filter((id) => !live.has(id)),
        'history, in the order written',
      )
      for (let id = 1; id <= 8; id++) {
        const seq = (await all(store.read('s'))).find((entry) => entry.id === id)?.seq ?? null
        same(await store.locate('s', id), seq, `where ${id} stands`)
      }
    },
  ),
  conformanceCase(
    'what is said again is said once, where the call says it or where it stands',
    ['read', 'append', 'replace'],
    async ({ store }) => {
      const keyed = (key: string) => said(key, { idempotencyKey: key })
      await store.append('other', [delivered('0', 'x'), delivered('1', 'd')], { create: {} })
      await store.append('s', ['a', 'b', 'c'].map(keyed), { create: {} })
      const entries = [keyed('c'), keyed('a'), keyed('new'), keyed('c'), keyed('new'), delivered('1', 'd')]
      const receipt = await store.replace('s', { from: 2, entries })
      same(
        receipt.entries,
        [
          { id: 3, seq: 2, already: true, differs: false },
          { id: 1, seq: 1, already: true, differs: false },
          { id: 4, seq: 3, already: false, differs: false },
          { id: 3, seq: 2, already: true, differs: false },
          { id: 4, seq: 3, already: true, differs: false },
          { id: 2, seq: 2, already: true, differs: false, session: { namespace: 'default', id: 'other' } },
        ],
        'the receipt',
      )
      same(await contents(store, 's'), ['a', 'c', 'new'], 'what it says')
    },
  ),
]
