import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lead, life } from '../../legacy-jsonl/test/life.ts'
import { temporaryFolder } from './temporary-folder.ts'

const LONG = Number(process.env['LONG'] ?? 0)

test('whatever happens to a session in a file, the store holds and its source is proven', async () => {
  let path = ''
  const open = () => openSqliteStore({ path })
  await fc.assert(
    fc.asyncProperty(life, async (given) => {
      path = join(temporaryFolder(), 'faircopy.db')
      const store = await open()
      try {
        const { wrong } = await lead(given, store, open)
        expect(wrong).toEqual([])
      } finally {
        await store.close()
      }
    }),
    { numRuns: LONG > 1 ? LONG : 40 },
  )
}, 600_000)
