import type { HeldReceipt } from '../appender.ts'
import type { Origin } from '../origin.ts'
import type { Receipt } from '../receipt.ts'
import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { brought, contents, delivered, importOf, said, undoOf } from './samples.ts'

const chat: Origin = { platform: 'telegram', chat: 'c1', user: 'ann' }
const target = { origin: chat, whenAbsent: 'hold' } as const

function heldOf(receipt: Receipt | HeldReceipt): HeldReceipt {
  holds('held' in receipt, 'the delivery is held')
  return receipt
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
]
