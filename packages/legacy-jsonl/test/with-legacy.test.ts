import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type LegacyEvent,
  type LegacySource,
  openJsonlSource,
  planImport,
  runImport,
  SessionClaimed,
  SourceChanged,
  type WitnessReading,
  withLegacy,
} from '@faircopy/legacy-jsonl'
import { createMemoryPlace, createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'
import { said, type Told, toldSource, turn } from './told-source.ts'

const textOf = (told: readonly Told[]): string[] => told.map(({ text }) => text)
const lines = (told: readonly Told[]): string => told.map(({ text }) => `${text}\n`).join('')

async function texts(store: MemoryStore, id: string): Promise<string[]> {
  return (await Array.fromAsync(store.read(id))).map(({ record }) => record)
}

/** Waits for the list of sessions, and for no other importer. */
const impatient = {
  async patience(_: number, forWhat: 'source' | 'session'): Promise<boolean> {
    await nextTurn()
    return forWhat === 'source'
  },
}

describe('a session is brought in before the first call that needs what it says', () => {
  const history = [...turn('a'), ...turn('b')]
  const calls: { readonly [name: string]: (store: MemoryStore) => Promise<unknown> } = {
    get: (store) => store.get('s'),
    read: (store) => Array.fromAsync(store.read('s')),
    page: (store) => store.page('s'),
    history: (store) => Array.fromAsync(store.history('s')),
    generations: (store) => store.generations('s'),
    locate: (store) => store.locate('s', 1),
    append: (store) => store.append('s', { record: { role: 'user', content: 'hi' } }),
    'narrow append': (store) =>
      store.appender({ writer: 'mirror', kinds: ['delivery'] }).append('s', { kind: 'delivery', record: {} }),
    'append to an origin': (store) =>
      store.append(
        { origin: { platform: 'telegram', chat: '1' } },
        { record: { role: 'user', content: 'hi' } },
      ),
    resolve: (store) => store.resolve({ platform: 'telegram', chat: '1' }),
    update: (store) => store.update('s', { title: 'T' }),
    fork: (store) => store.fork('s', { id: 'f' }),
    replace: (store) => store.replace('s', { from: 5, entries: [] }),
    redact: (store) => store.redact('s', 1, 'think'),
    search: (store) => store.search('think', { session: 's' }),
  }
  for (const [name, call] of Object.entries(calls)) {
    test(name, async () => {
      const inner = createMemoryStore()
      const source = toldSource([
        { id: 's', file: history, origin: { platform: 'telegram', chat: '1' } },
        { id: 'other', file: turn('x') },
      ])
      const store = withLegacy(inner, source)
      await call(store)
      expect((await inner.get('s'))?.entryCount).toBeGreaterThanOrEqual(history.length)
      await store.legacy.ready
      expect((await inner.get('other'))?.entryCount).toBe(0)
      await store.close()
    })
  }
})

test('every session is in the lists before any body is read, with its origin and title', async () => {
  const inner = createMemoryStore()
  const source = toldSource([
    { id: 's', file: turn('a'), title: 'Plans', origin: { platform: 'slack', chat: 'c' } },
  ])
  const store = withLegacy(inner, source)
  const [listed] = (await store.list({ title: 'plan', origin: { platform: 'slack' } })).sessions
  expect(listed).toMatchObject({ id: 's', title: 'Plans', entryCount: 0, origin: { platform: 'slack' } })
  expect((await store.search('think')).complete).toBe(false)
  await store.legacy.importAll()
  expect((await store.search('think')).complete).toBe(true)
  expect((await store.get('s'))?.entryCount).toBe(2)
})

test('a migration that nobody went on with is taken back: two undos, no trace', async () => {
  const inner = createMemoryStore()
  const store = withLegacy(
    inner,
    toldSource([
      { id: 'a', file: turn('a') },
      { id: 'b', file: turn('b') },
    ]),
  )
  await store.legacy.ready
  await store.read('a')[Symbol.asyncIterator]().next()
  const { index, bodies } = store.legacy.runs
  for (const [importId, session] of [
    [bodies, 'a'],
    [index, 'a'],
    [index, 'b'],
  ] as const) {
    const run = { id: `undo of ${importId}`, at: 1, about: {} }
    expect(await inner.undoImport({ importId, session, run })).toMatchObject({ status: 'undone' })
  }
  expect(await Array.fromAsync(inner.sessions())).toEqual([])
  const again = withLegacy(inner, toldSource([{ id: 'a', file: turn('a') }]))
  expect(await texts(again, 'a')).toEqual(textOf(turn('a')))
})

test('hermes #3212: 994 messages in a file, and the first turn after the restart comes behind them', async () => {
  const legacy = Array.from({ length: 994 }, (_, i) => said(i % 2 ? 'assistant' : 'user', `ok ${i % 5}`))
  const store = withLegacy(createMemoryStore(), toldSource([{ id: 's', file: legacy }]))
  const receipt = await store.append(
    's',
    turn('new').map(({ text }) => ({ record: text })),
    { create: {} },
  )
  expect(receipt.entries.map(({ seq }) => seq)).toEqual([995, 996])
  expect(await texts(store, 's')).toEqual(textOf([...legacy, ...turn('new')]))
})

describe('the boundary: what is appended while the import cannot be had', () => {
  const words = fc.constantFrom(
    'ok',
    'ok',
    'hi',
    'What do you think of all this?',
    'I think so, too, and more.',
  )
  const told = fc.array(
    words.map((word) => said('user', word)),
    { maxLength: 6 },
  )

  test('stands behind every line that the file had then, whatever is said (property)', async () => {
    const folder = temporaryFolder()
    await fc.assert(
      fc.asyncProperty(
        fc.array(words, { minLength: 1, maxLength: 6 }),
        told,
        told,
        async (first, live, later) => {
          const file = first.map((word) => said('user', word))
          writeFileSync(join(folder, 's.jsonl'), lines(file))
          const place = createMemoryPlace()
          const other = createMemoryStore({ place })
          const source = await openJsonlSource(folder)
          const claiming = await other.claimImport('s')
          const events: LegacyEvent[] = []
          const store = withLegacy(createMemoryStore({ place }), source, {
            ...impatient,
            onEvent: (event) => events.push(event),
          })
          await store.legacy.ready
          for (const { text } of live) await store.append('s', { record: text })
          if (live.length > 0) {
            expect(events.filter(({ type }) => type === 'boundary')).toHaveLength(1)
            expect(await texts(createMemoryStore({ place }), 's')).toEqual(textOf(live))
          }
          if ('claim' in claiming) await claiming.claim.release()
          expect(await texts(store, 's')).toEqual(textOf([...file, ...live]))
          for (const { text } of later) await store.append('s', { record: text })
          // The same witness again, and from another process: nothing new, nothing lost.
          const report = await runImport(await planImport(source, other))
          expect(report.importId).toBeNull()
          expect(await texts(store, 's')).toEqual(textOf([...file, ...live, ...later]))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('S5 calls keep their order, whatever each has to wait for', async () => {
    const place = createMemoryPlace()
    await createMemoryStore({ place }).claimImport('s')
    const gate = Promise.withResolvers<void>()
    let notes = 0
    const inner = createMemoryStore({ place })
    const slow = new Proxy(inner, {
      get(target, name) {
        if (name === 'import')
          return async (plan: Parameters<MemoryStore['import']>[0]) => {
            if (plan.note.verdict === 'boundary' && ++notes === 2) await gate.promise
            return target.import(plan)
          }
        const own: unknown = Reflect.get(target, name)
        return typeof own === 'function' ? own.bind(target) : own
      },
    })
    const origin = { platform: 'telegram', chat: '1' }
    const store = withLegacy(slow, toldSource([{ id: 's', file: turn('a'), origin }]), impatient)
    const narrow = store.appender({ writer: 'mirror', kinds: ['message'] })
    const append = (n: number, appender: Pick<MemoryStore, 'append'> = store): Promise<unknown> =>
      appender.append('s', { record: `{"n":${n}}` })
    const [first, second] = [append(1), append(2, narrow)]
    await first
    const third = append(3)
    for (let turns = 0; turns < 100; turns++) await nextTurn()
    gate.resolve()
    await Promise.all([
      second,
      third,
      ...[4, 5].map((n) => store.append({ origin }, { record: `{"n":${n}}` })),
    ])
    expect(await texts(inner, 's')).toEqual([1, 2, 3, 4, 5].map((n) => `{"n":${n}}`))
  })

  test('lines that an old gateway added since meet only what was appended since', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 's.jsonl')
    writeFileSync(path, lines(turn('a')))
    const place = createMemoryPlace()
    const other = createMemoryStore({ place })
    const claiming = await other.claimImport('s')
    const store = withLegacy(createMemoryStore({ place }), await openJsonlSource(folder), impatient)
    for (const { text } of turn('b')) await store.append('s', { record: text }, { create: {} })
    // The old gateway had the same turn, and one more.
    appendFileSync(path, lines([...turn('b'), ...turn('c')]))
    if ('claim' in claiming) await claiming.claim.release()
    expect(await texts(store, 's')).toEqual(textOf([...turn('a'), ...turn('b'), ...turn('c')]))
    appendFileSync(path, lines(turn('d')))
    const report = await runImport(await planImport(await openJsonlSource(folder), other))
    expect(report.sessions[0]).toMatchObject({ verdict: 'extended', entries: { canonical: 6, added: 2 } })
    expect(await texts(other, 's')).toEqual(textOf(['a', 'b', 'c', 'd'].flatMap(turn)))
    const [note] = (await Array.fromAsync(other.ledger({ session: 's' }))).slice(-1)
    expect(note?.certificate).toMatchObject({ boundaries: [{ store: 2, told: 2, entry: 1 }] })
  })

  test('lines that came after a boundary are not told twice, whatever became of what was appended', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 's.jsonl')
    writeFileSync(path, lines([said('user', 'ok')]))
    const place = createMemoryPlace()
    const other = createMemoryStore({ place })
    const claiming = await other.claimImport('s')
    const store = withLegacy(createMemoryStore({ place }), await openJsonlSource(folder), impatient)
    await store.append('s', { record: said('user', 'ok').text })
    await other.replace('s', { from: 1, entries: [] })
    if ('claim' in claiming) await claiming.claim.release()
    // Undone was what was appended, not the line of the same words that stood in the file.
    expect(await texts(store, 's')).toEqual([said('user', 'ok').text])
    for (const next of ['b', 'c']) {
      appendFileSync(path, lines(turn(next)))
      await runImport(await planImport(await openJsonlSource(folder), other))
    }
    expect(await texts(other, 's')).toEqual(textOf([said('user', 'ok'), ...turn('b'), ...turn('c')]))
  })

  test('rows that changed since prove nothing', async () => {
    const place = createMemoryPlace()
    const claiming = await createMemoryStore({ place }).claimImport('s')
    const sessions = [{ id: 's', database: turn('a') }]
    const store = withLegacy(createMemoryStore({ place }), toldSource(sessions), impatient)
    await store.append('s', { record: said('user', 'ok').text })
    sessions[0] = { id: 's', database: turn('z') }
    if ('claim' in claiming) await claiming.claim.release()
    const report = await runImport(await planImport(toldSource(sessions), createMemoryStore({ place })))
    expect(report.sessions[0]?.verdict).toBe('ambiguous')
  })

  test('of file and database alike, and what only one of them has (property)', async () => {
    const turns = fc.subarray(['a', 'b', 'c', 'd']).map((names) => names.flatMap(turn))
    await fc.assert(
      fc.asyncProperty(
        turns,
        turns,
        fc.array(words, { minLength: 1, maxLength: 4 }),
        async (database, file, live) => {
          fc.pre(database.length > 0)
          const sessions = [{ id: 's', database, file }]
          // What the sources come to by themselves is what must stand before.
          const alone = createMemoryStore()
          await runImport(await planImport(toldSource(sessions), alone))
          const before = await texts(alone, 's')

          const place = createMemoryPlace()
          const claiming = await createMemoryStore({ place }).claimImport('s')
          const store = withLegacy(createMemoryStore({ place }), toldSource(sessions), impatient)
          await store.append(
            's',
            live.map((word) => ({ record: said('user', word).text })),
          )
          if ('claim' in claiming) await claiming.claim.release()
          expect(await texts(store, 's')).toEqual([...before, ...live.map((word) => said('user', word).text)])
        },
      ),
      { numRuns: 60 },
    )
  })

  test('a file that keeps changing while it is read is put before, as far as it went', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 's.jsonl')
    writeFileSync(path, lines(turn('a')))
    const opened = await openJsonlSource(folder)
    let isRestless = true
    const restless: LegacySource = {
      path: folder,
      format: 'openai-chat',
      problems: [],
      close: () => opened.close(),
      async *sessions() {
        for await (const session of opened.sessions()) {
          const { file } = session
          if (!file) continue
          const read = (): WitnessReading => {
            if (isRestless) throw new SourceChanged(path)
            return file.read()
          }
          const { kind, codec } = file
          yield { ...session, file: { kind, path, codec, read, unchanged: () => file.unchanged() } }
        }
      },
    }
    const events: LegacyEvent[] = []
    const store = withLegacy(createMemoryStore(), restless, { onEvent: (event) => events.push(event) })
    await store.append('s', { record: said('user', 'ok').text })
    await store.append('s', { record: said('user', 'ok').text })
    const told = events.flatMap((event) =>
      event.type === 'undecided' ? [event.report.problems[0]?.code] : [event.type],
    )
    expect(told.filter((type) => type !== 'listed' && type !== 'ready')).toEqual([
      'source-changed',
      'boundary',
    ])
    isRestless = false
    appendFileSync(path, '')
    expect(await texts(store, 's')).toEqual([
      ...textOf(turn('a')),
      said('user', 'ok').text,
      said('user', 'ok').text,
    ])
  })

  test('of two boundaries each stretch stands where it was written', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 's.jsonl')
    const ok = (n: number): Told => said('user', 'ok', { n })
    writeFileSync(path, lines([ok(1)]))
    const place = createMemoryPlace()
    const claiming = await createMemoryStore({ place }).claimImport('s')
    const gateway = async (): Promise<MemoryStore> =>
      withLegacy(createMemoryStore({ place }), await openJsonlSource(folder), impatient)
    await (await gateway()).append('s', { record: said('user', 'live 1').text })
    await (await gateway()).replace('s', { from: 2, entries: [] }).catch(() => {})
    appendFileSync(path, lines([ok(2)]))
    const second = await gateway()
    await second.append('s', { record: said('user', 'live 2').text })
    if ('claim' in claiming) await claiming.claim.release()
    // Between the first boundary and the second both sides have something of their own, so that order is nobody's to say.
    expect(await texts(second, 's')).toEqual([said('user', 'live 1').text, said('user', 'live 2').text])
    const notes = (await Array.fromAsync(second.ledger({ session: 's' }))).map(({ verdict }) => verdict)
    expect(notes).toEqual(['indexed', 'boundary', 'boundary', 'ambiguous'])
  })

  test('an edited file proves nothing: its order is left undecided and the store as it is', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 's.jsonl')
    writeFileSync(path, lines(turn('a')))
    const place = createMemoryPlace()
    const other = createMemoryStore({ place })
    const claiming = await other.claimImport('s')
    const events: LegacyEvent[] = []
    const store = withLegacy(createMemoryStore({ place }), await openJsonlSource(folder), {
      ...impatient,
      onEvent: (event) => events.push(event),
    })
    await store.append('s', { record: turn('b')[0]?.text ?? '' }, { create: {} })
    writeFileSync(path, lines(turn('z')))
    if ('claim' in claiming) await claiming.claim.release()
    expect(await texts(store, 's')).toEqual([turn('b')[0]?.text])
    const undecided = events.filter(({ type }) => type === 'undecided')
    expect(undecided).toMatchObject([{ report: { verdict: 'ambiguous' } }])
    // Again, and by another gateway: it was told.
    await store.get('s')
    const second = withLegacy(createMemoryStore({ place }), await openJsonlSource(folder), {
      onEvent: (event) => events.push(event),
    })
    await second.get('s')
    expect(events.filter(({ type }) => type === 'undecided')).toHaveLength(1)
  })

  test('a reader is never told that a claimed session says nothing', async () => {
    const place = createMemoryPlace()
    const claiming = await createMemoryStore({ place }).claimImport('s')
    const store = withLegacy(
      createMemoryStore({ place }),
      toldSource([{ id: 's', file: turn('a') }]),
      impatient,
    )
    const error = await texts(store, 's').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SessionClaimed)
    expect(error).toMatchObject({ code: 'STORE_BUSY', retryable: true, outcome: 'not-stored' })
    await expect(store.replace('s', { from: 1, entries: [] })).rejects.toThrow(SessionClaimed)
    if ('claim' in claiming) await claiming.claim.release()
    expect(await texts(store, 's')).toEqual(textOf(turn('a')))
  })

  test('held deliveries stand behind the legacy lines', async () => {
    const inner = createMemoryStore()
    const origin = { platform: 'telegram', chat: '1' }
    const delivery = { kind: 'delivery', record: { role: 'assistant', content: 'ok' }, idempotencyKey: 'd' }
    await inner.append({ origin, whenAbsent: 'hold' }, delivery)
    const file = [said('assistant', 'ok'), said('user', 'ok')]
    const store = withLegacy(inner, toldSource([{ id: 's', file, origin }]))
    await store.legacy.ready
    expect(await texts(store, 's')).toEqual([...textOf(file), JSON.stringify(delivery.record)])
  })
})

