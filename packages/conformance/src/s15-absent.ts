import { failsWith, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, said, saidText } from './samples.ts'

/** S15: what is not there is told apart from what is empty. */
export const absent: readonly ConformanceCase[] = [
  conformanceCase(
    'an unknown session is null from get and an error from every reader',
    ['read', 'told'],
    async ({ store, tell }) => {
      await tell('there', [saidText('one')])
      same([await store.get('s'), (await store.get('there'))?.entryCount], [null, 1], 'what get says')
      await failsWith('NO_SESSION', all(store.read('s')), 'read')
      await failsWith('NO_SESSION', store.page('s'), 'page')
      await failsWith('NO_SESSION', store.page({ namespace: 'other', id: 'there' }), 'another namespace')
    },
  ),
  conformanceCase('an empty session is told apart from none', ['read', 'create'], async ({ store }) => {
    await store.create('empty')
    same((await store.get('empty'))?.entryCount, 0, 'what get says')
    same([await all(store.read('empty')), (await store.page('empty')).entries], [[], []], 'an empty session')
  }),
  conformanceCase(
    'an unknown session is an error from every reader of history',
    ['history'],
    async ({ store }) => {
      await failsWith('NO_SESSION', all(store.history('s')), 'history')
      await failsWith('NO_SESSION', store.generations('s'), 'generations')
      await failsWith('NO_SESSION', store.locate('s', 1), 'locate')
    },
  ),
  conformanceCase(
    'a closed store is an error, never an empty transcript',
    ['read', 'told'],
    async ({ store, tell }) => {
      await tell('s', [saidText('one')])
      await store.close()
      await store.close()
      await failsWith('STORE_CLOSED', store.get('s'), 'get')
      await failsWith('STORE_CLOSED', all(store.read('s')), 'read')
      await failsWith('STORE_CLOSED', store.list(), 'list')
    },
  ),
  conformanceCase('a closed store takes nothing in', ['append'], async ({ store }) => {
    await store.append('s', said('one'), { create: {} })
    await store.close()
    await failsWith('STORE_CLOSED', store.append('s', said('two')), 'append')
  }),
]
