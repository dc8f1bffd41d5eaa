import { failsWith, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { contents, said } from './samples.ts'

/** S26: a full disk costs nothing that was acknowledged. */
export const full: readonly ConformanceCase[] = [
  conformanceCase(
    'reads go on when there is no room, and the same store writes again once there is',
    ['read', 'append', 'fault:fill'],
    async ({ store, fault }) => {
      await store.append('s', said('one'), { create: {} })
      const makeRoom = await fault('fill')
      const entry = said('x'.repeat(100_000), { idempotencyKey: 'k' })
      await failsWith('STORE_FULL', store.append('s', entry), 'no room')
      same(await contents(store, 's'), ['one'], 'what is read')
      await makeRoom()
      await store.append('s', entry)
      same((await contents(store, 's')).length, 2, 'entries after there is room')
    },
  ),
]
