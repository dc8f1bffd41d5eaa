import { chmodSync, existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { HomeBuilder, temporaryFolder } from './home-builder.ts'
import { OtherProcess } from './other-process.ts'
import { entriesOf, open, sessionOf } from './read-home.ts'

// The files of a database are copied by another process. What stands here in its place copies them as well, and then
// lets somebody write before the copy is looked at.
const DRIVER = createRequire(import.meta.url).resolve('better-sqlite3')
const NODE = process.execPath
const THEN_ONCE = `#!/bin/sh
"$REAL_NODE" "$@"
status=$?
mkdir "$ONCE" 2>/dev/null && "$REAL_NODE" -e "$THEN"
exit $status
`

let once: string
let script: string
beforeEach(() => {
  const folder = temporaryFolder()
  once = join(folder, 'once')
  script = join(folder, 'node')
  writeFileSync(script, THEN_ONCE)
  chmodSync(script, 0o700)
  vi.stubEnv('REAL_NODE', NODE)
  vi.stubEnv('ONCE', once)
})
afterEach(() => {
  process.execPath = NODE
  vi.unstubAllEnvs()
})

/** What is done to a database once a copy of its files was made. `end`: how whoever did it leaves it. */
function afterTheCopy(home: HomeBuilder, sql: string, end = 'database.close()'): void {
  const program = `const database = new (require(${JSON.stringify(DRIVER)}))(${JSON.stringify(home.databasePath)})
    database.pragma('wal_autocheckpoint = 0'); database.exec(${JSON.stringify(sql)}); ${end}`
  vi.stubEnv('THEN', program)
  process.execPath = script
}

async function contents(home: HomeBuilder): Promise<unknown[]> {
  expect(existsSync(once)).toBe(false)
  const { database } = await sessionOf(await open(home.path), 's')
  expect(existsSync(once)).toBe(true)
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
  const touched = `const fs = require('node:fs'), path = ${JSON.stringify(home.databasePath)}
    const times = fs.readdirSync(process.env.TIMES).length
    fs.writeFileSync(process.env.TIMES + '/' + times, '')
    if (times < 10) fs.utimesSync(path, times + 1, times + 1)
    fs.rmdirSync(process.env.ONCE)`
  vi.stubEnv('TIMES', temporaryFolder())
  vi.stubEnv('THEN', touched)
  process.execPath = script
  const error = await open(home.path).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'SOURCE_CHANGED', path: home.databasePath })
  expect(readdirSync(process.env['TIMES'] ?? '')).toHaveLength(6)
})
