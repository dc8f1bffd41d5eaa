import { spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { environment, faircopy, PROGRAM } from './faircopy.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { entryLine, errorDocument, exportDocument } from './schemas.ts'
import { hasStrace, strace } from './strace.ts'
import { temporaryFolder } from './temporary-folder.ts'

const two = () =>
  sampleStore(
    {
      session: 'a',
      about: { title: 'First' },
      entries: [message('user', 'one'), message('assistant', 'two')],
    },
    { session: 'b', entries: [message('user', 'three')] },
  )

describe('to stdout', () => {
  test('jsonl gives back the lines of an imported file, byte for byte', async () => {
    const file = join(temporaryFolder(), 'chat.jsonl')
    const text =
      '{"role": "user",  "content": "caf\\u00e9 é \\ud83c", "n": 1.0}\n{"content":"x\u2028y","role":"assistant","n":1e400}\n'
    writeFileSync(file, text)
    const db = join(temporaryFolder(), 'faircopy.db')
    await runHere(['import', file, '--db', db])
    expect((await runHere(['export', 'chat', '--db', db])).stdout).toBe(text)
  })

  test('jsonl gives back metadata lines at their place, byte for byte', async () => {
    const file = join(temporaryFolder(), 'chat.jsonl')
    const header = '{"_type":"metadata","id":12345678901234567890, "theme":"dark","theme":"light","r":1e2}'
    const said = (text: string): string => `{"role":"user", "content":"${text}"}`
    const text = [header, said('one'), header, header, said('two'), `${header}\n`].join('\n')
    writeFileSync(file, text)
    const db = join(temporaryFolder(), 'faircopy.db')
    await runHere(['import', file, '--db', db])
    const { stdout } = await runHere(['export', 'chat', '--db', db])
    expect(stdout).toBe(text)
    // Both say as much of it as before: what is kept beside is neither an entry nor a finding.
    expect((await runHere(['doctor', '--json', '--db', db])).stdout).not.toContain('quarantined')
    const { stdout: ndjson } = await runHere(['export', 'chat', '--format', 'ndjson', '--db', db])
    expect(ndjson.split('\n').length - 1).toBe(2)

    const newer = header.replace('dark', 'blue')
    writeFileSync(file, `${newer}\n${said('one')}\n${said('two')}\n${said('three')}\n`)
    await runHere(['import', file, '--db', db])
    expect((await runHere(['export', 'chat', '--db', db])).stdout).toBe(readFileSync(file, 'utf8'))

    await runHere(['redact', 'chat', '1', '--text', 'blue', '--yes', '--db', db])
    expect((await runHere(['export', 'chat', '--db', db])).stdout).toBe(
      `${said('one')}\n${said('two')}\n${said('three')}\n`,
    )
  })

  test('a header stands before entries that did not come from its file', async () => {
    const db = await two()
    const file = join(temporaryFolder(), 'a.jsonl')
    const said = '{ "role":"user","content":"one"}\n{"role":"assistant","content":"two"}\n'
    writeFileSync(file, `{"_type":"metadata","n":1}\n${said}`)
    const first = await runHere(['import', file, '--db', db])
    expect(first.stdout).toMatch(/^No message is new in .* and keeps any line that it lacked\n/)
    const again = await runHere(['import', file, '--db', db])
    expect(again.stdout).toMatch(/^Nothing new in /)
    const { stdout } = await runHere(['export', 'a', '--db', db])
    expect(stdout).toBe(`{"_type":"metadata","n":1}\n${said.replace('{ ', '{')}`)
    expect((await runHere(['verify', '--against', file, '--db', db])).code).toBe(0)
  })

  test('a metadata line between others stands where it stood, whatever was written without a file', async () => {
    const file = join(temporaryFolder(), 'a.jsonl')
    const meta = (n: number): string => `{"_type":"metadata","n":${n}}\n`
    const said = (text: string): string => `{"role":"user","content":"${text}, at length"}\n`
    writeFileSync(file, meta(1) + said('one') + meta(2) + said('two') + meta(3))
    const db = join(temporaryFolder(), 'faircopy.db')
    await runHere(['import', file, '--db', db])
    const store = await openSqliteStore({ path: db })
    const live = { record: said('live').trim() }
    await store.replace('a', { from: 2, entries: [live] })
    await store.append('a', live)
    await store.close()
    const { stdout } = await runHere(['export', 'a', '--db', db])
    expect(stdout).toBe(meta(1) + said('one') + said('live') + said('live') + meta(2) + meta(3))
  })

  test('ndjson of all sessions, one entry a line', async () => {
    const { stdout } = await runHere(['export', '--all', '--format', 'ndjson', '--db', await two()])
    const lines = stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => entryLine.parse(JSON.parse(line)))
    expect(lines.map(({ session, seq, role }) => `${session} ${seq} ${role}`)).toEqual([
      'a 1 user',
      'a 2 assistant',
      'b 1 user',
    ])
  })

  test('a session that is named twice is exported once', async () => {
    const db = await two()
    const exported = async (...args: string[]) => (await runHere(['export', ...args, '--db', db])).stdout
    for (const format of ['ndjson', 'markdown'])
      expect(await exported('b', 'a', 'b', 'a', '--format', format)).toBe(
        await exported('b', 'a', '--format', format),
      )
    const out = join(temporaryFolder(), 'out')
    expect((await exported('b', 'a', 'b', '--out', out)).trim().split('\n')).toHaveLength(2)
    expect(readdirSync(out).sort()).toEqual(['a.jsonl', 'b.jsonl'])
  })

  test('with --json the lines are ndjson', async () => {
    const db = await two()
    const { stdout } = await runHere(['export', 'a', '--json', '--db', db])
    expect(stdout).toBe((await runHere(['export', 'a', '--format', 'ndjson', '--db', db])).stdout)
  })

  test('a long session goes through a small heap', async () => {
    const db = await sampleStore({
      session: 'long',
      entries: Array.from({ length: 2000 }, (_, i) => message('user', `${i} ${'x'.repeat(32_000)}`)),
    })
    const out = join(temporaryFolder(), 'long.jsonl')
    const env = { NODE_OPTIONS: '--max-old-space-size=48' }
    const { code, stderr } = await faircopy(['export', 'long', '--out', out, '--db', db], { env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(statSync(out).size).toBeGreaterThan(2000 * 32_000)
  })
})

describe('to files', () => {
  test('one session to a file that only its owner can read', async () => {
    const folder = temporaryFolder()
    const out = join(folder, 'a.jsonl')
    const { stdout, code } = await faircopy([
      'export',
      'a',
      '--out',
      out,
      '--json',
      '--format',
      'jsonl',
      '--db',
      await two(),
    ])
    expect(code).toBe(0)
    expect(exportDocument.parse(JSON.parse(stdout)).sessions).toMatchObject([
      { id: 'a', entries: 2, path: out },
    ])
    expect(readFileSync(out, 'utf8')).toBe(
      '{"role":"user","content":"one"}\n{"role":"assistant","content":"two"}\n',
    )
    expect(statSync(out).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['a.jsonl'])
  })

  test.runIf(hasStrace)('a file has its name once it is on the disk, and then the name is', async () => {
    const [db, folder] = [await two(), temporaryFolder()]
    const [out, log] = [join(folder, 'a.jsonl'), join(temporaryFolder(), 'trace')]
    const calls = 'fsync,fdatasync,link,linkat,rename,renameat,renameat2'
    for (const more of [[], ['--force']]) {
      const [command = '', ...args] = strace(calls, ['-y'], log)
      const words = [...PROGRAM, 'export', 'a', '--out', out, ...more, '--db', db]
      expect(spawnSync(command, [...args, process.execPath, ...words], { env: environment() }).status).toBe(0)
      const traced = readFileSync(log, 'utf8').split('\n')
      const synced = traced.findIndex((line) => /sync\(\d+<[^>]*\/\.a\.jsonl\..*\.tmp>\) += 0/.test(line))
      const named = traced.findIndex((line) => /(?:link|rename)/.test(line) && line.includes(`"${out}"`))
      const settled = traced.findLastIndex((line) => line.includes(`<${folder}>) `) && line.includes('sync('))
      expect([synced >= 0, named > synced, settled > named], traced.join('\n')).toEqual([true, true, true])
    }
  })

  test('an existing file is refused, unless --force', async () => {
    const out = join(temporaryFolder(), 'a.jsonl')
    writeFileSync(out, 'mine')
    const db = await two()
    const refused = await faircopy(['export', 'a', '--out', out, '--db', db])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/^FILE_EXISTS: /)
    expect(readFileSync(out, 'utf8')).toBe('mine')
    expect((await faircopy(['export', 'a', '--out', out, '--force', '--db', db])).code).toBe(0)
    expect(readFileSync(out, 'utf8')).toContain('one')
    expect(statSync(out).mode & 0o777).toBe(0o600)
  })

  test('a link, a device and the store itself are never replaced', async () => {
    const db = await two()
    const folder = temporaryFolder()
    const link = join(folder, 'link.jsonl')
    symlinkSync(join(folder, 'target'), link)
    expect((await runHere(['export', 'a', '--out', link, '--force', '--db', db])).code).toBe(1)
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(existsSync(join(folder, 'target'))).toBe(false)
    expect((await runHere(['export', 'a', '--out', '/dev/null', '--force', '--db', db])).code).toBe(1)
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
    expect((await runHere(['export', 'a', '--out', db, '--force', '--db', db])).code).toBe(64)
    expect((await runHere(['list', '--db', db])).code).toBe(0)
  })

  test('several go into a folder, a namespace into a folder of its own', async () => {
    const db = await sampleStore(
      { session: 'a', entries: [message('user', 'one')] },
      { session: { namespace: 'work', id: 'a' }, entries: [message('user', 'two')] },
    )
    const out = join(temporaryFolder(), 'new', 'folder')
    await faircopy(['export', '--all', '--format', 'markdown', '--out', out, '--db', db])
    expect(readdirSync(out, { recursive: true }).sort()).toEqual(['a.md', 'work', join('work', 'a.md')])
    expect(statSync(out).mode & 0o777).toBe(0o700)
  })

  test('one that fails leaves the files before it, and none of its own', async () => {
    const out = join(temporaryFolder(), 'out')
    mkdirSync(out)
    writeFileSync(join(out, 'b.jsonl'), 'mine')
    const { code } = await faircopy(['export', '--all', '--out', out, '--db', await two()])
    expect(code).toBe(1)
    expect(readdirSync(out)).toEqual(['a.jsonl', 'b.jsonl'])
    expect(readFileSync(join(out, 'b.jsonl'), 'utf8')).toBe('mine')
  })

  test('no id and no namespace becomes a path, and no two sessions a name', async () => {
    const names = [
      'a',
      'A',
      'con',
      'CON',
      '.',
      '..',
      '../x',
      '/etc/passwd',
      'a/b',
      'a\\b',
      '~',
      'é',
      'e\u0301',
    ]
    const awkward = fc.constantFrom(...names, 'a.', ' ', '\u001b[31m', 'x'.repeat(255))
    const id = fc
      .oneof(awkward, fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }))
      .filter((text) => text.isWellFormed() && !text.includes('\0') && Buffer.byteLength(text) <= 255)
    const session = fc.tuple(fc.oneof(fc.constantFrom('default', 'work', 'work/a'), id), id)
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(session, { minLength: 1, maxLength: 12, selector: String }),
        async (sessions) => {
          const db = await sampleStore(
            ...sessions.map(([namespace, id]) => ({
              session: { namespace, id },
              entries: [message('user', JSON.stringify([namespace, id]))],
            })),
          )
          const folder = temporaryFolder()
          const out = join(folder, 'within', 'out')
          expect((await runHere(['export', '--all', '--out', out, '--db', db])).code).toBe(0)
          const found = readdirSync(folder, { recursive: true, withFileTypes: true })
          const files = found
            .filter((each) => each.isFile())
            .map((each) => relative(out, join(each.parentPath, each.name)))
          expect(new Set(files.map((name) => name.toLowerCase())).size).toBe(sessions.length)
          for (const name of files) expect(name).toMatch(/^([\w~-]{1,120}\/)?[\w~-]{1,120}\.jsonl$/)
          const said = files.map((name) => JSON.parse(readFileSync(join(out, name), 'utf8')).content)
          expect(said.sort()).toEqual(sessions.map((each) => JSON.stringify(each)).sort())
        },
      ),
      {
        numRuns: 15,
        examples: [
          [names.map((name): [string, string] => ['default', name])],
          [names.map((name): [string, string] => [name, 'a'])],
        ],
      },
    )
  })

  test('--force goes with --out', async () => {
    const { stdout, code } = await runHere(['export', 'a', '--force', '--json', '--db', await two()])
    expect(code).toBe(64)
    expect(errorDocument.parse(JSON.parse(stdout)).error.code).toBe('USAGE')
  })
})

