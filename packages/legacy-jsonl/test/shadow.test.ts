import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  compareSession,
  type LegacySession,
  openJsonlSource,
  planImport,
  runImport,
  type SessionComparison,
  SourceUnreadable,
  shadow,
  withLegacy,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'
import { said, type Told, type ToldSession, toldSource, turn } from './told-source.ts'

const [a, b, c] = ['a', 'b', 'c'].map(turn) as [Told[], Told[], Told[]]
const lines = (told: readonly Told[]): string => told.map(({ text }) => `${text}\n`).join('')

async function storeOf(told: readonly Told[], id = 's'): Promise<MemoryStore> {
  const store = createMemoryStore()
  await store.append(
    id,
    told.map(({ text }) => ({ record: text })),
    { create: {} },
  )
  return store
}

async function compared(session: Omit<ToldSession, 'id'>, store: MemoryStore): Promise<SessionComparison> {
  for await (const one of toldSource([{ id: 's', ...session }]).sessions()) return compareSession(one, store)
  throw new Error('no session')
}

describe('a comparison says how, and of how many messages', () => {
  const [first, second] = a as [Told, Told]
  const cases: readonly (readonly [string, Told[], Told[], readonly string[]])[] = [
    ['the same', [...a, ...b], [...a, ...b], []],
    ['session_meta is aside', [said('session_meta', 'x'), ...a], a, []],
    ['a message only the source has', [...a, ...b], a, ['source-only 2']],
    ['a message only the store has', a, [...a, ...b], ['store-only 2']],
    ['both', [...a, ...b], [...a, ...c], ['source-only 2', 'store-only 2']],
    [
      'three times ok is not twice',
      [...a, said('user', 'ok'), said('user', 'ok')],
      [...a, said('user', 'ok')],
      ['source-only 1'],
    ],
    ['two swapped', [second, first], [first, second], ['order 2']],
    ['swapped, and one more', [...b, ...a], [...a, ...b, ...c], ['store-only 2', 'order 4']],
    [
      'a repeat is no other order',
      [said('user', 'x'), said('user', 'ok')],
      [said('user', 'ok'), said('user', 'x'), said('user', 'ok')],
      ['store-only 1'],
    ],
    [
      'a member that the store lacks',
      [said('user', 'hi', { mirror: true })],
      [said('user', 'hi')],
      ['fields 1'],
    ],
    ['a member that the source lacks', [said('user', 'hi')], [said('user', 'hi', { mirror: true })], []],
  ]
  for (const [name, source, stored, codes] of cases) {
    test(name, async () => {
      const { same, differences, messages } = await compared({ file: source }, await storeOf(stored))
      expect(differences.map((one) => `${one.code} ${one.messages}`)).toEqual(codes)
      expect(same).toBe(codes.length === 0)
      expect(messages.store).toBe(stored.filter(({ text }) => !text.includes('session_meta')).length)
    })
  }

  test.each([1, 2])('%i of whose texts were redacted in the store', async (count) => {
    const store = await storeOf([...a, ...b])
    for (let id = 1; id <= count; id++) await store.redact('s', id, JSON.parse(a[id - 1]?.text ?? '').content)
    const { differences } = await compared({ file: [...a, ...b] }, store)
    expect(differences).toEqual([{ code: 'redacted', messages: count }])
  })

  test('what was undone in the store', async () => {
    const store = await storeOf([...a, ...b])
    await store.replace('s', { from: 3, entries: [] })
    expect((await compared({ file: [...a, ...b] }, store)).differences).toEqual([
      { code: 'withdrawn', messages: 2 },
    ])
  })

  test('a session the store does not have, and one whose own witnesses are undecided', async () => {
    expect((await compared({ file: a }, createMemoryStore())).differences).toEqual([
      { code: 'not-in-store', messages: 2 },
    ])
    const sides = { database: [...a, ...b], file: [...a, ...c] }
    expect((await compared(sides, await storeOf([...a, ...b]))).differences).toEqual([
      { code: 'undecided', messages: 0 },
    ])
  })

  test('whatever was imported and is not ambiguous says the same, or the store more (property)', async () => {
    const told = fc
      .array(fc.constantFrom('a', 'b', 'c', 'd').map(turn), { maxLength: 5 })
      .map((turns) => turns.flat())
    await fc.assert(
      fc.asyncProperty(told, told, async (database, file) => {
        const store = createMemoryStore()
        const source = toldSource([{ id: 's', database, file }])
        const report = await runImport(await planImport(source, store))
        const verdict = report.sessions[0]?.verdict
        fc.pre(verdict !== 'unreadable')
        const comparison = await compared({ database, file }, store)
        expect(comparison.differences.map(({ code }) => code)).toEqual(
          verdict === 'ambiguous' ? ['undecided'] : [],
        )
      }),
      { numRuns: 100 },
    )
  })
})

