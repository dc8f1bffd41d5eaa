import { countEntries, type EntryRange, pushRange, sliceRanges } from '@faircopy/store-core/backend'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { entryAt, seqOf } from '../src/generation.ts'

const ranges: fc.Arbitrary<EntryRange[]> = fc
  .array(
    fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 })),
    { maxLength: 6 },
  )
  .map((parts) => {
    let next = 1
    return parts.map(([owner, length, gap]) => {
      const first = next + gap
      next = first + length
      return { owner, first, last: first + length - 1 }
    })
  })

const spelled = (list: readonly EntryRange[]): string[] =>
  list.flatMap(({ owner, first, last }) =>
    Array.from({ length: last - first + 1 }, (_, i) => `${owner}:${first + i}`),
  )

test('S5 places are dense from 1, and an address leads back to its place', () => {
  fc.assert(
    fc.property(ranges, (list) => {
      const all = spelled(list)
      expect(countEntries(list)).toBe(all.length)
      all.forEach((name, i) => {
        const at = entryAt(list, i + 1)
        expect(at && `${at.owner}:${at.id}`).toBe(name)
        expect(at && seqOf(list, at)).toBe(i + 1)
      })
      expect(entryAt(list, 0)).toBeNull()
      expect(entryAt(list, all.length + 1)).toBeNull()
      expect(seqOf(list, { owner: 9, id: 1 })).toBeNull()
    }),
  )
})

test('a slice of ranges says that slice', () => {
  fc.assert(
    fc.property(
      ranges,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 20 }),
      (list, from, to) => {
        expect(spelled(sliceRanges(list, from, to))).toEqual(
          spelled(list).slice(from - 1, Math.max(to, from - 1)),
        )
      },
    ),
  )
})

test('pushing joins what touches and nothing else', () => {
  fc.assert(
    fc.property(ranges, (list) => {
      const pushed: EntryRange[] = []
      for (const { owner, first, last } of list)
        for (let id = first; id <= last; id++) pushRange(pushed, { owner, first: id, last: id })
      expect(spelled(pushed)).toEqual(spelled(list))
      pushed.forEach((range, i) => {
        const next = pushed[i + 1]
        if (next) expect(next.owner === range.owner && next.first === range.last + 1).toBe(false)
      })
    }),
  )
})
