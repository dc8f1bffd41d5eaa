import { InvalidArgument, partKey } from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('', 'a:b', '0:a', 'sha256:0:a', '\ud83c', 'a\0b', 'é'.repeat(100), 'é'.repeat(101)),
)
const named = fc.tuple(fc.constantFrom('turn', 'delivery'), fc.nat(12), name)

test('S4 a key is derived from space, part and name, is another for another of them, and fits every store', async () => {
  const store = createMemoryStore()
  await fc.assert(
    fc.asyncProperty(named, named, async (one, other) => {
      const isSame = one.every((part, i) => part === other[i])
      expect(partKey(...one) === partKey(...other)).toBe(isSame)
      const entry = { record: '{}', idempotencyKey: partKey(...one) }
      await expect(store.append('s', entry, { create: {}, onConflict: 'first' })).resolves.toBeDefined()
    }),
    { numRuns: 500 },
  )
})

test('S4 a plain name stays readable', () => {
  expect(partKey('turn', 3, 'm:1')).toBe('turn:3:m:1')
  expect(partKey('turn', 3, 'm'.repeat(201))).toMatch(/^turn-sha256:3:[0-9a-f]{64}$/)
})

test('S4 what has no name has no key', () => {
  for (const name of [undefined, null, 7, {}] as never[]) {
    expect(() => partKey('turn', 0, name)).toThrow(InvalidArgument)
  }
  for (const part of [undefined, -1, 1.5, Number.NaN, '1'] as never[]) {
    expect(() => partKey('turn', part, 'm')).toThrow(InvalidArgument)
  }
})
