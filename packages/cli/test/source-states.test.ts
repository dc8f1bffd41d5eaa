import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { SOURCE_NOW_WORDS } from '../src/store/source-now.ts'
import { environment, PROGRAM } from './faircopy.ts'
import { follow } from './follow.ts'
import { pythonJson, writeHome } from './hermes-home.ts'
import { noThreads } from './no-threads.ts'
import { runHere } from './run-here.ts'
import { archiveDocument, importDocument, proofDocument, statusDocument } from './schemas.ts'
import { type Cell, SOURCE_STATES, type StateCells, type StateName } from './source-states.ts'
import { temporaryFolder } from './temporary-folder.ts'

noThreads()

const ID = '20260302_100000_aaaaaaaa'
const STORY = `${pythonJson({ role: 'user', content: 'the first thing, at length' })}\n`
const isRoot = process.getuid?.() === 0
const NOBODY = 65_534

/** A home with one session, and where what is named lies. */
interface Place {
  readonly home: string
  /** What is named to the command. */
  readonly source: string
  /** A store that was imported from the home when it was whole. */
  readonly known: string
  /** A store that knows nothing of it. */
  readonly other: string
  /** Runs the commands as somebody who may not read everything. */
  readonly uid?: number
  readonly end?: () => Promise<void>
}

/** In this process; as another user in one of its own. */
async function run(args: readonly string[], { uid, home }: Pick<Place, 'uid' | 'home'>) {
  if (uid === undefined) return runHere(args)
  // That of the tests is closed to others.
  const NODE_COMPILE_CACHE = join(dirname(home), 'compiled')
  const { status, stdout, stderr } = spawnSync(process.execPath, [...PROGRAM, ...args], {
    env: { ...environment(), NODE_COMPILE_CACHE },
    encoding: 'utf8',
    uid,
    gid: uid,
  })
  return { code: status, stdout, stderr }
}

function whole(home: string): void {
  const rows = [{ role: 'user', content: 'the first thing, at length', timestamp: 1772445600 }]
  writeHome(home, [{ id: ID, file: Buffer.from(STORY), rows }])
}

async function place(): Promise<Place> {
  const here = temporaryFolder()
  const [home, known, other] = [join(here, 'home'), join(here, 'known.db'), join(here, 'other.db')]
  whole(home)
  expect((await runHere(['import', home, '--db', known])).stderr).toBe('')
  const elsewhere = join(here, `${ID.replaceAll('a', 'b')}.jsonl`)
  writeFileSync(elsewhere, STORY)
  expect((await runHere(['import', elsewhere, '--db', other])).stderr).toBe('')
  rmSync(elsewhere)
  return { home, source: home, known, other }
}

/** The home gives way to what `make` makes in its place. */
const instead =
  (make: (home: string) => void, source: (home: string) => string = (home) => home) =>
  async (): Promise<Place> => {
    const here = await place()
    rmSync(here.home, { recursive: true })
    make(here.home)
    return { ...here, source: source(here.home) }
  }

const UUID = '0a1b2c3d-0000-4000-8000-000000000001'

