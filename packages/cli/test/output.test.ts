import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, test } from 'vitest'
import { environment, faircopy, PROGRAM } from './faircopy.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { entryLine, listDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u
const NASTY =
  '\u001b[2J\u001b]0;title\u0007\r\b\u0000\u007f\u009b31m\u202e\u2066\u2028\u2029\ttab\u00ad\u061c\u180e\u200b\u200e\u2060\ufeff\u{e0041}'

const nastyStore = () =>
  sampleStore({
    session: `id${NASTY.replace('\u0000', '')}`,
    about: {
      title: `title\n${NASTY}`,
      origin: { platform: 'telegram\u001b[31m', chat: 'chat\u202e\u200b' },
    },
    entries: [
      message('user', `hello ${NASTY}\nsecond line`),
      { kind: 'delivery', record: { role: `r${NASTY}`, content: 'x', mirror: true, mirror_source: NASTY } },
      { record: { role: 'assistant', tool_calls: [{ function: { name: NASTY, arguments: NASTY } }] } },
      { record: { role: 'tool', tool_call_id: NASTY, content: [{ type: NASTY }] } },
      { kind: 'session_meta', record: { role: 'session_meta', model: NASTY } },
    ],
  })

test('no human line can move the cursor, colour, reorder or break out of its line', async () => {
  const db = await nastyStore()
  const list = await runHere(['list', '--db', db])
  expect(list.stdout).not.toMatch(UNSAFE)
  expect(list.stdout.trimEnd().split('\n')).toHaveLength(1)
  const [session] = listDocument.parse(
    JSON.parse((await faircopy(['list', '--json', '--db', db])).stdout),
  ).sessions
  const id = session?.id ?? ''
  const show = await faircopy(['show', id, '--db', db])
  expect(show.code).toBe(0)
  expect(show.stdout).not.toMatch(UNSAFE)
  expect(show.stdout).toContain('\\u{1b}[2J')
  expect(show.stdout).toContain('\\u{202e}')
  const markdown = await runHere(['export', id, '--format', 'markdown', '--db', db])
  expect(markdown.stdout).not.toMatch(UNSAFE)
  const unknown = await runHere(['show', `no\u001b[31m\u009b\u200f`, '--db', db])
  expect(unknown.stderr).not.toMatch(UNSAFE)
  const usage = await runHere([`--no\u001b[31m\u202e\u2060`])
  expect(usage.stderr).not.toMatch(UNSAFE)

  const lines = (await runHere(['show', id, '--json', '--db', db])).stdout.split('\n').slice(0, -1)
  expect(entryLine.parse(JSON.parse(lines[0] ?? '')).record['content']).toBe(`hello ${NASTY}\nsecond line`)
})

test('nor can a line of any other command, whatever the store, its sessions and its files are called', async () => {
  const db = await nastyStore()
  const nasty = join(temporaryFolder(), 'x\u200b\u202e\u001b[31m')
  const id = `id${NASTY.replace('\u0000', '')}`
  for (const command of [
    ['status'],
    ['doctor'],
    ['verify'],
    ['report'],
    ['search', 'hello'],
    ['delete', id],
    ['show', id, '--history'],
    ['redact', id, '1', '--text', 'hello'],
    ['resolve', id],
    ['backup', `${nasty}.db`],
    ['list', '--db', nasty],
    ['archive', '--undo', nasty],
    ['import', nasty],
    ['import', '--undo', nasty],
    ['delete', id, '--yes'],
    ['show', id],
  ]) {
    const { stdout, stderr } = await runHere(['--db', db, ...command])
    expect(stdout + stderr).not.toBe('')
    expect(stdout + stderr, command.join(' ')).not.toMatch(UNSAFE)
  }
})

test('a path of a source is escaped, too', async () => {
  const folder = join(temporaryFolder(), 'a\u001b[31m\u202e\u200bb')
  mkdirSync(folder)
  writeFileSync(join(folder, 's\u001b[32m.jsonl'), '{"role":"user","content":"hello"}\nnonsense\n')
  for (const command of [['import'], ['import', '--dry-run'], ['audit']]) {
    const { stdout, stderr } = await runHere([...command, folder, '--db', join(temporaryFolder(), 'x.db')])
    expect(stdout + stderr).not.toMatch(UNSAFE)
    expect(stdout).toContain('\\u{1b}[32m.jsonl:2')
  }
})

test('a reader that goes away is no failure', async () => {
  const db = await sampleStore({
    session: 'long',
    entries: Array.from({ length: 400 }, () => message('user', 'x'.repeat(10_000))),
  })
  for (const command of [
    ['show', 'long'],
    ['show', 'long', '--json'],
    ['export', 'long'],
  ]) {
    const ran = await faircopy([...command, '--db', db], {
      onStart: (child) => child.stdout?.once('data', () => child.stdout?.destroy()),
    })
    expect(ran).toMatchObject({ code: 0, signal: null, stderr: '' })
  }
})

test('pipes get no colour and no progress; FORCE_COLOR asks for colour', async () => {
  const db = await sampleStore({ session: 'a', entries: [message('user', 'hello')] })
  expect((await faircopy(['show', 'a', '--db', db])).stdout).not.toMatch(UNSAFE)
  expect((await faircopy(['show', 'a', '--db', db], { env: { FORCE_COLOR: '1' } })).stdout).toContain(
    '\u001b[',
  )
})

test.skipIf(!existsSync('/usr/bin/script'))(
  'a terminal gets colour and progress, and NO_COLOR is honoured',
  () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'chat.jsonl'), '{"role":"user","content":"hello, terminal"}\n')
    const onTerminal = (args: readonly string[], env: Record<string, string> = {}): string => {
      const command = [process.execPath, ...PROGRAM, ...args].map((word) => `'${word}'`).join(' ')
      const { stdout } = spawnSync('/usr/bin/script', ['-qec', command, '/dev/null'], {
        env: { ...environment(), TERM: 'xterm-256color', ...env },
        encoding: 'utf8',
      })
      return stdout
    }
    const db = join(folder, 'faircopy.db')
    expect(onTerminal(['import', join(folder, 'chat.jsonl'), '--db', db])).toMatch(/Importing .* sessions/)
    expect(onTerminal(['list', '--db', db])).toContain('\u001b[1mchat')
    const plain = onTerminal(['list', '--db', db], { NO_COLOR: '1' })
    expect(plain).toContain('chat')
    expect(plain).not.toContain('\u001b[')
  },
)

test.each(
  [
    ['show', 'long'],
    ['show', 'long', '--json'],
    ['show', 'long', '--history'],
    ['export', 'long', '--format', 'ndjson'],
    ['export', 'long', '--format', 'markdown'],
  ].map((args) => [args.join(' '), args] as const),
)('who reads no more is written to no more: %s', async (_, args) => {
  const texts = (name: string) =>
    Array.from({ length: 40 }, (_, i) => message('user', `${name} ${i} ${'x'.repeat(20_000)}`))
  const db = await sampleStore({ session: 'long', entries: texts('was said') })
  const store = await openSqliteStore({ path: db })
  await store.replace('long', { from: 1, entries: texts('is said') })
  await store.close()
  const stdout = new PassThrough()
  let writes = 0
  const write = (_text: string, told: (error: Error) => void): boolean => {
    writes++
    told(Object.assign(new Error('nobody is there'), { code: 'EPIPE' }))
    return false
  }
  const { code } = await runHere([...args, '--db', db], { stdout: Object.assign(stdout, { write }) })
  expect([code, writes]).toEqual([0, 1])
})
