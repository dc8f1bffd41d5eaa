import type { Entry } from '@faircopy/store-core'
import { type AppendCall, type BrokenStores, broken, loose } from './broken-store.ts'

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

export const reading: readonly BrokenStores[] = [
  [
    'S13',
    [
      broken('tears a read', (store) => ({
        read: loose(async function* (session: string, options?: object) {
          await store.page(session)
          for (let from = 1; ; ) {
            const { entries } = await store.page(session, { ...options, from, limit: 10 })
            yield* entries
            if (entries.length === 0) return
            from += entries.length
          }
        }),
      })),
      broken('renumbers under a cursor', (store) => ({
        page: async (session, options = {}) => {
          const { cursor } = options
          const from = cursor?.startsWith('at ') ? Number(cursor.slice(3)) : undefined
          if (from === undefined) {
            const page = await store.page(session, options)
            return { ...page, next: page.next && `at ${(page.entries.at(-1)?.seq ?? 0) + 1}` }
          }
          const { cursor: _, ...rest } = options
          const page = await store.page(session, { ...rest, from })
          return { ...page, next: page.next && `at ${(page.entries.at(-1)?.seq ?? 0) + 1}` }
        },
      })),
      broken('repeats the last entry of a page', (store) => {
        let last: readonly Entry[] = []
        return {
          page: async (session, options = {}) => {
            const page = await store.page(session, options)
            const entries = options.cursor === undefined ? page.entries : [...last, ...page.entries]
            last = page.entries.slice(-1)
            return { ...page, entries }
          },
        }
      }),
      broken('ends a stream short where its session goes', (store) => ({
        read: loose(async function* (...args: Parameters<typeof store.read>) {
          for await (const entry of store.read(...args)) {
            if (!(await store.get(args[0]))) return
            yield entry
          }
        }),
      })),
      broken('shows half a transaction', (store) => ({
        append: loose(async (...args: AppendCall) => {
          const entries = [args[1]].flat()
          if (entries.length !== 3) return store.append(...args)
          await store.append(args[0], entries.slice(0, 1))
          await new Promise((resolve) => setTimeout(resolve, 5))
          return store.append(args[0], entries.slice(1))
        }),
      })),
    ],
  ],
  [
    'S14',
    [
      broken('reads backward as if it were forward', (store) => ({
        page: (session, { direction: _, ...options } = {}) => store.page(session, options),
      })),
      broken('skips a session between two pages of a listing', (store) => ({
        list: async (options = {}) => {
          const page = await store.list(options)
          return options.cursor === undefined ? page : { ...page, sessions: page.sessions.slice(1) }
        },
      })),
      broken('lists titles only as they are spelt', (store) => ({
        list: async ({ title, ...options } = {}) => {
          const page = await store.list(options)
          const sessions = page.sessions.filter((one) => title === undefined || one.title?.includes(title))
          return { ...page, sessions }
        },
        sessions: loose(async function* ({ title, ...options }: { title?: string } = {}) {
          for await (const one of store.sessions(options)) {
            if (title === undefined || one.title?.includes(title)) yield one
          }
        }),
      })),
      broken('lists by address whatever it is asked', (store) => ({
        list: ({ order: _, ...options } = {}) => store.list(options),
        sessions: ({ order: _, ...options } = {}) => store.sessions(options),
      })),
      broken('reads to the end, whatever place is named', (store) => ({
        read: loose((session: string, { to: _, ...options }: { to?: number } = {}) =>
          store.read(session, options),
        ),
      })),
      broken('has a cursor behind a page that is exactly full', (store) => {
        let behind: string | null = null
        return {
          page: async (session, options = {}) => {
            const page = await store.page(session, options)
            behind = page.next ?? behind
            return page.entries.length === options.limit ? { ...page, next: page.next ?? behind } : page
          },
        }
      }),
      broken('has pages of 50', (store) => ({
        list: ({ limit = 50, ...options } = {}) => store.list({ limit, ...options }),
      })),
      broken('lists since the moment after', (store) => ({
        sessions: ({ activeSince, ...options } = {}) =>
          store.sessions({ ...options, ...(activeSince !== undefined && { activeSince: activeSince + 1 }) }),
      })),
    ],
  ],
  [
    'S15',
    [
      broken('reads an unknown session as an empty one', (store) => ({
        read: loose(async function* (...args: Parameters<typeof store.read>) {
          try {
            yield* store.read(...args)
          } catch (error) {
            if ((error as { code?: string }).code !== 'NO_SESSION') throw error
          }
        }),
      })),
      broken('has an empty history for an unknown session', (store) => ({
        generations: (session) => store.generations(session).catch(() => []),
      })),
      broken('takes an empty session for none', (store) => ({
        get: async (session) => {
          const found = await store.get(session)
          return found?.entryCount === 0 ? null : found
        },
      })),
      broken('takes what is written once it is closed', (store) => ({
        append: loose((...args: Parameters<typeof store.append>) =>
          store.append(...args).catch((error: unknown) => {
            if ((error as { code?: string }).code !== 'STORE_CLOSED') throw error
          }),
        ),
      })),
      broken('reads as empty once it is closed', (store) => ({
        list: (options) => store.list(options).catch(() => ({ sessions: [], next: null })),
      })),
    ],
  ],
  [
    'S16',
    [
      broken('drops kinds that it does not know', (store) => ({
        read: loose(async function* (...args: Parameters<typeof store.read>) {
          for await (const entry of store.read(...args)) if (!entry.kind.includes('.')) yield entry
        }),
      })),
    ],
  ],
  [
    'S17',
    [
      broken('finds words between spaces only', (store) => ({
        search: async (text, options) => {
          const result = await store.search(text, options)
          const isWord = ({ record }: Entry): boolean =>
            record.toLowerCase().split(/[\s"]/).includes(text.toLowerCase())
          return { ...result, hits: result.hits.filter(({ entry }) => isWord(entry)) }
        },
      })),
      broken('has a grammar for queries', (store) => ({
        search: async (text, options) => {
          if (text.split('"').length % 2 === 0) throw new SyntaxError('unbalanced quote')
          return store.search(text, options)
        },
      })),
      broken('finds what was written with the next write', (store) => {
        let newest = 0
        return {
          append: loose(async (...args: AppendCall) => {
            const receipt = await store.append(...args)
            newest = Math.max(newest, receipt.entryCount)
            return receipt
          }),
          search: async (text, options) => {
            const result = await store.search(text, options)
            return { ...result, hits: result.hits.filter(({ entry }) => entry.seq < newest) }
          },
        }
      }),
      broken('finds what was deleted', (store) => {
        let deleted: Awaited<ReturnType<typeof store.search>> | null = null
        return {
          delete: async (session, options) => {
            deleted = await store.search('hunter2')
            await store.delete(session, options)
          },
          search: async (text, options) => deleted ?? store.search(text, options),
        }
      }),
      broken('searches every namespace', (store) => ({
        search: (text, { namespace: _, ...options } = {}) => store.search(text, options),
      })),
      broken('takes the id of a hit for its place', (store) => ({
        search: async (text, options) => {
          const { hits, ...result } = await store.search(text, options)
          const moved = hits.map(({ entry, ...hit }) => ({ ...hit, entry: { ...entry, seq: entry.id } }))
          return { ...result, hits: moved }
        },
      })),
      broken('gives the newest where the best are wanted', (store) => ({
        search: (text, { order: _, ...options } = {}) => store.search(text, options),
      })),
      broken('looks at the text of a message only', (store) => ({
        search: async (text, options) => {
          const { hits, ...result } = await store.search(text, options)
          return { ...result, hits: hits.filter(({ entry }) => !entry.record.includes('tool_calls')) }
        },
      })),
    ],
  ],
  [
    'S18',
    [
      broken('counts on after a replacement', (store) => {
        let count = 0
        return {
          append: loose(async (...args: AppendCall) => {
            const receipt = await store.append(...args)
            count += receipt.entries.length
            return receipt
          }),
          get: async (session) => {
            const found = await store.get(session)
            return found && { ...found, entryCount: count }
          },
        }
      }),
      broken('chains who wrote into the head', (store) => ({
        append: loose(async (target: string, entries: never, options: { writer?: string } = {}) => {
          const receipt = await store.append(target, entries, options)
          return { ...receipt, head: receipt.head.slice(options.writer?.length ?? 0) }
        }),
      })),
      broken('leaves the time out of the head', (store) => ({
        append: loose(async (target: string, entries: never, options: object) => {
          const receipt = await store.append(target, entries, options)
          const texts = (await all(store.read(target))).map(({ record }) => record)
          return { ...receipt, head: texts.join() }
        }),
      })),
    ],
  ],
  [
    'S19',
    [
      broken('misses deletions', (store) => ({
        changes: async (...args) => {
          const page = await store.changes(...args)
          return { ...page, changes: page.changes.filter(({ change }) => change !== 'deleted') }
        },
      })),
      broken('tells changes in the order of names', (store) => ({
        changes: async (...args) => {
          const page = await store.changes(...args)
          return { ...page, changes: page.changes.toSorted((a, b) => (a.session.id < b.session.id ? -1 : 1)) }
        },
      })),
      broken('tells of writes that stored nothing', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          const position = place.state.position + 1
          const sessions = place.state.sessions.map((one) => ({
            ...one,
            change: { ...one.change, position: receipt.entries[0]?.already ? position : one.change.position },
          }))
          place.state = { ...place.state, sessions, position }
          return receipt
        }),
      })),
      broken('misses a session that is made by a call which adds nothing', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          const isSilent = receipt.entries.every(({ already }) => already)
          const sessions = place.state.sessions.map((one) => ({
            ...one,
            change: { ...one.change, position: isSilent ? 0 : one.change.position },
          }))
          place.state = { ...place.state, sessions }
          return receipt
        }),
      })),
      broken('hears an abort only once it waits', (store) => ({
        waitForChange: async (cursor, { signal, ...options } = {}) => {
          const heard = new AbortController()
          await new Promise((resolve) => setTimeout(resolve, 0))
          signal?.addEventListener('abort', () => heard.abort(signal.reason))
          return store.waitForChange(cursor, { ...options, signal: heard.signal })
        },
      })),
      broken('takes the cursor of any store', (store) => ({
        changes: (cursor, options) =>
          store.changes(cursor, options).catch((error: { code?: string }) => {
            if (error.code !== 'CURSOR_STALE') throw error
            return store.changes(undefined, options)
          }),
      })),
      broken('takes a cursor for its own in a backup', (store, { place }) => ({
        changes: (cursor, options) =>
          store.changes(cursor?.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, place.state.storeId), options),
      })),
      broken('says that there is a change when there is none', () => ({ waitForChange: async () => {} })),
      broken('tells every change as of the default namespace', (store) => ({
        changes: async (...args) => {
          const { changes, ...page } = await store.changes(...args)
          const named = changes.map((one) => ({ ...one, session: { ...one.session, namespace: 'default' } }))
          return { ...page, changes: named }
        },
      })),
      broken('tells every session that is opened as created', (store, { place }) => ({
        open: async (...args) => {
          const opened = await store.open(...args)
          const sessions = place.state.sessions.map((one) =>
            one.address.id === opened.session.id
              ? { ...one, change: { ...one.change, kind: 'created' as const } }
              : one,
          )
          place.state = { ...place.state, sessions }
          return opened
        },
      })),
      broken('goes on behind everything after a full page', (store) => ({
        changes: async (cursor, options) => {
          const page = await store.changes(cursor, options)
          return { ...page, cursor: (await store.changes(cursor, { limit: 1000 })).cursor }
        },
      })),
    ],
  ],
]
