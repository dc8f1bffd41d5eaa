import { holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { contents, said } from './samples.ts'

const DAY = 24 * 60 * 60 * 1000

/** S25: every entry and every head can be proved. */
export const verifying: readonly ConformanceCase[] = [
  conformanceCase(
    'verify looks at every entry, live and history, and finds nothing in a sound store',
    ['append', 'replace', 'fork', 'remove', 'verify'],
    async ({ store }) => {
      await store.append('s', [said('one', { idempotencyKey: 'k' }), said('two secret')], { create: {} })
      await store.append('s', said('the same', { idempotencyKey: 'other', correlation: 'k' }))
      await store.replace('s', { from: 2, entries: [said('three secret')] })
      await store.fork('s', { id: 'f' })
      await store.append('f', said('four'))
      await store.redact('f', 3, 'secret')
      same(await store.verify(), { sessions: 2, entries: 4, findings: [] }, 'the report')
      same((await store.verify({ session: 'f' })).findings, [], 'the report of one session')
    },
  ),
  conformanceCase(
    'verify finds a record that was changed behind the store’s back',
    ['append', 'verify', 'fault:tamper'],
    async ({ store, fault, close, open }) => {
      await store.append('s', [said('one'), said('two')], { create: {} })
      await close()
      await fault('tamper')
      const { findings } = await (await open()).verify()
      holds(
        findings.some(({ code, session }) => code === 'entry-hash' && session === 's'),
        `the changed entry is found: ${JSON.stringify(findings.map(({ code }) => code))}`,
      )
    },
  ),
  conformanceCase(
    'what a fork began with is counted and checked with it, also where its parent was pruned',
    ['append', 'fork', 'remove', 'verify', 'facts', 'clock'],
    async ({ store, clock }) => {
      await store.append('parent', [said('one'), said('two'), said('three')], { create: {} })
      await store.fork('parent', { id: 'child', through: 2 })
      await store.append('child', said('four'))
      const counts = async () => [
        await store.verify().then(({ sessions, entries }) => ({ sessions, entries })),
        await store.facts().then(({ sessions, entries }) => ({ sessions, entries })),
      ]
      same(await counts(), Array(2).fill({ sessions: 2, entries: 4 }), 'what verify and facts count')
      same((await store.verify({ session: 'child' })).entries, 3, 'what the fork says')
      await store.delete('parent')
      same(await counts(), Array(2).fill({ sessions: 1, entries: 4 }), 'with a parent that can come back')
      clock.now += 100 * DAY
      await store.prune({ dryRun: false })
      same(await counts(), Array(2).fill({ sessions: 1, entries: 3 }), 'without its parent')
      same(
        await store.verify({ session: 'child' }),
        { sessions: 1, entries: 3, findings: [] },
        'the fork alone',
      )
    },
  ),
  conformanceCase(
    'a backup is made while the store is used, and says the same',
    ['read', 'append', 'verify', 'backup'],
    async ({ store, newPlace, at }) => {
      await store.append('s', [said('one'), said('two')], { create: {} })
      const copy = await newPlace()
      const { entries } = await store.backup(copy)
      await store.append('s', said('three'))
      const restored = await at(copy)
      same([entries, await contents(restored, 's')], [2, ['one', 'two']], 'the copy')
      same((await restored.verify()).findings, [], 'what verify finds in it')
      same(await contents(store, 's'), ['one', 'two', 'three'], 'the store')
    },
  ),
]
