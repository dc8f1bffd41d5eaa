import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { openHermesHome } from '@faircopy/legacy-hermes'
import type { LegacyWitness } from '@faircopy/legacy-jsonl'
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { HomeBuilder, temporaryFolder } from './home-builder.ts'
import { OtherProcess } from './other-process.ts'
import { entriesOf, open, readAll, sessionOf, sessionsOf, told } from './read-home.ts'

const USER = { role: 'user', content: 'hi' }
const INSERT = (session: string, content: string): string =>
  `INSERT INTO messages (session_id, role, content, timestamp) VALUES ('${session}', 'user', '${content}', 1000.5)`

let temporary: string
beforeEach(() => {
  temporary = temporaryFolder()
  vi.stubEnv('TMPDIR', temporary)
  return () => vi.unstubAllEnvs()
})

/** Every file of a folder with its bytes; of a `-shm`, which its users scribble in, only that it is there. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  return Object.fromEntries(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map((path) => {
        const { mtimeNs, ino } = statSync(path, { bigint: true })
        const bytes = createHash('sha256').update(readFileSync(path)).digest('hex')
        return [path.slice(folder.length), path.endsWith('-shm') ? 'there' : `${bytes} ${mtimeNs} ${ino}`]
      }),
  )
}

/** Writes as a program does that comes and goes. */
function execute(databasePath: string, sql: string): void {
  const database = new Database(databasePath)
  database.exec(sql)
  database.close()
}

async function contentOf(witness: LegacyWitness | null): Promise<unknown[]> {
  return (await entriesOf(witness)).map(({ record }) => JSON.parse(record).content)
}

/** What names a session's digest in each of its witnesses. */
async function digestOf(home: string, id: string): Promise<string> {
  const source = await openHermesHome(home)
  try {
    return (await readAll((await sessionOf(source, id)).database)).digest
  } finally {
    await source.close()
  }
}

describe('a home that nobody uses', () => {
  test('is not touched, and nothing is left anywhere', async () => {
    const home = new HomeBuilder().session('s').rows('s', USER).transcript('20260302_100000_00000001', USER)
    home.done()
    const before = contents(home.path)
    const source = await openHermesHome(home.path)
    const [folder = ''] = readdirSync(temporary)
    expect(statSync(join(temporary, folder)).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(join(temporary, folder))) {
      expect(statSync(join(temporary, folder, name)).mode & 0o777, name).toBe(0o600)
    }
    for (const { database, file } of await sessionsOf(source)) {
      for (const witness of [database, file]) if (witness) await readAll(witness)
      expect(contents(home.path)).toEqual(before)
    }
    await source.close()
    await source.close()
    expect(contents(home.path)).toEqual(before)
    expect(readdirSync(temporary)).toEqual([])
  })

  test('in a folder that may not be written is read', async () => {
    const home = new HomeBuilder().session('s').rows('s', USER).done()
    chmodSync(join(home, 'state.db'), 0o400)
    chmodSync(home, 0o500)
    try {
      expect(await told(home, 's')).toHaveLength(1)
    } finally {
      chmodSync(home, 0o700)
    }
  })

  test('that was closed says so', async () => {
    const source = await openHermesHome(new HomeBuilder().session('s').rows('s', USER).done())
    const { database } = await sessionOf(source, 's')
    await source.close()
    await expect(readAll(database)).rejects.toThrow(/was closed/)
  })

  test('knows whether its rows are still what was read', async () => {
    const home = new HomeBuilder().session('s').rows('s', USER)
    home.done()
    const source = await open(home.path)
    const { database } = await sessionOf(source, 's')
    expect(await database?.unchanged()).toBe(false)
    await readAll(database)
    expect(await database?.unchanged()).toBe(true)
    utimesSync(home.databasePath, 1, 1)
    expect(await database?.unchanged()).toBe(true)
    execute(home.databasePath, INSERT('s', 'later'))
    expect(await database?.unchanged()).toBe(true)
    execute(home.databasePath, "UPDATE messages SET content = 'other' WHERE content = 'hi'")
    const before = contents(home.path)
    expect(await database?.unchanged()).toBe(false)
    expect(contents(home.path)).toEqual(before)
    rmSync(home.databasePath)
    expect(await database?.unchanged()).toBe(false)
    await source.close()
    expect(readdirSync(temporary)).toEqual([])
  })

  test('but never rests is read in place, if it has a rollback journal', async () => {
    const home = new HomeBuilder().session('s').rows('s', USER)
    home.database().pragma('journal_mode = DELETE')
    home.done()
    let seconds = 1
    const restless = setInterval(() => utimesSync(home.databasePath, seconds, seconds++))
    onTestFinished(() => clearInterval(restless))
    expect(await told(home.path, 's')).toHaveLength(1)
    expect(readdirSync(home.path)).not.toContain('state.db-wal')
  })
})

