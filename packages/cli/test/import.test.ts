import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { entryLine, importDocument, listDocument, statusDocument } from './schemas.ts'
import { storeDump } from './store-dump.ts'
import { temporaryFolder } from './temporary-folder.ts'

const SECRETS = ['Ophelia', 'Geheimnis', 'u-9934', 'sturgeon']

/** A home with one session that merges, one that is ambiguous and one line that is no JSON, full of private words. */
function privateHome(): { home: string; merged: string; ambiguous: string } {
  const home = join(temporaryFolder(), 'home')
  const [merged, ambiguous] = ['20260302_100000_aaaaaaaa', '20260302_100001_bbbbbbbb']
  const user = (content: string) => ({ role: 'user', content })
  const lines = (...records: object[]) =>
    Buffer.from(records.map((record) => `${pythonJson(record)}\n`).join(''))
  const row = (content: string) => ({ role: 'user', content, timestamp: 1772445600 })
  const index = {
    platform: 'telegram',
    display_name: 'Ophelia Geheimnis',
    origin: {
      platform: 'telegram',
      chat_id: '1',
      chat_name: 'Ophelia',
      user_id: 'u-9934',
      user_name: 'Ophelia',
    },
  }
  writeHome(home, [
    {
      id: merged,
      file: Buffer.concat([
        lines(user('a sturgeon in the river')),
        Buffer.from('sturgeon log line\n'),
        lines(user('another sturgeon, larger')),
      ]),
      rows: [row('another sturgeon, larger')],
      about: { title: 'Geheimnis', user_id: 'u-9934' },
      index,
    },
    {
      id: ambiguous,
      file: lines(user('the sturgeon of the lake'), user('sturgeon left')),
      rows: [row('the sturgeon of the lake'), row('sturgeon right')],
      index,
    },
  ])
  return { home, merged, ambiguous }
}

describe('a dry run', () => {
  test('leaves no file, neither where the store would be nor anywhere near', async () => {
    const { home } = privateHome()
    const folder = temporaryFolder()
    const { code } = await runHere(['import', home, '--dry-run', '--db', join(folder, 'new', 'faircopy.db')])
    expect(code).toBe(2)
    expect(readdirSync(folder)).toEqual([])
  })

  test('reads the store that is there and leaves its bytes alone', async () => {
    const { home } = privateHome()
    const db = join(temporaryFolder(), 'faircopy.db')
    await runHere(['import', home, '--db', db])
    const [bytes, { mtimeMs }] = [readFileSync(db), statSync(db)]
    const { stdout } = await runHere(['import', home, '--dry-run', '--json', '--db', db])
    expect(importDocument.parse(JSON.parse(stdout)).sessions.map(({ action }) => action)).toEqual([
      'unchanged',
      'unchanged',
    ])
    expect(readFileSync(db).equals(bytes)).toBe(true)
    expect(statSync(db).mtimeMs).toBe(mtimeMs)
  })

  test('and audit print the same plan', async () => {
    const { home } = privateHome()
    const db = join(temporaryFolder(), 'faircopy.db')
    const dry = await runHere(['import', home, '--dry-run', '--json', '--db', db])
    const audit = await runHere(['audit', home, '--json', '--db', db])
    expect(audit.stdout).toBe(dry.stdout)
    expect([audit.code, dry.code]).toEqual([2, 2])
  })
})

test('the document has its members in the promised order', async () => {
  const { home } = privateHome()
  const { stdout } = await runHere(['audit', home, '--json', '--db', join(temporaryFolder(), 'none.db')])
  const document = importDocument.parse(JSON.parse(stdout))
  expect(Object.keys(JSON.parse(stdout))).toEqual([
    'importId',
    'dryRun',
    'sources',
    'sessions',
    'totals',
    'times',
    'facts',
  ])
  const [, ambiguous] = JSON.parse(stdout).sessions
  expect(Object.keys(ambiguous).slice(0, 6)).toEqual([
    'id',
    'verdict',
    'action',
    'reason',
    'entries',
    'lines',
  ])
  expect(Object.keys(ambiguous.entries)).toEqual(['canonical', 'legacy', 'merged', 'added'])
  expect(Object.keys(ambiguous.lines)).toEqual([
    'total',
    'imported',
    'matched',
    'withheld',
    'metadata',
    'blank',
    'quarantined',
    'tornTail',
  ])
  expect(document.totals).toMatchObject({ sessions: 2, byVerdict: { extended: 1, ambiguous: 1 } })
})

