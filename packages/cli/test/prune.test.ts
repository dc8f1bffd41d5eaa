import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { errorDocument, historyDocument, listDocument, pruneDocument } from './schemas.ts'
import { storeDump } from './store-dump.ts'

const DAY = 24 * 3_600_000

/** One session with history, two that ended long ago. */
async function old(): Promise<string> {
  const endedAt = Date.now() - 100 * DAY
  const path = await sampleStore(
    { session: 'a', entries: [message('user', 'one'), message('user', 'two')] },
    { session: 'ended', about: { endedAt }, entries: [message('user', 'three')] },
    { session: 'evidence', about: { endedAt }, entries: [message('user', 'four')] },
  )
  const store = await openSqliteStore({ path, now: () => Date.now() - 40 * DAY })
  await store.replace('a', { from: 2, entries: [message('user', 'second')] })
  await store.close()
  return path
}

async function prune(db: string, ...args: readonly string[]) {
  const { stdout, code } = await runHere(['prune', '--json', '--db', db, ...args])
  expect(code).toBe(0)
  return pruneDocument.parse(JSON.parse(stdout))
}

async function ids(db: string): Promise<string[]> {
  const { stdout } = await runHere(['list', '--json', '--db', db])
  return listDocument.parse(JSON.parse(stdout)).sessions.map(({ id }) => id)
}

async function historyOf(db: string, id: string) {
  const { stdout } = await runHere(['show', id, '--history', '--json', '--db', db])
  return historyDocument.parse(JSON.parse(stdout)).history
}

test('without --yes it reports, and removes nothing', async () => {
  const db = await old()
  const before = storeDump(db)
  const policy = ['--history-older-than', '30d', '--ended-older-than', '90d']
  expect(await prune(db, ...policy)).toMatchObject({ dryRun: true, sessions: 2, entries: 3, held: 0 })
  const { stdout } = await faircopy(['prune', ...policy, '--db', db])
  expect(stdout).toMatch(
    /^A dry run: 2 sessions and 3 entries, .* would go for good\. Nothing was removed\.\n/,
  )
  expect(storeDump(db)).toBe(before)
})

test('--history-older-than takes history alone', async () => {
  const db = await old()
  expect(await prune(db, '--history-older-than', '50d', '--yes')).toMatchObject({ entries: 0 })
  expect(await historyOf(db, 'a')).toHaveLength(1)
  expect(await prune(db, '--history-older-than', '30d', '--yes')).toMatchObject({ dryRun: false, entries: 1 })
  expect(await historyOf(db, 'a')).toEqual([])
  expect(await ids(db)).toEqual(['a', 'ended', 'evidence'])
})

test('--ended-older-than takes ended sessions, and none that is held', async () => {
  const db = await old()
  expect(await prune(db, '--ended-older-than', '90d', '--hold', 'evidence', '--yes')).toMatchObject({
    sessions: 1,
    held: 1,
  })
  expect(await ids(db)).toEqual(['a', 'evidence'])
})

test('a hold is one in every namespace that has such a session, unless one is named', async () => {
  const about = { endedAt: Date.now() - 100 * DAY }
  const db = await sampleStore(
    { session: 'case', about, entries: [] },
    { session: { namespace: 'work', id: 'case' }, about, entries: [] },
  )
  const policy = ['--ended-older-than', '90d', '--hold', 'case']
  expect(await prune(db, ...policy, '--yes')).toMatchObject({ sessions: 0, held: 2 })
  expect(await prune(db, ...policy, '--namespace', 'work')).toMatchObject({ sessions: 1, held: 1 })
})

test('a hold that names no session stops everything', async () => {
  const db = await old()
  const before = storeDump(db)
  const { code, stdout } = await runHere([
    'prune',
    '--ended-older-than',
    '90d',
    '--hold',
    'evidense',
    '--yes',
    '--json',
    '--db',
    db,
  ])
  expect(code).toBe(1)
  expect(errorDocument.parse(JSON.parse(stdout)).error.code).toBe('NO_SESSION')
  expect(storeDump(db)).toBe(before)
})

test.for(['30', '30 days', '-1d', '1.5d', ''])('a time that is none is a usage error: %s', async (time) => {
  const db = await sampleStore()
  expect((await runHere(['prune', `--ended-older-than=${time}`, '--yes', '--db', db])).code).toBe(64)
})
