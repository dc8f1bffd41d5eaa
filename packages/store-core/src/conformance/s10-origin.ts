import type { Origin } from '../origin.ts'
import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, contents, delivered, said } from './samples.ts'

const chat: Origin = { platform: 'telegram', account: 'bot', chat: 'c1', user: 'ann' }

/** S10: a session is found by its origin exactly, or not at all. */
export const originating: readonly ConformanceCase[] = [
  conformanceCase(
    'appending to a session that does not exist is an error, unless the call creates it',
    ['read', 'append'],
    async ({ store }) => {
      await failsWith('NO_SESSION', store.append('s', said('one')), 'no such session')
      same(await store.get('s'), null, 'the session')
      await store.append('s', said('one'), { create: { origin: chat, title: 'new' } })
      await store.append('s', said('two'), { create: { title: 'ignored' } })
      const session = await store.get('s')
      same([session?.origin, session?.title, session?.entryCount], [chat, 'new', 2], 'the session')
    },
  ),
  conformanceCase(
    'an origin leads to its one live session, by either of a person’s ids',
    ['append', 'append-to-origin'],
    async ({ store }) => {
      await store.append('s', said('one'), { create: { origin: { ...chat, userAlt: '+1' } } })
      for (const origin of [
        chat,
        { platform: 'telegram', chat: 'c1' },
        { platform: 'telegram', user: '+1' },
        { platform: 'telegram', user: 'unknown', userAlt: 'ann' },
      ]) {
        const receipt = await store.append({ origin }, said('more'))
        holds('session' in receipt && receipt.session.id === 's', `the session of ${JSON.stringify(origin)}`)
      }
      for (const origin of [
        { ...chat, chat: 'c2' },
        { ...chat, user: 'bob' },
        { ...chat, thread: 't' },
        { ...chat, account: 'other' },
        { ...chat, platform: 'slack' },
      ]) {
        await failsWith('NO_SESSION', store.append({ origin }, said('x')), JSON.stringify(origin))
      }
      await failsWith(
        'NO_SESSION',
        store.append({ namespace: 'other', origin: chat }, said('x')),
        'a namespace',
      )
      await store.append({ namespace: 'other', id: 't' }, said('one'), { create: { origin: chat } })
      const other = await store.append({ namespace: 'other', origin: chat }, said('x'))
      holds('session' in other && other.session.id === 't', 'each namespace has its own')
      await store.append({ origin: chat }, said('x'))
      await failsWith(
        'INVALID_ARGUMENT',
        store.append({ origin: chat }, said('x'), { create: {} }),
        'create beside an origin',
      )
    },
  ),
  conformanceCase(
    'several live sessions are AmbiguousOrigin with the candidates, never the newest',
    ['read', 'append', 'append-to-origin'],
    async ({ store }) => {
      await store.append('a', said('one'), { create: { origin: chat } })
      await store.append('b', said('one'), { create: { origin: { ...chat, user: 'bob' } } })
      const error = await failsWith(
        'AMBIGUOUS_ORIGIN',
        store.append(
          { origin: { platform: 'telegram', chat: 'c1' }, whenAbsent: 'hold' },
          delivered('x', 'd'),
        ),
        'a chat of two people',
      )
      holds('candidates' in error, 'the error names the candidates')
      same(
        error.candidates,
        [
          { namespace: 'default', id: 'a' },
          { namespace: 'default', id: 'b' },
        ],
        'the candidates',
      )
      await store.append({ origin: { platform: 'telegram', chat: 'c1', user: 'bob' } }, said('two'))
      same(
        [await contents(store, 'a'), await contents(store, 'b')],
        [['one'], ['one', 'two']],
        'both sessions',
      )
    },
  ),
  conformanceCase(
    'an ended session is never found by its origin',
    ['read', 'append', 'append-to-origin', 'update'],
    async ({ store }) => {
      await store.append('old', said('one'), { create: { origin: chat } })
      await store.update('old', { endedAt: 5, endReason: 'reset' })
      await failsWith('NO_SESSION', store.append({ origin: chat }, said('x')), 'an ended session')
      await store.append('new', said('one'), { create: { origin: chat } })
      await store.append({ origin: chat }, said('two'))
      same([await contents(store, 'old'), await contents(store, 'new')], [['one'], ['one', 'two']], 'both')
    },
  ),
  conformanceCase(
    'where there is none, whenAbsent creates the session in the same transaction',
    ['read', 'append', 'append-to-origin'],
    async ({ store }) => {
      const target = { origin: chat, whenAbsent: { create: { id: 's', title: 'new' } } } as const
      await failsWith('INVALID_RECORD', store.append(target, { record: '1' }), 'a bad record')
      same(await store.get('s'), null, 'after a refused call')
      await store.append(target, said('one'))
      await store.append(target, said('two'))
      const session = await store.get('s')
      same([session?.origin, session?.title], [chat, 'new'], 'the session')
      same(await contents(store, 's'), ['one', 'two'], 'what it says')
    },
  ),
  conformanceCase(
    'a route leads further origins to a session, and says which is meant',
    ['append', 'append-to-origin', 'routes', 'update'],
    async ({ store }) => {
      await store.append('a', said('one'), { create: { origin: chat } })
      await store.append('b', said('one'), { create: { origin: chat } })
      await failsWith('AMBIGUOUS_ORIGIN', store.resolve(chat), 'two sessions of one origin')
      await store.route(chat, 'b')
      same((await store.resolve(chat))?.id, 'b', 'the session that the route names')
      const slack: Origin = { platform: 'slack', chat: 'x' }
      same(await store.resolve(slack), null, 'an origin without a session')
      await store.route(slack, 'a')
      await store.route(slack, 'b')
      same((await store.resolve(slack))?.id, 'b', 'a route that was moved')
      same(
        [await store.routes('a'), (await store.routes('b')).map(({ origin }) => origin)],
        [[], [chat, slack]],
        'the routes',
      )
      await store.update('b', { endedAt: 5 })
      same((await store.resolve(chat))?.id, 'a', 'a route to an ended session leads nowhere')
    },
  ),
  conformanceCase(
    'one chat is one chat by whichever name of its kind; another kind is another chat',
    ['read', 'create', 'append', 'append-to-origin', 'open', 'routes'],
    async ({ store }) => {
      const [told, asked]: [Origin, Origin] = [
        { ...chat, chatType: 'dm' },
        { ...chat, chatType: 'private' },
      ]
      await store.create('s', { origin: told })
      await store.append({ origin: asked }, said('one'))
      await store.append({ origin: asked, whenAbsent: 'hold' }, delivered('two', 'd'))
      same(await contents(store, 's'), ['one', 'two'], 'the session')
      same((await store.get('s'))?.origin, told, 'its origin, as it was told')
      same(
        (await all(store.sessions({ origin: asked }))).map(({ id }) => id),
        ['s'],
        'the listing',
      )
      const opened = await store.open({ origins: [asked] }, { session: { create: { id: 'second' } } })
      same([opened.how, opened.session.id], ['found', 's'], 'what is opened')
      await store.create('t', {})
      await store.route(told, 't')
      same([(await store.resolve(asked))?.id, (await store.routes('s')).length], ['t', 0], 'the route')
      const group: Origin = { ...chat, chatType: 'group' }
      await failsWith('NO_SESSION', store.append({ origin: group }, said('x')), 'another kind')
      await store.create('g', { origin: { ...chat, chatType: 'supergroup' } })
      same((await store.resolve(group))?.id, 'g', 'a large group')
    },
  ),
  conformanceCase(
    'a narrow appender stamps its writer and refuses other kinds',
    ['read', 'append', 'narrow-appender'],
    async ({ store }) => {
      await store.append('s', said('one'), { create: {} })
      const mirror = store.appender({ writer: 'mirror', kinds: ['delivery'] })
      await failsWith('KIND_REFUSED', mirror.append('s', [delivered('x'), said('y')]), 'a message')
      same(await contents(store, 's'), ['one'], 'the session after the refusal')
      await mirror.append('s', delivered('sent', 'd'), { writer: 'gateway' })
      const page = await store.page('s', { from: 2 })
      same(
        page.entries.map(({ writer, kind }) => [writer, kind]),
        [['mirror', 'delivery']],
        'what it wrote',
      )
    },
  ),
]
