import { appendFileSync, copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { type MessageRow, pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import {
  decisionDocument,
  entryLine,
  errorDocument,
  importDocument,
  listDocument,
  reportDocument,
  sidesDocument,
  statusDocument,
  undoneDocument,
} from './schemas.ts'
import { storeDump } from './store-dump.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ID = '20260302_100000_aaaaaaaa'
const TEN = Date.UTC(2026, 2, 2, 10) / 1000
const SHARED = ['a name for a grey cat who sleeps in the bookcase', 'Folio, Quire, or Octavo?']

interface Line {
  readonly role?: string
  readonly content: string
  readonly timestamp?: string
}

const bytes = (lines: readonly Line[]): Buffer =>
  Buffer.from(lines.map((line) => `${pythonJson({ role: 'user', ...line })}\n`).join(''))
const rows = (...texts: readonly string[]): MessageRow[] =>
  texts.map((content, i) => ({ role: 'user', content, timestamp: TEN + 60 * i }))
const said = (...contents: readonly string[]): Line[] => contents.map((content) => ({ content }))

interface Undecided {
  readonly home: string
  readonly db: string
}

let shared: Promise<Undecided> | undefined

/** A store of its own with one undecided session; the home that it was imported from is shared, and only read. */
async function undecided(): Promise<Undecided> {
  shared ??= undecidedAlone()
  const { home, db: made } = await shared
  const db = join(temporaryFolder(), 'faircopy.db')
  copyFileSync(made, db)
  return { home, db }
}

/** A home with one undecided session, imported. `file` and `database` are what each side says behind what both say. */
async function undecidedAlone(
  file: readonly Line[] = said('Quire! She came when I said it.'),
  database: readonly string[] = ['My daughter prefers Folio.', 'It suits her too.'],
): Promise<Undecided> {
  const home = join(temporaryFolder(), 'home')
  writeHome(home, [
    {
      id: ID,
      file: bytes([...said(...SHARED), ...file]),
      rows: rows(...SHARED, ...database),
      index: {
        platform: 'telegram',
        chat_type: 'dm',
        origin: { platform: 'telegram', chat_id: '7', chat_type: 'dm' },
      },
    },
  ])
  const db = join(temporaryFolder(), 'faircopy.db')
  expect((await runHere(['import', home, '--db', db])).code).toBe(2)
  return { home, db }
}

async function texts(db: string, id = ID): Promise<string[]> {
  const { stdout } = await runHere(['show', id, '--json', '--db', db])
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => String(entryLine.parse(JSON.parse(line)).record['content']))
}

async function status(db: string) {
  return statusDocument.parse(JSON.parse((await runHere(['status', '--json', '--db', db])).stdout))
}

async function sessions(db: string): Promise<string[]> {
  const list = listDocument.parse(JSON.parse((await runHere(['list', '--json', '--db', db])).stdout))
  return list.sessions.map(({ id }) => id)
}

/** Runs a command as it was printed. */
async function follow(command: string, run: typeof faircopy | typeof runHere = runHere) {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  expect(words.shift()).toBe('faircopy')
  return run(words)
}

describe('without a choice', () => {
  test('shows both sides, where each line comes from and when, and the command for each choice', async () => {
    const { db } = await undecided()
    const { stdout, stderr, code } = await runHere(['resolve', ID, '--db', db])
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' })
    expect(stdout).toContain('several-orders')
    expect(stdout).toMatch(/--legacy-first {2}says \d+ messages, in each contested gap the file first\n/)
    expect(stdout).toContain('both say 2 entries, the last: user  Folio, Quire, or Octavo?')
    expect(stdout).toMatch(/user {2}row 3 {2}2026-03-02 10:02:00Z +│ user {2}line 3 {2}no time/)
    expect(stdout).toMatch(/My daughter prefers Folio\. +│ Quire! She came when I said it\./)
    for (const choice of ['keep-canonical', 'adopt-legacy', 'legacy-first', 'branch'])
      expect(stdout).toContain(`faircopy resolve ${ID} --${choice} --db ${db}\n`)
    expect(stdout).not.toContain(`faircopy resolve ${ID} --by-time`)
    expect(stdout).toMatch(/Not possible\n +--by-time: not every contested message has a time/)
  })

  test('a stamp that names no zone is shown as the record has it, and is no time', async () => {
    const timestamp = '2026-03-02T11:02:31.123456'
    const { db } = await undecidedAlone([{ content: 'Quire!', timestamp }, ...said('Then it is settled.')])
    const { stdout } = await runHere(['resolve', ID, '--db', db])
    expect(stdout).toMatch(/ 2026-03-02 10:02:00Z +│ user {2}line 3 {2}2026-03-02T11:02:31 no zone\n/)
    expect(stdout).toMatch(/ 2026-03-02 10:03:00Z +│ user {2}line 4 {2}no time\n/)
    const stamps = async (...more: string[]) => {
      const json = await runHere(['resolve', ID, '--json', '--db', db, ...more])
      const { rows } = sidesDocument.parse(JSON.parse(json.stdout))
      return rows.flatMap((row) => (row.as === 'gap' && row.legacy ? [row.legacy] : []))
    }
    expect(await stamps()).toMatchObject([
      { at: null, naiveStamp: timestamp },
      { at: null, naiveStamp: null },
    ])
    const [zoned] = await stamps('--time-zone', 'Europe/Berlin')
    expect(zoned).toMatchObject({ at: Date.UTC(2026, 2, 2, 10, 2, 31, 123), naiveStamp: null })
  })

  test.for([40, 64, 80, 120])('its sides fit %i columns, whatever they say', async (columns) => {
    const { db } = await undecidedAlone(
      said('狐'.repeat(90), '\u001b[2J\u202egnp.exe\n\tdone', 'x'.repeat(300)),
      ['👩‍👩‍👧'.repeat(40), 'an answer of ordinary length, which has to be cut somewhere as well'],
    )
    const stdout = Object.assign(new (await import('node:stream')).PassThrough(), { columns })
    const chunks: Buffer[] = []
    stdout.on('data', (chunk) => chunks.push(chunk))
    await runHere(['resolve', ID, '--db', db], { stdout })
    const shown = Buffer.concat(chunks).toString()
    const sides = shown.slice(0, shown.indexOf('It can be decided')).split('\n').slice(2)
    const { displayWidth } = await import('../src/text/display-width.ts')
    for (const line of sides) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
    expect(shown).not.toContain('\u001b[2J')
    expect(shown).not.toContain('\u202e')
    expect(shown).toContain('\\u{1b}')
  })

  test('in colour it says the same', async () => {
    const { db } = await undecided()
    const plain = await runHere(['resolve', ID, '--db', db])
    const coloured = await faircopy(['resolve', ID, '--db', db], { env: { FORCE_COLOR: '1' } })
    expect(coloured.stdout).not.toBe(plain.stdout)
    expect(stripVTControlCharacters(coloured.stdout)).toBe(plain.stdout)
  })

  test('--json is one document, with both sides in their exact text', async () => {
    const { db, home } = await undecided()
    const before = storeDump(db)
    const { stdout, code } = await runHere(['resolve', ID, '--json', '--db', db])
    expect(code).toBe(2)
    const document = sidesDocument.parse(JSON.parse(stdout))
    expect(document).toMatchObject({ reason: 'several-orders', toldBy: ['file'] })
    expect(document.choices.map(({ choice, possible }) => [choice, possible])).toEqual([
      ['keep-canonical', true],
      ['adopt-legacy', true],
      ['legacy-first', true],
      ['branch', true],
      ['by-time', false],
    ])
    const [line] = readFileSync(join(home, 'sessions', `${ID}.jsonl`), 'utf8')
      .split('\n')
      .slice(2)
    expect(stdout).toContain(`"record":${line}}`)
    expect(document.rows).toHaveLength(3)
    expect(storeDump(db)).toBe(before)
  })

  test('a long gap is folded, and told whole in JSON', async () => {
    const many = Array.from({ length: 60 }, (_, i) => `line ${i} of a long tail`)
    const { db } = await undecidedAlone(said(...many))
    const { stdout } = await runHere(['resolve', ID, '--db', db])
    expect(stdout).toContain('line 39 of a long tail')
    expect(stdout).not.toContain('line 40 of a long tail')
    expect(stdout).toContain('and 20 more rows of this gap')
    const json = await runHere(['resolve', ID, '--json', '--db', db])
    expect(sidesDocument.parse(JSON.parse(json.stdout)).rows).toHaveLength(61)
  })

  test('of several gaps each is folded by itself', async () => {
    const many = (gap: number, count: number) =>
      Array.from({ length: count }, (_, i) => `line ${i} of gap ${gap}, at length`)
    const between = ['what both say in between, at length', 'and once more what both say, at length']
    const { db } = await undecidedAlone(
      said(...many(1, 60), between[0] ?? '', ...many(2, 30), between[1] ?? '', ...many(3, 51)),
      ['one', between[0] ?? '', 'two', between[1] ?? '', 'three'],
    )
    const { stdout } = await runHere(['resolve', ID, '--db', db])
    const shown = [1, 2, 3].map((gap) => stdout.match(new RegExp(`line \\d+ of gap ${gap},`, 'g'))?.length)
    expect(shown).toEqual([40, 30, 40])
    expect(stdout.match(/and \d+ more rows? of this gap/g)).toEqual([
      'and 20 more rows of this gap',
      'and 11 more rows of this gap',
    ])
  })
})

describe('each choice', () => {
  const file = 'Quire! She came when I said it.'
  const database = ['My daughter prefers Folio.', 'It suits her too.']

  test.for<[string, string[]]>([
    ['keep-canonical', [...SHARED, ...database]],
    ['adopt-legacy', [...SHARED, file]],
    ['legacy-first', [...SHARED, file, ...database]],
    ['branch', [...SHARED, ...database]],
  ])(
    '%s, by the command that status leads to; the same import again writes nothing; --undo',
    async ([choice, says]) => {
      const { db, home } = await undecided()
      const before = storeDump(db)
      const head = (await texts(db)).join()
      const [open] = (await status(db)).undecided
      const shown = await follow(open?.next ?? '')
      const command = shown.stdout.split('\n').find((line) => line.includes(`--${choice} --db`))
      // In a process of its own where a session is made, too.
      const run = choice === 'branch' ? faircopy : runHere
      const decided = await follow(`${command?.trim()} --note 'she decided'`, run)
      expect(decided).toMatchObject({ code: 0, stderr: '' })
      expect(await texts(db)).toEqual(says)
      expect(await status(db)).toMatchObject({
        undecided: [],
        decided: [{ id: ID, choice, note: 'she decided', source: home }],
        imports: [{ path: home }],
      })

      const after = storeDump(db)
      const again = await runHere(['import', home, '--json', '--db', db])
      expect(again.code).toBe(0)
      const document = importDocument.parse(JSON.parse(again.stdout))
      expect(document.importId).toBeNull()
      expect(document.sessions[0]).toMatchObject({ decided: choice, verdict: 'kept', action: 'unchanged' })
      expect(storeDump(db)).toBe(after)
      expect((await runHere(['verify', '--db', db])).code).toBe(0)

      const undo = decided.stdout.split('\n').find((line) => line.includes('--undo'))
      const undone = await follow(undo?.replace('To take it back: ', '').trim() ?? '')
      expect(undone).toMatchObject({ code: 0, stderr: '' })
      expect((await texts(db)).join()).toBe(head)
      expect(await status(db)).toMatchObject({ undecided: [{ id: ID }], imports: [{ path: home }] })
      const report = await runHere(['report', '--json', '--db', db])
      expect(reportDocument.parse(JSON.parse(report.stdout)).store?.imports).toHaveLength(1)
      expect(await sessions(db)).toEqual([ID])
      expect(storeDump(db)).not.toBe(before)
    },
  )

  test('by-time, once the zone of the file is known, and never by a guess', async () => {
    const { db } = await undecidedAlone([
      { content: file, timestamp: '2026-03-02T02:01:30.000000' },
      { content: 'She purrs.', timestamp: '2026-03-02T02:01:30.000000' },
    ])
    const shown = await runHere(['resolve', ID, '--db', db])
    expect(shown.stdout).toContain('--by-time: its times name no zone; --time-zone ZONE')
    expect(await runHere(['resolve', ID, '--by-time', '--db', db])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('CHOICE_NOT_POSSIBLE'),
    })
    const zone = ['--time-zone', 'America/Los_Angeles']
    const within = await runHere([
      'resolve',
      ID,
      '--by-time',
      '--time-zone',
      'Asia/Tokyo',
      '--json',
      '--db',
      db,
    ])
    expect(decisionDocument.parse(JSON.parse(within.stdout))).toMatchObject({ choice: 'by-time' })
    expect(await texts(db)).toEqual([...SHARED, file, 'She purrs.', ...database])
    await runHere(['resolve', ID, '--undo', '--db', db])
    const named = await runHere(['resolve', ID, ...zone, '--db', db])
    expect(named.stdout).toContain(`faircopy resolve ${ID} --by-time --time-zone America/Los_Angeles`)
    await runHere(['resolve', ID, '--by-time', ...zone, '--db', db])
    expect(await texts(db)).toEqual([...SHARED, file, 'She purrs.', ...database])
  })

  test('--json tells what a decision and its undo came to', async () => {
    const { db } = await undecided()
    const decided = await runHere(['resolve', ID, '--branch', '--note', 'two cats', '--json', '--db', db])
    const decision = decisionDocument.parse(JSON.parse(decided.stdout))
    expect(decision).toMatchObject({ choice: 'branch', note: 'two cats', lines: { imported: 3 } })
    const branch = decision.branch?.id ?? ''
    expect(await texts(db, branch)).toEqual([...SHARED, file])
    const list = JSON.parse((await runHere(['list', '--json', '--db', db])).stdout)
    expect(list.sessions[0].origin).toMatchObject({ chat: '7' })
    expect(list.sessions[1]).toMatchObject({ origin: null, parent: { id: ID, why: 'divergence', entry: 2 } })
    const undone = await runHere(['resolve', ID, '--undo', '--json', '--db', db])
    expect(undoneDocument.parse(JSON.parse(undone.stdout))).toMatchObject({
      undone: 'branch',
      undid: decision.importId,
      branch: { id: branch },
    })
  })

  test('a file that grew afterwards brings its new lines alone', async () => {
    const { db, home } = await undecidedAlone()
    await runHere(['resolve', ID, '--keep-canonical', '--db', db])
    appendFileSync(join(home, 'sessions', `${ID}.jsonl`), bytes(said('ok')))
    const { stdout, code } = await runHere(['import', home, '--json', '--db', db])
    expect(code).toBe(0)
    expect(importDocument.parse(JSON.parse(stdout)).sessions[0]).toMatchObject({
      verdict: 'extended',
      lines: { total: 4, imported: 1, withheld: 1, matched: 2 },
    })
    expect(await texts(db)).toEqual([...SHARED, ...database, 'ok'])
  })

  test('in a namespace', async () => {
    const { home } = await undecided()
    const db = join(temporaryFolder(), 'faircopy.db')
    await runHere(['import', home, '--namespace', 'work', '--db', db])
    const [open] = (await status(db)).undecided
    expect(open?.next).toBe(`faircopy resolve ${ID} --namespace work --db ${db}`)
    expect((await follow(open?.next ?? '')).stdout).toContain(
      `faircopy resolve ${ID} --namespace work --legacy-first --db ${db}`,
    )
    expect((await runHere(['resolve', ID, '--legacy-first', '--namespace', 'work', '--db', db])).code).toBe(0)
  })
})

