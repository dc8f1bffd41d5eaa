import type { Opened, Origin } from '@faircopy/store-core'
import { failsWith, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, contents, delivered, said } from './samples.ts'

const chat: Origin = { platform: 'telegram', account: 'bot', chatType: 'group', chat: 'c1' }
const slack: Origin = { platform: 'slack', chat: 'x' }

function told({ session, how, ended }: Opened): unknown {
  return [session.id, how, ended?.id ?? null]
}

/** S10: an origin has one live session, and comes to another in one transaction. */
export const opening: readonly ConformanceCase[] = [
  conformanceCase(
    'an origin is opened once, whoever asks and how many at once',
    ['read', 'open', 'routes'],
    async ({ store }) => {
      same(await store.opened({ origins: [chat] }), null, 'before')
      const asked = ['a', 'b', 'c', 'd'].map((id) =>
        store.open({ origins: [chat] }, { session: { create: { id, origin: chat, title: id } } }),
      )
      const [first, ...others] = await Promise.all(asked)
      same(first && told(first), ['a', 'created', null], 'the first')
      same(others.map(told), Array(3).fill(['a', 'found', null]), 'the others')
      same((await all(store.sessions())).length, 1, 'the sessions')
      same((await store.opened({ origins: [chat] }))?.title, 'a', 'what is found later')
      same((await store.resolve(chat))?.id, 'a', 'the route')
      const other = await store.open(
        { namespace: 'other', origins: [chat] },
        { session: { create: { id: 'a' } } },
      )
      same([other.how, other.session.namespace], ['created', 'other'], 'another namespace')
    },
  ),
  conformanceCase(
    'an origin opens what is at the very place: what it leaves out is not there',
    ['open'],
    async ({ store }) => {
      const places: Origin[] = [
        { ...chat, thread: 't' },
        chat,
        { ...chat, user: 'ann' },
        { ...chat, account: 'other' },
        { platform: 'telegram', chat: 'c1' },
        { platform: 'telegram' },
      ]
      for (const [i, origin] of places.entries()) {
        const id = String(i)
        same(
          told(await store.open({ origins: [origin] }, { session: { create: { id, origin } } })),
          [id, 'created', null],
          JSON.stringify(origin),
        )
      }
      for (const [i, origin] of places.entries()) {
        same((await store.opened({ origins: [origin] }))?.id, String(i), JSON.stringify(origin))
      }
    },
  ),
  conformanceCase(
    'a session that nobody opened there is gone on with; several are ambiguous, unless one is named',
    ['create', 'open', 'routes'],
    async ({ store }) => {
      await store.create('topic', { origin: { ...chat, thread: 't', user: 'ann' } })
      await store.create('ann', { origin: { ...chat, user: 'ann', userAlt: '+1' } })
      const create = { session: { create: { id: 'new' } } }
      await store.route(slack, 'ann')
      same(told(await store.open({ origins: [chat] }, create)), ['ann', 'found', null], 'the chat')
      same((await store.routes('ann')).length, 2, 'the routes after it')
      same(await store.opened({ origins: [{ ...chat, user: 'ann' }] }), null, 'who was it opened for')
      same(await store.opened({ origins: [{ ...chat, thread: 't', user: 'bob' }] }), null, 'another person')
      same(
        (await store.opened({ origins: [{ ...chat, thread: 't', user: 'ann' }] }))?.id,
        'topic',
        'the person',
      )
      await store.create('bob', { origin: { ...chat, user: 'bob' } })
      await store.create('bob too', {
        origin: { platform: 'telegram', account: 'bot', chat: 'c1', user: 'bob' },
      })
      const bob = { origins: [{ ...chat, user: 'bob' }] } as const
      await failsWith('AMBIGUOUS_ORIGIN', store.opened(bob), 'what is found')
      await failsWith('AMBIGUOUS_ORIGIN', store.open(bob, create), 'two sessions')
      same(
        told(await store.open(bob, { session: { reopen: 'bob too' } })),
        ['bob too', 'reopened', null],
        'named',
      )
      same((await store.opened(bob))?.id, 'bob too', 'from then on')
      same((await store.opened({ origins: [chat] }))?.id, 'ann', 'the chat, all the while')
    },
  ),
  conformanceCase(
    'every id that a person is known by leads to the session, the first that leads anywhere',
    ['open', 'routes'],
    async ({ store }) => {
      const [byAlt, byId] = [
        { ...chat, user: '+1' },
        { ...chat, user: '7' },
      ]
      await store.open({ origins: [byId] }, { session: { create: { id: 'a', origin: byId } } })
      const create = { session: { create: { id: 'b' } } }
      same(told(await store.open({ origins: [byAlt, byId] }, create)), ['a', 'found', null], 'by both')
      same(told(await store.open({ origins: [byAlt] }, create)), ['a', 'found', null], 'by the other one')
      const byThird = { ...chat, user: '@ann' }
      await store.open({ origins: [byThird] }, { session: { create: { id: 'c', origin: byThird } } })
      same(
        told(await store.open({ origins: [byThird, byId] }, create)),
        ['c', 'found', null],
        'the first decides',
      )
      same((await store.opened({ origins: [byId] }))?.id, 'a', 'and takes nothing away')
    },
  ),
  conformanceCase(
    'a session is ended and replaced once, and all that led to it leads to the new one',
    ['read', 'append', 'open', 'routes'],
    async ({ store }) => {
      await store.open({ origins: [chat] }, { session: { create: { id: 'old', origin: chat } } })
      await store.append('old', said('one'))
      await store.route(slack, 'old')
      const replace = (id: string, session = 'old', expectedRevision?: number): Promise<Opened> =>
        store.open(
          { origins: [chat] },
          {
            session: { create: { id, origin: chat, parent: { id: session, why: 'reset' } } },
            end: { session, at: 5, reason: 'idle' },
          },
          expectedRevision === undefined ? {} : { expectedRevision },
        )
      await failsWith('REVISION_CONFLICT', replace('x', 'old', 9), 'another revision')
      same([(await store.get('old'))?.endedAt, await store.get('x')], [null, null], 'after it')
      const [first, ...others] = await Promise.all([replace('a', 'old', 1), replace('b'), replace('c')])
      same(told(first), ['a', 'created', 'old'], 'the first')
      same([first.ended?.endedAt, first.ended?.endReason], [5, 'idle'], 'the end')
      same(others.map(told), Array(2).fill(['a', 'found', null]), 'the others')
      same(
        (await store.routes('a')).map(({ origin }) => origin),
        [chat, slack],
        'the routes',
      )
      same((await store.resolve(slack))?.id, 'a', 'the other origin')
      same((await store.get('a'))?.parent?.id, 'old', 'the parent')
      same(await contents(store, 'old'), ['one'], 'what the old one says')
      const late = store.append('old', said('two'), { expectedRevision: 1 })
      await failsWith('REVISION_CONFLICT', late, 'a turn that was under way in it')
      await store.append(first.session, said('two'))
      same(await contents(store, 'a'), ['two'], 'the new one, written to as it was given')
    },
  ),
  conformanceCase(
    'a session is reopened in place of the one that lives; the same one is left alone',
    ['read', 'create', 'open', 'update'],
    async ({ store }) => {
      await store.create('first', { origin: chat })
      await store.update('first', { endedAt: 3, endReason: 'reset' })
      await store.open({ origins: [chat] }, { session: { create: { id: 'second', origin: chat } } })
      const end = { session: 'second', at: 7, reason: 'switch' }
      const back = { session: { reopen: 'first' }, end }
      same(told(await store.open({ origins: [chat] }, back)), ['first', 'reopened', 'second'], 'the first')
      const [first, second] = [await store.get('first'), await store.get('second')]
      same([first?.endedAt, first?.endReason], [null, null], 'the first lives')
      same([second?.endedAt, second?.endReason], [7, 'switch'], 'the second has ended')
      const again = { session: { reopen: 'first' }, end: { ...end, session: 'first' } }
      same(told(await store.open({ origins: [chat] }, again)), ['first', 'found', null], 'itself')
      same((await store.get('first'))?.endedAt, null, 'it lives on')
      const moved = { session: { reopen: 'second' }, end: { ...end, session: 'third' } }
      same(
        told(await store.open({ origins: [chat] }, moved)),
        ['first', 'found', null],
        'where another lives',
      )
      same((await store.get('second'))?.endedAt, 7, 'the second')
      await failsWith(
        'NO_SESSION',
        store.open({ origins: [slack] }, { session: { reopen: 'nobody' } }),
        'one that is not there',
      )
      await store.update('first', { endedAt: 9 })
      same(await store.opened({ origins: [chat] }), null, 'where the one that lived has ended')
      const fresh = { session: { create: { id: 'fresh', origin: chat } } }
      same(told(await store.open({ origins: [chat] }, fresh)), ['fresh', 'created', null], 'a new one')
      same((await store.opened({ origins: [chat] }))?.id, 'fresh', 'from then on')
    },
  ),
  conformanceCase(
    'what led to a session that ended leads to the one that is opened there, and stays with it',
    ['create', 'open', 'routes', 'update'],
    async ({ store }) => {
      const open = (id: string): Promise<Opened> =>
        store.open({ origins: [slack] }, { session: { create: { id } } })
      same(told(await open('old')), ['old', 'created', null], 'the first')
      await store.update('old', { endedAt: 5 })
      same(told(await open('new')), ['new', 'created', null], 'the one after it')
      await store.update('old', { endedAt: null })
      same((await store.opened({ origins: [slack] }))?.id, 'new', 'what is found')
      same((await store.resolve(slack))?.id, 'new', 'where a delivery goes')
      same(told(await open('x')), ['new', 'found', null], 'what is opened')
      same([(await store.routes('old')).length, (await store.routes('new')).length], [0, 1], 'the routes')
    },
  ),
  conformanceCase(
    'a fork is opened in place of its parent, which does not change',
    ['read', 'append', 'open', 'fork'],
    async ({ store }) => {
      await store.open({ origins: [chat] }, { session: { create: { id: 'old', origin: chat } } })
      await store.append('old', [said('one'), said('two')])
      const before = await store.get('old')
      const opened = await store.open(
        { origins: [chat] },
        {
          session: { fork: { of: 'old', id: 'new', origin: chat, why: 'compaction' } },
          end: { session: 'old', at: 5, reason: 'compaction' },
          entries: [said('three', { kind: 'compaction' })],
        },
      )
      same(told(opened), ['new', 'forked', 'old'], 'what came of it')
      same(
        opened.session.parent,
        { namespace: 'default', id: 'old', entry: 2, why: 'compaction' },
        'the parent',
      )
      same([opened.session.entryCount, opened.session.revision], [3, 1], 'the session as it is given')
      same(await contents(store, 'new'), ['one', 'two', 'three'], 'the fork')
      same(
        [(await store.get('old'))?.head, await contents(store, 'old')],
        [before?.head, ['one', 'two']],
        'it',
      )
    },
  ),
  conformanceCase(
    'what is opened begins with what was held and what the call says; what is found gets neither',
    ['read', 'create', 'append-to-origin', 'open'],
    async ({ store }) => {
      await store.append({ origin: chat, whenAbsent: 'hold' }, delivered('held', 'd'))
      const opening = (record: string) => ({
        session: { create: { id: 's', origin: chat } },
        entries: [{ kind: 'note', record }],
      })
      await failsWith('INVALID_RECORD', store.open({ origins: [chat] }, opening('1')), 'a bad record')
      same(await store.get('s'), null, 'after it')
      await store.open({ origins: [chat] }, opening('{"content":"first"}'), { writer: 'me' })
      await store.open({ origins: [chat] }, opening('{"content":"second"}'))
      const entries = await all(store.read('s'))
      same(
        entries.map(({ kind, writer }) => [kind, writer]),
        [
          ['delivery', 'gateway'],
          ['note', 'me'],
        ],
        'the entries',
      )
      same(await contents(store, 's'), ['held', 'first'], 'what they say')
      await store.create('old', { origin: slack, endedAt: 5 })
      await store.append({ origin: slack, whenAbsent: 'hold' }, delivered('waited', 'w'))
      await store.open({ origins: [slack] }, { session: { reopen: 'old' } })
      same(await contents(store, 'old'), ['waited'], 'one that lives again')
      for (const entry of [delivered('x'), said('x', { idempotencyKey: 'k' })]) {
        const refused = store.open(
          { origins: [{ platform: 'cli' }] },
          { session: { create: { id: 't' } }, entries: [entry] },
        )
        await failsWith('INVALID_ARGUMENT', refused, 'a delivery or a key')
      }
      const mixed = store.open({ origins: [chat, slack] }, { session: { create: { id: 't' } } })
      await failsWith('INVALID_ARGUMENT', mixed, 'two platforms')
    },
  ),
  conformanceCase(
    'each of several origins that lead nowhere is led to what is opened, and none that leads to a session that lives',
    ['create', 'open', 'routes', 'update'],
    async ({ store }) => {
      const by = (user: string): Origin => ({ ...chat, user })
      await store.create('other', {})
      await store.route(by('taken'), 'other')
      await store.create('dead', { endedAt: 1 })
      await store.route(by('left'), 'dead')
      const origins = [by('1'), by('2'), by('left'), by('3')] as const
      const opened = await store.open({ origins: [...origins] }, { session: { create: { id: 's' } } })
      same(told(opened), ['s', 'created', null], 'what came of it')
      const ledTo = async (id: string): Promise<unknown> =>
        (await store.routes(id)).map(({ origin }) => origin.user)
      same([await ledTo('s'), await ledTo('dead')], [['1', '2', 'left', '3'], []], 'the routes')
      await store.open({ origins: [by('3'), by('taken'), by('4')] }, { session: { create: { id: 'x' } } })
      same(
        [await ledTo('s'), await ledTo('other')],
        [['1', '2', 'left', '3', '4'], ['taken']],
        'the routes then',
      )
      const end = { session: 's', at: 2, reason: null }
      const next = await store.open({ origins: [by('2')] }, { session: { create: { id: 't' } }, end })
      same([told(next), next.ended?.endReason], [['t', 'created', 's'], null], 'one in its place')
      same([await ledTo('s'), await ledTo('t')], [[], ['1', '2', 'left', '3', '4']], 'the routes at last')
      for (const [i, origin] of [by('none'), by('4')].entries())
        same(
          told(await store.open({ origins: [origin, by('1')] }, { session: { create: { id: 'x' } } })),
          ['t', 'found', null],
          `by any of them, ${i}`,
        )
    },
  ),
  conformanceCase(
    'what is opened has the facts and the past that the call says, and what ends nothing else',
    ['read', 'append', 'open', 'fork', 'update', 'clock'],
    async ({ store, clock }) => {
      const about = { title: 'first', meta: { a: 1 }, codec: 'own', startedAt: 3, origin: chat }
      const parent = { namespace: 'far', id: 'past', entry: 4, why: 'reset' } as const
      const first = await store.open(
        { origins: [chat] },
        { session: { create: { id: 'a', ...about, parent } } },
      )
      const { title, meta, codec, startedAt, origin, parent: from } = first.session
      same({ title, meta, codec, startedAt, origin, parent: from }, { ...about, parent }, 'the facts')
      same(first.session, await store.get('a'), 'as it is read')
      await store.append('a', [said('one'), said('two'), said('three')])
      await store.update('a', { endReason: 'none yet' })
      const before = await store.get('a')
      clock.now += 10
      const fork = { of: 'a', id: 'f', through: 2, why: 'subagent', title: 'fork', origin: chat } as const
      const end = { session: 'a', at: 5, reason: 'moved' }
      const second = await store.open({ origins: [chat] }, { session: { fork }, end })
      const ended = { endedAt: 5, endReason: 'moved', revision: 2, updatedAt: clock.now }
      same(second.ended, { ...before, ...ended }, 'what has ended')
      same(second.ended, await store.get('a'), 'as it is read')
      same(
        [second.session.entryCount, second.session.parent, second.session.title, second.session.codec],
        [2, { namespace: 'default', id: 'a', entry: 2, why: 'subagent' }, 'fork', 'own'],
        'the fork',
      )
      clock.now += 10
      const back = await store.open(
        { origins: [chat] },
        { session: { reopen: 'a' }, end: { ...end, session: 'f' } },
      )
      const reopened = { ...ended, endedAt: null, endReason: null, updatedAt: clock.now }
      same(
        [told(back), back.session],
        [['a', 'reopened', 'f'], { ...before, ...reopened }],
        'what lives again',
      )
      same(back.ended, await store.get('f'), 'what has ended')
      await store.update('a', { endedAt: 9 })
      clock.now += 10
      const again = await store.open({ origins: [chat] }, { session: { reopen: 'a' } })
      same(
        [told(again), again.session.updatedAt],
        [['a', 'reopened', null], clock.now],
        'where its route led all along',
      )
    },
  ),
]
