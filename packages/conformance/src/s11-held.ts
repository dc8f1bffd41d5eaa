import type { HeldReceipt, Origin, Receipt, StoreWith } from '@faircopy/store-core'
import { failsWith, holds, same } from './assert.ts'
import { answerOf, type Life, sameBeside } from './beside.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, brought, contents, delivered, importOf, said, undoOf } from './samples.ts'

const chat: Origin = { platform: 'telegram', chat: 'c1', user: 'ann' }
const target = { origin: chat, whenAbsent: 'hold' } as const

function heldOf(receipt: Receipt | HeldReceipt): HeldReceipt {
  holds('held' in receipt, 'the delivery is held')
  return receipt
}

const holdingLife: Life<StoreWith<'append' | 'append-to-origin' | 'read'>> = async function* (
  store,
  at,
  namespace,
) {
  const hold = (key: string, origin = chat): Promise<unknown> =>
    answerOf(
      store.append(
        { namespace, origin, whenAbsent: 'hold' },
        delivered(`${namespace} ${key}`, `${namespace} ${key}`),
      ),
    )
  yield await hold('1')
  yield await hold('2')
  yield await hold('3')
  yield await hold('4', { platform: 'telegram', chat: 'c1' })
  await store.append(at('s'), said('hello'), { create: { origin: chat } })
  yield await contents(store, at('s'))
  yield await hold('5')
  await store.append(at('t'), said('hello'), { create: { origin: { ...chat, chat: 'c2' } } })
  yield [await contents(store, at('s')), await contents(store, at('t'))]
}

