import { setImmediate as nextTurn } from 'node:timers/promises'
import { type LegacyEvent, type LegacySession, type LegacySource, withLegacy } from '@faircopy/legacy-jsonl'
import type { NewSession } from '@faircopy/store-core'
import { createMemoryPlace, createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { said, type Told, toldSource, turn } from './told-source.ts'

const textOf = (told: readonly Told[]): string[] => told.map(({ text }) => text)

async function texts(store: MemoryStore, session: string | { namespace: string; id: string }) {
  return (await Array.fromAsync(store.read(session))).map(({ record }) => record)
}

interface Spoken {
  readonly id: string
  readonly namespace?: string
  readonly about?: NewSession
}

/** Sessions of one turn each, which names them. */
function spoken(sessions: readonly Spoken[]): LegacySource {
  return {
    ...toldSource([]),
    async *sessions(): AsyncGenerator<LegacySession> {
      for (const { id, namespace = 'default', about = {} } of sessions)
        for await (const told of toldSource([{ id, file: turn(`${namespace} ${id}`) }]).sessions())
          yield { ...told, namespace, about }
    },
  }
}

const origin = { platform: 'telegram', chat: '1' }
const ok = said('user', 'ok')

describe('a session of another namespace', () => {
  const sessions = [{ id: 's' }, { id: 's', namespace: 'work' }]

  test('is brought in by a search in it, and no other', async () => {
    const inner = createMemoryStore()
    const store = withLegacy(inner, spoken(sessions))
    const found = await store.search('work', { session: 's', namespace: 'work' })
    expect(found.complete).toBe(true)
    expect((await inner.get({ namespace: 'work', id: 's' }))?.entryCount).toBe(2)
    await store.legacy.ready
    expect((await inner.get('s'))?.entryCount).toBe(0)
    expect((await store.search('work')).complete).toBe(false)
    await store.close()
  })

  test('is not the one of that origin in this', async () => {
    const inner = createMemoryStore()
    const about = { origin }
    const store = withLegacy(
      inner,
      spoken([
        { id: 'a', namespace: 'work', about },
        { id: 'b', about },
      ]),
    )
    expect((await store.resolve(origin))?.id).toBe('b')
    expect((await store.resolve(origin, 'work'))?.id).toBe('a')
    await store.append({ origin, namespace: 'work' }, { record: ok.text })
    expect(await texts(inner, { namespace: 'work', id: 'a' })).toEqual(textOf([...turn('work a'), ok]))
    expect(await texts(inner, 'b')).toEqual(textOf(turn('default b')))
    await store.close()
  })
})

test('an origin leads to the session that lives, and not to one that ended', async () => {
  const inner = createMemoryStore()
  const events: LegacyEvent[] = []
  const store = withLegacy(
    inner,
    spoken([
      { id: 'old', about: { origin, startedAt: 1, endedAt: 2 } },
      { id: 'new', about: { origin, startedAt: 3 } },
    ]),
    { onEvent: (event) => events.push(event) },
  )
  expect((await store.resolve(origin))?.id).toBe('new')
  await store.append({ origin }, { record: ok.text })
  expect(await texts(inner, 'new')).toEqual(textOf([...turn('default new'), ok]))
  await store.close()
})

test('a new session can’t have the id of one that only the source has, nor a fork', async () => {
  const inner = createMemoryStore()
  const store = withLegacy(inner, spoken([{ id: 'a' }, { id: 'b' }, { id: 'c' }]))
  await expect(store.create('a')).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
  await expect(store.fork('c', { id: 'b' })).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
  expect(await texts(store, 'b')).toEqual(textOf(turn('default b')))
  expect((await store.fork('c', { id: 'd' })).entryCount).toBe(2)
  await store.close()
})

test('as long as it is not known what the source has, a search in all sessions is not complete', async () => {
  const listing = Promise.withResolvers<void>()
  const source = toldSource([])
  const slow: LegacySource = {
    ...source,
    async *sessions() {
      await listing.promise
      yield* source.sessions()
    },
  }
  const store = withLegacy(createMemoryStore(), slow, { patience: async () => false })
  expect((await store.search('anything')).complete).toBe(false)
  expect(store.legacy.progress).toMatchObject({ isListed: false, isReady: false, sessions: 0 })
  listing.resolve()
  await store.legacy.ready
  expect((await store.search('anything')).complete).toBe(true)
  expect(store.legacy.progress).toMatchObject({ isListed: true, isReady: true })
  await store.close()
})

describe('while another importer has the session', () => {
  const impatient = {
    async patience(_: number, forWhat: 'source' | 'session'): Promise<boolean> {
      await nextTurn()
      return forWhat === 'source'
    },
  }

  async function claimed(sessions: readonly Spoken[]) {
    const place = createMemoryPlace()
    const other = createMemoryStore({ place })
    const claims = await Promise.all(sessions.map(({ id }) => other.claimImport(id)))
    const events: LegacyEvent[] = []
    const store = withLegacy(createMemoryStore({ place }), spoken(sessions), {
      ...impatient,
      onEvent: (event) => events.push(event),
    })
    const release = async (): Promise<void> => {
      for (const claim of claims) if ('claim' in claim) await claim.claim.release()
    }
    return { store, other, events, release }
  }

  test('a boundary is noted once for each session, before its first append', async () => {
    const { store, other, events, release } = await claimed([{ id: 'a' }, { id: 'b' }])
    for (const id of ['a', 'a', 'b', 'a', 'b']) await store.append(id, { record: ok.text })
    const boundaries = events.flatMap((event) =>
      event.type === 'boundary' ? [`${event.id} ${event.why}`] : [],
    )
    expect(boundaries).toEqual(['a held', 'b held'])
    const notes = await Array.fromAsync(other.ledger())
    expect(notes.filter(({ verdict }) => verdict === 'boundary')).toHaveLength(2)
    await release()
    expect(await texts(store, 'a')).toEqual(textOf([...turn('default a'), ok, ok, ok]))
    expect(store.legacy.progress).toMatchObject({ sessions: 2, known: 2, imported: 1, waiting: 1 })
    await store.legacy.importAll()
    expect(store.legacy.progress).toMatchObject({ imported: 2, waiting: 0 })
    await store.close()
  })

  test('it stands behind what was withdrawn as well', async () => {
    const { store, other, release } = await claimed([{ id: 'a' }])
    await store.legacy.ready
    await other.append('a', [{ record: ok.text }, { record: ok.text }])
    await other.replace('a', { from: 2, entries: [] })
    await store.append('a', { record: said('user', 'more').text })
    const [note] = (await Array.fromAsync(other.ledger())).filter(({ verdict }) => verdict === 'boundary')
    expect(note?.report['boundary']).toMatchObject({ entry: 3 })
    await release()
    await store.close()
  })
})

test('calls on one session begin in their order, and none waits for the one before to end', async () => {
  const inner = createMemoryStore()
  const begun: string[] = []
  const all = Promise.withResolvers<void>()
  const slow = new Proxy(inner, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name)
      if (typeof own !== 'function') return own
      if (name !== 'append') return own.bind(target)
      return async (...args: [unknown, { record: string }]) => {
        begun.push(args[1].record)
        if (begun.length === 3) all.resolve()
        await all.promise
        return own.apply(target, args)
      }
    },
  })
  const store = withLegacy(slow, spoken([{ id: 's' }]))
  const said = ['one', 'two', 'three'].map((content) => JSON.stringify({ role: 'user', content }))
  await Promise.all(said.map((record) => store.append('s', { record })))
  expect(begun).toEqual(said)
  expect(await texts(inner, 's')).toEqual([...textOf(turn('default s')), ...said])
  await store.close()
})
