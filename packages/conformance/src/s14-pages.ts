import type { Entry, ListOptions, TranscriptReader } from '@faircopy/store-core'
import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, contentOf, idsOf, numbered, said, saidText } from './samples.ts'

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

/** Reads every part of a session in pages of every length, in both directions, and holds it against `entries`. */
async function readEveryPart(
  store: TranscriptReader,
  session: string,
  entries: readonly Entry[],
): Promise<void> {
  const end = entries.length + 1
  const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1)
  for (const direction of ['forward', 'backward'] as const) {
    for (const from of upTo(end)) {
      for (const to of [undefined, 0, ...upTo(end)]) {
        const part = entries.slice(from - 1, to)
        const wanted = direction === 'forward' ? part : part.toReversed()
        const options = { from, direction, ...(to !== undefined && { to }) }
        same(await all(store.read(session, options)), wanted, `a stream of ${JSON.stringify(options)}`)
        for (const limit of upTo(end)) {
          const pages: (readonly Entry[])[] = []
          for (let cursor: string | null | undefined; cursor !== null; ) {
            const page = await store.page(session, {
              ...options,
              limit,
              ...(cursor === undefined ? {} : { cursor }),
            })
            pages.push(page.entries)
            holds(pages.length <= end, 'the pages come to an end')
            cursor = page.next
          }
          const lengths = Array.from({ length: Math.max(1, Math.ceil(wanted.length / limit)) }, (_, i) =>
            Math.min(limit, wanted.length - i * limit),
          )
          const what = `pages of ${limit} of ${JSON.stringify(options)}`
          same(
            pages.map(({ length }) => length),
            lengths,
            what,
          )
          same(pages.flat(), wanted, what)
        }
      }
    }
  }
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
  conformanceCase(
    'every part reads the same in pages of any length',
    ['read', 'told'],
    async ({ store, tell }) => {
      await tell('s', numbered(3).map(saidText))
      const entries = await all(store.read('s'))
      same(entries.map(contentOf), numbered(3), 'what it says')
      await readEveryPart(store, 's', entries)
    },
  ),
  conformanceCase(
    'so does what a replacement and a fork put together',
    ['read', 'append', 'replace', 'fork'],
    async ({ store }) => {
      const again = said('3', { idempotencyKey: 'k' })
      await store.append('s', [said('1'), said('2'), again, said('4')], { create: {} })
      await store.replace('s', { from: 2, entries: [said('new'), again] })
      await store.fork('s', { id: 'f', through: 2 })
      await store.append('f', said('own'))
      for (const [id, ids] of [
        ['s', [1, 5, 3]],
        ['f', [1, 5, 6]],
      ] as const) {
        const entries = await all(store.read(id))
        same(idsOf(entries), ids, `the ids of ${id}`)
        await readEveryPart(store, id, entries)
      }
    },
  ),
  conformanceCase(
    'a page has 100 where no limit is given, of entries and of sessions',
    ['read', 'told'],
    async ({ store, tell }) => {
      await tell('s', numbered(101).map(saidText))
      for (let i = 1; i <= 100; i++) await tell(`s${i}`, [saidText('x')])
      const page = await store.page('s')
      const list = await store.list()
      same([page.entries.length, list.sessions.length], [100, 100], 'the first page')
      same(
        (await store.page('s', { cursor: page.next ?? '' })).entries.map(({ seq }) => seq),
        [101],
        'the last entry',
      )
      const rest = await store.list({ cursor: list.next ?? '' })
      same([rest.sessions.map(({ id }) => id), rest.next], [['s99'], null], 'the last session')
    },
  ),
  conformanceCase(
    'a listing of any order and conditions is the same in pages of any length, over several namespaces',
    ['read', 'told', 'clock'],
    async ({ store, tell, clock }) => {
      const told: readonly (readonly [namespace: string, id: string, at: number])[] = [
        ['b', 'y', 10],
        ['a', 'z', 10],
        ['b', 'x', 10],
        ['a', 'x', 20],
        ['b', 'z', 30],
      ]
      const start = clock.now
      for (const [namespace, id, at] of told) {
        clock.now = start + at
        const parent = { namespace, id: 'p', entry: at, why: 'reset' } as const
        await tell({ namespace, id }, [saidText(id)], { parent, startedAt: at })
      }
      const names = async (options: ListOptions): Promise<string[]> => {
        const streamed = await all(store.sessions(options))
        for (let limit = 1; limit <= 6; limit++) {
          const pages: (typeof streamed)[] = []
          for (let cursor: string | null | undefined; cursor !== null; ) {
            const page = await store.list({ ...options, limit, ...(cursor === undefined ? {} : { cursor }) })
            pages.push([...page.sessions])
            holds(pages.length <= told.length, 'the pages come to an end')
            cursor = page.next
          }
          same(pages.flat(), streamed, `pages of ${limit}, ${JSON.stringify(options)}`)
          same(
            pages.length,
            Math.max(1, Math.ceil(streamed.length / limit)),
            `how many pages of ${limit} there are`,
          )
        }
        for (const one of streamed) same(await store.get(one), one, 'a session as it is listed')
        return streamed.map(({ namespace, id }) => namespace + id)
      }
      same(await names({}), ['ax', 'az', 'bx', 'by', 'bz'], 'by address')
      same(await names({ order: 'recent' }), ['bz', 'ax', 'az', 'bx', 'by'], 'the last written first')
      same(await names({ namespace: 'b', order: 'recent' }), ['bz', 'bx', 'by'], 'of one namespace')
      same(await names({ activeSince: start + 20 }), ['ax', 'bz'], 'since a time')
      same(await names({ activeSince: start + 21 }), ['bz'], 'since a moment later')
      same(await names({ parent: { namespace: 'b', id: 'p' } }), ['bx', 'by', 'bz'], 'children')
      same(
        await names({ parent: { namespace: 'a', id: 'p' }, order: 'recent' }),
        ['ax', 'az'],
        'other children',
      )
      const sessions = await all(store.sessions())
      same(
        sessions.map(({ parent, startedAt }) => [parent?.namespace, parent?.entry, startedAt]),
        [
          ['a', 20, 20],
          ['a', 10, 10],
          ['b', 10, 10],
          ['b', 10, 10],
          ['b', 30, 30],
        ],
        'what is known of them',
      )
    },
  ),
]
