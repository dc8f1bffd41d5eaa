import { turnKey } from '@faircopy/gateway'
import fc from 'fast-check'
import { expect, test } from 'vitest'

test('a key tells the turn and the place, whatever the turn is named', () => {
  const turn = fc.oneof(fc.string(), fc.string({ unit: 'binary', minLength: 100, maxLength: 200 }))
  fc.assert(
    fc.property(turn, turn, fc.nat(), fc.nat(), (one, other, i, j) => {
      expect(turnKey(one, i) === turnKey(other, j)).toBe(one === other && i === j)
      expect(new TextEncoder().encode(turnKey(one, i)).length).toBeLessThanOrEqual(255)
    }),
  )
})
