import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { openHermesHome } from '@faircopy/legacy-hermes'
import { withLegacy } from '@faircopy/legacy-jsonl'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, test } from 'vitest'
import { namingStore } from '../src/context/next-command.ts'
import { shellWord } from '../src/text/shell-word.ts'
import { driftScenarios } from './drift-scenarios.ts'
import { environment } from './faircopy.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { message } from './sample-store.ts'
import { temporaryFolder } from './temporary-folder.ts'

const AWKWARD = [
  'a b',
  "O'Brien's",
  '$HOME `id` "x" \\',
  '-dash',
  '=eq',
  'naïve 日本',
  'a\nb',
  'a\u202Eb!',
  '~',
  '*',
  '',
]

test.for(AWKWARD)('a shell takes %j as it is', (word) => {
  const { stdout } = spawnSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' })
  expect(stdout).toBe(word)
  expect(shellWord(word)).not.toContain('\n')
})

/** Commands that were printed: in a document each `next`, in a text what ends a line. */
function commandsIn(output: string): string[] {
  if (output.startsWith('{')) {
    const found: string[] = []
    JSON.parse(output, (name, value) => {
      if (name === 'next' && typeof value === 'string') found.push(value)
      return value
    })
    return found
  }
  return output.split('\n').flatMap((line) => /(?:^\s*|: )(faircopy [a-z]+ .*)$/.exec(line)?.[1] ?? [])
}

const isWhole = (command: string): boolean =>
  !/ (?:SOURCE|FILE|FOLDER|BACKUP|NEW|ZONE|IMPORT|MANIFEST)\b/.test(command)

/** Gives a command line to a shell that has a `faircopy` on its PATH, and runs what words that was given. */
async function pasted(command: string, env: Readonly<Record<string, string>> = {}) {
  const bin = temporaryFolder()
  writeFileSync(join(bin, 'faircopy'), `#!/bin/sh\nprintf '%s\\0' "$@"\n`, { mode: 0o755 })
  const PATH = `${bin}${delimiter}${process.env['PATH']}`
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: bin,
    env: { ...environment(), PATH, ...env },
    encoding: 'utf8',
  })
  if (status !== 0) return { status, stderr }
  const ran = await runHere(stdout.split('\0').slice(0, -1), { env })
  return { status: ran.code, stderr: ran.stderr }
}

/** What no command may end with that is printed as the next one: misuse, no store, no source, nothing there. */
const LOST = /^(?:USAGE|NO_STORE|NO_SESSION|NO_IMPORT|NO_MANIFEST|SOURCE_UNREADABLE|sh: .*|.*not found)/m

/** A machine may have much else to do. */
const SLOW = 240_000

const WHERE = `it's "$HOME" -日本 a\nb`

async function collected(runs: readonly (readonly string[])[], env: Readonly<Record<string, string>> = {}) {
  const commands = new Set<string>()
  for (const args of runs)
    for (const json of [[], ['--json']]) {
      const { stdout, stderr } = await runHere([...args, ...json], { env })
      for (const command of [...commandsIn(stdout), ...commandsIn(stderr)]) commands.add(command)
    }
  return [...commands].filter(isWhole)
}

async function expectTaken(
  commands: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const command of commands) {
    const { status, stderr } = await pasted(command, env)
    expect([command, LOST.exec(stderr)?.[0] ?? null]).toEqual([command, null])
    expect([0, 2], `${command}: ${stderr}`).toContain(status)
  }
}

test(
  'every command about a home can be pasted as it is',
  async () => {
    const here = join(temporaryFolder(), WHERE)
    const [home, db] = [join(here, 'home'), join(here, 'my store.db')]
    mkdirSync(here, { mode: 0o700 })
    writeHome(home, driftScenarios())
    const at = ['--db', db]
    const zone = ['--time-zone', 'Europe/Berlin']
    const commands = await collected([
      ['audit', home, ...zone, '--namespace', "the team's", ...at],
      ['import', home, '--dry-run', ...zone, ...at],
      ['import', home, ...zone, ...at],
      ['import', home, ...zone, '--namespace', "the team's", ...at],
      ['status', ...at],
      ['doctor', ...at],
      ['verify', '--against', home, ...zone, ...at],
      ['archive', home, '--dry-run', '--to', join(here, 'else where'), ...at],
      ['backup', join(here, 'a copy.db'), ...at],
      ['prune', '--ended-older-than', '90d', ...at],
    ])
    expect(commands.length).toBeGreaterThan(15)
    expect(commands).toContain(
      `faircopy import ${shellWord(home)} --time-zone Europe/Berlin --namespace 'the team'\\''s' --db ${shellWord(db)}`,
    )
    // What takes an import back, or moves the files, comes behind what needs them.
    const isLast = (command: string): boolean => / --undo | archive /.test(command)
    await expectTaken(commands.filter((command) => !isLast(command)))
    for (const command of commands.filter(isLast)) await expectTaken([command])
  },
  SLOW,
)

