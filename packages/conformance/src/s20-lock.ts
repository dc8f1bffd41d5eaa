import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, contents, said } from './samples.ts'

/** A store that gives no turn in so many readings, over at least so many ms, gives none. */
const READINGS = 30
const READING_MS = 200

/** S20: nothing holds the event loop: neither the wait for another writer, which is bounded, nor reading on and on. */
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
  conformanceCase(
    'reading on and on gives the event loop its turns',
    ['read', 'append'],
    async ({ store }) => {
      await store.append(
        's',
        Array.from({ length: 300 }, (_, i) => said(`entry ${i}`)),
        { create: {} },
      )
      const readings: readonly (readonly [what: string, read: () => Promise<unknown>])[] = [
        ['a stream', () => all(store.read('s'))],
        ['many streams', () => Promise.all(Array.from({ length: 8 }, () => all(store.read('s'))))],
        ['a loop of pages', () => store.page('s', { limit: 200 })],
        ['a loop of listings', () => store.list()],
        ['a loop of looks at a session', () => store.get('s')],
      ]
      for (const [what, read] of readings) {
        await read()
        let turned = false
        setImmediate(() => {
          turned = true
        })
        const begun = performance.now()
        for (let i = 0; !turned && (i < READINGS || performance.now() - begun < READING_MS); i++) await read()
        holds(turned, `${what} gives the event loop its turn`)
      }
    },
  ),
]
