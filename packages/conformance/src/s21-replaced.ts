import { failsWith, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { said } from './samples.ts'

/** S21: the file under us is the file we opened. */
export const replaced: readonly ConformanceCase[] = [
  conformanceCase(
    'a write into a file that is no longer the store’s is not acknowledged',
    ['append', 'fault:replace'],
    async ({ store, fault }) => {
      await store.append('s', said('one'), { create: {} })
      await fault('replace')
      const { outcome } = await failsWith('STORE_REPLACED', store.append('s', said('two')), 'a replaced file')
      same(outcome, 'unknown', 'the outcome')
    },
  ),
]
