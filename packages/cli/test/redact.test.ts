import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { beforeEach, expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { redactionDocument } from './schemas.ts'
import { storeDump } from './store-dump.ts'
import { temporaryFolder } from './temporary-folder.ts'

const SECRET = 'hunter-2 "and" more'
let db: string

beforeEach(async () => {
  db = await sampleStore({
    session: 'a',
    entries: [
      message('user', `it is ${SECRET}`),
      message('assistant', `noted: ${SECRET}`),
      message('user', 'forget it'),
    ],
  })
})

test('without --yes it says where the text stands, writes nothing, and never prints it', async () => {
  const before = storeDump(db)
  const { stdout, stderr, code } = await faircopy(['redact', 'a', '1', '--json', '--db', db], {
    input: `${SECRET}\n`,
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(redactionDocument.parse(JSON.parse(stdout))).toEqual({
    dryRun: true,
    namespace: 'default',
    id: 'a',
    entries: [1],
    quarantined: null,
    elsewhere: [2],
    freeBytes: expect.any(Number),
  })
  const told = await faircopy(['redact', 'a', '1', '--db', db], { input: SECRET })
  expect(told.stdout).toContain('It also stands in live entries that were not named: 2')
  expect(told.stdout + told.stderr + stdout).not.toContain('hunter')
  expect(storeDump(db)).toBe(before)
})

test('with --yes it is gone from the entry, the files and the index, and verify is content', async () => {
  await runHere(['search', 'hunter', '--db', db])
  const { stdout, code } = await runHere([
    'redact',
    'a',
    '1',
    '--text',
    SECRET,
    '--yes',
    '--json',
    '--db',
    db,
  ])
  expect(code).toBe(0)
  expect(redactionDocument.parse(JSON.parse(stdout))).toMatchObject({
    dryRun: false,
    entries: [1],
    elsewhere: [2],
    freeBytes: expect.any(Number),
  })
  await runHere(['redact', 'a', '2', '--text', SECRET, '--yes', '--db', db])
  const { stdout: shown } = await runHere(['show', 'a', '--db', db])
  expect(shown).toContain('it is [redacted]')
  expect(shown).not.toContain('hunter')
  expect((await runHere(['search', 'hunter', '--db', db])).stdout).toBe('Nothing found.\n')
  expect((await runHere(['verify', '--db', db])).code).toBe(0)
  for (const name of readdirSync(dirname(db)))
    expect(readFileSync(join(dirname(db), name)).includes('hunter')).toBe(false)
})

test('history that held it goes too', async () => {
  const store = await openSqliteStore({ path: db })
  await store.replace('a', { from: 2, entries: [message('assistant', 'noted')] })
  await store.close()
  const { stdout } = await runHere(['redact', 'a', '1', '--text', SECRET, '--yes', '--json', '--db', db])
  expect(redactionDocument.parse(JSON.parse(stdout))).toMatchObject({ entries: [1, 2], elsewhere: [] })
  expect((await runHere(['show', 'a', '--history', '--db', db])).stdout).not.toContain('hunter')
})

test('the entries are told by their numbers, however many, and as the run tells them', async () => {
  const entries = Array.from({ length: 12 }, (_, i) => message('user', `${i}: ${SECRET}`))
  const db = await sampleStore({ session: 'a', entries })
  const store = await openSqliteStore({ path: db })
  await store.replace('a', { from: 3, entries: [message('assistant', 'noted'), message('user', SECRET)] })
  await store.close()
  const redact = async (...more: string[]) => {
    const { stdout } = await runHere(['redact', 'a', '14', '--text', SECRET, '--json', '--db', db, ...more])
    const { entries, elsewhere } = redactionDocument.parse(JSON.parse(stdout))
    return { entries, elsewhere }
  }
  const told = { entries: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14], elsewhere: [1, 2] }
  expect(await redact()).toEqual(told)
  expect(await redact('--yes')).toEqual(told)
})

test('of a text on stdin one line end at its end is the shell’s, and all else is the text', async () => {
  const db = await sampleStore({ session: 'a', entries: [message('user', '[ one ] [one\n] [\r\n one]')] })
  const redact = (input: string, ...more: string[]) =>
    runHere(['redact', 'a', '1', '--db', db, ...more], { stdin: Readable.from([input]) })
  for (const input of [' one ', ' one \n', ' one \r\n', 'one\n\n', 'one\n\r\n', '\r\n one', 'one'])
    expect((await redact(input)).code, JSON.stringify(input)).toBe(0)
  for (const input of ['one  ', ' one  \n', 'one\n\n\n', '\tone', '\n\none\n'])
    expect((await redact(input)).stderr, JSON.stringify(input)).toMatch(/^NO_SUCH_TEXT: /)
  await redact(' one \n', '--yes')
  const { stdout } = await runHere(['export', 'a', '--db', db])
  expect(JSON.parse(stdout).content).toBe('[[redacted]] [one\n] [\r\n one]')
})

test('a text that is not there is a failure that tells where it is', async () => {
  const { code, stderr } = await runHere(['redact', 'a', '3', '--text', SECRET, '--yes', '--db', db])
  expect(code).toBe(1)
  expect(stderr).toMatch(/^NO_SUCH_TEXT: .*\nIt stands in other entries: 1, 2\.\n$/)
  expect((await runHere(['redact', 'a', '3', '--text', 'nowhere', '--db', db])).stderr).not.toContain(
    'nowhere',
  )
})

test('a text that is missing or empty is a usage error', async () => {
  expect((await faircopy(['redact', 'a', '1', '--yes', '--db', db])).code).toBe(64)
  expect((await faircopy(['redact', 'a', '1', '--yes', '--db', db], { input: '\n' })).code).toBe(64)
  expect((await runHere(['redact', 'a', '1', '--yes', '--db', db])).code).toBe(64)
  expect((await runHere(['redact', 'a', 'x', '--text', 'y', '--db', db])).code).toBe(64)
})

test('a text that stands where an entry says whose message it is: that is said before', async () => {
  const db = await sampleStore({
    session: 'a',
    entries: [message('user', 'one'), message('assistant', 'a role to play')],
  })
  const dry = await runHere(['redact', 'a', '2', '--text', 'role', '--db', db])
  expect(dry.stdout).toContain('It stands where entry 2 says whose message it is: no model would be given it')
  const model = async () =>
    (await runHere(['show', 'a', '--projection', 'model', '--json', '--db', db])).stdout
  expect((await model()).trim().split('\n')).toHaveLength(2)
  const { stdout } = await runHere(['redact', 'a', '2', '--text', 'role', '--yes', '--json', '--db', db])
  expect(redactionDocument.parse(JSON.parse(stdout))).toMatchObject({ entries: [2], roleless: [2] })
  expect((await model()).trim().split('\n')).toHaveLength(1)
  const other = await runHere(['redact', 'a', '1', '--text', 'one', '--json', '--db', db])
  expect(redactionDocument.parse(JSON.parse(other.stdout)).roleless).toBeUndefined()
})

test('a text that only a line beside the entries holds is found without --yes, too', async () => {
  const file = join(temporaryFolder(), 'b.jsonl')
  writeFileSync(file, `{"_type":"metadata","note":"caf\\u00e9 hunter"}\n{"role":"user","content":"one"}\n`)
  await runHere(['import', file, '--db', db])
  const redact = (...more: string[]) =>
    runHere(['redact', 'b', '1', '--text', 'café hunter', '--db', db, ...more])
  const dry = await redact()
  expect([dry.code, dry.stdout.split('\n')[0]]).toEqual([
    0,
    'A dry run: the text would be removed from b, 1 line kept beside the entries. Nothing was written.',
  ])
  expect(dry.stdout).toContain("It also stands in the session's title or meta")
  expect((await redact('--yes')).stdout).toContain('removed for good from b, 1 line kept beside the entries.')
  expect((await redact()).code).not.toBe(0)
  expect((await runHere(['export', 'b', '--db', db])).stdout).toBe('{"role":"user","content":"one"}\n')
})
