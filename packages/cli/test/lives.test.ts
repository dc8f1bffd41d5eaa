import { join } from 'node:path'
import { createMemoryPlace, createMemoryStore } from '@faircopy/store-core/memory'
import { openSqliteStore } from '@faircopy/store-sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foundLives } from './found-lives.ts'
import { type LivedStore, lead, life } from './life.ts'
import { noThreads } from './no-threads.ts'
import { temporaryFolder } from './temporary-folder.ts'

noThreads()

const LONG = process.env['LONG'] === '1'

const places: [string, () => () => Promise<LivedStore>, number][] = [
  [
    'in memory',
    () => {
      const place = createMemoryPlace()
      return async () => createMemoryStore({ place })
    },
    300,
  ],
  [
    'in a file',
    () => {
      const path = join(temporaryFolder(), 'faircopy.db')
      return () => openSqliteStore({ path })
    },
    30,
  ],
]

describe.each(places)('%s', (_, place, runs) => {
  test('whatever happens to a session, the store holds and its source is proven as far as it was decided', async () => {
    await fc.assert(
      fc.asyncProperty(life, async (given) => {
        const open = place()
        const store = await open()
        const { wrong } = await lead(given, store, open)
        await store.close()
        expect(wrong).toEqual([])
      }),
      { numRuns: LONG ? 10 * runs : runs },
    )
  })

  test.each(Object.entries(foundLives))('%s', async (_name, given) => {
    const open = place()
    const store = await open()
    const { wrong } = await lead(given, store, open)
    await store.close()
    expect(wrong).toEqual([])
  })
})
