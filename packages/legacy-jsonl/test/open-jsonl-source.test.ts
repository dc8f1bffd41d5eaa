import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type FormatAdapter,
  isFinding,
  type JsonlSourceOptions,
  jsonlAdapters,
  openaiChatJsonl,
  openJsonlSource,
} from '@faircopy/legacy-jsonl'
import { expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

const HERMES = '{"role": "session_meta", "tools": []}\n{"role": "user", "content": "hello"}\n'
const CHAT = '{"role":"user","content":"hello"}\n'

function folderOf(files: Record<string, string>): string {
  const folder = temporaryFolder()
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

async function sessionsOf(path: string, options?: JsonlSourceOptions) {
  const source = await openJsonlSource(path, options)
  const sessions = await Array.fromAsync(source.sessions())
  await source.close()
  const problems = source.problems.map(({ code, path: where }) => [code, where.slice(path.length + 1)])
  return { source, sessions, problems, ids: sessions.map(({ id }) => id) }
}

test('a folder: each transcript is a session, in the order of the ids, byte for byte', async () => {
  const names = [
    'b.jsonl',
    'a-b.jsonl',
    'a.jsonl',
    'B.jsonl',
    'ä.jsonl',
    'a.b.jsonl',
    '\u{1f600}.jsonl',
    '\uff5e.jsonl',
  ]
  const folder = folderOf(Object.fromEntries(names.map((name) => [name, CHAT])))
  const { ids, problems, source, sessions } = await sessionsOf(folder, { namespace: 'work' })
  expect(ids).toEqual(['B', 'a', 'a-b', 'a.b', 'b', 'ä', '\uff5e', '\u{1f600}'])
  expect(problems).toEqual([])
  expect(source).toMatchObject({ path: folder, format: 'openai-chat' })
  expect(sessions[0]).toMatchObject({
    namespace: 'work',
    about: { codec: 'openai-chat' },
    database: null,
    file: { kind: 'file', path: join(folder, 'B.jsonl'), codec: 'openai-chat' },
  })
})

test('each file is read by the adapter that recognises it', async () => {
  const folder = folderOf({ 'hermes.jsonl': HERMES, 'chat.jsonl': CHAT })
  const { source, sessions } = await sessionsOf(folder)
  const kinds = sessions.map(async ({ file }) => {
    const items = file ? await Array.fromAsync(file.read()) : []
    return items.map((item) => (item.as === 'entry' ? item.entry.kind : item.as))
  })
  expect(await Promise.all(kinds)).toEqual([['message'], ['session_meta', 'message']])
  expect(source.format).toBe('jsonl')
})

test('what is no transcript is listed and not read', async () => {
  const noise = [
    '.hidden.jsonl',
    '.sessions_x.tmp',
    'a.jsonl.reset.2026-03-02',
    'a.reset.1.jsonl',
    'a.reset.jsonl',
    'a.deleted.jsonl',
    'a.jsonl.deleted.2026-03-02',
    'a.checkpoint.0f.jsonl',
    'a.trajectory.jsonl',
    'notes.txt',
    'request_dump_1.json',
    'request_dump_2.jsonl',
    'session_1.json',
    'sessions.json',
  ]
  const folder = folderOf({ ...Object.fromEntries(noise.map((name) => [name, CHAT])), 'a.jsonl': CHAT })
  mkdirSync(join(folder, 'old.jsonl'))
  writeFileSync(join(folder, 'old.jsonl', 'c.jsonl'), CHAT)
  mkdirSync(join(folder, 'more'))
  writeFileSync(join(folder, 'empty.jsonl'), '')
  writeFileSync(join(folder, 'blank.jsonl'), '\n \r\n')
  const { ids, source } = await sessionsOf(folder)
  expect(ids).toEqual(['a'])
  expect(source.problems.filter(isFinding)).toEqual([])
  expect(new Set(source.problems.map(({ path }) => path))).toEqual(
    new Set([...noise, 'old.jsonl', 'more', 'empty.jsonl', 'blank.jsonl'].map((name) => join(folder, name))),
  )
  expect(new Set(source.problems.map(({ code }) => code))).toEqual(new Set(['ignored']))
})

test('what cannot be read or recognised stops no other', async () => {
  const folder = folderOf({
    'a.jsonl': CHAT,
    'foreign.jsonl':
      '{"type":"session","id":"x"}\n{"type":"message","message":{"role":"user","content":"x"}}\n',
    'garbage.jsonl': 'not JSON\n',
    'z.jsonl': CHAT,
  })
  execFileSync('mkfifo', [join(folder, 'fifo.jsonl')])
  symlinkSync(join(folder, 'a.jsonl'), join(folder, 'link.jsonl'))
  symlinkSync('nowhere', join(folder, 'dangling.jsonl'))
  symlinkSync(folder, join(folder, 'loop.jsonl'))
  const { ids, problems, source } = await sessionsOf(folder)
  expect(ids).toEqual(['a', 'z'])
  expect(problems).toEqual([
    ['symbolic-link', 'dangling.jsonl'],
    ['not-a-regular-file', 'fifo.jsonl'],
    ['not-understood', 'foreign.jsonl'],
    ['not-understood', 'garbage.jsonl'],
    ['symbolic-link', 'link.jsonl'],
    ['symbolic-link', 'loop.jsonl'],
  ])
  expect(source.problems.every(isFinding)).toBe(true)
})

test('a name that can be no id is a finding', async () => {
  const folder = folderOf({ 'a.jsonl': CHAT })
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from('bad\xff.jsonl', 'latin1')]), CHAT)
  const { ids, problems } = await sessionsOf(folder)
  expect(ids).toEqual(['a'])
  expect(problems.map(([code]) => code)).toEqual(['unusable-session-id'])

  const long: FormatAdapter = { ...openaiChatJsonl(), sessionId: () => 'é'.repeat(128) }
  expect((await sessionsOf(join(folder, 'a.jsonl'), { adapter: long })).problems).toMatchObject([
    ['unusable-session-id', ''],
  ])
})

