// What others do while a session is decided, or the decision is taken back, before every transaction and every look at the source.
import { spawnSync } from 'node:child_process'
import { appendFileSync, copyFileSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { beforeStep, beforeWrite, otherCalls } from './between.ts'
import { environment, PROGRAM } from './faircopy.ts'
import { pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { statusDocument, verifyDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Each run is a command, and another process that comes in between. */
const SLOW = { timeout: 300_000 }

const ID = '20260302_100000_aaaaaaaa'
const SHARED = ['a name for a grey cat who sleeps in the bookcase', 'Folio, Quire, or Octavo?']
const OF_FILE = 'Quire! She came.'
const OF_ROWS = 'My daughter prefers Folio.'
const MEANWHILE = 'a word that came meanwhile'

const folder = temporaryFolder()
const home = join(folder, 'home')
const undecided = join(folder, 'undecided.db')

beforeAll(async () => {
  const said = (texts: readonly string[]) => texts.map((content) => ({ role: 'user', content }))
  const lines = said([...SHARED, OF_FILE]).map((each) => `${pythonJson(each)}\n`)
  const rows = said([...SHARED, OF_ROWS]).map((each, i) => ({ ...each, timestamp: 1e9 + i }))
  writeHome(home, [{ id: ID, file: Buffer.from(lines.join('')), rows }])
  await runHere(['import', home, '--db', undecided])
})

type Choice = 'legacy-first' | 'branch'

const SAYS: { readonly [C in Choice]: readonly string[] } = {
  'legacy-first': [...SHARED, OF_FILE, OF_ROWS],
  branch: [...SHARED, OF_ROWS],
}

function copyOf(path: string): string {
  const db = join(temporaryFolder(), 'faircopy.db')
  copyFileSync(path, db)
  return db
}

/** The choice that stands, and the branch that it made. */
async function decided(db: string): Promise<readonly [choice?: string, branch?: string | undefined]> {
  const { stdout } = await runHere(['status', '--json', '--db', db])
  const [decision, ...others] = statusDocument.parse(JSON.parse(stdout)).decided
  expect(others).toEqual([])
  return decision ? [decision.choice, decision.branch?.id] : []
}

/** What a session says, text by text; null where there is none. */
async function texts(db: string, id = ID): Promise<string[] | null> {
  const { code, stdout } = await runHere(['export', id, '--format', 'jsonl', '--db', db])
  if (code !== 0) return null
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).content)
}

async function expectSound(db: string, when: string): Promise<void> {
  const { stdout } = await runHere(['verify', '--json', '--db', db])
  expect(verifyDocument.parse(JSON.parse(stdout)).findings, when).toEqual([])
}

/** Runs a command with others coming right before it begins to write: before every second of its transactions, one run each. */
async function beforeWrites(
  from: string,
  args: readonly string[],
  happens: (db: string) => void,
  look: (db: string, code: number, when: string) => Promise<void>,
): Promise<void> {
  for (let nth = 1; ; nth += 2) {
    const db = copyOf(from)
    const waiting = beforeWrite(nth, () => happens(db))
    const { code, stderr } = await runHere([...args, '--db', db])
    if (!waiting.undo()) return expect(nth).toBeGreaterThan(3)
    const when = `before write ${nth}: ${stderr}`
    await look(db, code, when)
    await expectSound(db, when)
  }
}

/** Another process runs a command on the same store; gives whether it succeeded. */
function otherRuns(args: readonly string[], db: string): boolean {
  return spawnSync(process.execPath, [...PROGRAM, ...args, '--db', db], { env: environment() }).status === 0
}

const said = { record: { role: 'user', content: MEANWHILE } }

describe.each(['legacy-first', 'branch'] as const)('S9 while it is decided with --%s', SLOW, (choice) => {
  const decide = ['resolve', ID, `--${choice}`]

  test('a session that goes on is decided all the same, and what was said stays said', async () => {
    await beforeWrites(
      undecided,
      decide,
      (db) => otherCalls(db, ['append', ID, said]),
      async (db, code, when) => {
        const [chosen, branch] = await decided(db)
        expect([code, chosen], when).toEqual([0, choice])
        expect(await texts(db), when).toEqual([...SAYS[choice], MEANWHILE])
        if (branch) expect(await texts(db, branch), when).toEqual([...SHARED, OF_FILE])
      },
    )
  })

  test('of two who decide it one is told that it was done', async () => {
    const others = choice === 'branch' ? 'legacy-first' : 'branch'
    let isTheirs = false
    await beforeWrites(
      undecided,
      decide,
      (db) => {
        isTheirs = otherRuns(['resolve', ID, `--${others}`], db)
      },
      async (db, code, when) => {
        const done = isTheirs ? others : choice
        expect(code === 0, when).toBe(!isTheirs)
        expect((await decided(db))[0], when).toBe(done)
        expect(await texts(db), when).toEqual(SAYS[done])
        const { stdout } = await runHere(['list', '--json', '--db', db])
        expect(JSON.parse(stdout).sessions, when).toHaveLength(done === 'branch' ? 2 : 1)
      },
    )
  })

  test('whoever is told that a session was deleted finds it undecided when it is back', async () => {
    await beforeWrites(
      undecided,
      decide,
      (db) => otherCalls(db, ['delete', ID]),
      async (db, code, when) => {
        expect(await texts(db), when).toBe(null)
        expect((await runHere(['delete', ID, '--undo', '--db', db])).code, when).toBe(0)
        expect((await decided(db))[0], when).toBe(code === 0 ? choice : undefined)
        expect(await texts(db), when).toEqual(SAYS[code === 0 ? choice : 'branch'])
      },
    )
  })
})

describe('S9 before it is confirmed', SLOW, () => {
  /** Decides by a branch, with others coming before one of its looks at the transcript; 0 is none of them. */
  async function decide(nth: number, happens: (file: string, db: string) => void) {
    const db = copyOf(undecided)
    const source = join(temporaryFolder(), 'home')
    cpSync(home, source, { recursive: true, preserveTimestamps: true })
    const file = join(source, 'sessions', `${ID}.jsonl`)
    const waiting = beforeStep(`${ID}.jsonl`, nth, () => happens(file, db))
    const ran = await runHere(['resolve', ID, '--branch', '--from', source, '--db', db])
    waiting.undo()
    // Once more after all that a plan reads and the look that ends its reading.
    const confirming = waiting.steps.findLastIndex(([step]) => step === 'read') + 3
    return { ...ran, db, source, confirming }
  }

  test('a source that grows is not decided as it was; it is once it is imported', async () => {
    const { confirming } = await decide(0, () => {})
    const line = `${pythonJson({ role: 'user', content: MEANWHILE })}\n`
    for (let nth = 1; nth <= confirming; nth++) {
      const { code, stderr, db, source } = await decide(nth, (file) => appendFileSync(file, line))
      expect([code, stderr.split(':')[0], await decided(db)], `${nth}`).toEqual([1, 'SOURCE_MOVED_ON', []])
      if (nth < confirming) continue
      await runHere(['import', source, '--db', db])
      expect((await runHere(['resolve', ID, '--branch', '--db', db])).code).toBe(0)
      const [, branch] = await decided(db)
      expect(await texts(db, branch)).toEqual([...SHARED, OF_FILE, MEANWHILE])
      expect((await runHere(['verify', '--against', source, '--db', db])).code).toBe(0)
      await expectSound(db, '')
    }
  })

  test('a session that is deleted at the last look is not decided', async () => {
    const { confirming } = await decide(0, () => {})
    const { code, stderr, db } = await decide(confirming, (_file, path) => otherCalls(path, ['delete', ID]))
    expect([code, stderr.split(':')[0]]).toEqual([1, 'DELETED'])
    const { stdout } = await runHere(['list', '--json', '--db', db])
    expect(JSON.parse(stdout).sessions).toEqual([])
    expect((await runHere(['delete', ID, '--undo', '--db', db])).code).toBe(0)
    expect(await decided(db)).toEqual([])
  })
})

test('what an operator says of an undo is kept with it', async () => {
  const db = copyOf(undecided)
  await runHere(['resolve', ID, '--branch', '--note', 'two cats', '--db', db])
  expect((await runHere(['resolve', ID, '--undo', '--note', 'one cat', '--db', db])).code).toBe(0)
  const store = await openSqliteStore({ path: db, readOnly: true })
  const notes = await Array.fromAsync(store.ledger({ session: ID }))
  await store.close()
  expect(JSON.stringify(notes.at(-1))).toContain('one cat')
})

describe('S9 while a branch is taken back', SLOW, () => {
  const undo = ['resolve', ID, '--undo']
  const done = join(folder, 'branch.db')
  let branch: string

  beforeAll(async () => {
    copyFileSync(undecided, done)
    expect((await runHere(['resolve', ID, '--branch', '--db', done])).code).toBe(0)
    branch = (await decided(done))[1] ?? ''
  })

  test('what is said in either meanwhile stays said', async () => {
    let wasSaid = false
    await beforeWrites(
      done,
      undo,
      (db) => {
        otherCalls(db, ['append', ID, said])
        wasSaid = otherCalls(db, ['append', branch, said])
      },
      async (db, code, when) => {
        expect([code, await decided(db)], when).toEqual([0, []])
        expect(await texts(db), when).toEqual([...SAYS.branch, MEANWHILE])
        expect(await texts(db, branch), when).toEqual(wasSaid ? [MEANWHILE] : null)
      },
    )
  })

  test('two who take it back leave it as one does', async () => {
    await beforeWrites(
      done,
      undo,
      (db) => otherRuns(undo, db),
      async (db, code, when) => {
        expect([code, await decided(db)], when).toEqual([0, []])
        expect([await texts(db), await texts(db, branch)], when).toEqual([SAYS.branch, null])
      },
    )
  })
})