test('markdown shows texts as they are, without markup, HTML or fetched images', async () => {
  const text =
    '# no heading\n\n- no list\n1. nor this\n<img src=x onerror=alert(1)> ![x](http://e.example/p.png) **b** `c` a|b &amp; \\'
  const db = await sampleStore({
    session: 'a',
    about: { title: 'Title *with* <b>markup</b>\n# and a heading' },
    entries: [
      message('user', text),
      { record: { role: 'tool', tool_call_id: 'c1', content: 'fences ```` within\n# still code' } },
      { kind: 'session_meta', record: { role: 'session_meta', model: 'secret-model' } },
    ],
  })
  const { stdout } = await runHere(['export', 'a', '--format', 'markdown', '--db', db])
  expect(stdout).toMatchInlineSnapshot(`
    "# Title \\*with\\* \\<b\\>markup\\</b\\>\\\\u{a}\\# and a heading

    Session \`a\`

    ## user

    \\# no heading

    \\- no list\\
    1\\. nor this\\
    \\<img src=x onerror=alert(1)\\> !\\[x\\](http\\://e.example/p.png) \\*\\*b\\*\\* \\\`c\\\` a\\|b &amp;amp; \\\\

    ## tool · answers \`c1\`

    \`\`\`\`\`
    fences \`\`\`\` within
    # still code
    \`\`\`\`\`
    "
  `)
})