describe('rows that are only in the write-ahead log', () => {
  test('of a killed gateway are read, and the log stays as it was', async () => {
    const home = new HomeBuilder().session('s').rows('s', USER)
    home.done()
    const writer = await OtherProcess.start('writer-process.ts', [home.databasePath])
    await writer.ask(INSERT('s', 'in the log'))
    await writer.kill()
    rmSync(`${home.databasePath}-shm`)
    const before = contents(home.path)
    expect(Object.keys(before)).toEqual(['/state.db', '/state.db-wal'])
    const source = await open(home.path)
    const { database } = await sessionOf(source, 's')
    expect(await contentOf(database)).toEqual(['hi', 'in the log'])
    expect(await database?.unchanged()).toBe(true)
    await source.close()
    expect(contents(home.path)).toEqual(before)
  })

  test('a change that was cut short in a rollback journal is not read', async () => {
    const home = new HomeBuilder().session('s')
    home.database().exec('BEGIN')
    for (let i = 0; i < 1200; i++) home.rows('s', { role: 'user', content: `${i} ${'x'.repeat(200)}` })
    home.database().exec('COMMIT')
    home.database().pragma('journal_mode = DELETE')
    home.done()
    const writer = await OtherProcess.start('writer-process.ts', [home.databasePath])
    await writer.ask('PRAGMA cache_size = 1')
    await writer.ask('BEGIN')
    await writer.ask("UPDATE messages SET content = replace(content, 'x', 'y')")
    await writer.kill()
    const before = contents(home.path)
    expect(Object.keys(before)).toEqual(['/state.db', '/state.db-journal'])
    expect(readFileSync(home.databasePath, 'latin1')).toContain('yyyy')
    const source = await open(home.path)
    expect(await contentOf((await sessionOf(source, 's')).database)).toEqual(
      Array.from({ length: 1200 }, (_, i) => `${i} ${'x'.repeat(200)}`),
    )
    expect(contents(home.path)).toEqual(before)
  })
})

