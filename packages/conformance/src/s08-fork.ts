import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, contents, delivered, everythingOf, idsOf, numbered, said } from './samples.ts'

const DAY = 24 * 60 * 60 * 1000

/** S8: a fork says its parent's past by reference. */
export const forking: readonly ConformanceCase[] = [
  conformanceCase(
    'a fork says the parent’s entries up to a place, and the parent does not change',
    ['read', 'append', 'fork'],
    async ({ store }) => {
      const written = await store.append('s', [said('one'), said('two'), said('three')], {
        create: { codec: 'own', title: 'parent' },
      })
      const before = await everythingOf(store, 's')
      const fork = await store.fork('s', { id: 'f', through: 2, title: 'fork' })
      same(
        [fork.parent, fork.codec, fork.title, fork.entryCount, fork.revision],
        [{ namespace: 'default', id: 's', entry: 2, why: 'fork' }, 'own', 'fork', 2, 0],
        'the fork',
      )
      same(await contents(store, 'f'), ['one', 'two'], 'what it says')
      same(await everythingOf(store, 's'), before, 'the parent')
      const whole = await store.fork('s', { id: 'g' })
      same(whole.head, written.head, 'the head of a fork that says all')
      await failsWith('SESSION_EXISTS', store.fork('s', { id: 'f' }), 'an id that is taken')
      await failsWith('INVALID_ARGUMENT', store.fork('s', { id: 'h', through: 4 }), 'a place beyond the end')
    },
  ),
  conformanceCase(
    'parent and fork go on apart, with ids that never meet',
    ['read', 'append', 'fork', 'replace', 'history'],
    async ({ store }) => {
      await store.append('s', [said('one'), said('two')], { create: {} })
      await store.fork('s', { id: 'f' })
      await store.append('s', said('in the parent'))
      await store.append('f', said('in the fork'))
      await store.fork('f', { id: 'g' })
      await store.append('g', said('deeper'))
      same(await contents(store, 's'), ['one', 'two', 'in the parent'], 'the parent')
      same(await contents(store, 'g'), ['one', 'two', 'in the fork', 'deeper'], 'the fork of the fork')
      const ids = idsOf(await all(store.read('g')))
      same(new Set(ids).size, 4, 'ids are unique within a session')
      await store.replace('f', { from: 2, entries: [said('other')] })
      same(await contents(store, 'f'), ['one', 'other'], 'the fork after a replacement')
      same(idsOf(await all(store.history('f'))), [ids[1], ids[2]], 'what the fork says no longer')
      same(await contents(store, 's'), ['one', 'two', 'in the parent'], 'the parent after it')
      same(
        await contents(store, 'g'),
        ['one', 'two', 'in the fork', 'deeper'],
        'the fork of the fork after it',
      )
    },
  ),
  conformanceCase(
    'the keys of what a fork says are taken in it, and no others',
    ['append', 'fork'],
    async ({ store }) => {
      const [one, two] = [said('one', { idempotencyKey: '1' }), said('two', { idempotencyKey: '2' })]
      await store.append('s', [one, two], { create: {} })
      await store.fork('s', { id: 'f', through: 1 })
      const { entries } = await store.append('f', [one, two])
      same(
        entries.map(({ already }) => already),
        [true, false],
        'what is already there',
      )
    },
  ),
  conformanceCase(
    'the key of what a fork began with stays taken there once the entry is pruned from it and its parent is gone',
    ['read', 'append', 'replace', 'fork', 'remove', 'clock'],
    async ({ store, clock }) => {
      const one = said('one', { idempotencyKey: 'k' })
      await store.append('s', one, { create: { endedAt: clock.now } })
      await store.fork('s', { id: 'f' })
      await store.replace('f', { from: 1, entries: [said('another')] })
      clock.now += 1000
      await store.prune({ endedOlderThan: 1, historyOlderThan: 1, dryRun: false })
      same([await store.get('s'), await contents(store, 'f')], [null, ['another']], 'what is left')
      const { entries } = await store.append('f', one)
      same(entries, [{ id: 1, seq: null, already: true, differs: false }], 'a retry in the fork')
    },
  ),
  conformanceCase(
    'a key that is linked later to an entry of several sessions is taken in the one that linked it',
    ['read', 'append', 'create', 'fork', 'remove'],
    async ({ store }) => {
      const link = (idempotencyKey: string, kind = 'message') =>
        said('uno', { kind, idempotencyKey, correlation: 'k' })
      await store.append('s', said('one', { idempotencyKey: 'k' }), { create: {} })
      for (const id of ['f', 'g']) await store.fork('s', { id })
      await store.create('t')
      await store.append('s', link('of s'))
      await store.append('g', link('of g', 'delivery'))
      await store.fork('s', { id: 'late' })
      const taken = async (session: string, key: string): Promise<boolean> => {
        const { entries } = await store.append(session, said('uno', { idempotencyKey: key }), {
          onConflict: 'first',
        })
        return entries[0]?.already === true
      }
      same(
        [await taken('s', 'of s'), await taken('late', 'of s'), await taken('f', 'of s')],
        [true, true, false],
        'where the key of the parent is taken',
      )
      const retried = await store.append('t', link('of g', 'delivery'))
      same([retried.session.id, retried.entries[0]?.already], ['g', true], 'where the delivery is known')
      await store.delete('g')
      await failsWith('SESSION_DELETED', store.append('t', link('of g', 'delivery')), 'once it is deleted')
    },
  ),
  conformanceCase(
    'pruning and deleting the parent keeps what forks say',
    ['read', 'append', 'fork', 'replace', 'remove', 'verify', 'clock'],
    async ({ store, clock }) => {
      await store.append('s', [said('one'), said('two'), said('three')], { create: {} })
      await store.fork('s', { id: 'f', through: 2 })
      await store.replace('s', { from: 1, entries: [] })
      clock.now += 2 * DAY
      const report = await store.prune({ historyOlderThan: DAY, dryRun: false })
      same(report.entries, 1, 'pruned entries: the one that no fork says')
      same(await contents(store, 'f'), ['one', 'two'], 'the fork after pruning')
      await store.delete('s')
      clock.now += 100 * DAY
      await store.prune({ dryRun: false })
      same(await contents(store, 'f'), ['one', 'two'], 'the fork after its parent is gone')
      same((await store.verify()).findings, [], 'what verify finds')
      holds((await store.get('f'))?.parent?.id === 's', 'the fork still names its parent')
    },
  ),
  conformanceCase(
    'a fork at any place says just that much, is told apart from its parent, and inherits nothing else',
    ['read', 'append', 'append-to-origin', 'replace', 'fork', 'history'],
    async ({ store }) => {
      const origin = { platform: 'telegram', chat: 'f' }
      const at = (id: string) => ({ namespace: 'far', id })
      const about = { title: 'parent', meta: { own: true }, codec: 'own', origin: { platform: 'cli' } }
      await store.append(
        at('s'),
        numbered(3).map((n) => said(n, { idempotencyKey: n })),
        { create: about },
      )
      await store.replace(at('s'), {
        from: 1,
        entries: [said('3', { idempotencyKey: '3' }), said('1', { idempotencyKey: '1' }), said('4')],
      })
      const ids = [3, 1, 4]
      await store.append({ namespace: 'far', origin, whenAbsent: 'hold' }, delivered('held', 'd'))
      for (let through = 0; through <= 3; through++) {
        const fork = await store.fork(at('s'), { id: `f${through}`, through, why: 'compaction' })
        const { namespace, id, title, meta, origin: from, codec, parent, revision, entryCount } = fork
        same(
          [namespace, id, title, meta, from, codec, parent, revision, entryCount],
          [
            'far',
            `f${through}`,
            null,
            {},
            null,
            'own',
            { ...at('s'), entry: ids[through - 1] ?? null, why: 'compaction' },
            0,
            through,
          ],
          `the fork through ${through}`,
        )
        same(fork, await store.get(at(`f${through}`)), 'as it is read')
        same(idsOf(await all(store.read(at(`f${through}`)))), ids.slice(0, through), 'what it says')
        const next = await store.append(at(`f${through}`), said('next'))
        const greatest = Math.max(0, ...ids.slice(0, through))
        same([next.entries[0]?.id, next.revision], [greatest + 1, 1], 'the id that comes next')
        const known = await store.append(
          at(`f${through}`),
          ['1', '2', '3'].map((n) => said(n, { idempotencyKey: n })),
        )
        same(
          known.entries.map(({ already }) => already),
          [1, 2, 3].map((one) => ids.slice(0, through).includes(one)),
          'the keys that are taken in it',
        )
      }
      const own = { origin, title: 'own', meta: { b: 1 }, codec: 'other', startedAt: 3 }
      const whole = await store.fork(at('s'), { id: 'whole', ...own })
      same(
        [
          whole.origin,
          whole.title,
          whole.meta,
          whole.codec,
          whole.startedAt,
          whole.entryCount,
          whole.parent?.why,
        ],
        [origin, 'own', { b: 1 }, 'other', 3, 4, 'fork'],
        'one with facts of its own, and what was held for it',
      )
      same((await contents(store, at('whole'))).at(-1), 'held', 'what was held comes behind')
      await store.replace(at('whole'), { from: 1, entries: [] })
      same(idsOf(await all(store.history(at('whole')))), [1, 3, 4], 'its history, in the order written')
    },
  ),
  conformanceCase(
    'what the history of a fork says outlives its parent too',
    ['read', 'append', 'replace', 'fork', 'history', 'remove', 'verify', 'clock'],
    async ({ store, clock }) => {
      await store.append('s', [said('one'), said('two')], { create: { endedAt: clock.now } })
      await store.fork('s', { id: 'f' })
      await store.replace('f', { from: 2, entries: [said('other')] })
      clock.now += 5 * DAY
      const report = await store.prune({ endedOlderThan: DAY, dryRun: false })
      same([report.sessions, report.entries], [1, 0], 'the report')
      same(
        (await all(store.history('f'))).map(({ id, record }) => [id, JSON.parse(record).content]),
        [[2, 'two']],
        'history',
      )
      same((await store.verify()).findings, [], 'what verify finds')
      const late = await store.prune({ historyOlderThan: DAY, dryRun: false })
      same(
        [late.entries, await all(store.history('f')), await contents(store, 'f')],
        [1, [], ['one', 'other']],
        'once it is pruned',
      )
    },
  ),
]
