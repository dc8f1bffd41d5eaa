import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { contents, delivered, said } from './samples.ts'

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
  conformanceCase(
    'facts count what there is: sessions by their state, entries by what says them, and what is held',
    ['append', 'append-to-origin', 'create', 'replace', 'fork', 'remove', 'facts', 'verify', 'clock'],
    async ({ store, clock }) => {
      const counted = async (): Promise<unknown> => {
        const facts = await store.facts()
        const { sessions, entries } = await store.verify()
        same([sessions, entries], [facts.sessions, facts.entries], 'what verify counts')
        const { endedSessions, deletedSessions, historyEntries, stagedEntries, heldDeliveries } = facts
        return [
          facts.sessions,
          endedSessions,
          deletedSessions,
          facts.entries,
          historyEntries,
          stagedEntries,
          heldDeliveries,
        ]
      }
      same(await counted(), [0, 0, 0, 0, 0, 0, 0], 'of an empty store')
      for (const id of ['a', 'b', 'c'])
        await store.append(id, [said('1'), said('2'), said('3')], { create: {} })
      for (const id of ['d', 'e']) await store.create(id, { endedAt: 1 })
      same(await counted(), [5, 2, 0, 9, 0, 0, 0], 'of five sessions')
      await store.fork('a', { id: 'f', through: 2 })
      same(await counted(), [6, 2, 0, 9, 0, 0, 0], 'with a fork')
      await store.replace('a', { from: 1, entries: [] })
      same(await counted(), [6, 2, 0, 9, 1, 0, 0], 'where a fork still says what was replaced')
      await store.append({ origin: { platform: 'p' }, whenAbsent: 'hold' }, [
        delivered('x', 'x'),
        delivered('y', 'y'),
      ])
      await store.delete('b')
      await store.delete('d')
      same(await counted(), [4, 1, 2, 9, 4, 0, 2], 'with two of them deleted, and two deliveries held')
      same(
        await store.verify({ session: 'f' }),
        { sessions: 1, entries: 2, findings: [] },
        'of the fork alone',
      )
      same(
        await store.verify({ session: 'a' }),
        { sessions: 1, entries: 3, findings: [] },
        'of its parent alone',
      )
      await failsWith(
        'NO_SESSION',
        store.verify({ session: { namespace: 'other', id: 'a' } }),
        'of one that is not there',
      )
      clock.now += 31 * DAY
      await store.prune({ dryRun: false })
      same(await counted(), [4, 1, 0, 6, 1, 0, 0], 'once what was deleted is pruned')
    },
  ),
]
