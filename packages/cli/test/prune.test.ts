import { join } from 'node:path'
import { openHermesHome } from '@faircopy/legacy-hermes'
import { withLegacy } from '@faircopy/legacy-jsonl'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import {
  deletionDocument,
  errorDocument,
  historyDocument,
  importDocument,
  listDocument,
  pruneDocument,
} from './schemas.ts'
import { storeDump } from './store-dump.ts'
import { temporaryFolder } from './temporary-folder.ts'

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

/** A home with a profile, and a store in which a gateway made its ended sessions known and imported one of them. */
async function known(): Promise<{ readonly db: string; readonly home: string }> {
  const [home, db] = [join(temporaryFolder(), 'my home'), join(temporaryFolder(), 'faircopy.db')]
  const ended = (id: string) => ({
    id,
    file: null,
    rows: [{ role: 'user', content: `said in ${id}`, timestamp: 1_700_000_000 }],
    about: { ended_at: 1_700_000_100, end_reason: 'session_reset' },
  })
  writeHome(home, [ended('brought'), ended('waits')])
  writeHome(join(home, 'profiles', 'work'), [ended('waits')])
  const store = withLegacy(await openSqliteStore({ path: db }), () => openHermesHome(home))
  await store.legacy.ready
  await store.get('brought')
  await store.close()
  return { db, home }
}

const AWAITING = [
  { namespace: 'default', id: 'waits' },
  { namespace: 'work', id: 'waits' },
]

test('what a gateway made known and nobody imported yet stays, and is imported after a prune', async () => {
  const { db, home } = await known()
  const policy = ['--history-older-than', '1d', '--ended-older-than', '90d']
  expect(await prune(db, ...policy)).toMatchObject({ sessions: 1, entries: 1, awaiting: AWAITING })
  const told = await runHere(['prune', ...policy, '--yes', '--db', db])
  expect(told.stdout).toMatch(/^1 session and 1 entry, .* are gone for good$/m)
  expect(told.stdout).toContain(
    '  2 ended sessions stay: not all of them is imported yet\n    waits\n    work: waits\n',
  )
  expect((await runHere(['status', '--db', db])).stdout).toContain(`faircopy import '${home}'`)
  const imported = await runHere(['import', home, '--json', '--db', db])
  const { sessions } = importDocument.parse(JSON.parse(imported.stdout))
  expect(sessions.map(({ id, verdict }) => [id, verdict])).toEqual([
    ['brought', 'failed'],
    ['waits', 'kept'],
    ['waits', 'kept'],
  ])
  const shown = await runHere(['show', 'waits', '--namespace', 'work', '--db', db])
  expect(shown.stdout).toContain('said in waits')
  expect(await prune(db, '--ended-older-than', '90d', '--yes')).toMatchObject({ sessions: 2, awaiting: [] })
})

test('an import that was undone is no reason to prune what it brought', async () => {
  const { db, home } = await known()
  const imported = await runHere(['import', home, '--json', '--db', db])
  const { importId } = importDocument.parse(JSON.parse(imported.stdout))
  await runHere(['import', '--undo', importId ?? '', '--yes', '--db', db])
  expect(await prune(db, '--ended-older-than', '90d', '--yes')).toMatchObject({
    sessions: 1,
    awaiting: AWAITING,
  })
  expect((await runHere(['status', '--db', db])).stdout).toContain('2 sessions not imported yet')
})

test('what a person deletes before it was imported says so, and stays deleted after a prune', async () => {
  const { db, home } = await known()
  const dry = await runHere(['delete', 'waits', '--db', db])
  expect(dry.stdout).toContain('no import brings it now')
  const done = await runHere(['delete', 'waits', '--yes', '--json', '--db', db])
  expect(deletionDocument.parse(JSON.parse(done.stdout))).toMatchObject({ entries: 0, awaitsImport: true })
  const later = await openSqliteStore({ path: db, now: () => Date.now() + 31 * DAY })
  await later.prune({ dryRun: false })
  await later.close()
  const imported = await runHere(['import', home, '--json', '--db', db])
  const { sessions, sources } = importDocument.parse(JSON.parse(imported.stdout))
  expect(sessions.map(({ id, verdict }) => [id, verdict])).toContainEqual(['waits', 'failed'])
  expect(sources.flatMap(({ problems }) => problems.map(({ code }) => code))).toContain('session-deleted')
})
