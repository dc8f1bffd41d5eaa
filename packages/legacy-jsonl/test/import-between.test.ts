import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type LegacySession,
  type LegacySource,
  openJsonlSource,
  planImport,
  runImport,
  SourceChanged,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'
import { type Told, type ToldSession, toldSource, turn } from './told-source.ts'

const textOf = (told: readonly Told[]): string[] => told.map(({ text }) => text)

async function texts(store: MemoryStore, session: string | { namespace: string; id: string }) {
  return (await Array.fromAsync(store.read(session))).map(({ record }) => record)
}

/** A store in which somebody acts between the last step of an import and its last look at the source. */
function acting(act: (time: number) => void): { readonly store: MemoryStore; readonly times: () => number } {
  const store = createMemoryStore()
  const take = store.import.bind(store)
  let times = 0
  Object.assign(store, {
    import: (given: Parameters<typeof take>[0]) =>
      take({
        ...given,
        confirm: async () => {
          act(++times)
          await given.confirm?.()
        },
      }),
  })
  return { store, times: () => times }
}

const both = (): ToldSession => ({
  id: 's',
  database: [...turn('a'), ...turn('c')],
  file: [...turn('a'), ...turn('b'), ...turn('c')],
})

describe('a witness that changes after it was read, and before its session is written', () => {
  test.each<[what: string, session: ToldSession, side: 'database' | 'file', names: string[]]>([
    ['the database', { id: 's', database: turn('a') }, 'database', ['a', 'z']],
    ['the file', { id: 's', file: turn('a') }, 'file', ['a', 'z']],
    ['the database of two', both(), 'database', ['a', 'b', 'c', 'z']],
    ['the file of two', both(), 'file', ['a', 'b', 'c', 'z']],
  ])('%s: the session is planned again, and says what is told now', async (_, session, side, names) => {
    const { store, times } = acting((time) => {
      if (time === 1) session[side] = [...(session[side] ?? []), ...turn('z')]
    })
    const report = await runImport(await planImport(toldSource([session]), store))
    expect(report.sessions[0]).toMatchObject({ entries: { merged: names.length * 2 }, problems: [] })
    expect(await texts(store, 's')).toEqual(textOf(names.flatMap(turn)))
    expect(times()).toBe(2)
  })

  test.each(['database', 'file'] as const)('each time that it is read, the %s: it failed', async (side) => {
    const session = both()
    const { store, times } = acting((time) => {
      session[side] = [...(session[side] ?? []), ...turn(`z${time}`)]
    })
    const report = await runImport(await planImport(toldSource([session]), store))
    expect(report.sessions[0]).toMatchObject({ verdict: 'failed', entries: { merged: null, added: 0 } })
    expect(report.sessions[0]?.problems.map(({ code }) => code)).toEqual(['source-changed'])
    expect(await store.get('s')).toBeNull()
    expect(await Array.fromAsync(store.ledger())).toEqual([])
    expect(times()).toBe(3)
  })

  test('also the last time, when the run was stopped meanwhile: it ends, and tells nothing of the session', async () => {
    const session = both()
    const stop = new AbortController()
    const { store } = acting((time) => {
      session.file = [...(session.file ?? []), ...turn(`z${time}`)]
      if (time === 3) stop.abort(new Error('enough'))
    })
    const plan = await planImport(toldSource([session]), store)
    await expect(runImport(plan, { signal: stop.signal })).rejects.toThrow('enough')
    expect(await store.get('s')).toBeNull()
  })
})

test('a run that is stopped while its source changes for the last time ends with the reason that it was given', async () => {
  const stop = new AbortController()
  const store = createMemoryStore()
  let times = 0
  const changing = async (): Promise<never> => {
    if (++times === 3) stop.abort(new Error('enough'))
    throw new SourceChanged('/made/up/s.file')
  }
  const plan = await planImport(toldSource([both()]), Object.assign(store, { import: changing }))
  await expect(runImport(plan, { signal: stop.signal })).rejects.toThrow('enough')
  expect(times).toBe(3)
})

test('a run that is stopped before the last look at a source writes nothing of the session', async () => {
  const stop = new AbortController()
  const { store } = acting(() => stop.abort(new Error('enough')))
  const plan = await planImport(toldSource([both()]), store)
  await expect(runImport(plan, { signal: stop.signal })).rejects.toThrow('enough')
  expect(await store.get('s')).toBeNull()
  expect(await Array.fromAsync(store.ledger())).toEqual([])
})

/** A source whose sessions are told with something else besides. */
function telling(
  source: LegacySource,
  more: (session: LegacySession) => Partial<LegacySession>,
): LegacySource {
  return {
    path: source.path,
    format: source.format,
    problems: source.problems,
    async *sessions() {
      for await (const session of source.sessions()) yield { ...session, ...more(session) }
    },
    close: () => source.close(),
  }
}

test('sessions of one id in several namespaces are each their own, first and again', async () => {
  const store = createMemoryStore()
  const namespaces = ['default', 'one', 'two']
  const source: LegacySource = {
    ...toldSource([]),
    async *sessions() {
      for (const namespace of namespaces)
        yield* telling(toldSource([{ id: 's', file: turn(namespace) }]), () => ({ namespace })).sessions()
    },
  }
  const first = await runImport(await planImport(source, store))
  expect(first.sessions.map(({ namespace, verdict }) => `${namespace} ${verdict}`)).toEqual(
    namespaces.map((namespace) => `${namespace} imported`),
  )
  for (const namespace of namespaces)
    expect(await texts(store, { namespace, id: 's' })).toEqual(textOf(turn(namespace)))
  expect((await runImport(await planImport(source, store))).importId).toBeNull()
  // The same words in another namespace are another session's.
  const third = telling(toldSource([{ id: 's', file: turn('one') }]), () => ({ namespace: 'three' }))
  expect((await runImport(await planImport(third, store))).sessions[0]).toMatchObject({
    namespace: 'three',
    verdict: 'imported',
  })
})

test('what the source knows of a session counts before what its file says of it', async () => {
  const folder = temporaryFolder()
  const header = { _type: 'metadata', created_at: '2026-03-02T10:00:00Z', key: 'telegram:1' }
  writeFileSync(join(folder, 's.jsonl'), `${JSON.stringify(header)}\n${textOf(turn('a')).join('\n')}\n`)
  const source = await openJsonlSource(folder)
  const store = createMemoryStore()
  await runImport(await planImport(source, store))
  expect(await store.get('s')).toMatchObject({
    startedAt: Date.parse('2026-03-02T10:00:00Z'),
    meta: { header },
  })
  const other = createMemoryStore()
  const knowing = telling(source, ({ about }) => ({ about: { ...about, startedAt: 1, title: 'A talk' } }))
  await runImport(await planImport(knowing, other))
  expect(await other.get('s')).toMatchObject({ startedAt: 1, title: 'A talk', meta: { header } })
})

test('a run that wrote anything is named, whichever session it was', async () => {
  const store = createMemoryStore()
  // So many sessions at most share a commit: the last of these comes after all others are done.
  const known = Array.from({ length: 16 }, (_, i) => ({ id: `known ${i}`, file: turn(`k${i}`) }))
  await runImport(await planImport(toldSource(known), store))
  const fresh: ToldSession = { id: 'fresh', file: turn('b') }
  const { importId, sessions } = await runImport(await planImport(toldSource([fresh, ...known]), store))
  expect(importId).not.toBeNull()
  expect(sessions.map(({ action }) => action)).toEqual(['created', ...known.map(() => 'unchanged')])
})
