import { createMemoryPlace, createMemoryStore } from '@faircopy/store-core/memory'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lead, life } from './life.ts'

const LONG = Number(process.env['LONG'] ?? 0)

test('whatever happens to a session, the store holds and its source is proven as far as it was decided', async () => {
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(life, async (given) => {
      const place = createMemoryPlace()
      const again = async () => createMemoryStore({ place })
      const { wrong, seen: did } = await lead(given, await again(), again)
      for (const each of did) seen.set(each, (seen.get(each) ?? 0) + 1)
      expect(wrong).toEqual([])
    }),
    { numRuns: LONG > 1 ? LONG : LONG ? 3_000 : 300 },
  )
  for (const word of ['import merged', 'import ambiguous', 'keep-canonical', 'branch', 'undo-import undone'])
    expect(seen.get(word), word).toBeGreaterThan(0)
}, 600_000)