test('an audit holds counts and reasons, and no word of a transcript, title or name', async () => {
  const { home, ambiguous } = privateHome()
  const { stdout, stderr } = await runHere(['audit', home, '--db', join(temporaryFolder(), 'none.db')])
  for (const secret of SECRETS) expect(stdout + stderr).not.toContain(secret)
  expect(stdout).toContain('1 message only a file has')
  expect(stdout).toMatch(new RegExp(`${ambiguous} +ambiguous +several-orders +2 lines withheld`))
  expect(stdout).toMatch(/20260302_100000_aaaaaaaa\.jsonl:2 +invalid-json/)
})

describe('an import, for people', () => {
  test('says what it did, what needs a person and where, and what to do next', async () => {
    const { home, merged, ambiguous } = privateHome()
    const db = join(temporaryFolder(), 'faircopy.db')
    const { stdout, stderr, code } = await faircopy(['import', home, '--db', db])
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' })
    expect(stdout).toContain('Imported 2 sessions')
    expect(stdout).toMatch(/extended +1 +1 +2 +2/)
    expect(stdout).toMatch(new RegExp(`${ambiguous} +ambiguous`))
    expect(stdout).toContain(`faircopy resolve ${ambiguous} --db ${db}`)
    expect(stdout).toContain(`sessions/${merged}.jsonl:2`)
    expect(stdout).toContain('Next: faircopy list')
    for (const secret of SECRETS) expect(stdout).not.toContain(secret)
  })

  test('the file is read by naming its source', async () => {
    const { home, ambiguous } = privateHome()
    const { stdout, code } = await runHere(['show', ambiguous, '--witness', 'file', '--from', home])
    expect(code).toBe(0)
    expect(stdout).toContain('sturgeon left')
    expect(stdout).not.toContain('sturgeon right')
  })

  test('says when there was nothing new', async () => {
    const { home } = privateHome()
    const db = join(temporaryFolder(), 'faircopy.db')
    await runHere(['import', home, '--db', db])
    const before = storeDump(db)
    expect((await runHere(['import', home, '--db', db])).stdout).toContain('Nothing new')
    expect(storeDump(db)).toBe(before)
  })
})

describe('a session that another process is importing', () => {
  async function importOf(names: readonly string[], ...claimed: string[]) {
    const folder = join(temporaryFolder(), 'chats')
    mkdirSync(folder)
    for (const name of names)
      writeFileSync(join(folder, `${name}.jsonl`), `{"role":"user","content":"what ${name} said"}\n`)
    const db = join(temporaryFolder(), 'faircopy.db')
    const other = await openSqliteStore({ path: db })
    for (const id of claimed) await other.claimImport(id)
    const json = importDocument.parse(
      JSON.parse((await runHere(['import', folder, '--dry-run', '--json', '--db', db])).stdout),
    )
    const { code, stdout } = await runHere(['import', folder, '--db', db])
    const again = await runHere(['import', folder, '--json', '--db', db])
    await other.close()
    return { planned: json, code, stdout, again: importDocument.parse(JSON.parse(again.stdout)) }
  }

  test('is failed in words, numbers and exit code, and never imported', async () => {
    const { planned, code, stdout, again } = await importOf(['a', 'b', 'c'], 'a')
    expect(planned.totals.byVerdict).toEqual({ imported: 3 })
    expect(code).toBe(2)
    expect(stdout).toContain('Imported 2 of 3 sessions of ')
    expect(stdout).toMatch(/; 1 failed$/m)
    expect(stdout).toMatch(/^ +imported +2 +0 +2 +2 /m)
    expect(stdout).toMatch(/^ +failed +1 +0 +1 +could not be imported/m)
    expect(again).toMatchObject({ importId: null, totals: { byVerdict: { failed: 1, identical: 2 } } })
    expect(again.sessions[0]).toMatchObject({ verdict: 'failed', reason: 'failed', action: 'unchanged' })
  })

  test('where it is the only one, nothing was imported, and there is nothing to take back', async () => {
    const { code, stdout, again } = await importOf(['a'], 'a')
    expect(code).toBe(2)
    expect(stdout).toMatch(/^Nothing was imported of .*; 1 failed$/m)
    expect(stdout).not.toContain('To take it back')
    expect(again).toMatchObject({ importId: null, totals: { byVerdict: { failed: 1 } } })
  })
})

test('an import counts what it brought, not what was there', async () => {
  const folder = join(temporaryFolder(), 'chats')
  mkdirSync(folder)
  const chat = (name: string) =>
    writeFileSync(join(folder, `${name}.jsonl`), `{"role":"user","content":"what ${name} said"}\n`)
  chat('a')
  const db = join(temporaryFolder(), 'faircopy.db')
  await runHere(['import', folder, '--db', db])
  chat('b')
  expect((await runHere(['import', folder, '--db', db])).stdout).toContain('Imported 1 of 2 sessions of ')
})

