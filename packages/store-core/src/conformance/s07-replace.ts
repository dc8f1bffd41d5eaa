import { failsWith, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, contentOf, contents, delivered, everythingOf, idsOf, said } from './samples.ts'

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
]