test('an adapter of one’s own is asked first, and names the sessions', async () => {
  const folder = folderOf({
    'a.jsonl': '{"who":"me","what":"hi"}\n',
    'b.jsonl': CHAT,
    'c.index.jsonl': '{"who":1}\n',
  })
  const mine: FormatAdapter = {
    name: 'mine',
    codec: { ...openaiChatJsonl().codec, name: 'mine' },
    recognises: (beginning) => beginning.every((record) => 'who' in record),
    decode: () => ({ as: 'entry', kind: 'message' }),
    sessionId: (fileName) => (fileName.includes('index') ? null : `mine/${fileName}`),
  }
  const { ids, sessions, problems } = await sessionsOf(folder, { adapters: [mine, ...jsonlAdapters()] })
  expect(ids).toEqual(['mine/a.jsonl', 'b'])
  expect(sessions.map(({ about }) => about.codec)).toEqual(['mine', 'openai-chat'])
  expect(problems).toEqual([['ignored', 'c.index.jsonl']])

  const forced = await sessionsOf(folder, { adapter: mine })
  expect(forced.ids).toEqual(['mine/a.jsonl', 'mine/b.jsonl'])
  expect(forced.source.format).toBe('mine')
})

test('two files may claim one session', async () => {
  const folder = folderOf({ 'a.jsonl': CHAT, 'b.jsonl': CHAT })
  const { ids } = await sessionsOf(folder, { adapter: { ...openaiChatJsonl(), sessionId: () => 'one' } })
  expect(ids).toEqual(['one', 'one'])
})

test('an adapter sees the first ten records, whatever lies between them', async () => {
  const seen: unknown[] = []
  const curious: FormatAdapter = {
    ...openaiChatJsonl(),
    recognises: (beginning, fileName) => {
      seen.push(fileName, beginning)
      return true
    },
  }
  const records = Array.from({ length: 12 }, (_, i) => ({ role: 'user', content: String(i) }))
  const folder = folderOf({
    'a.jsonl': records.map((record) => `${JSON.stringify(record)}\n\nbroken {\n`).join(''),
  })
  await sessionsOf(folder, { adapters: [curious] })
  expect(seen).toEqual(['a.jsonl', records.slice(0, 10)])
})