const MAKE: { readonly [S in StateName]: () => Place | Promise<Place> } = {
  absent: instead(() => {}),
  empty: instead((home) => mkdirSync(home)),
  'empty, and the store knows sessions of it': async () => {
    const here = await instead((home) => mkdirSync(home))()
    return { ...here, other: here.known }
  },
  'absent, and the store knows sessions of it': async () => {
    const here = await instead(() => {})()
    return { ...here, other: here.known }
  },
  'empty but for its index, and the store knows sessions of it': async () => {
    const index = { session_id: ID, platform: 'telegram' }
    const here = await instead((home) => writeHome(home, [{ id: ID, file: null, rows: null, index }]))()
    return { ...here, other: here.known }
  },
  'emptied of its rows and lines, and the store knows sessions of it': async () => {
    const here = await place()
    writeFileSync(join(here.home, `sessions/${ID}.jsonl`), '')
    const database = new Database(join(here.home, 'state.db'))
    database.exec('DELETE FROM messages')
    database.close()
    return { ...here, other: here.known }
  },
  'one folder too high': instead((home) => whole(join(home, 'data'))),
  'one folder too low': async () => {
    const here = await place()
    mkdirSync(join(here.home, 'logs'))
    return { ...here, source: join(here.home, 'logs') }
  },
  'the folder of transcripts of a home': async () => {
    const here = await place()
    return { ...here, source: join(here.home, 'sessions') }
  },
  "another agent's home": instead((home) => {
    mkdirSync(join(home, 'projects/-home-ada-app'), { recursive: true })
    writeFileSync(
      join(home, `projects/-home-ada-app/${UUID}.jsonl`),
      '{"type":"user","message":{"role":"user","content":"hi"}}\n',
    )
  }),
  'a bare state.db': async () => {
    const here = await place()
    return { ...here, source: join(here.home, 'state.db') }
  },
  'a snapshot folder': async () => {
    const here = await place()
    rmSync(join(here.home, 'sessions'), { recursive: true })
    return here
  },
  unreadable: async () => {
    const here = await place()
    chmodSync(here.home, 0)
    const end = async (): Promise<void> => chmodSync(here.home, 0o700)
    if (!isRoot) return { ...here, end }
    for (const name of readdirSync(dirname(here.home)))
      chownSync(join(dirname(here.home), name), NOBODY, NOBODY)
    chownSync(dirname(here.home), NOBODY, NOBODY)
    return { ...here, uid: NOBODY, end }
  },
  'locked by its gateway': async () => {
    const here = await place()
    const script = `const D = require(process.argv[1]); const d = new D(process.argv[2]);
      d.pragma('journal_mode = DELETE'); d.exec('BEGIN EXCLUSIVE'); d.exec("UPDATE messages SET token_count = 1");
      process.stdout.write('locked'); process.stdin.on('end', () => process.exit()).resume()`
    const gateway = spawn(process.execPath, [
      '-e',
      script,
      createRequire(import.meta.url).resolve('better-sqlite3'),
      join(here.home, 'state.db'),
    ])
    await once(gateway.stdout, 'data')
    return {
      ...here,
      end: async () => {
        gateway.stdin.end()
        await once(gateway, 'exit')
      },
    }
  },
  'quarantined whole': instead((home) => {
    mkdirSync(join(home, 'sessions'), { recursive: true })
    writeFileSync(join(home, `sessions/${ID}.jsonl`), 'no json\n')
  }),
  'failing in every session': async () => {
    const here = await place()
    const store = await openSqliteStore({ path: here.other })
    await store.claimImport({ namespace: 'default', id: ID })
    return { ...here, end: () => store.close() }
  },
  'of a newer schema': async () => {
    const here = await place()
    const database = new Database(join(here.home, 'state.db'))
    database.exec('UPDATE schema_version SET version = 99')
    database.close()
    return here
  },
  binary: instead((home) =>
    writeFileSync(home, Buffer.from('\x7fELF\0\0\x01\x02\n\0\0'.repeat(99), 'latin1')),
  ),
  'nothing but files beside transcripts': instead((home) => {
    mkdirSync(home)
    writeFileSync(join(home, 'notes.txt'), 'nothing of a conversation')
    writeFileSync(join(home, '.lock'), '')
  }),
  'a named pipe': instead((home) => void spawnSync('mkfifo', [home])),
  'a link that leads in a circle': instead((home) => symlinkSync(home, home)),
}

const ARGUMENTS: { readonly [C in keyof StateCells]: readonly string[] } = {
  audit: ['audit', 'SOURCE'],
  import: ['import', 'SOURCE'],
  'verify --against': ['verify', '--against', 'SOURCE'],
  archive: ['archive', 'SOURCE'],
  status: ['status'],
  doctor: ['doctor'],
}

/** The import comes last: it alone writes. */
const COMMANDS = ['audit', 'verify --against', 'archive', 'status', 'doctor', 'import'] as const

describe('a source that is', () => {
  test.for(Object.keys(SOURCE_STATES) as StateName[])('%s', { timeout: 240_000 }, async (state) => {
    const here = await MAKE[state]()
    const seen: { [command: string]: Cell } = {}
    const documents: { [command: string]: { readonly code: number | null; readonly text: string } } = {}
    try {
      for (const command of COMMANDS) {
        const db = command === 'status' || command === 'doctor' ? here.known : here.other
        const args = ARGUMENTS[command].map((word) => (word === 'SOURCE' ? here.source : word))
        if (command !== 'import') {
          const { code, stdout } = await run([...args, '--json', '--db', db], here)
          documents[command] = { code, text: stdout }
        }
        const { code, stdout, stderr } = await run([...args, '--db', db], here)
        const [exit, sentence] = SOURCE_STATES[state][command]
        const words: { readonly [word: string]: string } = { SOURCE: here.source, STORE: db }
        const filled = sentence.replace(/\b(?:SOURCE|STORE)\b/g, (word) => words[word] ?? word)
        const told = stderr || stdout
        // What these two say of the store comes first.
        const isAbout =
          command === 'verify --against' || command === 'status'
            ? told.includes(filled)
            : told.startsWith(filled)
        seen[command] = isAbout && code === exit ? SOURCE_STATES[state][command] : [code ?? -1, told]
      }
      const fresh = join(dirname(here.known), 'fresh.db')
      const { stdout } = await run(['import', here.source, '--json', '--db', fresh], here)
      const imported = JSON.parse(stdout)
      expect(existsSync(fresh)).toBe(
        !('error' in imported) && importDocument.parse(imported).importId !== null,
      )
    } finally {
      await here.end?.()
    }
    expect(seen).toEqual(SOURCE_STATES[state])
    for (const command of ['audit', 'verify --against', 'archive', 'status', 'doctor'] as const)
      expect(documents[command]?.code, `${command} --json`).toBe(SOURCE_STATES[state][command][0])
    judge(state, documents)
  })
})

