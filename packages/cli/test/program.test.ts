import { jsonlAdapters } from '@faircopy/legacy-jsonl'
import { program } from 'faircopy'
import { describe, expect, test } from 'vitest'
import { faircopy, PROGRAM_IN_FILES } from './faircopy.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'

const io = { stdout: process.stdout, stderr: process.stderr, env: {}, signal: new AbortController().signal }

test('has the commands it promises', () => {
  expect(program(io).commands.map((command) => command.name())).toEqual(
    expect.arrayContaining([
      'audit',
      'import',
      'status',
      'list',
      'show',
      'search',
      'export',
      'delete',
      'prune',
      'redact',
      'backup',
      'verify',
      'doctor',
      'report',
      'demo',
      'completion',
    ]),
  )
})

test.for(['--help', 'help', '-h'])('%s prints the help, with examples', async (option) => {
  const { code, stdout, stderr } = await runHere([option])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('Examples:\n  $ faircopy demo')
})

test('every command has help that names the global options', async () => {
  const names = program(io).commands.map((command) => command.name())
  for (const command of names.filter((name) => name !== 'complete')) {
    const { code, stdout } = await runHere([command, '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('--db <file>')
    expect(stdout).toContain('--json')
  }
})

test('commands that are not plain by their name have examples', async () => {
  for (const command of [
    'audit',
    'import',
    'show',
    'search',
    'export',
    'delete',
    'prune',
    'redact',
    'backup',
  ]) {
    expect((await runHere([command, '--help'])).stdout).toContain(`Examples:\n  $ faircopy ${command} `)
  }
})

test('--version prints the version of the package', async () => {
  const { default: manifest } = await import('faircopy/package.json', { with: { type: 'json' } })
  expect((await runHere(['--version'])).stdout).toBe(`${manifest.version}\n`)
})

test('a signal that came before the work ends it', async () => {
  const { code, stderr } = await runHere(['demo'], { signal: AbortSignal.abort(new Error('stopped')) })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^UNEXPECTED: /)
})

test('every format of a source can be named', () => {
  const names = ['auto', 'hermes', ...jsonlAdapters().map(({ name }) => name)]
  for (const command of program(io).commands) {
    const option = command.options.find(({ long }) => long === '--format')
    if (option && command.name() !== 'export') expect(option.argChoices).toEqual(names)
  }
})

describe('a command loads what it needs', () => {
  const preload = new URL('preload/tell-loaded.ts', import.meta.url)
  const loadedBy = async (...args: readonly string[]) =>
    (await faircopy(args, { preload, program: PROGRAM_IN_FILES })).stderr

  test.for([['--version'], ['import', '--help'], ['completion', 'bash'], ['complete', '--', 'imp']])(
    '%j: no store and no source',
    async (args) => {
      const loaded = await loadedBy(...args)
      expect(loaded).toContain('/cli/')
      expect(loaded.replace(/.*[/]visible-text\.[jt]s$/gm, '')).not.toMatch(
        /better-sqlite3|[/]zod[/]|[/]packages[/](store|legacy)-/,
      )
    },
  )

  test('list: a store and no source', async () => {
    const db = await sampleStore({ session: 'a', entries: [message('user', 'hello')] })
    const loaded = await loadedBy('list', '--db', db)
    expect(loaded).toContain('better-sqlite3')
    expect(loaded).not.toMatch(/[/]packages[/]legacy-/)
  })
})