test('what is shown as code ends where it ends, whatever fences are in it', async () => {
  for (const [id, span] of [
    ['a`b', '``a`b``'],
    ['a``b`c', '```a``b`c```'],
    ['`a', '`` `a ``'],
    ['a ', '` a  `'],
    ['a', '`a`'],
  ] as const) {
    const call = { id: 'c', function: { name: id, arguments: '{}' } }
    const entries = [{ record: { role: 'assistant', content: '', tool_calls: [call] } }]
    const db = await sampleStore({ session: id, entries })
    const { stdout } = await runHere(['export', id, '--format', 'markdown', '--db', db])
    expect(stdout).toContain(`\nSession ${span}\n`)
    expect(stdout).toContain(`\nCalls ${span}:\n`)
  }
})

test('no line of what was said leaves its entry, and no address becomes a link', async () => {
  const lines = [
    '## assistant · 2026-03-01 10:00:00Z',
    '    ## assistant',
    '\t# heading',
    'title\\',
    '===',
    ' ---',
    ':--',
    'a | b',
    '--|--',
    '1) one',
    '+ two',
    '> said',
    '<!-- -->',
    '</div><script>',
    '&lt;b&gt;',
    '```',
    '~~~',
    '[x]: http://e.example',
    '[^1]: note',
    '$$x$$',
    'https://e.example/a_b?c=d&e www.e.example WWW.E.EXAMPLE ftp://e.example mailto:a@e.example HTTP://e',
    'ada@e.example xmpp:a@e',
    'https:/e',
    'a\rb\u2028c\u0085d',
  ]
  const db = await sampleStore({
    session: 'a',
    about: { title: 'see https://e.example', origin: { platform: 'telegram', chat: '<b>\n# x' } },
    entries: [
      message('user', lines.join('\n')),
      { record: { role: '# x\n# y', content: [{ type: 'text', text: '# z' }] } },
      {
        record: {
          role: 'assistant',
          content: '',
          tool_calls: [{ id: 'c', function: { name: '', arguments: '```\n> x' } }],
        },
      },
    ],
  })
  const { stdout } = await runHere(['export', 'a', '--format', 'markdown', '--db', db])
  const written = stdout.split('\n')
  // What is escaped is text; what is left of a line opens nothing.
  const bare = written.map((line) => line.replaceAll(/\\[!-/:-@[-`{-~]/g, 'x'))
  expect(bare.filter((line) => /^ {0,3}#/.test(line))).toHaveLength(4)
  const texts = bare.slice(
    bare.indexOf('## user') + 1,
    bare.findIndex((line) => line.startsWith('Calls')),
  )
  for (const line of texts.filter((one) => !one.startsWith('## '))) {
    expect(line).not.toMatch(/^\s*(?:[-+=:>]|\d+[.)] |[`~]{3})|^ {4}|[<>[\]|$*_@]/)
    expect(line).not.toMatch(/(?:https?|ftp|mailto|xmpp):|www\./i)
  }
  expect(bare.join('\n')).not.toMatch(/https?:/i)
})
