import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { type MessageRow, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { importDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ID = '20260302_100000_aaaaaaaa'
const BROKEN = '{"role":"assistant","content":oops}\n'

const line = (content: string): string => `{"role":"user","content":"${content}"}\n`
const row = (content: string): MessageRow => ({ role: 'user', content, timestamp: 1_772_445_600 })

interface Home {
  readonly source: string
  readonly db: string
  readonly file: string
}

/** A Hermes home with one session, imported. */
async function imported(text: string, rows: readonly string[] | null = null): Promise<Home> {
  const here = temporaryFolder()
  const source = join(here, 'home')
  writeHome(source, [{ id: ID, file: Buffer.from(text), rows: rows?.map(row) ?? null }])
  const home = { source, db: join(here, 's.db'), file: join(source, 'sessions', `${ID}.jsonl`) }
  await runHere(['import', source, '--db', home.db])
  return home
}

/** What each command says of a store in which nothing is left to be mended. */
async function expectSettled({ source, db }: Home, all: string): Promise<void> {
  const outcome = await runHere(['import', source, '--json', '--db', db])
  const { sessions, sources } = importDocument.parse(JSON.parse(outcome.stdout))
  expect(sources.flatMap(({ problems }) => problems)).toEqual([])
  expect(sessions.map(({ verdict, reason }) => [verdict === 'ambiguous', reason])).toEqual([
    [false, undefined],
  ])
  expect(outcome.code).toBe(0)
  const { stdout } = await runHere(['export', ID, '--format', 'jsonl', '--db', db])
  expect(
    stdout
      .trim()
      .split('\n')
      .map((record) => JSON.parse(record).content)
      .join(' '),
  ).toBe(all)
  for (const args of [
    ['status'],
    ['doctor'],
    ['verify'],
    ['verify', '--against', source],
    ['audit', source],
    ['report'],
    ['archive', source, '--dry-run'],
  ]) {
    const ran = await runHere([...args, '--db', db])
    expect([args[0], ran.code, ran.stderr]).toEqual([args[0], 0, ''])
    // A report tells by its day what each import found; what is left follows behind.
    const now = args[0] === 'report' ? ran.stdout.replace(/^import \d.*\n( {2}.*\n)*/gm, '') : ran.stdout
    expect(now).not.toMatch(/became no entry|[1-9]\d* quarantined|quarantined lines|invalid-|torn-tail/)
  }
  const again = await runHere(['import', source, '--db', db])
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('Nothing new')])
}

describe('a quarantined line that was mended is settled, whatever else tells the session', () => {
  test('a file alone', async () => {
    const home = await imported(line('a') + BROKEN + line('b'))
    expect((await runHere(['doctor', '--db', home.db])).stdout).toContain('1 line of 1 session')
    writeFileSync(home.file, line('a') + line('m') + line('b'))
    await expectSettled(home, 'a m b')
  })

  test('the database has the message already', async () => {
    const home = await imported(line('a') + BROKEN + line('b'), ['a', 'm', 'b'])
    writeFileSync(home.file, line('a') + line('m') + line('b'))
    await expectSettled(home, 'a m b')
  })

  test('the database lacks it', async () => {
    const home = await imported(line('a') + BROKEN + line('b'), ['a', 'b'])
    writeFileSync(home.file, line('a') + line('m') + line('b'))
    await expectSettled(home, 'a m b')
  })

  test('the database lacks it, and has others', async () => {
    const home = await imported(line('a, at some length') + BROKEN + line('b, at some length'), [
      'a, at some length',
      'b, at some length',
      'c',
    ])
    writeFileSync(home.file, line('a, at some length') + line('m') + line('b, at some length'))
    await expectSettled(home, 'a, at some length m b, at some length c')
  })

  test('the database told more meanwhile', async () => {
    const home = await imported(line('a') + BROKEN + line('b'), ['a', 'm', 'b'])
    writeFileSync(home.file, line('a') + line('m') + line('b') + line('c'))
    const database = new Database(join(home.source, 'state.db'))
    database
      .prepare(
        "INSERT INTO messages (session_id, role, content, timestamp) VALUES (?, 'user', 'c', 1772445700)",
      )
      .run(ID)
    database.close()
    await expectSettled(home, 'a m b c')
  })

  test('a torn line that its writer completed', async () => {
    const home = await imported(line('a') + line('torn').slice(0, 20), ['a', 'torn'])
    appendFileSync(home.file, line('torn').slice(20))
    await expectSettled(home, 'a torn')
  })

  test('a row of the database', async () => {
    const home = await imported(line('a, at some length'), ['a, at some length', 'm', 'b'])
    const database = new Database(join(home.source, 'state.db'))
    database.exec("UPDATE messages SET content = CAST(x'ff' AS TEXT) WHERE content = 'm'")
    const db = join(temporaryFolder(), 's.db')
    await runHere(['import', home.source, '--db', db])
    expect((await runHere(['doctor', '--db', db])).stdout).toContain('1 line of 1 session')
    database.exec("UPDATE messages SET content = 'm' WHERE id = 2")
    database.close()
    await expectSettled({ ...home, db }, 'a, at some length m b')
  })
})

test.each([
  ['on its line', ''],
  ['as a line of its own', '\n'],
])(
  'what is left behind the records of a line is mended %s, before what was written since',
  async (_, end) => {
    const whole = line('whole').trimEnd()
    const home = await imported(`${line('a') + whole + line('rest').slice(0, 18)}\n`)
    const store = await openSqliteStore({ path: home.db })
    await store.append(ID, [{ record: line('live').trimEnd() }])
    await store.close()
    writeFileSync(home.file, line('a') + whole + end + line('rest'))
    await runHere(['import', home.source, '--db', home.db])
    const { stdout } = await runHere(['export', ID, '--format', 'jsonl', '--db', home.db])
    expect(stdout).toBe(['a', 'whole', 'rest', 'live'].map(line).join(''))
    for (const command of ['status', 'doctor'])
      expect((await runHere([command, '--db', home.db])).code).toBe(0)
    expect((await runHere(['verify', '--against', home.source, '--db', home.db])).code).toBe(0)
  },
)

test('of several lines what is left is counted once, import after import', async () => {
  const home = await imported(line('a') + BROKEN + BROKEN)
  const kept = async () =>
    /(\d+) lines? of 1 session/.exec((await runHere(['doctor', '--db', home.db])).stdout)?.[1]
  expect(await kept()).toBe('2')
  for (const [i, left] of ['2', '2', '1', undefined].entries()) {
    appendFileSync(home.file, line(`grown ${i}`))
    if (i > 1) writeFileSync(home.file, readFileSync(home.file, 'utf8').replace(BROKEN, line(`mended ${i}`)))
    await runHere(['import', home.source, '--db', home.db])
    expect(await kept()).toBe(left)
  }
  await expectSettled(home, 'a mended 2 mended 3 grown 0 grown 1 grown 2 grown 3')
})

test('a person who decided the session had the mended file decided: its lines are settled', async () => {
  const home = await imported(line('a') + BROKEN + line('b'))
  writeFileSync(home.file, line('x') + line('m') + line('b'))
  await runHere(['import', home.source, '--db', home.db])
  expect((await runHere(['doctor', '--db', home.db])).stdout).toContain('1 line of 1 session')
  await runHere(['resolve', ID, '--adopt-legacy', '--db', home.db])
  expect((await runHere(['doctor', '--db', home.db])).code).toBe(0)
})
