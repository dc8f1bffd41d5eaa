import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { brought, contents, everythingOf, importOf, said } from './samples.ts'

/** S3: a write is stored, not stored or unknown, and the error says which. */
export const outcomes: readonly ConformanceCase[] = [
  conformanceCase(
    'a refusal says that nothing was stored, and what to do',
    ['read', 'append'],
    async ({ store }) => {
      await store.append('s', said('one', { idempotencyKey: 'k' }), { create: {} })
      const errors = [
        await failsWith('NO_SESSION', store.append('t', said('x')), 'no such session'),
        await failsWith('KEY_CONFLICT', store.append('s', said('x', { idempotencyKey: 'k' })), 'a used key'),
        await failsWith(
          'REVISION_CONFLICT',
          store.append('s', said('x'), { expectedRevision: 7 }),
          'another revision',
        ),
        await failsWith('INVALID_RECORD', store.append('s', { record: '{' }), 'no JSON'),
      ]
      for (const { code, outcome, retryable, advice, message } of errors) {
        same(outcome, 'not-stored', `${code}: outcome`)
        same(retryable, false, `${code}: retryable`)
        holds(advice.length > 0 && message.length > 0, `${code}: it says what to do`)
      }
      same(await contents(store, 's'), ['one'], 'the session')
    },
  ),
  conformanceCase(
    'a retry with the same key is safe after a refusal and after success',
    ['read', 'append'],
    async ({ store }) => {
      await store.append('s', said('one'), { create: {} })
      const entry = said('two', { idempotencyKey: 'k' })
      await failsWith(
        'REVISION_CONFLICT',
        store.append('s', entry, { expectedRevision: 9 }),
        'another revision',
      )
      const first = await store.append('s', entry)
      same(first.entries[0]?.already, false, 'the retry after a refusal stores it')
      const second = await store.append('s', entry)
      same(
        second.entries,
        [{ id: first.entries[0]?.id, seq: 2, already: true, differs: false }],
        'the receipt',
      )
      same(await contents(store, 's'), ['one', 'two'], 'the session')
    },
  ),
  conformanceCase(
    'a clock that tells no time is named, and nothing is stored by it',
    ['read', 'append', 'import', 'remove', 'clock'],
    async ({ store, clock }) => {
      const { head } = await store.append('s', said('one'), { create: {} })
      const before = await everythingOf(store, 's')
      const time = clock.now
      for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 1e20, 'now' as never, undefined as never]) {
        clock.now = wrong
        const error = await failsWith('CLOCK_FAILED', store.append('s', said('x')), `an append at ${wrong}`)
        same([error.outcome, error.retryable], ['not-stored', false], 'what became of it')
        await failsWith('CLOCK_FAILED', store.append('new', said('x'), { create: {} }), 'a new session')
        await failsWith(
          'CLOCK_FAILED',
          store.import(importOf('s', [brought('x', 1)], { expectedHead: head })),
          'an import',
        )
        await failsWith('CLOCK_FAILED', store.delete('s'), 'a deletion')
      }
      clock.now = time
      same([await everythingOf(store, 's'), await store.get('new')], [before, null], 'what there is')
      await store.append('s', said('two'))
      same(await contents(store, 's'), ['one', 'two'], 'with the right time again')
    },
  ),
]