describe('refused, by name and with the next step', () => {
  async function refused(args: readonly string[], db: string) {
    const { stdout, code } = await runHere(['resolve', ...args, '--json', '--db', db])
    return { exit: code, ...errorDocument.parse(JSON.parse(stdout)).error }
  }

  test('what is not undecided', async () => {
    const { db, home } = await undecided()
    expect(await refused(['nobody'], db)).toMatchObject({ code: 'NO_SESSION', exit: 1 })
    await runHere(['resolve', ID, '--keep-canonical', '--db', db])
    expect(await refused([ID, '--legacy-first'], db)).toMatchObject({
      code: 'ALREADY_DECIDED',
      advice: `To decide otherwise, take that back first: faircopy resolve ${ID} --undo --db ${db}`,
    })
    expect(await refused([ID, '--legacy-first', '--from', home], db)).toMatchObject({
      code: 'ALREADY_DECIDED',
    })
    await runHere(['resolve', ID, '--undo', '--db', db])
    expect(await refused([ID, '--undo'], db)).toMatchObject({ code: 'NOT_DECIDED', exit: 1 })
    const live = await openSqliteStore({ path: db })
    await live.append('live', { record: { role: 'user', content: 'hello' } }, { create: {} })
    await live.close()
    expect(await refused(['live'], db)).toMatchObject({ code: 'NEVER_IMPORTED' })
    const chat = join(temporaryFolder(), 'chat.jsonl')
    writeFileSync(chat, bytes(said('hello there')))
    await runHere(['import', chat, '--db', db])
    expect(await refused(['chat'], db)).toMatchObject({ code: 'NOTHING_TO_DECIDE' })
  })

  test('a source that moved on, and one that is gone', async () => {
    const { db, home } = await undecidedAlone()
    appendFileSync(join(home, 'sessions', `${ID}.jsonl`), bytes(said('one more')))
    expect(await refused([ID, '--legacy-first'], db)).toMatchObject({
      code: 'SOURCE_MOVED_ON',
      advice: expect.stringContaining(`faircopy import SOURCE --db ${db}`),
    })
    await runHere(['import', home, '--db', db])
    renameSync(home, `${home}-moved`)
    expect(await refused([ID], db)).toMatchObject({
      code: 'SOURCE_GONE',
      exit: 74,
      advice: `Say where it is now: faircopy resolve ${ID} --from SOURCE --db ${db}`,
    })
    const { code } = await runHere(['resolve', ID, '--legacy-first', '--from', `${home}-moved`, '--db', db])
    expect(code).toBe(0)
    expect(existsSync(home)).toBe(false)
  })

  test('what was built upon', async () => {
    const { db, home } = await undecidedAlone()
    await runHere(['resolve', ID, '--adopt-legacy', '--db', db])
    appendFileSync(join(home, 'sessions', `${ID}.jsonl`), bytes(said('and on it goes')))
    await runHere(['import', home, '--db', db])
    expect(await refused([ID, '--undo'], db)).toMatchObject({ code: 'BUILT_UPON' })
    expect(await texts(db)).toContain('and on it goes')
  })

  test('a session that several files contest, until one of them was imported by itself', async () => {
    const home = join(temporaryFolder(), 'home')
    const db = join(temporaryFolder(), 'faircopy.db')
    writeHome(home, [
      { id: ID, file: bytes(said(...SHARED, 'Quire! She came.')), rows: rows(...SHARED, 'Folio!') },
    ])
    const [file, copy] = [`${ID}.jsonl`, `${ID} copy.jsonl`].map((name) => join(home, 'sessions', name))
    writeFileSync(copy ?? '', bytes(said(...SHARED, 'Octavo, otherwise.')))
    const { stdout: advised } = await runHere(['import', home, '--db', db])
    expect(advised).toContain(`faircopy import ${file} --db ${db}`)
    const contested = {
      code: 'SEVERAL_FILES',
      advice: expect.stringContaining(`faircopy import FILE --db ${db}`),
    }
    expect(await refused([ID], db)).toMatchObject(contested)
    expect(await refused([ID, '--keep-canonical', '--from', home], db)).toMatchObject(contested)

    await runHere(['import', file ?? '', '--db', db])
    expect((await runHere(['resolve', ID, '--legacy-first', '--db', db])).code).toBe(0)
    const bringIn = async () =>
      importDocument.parse(JSON.parse((await runHere(['import', home, '--json', '--db', db])).stdout))
    const { sources, sessions: reports } = await bringIn()
    expect(sources[0]?.problems.map(({ code, path }) => [code, path])).toContainEqual(['other-file', copy])
    expect((await follow(`${reports[0]?.next} --keep-canonical`)).code).toBe(0)
    expect((await bringIn()).sessions[0]).not.toHaveProperty('reason')
    expect(await texts(db)).toEqual([...SHARED, 'Quire! She came.', 'Folio!'])
  })

  test('a command line that says two things', async () => {
    const { db } = await undecided()
    for (const args of [
      ['--branch', '--by-time'],
      ['--undo', '--branch'],
      ['--note', 'x'],
    ])
      expect(await refused([ID, ...args], db)).toMatchObject({ code: 'USAGE', exit: 64 })
  })

  test('two decisions at once: one is made', async () => {
    const { db } = await undecided()
    const both = await Promise.all([
      faircopy(['resolve', ID, '--adopt-legacy', '--db', db]),
      faircopy(['resolve', ID, '--branch', '--db', db]),
    ])
    expect(both.map(({ code }) => code).sort()).toEqual([0, 1])
    expect((await status(db)).decided).toHaveLength(1)
    expect(await sessions(db)).toHaveLength((await status(db)).decided[0]?.choice === 'branch' ? 2 : 1)
  })
})

test('an import from several sources remembers which one told a session', async () => {
  const { home } = await undecided()
  const chat = join(temporaryFolder(), 'chat.jsonl')
  writeFileSync(chat, bytes(said('hello there')))
  const db = join(temporaryFolder(), 'faircopy.db')
  await runHere(['import', chat, home, '--db', db])
  const [open] = (await status(db)).undecided
  expect(open?.source).toBe(home)
  expect((await runHere(['resolve', ID, '--db', db])).stdout).toContain('It can be decided')
})
