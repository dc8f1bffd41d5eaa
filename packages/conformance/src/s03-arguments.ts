import type { NewEntry, Origin } from '@faircopy/store-core'
import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, brought, contents, delivered, everythingOf, importOf, outcomeOf, said } from './samples.ts'

const chat: Origin = { platform: 'telegram', chat: '1' }

/** Fails the case unless the call is refused as an argument, by this name. */
async function refusedAs(name: string, work: Promise<unknown>): Promise<void> {
  const { message, outcome } = await failsWith('INVALID_ARGUMENT', work, name)
  holds(message.startsWith(`${name}: `), `the name of what is refused: expected ${name}, got "${message}"`)
  same(outcome, 'not-stored', `${name}: outcome`)
}

/** What a caller without types may hand over. */
const any = (value: unknown): never => value as never

/** Changes whatever can be changed of a value. */
function spoil(value: unknown): void {
  if (value instanceof Uint8Array) value.fill(0)
  else if (typeof value === 'object' && value !== null) {
    for (const name of Object.keys(value)) {
      spoil(Reflect.get(value, name))
      Reflect.set(value, name, 'spoiled')
    }
  }
}

/** S3: what a caller hands over is checked by name, before anything is done. */
export const argued: readonly ConformanceCase[] = [
  conformanceCase(
    'an argument is refused by the names of entry and member, and nothing of the call is stored',
    ['read', 'append', 'create', 'update'],
    async ({ store }) => {
      await store.append('s', said('one'), { create: {} })
      const before = await everythingOf(store, 's')
      const wrong: readonly (readonly [string, unknown])[] = [
        ['entries.1.at', [said('a'), said('b', any({ at: 'x' }))]],
        ['entries.2', [said('a'), said('b'), null]],
        ['entries.0', null],
        ['entries.0', [[said('a')]]],
        ['entries.0.kind', said('a', { kind: '' })],
        ['entries.0.record', { kind: 'message' }],
        ['entries.0', said('a', any({ idempotencykey: 'k' }))],
        ['entries.1.idempotencyKey', [said('a'), said('b', any({ idempotencyKey: 7 }))]],
        ['entries.0.correlation', said('a', { correlation: 'nul\0' })],
      ]
      for (const [name, entries] of wrong) await refusedAs(name, store.append('s', any(entries)))
      await refusedAs('options', store.append('s', said('a'), any({ expectedrevision: 9 })))
      await refusedAs('options.create.title', store.append('s', said('a'), any({ create: { title: 7 } })))
      await refusedAs('about.origin', store.create('t', any({ origin: { ...chat, chta: '2' } })))
      await refusedAs('patch', store.update('s', any({ tilte: 'x' })))
      await refusedAs('session', store.get(any(7)))
      await refusedAs('session.id', store.get(''))
      same([await everythingOf(store, 's'), await store.get('t')], [before, null], 'what there is')
    },
  ),
  conformanceCase(
    'an argument is refused also where the call would have been answered without it',
    ['read', 'append', 'append-to-origin', 'create'],
    async ({ store }) => {
      await store.create('s', { origin: chat })
      await store.append({ origin: chat }, delivered('sent', 'd'))
      const again = delivered('sent', 'd')
      await refusedAs('options.create', store.append({ origin: chat }, again, { create: {} }))
      await refusedAs('target.origin', store.append(any({ origin: { ...chat, usr: 'ann' } }), again))
      await refusedAs('options', all(store.read('nobody', any({ form: 1 }))))
    },
  ),
  conformanceCase(
    'a member that is undefined is absent',
    ['read', 'append', 'append-to-origin', 'create', 'update'],
    async ({ store }) => {
      const none = any(undefined)
      await store.create('s', { title: 'one', origin: { ...chat, thread: none } })
      await store.update('s', { title: none, endReason: none }, { expectedRevision: none })
      same((await store.get('s'))?.title, 'one', 'the title')
      const entry: NewEntry = { ...said('a'), kind: none, at: none, idempotencyKey: none, correlation: none }
      await store.append(
        any({ id: undefined, origin: chat, whenAbsent: undefined }),
        any({ ...entry, x: undefined }),
        {
          create: none,
          onConflict: none,
        },
      )
      const [stored] = await all(store.read('s', { from: none, to: none, direction: none }))
      same([stored?.kind, stored?.at, stored?.idempotencyKey], ['message', null, null], 'the entry')
      same((await store.list({ title: none, order: none })).sessions.length, 1, 'a listing')
    },
  ),
  conformanceCase(
    'a member is read once: what was checked of it is what is stored',
    ['read', 'append', 'create', 'narrow-appender'],
    async ({ store }) => {
      await store.create('s')
      let asked = 0
      const once = <T>(first: T, then: unknown) => ({
        enumerable: true,
        get: (): T => (asked++ === 0 ? first : any(then)),
      })
      const kind = (): NewEntry => Object.defineProperty(said('a'), 'kind', once('delivery', 'message'))
      const narrow = store.appender({ writer: 'mirror', kinds: ['delivery'] })
      await narrow.append('s', kind())
      same(asked, 1, 'how often a narrow appender asked')
      asked = 0
      await store.append('s', [said('b'), kind()])
      same(asked, 1, 'how often an append asked')
      asked = 0
      await store.create('t', any(Object.defineProperty({}, 'meta', once({ a: 1 }, { a: 7n }))))
      same(asked, 1, 'how often a create asked')
      asked = 0
      await store.create('u', { meta: any(Object.defineProperty({}, 'a', once(1, 7n))) })
      same(asked, 1, 'how often meta was asked')
      const kinds = (await all(store.read('s'))).map((entry) => entry.kind)
      same(kinds, ['delivery', 'message', 'delivery'], 'the kinds')
      same([(await store.get('t'))?.meta, (await store.get('u'))?.meta], [{ a: 1 }, { a: 1 }], 'the meta')
    },
  ),
  conformanceCase(
    'an abort that comes before anything begins fails a call with its reason, and nothing is done',
    ['read', 'append', 'update', 'import', 'remove', 'verify', 'changes'],
    async ({ store }) => {
      await store.append('s', said('one'), { create: { endedAt: 1 } })
      const { cursor } = await store.changes()
      await store.update('s', { title: 'two' })
      const reason = new Error('stop')
      const signal = AbortSignal.abort(reason)
      const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
        ['import', () => store.import({ ...importOf('t', []), signal })],
        ['prune', () => store.prune({ endedOlderThan: 0, dryRun: false }, { signal })],
        ['verify', () => store.verify({ signal })],
        ['waitForChange', () => store.waitForChange(cursor, { signal })],
      ]
      for (const [name, call] of calls) holds((await outcomeOf(call())) === reason, `${name}: the reason`)
      await refusedAs('options.signal', store.verify({ signal: any({ aborted: true }) }))
      same([await contents(store, 's'), await store.get('t')], [['one'], null], 'what there is')
    },
  ),
  conformanceCase(
    'a store that is closed says so, whatever is asked of it',
    ['read', 'history', 'append', 'create', 'import', 'changes', 'narrow-appender'],
    async ({ store }) => {
      const { changes } = await store.changes()
      same(changes, [], 'the changes of a new store')
      await store.append('s', [said('one'), said('two')], { create: {} })
      const begun = store.read('s')[Symbol.asyncIterator]()
      await begun.next()
      const narrow = store.appender({ writer: 'mirror', kinds: ['message'] })
      await store.close()
      const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
        ['get', () => store.get('s')],
        ['read', () => all(store.read('s'))],
        ['a read that had begun', () => begun.next()],
        ['history', () => all(store.history('s'))],
        ['sessions', () => all(store.sessions())],
        ['ledger', () => all(store.ledger())],
        ['append', () => store.append('s', said('x'))],
        ['a narrow append', () => narrow.append('s', said('x'))],
        ['create', () => store.create('t')],
        ['import', () => store.import(importOf('t', []))],
        ['changes', () => store.changes()],
      ]
      for (const [name, call] of calls) await failsWith('STORE_CLOSED', call(), name)
    },
  ),
  conformanceCase(
    'what a caller handed over or was given is its own: to change it changes nothing that is stored',
    ['read', 'history', 'append', 'create', 'update', 'replace', 'fork', 'routes', 'changes'],
    async ({ store }) => {
      const about = { origin: { ...chat }, title: 'one', meta: { a: { b: [1, 2] } } }
      const again = { from: 2, entries: [said('two')] } as const
      const given: readonly unknown[] = [
        about,
        await store.create('s', about),
        await store.append('s', [said('one'), delivered('sent')]),
        await store.update('s', { title: 'two' }),
        await store.fork('s', { id: 'f', meta: { a: { b: [1, 2] } } }),
        await store.replace('s', again, { operationKey: 'o' }),
      ]
      await store.route({ ...chat, user: 'ann' }, 's')
      const calls: readonly (() => Promise<unknown>)[] = [
        () => store.get('s'),
        () => store.get('f'),
        () => store.list(),
        () => all(store.sessions()),
        () => all(store.read('s')),
        () => store.page('s'),
        () => all(store.history('s')),
        () => store.generations('s'),
        () => store.resolve(chat),
        () => store.routes('s'),
        () => store.changes(),
        () => store.replace('s', again, { operationKey: 'o' }),
      ]
      const told = async (): Promise<unknown[]> => Promise.all(calls.map((call) => call()))
      const before = JSON.stringify(await told())
      for (const one of [...given, ...(await told())]) {
        spoil(one)
        same(JSON.stringify(await told()), before, 'what is told')
      }
    },
  ),
  conformanceCase(
    'what an importer handed over or was given is its own: to change it changes nothing that is stored',
    ['read', 'import'],
    async ({ store }) => {
      const bytes = Uint8Array.of(123, 10)
      const line = { reason: 'invalid-json', line: 2, offset: 9, length: 1, bytes }
      const plan = {
        ...importOf('s', [brought('one', 1), { quarantine: line }], { about: { meta: { a: { b: 1 } } } }),
        run: { id: 'run-1', at: 1, about: { sources: ['a'] } },
        note: {
          key: 'key-1',
          verdict: 'imported',
          reason: null,
          report: { counts: { live: 1 } },
          certificate: { ids: [1] },
        },
      }
      const given = [plan.run, plan.note, plan.about, line, await store.import(plan)]
      const calls: readonly (() => Promise<unknown>)[] = [
        () => store.get('s'),
        () => all(store.read('s')),
        () => store.ledgerNote('s', 'key-1'),
        () => all(store.ledger()),
        () => all(store.imports()),
        () => all(store.quarantined('s')),
      ]
      const told = async (): Promise<unknown[]> => Promise.all(calls.map((call) => call()))
      const before = JSON.stringify(await told())
      for (const one of [...given, ...(await told())]) {
        spoil(one)
        same(JSON.stringify(await told()), before, 'what is told')
      }
    },
  ),
]
