import type { ChangeReader } from '../changes.ts'
import { StoreError } from '../store-error.ts'
import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { delivered, outcomeOf, STILL_WAITING, said, soon } from './samples.ts'

/** Everything after a cursor, and where it ends. */
async function drained(
  store: ChangeReader,
  cursor?: string,
): Promise<{ readonly changes: readonly (readonly [string, string])[]; readonly cursor: string }> {
  const told: (readonly [string, string])[] = []
  for (let at = cursor; ; ) {
    const page = await store.changes(at, { limit: 2 })
    holds(page.changes.length <= 2, 'a page is no longer than asked')
    told.push(...page.changes.map(({ session, change }) => [session.id, change] as const))
    if (page.changes.length === 0) return { changes: told, cursor: page.cursor }
    at = page.cursor
  }
}

/** Waits for a change, makes it, and sees that the wait ended then and not before. */
async function wokenBy(store: ChangeReader, cursor: string, change: () => Promise<unknown>): Promise<void> {
  let woken = false
  const waiting = store.waitForChange(cursor).then(() => {
    woken = true
  })
  const changing = (async () => {
    await store.changes(cursor)
    await new Promise((resolve) => setTimeout(resolve, 0))
    same(woken, false, 'the wait before there is a change')
    await change()
  })()
  await Promise.all([waiting, changing])
}

/** S19: every change is told, in commit order. */
export const changing: readonly ConformanceCase[] = [
  conformanceCase(
    'each session that changed is told once, at the place of its last change',
    ['read', 'append', 'create', 'update', 'replace', 'fork', 'remove', 'changes'],
    async ({ store }) => {
      await store.create('a')
      await store.append('b', said('one'), { create: {} })
      await store.append('c', said('one'), { create: {} })
      await store.append('b', said('two'))
      const first = await drained(store)
      same(
        first.changes,
        [
          ['a', 'created'],
          ['c', 'created'],
          ['b', 'appended'],
        ],
        'from the beginning',
      )
      same((await drained(store, first.cursor)).changes, [], 'nothing since')
      await store.update('c', { title: 'new' })
      await store.replace('b', { from: 2, entries: [] })
      await store.append('a', delivered('sent', 'd'))
      await store.fork('b', { id: 'f' })
      const second = await drained(store, first.cursor)
      same(
        second.changes,
        [
          ['c', 'updated'],
          ['b', 'replaced'],
          ['a', 'appended'],
          ['f', 'created'],
        ],
        'since the first cursor',
      )
      await store.delete('c')
      const third = await drained(store, second.cursor)
      same(third.changes, [['c', 'deleted']], 'a deletion')
      await store.delete('c')
      await store.update('a', { endedAt: 1 })
      await store.prune({ endedOlderThan: 0, dryRun: false })
      same(
        (await drained(store, third.cursor)).changes,
        [['a', 'deleted']],
        'a pruned session, and no second deletion',
      )
      const { changes } = await store.changes(first.cursor, { limit: 100 })
      const b = changes.find(({ session }) => session.id === 'b')
      const session = await store.get('b')
      same(
        [b?.revision, b?.generation],
        [session?.revision, session?.generation],
        'what is told of a session',
      )
    },
  ),
  conformanceCase('a refused or repeated call is no change', ['append', 'changes'], async ({ store }) => {
    await store.append('s', said('one', { idempotencyKey: 'k' }), { create: {} })
    const { cursor } = await drained(store)
    await store.append('s', said('one', { idempotencyKey: 'k' }))
    await failsWith('NO_SESSION', store.append('t', said('x')), 'no such session')
    same((await drained(store, cursor)).changes, [], 'what is told')
  }),
  conformanceCase(
    'a cursor of another store is CursorStale',
    ['append', 'changes'],
    async ({ store, elsewhere }) => {
      await store.append('s', said('one'), { create: {} })
      const other = await elsewhere()
      await other.append('s', said('one'), { create: {} })
      const { cursor } = await drained(other)
      await failsWith('CURSOR_STALE', store.changes(cursor), 'the cursor of another store')
      await failsWith('CURSOR_STALE', store.waitForChange(cursor), 'waiting with it')
      await failsWith('INVALID_ARGUMENT', store.changes('made up'), 'no cursor at all')
    },
  ),
  conformanceCase(
    'a cursor is CursorStale in a restored backup',
    ['append', 'changes', 'backup'],
    async ({ store, newPlace, at }) => {
      await store.append('s', said('one'), { create: {} })
      const { cursor } = await drained(store)
      const copy = await newPlace()
      await store.backup(copy)
      const restored = await at(copy)
      await failsWith('CURSOR_STALE', restored.changes(cursor), 'the cursor of the original')
    },
  ),
  conformanceCase(
    'waiting ends at the next change, of any handle, or when it is aborted',
    ['append', 'changes'],
    async ({ store, open }) => {
      const other = await open()
      const { cursor } = await drained(store)
      await wokenBy(store, cursor, () => other.append('s', said('one'), { create: {} }))
      await store.waitForChange(cursor)
      const after = await drained(store, cursor)
      same(after.changes, [['s', 'created']], 'what there is')
      const controller = new AbortController()
      const aborted = outcomeOf(store.waitForChange(after.cursor, { signal: controller.signal }))
      controller.abort('enough')
      same(await soon(aborted), 'enough', 'the reason of the abort')
    },
  ),
  conformanceCase(
    'an abort ends a wait at once, whenever it comes, and so does closing the store',
    ['append', 'changes'],
    async ({ store, open }) => {
      const { cursor } = await drained(store)
      const waiting = (signal: AbortSignal): Promise<unknown> =>
        soon(outcomeOf(store.waitForChange(cursor, { signal })))
      same(await waiting(AbortSignal.abort('before')), 'before', 'a signal that is aborted already')
      const now = new AbortController()
      const atOnce = waiting(now.signal)
      now.abort('in the same tick')
      same(await atOnce, 'in the same tick', 'an abort right behind the call')
      const later = new AbortController()
      const wait = outcomeOf(store.waitForChange(cursor, { signal: later.signal }))
      same(await soon(wait), STILL_WAITING, 'the wait before anything happens')
      later.abort('later')
      same(await soon(wait), 'later', 'an abort in the middle')
      const other = await open()
      const closed = outcomeOf(other.waitForChange(cursor))
      await other.close()
      const error = await soon(closed)
      same(StoreError.is(error) ? error.code : error, 'STORE_CLOSED', 'closing the store')
    },
  ),
  conformanceCase(
    'waiting ends at a change that another process makes',
    ['append', 'changes', 'processes'],
    async ({ store, startProcess }) => {
      const remote = await startProcess()
      const { cursor } = await drained(store)
      await wokenBy(store, cursor, () => remote.append('s', said('one'), { create: {} }))
      same((await drained(store, cursor)).changes, [['s', 'created']], 'what there is')
    },
  ),
]
