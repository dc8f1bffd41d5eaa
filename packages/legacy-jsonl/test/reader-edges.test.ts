import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  compareSession,
  type LegacySession,
  type LegacySource,
  openJsonlSource,
  openLegacyReader,
  planImport,
  planResolution,
  runImport,
  runResolution,
  SourceUnreadable,
} from '@faircopy/legacy-jsonl'
import type { NewSession } from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'
import { said, type Told, type ToldSession, toldSource, turn } from './told-source.ts'

const lines = (told: readonly Told[]): string => told.map(({ text }) => `${text}\n`).join('')

function knowing(sessions: readonly (ToldSession & { readonly about?: NewSession })[]): LegacySource {
  return {
    ...toldSource([]),
    async *sessions() {
      for (const { about = {}, ...session } of sessions)
        for await (const told of toldSource([session]).sessions()) yield { ...told, about }
    },
  }
}

test('a page goes on behind what it has passed, also where nothing else is left of the file', async () => {
  const path = join(temporaryFolder(), 's.jsonl')
  writeFileSync(path, lines([...turn('a'), ...turn('b')]))
  const reader = await openLegacyReader(await openJsonlSource(path))
  const { next } = await reader.page('s', { limit: 2 })
  writeFileSync(path, lines(turn('a')))
  expect(await reader.page('s', { cursor: next ?? '' })).toMatchObject({ entries: [], next: null })
  writeFileSync(path, lines(turn('a').slice(0, 1)))
  await expect(reader.page('s', { cursor: next ?? '' })).rejects.toMatchObject({ code: 'CURSOR_STALE' })
})

test('rows were last written when their session ended, else when it began, else nobody knows', async () => {
  const parent = { id: 'p', entry: 3, why: 'fork' as const }
  const reader = await openLegacyReader(
    knowing([
      { id: 'ended', database: turn('a'), about: { startedAt: 10, endedAt: 20, endReason: 'idle', parent } },
      { id: 'began', database: turn('b'), about: { startedAt: 15 } },
      { id: 'unknown', database: turn('c') },
    ]),
  )
  const { sessions } = await reader.list({ order: 'recent' })
  expect(sessions.map(({ id, updatedAt }) => [id, updatedAt])).toEqual([
    ['ended', 20],
    ['began', 15],
    ['unknown', 0],
  ])
  expect(sessions[0]).toMatchObject({ parent: { namespace: 'default', id: 'p', entry: 3, why: 'fork' } })
  const since = async (activeSince: number): Promise<number> =>
    (await reader.list({ activeSince })).sessions.length
  expect([await since(14), await since(15), await since(16), await since(20), await since(21)]).toEqual([
    2, 2, 1, 1, 0,
  ])
})

test('a session that can be read again is a problem no more', async () => {
  let fails = true
  const own = toldSource([{ id: 's', file: turn('a') }])
  const source: LegacySource = {
    ...own,
    async *sessions() {
      for await (const session of own.sessions()) {
        const { file } = session
        if (!file) continue
        const read = () => {
          if (fails) throw new SourceUnreadable(file.path, 'it failed with EIO')
          return file.read()
        }
        yield { ...session, file: { ...file, read } }
      }
    },
  }
  const reader = await openLegacyReader(source)
  const listed = async () => [(await reader.list()).sessions.length, reader.problems.length]
  expect(await listed()).toEqual([0, 1])
  fails = false
  expect(await listed()).toEqual([1, 0])
})

test('what a person decided is not compared with the database alone', async () => {
  const session: ToldSession = {
    id: 's',
    database: [...turn('a'), ...turn('x')],
    file: [...turn('a'), ...turn('y')],
  }
  const store = createMemoryStore()
  await runImport(await planImport(toldSource([session]), store))
  const [legacy] = (await Array.fromAsync(toldSource([session]).sessions())) as [LegacySession]
  const codes = async (): Promise<string[]> =>
    (await compareSession(legacy, store)).differences.map(({ code }) => code)
  expect(await codes()).toEqual(['undecided'])
  await runResolution(await planResolution(legacy, store), 'keep-canonical')
  expect(await codes()).toEqual([])
})

test('words that are said several times are counted as often as either side says them', async () => {
  const ok = said('user', 'ok')
  const store = createMemoryStore()
  await store.append(
    's',
    [ok, ok, ...turn('a')].map(({ text }) => ({ record: text })),
    { create: {} },
  )
  const differences = async (file: Told[]) => {
    const [legacy] = (await Array.fromAsync(toldSource([{ id: 's', file }]).sessions())) as [LegacySession]
    return (await compareSession(legacy, store)).differences
  }
  expect(await differences([ok, ...turn('a')])).toEqual([{ code: 'store-only', messages: 1 }])
  expect(await differences([ok, ok, ok, ok, ...turn('a')])).toEqual([{ code: 'source-only', messages: 2 }])
})
