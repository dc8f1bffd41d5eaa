import {
  planImport,
  planResolution,
  RESOLUTION_CHOICES,
  runImport,
  runResolution,
  type SourceVerification,
  undoResolution,
  verifySource,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { said, type ToldSession, toldSource, turn } from './told-source.ts'

const proof = (store: MemoryStore, session: ToldSession): Promise<SourceVerification> =>
  verifySource(toldSource([session]), store)

const words = async (store: MemoryStore, session: ToldSession): Promise<readonly string[]> =>
  (await proof(store, session)).findings.map(({ code, line }) => [code, line].join(' ').trim())

async function bringIn(store: MemoryStore, session: ToldSession) {
  return runImport(await planImport(toldSource([session]), store))
}

async function plan(store: MemoryStore, session: ToldSession) {
  for await (const one of toldSource([session]).sessions()) return planResolution(one, store)
  throw new Error('no session')
}

const contested = (): ToldSession => ({
  id: 's',
  database: [...turn('a'), { ...said('user', 'only the database says this'), at: 1000 }, ...turn('b')],
  file: [
    ...turn('a'),
    { ...said('user', 'only the file says this'), at: 2000 },
    ...turn('b'),
    { text: 'broken' },
  ],
})

describe.each(RESOLUTION_CHOICES)('%s', (choice) => {
  test('is proven, and stays so while the session goes on and the file grows', async () => {
    const store = createMemoryStore()
    const session = contested()
    await bringIn(store, session)
    expect(await words(store, session)).toEqual(['undecided'])
    await runResolution(await plan(store, session), choice)
    const { findings, sessions } = await proof(store, session)
    expect(findings).toEqual([])
    expect(sessions[0]?.certificates).toEqual({ proven: 1, bygone: 0 })

    session.file = [...(session.file ?? []), ...turn('c'), { text: 'broken, too' }]
    expect(await words(store, session)).toEqual(['source-grown 7'])
    expect((await bringIn(store, session)).sessions[0]).toMatchObject({ verdict: 'extended' })
    const grown = await proof(store, session)
    expect(grown.findings).toEqual([])
    expect(grown.sessions[0]?.certificates).toEqual({ proven: 2, bygone: 1 })

    await store.append('s', { record: said('user', 'live since').text })
    expect(await words(store, session)).toEqual([])
    expect((await bringIn(store, session)).importId).toBeNull()
  })

  test('where the file grew, and a gateway wrote meanwhile, import and proof say the same', async () => {
    const store = createMemoryStore()
    const session = contested()
    await bringIn(store, session)
    await runResolution(await plan(store, session), choice)
    await store.append('s', { record: said('user', 'live since').text })
    session.file = [...(session.file ?? []), said('user', 'grown since')]
    const report = await bringIn(store, session)
    expect(report.sessions[0]).toMatchObject({
      verdict: 'ambiguous',
      lines: { withheld: expect.any(Number) },
    })
    expect(await words(store, session)).toEqual(['undecided'])
    const last = (await Array.fromAsync(store.ledger({ session: 's' }))).at(-1)
    expect(last).toMatchObject({ verdict: 'ambiguous' })
  })

  test('undone, and its import undone, it stands as before', async () => {
    const store = createMemoryStore()
    const session = contested()
    const { importId } = await bringIn(store, session)
    await runResolution(await plan(store, session), choice)
    await undoResolution({ namespace: 'default', id: 's' }, store)
    expect(await words(store, session)).toEqual(['undecided'])
    await store.undoImport({ importId: importId ?? '', session: 's', run: { id: 'undo', at: 1, about: {} } })
    expect(await words(store, session)).toEqual(['never-imported'])
    await bringIn(store, session)
    expect(await words(store, session)).toEqual(['undecided'])
  })
})
