import { turnKey } from '@faircopy/gateway'
import fc from 'fast-check'
import { expect, test } from 'vitest'

test('a key tells the turn and the place, whatever the turn is named', () => {
  const turn = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(
      '',
      '漢'.repeat(66),
      '漢'.repeat(67),
      '\ud800',
      'a\0b',
      '0:x',
      'end',
      'a'.repeat(200),
      'a'.repeat(201),
    ),
  )
  fc.assert(
    fc.property(turn, turn, fc.nat(99), fc.nat(99), (one, other, i, j) => {
      expect(turnKey(one, i) === turnKey(other, j)).toBe(one === other && i === j)
      expect(new TextEncoder().encode(turnKey(one, i)).length).toBeLessThanOrEqual(255)
      expect(turnKey(one, i).isWellFormed()).toBe(true)
    }),
  )
})
