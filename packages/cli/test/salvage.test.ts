import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { temporaryFolder } from './temporary-folder.ts'

const S = '20260301_100000_dddddddd'
const PAGE = 4096
const ROWS = 600

type Say = (i: number) => string
const distinct: Say = (i) => `row ${i} ${'lorem ipsum '.repeat(20)}`
/** Everything is said several times. */
const repeated: Say = (i) => `row ${i % 7} ${'lorem ipsum '.repeat(20)}`

class Salvage {
  readonly folder = temporaryFolder()
  readonly home = join(this.folder, 'home')
  readonly db = join(this.folder, 'faircopy.db')
  readonly #sound: Buffer

  constructor(say: Say, { file = false } = {}) {
    const said = Array.from({ length: ROWS }, (_, i) => ({
      role: i % 2 ? 'assistant' : 'user',
      content: say(i),
    }))
    const rows = said.map((message, i) => ({ ...message, timestamp: 1772445600 + i }))
    const lines = Buffer.from(said.map((message) => `${JSON.stringify(message)}\n`).join(''))
    writeHome(this.home, [{ id: S, file: file ? lines : null, rows }])
    this.#sound = readFileSync(this.database)
  }

  get database(): string {
    return join(this.home, 'state.db')
  }

  /** Puts the sound database in place, less these of its pages of messages. */
  damage(...leaves: readonly number[]): this {
    const bytes = Buffer.from(this.#sound)
    const pages = Array.from({ length: bytes.length / PAGE }, (_, page) => page * PAGE).filter(
      (at) => bytes[at] === 13 && bytes.subarray(at, at + PAGE).includes('lorem ipsum'),
    )
    for (const leaf of leaves) bytes.fill(0, pages.at(leaf), (pages.at(leaf) ?? 0) + PAGE)
    writeFileSync(this.database, bytes)
    return this
  }

  async run(...args: readonly string[]) {
    return await runHere([...args, '--db', this.db])
  }

  /** What the store has of the session. */
  async said(): Promise<string[]> {
    const { stdout } = await this.run('export', S, '--format', 'jsonl')
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).content)
  }
}

function unread(text: string): number {
  const [, read, all] = /(\d+) of (\d+) rows of session/.exec(text) ?? []
  return Number(all) - Number(read)
}

describe.each([
  ['all of it different', distinct],
  ['most of it said before', repeated],
])('a damaged state.db, %s', (_what, say) => {
  test('is read as far as it goes, is never said to be proven, and is completed by a better copy', async () => {
    const home = new Salvage(say).damage(20)
    const imported = await home.run('import', home.home)
    expect(imported.code).toBe(2)
    const lost = unread(imported.stdout)
    expect(lost).toBeGreaterThan(5)
    expect(await home.said()).toHaveLength(ROWS - lost)

    const again = await home.run('import', home.home)
    expect([again.code, unread(again.stdout)]).toEqual([2, lost])
    const proof = await home.run('verify', '--against', home.home)
    expect(proof.code).toBe(2)
    expect(proof.stdout).not.toContain('all proven')
    expect(unread(proof.stdout)).toBe(lost)
    const archived = await home.run('archive', home.home, '--database')
    expect(archived.code).toBe(2)
    expect(readFileSync(home.database).length).toBeGreaterThan(0)

    home.damage()
    const completed = await home.run('import', home.home)
    expect([completed.code, completed.stdout]).toEqual([0, expect.stringContaining(`${ROWS}`)])
    expect(await home.said()).toEqual(Array.from({ length: ROWS }, (_, i) => say(i)))
    const proven = await home.run('verify', '--against', home.home)
    expect([proven.code, proven.stdout]).toEqual([0, expect.stringContaining('all proven')])
    expect((await home.run('archive', home.home, '--database', '--unanchored')).code).toBe(0)
  })

  test('and another damaged copy complete each other', async () => {
    const home = new Salvage(say).damage(20)
    await home.run('import', home.home)
    home.damage(30, 10)
    const second = await home.run('import', home.home)
    expect(second.stdout).not.toContain('ambiguous')
    expect(await home.said()).toEqual(Array.from({ length: ROWS }, (_, i) => say(i)))
    // What neither copy of that database can show is not proven by the other.
    expect((await home.run('verify', '--against', home.home)).stdout).not.toContain('all proven')
  })

  test('and its transcript: what the rows lack is there once a better copy is, whatever was known before', async () => {
    const home = new Salvage(say, { file: true }).damage(20)
    const imported = await home.run('import', home.home)
    expect(imported.code).toBe(2)
    if (say === distinct) {
      expect(imported.stdout).not.toContain('ambiguous')
      expect(await home.said()).toEqual(Array.from({ length: ROWS }, (_, i) => say(i)))
    }
    const archived = await home.run('archive', home.home)
    expect([archived.code, archived.stdout]).toEqual([2, expect.stringContaining(`${S}.jsonl`)])
    if (say === distinct) {
      expect(archived.stdout).toMatch(/\.jsonl +database-unreadable +\d+ of 600 rows/)
      expect(archived.stdout).not.toContain('chmod')
    }
    home.damage()
    expect((await home.run('import', home.home)).stdout).not.toContain('ambiguous')
    expect(await home.said()).toEqual(Array.from({ length: ROWS }, (_, i) => say(i)))
    expect((await home.run('verify', '--against', home.home)).stdout).toContain('all proven')
  })
})

