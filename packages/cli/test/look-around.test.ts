import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { shellWord } from '../src/text/shell-word.ts'
import { driftScenarios } from './drift-scenarios.ts'
import { environment, PROGRAM } from './faircopy.ts'
import { pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { doctorDocument, importDocument, proofDocument, statusDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const UUID = '0a1b2c3d-0000-4000-8000-000000000001'
const STORY = `${pythonJson({ role: 'user', content: 'the first thing, at length' })}\n`

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function home(path: string): string {
  writeHome(path, [{ id: '20260302_100000_aaaaaaaa', file: Buffer.from(STORY), rows: null }])
  return path
}

/** The command that stands on a line of its own. */
function offered(told: string): string[] {
  const line = /^ +faircopy (.*)$/m.exec(told)?.[1] ?? ''
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

describe('where nothing was found', () => {
  test.for([
    ['OpenClaw', `.openclaw/agents/main/sessions/${UUID}.jsonl`],
    ['OpenClaw', `.clawdbot/agents/main/sessions/${UUID}.jsonl.reset.2026-03-01T10-00-00`],
    ['pi', `.pi/agent/sessions/--home-ada--/2026-03-01T10-00-00_${UUID}.jsonl`],
    ['Claude Code', `.claude/projects/-home-ada/${UUID}.jsonl`],
    ['Claude Code', `.claude/projects/C--Users-ada/${UUID}/subagents/agent-a1.jsonl`],
    ['Codex', `.codex/sessions/2026/03/01/rollout-2026-03-01T10-00-00-${UUID}.jsonl`],
    ['Gemini CLI', '.gemini/tmp/a1b2/chats/session-2026-03-01T10-00-0a1b2c3d.json'],
    ['opencode', '.local/share/opencode/storage/message/ses_1/msg_1.json'],
    ['opencode', '.local/share/opencode/opencode.db'],
    ['Crush', 'work/.crush/crush.db'],
    ['Goose', '.local/share/goose/sessions/sessions.db'],
    ['Cline or Roo Code', 'tasks/17/api_conversation_history.json'],
    ['ChatGPT', 'export/conversations.json'],
  ])('the files of %s are named: %s', async ([agent = '', file = '']) => {
    const person = join(temporaryFolder(), 'ada')
    write(join(person, file), '{"type":"x"}\n')
    const [top = ''] = file.split('/')
    for (const source of [person, join(person, top), join(person, dirname(file))]) {
      const { code, stdout } = await runHere(['import', source, '--db', `${person}.db`])
      expect([66, 2]).toContain(code)
      expect(stdout).toContain(`1 file there is named as those of ${agent} are, which is not read yet`)
      expect(stdout).not.toContain('faircopy list')
      expect(offered(stdout)).toEqual([])
    }
    expect(readdirSync(dirname(person))).toEqual(['ada'])
  })

  test('the files of several agents are counted each by themselves', async () => {
    const person = join(temporaryFolder(), 'ada')
    for (const n of [1, 2, 3])
      write(join(person, `.codex/sessions/rollout-2026-03-0${n}T10-00-00-${UUID}.jsonl`), '{"type":"x"}\n')
    write(join(person, '.pi/agent/sessions/--home--/a.jsonl'), '{"type":"x"}\n')
    const { stdout } = await runHere(['audit', person])
    expect(stdout).toContain('3 files there are named as those of Codex are')
    expect(stdout).toContain('1 file there is named as those of pi are')
  })

  test('an empty home of another agent is known by its name', async () => {
    const source = join(temporaryFolder(), '.codex')
    mkdirSync(source)
    const { code, stdout } = await runHere(['audit', source, '--json'])
    expect(code).toBe(66)
    expect(importDocument.parse(JSON.parse(stdout)).sources[0]?.problems).toMatchObject([
      { code: 'no-transcript', path: source, detail: expect.stringContaining('a home of Codex'), next: null },
    ])
  })

  test.for([
    ['a home below', '', 'a/b/.hermes/state.db'],
    ['a folder of transcripts below', '', 'a b/chats/20260302_100000_aaaaaaaa.jsonl'],
    ['the home around', 'home/logs/old', 'home/sessions/20260302_100000_aaaaaaaa.jsonl'],
    ['the home around its index', 'home/sessions/notes.txt', 'home/state.db'],
    ['the folder of transcripts around', 'chats/old', 'chats/20260302_100000_aaaaaaaa.jsonl'],
    ['what beside it was named', 'chats/notes.txt', 'chats/20260302_100000_aaaaaaaa.jsonl'],
  ])('%s is offered by each command, and then is read', async ([, named = '', file = '']) => {
    const here = temporaryFolder()
    const [source, db] = [join(here, 'top', named), join(here, 'faircopy.db')]
    if (file.endsWith('state.db')) home(dirname(join(here, 'top', file)))
    else write(join(here, 'top', file), STORY)
    if (source.endsWith('.txt')) write(source, 'no conversation')
    else mkdirSync(source, { recursive: true })
    const folder = ['audit', 'import', 'verify --against', 'archive']
    for (const command of folder) {
      const ran = await runHere([...command.split(' '), source, '--db', db])
      expect([66, 2]).toContain(ran.code)
      const words = offered(ran.stdout)
      expect(words.slice(0, command.split(' ').length).join(' ')).toBe(command)
      expect((await runHere(words)).code, command).toBe(0)
    }
  })

  test('transcripts are looked for one folder above, and a home three', async () => {
    const found = async (above: number, make: (top: string) => void): Promise<boolean> => {
      const top = join(temporaryFolder(), 'top')
      const source = join(top, ...['a', 'b', 'c', 'd'].slice(0, above))
      mkdirSync(source, { recursive: true })
      make(top)
      return (await runHere(['audit', source])).stdout.includes(`faircopy audit ${top}\n`)
    }
    const depths = [1, 2, 3, 4]
    const chats = (top: string): void => write(join(top, 'a.jsonl'), STORY)
    expect(await Promise.all(depths.map((above) => found(above, chats)))).toEqual([true, false, false, false])
    const homes = await Promise.all(depths.map((above) => found(above, home)))
    expect(homes).toEqual([true, true, true, false])
  })

  test('of a home without transcripts it is not said that they lie in it', async () => {
    const source = join(temporaryFolder(), 'home')
    const sessions = join(source, 'sessions')
    writeHome(source, [{ id: '20260302_100000_aaaaaaaa', file: null, rows: null, index: {} }])
    rmSync(join(source, 'state.db'))
    write(join(sessions, '20260302_100000_aaaaaaaa.jsonl.reset.2026-03-01T10-00-00'), STORY)
    const { code, stdout } = await runHere(['audit', sessions])
    expect([code, stdout]).toEqual([66, expect.stringContaining(`A Hermes home lies in ${source}.`)])
    expect(stdout).not.toContain('ranscripts lie in')
  })

  test('as another format than was named, it is offered without one', async () => {
    const source = join(temporaryFolder(), 'chats')
    write(join(source, 'a.jsonl'), STORY)
    const { code, stdout, stderr } = await runHere(['audit', source, '--format', 'hermes'])
    expect([code, stdout]).toEqual([66, ''])
    expect(stderr).toMatch(/^NO_SOURCE: /)
    expect(stderr).toContain(`faircopy audit ${source}`)
    expect((await runHere(['audit', source])).code).toBe(0)
  })
})

describe('several sources', () => {
  test('one that is named twice, by whatever name, is one', async () => {
    const source = home(join(temporaryFolder(), 'home'))
    symlinkSync(source, `${source}.link`)
    const names = [source, `${source}/`, join(source, '../home'), `${source}.link`]
    const { stdout } = await runHere(['import', ...names, '--json', '--db', `${source}.db`])
    const { sources, totals } = importDocument.parse(JSON.parse(stdout))
    expect(sources.map(({ path }) => path)).toEqual([source])
    expect(totals.sessions).toBe(1)
  })

  test('one that is empty does not keep the others back, and is a finding', async () => {
    const here = temporaryFolder()
    const [source, empty, db] = [home(join(here, 'home')), join(here, 'empty'), join(here, 'faircopy.db')]
    mkdirSync(empty)
    for (const [first, second] of [
      [empty, source],
      [source, empty],
    ] as const) {
      const { code, stdout } = await runHere(['import', first, second, '--json', '--db', db])
      const { sources, totals } = importDocument.parse(JSON.parse(stdout))
      expect(code).toBe(2)
      expect(totals.sessions).toBe(1)
      const problems = sources.flatMap(({ path, problems }) =>
        problems.map((problem) => [path, problem.code]),
      )
      expect(problems).toContainEqual([empty, 'no-transcript'])
    }
    expect((await runHere(['show', '20260302_100000_aaaaaaaa', '--db', db])).code).toBe(0)
  })
})

test('a profile that may not be read fails the home, and is not left out', async () => {
  const here = temporaryFolder()
  const source = home(join(here, 'home'))
  const profile = home(join(source, 'profiles/work'))
  chmodSync(profile, 0)
  const isRoot = process.getuid?.() === 0
  if (isRoot) {
    chownSync(profile, 0, 0)
    chmodSync(here, 0o755)
  }
  const { status, stderr } = spawnSync(
    process.execPath,
    [...PROGRAM, 'audit', source, '--db', join(here, 'x.db')],
    {
      env: environment(),
      encoding: 'utf8',
      ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
    },
  )
  chmodSync(profile, 0o700)
  expect(stderr).toMatch(/^SOURCE_UNREADABLE: .*profiles\/work.* EACCES/)
  expect(stderr).toMatch(
    /\nGive yourself access to it and to its folder \(chmod, chown\), or run the command as /,
  )
  expect(status).toBe(74)
})

test('above several homes each is offered by each command, and each can be read', async () => {
  const here = temporaryFolder()
  const top = join(here, 'top')
  const homes = ['a', "b's", 'deep/c'].map((name) => home(join(top, name)))
  const db = join(here, 'faircopy.db')
  for (const command of ['audit', 'import', 'verify --against', 'archive']) {
    if (command !== 'audit') await runHere(['import', homes[0] ?? '', '--db', db])
    const { stdout, code } = await runHere([...command.split(' '), top, '--db', db])
    expect(code).toBe(66)
    const commands = stdout.split('\n').filter((line) => line.startsWith(`    faircopy ${command} `))
    expect(commands).toEqual(homes.map((path) => `    faircopy ${command} ${shellWord(path)} --db ${db}`))
  }
  const { stdout } = await runHere(['audit', top, '--json', '--db', db])
  expect(
    importDocument
      .parse(JSON.parse(stdout))
      .sources[0]?.problems.flatMap(({ code, path }) => (code === 'no-transcript' ? [path] : [])),
  ).toEqual(homes)
  for (const path of homes) expect((await runHere(['audit', path, '--db', db])).code).toBe(0)
})

test('a part of a home says which home it is of, and a home that is whole does not', async () => {
  const source = home(join(temporaryFolder(), 'home'))
  home(join(source, 'profiles/work'))
  const problems = async (path: string) => {
    const { stdout } = await runHere(['audit', path, '--json'])
    return importDocument.parse(JSON.parse(stdout)).sources[0]?.problems.map(({ code, next }) => [code, next])
  }
  const part = ['part-of-home', `faircopy import ${source}`]
  expect(await problems(join(source, 'sessions'))).toContainEqual(part)
  expect(await problems(join(source, 'profiles/work'))).toContainEqual(part)
  expect(await problems(source)).toEqual([])
  expect(await problems(join(source, 'sessions/20260302_100000_aaaaaaaa.jsonl'))).toEqual([])
})

test('an import that was undone is not missed', async () => {
  const source = join(temporaryFolder(), 'chats')
  const db = `${source}.db`
  write(join(source, 'a.jsonl'), STORY)
  const { stdout } = await runHere(['import', source, '--json', '--db', db])
  await runHere([
    'import',
    '--undo',
    importDocument.parse(JSON.parse(stdout)).importId ?? '',
    '--yes',
    '--db',
    db,
  ])
  rmSync(join(source, 'a.jsonl'))
  expect((await runHere(['import', source, '--db', db])).code).toBe(66)
  expect((await runHere(['verify', '--against', source, '--db', db])).code).toBe(66)
})

test('of a source that lost some of its sessions, verify says how many', async () => {
  const source = join(temporaryFolder(), 'chats')
  const db = `${source}.db`
  for (const name of ['a', 'b', 'c']) write(join(source, `${name}.jsonl`), STORY.replace('first', name))
  await runHere(['import', source, '--db', db])
  rmSync(join(source, 'b.jsonl'))
  rmSync(join(source, 'c.jsonl'))
  const { code, stdout } = await runHere(['verify', '--against', source, '--db', db])
  expect(stdout).toContain('2 sessions that the store knows of it are not in it now, and not proven')
  expect(code).toBe(0)
  const { stdout: json } = await runHere(['verify', '--against', source, '--json', '--db', db])
  expect(proofDocument.parse(JSON.parse(json)).against[0]).toMatchObject({ proven: true, missing: 2 })
})

test('without a store too, verify and archive say what lies where nothing was found', async () => {
  const top = temporaryFolder()
  home(join(top, 'data'))
  for (const command of ['verify --against', 'archive']) {
    const { code, stderr } = await runHere([...command.split(' '), top, '--db', join(top, 'none.db')])
    expect(stderr).toMatch(/^NO_SOURCE: No transcript was found in /)
    expect(stderr).toContain(`faircopy audit ${join(top, 'data')}`)
    expect(code).toBe(66)
    const known = await runHere([...command.split(' '), join(top, 'data'), '--db', join(top, 'none.db')])
    expect(known.stderr).toMatch(/^NO_STORE: /)
  }
})

test('what was archived is not missed by the same command, and by others it is', async () => {
  const source = join(temporaryFolder(), 'chats')
  const db = `${source}.db`
  write(join(source, 'a.jsonl'), STORY)
  await runHere(['import', source, '--db', db])
  expect((await runHere(['archive', source, '--db', db])).code).toBe(0)
  const again = await runHere(['archive', source, '--db', db])
  expect(again.stdout).toContain(
    `Nothing is left to move in ${source}: its archive lies in ${source}-archive.`,
  )
  expect(again.code).toBe(0)
  expect((await runHere(['verify', '--against', source, '--db', db])).code).toBe(2)
})

test('doctor tells of sessions whose rest lies in a source that is gone, whichever way', async () => {
  const disk = join(temporaryFolder(), 'disk')
  const [db, undecided, part] = [`${disk}.db`, join(disk, 'undecided'), join(disk, 'part')]
  const divergent = driftScenarios().find(({ verdict }) => verdict === 'ambiguous')
  if (divergent) writeHome(undecided, [divergent])
  home(part)
  writeFileSync(join(part, 'state.db'), 'no database, whatever its name says; '.repeat(500))
  for (const source of [undecided, part]) await runHere(['import', source, '--db', db])
  const gone = async (): Promise<readonly (string | undefined)[]> => {
    const { stdout } = await runHere(['doctor', '--json', '--db', db])
    const { findings } = doctorDocument.parse(JSON.parse(stdout))
    return findings.flatMap(({ code, detail }) =>
      code === 'source-gone' ? [/all of (\d+ sessions?)/.exec(detail)?.[1]] : [],
    )
  }
  const now = async () =>
    statusDocument
      .parse(JSON.parse((await runHere(['status', '--json', '--db', db])).stdout))
      .imports.map((each) => each.now)
  expect([await gone(), await now()]).toEqual([[], ['there', 'there']])
  renameSync(part, `${part}.away`)
  expect([await gone(), await now()]).toEqual([['1 session'], ['there', 'gone']])
  renameSync(`${part}.away`, part)
  renameSync(undecided, `${undecided}.away`)
  expect([await gone(), await now()]).toEqual([['1 session'], ['gone', 'there']])
  rmSync(disk, { recursive: true })
  expect([await gone(), await now()]).toEqual([['2 sessions'], ['gone', 'gone']])
  // What was a folder on the way is a file.
  writeFileSync(disk, '')
  expect([await gone(), await now()]).toEqual([['2 sessions'], ['gone', 'gone']])
})