describe('sources', () => {
  function folderOfChats(): string {
    const folder = join(temporaryFolder(), 'chats')
    mkdirSync(folder)
    writeFileSync(join(folder, 'a.jsonl'), '{"role":"user","content":"hello, world of files"}\n')
    writeFileSync(join(folder, 'b.jsonl'), '{"role":"user","content":"hello again, dear file"}\n')
    writeFileSync(join(folder, 'notes.txt'), 'no transcript')
    return folder
  }

  test('a folder, a file and a home in one import', async () => {
    const folder = folderOfChats()
    const { home } = privateHome()
    const alone = join(temporaryFolder(), 'alone.jsonl')
    writeFileSync(alone, '{"role":"user","content":"a single conversation"}\n')
    const db = join(temporaryFolder(), 'faircopy.db')
    const { stdout } = await runHere(['import', folder, alone, home, '--json', '--db', db])
    const document = importDocument.parse(JSON.parse(stdout))
    expect(document.sources.map(({ format }) => format)).toEqual(['openai-chat', 'openai-chat', 'hermes'])
    expect(document.sources[0]?.problems.map(({ code }) => code)).toEqual(['ignored'])
    expect(document.sessions.map(({ id }) => id).slice(0, 3)).toEqual(['a', 'b', 'alone'])
    const status = statusDocument.parse(JSON.parse((await runHere(['status', '--json', '--db', db])).stdout))
    expect(status.sessions).toBe(5)
    expect(new Set(status.imports.map(({ id }) => id))).toEqual(new Set([document.importId]))
  })

  test('--namespace is where sessions go, and where they are read', async () => {
    const folder = folderOfChats()
    const db = join(temporaryFolder(), 'faircopy.db')
    await runHere(['import', folder, '--namespace', 'work', '--db', db])
    const list = listDocument.parse(
      JSON.parse((await runHere(['list', '--json', '--namespace', 'work', '--db', db])).stdout),
    )
    expect(list.sessions.map(({ namespace, id }) => `${namespace}/${id}`)).toEqual(['work/a', 'work/b'])
    expect((await runHere(['show', 'a', '--db', db])).code).toBe(1)
    const { stdout } = await runHere(['show', 'a', '--namespace', 'work', '--json', '--db', db])
    expect(entryLine.parse(JSON.parse(stdout))).toMatchObject({ session: 'a', namespace: 'work', seq: 1 })
    const witness = await runHere(['show', 'a', '--namespace', 'work', '--witness', 'file', '--from', folder])
    expect(witness.stdout).toContain('hello, world of files')
  })

  test('--time-zone dates the stamps that name no zone', async () => {
    const { home } = privateHome()
    const id = '20260302_100002_cccccccc'
    const line = { role: 'user', content: 'at ten in Los Angeles', timestamp: '2026-03-02T10:00:00.000000' }
    writeFileSync(join(home, 'sessions', `${id}.jsonl`), `${pythonJson(line)}\n`)
    const db = join(temporaryFolder(), 'faircopy.db')
    await runHere(['import', home, '--time-zone', 'America/Los_Angeles', '--db', db])
    const { stdout } = await runHere(['show', id, '--json', '--db', db])
    expect(entryLine.parse(JSON.parse(stdout)).at).toBe(Date.UTC(2026, 2, 2, 18))
  })

  test('FAIRCOPY_DB names the store, and --db goes before it', async () => {
    const folder = folderOfChats()
    const here = temporaryFolder()
    const env = { FAIRCOPY_DB: join(here, 'env.db') }
    await faircopy(['import', folder], { env })
    await faircopy(['import', folder, '--db', join(here, 'option.db')], { env })
    expect(readdirSync(here)).toEqual(['env.db', 'option.db'])
  })

  test.skipIf(process.platform !== 'linux')(
    'without either, the store lies in the user data folder, for its owner only',
    async () => {
      const XDG_DATA_HOME = temporaryFolder()
      const { code } = await faircopy(['import', folderOfChats()], { env: { XDG_DATA_HOME } })
      expect(code).toBe(0)
      const file = join(XDG_DATA_HOME, 'faircopy', 'faircopy.db')
      expect(statSync(file).mode & 0o777).toBe(0o600)
      expect(statSync(join(XDG_DATA_HOME, 'faircopy')).mode & 0o777).toBe(0o700)
    },
  )
})