test('rows of which nobody knows whose they are keep the database where it is, and no session from being proven', async () => {
  const home = new Salvage(distinct)
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(home.database)
  database.exec('DROP INDEX idx_messages_session')
  database.close()
  cpSync(home.database, join(home.folder, 'sound.db'))
  const bytes = readFileSync(home.database)
  const at = bytes.indexOf('row 300 ')
  bytes.fill(0, at - (at % PAGE), at - (at % PAGE) + PAGE)
  writeFileSync(home.database, bytes)
  const imported = await home.run('import', home.home)
  expect([imported.code, imported.stdout]).toEqual([
    2,
    expect.stringContaining('nothing tells how many they are, or whose: row '),
  ])
  const proof = await home.run('verify', '--against', home.home)
  expect([proof.code, proof.stdout.includes('all proven')]).toEqual([2, false])
  const archived = await home.run('archive', home.home, '--database')
  expect(archived.code).toBe(2)
  expect(readFileSync(home.database)).toEqual(bytes)

  cpSync(join(home.folder, 'sound.db'), home.database)
  expect((await home.run('import', home.home)).code).toBe(0)
  expect((await home.run('verify', '--against', home.home)).stdout).toContain('all proven')
})

test('an audit says that a session can be brought over in part', async () => {
  const home = new Salvage(distinct).damage(20)
  const { stdout } = await home.run('audit', home.home)
  expect(stdout).toContain("0 sessions can be brought over whole, 1 in part, 0 can't.")
  expect(stdout).toMatch(
    /Of the first two: 0 messages only a file has, 5\d\d messages only the other side has\./,
  )
})

test('a session whose transcript is refused is brought over in part, and not proven until it is read', async () => {
  const home = join(temporaryFolder(), 'home')
  const db = join(home, '..', 's.db')
  const said = ['one thing, at length', 'another thing, at length'].map((content) => ({
    role: 'user',
    content,
  }))
  const whole = said.map((message) => `${JSON.stringify(message)}\n`).join('')
  writeHome(home, [
    {
      id: S,
      file: Buffer.from(whole),
      rows: [{ role: 'user', content: 'one thing, at length', timestamp: 1772445600 }],
    },
  ])
  writeFileSync(join(home, 'sessions', `${S}.jsonl`), `[${JSON.stringify(said[0])}]\n`)
  const run = (...args: string[]) => runHere([...args, '--db', db])
  const audit = await run('audit', home)
  expect(audit.code).toBe(2)
  expect(audit.stdout).toContain('0 sessions can be brought over whole, 1 in part, 0')
  expect((await run('import', home)).code).toBe(2)
  const verified = await run('verify', '--against', home)
  expect(verified.code).toBe(2)
  expect(verified.stdout).toContain('0 of 1 session proven')
  const archived = JSON.parse((await run('archive', home, '--database', '--json')).stdout)
  expect(archived.moved).toEqual([])
  writeFileSync(join(home, 'sessions', `${S}.jsonl`), whole)
  expect((await run('import', home)).code).toBe(0)
  expect((await run('verify', '--against', home)).stdout).toContain('all proven')
})
