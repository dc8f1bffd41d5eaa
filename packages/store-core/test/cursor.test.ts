import { InvalidArgument, StoreError } from '@faircopy/store-core'
import {
  decodeChangeCursor,
  decodeCursor,
  decodeListCursor,
  decodePagePosition,
  encodeChangeCursor,
  encodeCursor,
  encodeListCursor,
  encodePagePosition,
} from '@faircopy/store-core/backend'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const small = fc.integer({ min: 0, max: 3 })
const name = fc.oneof(
  fc.constantFrom('', 'a', '%', '"', 'recent', '\ud83c\udf89'),
  fc.string({ unit: 'grapheme' }),
)
const position = fc.record({
  generation: small,
  seq: small,
  direction: fc.constantFrom('forward' as const, 'backward' as const),
  until: fc.option(small),
})
const key = fc.record({ updatedAt: small, namespace: name, id: name })
const parts = fc.array(fc.oneof(small, name, fc.constant(null)), { maxLength: 5 })

/** What reads a cursor of another kind. */
const READERS = {
  page: decodePagePosition,
  address: (cursor: string) => decodeListCursor(cursor),
  recent: (cursor: string) => decodeListCursor(cursor, 'recent'),
  changes: (cursor: string) => decodeChangeCursor(cursor, 'store', 9),
} as const

function refused(read: () => unknown): string | null {
  try {
    read()
    return null
  } catch (error) {
    if (!StoreError.is(error)) throw error
    return error.code
  }
}

describe('cursors', () => {
  it('give back what they were made of', () => {
    fc.assert(
      fc.property(position, key, name, small, (at, listed, store, changes) => {
        expect(decodePagePosition(encodePagePosition(at))).toEqual(at)
        expect(decodeListCursor(encodeListCursor(listed, 'recent'), 'recent')).toEqual(listed)
        expect(decodeListCursor(encodeListCursor(listed))).toEqual({ ...listed, updatedAt: 0 })
        expect(decodeChangeCursor(encodeChangeCursor(store, changes), store, changes)).toBe(changes)
      }),
    )
  })

  it('are refused by every reader of another kind', () => {
    fc.assert(
      fc.property(position, key, small, (at, listed, changes) => {
        const made = {
          page: encodePagePosition(at),
          recent: encodeListCursor(listed, 'recent'),
          changes: encodeChangeCursor('store', changes),
        }
        for (const [kind, cursor] of Object.entries(made))
          for (const [reader, read] of Object.entries(READERS))
            expect([kind, reader, refused(() => read(cursor))]).toEqual([
              kind,
              reader,
              kind === reader ? null : 'INVALID_ARGUMENT',
            ])
      }),
    )
  })

  it('of changes are stale in another store, and beyond what there is', () => {
    for (const [store, last, code] of [
      ['store', 3, null],
      ['store', 4, null],
      ['store', 2, 'CURSOR_STALE'],
      ['other', 3, 'CURSOR_STALE'],
    ] as const)
      expect(refused(() => decodeChangeCursor(encodeChangeCursor('store', 3), store, last))).toBe(code)
  })

  it('are of the very form, with no part too few, too many or of another type', () => {
    fc.assert(
      fc.property(parts, (made) => {
        const cursor = encodeCursor(made)
        expect(decodeCursor(cursor)).toEqual(made)
        const [first, second, third, fourth] = made
        const isNumber = (part: unknown): boolean => typeof part === 'number'
        const isPage =
          made.length === 4 &&
          isNumber(first) &&
          isNumber(second) &&
          (third === 'forward' || third === 'backward') &&
          (fourth === null || isNumber(fourth))
        const isAddress = made.length === 2 && typeof first === 'string' && typeof second === 'string'
        expect([
          refused(() => READERS.page(cursor)) === null,
          refused(() => READERS.address(cursor)) === null,
        ]).toEqual([isPage, isAddress])
      }),
    )
    for (const cursor of ['', '%', '[', '{}', '[1.5]', '[[1]]', '[true]', '%5B1e400%5D'])
      expect(() => decodeCursor(cursor), cursor).toThrow(InvalidArgument)
  })
})