/** S11: a delivery that is held is placed once, first. */
export const holding: readonly ConformanceCase[] = [
  conformanceCase(
    'what is held becomes the first entries of the session that comes, once',
    ['read', 'append', 'append-to-origin'],
    async ({ store }) => {
      const first = heldOf(await store.append(target, delivered('one', 'd1')))
      same([first.waiting, first.entries], [1, [{ already: false, differs: false }]], 'the receipt')
      const again = heldOf(await store.append(target, delivered('one', 'd1')))
      same([again.waiting, again.entries], [1, [{ already: true, differs: false }]], 'the receipt of a retry')
      const error = await failsWith(
        'KEY_CONFLICT',
        store.append(target, delivered('other', 'd1')),
        'another record',
      )
      holds(error.message.includes('by a delivery that is held'), 'what has the key')
      heldOf(await store.append(target, delivered('two', 'd2')))
      await store.append('s', said('hello'), { create: { origin: { ...chat, account: 'bot' } } })
      same(await contents(store, 's'), ['one', 'two', 'hello'], 'the session')
      const late = await store.append(target, delivered('one', 'd1'))
      holds('session' in late && late.entries[0]?.already === true, 'a late retry finds it')
      await store.append('t', said('hello'), { create: { origin: chat } })
      same(await contents(store, 't'), ['hello'], 'a second session of the origin')
    },
  ),
  conformanceCase(
    'only a live session of that origin takes what is held',
    ['read', 'append', 'append-to-origin'],
    async ({ store }) => {
      await store.append(target, delivered('one', 'd1'))
      await store.append('bob', said('x'), { create: { origin: { ...chat, user: 'bob' } } })
      await store.append('past', said('x'), { create: { origin: chat, endedAt: 5 } })
      await store.append({ namespace: 'other', id: 's' }, said('x'), { create: { origin: chat } })
      same(
        [await contents(store, 'bob'), await contents(store, 'past')],
        [['x'], ['x']],
        'sessions that are not meant',
      )
      await store.append('ann', said('x'), { create: { origin: chat } })
      same(await contents(store, 'ann'), ['one', 'x'], 'the one that is')
    },
  ),
  conformanceCase(
    'a session that an import creates takes what is held, behind what is imported',
    ['read', 'append', 'append-to-origin', 'import'],
    async ({ store }) => {
      await store.append(target, delivered('one', 'd1'))
      const { session } = await store.import(importOf('s', [brought('old', 1)], { about: { origin: chat } }))
      same(await contents(store, 's'), ['old', 'one'], 'the session')
      same(session?.head, (await store.get('s'))?.head, 'the head in the receipt')
    },
  ),
  conformanceCase(
    'an import brings no delivery under a key that is held',
    ['read', 'append', 'append-to-origin', 'import'],
    async ({ store }) => {
      await store.append(target, delivered('one', 'd1'))
      const provenance = { importId: 'run-1', witness: 'file' } as const
      for (const record of ['one', 'another']) {
        const entry = { ...delivered(record, 'd1'), provenance }
        for (const step of [{ live: entry }, { history: entry }]) {
          const plan = importOf('s', [step], { about: { origin: chat } })
          const error = await failsWith('KEY_CONFLICT', store.import(plan), record)
          same(error.outcome, 'not-stored', 'what became of it')
        }
      }
      same(await store.get('s'), null, 'what there is')
      await store.append('s', [], { create: { origin: chat } })
      same(await contents(store, 's'), ['one'], 'the session that comes')
    },
  ),
  conformanceCase(
    'only deliveries are held, and a delivery that is placed by name is held no longer',
    ['read', 'append', 'append-to-origin'],
    async ({ store }) => {
      await failsWith('INVALID_ARGUMENT', store.append(target, said('x')), 'a message')
      await store.append(target, delivered('one', 'd1'))
      await store.append('s', delivered('one', 'd1'), { create: {} })
      await store.append('ann', said('x'), { create: { origin: chat } })
      same([await contents(store, 's'), await contents(store, 'ann')], [['one'], ['x']], 'both sessions')
    },
  ),
  conformanceCase(
    'what was linked to a turn is known beside a delivery to hold, and what says something else is told where',
    ['read', 'append', 'append-to-origin'],
    async ({ store }) => {
      const told = (correlation: string) =>
        said('Told', { kind: 'delivery', idempotencyKey: 'd', correlation })
      await store.append('s', said('one', { idempotencyKey: 'turn' }), { create: {} })
      await store.append('s', told('turn'))
      const { waiting, entries } = heldOf(await store.append(target, [delivered('new', 'n'), told('turn')]))
      same(
        [waiting, entries.map(({ already, differs }) => [already, differs])],
        [
          1,
          [
            [false, false],
            [true, false],
          ],
        ],
        'the receipt',
      )
      const other = store.append(target, [delivered('more', 'm'), told('nobody')])
      const error = await failsWith('KEY_CONFLICT', other, 'linked to nothing')
      same('session' in error && error.session, { namespace: 'default', id: 's' }, 'where its key is used')
    },
  ),
  conformanceCase(
    'a delivery that is stored somewhere is not held beside a new one, and never told twice',
    ['read', 'append', 'append-to-origin'],
    async ({ store }) => {
      await store.append('elsewhere', delivered('one', 'd1'), { create: {} })
      const held = heldOf(await store.append(target, [delivered('one', 'd1'), delivered('two', 'd2')]))
      same([held.waiting, held.entries.map(({ already }) => already)], [1, [true, false]], 'the receipt')
      await store.append('s', said('hello'), { create: { origin: chat } })
      same(await contents(store, 's'), ['two', 'hello'], 'the session')
      same(await contents(store, 'elsewhere'), ['one'], 'where it is stored')
    },
  ),
  conformanceCase(
    'what is held is bounded in number',
    ['append', 'append-to-origin'],
    async ({ store }) => {
      await store.append(target, [delivered('one', 'd1'), delivered('two', 'd2')])
      await failsWith('HOLD_FULL', store.append(target, delivered('three', 'd3')), 'one too many')
      const again = heldOf(await store.append(target, delivered('two', 'd2')))
      same([again.waiting, again.entries[0]?.already], [2, true], 'a retry when it is full')
      heldOf(await store.append({ ...target, origin: { ...chat, chat: 'c2' } }, delivered('four', 'd4')))
    },
    { policy: { heldPerOrigin: 2 } },
  ),
  conformanceCase(
    'what is held is bounded in age',
    ['read', 'append', 'append-to-origin', 'clock'],
    async ({ store, clock }) => {
      await store.append(target, delivered('old', 'd1'))
      clock.now += 900
      await store.append(target, delivered('new', 'd2'))
      clock.now += 200
      await store.append('s', said('hello'), { create: { origin: chat } })
      same(await contents(store, 's'), ['new', 'hello'], 'the session')
    },
    { policy: { heldForMs: 1000 } },
  ),
  conformanceCase(
    'what was held for too long is forgotten with its key',
    ['read', 'append', 'append-to-origin', 'clock'],
    async ({ store, clock }) => {
      await store.append(target, [delivered('old', 'd1'), delivered('old', 'd2')])
      clock.now += 1100
      await store.append('s', delivered('new', 'd1'), { create: {} })
      same(await contents(store, 's'), ['new'], 'a delivery of that key')
      const again = heldOf(await store.append(target, delivered('new', 'd2')))
      same([again.waiting, again.entries], [1, [{ already: false, differs: false }]], 'one that is held anew')
    },
    { policy: { heldForMs: 1000 } },
  ),
  conformanceCase(
    'what is held is there when the store is opened again',
    ['read', 'append', 'append-to-origin', 'reopen'],
    async ({ store, close, open }) => {
      await store.append(target, delivered('one', 'd1'))
      await close()
      const again = await open()
      await again.append('s', said('hello'), { create: { origin: chat } })
      same(await contents(again, 's'), ['one', 'hello'], 'the session')
    },
  ),
  conformanceCase(
    'what an import placed stays when the import is undone',
    ['read', 'append', 'append-to-origin', 'import'],
    async ({ store }) => {
      await store.append(target, delivered('one', 'd1'))
      await store.import(importOf('s', [brought('old', 1)], { about: { origin: chat } }))
      const { status, removed } = await store.undoImport(undoOf('s'))
      same([status, removed], ['undone', 1], 'the receipt')
      same(await contents(store, 's'), ['one'], 'the session')
      const late = await store.append(target, delivered('one', 'd1'))
      holds('session' in late && late.entries[0]?.already === true, 'a late retry finds it')
    },
  ),
  conformanceCase(
    'what is held in one namespace is counted and placed there, and nowhere else',
    ['read', 'append', 'append-to-origin'],
    (trial) => sameBeside(trial, holdingLife),
    { policy: { heldPerOrigin: 2 } },
  ),
  conformanceCase(
    'several that are held come in their order, as they were written, each to the session that it is for',
    ['read', 'append', 'append-to-origin'],
    async ({ store }) => {
      const bob = { ...chat, user: 'bob' }
      const sent = (key: string, at: number) => ({ ...delivered(`sent ${key}`, key), at })
      const hold = (origin: Origin, ...keys: readonly string[]) =>
        store.append(
          { origin, whenAbsent: 'hold' },
          keys.map((key, i) => sent(key, 10 * i)),
          { writer: `for ${origin.user}` },
        )
      same(heldOf(await hold(chat, 'a1', 'a2')).waiting, 2, 'for ann')
      same(heldOf(await hold(bob, 'b1', 'b2')).waiting, 2, 'for bob')
      same(
        heldOf(await hold({ platform: 'telegram', chat: 'c1' }, 'any')).waiting,
        1,
        'for anyone in the chat',
      )
      same(heldOf(await hold(chat, 'a3', 'a1')).waiting, 3, 'for ann, once more')
      const placed = async (id: string): Promise<unknown> =>
        (await all(store.read(id))).map(({ id: entry, seq, at, writer, idempotencyKey, kind }) => [
          entry,
          seq,
          at,
          writer,
          idempotencyKey,
          kind,
        ])
      await store.append('bob', [], { create: { origin: bob } })
      same(
        await placed('bob'),
        [
          [1, 1, 0, 'for bob', 'b1', 'delivery'],
          [2, 2, 10, 'for bob', 'b2', 'delivery'],
          [3, 3, 0, 'for undefined', 'any', 'delivery'],
        ],
        'what bob gets',
      )
      await store.append('ann', [], { create: { origin: chat } })
      same(
        await placed('ann'),
        [
          [1, 1, 0, 'for ann', 'a1', 'delivery'],
          [2, 2, 10, 'for ann', 'a2', 'delivery'],
          [3, 3, 0, 'for ann', 'a3', 'delivery'],
        ],
        'what ann gets',
      )
    },
  ),
  conformanceCase(
    'a delivery under a key that is held, or stored anywhere, keeps the first and says where it differs',
    ['read', 'append', 'append-to-origin'],
    async ({ store }) => {
      const first = { onConflict: 'first' } as const
      await store.append({ namespace: 'far', id: 's' }, delivered('one', 'stored'), { create: {} })
      await store.append(target, delivered('two', 'held'))
      const entries = [
        delivered('one', 'stored'),
        delivered('else', 'stored'),
        delivered('two', 'held'),
        delivered('else', 'held'),
        { ...delivered('two', 'held'), at: 9 },
        delivered('three', 'new'),
        delivered('else', 'new'),
      ]
      const held = heldOf(await store.append(target, entries, first))
      same(
        held.entries.map(({ already, differs }) => [already, differs]),
        [
          [true, false],
          [true, true],
          [true, false],
          [true, true],
          [true, false],
          [false, false],
          [true, true],
        ],
        'the receipt',
      )
      same(held.waiting, 2, 'how many are held')
      for (const key of ['stored', 'held', 'new'])
        await failsWith('KEY_CONFLICT', store.append(target, delivered('else', key)), key)
      const placed = await store.append('t', delivered('else', 'held'), { ...first, create: {} })
      same(
        placed.entries,
        [{ id: 1, seq: 1, already: false, differs: true }],
        'the receipt where it is placed',
      )
      await store.append('ann', [], { create: { origin: chat } })
      same([await contents(store, 't'), await contents(store, 'ann')], [['two'], ['three']], 'what is stored')
    },
  ),
  conformanceCase(
    'what is held is kept for exactly its time, and no retry makes it younger',
    ['read', 'append', 'append-to-origin', 'facts', 'clock'],
    async ({ store, clock }) => {
      const counted = async (): Promise<number> => (await store.facts()).heldDeliveries
      const other = { ...target, origin: { ...chat, chat: 'c2' } }
      const hold = async (): Promise<boolean[]> => {
        const one = heldOf(await store.append(target, delivered('one', 'd1')))
        const two = heldOf(await store.append(other, delivered('two', 'd2')))
        return [one, two].flatMap(({ entries }) => entries.map(({ already }) => already))
      }
      same([await hold(), await counted()], [[false, false], 2], 'at first')
      clock.now += 1000
      same([await counted(), await hold(), await counted()], [2, [true, true], 2], 'at the last moment')
      await store.append({ ...target, origin: { ...chat, chat: 'c4' } }, delivered('new', 'd4'))
      same(await counted(), 3, 'what is held at the last moment of others')
      await store.append('in time', [], { create: { origin: chat } })
      same([await contents(store, 'in time'), await counted()], [['one'], 2], 'a session at the last moment')
      clock.now += 1
      same(await counted(), 1, 'a moment later')
      await store.append('late', [], { create: { origin: other.origin } })
      same(await contents(store, 'late'), [], 'a session a moment later')
      const anew = heldOf(
        await store.append({ ...target, origin: { ...chat, chat: 'c3' } }, delivered('two!', 'd2')),
      )
      same(
        [anew.entries, await counted()],
        [[{ already: false, differs: false }], 2],
        'a key that was forgotten',
      )
    },
    { policy: { heldForMs: 1000 } },
  ),
]
