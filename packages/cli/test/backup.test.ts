import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { backupDocument } from './schemas.ts'
import { storeDump } from './store-dump.ts'
import { temporaryFolder } from './temporary-folder.ts'

const sample = () => sampleStore({ session: 'a', entries: [message('user', 'one'), message('user', 'two')] })

test('a copy for its owner only that says the same, and the store is not written to', async () => {
  const db = await sample()
  const before = storeDump(db)
  const path = join(temporaryFolder(), 'copy.db')
  const { stdout, code } = await faircopy(['backup', path, '--json', '--db', db])
  expect(code).toBe(0)
  expect(backupDocument.parse(JSON.parse(stdout))).toEqual({ path, bytes: statSync(path).size, entries: 2 })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(storeDump(db)).toBe(before)
  const show = (file: string) => runHere(['show', 'a', '--json', '--db', file])
  expect(await show(path)).toEqual(await show(db))
  expect((await runHere(['verify', '--db', path])).code).toBe(0)
})

test('nothing is written over', async () => {
  const db = await sample()
  const path = join(temporaryFolder(), 'mine.db')
  writeFileSync(path, 'mine')
  for (const target of [path, db]) {
    const { code, stderr } = await runHere(['backup', target, '--db', db])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^FILE_EXISTS: /)
  }
  expect(readFileSync(path, 'utf8')).toBe('mine')
  expect((await runHere(['list', '--db', db])).code).toBe(0)
})

test('a store that is not there has none', async () => {
  const path = join(temporaryFolder(), 'copy.db')
  expect((await runHere(['backup', path, '--db', `${path}.absent`])).stderr).toMatch(/^NO_STORE: /)
  expect(existsSync(path)).toBe(false)
})
