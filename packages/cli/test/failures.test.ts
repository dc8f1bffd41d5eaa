import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, openSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { environment, faircopy, PROGRAM } from './faircopy.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { errorDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const folder = temporaryFolder()
const SECRET = 'the garden gate code is 4711'
const source = join(folder, 'chat.jsonl')
writeFileSync(
  source,
  `{"role":"user","content":"${SECRET}"}\n{"role":"assistant","content":"noted, and kept"}\n`,
)

async function failing(
  args: readonly string[],
  run: typeof faircopy | typeof runHere = runHere,
): Promise<{ exit: number | null; code: string; message: string }> {
  const plain = await run(args)
  expect(plain.stdout).toBe('')
  expect(plain.stderr.split('\n')).toHaveLength(3)
  expect(plain.stderr).not.toMatch(/^\s+at /m)
  expect(plain.stderr).not.toContain(SECRET)
  const json = await run([...args, '--json'])
  expect(json.code).toBe(plain.code)
  const { error } = errorDocument.parse(JSON.parse(json.stdout))
  expect(plain.stderr).toBe(`${error.code}: ${error.message}\n${error.advice}\n`)
  return { exit: plain.code, code: error.code, message: error.message }
}

describe('a failure has an exit code, two lines on stderr, and with --json a document', () => {
  const db = join(folder, 'none.db')

  test.for([
    { args: [] },
    { args: ['nope'] },
    { args: ['list', '--nope'] },
    { args: ['show'] },
    { args: ['show', 'a', 'b'] },
    { args: ['show', 'a', '--tail', '0'] },
    { args: ['show', 'a', '--projection', 'x-ray'] },
    { args: ['show', 'a', '--witness', 'file'] },
    { args: ['show', 'a', '--from', '.'] },
    { args: ['show', 'a', '--witness', 'file', '--from', '.', '--projection', 'model'] },
    { args: ['import'] },
    { args: ['import', source, '--format', 'word'] },
    { args: ['import', source, '--time-zone', 'Nowhere/Land'] },
    { args: ['import', source, '--namespace', 'x'.repeat(256)] },
    { args: ['export'] },
    { args: ['export', 'a', '--all'] },
    { args: ['export', 'a', 'b', '--format', 'jsonl'], json: false },
    { args: ['export', 'a', '--force'] },
    { args: ['list', '--db', ''] },
  ])('64: $args', async ({ args, json = true }) => {
    if (!json) return expect((await runHere(['--db', db, ...args])).code).toBe(64)
    expect((await failing([...args, ...(args.includes('--db') ? [] : ['--db', db])])).exit).toBe(64)
  })

  test('64: the exit code of a process, and what it writes', async () => {
    expect(await failing(['list', '--nope'], faircopy)).toMatchObject({ exit: 64, code: 'USAGE' })
  })

  test('1: an unknown session', async () => {
    const store = await sampleStore({ session: 'a', entries: [message('user', 'hello')] })
    expect(await failing(['show', 'b', '--db', store], faircopy)).toMatchObject({
      exit: 1,
      code: 'NO_SESSION',
    })
    expect(await failing(['show', 'a', '--namespace', 'work', '--db', store])).toMatchObject({ exit: 1 })
    expect(await failing(['export', 'a', 'b', '--db', store, '--format', 'ndjson'])).toMatchObject({
      exit: 1,
    })
  })

  test('69: another process holds the store', async () => {
    const store = await sampleStore({ session: 'a', entries: [message('user', 'hello')] })
    const holder = new Database(store)
    try {
      holder.exec('BEGIN IMMEDIATE')
      const { code, stderr } = await faircopy(['import', source, '--db', store])
      expect(code).toBe(69)
      expect(stderr).toMatch(/^STORE_BUSY: /)
    } finally {
      holder.close()
    }
  })

  test('66: a source that is not there, and then no store is made for it either', async () => {
    const missing = join(folder, 'missing')
    expect(await failing(['import', source, missing, '--db', db], faircopy)).toMatchObject({
      exit: 66,
      code: 'NO_SOURCE',
    })
    expect(readdirSync(folder)).toEqual(['chat.jsonl'])
  })

  test.skipIf(process.platform !== 'linux')('74: no room for the output', async () => {
    const store = await sampleStore({ session: 'a', entries: [message('user', 'hello')] })
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(process.execPath, [...PROGRAM, 'export', 'a', '--db', store], {
      env: environment(),
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    })
    expect(status).toBe(74)
    expect(stderr).toMatch(/^ENOSPC: /)
  })

  test('78: no store, no store of ours, a newer one, a link', async () => {
    const places = join(temporaryFolder(), 'places')
    mkdirSync(places)
    expect(await failing(['list', '--db', join(places, 'none.db')], faircopy)).toMatchObject({
      exit: 78,
      code: 'NO_STORE',
    })
    expect(readdirSync(places)).toEqual([])

    const text = join(places, 'text.db')
    writeFileSync(text, `${SECRET}\n`.repeat(100))
    for (const args of [['list'], ['import', source], ['import', source, '--dry-run']]) {
      expect(await failing([...args, '--db', text])).toMatchObject({ exit: 78, code: 'NOT_A_STORE' })
    }

    const newer = await sampleStore({ session: 'a', entries: [message('user', 'hello')] })
    const database = new Database(newer)
    database.pragma('user_version = 99')
    database.close()
    expect(await failing(['import', source, '--db', newer])).toMatchObject({
      exit: 78,
      code: 'SCHEMA_TOO_NEW',
    })

    const below = join(text, 's.db')
    for (const args of [['list'], ['import', source], ['audit', source]])
      expect(await failing([...args, '--db', below])).toMatchObject({ exit: 78, code: 'UNSAFE_LOCATION' })

    const link = join(places, 'link.db')
    symlinkSync(await sampleStore({ session: 'a', entries: [message('user', 'hello')] }), link)
    expect(await failing(['import', source, '--db', link])).toMatchObject({
      exit: 78,
      code: 'UNSAFE_LOCATION',
    })
  })
})

test.skipIf(process.platform === 'win32')(
  'where access is denied, it is said what to do, and of which place',
  () => {
    const here = temporaryFolder()
    const denied = join(here, 'denied')
    mkdirSync(denied)
    writeFileSync(join(here, 'chat.jsonl'), `{"role":"user","content":"${SECRET}"}\n`)
    chmodSync(here, 0o755)
    chmodSync(join(here, 'chat.jsonl'), 0o644)
    chmodSync(denied, 0)
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [...PROGRAM, ...args], { env: environment(), encoding: 'utf8', ...nobody })
    const store = join(denied, 's.db')
    for (const args of [['list'], ['status'], ['import', join(here, 'chat.jsonl')], ['audit', here]]) {
      const { status, stderr } = run(...args, '--db', store)
      expect([status, stderr]).toEqual([
        78,
        expect.stringMatching(/^ACCESS_DENIED: .*denied.*\n.*owner\.\n$/),
      ])
    }
    const db = join(here, 'none.db')
    const read = run('audit', denied, '--db', db)
    expect([read.status, read.stderr]).toEqual([
      74,
      expect.stringMatching(/^SOURCE_UNREADABLE: .*EACCES.*\nGive yourself access .*owner\.\n$/),
    ])
  },
)