describe('a home that a gateway has open', () => {
  async function liveHome(): Promise<{ home: HomeBuilder; writer: OtherProcess }> {
    const home = new HomeBuilder().session('s').session('t').rows('s', USER)
    home.done()
    const writer = await OtherProcess.start('writer-process.ts', [home.databasePath])
    await writer.ask(INSERT('s', 'live'))
    return { home, writer }
  }

  test('is read without a byte of it changing', async () => {
    const { home } = await liveHome()
    const before = contents(home.path)
    expect(Object.keys(before)).toEqual(['/state.db', '/state.db-shm', '/state.db-wal'])
    const source = await open(home.path)
    const { database } = await sessionOf(source, 's')
    expect(await contentOf(database)).toEqual(['hi', 'live'])
    expect(await database?.unchanged()).toBe(true)
    await source.close()
    expect(contents(home.path)).toEqual(before)
    expect(readdirSync(temporary)).toEqual([])
  })

  test('shows every session as it was at one moment, and tells which have changed since', async () => {
    const { home, writer } = await liveHome()
    const source = await open(home.path)
    const [s, t] = [await sessionOf(source, 's'), await sessionOf(source, 't')]
    await readAll(s.database)
    await writer.ask(INSERT('t', 'later'))
    expect(await contentOf(t.database)).toEqual([])
    expect(await s.database?.unchanged()).toBe(true)
    expect(await t.database?.unchanged()).toBe(true)
    await writer.ask('PRAGMA wal_checkpoint(TRUNCATE)')
    expect(await s.database?.unchanged()).toBe(true)
    await writer.ask("UPDATE messages SET content = 'other' WHERE content = 'live'")
    expect(await s.database?.unchanged()).toBe(false)
    expect(await contentOf(s.database)).toEqual(['hi', 'live'])
  })

  test('is read whole though the gateway never rests', async () => {
    const home = new HomeBuilder().session('s').session('t')
    home.database().exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 16)
      INSERT INTO messages (session_id, role, content, timestamp) SELECT 's', 'user', hex(zeroblob(1000000)), 1 FROM n`)
    home.done()
    const writer = await OtherProcess.start('writer-process.ts', [home.databasePath])
    await writer.ask(`forever BEGIN; ${INSERT('s', 'pair')}; ${INSERT('t', 'pair')}; COMMIT`)
    const source = await open(home.path)
    const [s, t] = [await sessionOf(source, 's'), await sessionOf(source, 't')]
    const pairs = (await contentOf(t.database)).length
    expect(pairs).toBeGreaterThan(0)
    expect(await contentOf(s.database)).toHaveLength(16 + pairs)
  })

  test('does not keep the gateway from writing, whatever its journal', async () => {
    const home = new HomeBuilder().session('s').rows('s', USER)
    home.database().pragma('journal_mode = DELETE')
    home.done()
    const writer = await OtherProcess.start('writer-process.ts', [home.databasePath])
    await writer.ask('PRAGMA busy_timeout = 0')
    const source = await open(home.path)
    expect(await writer.ask(INSERT('s', 'more'))).toBe('done')
    expect(await contentOf((await sessionOf(source, 's')).database)).toEqual(['hi'])
    expect(readdirSync(home.path)).toEqual(['state.db'])
  })

  test('does not let go of the locks that this process holds itself', async () => {
    const home = new HomeBuilder().session('s').rows('s', USER)
    const own = home.database()
    await told(home.path, 's')
    const closing = await OtherProcess.start('writer-process.ts', [home.databasePath])
    await closing.ask(INSERT('s', 'theirs'))
    await closing.kill()
    execFileSync(process.execPath, [
      '-e',
      'new (require(process.argv[1]))(process.argv[2]).prepare("SELECT count(*) FROM messages").get()',
      createRequire(import.meta.url).resolve('better-sqlite3'),
      home.databasePath,
    ])
    expect(existsSync(`${home.databasePath}-wal`)).toBe(true)
    expect(own.prepare('SELECT count(*) FROM messages').pluck().get()).toBe(2)
  })
})

describe('damage', () => {
  /** One session whose rows fill many pages between two small ones. */
  function largeHome(): HomeBuilder {
    const home = new HomeBuilder().session('a').rows('a', USER).session('b')
    home.database().exec('BEGIN')
    for (let i = 0; i < 400; i++) home.rows('b', { role: 'user', content: `${i} ${'x'.repeat(900)}` })
    home.database().exec('COMMIT')
    home.session('c').rows('c', USER).database().pragma('wal_checkpoint(TRUNCATE)')
    return home
  }

  function overwrite(path: string, offset: number, length: number): void {
    writeSync(openSync(path, 'r+'), Buffer.alloc(length, 0xee), 0, length, offset)
  }

  test('of the index hides no row', async () => {
    const home = largeHome()
    home
      .database()
      .unsafeMode()
      .exec(`PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'messages(session_id', 'messages(role') WHERE name = 'idx_messages_session'`)
    home.done()
    const raw = new Database(home.databasePath)
    raw.exec("INSERT INTO messages (session_id, role, timestamp) VALUES ('a', 'user', 1)")
    raw.unsafeMode().exec(`PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'messages(role', 'messages(session_id') WHERE name = 'idx_messages_session'`)
    raw.close()
    expect(await told(home.path, 'a')).toHaveLength(2)
    expect(await told(home.path, 'b')).toHaveLength(400)
  })

  test('of the first page is a finding, and the transcripts are there', async () => {
    const home = largeHome().transcript('20260302_100000_00000001', USER)
    home.done()
    overwrite(home.databasePath, 100, 3000)
    const source = await open(home.path)
    expect((await sessionsOf(source)).map(({ id }) => id)).toEqual(['20260302_100000_00000001'])
    expect(source.problems).toMatchObject([{ code: 'database-unreadable' }])
    expect(readdirSync(temporary)).toEqual([])
  })
})

describe('a private copy', () => {
  test('that a killed process left is removed by the next one, and by no one while it lives', async () => {
    const home = new HomeBuilder().session('s').rows('s', USER).done()
    mkdirSync(join(temporary, 'somebody-elses'))
    mkdirSync(join(temporary, 'faircopy-hermes-1-1-1-abcdef'))
    const reader = await OtherProcess.start('reader-process.ts', [home])
    const left = (): string[] => readdirSync(temporary).filter((name) => name.startsWith('faircopy-hermes-'))
    expect(left()).toHaveLength(2)
    await told(home, 's')
    expect(left()).toHaveLength(2)
    await reader.kill()
    expect(left()).toHaveLength(2)
    const file =
      left()
        .find((name) => !name.endsWith('abcdef'))
        ?.replace(/.{6}$/, '000000') ?? ''
    writeFileSync(join(temporary, file), 'a file of that name')
    await told(home, 's')
    expect(readdirSync(temporary).sort()).toEqual(
      ['faircopy-hermes-1-1-1-abcdef', file, 'somebody-elses'].sort(),
    )
  })

  const mounts = spawnSync('unshare', ['--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'])
  test.skipIf(mounts.status !== 0)('for which there is no room is an error that says so', () => {
    const home = new HomeBuilder()
      .session('s')
      .rows('s', { role: 'user', content: 'x'.repeat(200_000) })
      .done()
    const script = new URL('reader-process.ts', import.meta.url).pathname
    const conditions = process.env['TEST_AGAINST'] === 'dist' ? [] : ['--conditions=@faircopy/source']
    const said = execFileSync(
      'unshare',
      [
        ...['--map-root-user', '--mount', 'sh', '-c'],
        'mount -t tmpfs -o size=64k none "$TMPDIR" && "$@" </dev/null && ls "$TMPDIR"',
        ...['sh', process.execPath, ...conditions, script, home],
      ],
      { encoding: 'utf8' },
    )
    expect(said).toMatch(/no room for a private copy of \d+ bytes .*ENOSPC.*TMPDIR/)
    expect(said.trim().split('\n')).toHaveLength(1)
  })
})

describe('the digest of a session', () => {
  test('is the same for a copy elsewhere, in another journal mode, with other sessions beside it', async () => {
    const home = new HomeBuilder().session('s').rows('s', USER, { role: 'session_meta' })
    home.done()
    const digest = await digestOf(home.path, 's')

    const copy = new HomeBuilder(join(temporaryFolder(), 'copy'))
    cpSync(home.path, copy.path, { recursive: true })
    expect(await digestOf(copy.path, 's')).toBe(digest)
    copy.session('t').rows('t', USER)
    copy.database().pragma('journal_mode = DELETE')
    copy
      .database()
      .exec('VACUUM; ALTER TABLE messages ADD COLUMN active INTEGER; UPDATE schema_version SET version = 12')
    copy.database().exec('ALTER TABLE messages ADD COLUMN observed INTEGER NOT NULL DEFAULT 0')
    copy.done()
    expect(await digestOf(copy.path, 's')).toBe(digest)
    expect(await digestOf(copy.path, 't')).not.toBe(digest)
  })

  test.each([
    "content = 'hj'",
    'active = 0',
    'compacted = 1',
    'timestamp = timestamp + 0.0001',
    "tool_calls = '[]'",
    'id = 7',
    "role = 'assistant'",
    "content = CAST(x'ff' AS TEXT)",
  ])('is another one after %s', async (change) => {
    const home = new HomeBuilder()
    home.database(19)
    home
      .session('s')
      .rows('s', { ...USER, active: 1 })
      .done()
    const digest = await digestOf(home.path, 's')
    new Database(home.databasePath).exec(`UPDATE messages SET ${change}`).close()
    expect(await digestOf(home.path, 's')).not.toBe(digest)
  })
})
