import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { importDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const said = (content: string) => ({ role: 'user', content })
const file = (...contents: string[]) =>
  Buffer.from(contents.map((content) => `${JSON.stringify(said(content))}\n`).join(''))

test('audit says of each session whether an existing store says the same, by reasons and without a word', async () => {
  const home = join(temporaryFolder(), 'home')
  const db = join(temporaryFolder(), 'faircopy.db')
  writeHome(home, [
    { id: 'same', file: file('the garden is quiet'), rows: null },
    { id: 'grown', file: file('the garden is green'), rows: null },
    { id: 'live', file: file('the garden is wide'), rows: null },
    { id: 'undone', file: file('the garden is old', 'the garden is new'), rows: null },
  ])
  const before = await runHere(['audit', home, '--json', '--db', db])
  expect(before.stdout).not.toContain('"store"')
  await runHere(['import', home, '--db', db])
  appendFileSync(join(home, 'sessions', 'grown.jsonl'), file('the garden is blue'))
  const store = await openSqliteStore({ path: db })
  await store.append('live', { record: said('the garden is live') })
  await store.replace('undone', { from: 2, entries: [] })
  await store.close()

  const { stdout, code } = await runHere(['audit', home, '--json', '--db', db])
  expect(code).toBe(0)
  importDocument.parse(JSON.parse(stdout))
  const stands = Object.fromEntries(
    JSON.parse(stdout).sessions.map(({ id, store }: { id: string; store: object }) => [id, store]),
  )
  expect(stands).toEqual({
    same: { same: true, messages: { source: 1, store: 1 }, differences: [] },
    grown: {
      same: false,
      messages: { source: 2, store: 1 },
      differences: [{ code: 'source-only', messages: 1 }],
    },
    live: {
      same: false,
      messages: { source: 1, store: 2 },
      differences: [{ code: 'store-only', messages: 1 }],
    },
    undone: {
      same: false,
      messages: { source: 2, store: 1 },
      differences: [{ code: 'withdrawn', messages: 1 }],
    },
  })
  const text = await faircopy(['audit', home, '--db', db])
  expect(text.stdout).toContain('The same in store and source: 1 session; different: 3.')
  // What one session lacks takes nothing from what another has more.
  expect(text.stdout).toContain('1 message only a file has, 1 message only the other side has.')
  expect(text.stdout).toMatch(/grown +source-only 1\n/)
  expect(text.stdout).toContain('source-only: Messages that only the source has')
  for (const output of [stdout, text.stdout]) expect(output).not.toContain('garden')
})
