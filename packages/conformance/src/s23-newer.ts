import { failsWith } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { said } from './samples.ts'

/** S23: a newer schema is refused before anything is written. */
export const newer: readonly ConformanceCase[] = [
  conformanceCase(
    'a store that a newer version wrote is refused',
    ['append', 'fault:newer'],
    async ({ store, fault, close, open }) => {
      await store.append('s', said('one'), { create: {} })
      await close()
      await fault('newer')
      await failsWith('SCHEMA_TOO_NEW', open(), 'opening it')
    },
  ),
]