describe('what goes wrong does not reach the gateway', () => {
  test('a source that cannot be opened', async () => {
    const events: LegacyEvent[] = []
    const store = withLegacy(createMemoryStore(), () => openJsonlSource(join(temporaryFolder(), 'nothing')), {
      onEvent: (event) => {
        events.push(event)
        throw new Error('a listener that fails')
      },
    })
    await store.append('s', { record: { role: 'user', content: 'hi' } }, { create: {} })
    await store.legacy.ready
    expect((await store.get('s'))?.entryCount).toBe(1)
    expect(events).toMatchObject([{ type: 'source-failed', code: 'SOURCE_UNREADABLE' }, { type: 'ready' }])
    await store.close()
  })

  test('a source that never answers', async () => {
    const never = Promise.withResolvers<LegacySource>()
    const store = withLegacy(createMemoryStore(), () => never.promise, { patience: async () => false })
    await store.append('s', { record: { role: 'user', content: 'hi' } }, { create: {} })
    expect((await store.list()).sessions).toHaveLength(1)
    never.resolve(toldSource([]))
    await store.close()
  })

  test('an undecided session works on, canonical first, and is told once', async () => {
    const events: LegacyEvent[] = []
    const sessions = [{ id: 's', database: [...turn('a'), ...turn('x')], file: [...turn('a'), ...turn('y')] }]
    const store = withLegacy(createMemoryStore(), toldSource(sessions), {
      onEvent: (event) => events.push(event),
    })
    for (const { text } of turn('new')) await store.append('s', { record: text })
    expect(await texts(store, 's')).toEqual(textOf([...turn('a'), ...turn('x'), ...turn('new')]))
    expect(events.filter(({ type }) => type === 'undecided')).toMatchObject([
      { report: { verdict: 'ambiguous', reason: 'several-orders' } },
    ])
  })

  test('a deleted session stays deleted', async () => {
    const inner = createMemoryStore()
    const store = withLegacy(inner, toldSource([{ id: 's', file: turn('a') }]))
    await store.delete('s')
    expect(await store.get('s')).toBeNull()
    await expect(store.append('s', { record: {} }, { create: {} })).rejects.toMatchObject({
      code: 'SESSION_DELETED',
    })
  })
})

