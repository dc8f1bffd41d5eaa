import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { afterAll, expect, test } from 'vitest'
import { LegacyGateway } from './legacy-gateway.ts'
import { temporaryFolder } from './temporary-folder.ts'

const gateways: LegacyGateway[] = []
afterAll(() => Promise.all(gateways.map((gateway) => gateway.kill())))

const said = (content: string): string => JSON.stringify({ role: 'user', content })
const LEGACY = Array.from({ length: 994 }, (_, i) => said(`ok ${i % 7}`))

function started(db: string, folder: string, pauses?: string): LegacyGateway {
  const gateway = new LegacyGateway(db, folder, pauses)
  gateways.push(gateway)
  return gateway
}

function setUp(): { readonly db: string; readonly folder: string } {
  const folder = temporaryFolder()
  for (const id of ['chat', 'other']) {
    writeFileSync(join(folder, `${id}.jsonl`), LEGACY.map((line) => `${line}\n`).join(''))
  }
  return { db: join(temporaryFolder(), 'faircopy.db'), folder }
}

test('S9 hermes #3212: two gateways at once, and each turn comes behind the 994 messages, once', async () => {
  const { db, folder } = setUp()
  const [one, two] = [started(db, folder), started(db, folder)]
  const turns = Array.from({ length: 10 }, (_, i) => i)
  await Promise.all([
    ...turns.map((i) => one.append('chat', said(`one ${i}`))),
    ...turns.map((i) => two.append('chat', said(`two ${i}`))),
  ])
  const records = (await one.read('chat')) as string[]
  expect(records.slice(0, 994)).toEqual(LEGACY)
  const live = records.slice(994)
  for (const name of ['one', 'two']) {
    expect(live.filter((record) => record.includes(name))).toEqual(turns.map((i) => said(`${name} ${i}`)))
  }
  expect(live).toHaveLength(20)
  expect(await two.read('chat')).toEqual(records)
  const wrote = [...one.events, ...two.events].filter((event) => event.type === 'imported' && event.wrote)
  expect(wrote).toHaveLength(1)
  await Promise.all([one.kill(), two.kill()])
  const store = await openSqliteStore({ path: db })
  expect((await store.verify()).findings).toEqual([])
  await store.close()
})

test('S9 a live append settles while an import of its session is under way, and stands behind it', async () => {
  const { db, folder } = setUp()
  const importer = started(db, folder, 'chat')
  const imported = importer.import()
  await importer.paused
  // The import stands still until it is told to go on: whatever settles before that has not waited for it.
  const gateway = started(db, folder)
  expect(await gateway.append('other', said('elsewhere'))).toEqual([995])
  expect(await gateway.append('chat', said('first'), said('second'))).toEqual([1, 2])
  await expect(gateway.read('chat')).rejects.toThrow('STORE_BUSY')
  expect(gateway.events).toContainEqual({ type: 'boundary', namespace: 'default', id: 'chat', why: 'held' })
  importer.goOn()
  expect(await imported).toMatchObject({ merged: 1 })
  expect(await gateway.read('chat')).toEqual([...LEGACY, said('first'), said('second')])
  expect(await gateway.append('chat', said('third'))).toEqual([997])
})

test('S9 a gateway that is killed while it imports leaves the next one to do it', async () => {
  const { db, folder } = setUp()
  const killed = started(db, folder, 'chat')
  const lost = killed.append('chat', said('lost')).catch(() => 'never answered')
  await killed.paused
  await killed.kill()
  void lost
  const next = started(db, folder)
  expect(await next.append('chat', said('hello again'))).toEqual([995])
  expect(await next.read('chat')).toEqual([...LEGACY, said('hello again')])
  await next.kill()
  const store = await openSqliteStore({ path: db })
  expect(await store.facts()).toMatchObject({ stagedEntries: 0, entries: 995 })
  expect((await store.verify()).findings).toEqual([])
  await store.close()
})