describe('a shadow', () => {
  test('answers as the legacy side does, and tells each session that differs once, without a word of it', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 's.jsonl'), lines([...a, ...b]))
    writeFileSync(join(folder, 'same.jsonl'), lines(c))
    const store = await storeOf(a)
    await store.append(
      'same',
      c.map(({ text }) => ({ record: text })),
      { create: {} },
    )
    const told: SessionComparison[] = []
    const reader = await shadow(store, await openJsonlSource(folder), {
      onComparison: (comparison) => {
        told.push(comparison)
        throw new Error('a listener that fails')
      },
    })
    for (let i = 0; i < 3; i++) {
      expect((await Array.fromAsync(reader.read('s'))).map(({ record }) => record)).toEqual(
        [...a, ...b].map(({ text }) => text),
      )
      expect((await reader.page('same')).entries).toHaveLength(2)
      await reader.settled()
    }
    expect(told.map(({ id, same }) => [id, same])).toEqual([
      ['s', false],
      ['same', true],
    ])
    expect(reader.report()).toMatchObject({
      compared: 2,
      same: 1,
      differing: 1,
      byCode: { 'source-only': 1 },
    })
    expect(JSON.stringify([told, reader.report()])).not.toContain('think')

    await store.append(
      's',
      b.map(({ text }) => ({ record: text })),
    )
    await reader.get('s')
    await reader.settled()
    expect(reader.report()).toMatchObject({ same: 2, differing: 0, sessions: [] })
    appendFileSync(join(folder, 's.jsonl'), lines(c))
    await reader.get('s')
    await reader.settled()
    expect(told.at(-1)).toMatchObject({ id: 's', differences: [{ code: 'source-only', messages: 2 }] })
    // Both sides go on, and differ as they did: nothing new to tell.
    const count = told.length
    await store.append(
      's',
      a.map(({ text }) => ({ record: text })),
    )
    appendFileSync(join(folder, 's.jsonl'), lines(a))
    await reader.get('s')
    await reader.settled()
    expect(told).toHaveLength(count)
    await reader.close()
  })

  test('a flipped session is the store’s, the others stay', async () => {
    const store = await storeOf([...a, ...b])
    const reader = await shadow(
      store,
      toldSource([
        { id: 's', file: a },
        { id: 'other', file: c },
      ]),
    )
    expect((await reader.get('s'))?.entryCount).toBe(2)
    reader.flip('s')
    expect((await reader.get('s'))?.entryCount).toBe(4)
    expect(await Array.fromAsync(reader.read('s'))).toHaveLength(4)
    expect((await reader.get('other'))?.entryCount).toBe(2)
    reader.flip('s', false)
    expect((await reader.page('s')).entries).toHaveLength(2)
    expect(reader.isFlipped('s')).toBe(false)
    await reader.close()
  })

  test('a store that fails never reaches the caller', async () => {
    const store = createMemoryStore()
    await store.close()
    const reader = await shadow(store, toldSource([{ id: 's', file: a }]))
    expect(await Array.fromAsync(reader.read('s'))).toHaveLength(2)
    await reader.settled()
    expect(reader.report()).toMatchObject({ compared: 0, failed: 1, lastFailure: 'STORE_CLOSED' })
    await expect(reader.get('nobody')).resolves.toBeNull()
    await reader.close()
  })

  test('what waits is bounded, and what is left out is counted', async () => {
    const sessions = Array.from({ length: 20 }, (_, i) => ({ id: `s${i}`, file: a }))
    const reader = await shadow(createMemoryStore(), toldSource(sessions), { maxWaiting: 5, maxReported: 3 })
    await Promise.all(sessions.map(({ id }) => reader.get(id)))
    await reader.settled()
    const { compared, skipped, sessions: reported, differing } = reader.report()
    expect(skipped).toBeGreaterThan(0)
    expect(compared + skipped).toBeGreaterThanOrEqual(20)
    expect([reported.length, differing]).toEqual([3, compared])
  })

  test('over a store with its legacy, a comparison brings the session in', async () => {
    const inner = createMemoryStore()
    const sessions: ToldSession[] = [{ id: 's', file: a }]
    const store = withLegacy(inner, toldSource(sessions))
    const reader = await shadow(store, toldSource(sessions))
    await reader.get('s')
    await reader.settled()
    expect(reader.report()).toMatchObject({ same: 1, differing: 0 })
    expect((await inner.get('s'))?.entryCount).toBe(2)
    const refused = (reader as unknown as { append(...args: unknown[]): Promise<unknown> }).append('s', {})
    await expect(refused).rejects.toMatchObject({ code: 'READ_ONLY' })
  })

  test('a source that cannot be read is a difference', async () => {
    const source = toldSource([{ id: 's', file: a }])
    const failing = {
      ...source,
      path: source.path,
      async *sessions(): AsyncGenerator<LegacySession> {
        for await (const session of source.sessions()) {
          const file = session.file && { ...session.file, read: () => unreadable() }
          yield { ...session, file }
        }
      },
    }
    const reader = await shadow(await storeOf(a), failing)
    await expect(reader.get('s')).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
    await reader.settled()
    expect(reader.report().byCode).toEqual({ unreadable: 1 })
  })
})

function unreadable(): never {
  throw new SourceUnreadable('/made/up/s.file', 'it failed with EIO')
}
