import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { contents, said } from './samples.ts'

/** S20: the wait for another writer is bounded, and blocks nothing. */
export const lock: readonly ConformanceCase[] = [
  conformanceCase(
    'a store that another writer holds is StoreBusy after the wait, and readable meanwhile',
    ['read', 'append', 'fault:lock'],
    async ({ store, fault }) => {
      await store.append('s', said('one'), { create: {} })
      const release = await fault('lock')
      let ticks = 0
      const ticking = setInterval(() => ticks++, 5)
      try {
        const writing = failsWith('STORE_BUSY', store.append('s', said('two')), 'a locked store')
        const [{ outcome, retryable }, read] = await Promise.all([writing, contents(store, 's')])
        same([outcome, retryable], ['not-stored', true], 'what the error says')
        same(read, ['one'], 'what is read meanwhile')
        holds(ticks > 0, 'the wait does not block the event loop')
      } finally {
        clearInterval(ticking)
      }
      await release()
      await store.append('s', said('three'))
      same(await contents(store, 's'), ['one', 'three'], 'after the lock is gone')
    },
    { waitMs: 300 },
  ),
]
