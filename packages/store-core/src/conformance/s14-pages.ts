import type { ListOptions, TranscriptReader } from '../reader.ts'
import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, contentOf, numbered, saidText } from './samples.ts'

async function listed(store: TranscriptReader, options: ListOptions): Promise<string[]> {
  const ids: string[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await store.list({ ...options, limit: 2, ...(cursor === undefined ? {} : { cursor }) })
    holds(page.sessions.length <= 2, 'a page is no longer than asked')
    ids.push(...page.sessions.map(({ id }) => id))
    cursor = page.next
  }
  same(
    ids,
    (await all(store.sessions(options))).map(({ id }) => id),
    'pages and stream say the same',
  )
  return ids
}

/** S14: pages go both ways, and listings are complete. */
export const pages: readonly ConformanceCase[] = [
  conformanceCase(
    'pages go forward and backward over any part',
    ['read', 'told'],
    async ({ store, tell }) => {
      const numbers = numbered(10)
      await tell('s', numbers.map(saidText))
      const part = numbers.slice(2, 9)
      for (const direction of ['forward', 'backward'] as const) {
        const read: string[] = []
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const page = await store.page('s', {
            from: 3,
            to: 9,
            direction,
            limit: 3,
            ...(cursor === undefined ? {} : { cursor }),
          })
          holds(page.entries.length <= 3, 'a page is no longer than asked')
          read.push(...page.entries.map(contentOf))
          cursor = page.next
        }
        const expected = direction === 'forward' ? part : part.toReversed()
        same(read, expected, `pages ${direction}`)
        const streamed = await all(store.read('s', { from: 3, to: 9, direction }))
        same(streamed.map(contentOf), expected, `stream ${direction}`)
      }
      same((await store.page('s', { from: 11 })).entries, [], 'a page beyond the end')
      const tail = await store.page('s', { direction: 'backward', limit: 2 })
      same(tail.entries.map(contentOf), ['10', '9'], 'the last two')
    },
  ),
  conformanceCase(
    'a listing holds every session once, in its order',
    ['read', 'told'],
    async ({ store, tell }) => {
      for (const id of ['b', 'a', 'Z', '\u{1f389}', '\uffee', 'c']) await tell(id, [saidText('x')])
      await tell({ namespace: 'aa', id: 'b' }, [saidText('x')])
      same(
        await listed(store, { namespace: 'default' }),
        ['Z', 'a', 'b', 'c', '\uffee', '\u{1f389}'],
        'by address',
      )
      same((await listed(store, {})).length, 7, 'all namespaces')
      const [session] = (await store.list({ limit: 1 })).sessions
      same([session?.namespace, session?.id, session?.entryCount], ['aa', 'b', 1], 'the first')
    },
  ),
  conformanceCase('a listing keeps what its conditions say', ['read', 'told'], async ({ store, tell }) => {
    await tell('a', [saidText('x')], {
      title: 'Caf\u00e9 plans',
      origin: { platform: 'telegram', chat: 'c1', user: 'ann' },
    })
    await tell('b', [saidText('x')], {
      title: 'Other',
      origin: { platform: 'telegram', chat: 'c2', userAlt: 'ann' },
      endedAt: 9,
    })
    await tell('c', [saidText('x')], {
      origin: { platform: 'slack', chat: 'c1' },
      parent: { id: 'a', why: 'reset' },
    })
    const expected: readonly (readonly [ListOptions, readonly string[]])[] = [
      [{ title: 'CAFE' }, ['a']],
      [{ title: 'plan' }, ['a']],
      [{ title: 'nowhere' }, []],
      [{ state: 'ended' }, ['b']],
      [{ state: 'live' }, ['a', 'c']],
      [{ parent: 'a' }, ['c']],
      [{ parent: { namespace: 'other', id: 'a' } }, []],
      [{ origin: { platform: 'telegram' } }, ['a', 'b']],
      [{ origin: { chat: 'c1' } }, ['a', 'c']],
      [{ origin: { user: 'ann' } }, ['a', 'b']],
      [{ origin: { platform: 'telegram', user: 'ann' }, state: 'live' }, ['a']],
    ]
    for (const [options, ids] of expected) same(await listed(store, options), ids, JSON.stringify(options))
  }),
  conformanceCase(
    'a listing can go by activity',
    ['read', 'told', 'clock'],
    async ({ store, tell, clock }) => {
      for (const id of ['a', 'b', 'c', 'd', 'e']) {
        clock.now += 10
        await tell(id, [saidText('x')])
      }
      const since = clock.now
      clock.now += 10
      await tell('b', [saidText('y')])
      same(await listed(store, { order: 'recent' }), ['b', 'e', 'd', 'c', 'a'], 'the last written first')
      same(await listed(store, { activeSince: since }), ['b', 'e'], 'active since')
      const { next } = await store.list({ order: 'recent', limit: 1 })
      await failsWith('INVALID_ARGUMENT', store.list({ cursor: next ?? '' }), 'a cursor of another order')
    },
  ),
]
