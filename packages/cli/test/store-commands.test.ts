import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { listDocument, statusDocument, verifyDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('list has a line for each session, and pages through many', async () => {
  const db = await sampleStore(
    ...Array.from({ length: 1203 }, (_, i) => ({ session: `s${String(i).padStart(4, '0')}`, entries: [] })),
    {
      session: { namespace: 'work', id: 'z' },
      about: { title: 'A title', origin: { platform: 'slack', chatType: 'dm', chat: 'D1', user: 'U1' } },
      entries: [message('user', 'hello')],
    },
  )
  const lines = (await faircopy(['list', '--db', db])).stdout.trimEnd().split('\n')
  expect(lines).toHaveLength(1204)
  expect(lines.at(-1)).toMatch(/^ {2}work +z +slack dm D1 U1 +A title +1 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
  const { sessions } = listDocument.parse(JSON.parse((await runHere(['list', '--json', '--db', db])).stdout))
  expect(sessions.map(({ id }) => id)).toEqual([...sessions.map(({ id }) => id)].sort())
  expect(sessions).toHaveLength(1204)
})

test('list has its columns in line, however wide what stands in them is on a terminal', async () => {
  // A letter with a mark, two wide letters, a picture, and a word with marks.
  const shown = {
    'e\u0301': 1,
    '\u6771\u4eac': 4,
    '\u{1f469}': 2,
    '\u0939\u093f\u0928\u094d': 2,
    plain: 5,
  }
  const db = await sampleStore(
    ...Object.keys(shown).map((title, i) => ({
      session: `s${i}`,
      about: { title, origin: { platform: 'slack', chat: 'C1' } },
      entries: [message('user', 'hello')],
    })),
  )
  const lines = (await runHere(['list', '--db', db])).stdout.trimEnd().split('\n')
  const places = Object.entries(shown).map(([title, width], i) => {
    const line = lines[i] ?? ''
    const [before = '', after = ''] = line.split(title)
    expect(line).toContain(title)
    return before.length + width + after.search(/\S/)
  })
  expect(new Set(places).size).toBe(1)
})

test('an empty store lists nothing', async () => {
  const db = await sampleStore()
  expect((await runHere(['list', '--db', db])).stdout).toBe('')
  expect(JSON.parse((await runHere(['list', '--json', '--db', db])).stdout)).toEqual({ sessions: [] })
})

test('status names what is undecided until it no longer is', async () => {
  const id = '20260302_100000_aaaaaaaa'
  const home = join(temporaryFolder(), 'home')
  const row = (content: string) => ({ role: 'user', content, timestamp: 1772445600 })
  const file = (...said: string[]) =>
    Buffer.from(said.map((content) => `${JSON.stringify({ role: 'user', content })}\n`).join(''))
  const shared = 'what both sides have heard'
  writeHome(home, [{ id, file: file(shared, 'left'), rows: [row(shared), row('right')] }])
  const db = join(temporaryFolder(), 'faircopy.db')
  await runHere(['import', home, '--db', db])

  const { stdout, code } = await runHere(['status', '--json', '--db', db])
  const status = statusDocument.parse(JSON.parse(stdout))
  expect(code).toBe(2)
  expect(status).toMatchObject({ path: db, sessions: 1, entries: 2 })
  expect(status.undecided).toMatchObject([
    { id, reason: 'several-orders', source: home, importId: status.imports[0]?.id },
  ])
  const told = await faircopy(['status', '--db', db])
  expect(told.code).toBe(2)
  expect(told.stdout).toContain(`faircopy resolve ${id} --db ${db}`)

  // A file that tells both in one order decides it.
  const decided = join(temporaryFolder(), 'home')
  writeHome(decided, [{ id, file: file(shared, 'left', 'right'), rows: [row(shared), row('right')] }])
  await runHere(['import', decided, '--db', db])
  const after = await runHere(['status', '--json', '--db', db])
  expect(statusDocument.parse(JSON.parse(after.stdout)).undecided).toEqual([])
  expect(after.code).toBe(0)
})

test('verify says that all is as written, or lists each finding and ends with 2', async () => {
  const db = await sampleStore(
    { session: 'a', entries: [message('user', 'the gate code is 4711'), message('assistant', 'noted')] },
    { session: 'b', entries: [message('user', 'unharmed')] },
  )
  const sound = await runHere(['verify', '--json', '--db', db])
  expect(sound.code).toBe(0)
  expect(verifyDocument.parse(JSON.parse(sound.stdout))).toMatchObject({
    sessions: 2,
    entries: 3,
    findings: [],
  })

  const database = new Database(db)
  database.exec(`UPDATE entry SET record = replace(record, '4711', '4712')`)
  database.close()
  const { stdout, code } = await runHere(['verify', '--json', '--db', db])
  expect(code).toBe(2)
  expect(verifyDocument.parse(JSON.parse(stdout)).findings).toMatchObject([
    { code: 'entry-hash', session: 'a', entry: 1 },
  ])
  const told = await faircopy(['verify', '--db', db])
  expect(told.code).toBe(2)
  expect(told.stdout).toMatch(/entry-hash +a +1/)
  expect(told.stdout).not.toContain('4712')
})
