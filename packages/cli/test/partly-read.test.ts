import { copyFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ID = '20260302_100000_aaaaaaaa'
const OTHER = '20260302_110000_bbbbbbbb'
const AT = 1_772_445_600

const said = (role: string, content: string, timestamp: number) => ({ role, content, timestamp })
const STORY = [
  said('user', 'the garden is quiet in the morning', AT),
  said('assistant', 'and green at noon, I am told', AT + 1),
  said('user', 'then let us go and see it', AT + 2),
]
const fileOf = (story: readonly object[]) =>
  Buffer.from(story.map((line) => `${pythonJson(line)}\n`).join(''))

/** A home whose database has one message more than a file, and knows nothing of another session. */
class Place {
  readonly home = join(temporaryFolder(), 'home')
  readonly db = join(temporaryFolder(), 'faircopy.db')
  readonly state = join(this.home, 'state.db')

  constructor() {
    const about = { ended_at: AT + 10, end_reason: 'session_reset' }
    writeHome(this.home, [
      { id: ID, file: fileOf(STORY.slice(0, 2)), rows: STORY, about },
      { id: OTHER, file: fileOf(STORY), rows: null },
    ])
    copyFileSync(this.state, `${this.home}.sound`)
  }

  mend(): void {
    for (const suffix of ['', '-wal', '-shm']) rmSync(this.state + suffix, { force: true })
    copyFileSync(`${this.home}.sound`, this.state)
  }

  async json(...args: readonly string[]) {
    const { code, stdout } = await runHere([...args, '--json', '--db', this.db])
    return { code, told: JSON.parse(stdout) }
  }

  archive() {
    return this.json('archive', this.home, '--dry-run', '--unanchored')
  }
}

const UNREADABLE: readonly [name: string, code: string, damage: (place: Place) => void][] = [
  ['no database', 'database-unreadable', ({ state }) => writeFileSync(state, Buffer.alloc(8192, 7))],
  ['cut off', 'database-unreadable', ({ state }) => truncateSync(state, 4096)],
  ['empty', 'database-unreadable', ({ state }) => truncateSync(state, 0)],
  [
    'behind a link',
    'symbolic-link',
    ({ state }) => {
      renameSync(state, `${state}.elsewhere`)
      symlinkSync(`${state}.elsewhere`, state)
    },
  ],
]

test.for(UNREADABLE)(
  'beside a state.db that is %s no session is whole, proven or the same, until it is readable',
  {
    timeout: 60_000,
  },
  async ([, code, damage]) => {
    const place = new Place()
    damage(place)
    for (const command of [['audit'], ['import', '--dry-run'], ['import'], ['import'], ['audit']]) {
      const { code: exit, told } = await place.json(...command, place.home)
      expect(exit).toBe(2)
      expect(told.sessions.map(({ reason }: { reason: string }) => reason)).toEqual([
        'partly-read',
        'partly-read',
      ])
      expect(told.totals.byVerdict).not.toHaveProperty('identical')
      const codes = told.sources[0].problems.map((each: { code: string }) => each.code)
      expect(new Set(codes.filter((each: string) => each !== 'ignored'))).toContain(code)
    }
    const again = await faircopy(['import', place.home, '--db', place.db])
    expect(again.stdout).toContain(`Nothing new in what could be read of ${place.home} (hermes)`)
    const audit = await faircopy(['audit', place.home, '--db', place.db])
    expect(audit.stdout).toContain("0 sessions can be brought over whole, 2 in part, 0 can't.")
    const proof = await place.json('verify', '--against', place.home)
    expect(proof.code).toBe(2)
    expect(proof.told.against[0].sessions.map(({ proven }: { proven: boolean }) => proven)).toEqual([
      false,
      false,
    ])
    const found = proof.told.against[0].findings.map((each: { code: string }) => each.code)
    expect(new Set(found)).toEqual(new Set(['source-unreadable', 'source-problem']))
    const { told } = await place.archive()
    expect(told.moved).toEqual([])
    expect(new Set(told.stays.map(({ path }: { path: string }) => basename(path)))).toEqual(
      new Set(['state.db', `${ID}.jsonl`, `${OTHER}.jsonl`]),
    )
    expect(new Set(told.stays.map((each: { code: string }) => each.code))).toEqual(new Set([code]))
    const status = await place.json('status')
    expect(status.told.notImported.map(({ id }: { id: string }) => id)).toEqual([ID, OTHER])

    place.mend()
    const mended = await place.json('import', place.home)
    expect(mended.code).toBe(0)
    const [first, second] = mended.told.sessions
    expect([first.entries.merged, first.reason, second.verdict]).toEqual([3, undefined, 'identical'])
    expect((await place.json('verify', '--against', place.home)).code).toBe(0)
    expect((await place.archive()).told.moved).toHaveLength(2)
    expect((await place.json('status')).told.notImported).toEqual([])
  },
)

test('a database that breaks after all was imported leaves nothing the same or proven, until it is mended', async () => {
  const place = new Place()
  await place.json('import', place.home)
  writeFileSync(place.state, Buffer.alloc(8192, 7))
  const { code, told } = await place.json('import', place.home)
  expect(code).toBe(2)
  expect(told.totals.byVerdict).toEqual({ kept: 2 })
  expect((await place.archive()).told.moved).toEqual([])
  const found = (await place.json('verify', '--against', place.home)).told.against[0].findings
  expect(new Set(found.map((each: { code: string }) => each.code))).toEqual(
    new Set(['source-unreadable', 'source-problem']),
  )
  place.mend()
  expect((await place.json('import', place.home)).code).toBe(0)
})

test('a session of which the database could not be read is not pruned, and is named, until it could', async () => {
  const place = new Place()
  writeFileSync(place.state, Buffer.alloc(8192, 7))
  await place.json('import', place.home)
  const ended = async () => {
    const store = await openSqliteStore({ path: place.db })
    await store.update(ID, { endedAt: Date.now() - 100 * 24 * 3_600_000 })
    await store.close()
  }
  await ended()
  const prune = async (...args: string[]) =>
    (await place.json('prune', '--ended-older-than', '90d', ...args)).told
  const awaiting = [{ namespace: 'default', id: ID }]
  expect(await prune()).toMatchObject({ sessions: 0, awaiting })
  expect(await prune('--yes')).toMatchObject({ sessions: 0, awaiting })
  place.mend()
  expect((await place.json('import', place.home)).code).toBe(0)
  await ended()
  expect(await prune('--yes')).toMatchObject({ sessions: 1, awaiting: [] })
})

test('a session whose file is there and is not read is none of which nothing else is there', async () => {
  const home = join(temporaryFolder(), 'home')
  const db = join(temporaryFolder(), 'faircopy.db')
  const index = { session_key: 'x', platform: 'telegram' }
  writeHome(home, [{ id: ID, file: Buffer.from('[{"role":"user"},\n{"role":"user"}]\n'), rows: null, index }])
  const audit = await runHere(['audit', home, '--json', '--db', db])
  const told = JSON.parse(audit.stdout).sources[0].problems.map(({ code }: { code: string }) => code)
  expect(told).toEqual(['not-understood'])
})

test('beside a database that was not read, no session is one of which nothing else is there', async () => {
  const { home, state } = new Place()
  const index = { session_key: 'x', platform: 'telegram' }
  writeFileSync(
    join(home, 'sessions', 'sessions.json'),
    JSON.stringify({ 'agent:main:telegram:dm:1': { session_id: 'elsewhere', ...index } }),
  )
  const told = async () => {
    const { stdout } = await runHere(['audit', home, '--json', '--db', join(home, 'none.db')])
    return JSON.parse(stdout).sources[0].problems.map(({ code }: { code: string }) => code)
  }
  expect(await told()).toEqual(['missing-transcript'])
  truncateSync(state, 4096)
  expect(new Set(await told())).toEqual(new Set(['database-unreadable']))
})