test('runImport passes a claimed session over, comes back to it, and says so where it is still held', async () => {
  const place = createMemoryPlace()
  const [store, other] = [createMemoryStore({ place }), createMemoryStore({ place })]
  const source = toldSource([
    { id: 'a', file: turn('a') },
    { id: 'b', file: turn('b') },
    { id: 'c', file: turn('c') },
  ])
  const [a, b] = [await other.claimImport('a'), await other.claimImport('b')]
  const report = await runImport(await planImport(source, store), {
    onProgress: ({ id }) => {
      if (id === 'c' && 'claim' in a) void a.claim.release()
    },
  })
  expect(report.sessions.map(({ id, reason }) => [id, reason])).toEqual([
    ['a', undefined],
    ['b', 'failed'],
    ['c', undefined],
  ])
  expect(report.sources[0]?.problems.map(({ code }) => code)).toEqual(['session-claimed'])
  expect(report.totals.byVerdict).toEqual({ imported: 2, failed: 1 })
  expect(report.sessions[1]).toMatchObject({
    verdict: 'failed',
    action: 'unchanged',
    entries: { legacy: 2, merged: null, added: 0 },
    lines: { total: 2, imported: 0, withheld: 2 },
  })
  expect(report.totals.lines).toMatchObject({ total: 6, imported: 4, withheld: 2 })
  expect(await texts(store, 'a')).toEqual(textOf(turn('a')))
  if ('claim' in b) await b.claim.release()
  expect((await runImport(await planImport(source, store))).totals.byVerdict).toEqual({
    identical: 2,
    imported: 1,
  })
})
