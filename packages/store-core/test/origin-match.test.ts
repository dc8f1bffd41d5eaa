import type { Origin } from '@faircopy/store-core'
import { isSameOrigin, matchesOrigin, type OriginWay, sessionsOfOrigin } from '@faircopy/store-core/backend'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const part = fc.constantFrom('a', 'b')
const origin: fc.Arbitrary<Origin> = fc.record(
  {
    platform: part,
    account: part,
    chatType: part,
    chat: part,
    thread: part,
    user: part,
    userAlt: part,
  },
  { requiredKeys: ['platform'] },
)
const way: fc.Arbitrary<OriginWay> = fc.record({
  session: fc.constantFrom('s', 't', 'u'),
  origin,
  by: fc.constantFrom('session', 'route'),
})

test('S10 an origin that names nobody means whoever is there, and one that names somebody only them', () => {
  const ann: Origin = { platform: 'telegram', chat: '1', user: 'ann', userAlt: '+1' }
  expect(matchesOrigin({ platform: 'telegram', chat: '1' }, ann)).toBe(true)
  expect(matchesOrigin({ platform: 'telegram', userAlt: 'ann' }, ann)).toBe(true)
  expect(matchesOrigin({ platform: 'telegram', user: '+1' }, ann)).toBe(true)
  expect(matchesOrigin({ platform: 'telegram', user: 'bob', userAlt: '+1' }, ann)).toBe(true)
  expect(matchesOrigin({ platform: 'telegram', user: 'bob' }, ann)).toBe(false)
  expect(matchesOrigin({ platform: 'telegram', user: 'ann' }, { platform: 'telegram', chat: '1' })).toBe(
    false,
  )
})

test('S10 a place must be equal where it is named; a chat type only where both know it', () => {
  const there: Origin = { platform: 'slack', chat: 'c' }
  expect(matchesOrigin({ platform: 'slack', chat: 'c', thread: 't' }, there)).toBe(false)
  expect(matchesOrigin({ platform: 'slack', chat: 'c', account: 'x' }, there)).toBe(false)
  expect(matchesOrigin({ platform: 'slack', chat: 'c' }, { ...there, thread: 't' })).toBe(true)
  expect(matchesOrigin({ platform: 'slack', chatType: 'dm' }, there)).toBe(true)
  expect(matchesOrigin({ platform: 'slack', chatType: 'dm' }, { ...there, chatType: 'group' })).toBe(false)
})

test('S10 a chat has the same kind by each of its names', () => {
  const kinds = [['dm', 'private', 'direct', 'im'], ['group', 'supergroup'], ['channel'], ['thread'], ['DM']]
  for (const names of kinds) {
    for (const other of kinds) {
      for (const [a, b] of names.flatMap((name) => other.map((too) => [name, too] as const))) {
        const [one, two]: [Origin, Origin] = [
          { platform: 'x', chat: '1', chatType: a },
          { platform: 'x', chat: '1', chatType: b },
        ]
        expect([a, b, matchesOrigin(one, two)]).toEqual([a, b, names === other])
        expect([a, b, isSameOrigin(one, two)]).toEqual([a, b, names === other])
      }
    }
  }
  expect(isSameOrigin({ platform: 'x', chatType: 'dm' }, { platform: 'x' })).toBe(false)
})

test('S10 an origin means itself, and naming less never means fewer sessions', () => {
  fc.assert(
    fc.property(origin, fc.array(way, { maxLength: 6 }), (target, ways) => {
      expect(matchesOrigin(target, target)).toBe(true)
      const { user: _, userAlt: _alt, ...anyone } = target
      for (const one of ways) {
        if (matchesOrigin(target, one.origin)) expect(matchesOrigin(anyone, one.origin)).toBe(true)
      }
    }),
  )
})

test('S10 resolution does not depend on the order of the ways, and names no session that is not meant', () => {
  fc.assert(
    fc.property(
      origin,
      fc.uniqueArray(way, { maxLength: 6, selector: (one) => JSON.stringify(one.origin) }),
      (target, ways) => {
        const found = sessionsOfOrigin(target, ways)
        expect(new Set(sessionsOfOrigin(target, ways.toReversed()))).toEqual(new Set(found))
        expect(new Set(found).size).toBe(found.length)
        for (const session of found) {
          expect(ways.some((one) => one.session === session && matchesOrigin(target, one.origin))).toBe(true)
        }
        const exact = ways.find((one) => one.by === 'route' && isSameOrigin(one.origin, target))
        if (exact) expect(found).toEqual([exact.session])
      },
    ),
  )
})

test('S10 a route takes its origin from the session that had it, and no other', () => {
  const mine: Origin = { platform: 'slack', chat: 'c', user: 'ann' }
  const ways: OriginWay[] = [
    { session: 'old', origin: mine, by: 'session' },
    { session: 'new', origin: mine, by: 'route' },
    { session: 'bob', origin: { ...mine, user: 'bob' }, by: 'session' },
  ]
  expect(sessionsOfOrigin(mine, ways)).toEqual(['new'])
  expect(sessionsOfOrigin({ platform: 'slack', user: 'ann' }, ways)).toEqual(['new'])
  expect(sessionsOfOrigin({ platform: 'slack' }, ways).sort()).toEqual(['bob', 'new'])
})
