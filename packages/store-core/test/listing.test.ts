import { CursorStale, InvalidArgument } from '@faircopy/store-core'
import {
  compareListed,
  decodeChangeCursor,
  decodeListCursor,
  encodeChangeCursor,
  encodeListCursor,
} from '@faircopy/store-core/backend'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareText } from '../src/listing.ts'
import { matchesTitle } from '../src/title-match.ts'

const text = fc.string({ unit: 'binary', maxLength: 4 })

test('S14 addresses are compared as their bytes are', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})

test('S14 a listing by activity goes from the newest to the oldest, then by address', () => {
  const key = (updatedAt: number, id: string): Parameters<typeof compareListed>[0] => ({
    updatedAt,
    id,
    namespace: 'default',
  })
  expect(compareListed(key(2, 'b'), key(1, 'a'), 'recent')).toBeLessThan(0)
  expect(compareListed(key(1, 'b'), key(1, 'a'), 'recent')).toBeGreaterThan(0)
  expect(compareListed(key(2, 'b'), key(1, 'a'))).toBeGreaterThan(0)
})

test('S14 a cursor of a listing comes back as it was made, in its own order only', () => {
  fc.assert(
    fc.property(text, text, fc.integer(), (namespace, id, updatedAt) => {
      const key = { namespace, id, updatedAt }
      expect(decodeListCursor(encodeListCursor(key, 'recent'), 'recent')).toEqual(key)
      expect(decodeListCursor(encodeListCursor(key))).toMatchObject({ namespace, id })
      expect(() => decodeListCursor(encodeListCursor(key, 'recent'))).toThrow(InvalidArgument)
      expect(() => decodeListCursor(encodeListCursor(key), 'recent')).toThrow(InvalidArgument)
    }),
  )
})

test('S19 a cursor of changes is stale in another store, and beyond what the store ever told', () => {
  const cursor = encodeChangeCursor('one', 7)
  expect(decodeChangeCursor(cursor, 'one', 7)).toBe(7)
  expect(() => decodeChangeCursor(cursor, 'two', 7)).toThrow(CursorStale)
  expect(() => decodeChangeCursor(cursor, 'one', 6)).toThrow(CursorStale)
  expect(() =>
    decodeChangeCursor(encodeListCursor({ namespace: 'a', id: 'b', updatedAt: 0 }), 'one', 7),
  ).toThrow(InvalidArgument)
})

test('S14 a title is matched whatever its case, width and accents', () => {
  expect(matchesTitle('Caf\u00e9 \uff21\uff22\uff23', 'CAFE abc')).toBe(true)
  expect(matchesTitle('Cafe\u0301', 'caf\u00e9')).toBe(true)
  expect(matchesTitle('planning', 'lann')).toBe(true)
  expect(matchesTitle('planning', 'x')).toBe(false)
  expect(matchesTitle(null, '')).toBe(false)
})
