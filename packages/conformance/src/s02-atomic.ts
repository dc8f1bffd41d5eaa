import { failsWith, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { everythingOf, said } from './samples.ts'

/** S2: one call is all or nothing. */
export const atomic: readonly ConformanceCase[] = [
  conformanceCase('a call with one bad entry stores nothing of it', ['read', 'append'], async ({ store }) => {
    await store.append('s', said('before', { idempotencyKey: 'k' }), { create: {} })
    const before = await everythingOf(store, 's')
    await failsWith(
      'INVALID_RECORD',
      store.append('s', [said('good'), { record: '[]' }]),
      'a record that is no object',
    )
    await failsWith(
      'KEY_CONFLICT',
      store.append('s', [said('good', { idempotencyKey: 'new' }), said('other', { idempotencyKey: 'k' })]),
      'a key of another record',
    )
    same(await everythingOf(store, 's'), before, 'the session after refused calls')
    const { entries } = await store.append('s', said('later', { idempotencyKey: 'new' }))
    same(entries[0]?.already, false, 'a key of a refused call is free')
  }),
  conformanceCase(
    'a call that would create a session and fails leaves none',
    ['read', 'append'],
    async ({ store }) => {
      await failsWith(
        'INVALID_RECORD',
        store.append('s', [said('good'), { record: 'nonsense' }], { create: {} }),
        'text that is no JSON',
      )
      same(await store.get('s'), null, 'the session')
    },
  ),
  conformanceCase(
    'a replacement that fails leaves the session as it was',
    ['read', 'append', 'replace'],
    async ({ store }) => {
      await store.append('s', [said('one'), said('two', { idempotencyKey: 'k' })], { create: {} })
      const before = await everythingOf(store, 's')
      await failsWith(
        'KEY_CONFLICT',
        store.replace('s', { from: 1, entries: [said('new'), said('other', { idempotencyKey: 'k' })] }),
        'a key of another record',
      )
      same(await everythingOf(store, 's'), before, 'the session after a refused replacement')
    },
  ),
]
