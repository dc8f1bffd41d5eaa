import { type ChangeReader, type Session, StoreError, type StoreWith } from '@faircopy/store-core'
import { failsWith, holds, same } from './assert.ts'
import { answerOf, type Life, sameBeside } from './beside.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import {
  all,
  brought,
  delivered,
  importOf,
  inTime,
  outcomeOf,
  STILL_WAITING,
  said,
  soon,
  undoOf,
} from './samples.ts'

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

const changingLife: Life<
  StoreWith<'append' | 'changes' | 'create' | 'fork' | 'import' | 'remove' | 'replace'>
> = async function* (store, at, namespace) {
  let cursor: string | undefined
  const since = async (): Promise<unknown> => {
    const page = await store.changes(cursor)
    cursor = page.cursor
    return page.changes.filter(({ session }) => session.namespace === namespace)
  }
  for (const act of [
    () => store.create(at('s')),
    () => store.append(at('s'), said('one')),
    () => store.import(importOf(at('i'), [brought('one', 1)])),
    () => store.fork(at('s'), { id: 'f' }),
    () => store.undoImport(undoOf(at('i'))),
    () => store.replace(at('s'), { from: 1, entries: [] }),
    () => store.delete(at('f')),
    () => store.append(at('i'), said('anew'), { create: {} }),
    () => store.undelete(at('f')),
  ] as readonly (() => Promise<unknown>)[]) {
    await act()
    yield [
      await since(),
      (await store.changes()).changes.filter(({ session }) => session.namespace === namespace),
    ]
  }
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
    'a session is told of also where the call that makes it stores nothing of its own',
    ['append', 'append-to-origin', 'changes'],
    async ({ store }) => {
      const origin = { platform: 'telegram', chat: 'c1' }
      await store.append({ origin, whenAbsent: 'hold' }, delivered('one', 'd1'))
      const { cursor } = await drained(store)
      const entry = said('one', { idempotencyKey: 'k', correlation: 'd1' })
      const receipt = await store.append('s', entry, { create: { origin } })
      same(
        receipt.entries.map(({ already }) => already),
        [true],
        'the receipt',
      )
      same((await drained(store, cursor)).changes, [['s', 'created']], 'what is told')
    },
  ),
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
      same(await inTime(aborted), 'enough', 'the reason of the abort')
    },
  ),
  conformanceCase(
    'an abort ends a wait at once, whenever it comes, and so does closing the store',
    ['append', 'changes'],
    async ({ store, open }) => {
      const { cursor } = await drained(store)
      const waiting = (signal: AbortSignal): Promise<unknown> =>
        inTime(outcomeOf(store.waitForChange(cursor, { signal })))
      same(await waiting(AbortSignal.abort('before')), 'before', 'a signal that is aborted already')
      const now = new AbortController()
      const atOnce = waiting(now.signal)
      now.abort('in the same tick')
      same(await atOnce, 'in the same tick', 'an abort right behind the call')
      const later = new AbortController()
      const wait = outcomeOf(store.waitForChange(cursor, { signal: later.signal }))
      same(await soon(wait), STILL_WAITING, 'the wait before anything happens')
      later.abort('later')
      same(await inTime(wait), 'later', 'an abort in the middle')
      const other = await open()
      const closed = outcomeOf(other.waitForChange(cursor))
      await other.close()
      const error = await inTime(closed)
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
  conformanceCase(
    'what changes in one namespace is told as of there, and hides nothing of another',
    ['append', 'create', 'replace', 'fork', 'import', 'remove', 'changes'],
    (trial) => sameBeside(trial, changingLife),
  ),
  conformanceCase(
    'every write is told by its kind and moves what it says, and one that changes nothing moves nothing',
    [
      'read',
      'append',
      'create',
      'update',
      'replace',
      'fork',
      'routes',
      'open',
      'import',
      'remove',
      'changes',
      'clock',
    ],
    async ({ store, clock }) => {
      const [origin, end] = [{ platform: 'p' }, { session: 'c', at: 3, reason: null }]
      const opening = (id: string) => store.open({ origins: [origin] }, { session: { create: { id } } })
      const message = said('a secret', { idempotencyKey: 'k' })
      /** What is done, and of each session that it changes: how, and how far its revision and its generation move. */
      const life: readonly (readonly [
        what: string,
        act: () => Promise<unknown>,
        changes: Readonly<Record<string, readonly [change: string, revision?: number, generation?: number]>>,
      ])[] = [
        ['a new session', () => store.create('a'), { a: ['created', 0, 1] }],
        [
          'a new one that says something',
          () => store.append('b', [message, delivered('x', 'd')], { create: {} }),
          { b: ['created', 1, 1] },
        ],
        [
          'several messages',
          () => store.append('a', [said('one'), delivered('y', 'e'), said('two')]),
          { a: ['appended', 1, 0] },
        ],
        [
          'deliveries',
          () => store.append('a', [delivered('z', 'f'), delivered('z', 'g')]),
          { a: ['appended', 0, 0] },
        ],
        ['a delivery of another session', () => store.append('a', delivered('x', 'd')), {}],
        ['a key again', () => store.append('b', message), {}],
        ['a link', () => store.append('b', said('x', { idempotencyKey: 'l', correlation: 'k' })), {}],
        ['nothing', () => store.append('a', []), {}],
        ['a refused call', () => answerOf(store.append('a', said('x'), { expectedRevision: 9 })), {}],
        ['a title', () => store.update('a', { title: 'a' }), { a: ['updated', 0, 0] }],
        ['a route', () => store.route({ platform: 'q' }, 'a'), { a: ['updated', 0, 0] }],
        [
          'a replacement',
          () => store.replace('a', { from: 2, entries: [said('three'), said('four')] }),
          { a: ['replaced', 1, 1] },
        ],
        ['one that changes nothing', () => store.replace('a', { from: 7, entries: [] }), {}],
        ['a fork', () => store.fork('b', { id: 'f' }), { f: ['created', 0, 1] }],
        ['an opening', () => opening('c'), { c: ['created', 0, 1] }],
        ['the same opening', () => opening('x'), {}],
        [
          'one in its place',
          () =>
            store.open(
              { origins: [origin] },
              { session: { create: { id: 'd' } }, end, entries: [said('1'), said('2')] },
            ),
          { c: ['updated', 1, 0], d: ['created', 1, 1] },
        ],
        [
          'one that lives again',
          () =>
            store.open({ origins: [origin] }, { session: { reopen: 'c' }, end: { ...end, session: 'd' } }),
          { d: ['updated', 1, 0], c: ['updated', 0, 0] },
        ],
        ['an import', () => store.import(importOf('i', [brought('one', 1)])), { i: ['created', 1, 2] }],
        ['the same import', () => store.import(importOf('i', [brought('one', 1)])), {}],
        [
          'an import into it',
          async () => {
            const expectedHead = (await store.get('i'))?.head ?? null
            await store.import(
              importOf('i', [brought('zero', 1), { keep: { from: 1, to: 1 } }], {
                key: 'key-2',
                run: 'run-2',
                expectedHead,
              }),
            )
          },
          { i: ['replaced', 1, 1] },
        ],
        [
          'a note',
          async () =>
            store.import({
              ...importOf('a', [], {
                key: 'note',
                run: 'run-3',
                expectedHead: (await store.get('a'))?.head ?? null,
              }),
              steps: null,
            }),
          {},
        ],
        ['an undo', () => store.undoImport(undoOf('i', 'run-2')), { i: ['replaced', 1, 1] }],
        ['the same undo', () => store.undoImport(undoOf('i', 'run-2')), {}],
        [
          'a redaction',
          () => store.redact('b', 1, 'secret'),
          { b: ['replaced', 1, 1], f: ['replaced', 1, 1] },
        ],
        ['the same redaction', () => store.redact('b', 1, 'secret'), {}],
        ['a deletion', () => store.delete('b'), { b: ['deleted'] }],
        ['the same deletion', () => store.delete('b'), {}],
        ['a session that comes back', () => store.undelete('b'), { b: ['created', 0, 0] }],
        ['one that is there', () => store.undelete('b'), {}],
        ['history that is pruned', () => store.prune({ historyOlderThan: 0, dryRun: false }), {}],
        ['a dry run', () => store.prune({ endedOlderThan: 0 }), {}],
        [
          'a session that is pruned',
          () => store.prune({ endedOlderThan: 0, dryRun: false }),
          { d: ['deleted'] },
        ],
      ]
      let { cursor } = await store.changes()
      const known = new Map<string, Session>()
      for (const [what, act, expected] of life) {
        clock.now += 10
        await act()
        const page = await store.changes(cursor)
        cursor = page.cursor
        const sorted = page.changes.toSorted((a, b) => (a.session.id < b.session.id ? -1 : 1))
        const told = sorted.map(({ session, change, revision, generation }) => {
          if (change === 'deleted') return [session, change]
          const before = known.get(session.id)
          return [session, change, revision - (before?.revision ?? 0), generation - (before?.generation ?? 0)]
        })
        const wanted = Object.entries(expected)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([id, moved]) => [{ namespace: 'default', id }, ...moved])
        same(told, wanted, `what is told of ${what}`)
        const sessions = await all(store.sessions())
        for (const session of sessions) {
          const moved = expected[session.id]
          if (!moved) same(session, known.get(session.id), `${session.id}, which ${what} leaves`)
          else if (what !== 'a session that comes back')
            same(session.updatedAt, clock.now, `when ${what} was written`)
          const tell = page.changes.find((one) => one.session.id === session.id)
          if (tell)
            same(
              [tell.revision, tell.generation],
              [session.revision, session.generation],
              `${session.id}, as told`,
            )
          known.set(session.id, session)
        }
      }
    },
  ),
  conformanceCase(
    'what changed is the same in pages of any length',
    ['append', 'create', 'changes'],
    async ({ store }) => {
      const sessions = ['b', 'a', 'c'].flatMap((id) =>
        ['x', 'default'].map((namespace) => ({ namespace, id })),
      )
      for (const session of sessions) await store.create(session)
      for (const session of sessions.slice(0, 2)) await store.append(session, said('one'))
      const order = [...sessions.slice(2), ...sessions.slice(0, 2)]
      for (let limit = 1; limit <= order.length + 1; limit++) {
        const lengths: number[] = []
        const told: unknown[] = []
        const cursors: string[] = []
        let page = await store.changes(undefined, { limit })
        while (page.changes.length > 0) {
          lengths.push(page.changes.length)
          holds(lengths.length <= order.length, 'the pages come to an end')
          told.push(...page.changes.map(({ session }) => session))
          cursors.push(page.cursor)
          page = await store.changes(page.cursor, { limit })
        }
        const pages = Array.from({ length: Math.ceil(order.length / limit) }, (_, i) =>
          Math.min(limit, order.length - i * limit),
        )
        same([told, lengths], [order, pages], `pages of ${limit}`)
        for (const [i, cursor] of cursors.entries()) {
          const rest = await store.changes(cursor, { limit: 1000 })
          same(
            rest.changes.length,
            Math.max(0, order.length - (i + 1) * limit),
            `what is behind page ${i + 1} of ${limit}`,
          )
          if (rest.changes.length > 0) await store.waitForChange(cursor)
        }
      }
      for (let i = 0; i < 100; i++) await store.create(`more ${i}`)
      same((await store.changes()).changes.length, 100, 'where no limit is given')
    },
  ),
]