/** What the documents say is what is told in sentences. */
function judge(
  state: StateName,
  documents: { readonly [command: string]: { readonly code: number | null; readonly text: string } },
): void {
  const parsed = (command: string) => JSON.parse(documents[command]?.text.split('\n{"error"')[0] || '{}')
  const [exit, sentence] = SOURCE_STATES[state].audit
  const [{ now } = { now: null }] = statusDocument.parse(parsed('status')).imports
  const words = SOURCE_STATES[state].status[1].replace(/^SOURCE {2}|^STORE.*/, '')
  expect(SOURCE_NOW_WORDS[now ?? 'there']).toBe(words)
  if (documents['audit']?.text.includes('"error"')) return
  const { sources, sessions, totals } = importDocument.parse(parsed('audit'))
  expect(totals.sessions).toBe(sessions.length)
  const lacks = sources.flatMap(({ problems }) => problems).filter(({ code }) => LACKS.includes(code))
  expect(lacks.length).toBe(sessions.length === 0 || sentence.includes('knows sessions') ? 1 : 0)
  if (exit === 66) expect(lacks[0]?.code).toBe('no-transcript')
  const [against] = proofDocument.parse(parsed('verify --against')).against
  expect(against?.proven).toBe(documents['verify --against']?.code === 0)
  expect(against?.findings.map(({ code }) => code).filter((code) => LACKS.includes(code))).toEqual(
    lacks.map(({ code }) => code),
  )
  const { moved, problems } = archiveDocument.parse(parsed('archive'))
  expect(moved).toEqual([])
  expect(problems.map(({ code }) => code)).toEqual(lacks.map(({ code }) => code))
  const found = [
    lacks[0]?.next,
    against?.findings.find(({ code }) => LACKS.includes(code))?.next,
    problems[0]?.next,
  ]
  expect(new Set(found.map((next) => (next ?? null) === null)).size).toBe(1)
}

const LACKS: readonly string[] = ['no-transcript', 'source-gone']

describe('the advice of a source that has neither a line nor a row left, followed by', () => {
  const COMMANDS = ['audit', 'verify', 'import', 'archive'] as const

  /** What each command ends with, and the command that it leads to. */
  async function tell(command: (typeof COMMANDS)[number], home: string, db: string) {
    const source = command === 'verify' ? ['--against', home] : [home]
    const { code, stdout } = await runHere([command, ...source, '--json', '--db', db])
    const gone = /"code": "source-gone"[^}]*"next": "([^"]*)"/.exec(stdout)
    return { code, next: gone?.[1] ?? null }
  }

  /** A folder with one transcript, or a home that tells it by rows as well, imported. */
  async function emptied(kind: string) {
    const here = temporaryFolder()
    const [home, db] = [join(here, 'home'), join(here, 's.db')]
    if (kind === 'a home') whole(home)
    else {
      mkdirSync(home)
      writeFileSync(join(home, 'a.jsonl'), STORY)
    }
    expect((await runHere(['import', home, '--db', db])).code).toBe(0)
    const away = join(here, 'away')
    cpSync(home, away, { recursive: true })
    const file = join(home, kind === 'a home' ? `sessions/${ID}.jsonl` : 'a.jsonl')
    writeFileSync(file, '')
    if (kind === 'a home') {
      const database = new Database(join(home, 'state.db'))
      database.exec('DELETE FROM messages')
      database.close()
    }
    return { home, db, away, file }
  }

  test.for(['a home', 'a folder'])(
    '%s: what was moved away is put back',
    { timeout: 120_000 },
    async (kind) => {
      const { home, db, away } = await emptied(kind)
      for (const command of COMMANDS) {
        const { code, next } = await tell(command, home, db)
        expect([command, code, next]).toEqual([command, 2, expect.stringContaining(home)])
        // As long as nothing was put back, it is told again.
        expect((await follow(next ?? '')).code).toBe(2)
      }
      const { next } = await tell('archive', home, db)
      rmSync(home, { recursive: true })
      renameSync(away, home)
      const again = await follow(next ?? '')
      expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('Nothing new')])
      for (const command of COMMANDS)
        expect([command, await tell(command, home, db)]).toEqual([command, { code: 0, next: null }])
      expect(existsSync(`${home}-archive`)).toBe(true)
    },
  )

  test('nothing: the store has all of it, and a new line in the file is imported', async () => {
    const { home, db, file } = await emptied('a folder')
    for (const args of [['verify'], ['doctor']])
      expect([args, (await runHere([...args, '--db', db])).code]).toEqual([args, 0])
    writeFileSync(file, STORY + STORY.replace('first', 'second'))
    expect(await tell('import', home, db)).toEqual({ code: 0, next: null })
    expect((await runHere(['export', 'a', '--format', 'jsonl', '--db', db])).stdout).toContain('second')
    expect(await tell('archive', home, db)).toEqual({ code: 0, next: null })
  })
})
