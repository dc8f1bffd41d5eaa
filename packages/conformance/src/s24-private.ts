import { same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { said } from './samples.ts'

/** S24: a transcript is nobody else's business. */
export const privacy: readonly ConformanceCase[] = [
  conformanceCase(
    'the file is its owner’s only, and has one name',
    ['append', 'facts', 'private-file'],
    async ({ store }) => {
      await store.append('s', said('one'), { create: {} })
      const { fileMode, hardLinks } = await store.facts()
      same([fileMode, hardLinks], [0o600, 1], 'the mode and the number of names')
    },
  ),
]