test(
  'so can those about sessions with awkward ids, and about transcripts of a format that was named',
  async () => {
    const here = join(temporaryFolder(), WHERE)
    const [folder, db] = [join(here, 'chats'), join(here, 'store.db')]
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const line = (content: string) => `${JSON.stringify({ role: 'user', content })}\n`
    for (const id of ['-dash', "it's $HOME"]) writeFileSync(join(folder, `${id}.jsonl`), line(id))
    const store = await openSqliteStore({ path: db })
    for (const id of ['-dash', "it's $HOME", 'a\nb'])
      for (const namespace of ['default', '-n s'])
        await store.append({ namespace, id }, [message('user', 'something else entirely')], {
          create: { endedAt: Date.now() - 1e10 },
        })
    await store.close()
    const at = ['--db', db]
    const as = ['--format', 'openai-chat', '--namespace', '-n s']
    const commands = await collected([
      ['audit', folder, ...as, ...at],
      ['import', folder, ...as, ...at],
      ['status', ...at],
      ['resolve', '--namespace', '-n s', ...at, '--', '-dash'],
      ['resolve', '--namespace', '-n s', '--from', folder, ...at, '--', '-dash'],
      ['verify', '--against', folder, ...as, ...at],
      ['archive', folder, '--dry-run', ...as, ...at],
      ['prune', '--ended-older-than', '90m', '--hold=-dash', ...at],
      ['delete', ...at, '--', '-dash'],
      ['delete', "it's $HOME", '--namespace', '-n s', ...at],
      ['delete', 'a\nb', '--yes', ...at],
    ])
    expect(commands.filter((command) => command.includes(' -- -dash')).length).toBeGreaterThan(3)
    expect(commands).toContain(
      `faircopy import ${shellWord(folder)} --format openai-chat --namespace '-n s' --db ${shellWord(db)}`,
    )
    const rank = (command: string): number =>
      Number(/ resolve .*--(?!from|db|namespace)| delete | prune /.test(command))
    const [reading, writing] = [
      commands.filter((one) => rank(one) === 0),
      commands.filter((one) => rank(one) === 1),
    ]
    await expectTaken(reading)
    for (const command of writing)
      expect([command, (await pasted(command)).status]).not.toEqual([command, 64])
  },
  SLOW,
)

test(
  'the store is named exactly where a command would not find it',
  async () => {
    const here = temporaryFolder()
    const db = join(here, 'store.db')
    const home = join(here, 'home')
    writeHome(home, driftScenarios())
    const runs = [['import', home], ['status'], ['doctor']]
    const env = { FAIRCOPY_DB: db }
    const commands = await collected(runs, env)
    expect(commands.filter((command) => command.includes('--db'))).toEqual([])
    await expectTaken(
      commands.filter((command) => !command.includes('--undo')),
      env,
    )
    const relative = join('..', 'x', '..', db)
    const named = await collected([['status'], ['doctor']], { FAIRCOPY_DB: `./${relative}` })
    expect(named.every((command) => command.includes(' --db /'))).toBe(true)
  },
  SLOW,
)

test('sessions that a gateway made known are imported by the command that status prints', async () => {
  const here = temporaryFolder()
  const [home, db] = [join(here, "a gateway's home"), join(here, 'store.db')]
  writeHome(home, driftScenarios().slice(0, 2))
  const store = withLegacy(await openSqliteStore({ path: db }), () => openHermesHome(home))
  await store.legacy.ready
  await store.close()
  const [command = '', ...others] = await collected([['status', '--db', db]])
  expect(others).toEqual([])
  expect((await pasted(command)).status).toBe(0)
  expect(await collected([['status', '--db', db]])).toEqual([])
})

test('commands within an advice name the store too, and only those that do not say what they are about', () => {
  const advice =
    'Run `faircopy restore BACKUP --yes` again, or `faircopy restore --undo /a/manifest.json --yes`.'
  expect(namingStore(advice, undefined)).toBe(advice)
  expect(namingStore(advice, '/my store.db')).toBe(
    advice.replace('BACKUP --yes', "BACKUP --db '/my store.db' --yes"),
  )
  const prose =
    'Name the file as faircopy archive wrote it; a newer faircopy may know more. See faircopy status.'
  expect(namingStore(prose, '/s.db')).toBe(prose.replace('status', 'status --db /s.db'))
})
