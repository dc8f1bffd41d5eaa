import { planImport, planResolution, runImport, runResolution, undoImport } from '@faircopy/legacy-jsonl'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import { expect, test } from 'vitest'
import { said, type ToldSession, toldSource, turn } from './told-source.ts'

async function bringIn(store: MemoryStore, session: ToldSession) {
  const { sessions, importId } = await runImport(await planImport(toldSource([session]), store))
  return { importId: importId ?? '', report: sessions[0] }
}

async function decide(store: MemoryStore, session: ToldSession, choice: 'keep-canonical' | 'branch') {
  for await (const one of toldSource([session]).sessions())
    return runResolution(await planResolution(one, store), choice)
  throw new Error('no session')
}

async function texts(store: MemoryStore): Promise<readonly string[]> {
  const entries = (await store.get('s')) ? await Array.fromAsync(store.read('s')) : []
  return entries.map(({ record }) => record)
}

const contested = (): ToldSession => ({
  id: 's',
  database: [...turn('a'), said('user', 'only the database says this'), ...turn('b')],
  file: [...turn('a'), said('user', 'only the file says this'), ...turn('b')],
})

test('a later import that brought nothing goes with the one it rests on, and the source comes in again', async () => {
  const store = createMemoryStore()
  const session: ToldSession = { id: 's', file: [...turn('a'), ...turn('b')] }
  const first = await bringIn(store, session)
  const before = await texts(store)
  session.file = [...turn('a')]
  expect((await bringIn(store, session)).report).toMatchObject({ verdict: 'kept', action: 'unchanged' })
  await undoImport(store, first.importId)
  expect(await store.get('s')).toBeNull()
  expect((await bringIn(store, session)).report).toMatchObject({ verdict: 'imported', action: 'created' })
  expect(await texts(store)).toEqual(before.slice(0, 2))
})

test('a decision to keep what an import brought is void once that is undone', async () => {
  const store = createMemoryStore()
  const session = contested()
  const { importId } = await bringIn(store, session)
  await decide(store, session, 'keep-canonical')
  expect((await undoImport(store, importId)).sessions).toMatchObject([{ status: 'undone', entries: null }])
  const { report } = await bringIn(store, session)
  expect(report).toMatchObject({ verdict: 'ambiguous' })
  expect(report).not.toHaveProperty('decided')
  await expect(decide(store, session, 'branch')).resolves.toMatchObject({ choice: 'branch' })
})

test('an import of which a branch was made stays until that is undone, and a dry run says so', async () => {
  const store = createMemoryStore()
  const session = contested()
  const { importId } = await bringIn(store, session)
  const { branch } = await decide(store, session, 'branch')
  const before = await texts(store)
  const refused = { sessions: [{ id: 's', status: 'refused', reason: 'rewritten' }] }
  expect(await undoImport(store, importId, { dryRun: true })).toMatchObject(refused)
  expect(await undoImport(store, importId)).toMatchObject(refused)
  expect(await texts(store)).toEqual(before)
  expect(await store.get(branch ?? '')).not.toBeNull()
})

test('one that could not be undone leaves what rests on it', async () => {
  const store = createMemoryStore()
  const session = contested()
  const { importId } = await bringIn(store, session)
  await decide(store, session, 'keep-canonical')
  await store.replace('s', { from: 1, entries: [{ record: said('user', 'rewritten').text }] })
  expect((await undoImport(store, importId)).sessions).toMatchObject([
    { status: 'refused', reason: 'rewritten' },
  ])
  expect((await bringIn(store, session)).report).toMatchObject({ decided: 'keep-canonical' })
})

test('sessions are told in the order they were brought in, and undone in the other, before and after', async () => {
  const store = createMemoryStore()
  const ids = ['b', 'a', 'd', 'c']
  const sessions = ids.map((id): ToldSession => ({ id, file: [...turn(id), ...turn(`${id} again`)] }))
  const { importId } = await runImport(await planImport(toldSource(sessions), store))
  const brought = (await Array.fromAsync(store.ledger())).map(({ session }) => session.id)
  const dry = await undoImport(store, importId ?? '', { dryRun: true })
  const done = await undoImport(store, importId ?? '')
  for (const { sessions } of [dry, done]) expect(sessions.map(({ id }) => id)).toEqual(brought)
  const undone = (await Array.fromAsync(store.ledger())).map(({ session }) => session.id)
  expect(undone.slice(-4)).toEqual(brought.toReversed())
  const again = await undoImport(store, importId ?? '')
  expect(again.sessions.map(({ status }) => status)).toEqual(ids.map(() => 'already'))
})