test('a single file is read whatever its name', async () => {
  const folder = folderOf({ 'transcript.txt': CHAT, 'a.jsonl': CHAT })
  expect((await sessionsOf(join(folder, 'transcript.txt'))).ids).toEqual(['transcript.txt'])
  expect((await sessionsOf(join(folder, 'a.jsonl'))).ids).toEqual(['a'])
})

test('a link may lead to the folder, not to a file', async () => {
  const folder = folderOf({ 'a.jsonl': CHAT })
  const links = temporaryFolder()
  symlinkSync(folder, join(links, 'home'))
  symlinkSync(join(folder, 'a.jsonl'), join(links, 'a.jsonl'))
  expect((await sessionsOf(join(links, 'home'))).ids).toEqual(['a'])
  const { ids, problems } = await sessionsOf(join(links, 'a.jsonl'))
  expect({ ids, problems }).toEqual({ ids: [], problems: [['symbolic-link', '']] })
})

test('looking twice finds the same', async () => {
  const source = await openJsonlSource(folderOf({ 'a.jsonl': CHAT, 'x.txt': '' }))
  for (let look = 0; look < 2; look++) {
    expect(await Array.fromAsync(source.sessions())).toHaveLength(1)
    expect(source.problems).toHaveLength(1)
  }
})

test('a path that leads nowhere is refused', async () => {
  const path = join(temporaryFolder(), 'gone')
  await expect(openJsonlSource(path)).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE', path })
  await expect(openJsonlSource(folderOf({}), { timeZone: 'nowhere' })).rejects.toThrow('timeZone')
})

test('limits are those of the caller', async () => {
  const folder = folderOf({
    'a.jsonl': `${CHAT}{"role":"user","content":[[]]}\n{"role":"user","content":"${'x'.repeat(99)}"}\n`,
  })
  const { sessions } = await sessionsOf(folder, { limits: { maxBytes: 99, maxDepth: 2 } })
  const items = await Array.fromAsync(sessions[0]?.file?.read() ?? [])
  expect(items.map((item) => (item.as === 'quarantined' ? item.line.reason : item.as))).toEqual([
    'entry',
    'too-deep',
    'too-long',
  ])
})

test('files that may not be read, or cannot be for want of descriptors, are findings', () => {
  const folder = folderOf({ 'a.jsonl': CHAT, 'b.jsonl': CHAT, 'c.jsonl': CHAT })
  chmodSync(folder, 0o755)
  chmodSync(join(folder, 'b.jsonl'), 0)
  const script = `
    import { openSync, closeSync } from 'node:fs'
    import { openJsonlSource } from '@faircopy/legacy-jsonl'
    // Root may read everything.
    if (process.getuid() === 0) process.setuid(65534)
    const source = await openJsonlSource(${JSON.stringify(folder)})
    const ids = []
    const opened = []
    for await (const session of source.sessions()) {
      ids.push(session.id)
      if (${JSON.stringify('EXHAUST')} === process.argv.at(-1)) {
        try { for (;;) opened.push(openSync('/dev/null', 'r')) } catch {}
      }
    }
    for (const descriptor of opened) closeSync(descriptor)
    console.log(JSON.stringify({ ids, problems: source.problems }))`
  expect(runLimited(script)).toEqual({
    ids: ['a', 'c'],
    problems: [
      { code: 'unreadable-file', path: join(folder, 'b.jsonl'), detail: expect.stringContaining('EACCES') },
    ],
  })
  chmodSync(join(folder, 'b.jsonl'), 0o644)
  expect(runLimited(script, 'EXHAUST')).toEqual({
    ids: ['a'],
    problems: ['b', 'c'].map((id) => ({
      code: 'unreadable-file',
      path: join(folder, `${id}.jsonl`),
      detail: expect.stringContaining('EMFILE'),
    })),
  })
})

function runLimited(script: string, ...args: string[]): unknown {
  const source =
    process.env['TEST_AGAINST'] === 'dist'
      ? []
      : ['--conditions=@faircopy/source', '--experimental-strip-types', '--no-warnings']
  const child = spawnSync(
    'sh',
    [
      '-c',
      'ulimit -n 512; exec "$@"',
      'sh',
      process.execPath,
      ...source,
      '--input-type=module',
      '-e',
      script,
      ...args,
    ],
    { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8' },
  )
  expect(child.stderr).toBe('')
  return JSON.parse(child.stdout)
}
