import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { HomeBuilder, temporaryFolder } from './home-builder.ts'
import { OtherProcess } from './other-process.ts'
import { entriesOf, open, sessionOf } from './read-home.ts'

// The files of a database are copied by another process. The one that stands here in its place copies them as well, and
// lets somebody write before it says so.
const DRIVER = createRequire(import.meta.url).resolve('better-sqlite3')
const NODE = process.execPath
const folder = mkdtempSync(join(tmpdir(), 'faircopy-between-'))
afterAll(() => rmSync(folder, { recursive: true }))
/** What is done after a copy; it is not there any more once it was done. */
const then = join(folder, 'then.cjs')
const before = join(folder, 'before-it-is-said.cjs')
const script = join(folder, 'node')
writeFileSync(
  before,
  `const { existsSync } = require('node:fs'), { spawnSync } = require('node:child_process')
  const then = ${JSON.stringify(then)}, say = process.send.bind(process)
  process.send = (said) => {
    if (existsSync(then)) spawnSync(process.execPath, [then])
    say(said)
  }`,
)
writeFileSync(script, `#!/bin/sh\nexec '${NODE}' -r '${before}' "$@"\n`, { mode: 0o700 })
afterEach(() => {
  process.execPath = NODE
  rmSync(then, { force: true })
})

/** What is done to a database once a copy of its files was made. `end`: how whoever did it leaves it. */
function afterTheCopy(home: HomeBuilder, sql: string, end = 'database.close()'): void {
  process.execPath = script
  writeFileSync(
    then,
    `require('node:fs').rmSync(__filename)
    const database = new (require(${JSON.stringify(DRIVER)}))(${JSON.stringify(home.databasePath)})
    database.pragma('wal_autocheckpoint = 0'); database.exec(${JSON.stringify(sql)}); ${end}`,
  )
}

async function contents(home: HomeBuilder): Promise<unknown[]> {
  expect(existsSync(then)).toBe(true)
  const { database } = await sessionOf(await open(home.path), 's')
  expect(existsSync(then)).toBe(false)
  const entries = await entriesOf(database)
  expect(await database?.unchanged()).toBe(true)
  return entries.map(({ record }) => JSON.parse(record).content)
}

const add = (content: string): string =>
  `INSERT INTO messages (session_id, role, content, timestamp) VALUES ('s', 'user', '${content}', 1)`

function homeIn(journal: 'WAL' | 'DELETE'): HomeBuilder {
  const home = new HomeBuilder().session('s').rows('s', { role: 'user', content: 'hi' })
  home.database().pragma(`journal_mode = ${journal}`)
  home.done()
  return home
}

/** A home whose gateway was killed with a row that is in the log alone. */
async function withLog(): Promise<HomeBuilder> {
  const home = homeIn('WAL')
  const writer = await OtherProcess.start('writer-process.ts', [home.databasePath])
  await writer.ask(add('in the log'))
  await writer.kill()
  rmSync(`${home.databasePath}-shm`)
  expect(existsSync(`${home.databasePath}-wal`)).toBe(true)
  return home
}

describe('a database that is written to while it is copied', () => {
  test('and loses its log by that: the log of the earlier copy is not put over the newer one', async () => {
    const home = await withLog()
    afterTheCopy(home, "UPDATE messages SET content = 'newer' WHERE content = 'in the log'")
    expect(await contents(home)).toEqual(['hi', 'newer'])
    expect(existsSync(`${home.databasePath}-wal`)).toBe(false)
  })

  test('and is mended by that: the journal of the earlier copy is not put over the newer one', async () => {
    const home = new HomeBuilder().session('s')
    for (let i = 0; i < 400; i++) home.rows('s', { role: 'user', content: `${i} ${'x'.repeat(200)}` })
    home.database().pragma('journal_mode = DELETE')
    home.done()
    const writer = await OtherProcess.start('writer-process.ts', [home.databasePath])
    await writer.ask('PRAGMA cache_size = 1')
    await writer.ask('BEGIN')
    await writer.ask("UPDATE messages SET content = replace(content, 'x', 'y')")
    await writer.kill()
    expect(existsSync(`${home.databasePath}-journal`)).toBe(true)
    afterTheCopy(home, "UPDATE messages SET content = replace(content, 'x', 'z')")
    expect(await contents(home)).toEqual(Array.from({ length: 400 }, (_, i) => `${i} ${'z'.repeat(200)}`))
    expect(existsSync(`${home.databasePath}-journal`)).toBe(false)
  })

  test('and only its log changes', async () => {
    const home = await withLog()
    const killed = `require('node:fs').rmSync(${JSON.stringify(`${home.databasePath}-shm`)})
      process.kill(process.pid, 'SIGKILL')`
    afterTheCopy(home, add('and more'), killed)
    expect(await contents(home)).toEqual(['hi', 'in the log', 'and more'])
  })

  test('and has the size that it had', async () => {
    const home = homeIn('DELETE')
    afterTheCopy(home, "UPDATE messages SET content = 'hj'")
    expect(await contents(home)).toEqual(['hj'])
  })

  test('and has another size, its time put back', async () => {
    const home = homeIn('DELETE')
    utimesSync(home.databasePath, 1, 1)
    const back = `database.close(); require('node:fs').utimesSync(${JSON.stringify(home.databasePath)}, 1, 1)`
    afterTheCopy(home, add('x'.repeat(10_000)), back)
    expect(await contents(home)).toEqual(['hi', 'x'.repeat(10_000)])
  })

  test('and is another file by now, of the same size and time', async () => {
    const home = homeIn('DELETE')
    utimesSync(home.databasePath, 1, 1)
    const path = JSON.stringify(home.databasePath)
    const replaced = `database.close(); const fs = require('node:fs'); fs.copyFileSync(${path}, ${path} + '.new')
      fs.renameSync(${path} + '.new', ${path}); fs.utimesSync(${path}, 1, 1)`
    afterTheCopy(home, "UPDATE messages SET content = 'hj'", replaced)
    expect(await contents(home)).toEqual(['hj'])
  })
})

test('a database that is written to each time that it is copied, and can’t be read in place, is not told', async () => {
  const home = homeIn('WAL')
  const times = temporaryFolder()
  process.execPath = script
  writeFileSync(
    then,
    `const fs = require('node:fs'), folder = ${JSON.stringify(times)}, times = fs.readdirSync(folder).length
    fs.writeFileSync(folder + '/' + times, '')
    if (times < 10) fs.utimesSync(${JSON.stringify(home.databasePath)}, times + 1, times + 1)`,
  )
  const error = await open(home.path).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'SOURCE_CHANGED', path: home.databasePath })
  expect(readdirSync(times)).toHaveLength(6)
})

test('databases that are copied at once are each told as they are', async () => {
  const contents = ['a', 'b', 'c', 'd']
  const homes = contents.map((content) => new HomeBuilder().session('s').rows('s', { role: 'user', content }))
  for (const home of homes) {
    home.database().exec('CREATE TABLE much (bytes); INSERT INTO much VALUES (zeroblob(32000000))')
    home.done()
  }
  const told = homes.map(async ({ path }) => {
    const { database } = await sessionOf(await open(path), 's')
    return (await entriesOf(database)).map(({ record }) => JSON.parse(record).content)
  })
  expect(await Promise.all(told)).toEqual(contents.map((content) => [content]))
})
