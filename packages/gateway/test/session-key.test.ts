import {
  type KeyPolicy,
  legacySessionKey,
  openingOrigins,
  originsOfLegacyKey,
  parseSessionKey,
  sessionKey,
  sessionOrigin,
} from '@faircopy/gateway'
import type { Origin } from '@faircopy/store-core'
import { isSameOrigin } from '@faircopy/store-core/backend'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'

const perUserThreads: KeyPolicy = { threads: 'per-user' }
const sharedGroups: KeyPolicy = { groups: 'shared' }

/** The key rules of Hermes (scenarios 11 to 24 of its test_session.py, and what its code says besides). */
const rules: readonly [what: string, origin: Origin, policy: KeyPolicy, legacy: string, own?: string][] = [
  [
    'a WhatsApp chat',
    { platform: 'whatsapp', chatType: 'dm', chat: '49151' },
    {},
    'agent:main:whatsapp:dm:49151',
  ],
  ['a Telegram chat', { platform: 'telegram', chatType: 'dm', chat: '99' }, {}, 'agent:main:telegram:dm:99'],
  [
    'another chat on the same platform',
    { platform: 'telegram', chatType: 'dm', chat: '100' },
    {},
    'agent:main:telegram:dm:100',
  ],
  [
    'a thread of a direct chat',
    { platform: 'telegram', chatType: 'dm', chat: '99', thread: 'topic-1' },
    {},
    'agent:main:telegram:dm:99:topic-1',
  ],
  [
    'a direct chat of which only the thread is known',
    { platform: 'slack', chatType: 'dm', thread: 't1' },
    {},
    'agent:main:slack:dm:t1',
    'agent:main:slack:dm::t1',
  ],
  [
    'a direct chat of which nothing is known',
    { platform: 'telegram', chatType: 'dm' },
    {},
    'agent:main:telegram:dm',
  ],
  [
    'a person in a group',
    { platform: 'discord', chatType: 'group', chat: 'guild-123', user: 'alice' },
    {},
    'agent:main:discord:group:guild-123:alice',
    'agent:main:discord:group:guild-123::alice',
  ],
  [
    'another person in that group',
    { platform: 'discord', chatType: 'group', chat: 'guild-123', user: 'bob' },
    {},
    'agent:main:discord:group:guild-123:bob',
    'agent:main:discord:group:guild-123::bob',
  ],
  [
    'a group that people share',
    { platform: 'discord', chatType: 'group', chat: 'guild-123', user: 'alice' },
    sharedGroups,
    'agent:main:discord:group:guild-123',
  ],
  [
    'a channel where nobody is named',
    { platform: 'slack', chatType: 'channel', chat: 'C1' },
    {},
    'agent:main:slack:channel:C1',
  ],
  [
    'a person’s other id before the first',
    { platform: 'signal', chatType: 'group', chat: 'g', user: '+49', userAlt: 'uuid-1' },
    {},
    'agent:main:signal:group:g:uuid-1',
    'agent:main:signal:group:g::uuid-1',
  ],
  [
    'a thread of a group, shared by default',
    { platform: 'telegram', chatType: 'group', chat: '-1002285219667', thread: '17585', user: '42' },
    {},
    'agent:main:telegram:group:-1002285219667:17585',
  ],
  [
    'a thread for each person',
    { platform: 'telegram', chatType: 'group', chat: '-1002285219667', thread: '17585', user: '42' },
    perUserThreads,
    'agent:main:telegram:group:-1002285219667:17585:42',
  ],
  [
    'a thread for each person where groups are shared: they are not',
    { platform: 'telegram', chatType: 'group', chat: '-1', thread: '5', user: '42' },
    { ...perUserThreads, ...sharedGroups },
    'agent:main:telegram:group:-1:5',
  ],
  [
    'a group without a chat id',
    { platform: 'cli', chatType: 'group', user: '42' },
    {},
    'agent:main:cli:group:42',
    'agent:main:cli:group:::42',
  ],
  [
    'a direct chat by the name that its platform has',
    { platform: 'telegram', chatType: 'private', chat: '99', user: '7' },
    {},
    'agent:main:telegram:dm:99',
  ],
  [
    'a large group by the name that its platform has',
    { platform: 'telegram', chatType: 'supergroup', chat: '-1', user: '42' },
    {},
    'agent:main:telegram:group:-1:42',
    'agent:main:telegram:group:-1::42',
  ],
  ['an origin without a chat type', { platform: 'CLI' }, {}, 'agent:main:cli:dm'],
]

