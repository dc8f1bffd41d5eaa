import type { Origin, Receipt, StoreWith } from '@faircopy/store-core'
import { failsWith, holds, same } from './assert.ts'
import { answerOf, type Life, sameBeside } from './beside.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, contents, delivered, said } from './samples.ts'

const chat: Origin = { platform: 'telegram', account: 'bot', chat: 'c1', user: 'ann' }

const originLife: Life<
  StoreWith<'append' | 'append-to-origin' | 'create' | 'open' | 'read' | 'routes' | 'update'>
> = async function* (store, at, namespace) {
  const slack: Origin = { platform: 'slack', chat: 'x' }
  const line: Origin = { platform: 'line', chat: 'y' }
  const seen = async (): Promise<unknown> => {
    const told: unknown[] = []
    for (const origin of [chat, slack, line, { platform: 'telegram' }])
      told.push(
        await answerOf(store.resolve(origin, namespace)),
        await answerOf(store.opened({ namespace, origins: [origin] })),
      )
    for (const id of ['a', 'b', 'c', 'd']) told.push(await answerOf(store.routes(at(id))))
    return told
  }
  for (const id of ['b', 'a']) {
    yield [await store.create(at(id), { origin: chat }), await seen()]
  }
  yield [await store.route(chat, at('b')), await seen()]
  yield [await store.route(slack, at('a')), await seen()]
  yield [await store.route(slack, at('b')), await seen()]
  const end = { session: 'b', at: 5, reason: 'idle' }
  const target = { namespace, origins: [slack, line] } as never
  yield [await store.open({ namespace, origins: [line] }, { session: { create: { id: 'c' } } }), await seen()]
  yield [
    await store.open({ namespace, origins: [slack] }, { session: { create: { id: 'd' } }, end }),
    await seen(),
  ]
  yield [
    await answerOf(store.open({ namespace, origins: [slack] }, { session: { create: { id: 'e' } } })),
    await seen(),
  ]
  yield [
    await answerOf(store.open({ namespace, origins: [chat] }, { session: { reopen: 'b' } })),
    await seen(),
  ]
  yield await answerOf(store.opened(target))
  yield await answerOf(store.append({ namespace, origin: line }, said('to c')))
  yield await answerOf(
    store.append({ namespace, origin: slack, whenAbsent: { create: { id: 'f' } } }, said('to d')),
  )
  const unheard = { platform: 'none' }
  yield await answerOf(
    store.append({ namespace, origin: unheard, whenAbsent: { create: { id: 'g' } } }, said('to g')),
  )
  yield [await answerOf(store.get(at('f'))), await answerOf(store.get(at('g'))), await seen()]
}

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
      const own = { id: 'own', origin: { platform: 'own' }, codec: 'x', startedAt: 3, meta: { a: 1 } }
      const at = { namespace: 'far', origin: chat, whenAbsent: { create: own } }
      await store.append(at, said('one'))
      const { namespace, id, origin, codec, startedAt, meta } =
        (await store.get({ namespace: 'far', id: 'own' })) ?? {}
      same(
        { namespace, id, origin, codec, startedAt, meta },
        { namespace: 'far', ...own },
        'one with facts of its own',
      )
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
  conformanceCase(
    'origins and routes of one namespace lead nowhere in another',
    ['read', 'append', 'append-to-origin', 'create', 'open', 'routes', 'update', 'clock'],
    (trial) => sameBeside(trial, originLife),
  ),
  conformanceCase(
    'each part of an origin must be so where it is named, and a person is one by either id',
    ['create', 'append', 'append-to-origin', 'read'],
    async ({ store }) => {
      const own: Origin = {
        platform: 'p',
        account: 'a',
        chatType: 'group',
        chat: 'c',
        thread: 't',
        user: 'u',
        userAlt: 'v',
      }
      await store.create('full', { origin: own })
      await store.create('bare', { origin: { platform: 'q', chat: 'c' } })
      const leads = async (origin: Origin): Promise<boolean> => {
        const answer = await answerOf(store.append({ origin }, []))
        if ((answer as { readonly code?: string }).code === 'NO_SESSION') return false
        same(
          (answer as Receipt).session.id,
          origin.platform === 'p' ? 'full' : 'bare',
          JSON.stringify(origin),
        )
        return true
      }
      const parts = ['account', 'chatType', 'chat', 'thread'] as const
      for (let named = 0; named < 16; named++) {
        const chosen = parts.filter((_, i) => named & (1 << i))
        const target = { platform: 'p', ...Object.fromEntries(chosen.map((part) => [part, own[part]])) }
        same(await leads(target), true, JSON.stringify(target))
        for (const part of chosen)
          same(await leads({ ...target, [part]: 'x' }), false, `with another ${part}`)
        const bare = { ...target, platform: 'q' }
        const isThere = !chosen.includes('account') && !chosen.includes('thread')
        same(await leads(bare), isThere, `${JSON.stringify(bare)}, where only the chat is known`)
      }
      for (const [person, isIt] of [
        [{ user: 'u' }, true],
        [{ user: 'v' }, true],
        [{ userAlt: 'u' }, true],
        [{ userAlt: 'v' }, true],
        [{ user: 'x', userAlt: 'v' }, true],
        [{ user: 'u', userAlt: 'x' }, true],
        [{ user: 'x', userAlt: 'y' }, false],
        [{ user: 'x' }, false],
        [{ userAlt: 'x' }, false],
      ] as const) {
        same(await leads({ platform: 'p', ...person }), isIt, JSON.stringify(person))
        same(
          await leads({ platform: 'q', ...person }),
          false,
          `${JSON.stringify(person)}, where nobody is known`,
        )
      }
    },
  ),
  conformanceCase(
    'every one of several candidates is named, in the order of ids, whenever it was created',
    ['create', 'append', 'append-to-origin', 'open', 'routes', 'remove', 'update'],
    async ({ store }) => {
      const ids = ['c', 'a', '\u{1f389}', 'b', '\uffee']
      for (const id of ids) await store.create(id, { origin: chat })
      const told = async (): Promise<unknown> => {
        const asked = [
          store.append({ origin: chat }, []),
          store.resolve(chat),
          store.opened({ origins: [chat] }),
          store.open({ origins: [chat] }, { session: { create: { id: 'new' } } }),
        ]
        const answers = (await Promise.all(asked.map(answerOf))) as {
          readonly candidates?: readonly { readonly id: string }[]
        }[]
        for (const answer of answers) same(answer, answers[0], 'what each of them says')
        return answers[0]?.candidates?.map(({ id }) => id)
      }
      same(await told(), ['a', 'b', 'c', '\uffee', '\u{1f389}'], 'all that live')
      await store.update('a', { endedAt: 1 })
      await store.delete('c')
      same(await told(), ['b', '\uffee', '\u{1f389}'], 'those that still live')
      await store.update('a', { endedAt: null })
      same(await told(), ['a', 'b', '\uffee', '\u{1f389}'], 'with one that lives again')
      await store.undelete('c')
      same(await told(), ['a', 'b', 'c', '\uffee', '\u{1f389}'], 'with one that came back')
    },
  ),
  conformanceCase(
    'a route leads on to its session by what its origin matches, and takes from its own origin what it says of another',
    ['create', 'routes', 'update', 'remove'],
    async ({ store }) => {
      const led: Origin = { platform: 'slack', chat: 'x', user: 'ann' }
      await store.create('a', { origin: chat })
      await store.create('b', { origin: { platform: 'line' } })
      await store.route(led, 'a')
      same((await store.resolve({ platform: 'slack' }))?.id, 'a', 'by a part of the origin')
      same((await store.resolve({ platform: 'slack', user: 'bob' }))?.id, undefined, 'another person')
      await store.route(chat, 'b')
      same((await store.resolve(chat))?.id, 'b', 'by exactly the route')
      same(
        (await store.resolve({ platform: 'telegram' }))?.id,
        'b',
        'not by its own origin, which leads elsewhere',
      )
      await store.delete('b')
      same((await store.resolve(chat))?.id, 'a', 'by its own origin, where the other is deleted')
      await store.undelete('b')
      same((await store.resolve(chat))?.id, 'b', 'by the route, which came back with its session')
      await store.update('b', { endedAt: 3 })
      same((await store.resolve(chat))?.id, 'a', 'by its own origin, where the other has ended')
      await store.update('b', { endedAt: null, origin: { platform: 'viber' } })
      same((await store.resolve({ platform: 'line' }))?.id, undefined, 'an origin that was changed')
      same((await store.resolve({ platform: 'viber' }))?.id, 'b', 'the origin that it has now')
      same(
        (await store.routes('b')).concat(await store.routes('a')),
        [
          { namespace: 'default', origin: chat, session: 'b' },
          { namespace: 'default', origin: led, session: 'a' },
        ],
        'the routes',
      )
    },
  ),
]
