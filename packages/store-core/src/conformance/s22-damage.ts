import { StoreError } from '../store-error.ts'
import { ConformanceFailure, holds } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { contents, numbered, said } from './samples.ts'

/** S22: corruption stops writes, and is never an empty transcript. */
export const damage: readonly ConformanceCase[] = [
  conformanceCase(
    'a damaged store takes no writes and reads nothing wrong',
    ['read', 'append', 'fault:damage'],
    async ({ store, fault, close, open }) => {
      const texts = numbered(200).map((n) => n.padEnd(200, '.'))
      await store.append(
        's',
        texts.map((text) => said(text)),
        { create: {} },
      )
      await close()
      await fault('damage')
      let outcome: unknown
      try {
        const damaged = await open()
        const read = await contents(damaged, 's')
        holds(JSON.stringify(read) === JSON.stringify(texts), 'what is read is right, or an error')
        await damaged.append('s', said('more'))
        outcome = 'written'
      } catch (error) {
        if (error instanceof ConformanceFailure) throw error
        outcome = error
      }
      holds(StoreError.is(outcome), 'a damaged store fails with an error of the contract')
      holds(
        ['STORE_CORRUPT', 'NOT_A_STORE'].includes(outcome.code),
        `it says that it is damaged: ${outcome.code}`,
      )
    },
  ),
]