describe('the rules of Hermes', () => {
  it.each(rules)('%s', (_, origin, policy, legacy, own = legacy) => {
    expect(sessionKey(origin, policy)).toBe(own)
    expect(legacySessionKey(origin, policy)).toBe(legacy)
    const [way] = openingOrigins(origin, policy)
    expect(parseSessionKey(own)).toEqual(way)
    const meant = originsOfLegacyKey(legacy).some((reading) => isSameOrigin(reading, way))
    expect(meant).toBe(true)
  })

  it('but a person of whom only an id is known has a session of their own', () => {
    const origin = { platform: 'telegram', user: '7' }
    expect(sessionKey(origin)).toBe('agent:main:telegram:dm:::7')
    expect(sessionKey({ ...origin, chat: '1' })).toBe('agent:main:telegram:dm:1')
  })

  it('a platform may have rules of its own', () => {
    const policy: KeyPolicy = { byPlatform: { slack: { groups: 'shared' } } }
    const origin = { platform: 'Slack', chatType: 'channel', chat: 'C1', user: 'U1' }
    expect(sessionKey(origin, policy)).toBe('agent:main:slack:channel:C1')
    expect(sessionKey({ ...origin, platform: 'telegram' }, policy)).toBe('agent:main:telegram:channel:C1::U1')
  })
})

const part = fc.oneof(
  fc.constantFrom('1', '2', 'main', ':', '%', '%3A', 'a:b', 'é', '%6Dain', ' '),
  fc.string({ minLength: 1, maxLength: 5 }).filter((text) => text.isWellFormed() && !text.includes('\0')),
)
const anyOrigin: fc.Arbitrary<Origin> = fc.record(
  {
    platform: fc.constantFrom('telegram', 'slack', 'a:b'),
    account: part,
    chatType: fc.constantFrom('dm', 'private', 'group', 'supergroup', 'channel', 'x:y'),
    chat: part,
    thread: part,
    user: part,
    userAlt: part,
  },
  { requiredKeys: ['platform'] },
)
const anyPolicy: fc.Arbitrary<KeyPolicy> = fc.record(
  { groups: fc.constantFrom('per-user', 'shared'), threads: fc.constantFrom('per-user', 'shared') },
  { requiredKeys: [] },
)

test('two sessions never have one key, whatever separators their ids hold, and a key names its parts', () => {
  fc.assert(
    fc.property(anyOrigin, anyOrigin, anyPolicy, (a, b, policy) => {
      const [wayA] = openingOrigins(a, policy)
      const [wayB] = openingOrigins(b, policy)
      expect(sessionKey(a, policy) === sessionKey(b, policy)).toBe(isSameOrigin(wayA, wayB))
      expect(parseSessionKey(sessionKey(a, policy))).toEqual(wayA)
      expect(sessionKey(sessionOrigin(a, policy), policy)).toBe(sessionKey(a, policy))
    }),
    { numRuns: 500 },
  )
})

test('other texts are no keys', () => {
  for (const text of [
    '',
    'agent',
    'agent:main',
    'agent:main:telegram',
    'x:main:telegram:dm',
    'agent:main:t:dm:%',
  ]) {
    expect(parseSessionKey(text)).toBeNull()
  }
  expect(parseSessionKey('agent:main:t:dm:1:2:3:4')).toBeNull()
  expect(parseSessionKey('agent:main:t:dm:1:')).toBeNull()
  expect(originsOfLegacyKey('_README')).toEqual([])
  expect(originsOfLegacyKey('agent:main:matrix:group:!room:server.org:@me:server.org')).toEqual([])
})

test('a legacy key that may mean several origins says so', () => {
  expect(originsOfLegacyKey('agent:main:telegram:group:5:7')).toEqual([
    { platform: 'telegram', chatType: 'group', chat: '5', thread: '7' },
    { platform: 'telegram', chatType: 'group', chat: '5', user: '7' },
    { platform: 'telegram', chatType: 'group', thread: '5', user: '7' },
  ])
  expect(originsOfLegacyKey('agent:main:telegram:dm')).toEqual([{ platform: 'telegram', chatType: 'dm' }])
})

test('a session that people share names nobody; one of a person names all their ids', () => {
  const origin = { platform: 'signal', chatType: 'group', chat: 'g', user: '+49', userAlt: 'uuid-1' }
  expect(sessionOrigin(origin)).toEqual(origin)
  expect(sessionOrigin(origin, sharedGroups)).toEqual({ platform: 'signal', chatType: 'group', chat: 'g' })
  expect(openingOrigins(origin).map(({ user }) => user)).toEqual(['uuid-1', '+49'])
  expect(sessionOrigin({ ...origin, chatType: 'dm' }, sharedGroups)).toEqual({ ...origin, chatType: 'dm' })
})
