import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  jsonlAdapters,
  openJsonlSource,
  planImport,
  reportPlan,
  runImport,
  undoImport,
  wasToldByFile,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

type Named = 'openai-chat' | 'hermes-jsonl'

/** What is said of a file, and how many sessions it becomes. */
async function look(content: string | Uint8Array, named?: Named, name = 'chat.jsonl') {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, content)
  return lookAt(path, named)
}

async function lookAt(path: string, named?: Named) {
  const adapter = jsonlAdapters().find((each) => each.name === named)
  const source = await openJsonlSource(path, adapter ? { adapter } : {})
  const sessions = await Array.fromAsync(source.sessions())
  return {
    ids: sessions.map(({ id }) => id),
    problems: source.problems.map(({ code, detail }) => `${code}: ${detail}`),
  }
}

const user = (content: string): object => ({ role: 'user', content })
const many = (count: number, record: object): object[] => Array.from({ length: count }, () => record)
const jsonl = (records: readonly unknown[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('')

const AT = '2026-03-02T10:00:10.000Z'
const CLAUDE_CODE = [
  { type: 'summary', summary: 'Harbour photos', leafUuid: 'u2' },
  {
    type: 'user',
    uuid: 'u1',
    parentUuid: null,
    sessionId: 's',
    timestamp: AT,
    message: user('Rename them.'),
  },
  { type: 'assistant', uuid: 'u2', parentUuid: 'u1', sessionId: 's', timestamp: AT, message: user('Done.') },
]
const OPENCLAW = [
  { type: 'session', version: 3, id: 'x', timestamp: AT, cwd: '/' },
  { type: 'model_change', id: 'a', parentId: null, timestamp: AT, modelId: 'm' },
  { type: 'message', id: 'b', parentId: 'a', timestamp: AT, message: user('Feed the claw.') },
]
const PI_1 = [
  { type: 'session', id: 'x', timestamp: AT, cwd: '/', provider: 'p', modelId: 'm' },
  { type: 'message', timestamp: AT, message: user('hi') },
]
const CODEX = [
  { timestamp: AT, type: 'session_meta', payload: { id: 'x', cwd: '/' } },
  { timestamp: AT, type: 'response_item', payload: { type: 'message', role: 'user', content: [] } },
  { timestamp: AT, type: 'event_msg', payload: { type: 'user_message', message: 'hi' } },
]
const EARLY_CODEX = [
  { id: 'x', timestamp: AT, instructions: null, git: {} },
  { record_type: 'state' },
  { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
  { type: 'function_call', name: 'shell', arguments: '{}', call_id: 'c' },
]
const GEMINI = [
  { sessionId: 's', projectHash: 'h', startTime: AT },
  { id: '1', type: 'user', content: 'hi', timestamp: AT },
  { $set: { lastUpdated: AT } },
  { $rewindTo: '1' },
]
const LOG = many(5, { level: 30, time: 1772445610000, msg: 'started' })

describe('another agent’s transcript, and what is no transcript', () => {
  test.each<[what: string, records: readonly unknown[], told: RegExp]>([
    ['Claude Code', CLAUDE_CODE, /it is a Claude Code transcript, which is not read here/],
    ['OpenClaw', OPENCLAW, /it is a transcript of OpenClaw or pi/],
    ['pi before its tree', PI_1, /it is a transcript of OpenClaw or pi/],
    ['Codex', CODEX, /it is a Codex transcript/],
    ['early Codex', EARLY_CODEX, /as early Codex wrote them/],
    ['Gemini CLI', GEMINI, /it is a Gemini CLI transcript/],
    ['Maka', many(3, { type: 'user', id: 'm', turnId: 't', ts: 1, text: 'hi' }), /transcript of Maka/],
    [
      'whole conversations',
      many(3, { messages: [user('a'), user('b')] }),
      /whole conversations, one in each line/,
    ],
    ['one whole conversation', [{ messages: [user('a')], model: 'm' }], /whole conversations/],
    [
      'conversations by another name',
      [{ conversations: [{ from: 'human', value: 'a' }] }],
      /whole conversations/,
    ],
    ['a log', LOG, /0 of the first 5 fit/],
    ['a text of another name', many(4, { role: 'user', message: 'hi' }), /0 of the first 4 fit/],
    ['roles that no provider knows', many(4, { role: 'human', content: 'hi' }), /0 of the first 4 fit/],
    ['numbers', [1, 2, 3], /none of its first 3 lines can be read as a JSON object/],
    ['strings', ['a', 'b'], /none of its first 2 lines can be read as a JSON object/],
    ['arrays', [[user('a')], [user('b')]], /none of its first 2 lines can be read as a JSON object/],
    ['one good of ten', [user('a'), ...many(9, { event: 'x' })], /1 of the first 10 fits/],
    ['half of them good', [...many(3, user('a')), ...many(3, { event: 'x' })], /3 of the first 6 fit/],
    ['a message among numbers', [user('a'), 1, 2], /1 of the first 3 fits/],
  ])('%s is refused, whatever format is named', async (_, records, told) => {
    for (const named of [undefined, 'openai-chat', 'hermes-jsonl'] as const) {
      const { ids, problems } = await look(jsonl(records), named)
      expect(ids).toEqual([])
      expect(problems).toEqual([expect.stringMatching(told)])
      expect(problems[0]).toMatch(/^not-understood: /)
    }
  })

  test('not by the name of a Hermes transcript either', async () => {
    for (const records of [CLAUDE_CODE, OPENCLAW, CODEX, LOG]) {
      for (const named of [undefined, 'hermes-jsonl'] as const) {
        const { ids, problems } = await look(jsonl(records), named, '20260302_100000_7dd70216.jsonl')
        expect(ids).toEqual([])
        expect(problems).toHaveLength(1)
      }
    }
  })
})

const CHAT = [
  user('Is the bakery open?'),
  { role: 'assistant', content: 'Until noon.' },
  user('And tomorrow?'),
]
const NULS = Buffer.alloc(64)

describe('a file that is no JSON Lines', () => {
  test.each<[what: string, content: string | Uint8Array, told: RegExp]>([
    [
      'an array, one object a line',
      `[\n  ${CHAT.map((one) => JSON.stringify(one)).join(',\n  ')}\n]\n`,
      /one JSON document/,
    ],
    [
      'an array without indents',
      `[\n${CHAT.map((one) => JSON.stringify(one)).join(',\n')}\n]`,
      /one JSON document/,
    ],
    [
      'an array that begins on its line',
      `[${CHAT.map((one) => JSON.stringify(one)).join(',\n')}]`,
      /one JSON document/,
    ],
    ['an array on one line', JSON.stringify(CHAT), /one JSON document/],
    [
      'an array on one line, longer than is looked at',
      JSON.stringify(many(5000, user('hi'))),
      /one JSON document/,
    ],
    ['an array with a byte order mark', `\ufeff${JSON.stringify(CHAT, null, 2)}`, /one JSON document/],
    ['an array that was cut off', JSON.stringify(CHAT, null, 2).slice(0, 100), /one JSON document/],
    ['an empty array', '[]\n', /one JSON document/],
    [
      'an object over several lines',
      JSON.stringify({ id: 's', messages: CHAT }, null, 2),
      /one JSON document/,
    ],
    ['a long one', JSON.stringify({ messages: many(5000, user('hi')) }, null, 2), /one JSON document/],
    [
      'objects over several lines',
      CHAT.map((one) => JSON.stringify(one, null, 2)).join('\n'),
      /none of its first|fit/,
    ],
    ['a SQLite database', Buffer.concat([Buffer.from('SQLite format 3\0'), NULS]), /it is a SQLite database/],
    [
      'the log of a SQLite database, with rows that are messages',
      Buffer.concat([Buffer.from('377f0682002de218', 'hex'), NULS, Buffer.from(`\n${jsonl(CHAT)}`)]),
      /write-ahead log/,
    ],
    ['a compressed file', gzipSync(jsonl(CHAT)), /it is compressed with gzip/],
    ['UTF-16', Buffer.from(`\ufeff${jsonl(CHAT)}`, 'utf16le'), /it is UTF-16 text/],
    ['UTF-16 without its mark', Buffer.from(jsonl(CHAT), 'utf16le'), /it is UTF-16 text/],
    ['UTF-16 of the other order', Buffer.from(jsonl(CHAT), 'utf16le').swap16(), /it is UTF-16 text/],
    [
      'NUL bytes before messages',
      Buffer.concat([NULS, Buffer.from(`\n${jsonl(CHAT)}`)]),
      /line 1 has NUL bytes/,
    ],
    ['NUL bytes behind messages', Buffer.concat([Buffer.from(jsonl(CHAT)), NULS]), /line 4 has NUL bytes/],
    ['text', '# Notes\n\nBuy bread.\n', /none of its first 2 lines can be read as a JSON object/],
    ['text with a message in it', `# Notes\nbread\nmilk\n${jsonl([user('hi')])}`, /1 of the first 4 fits/],
    [
      'a line that is too long',
      `{"role":"user","content":"${'x'.repeat(17 * 1024 * 1024)}"}\n`,
      /its only line cannot/,
    ],
    ['one half of a line', '{"role":"user","cont', /its only line cannot be read as a JSON object/],
  ])('%s is refused whole, whatever format is named', async (_, content, told) => {
    for (const named of [undefined, 'openai-chat', 'hermes-jsonl'] as const) {
      const { ids, problems } = await look(content, named)
      expect(ids).toEqual([])
      expect(problems).toEqual([expect.stringMatching(told)])
    }
  })

  test('nor does the name of a Hermes transcript make it one', async () => {
    for (const content of [JSON.stringify(CHAT), gzipSync(jsonl(CHAT)), Buffer.from('SQLite format 3\0')]) {
      const { ids, problems } = await look(content, undefined, '20260302_100000_7dd70216.jsonl')
      expect(ids).toEqual([])
      expect(problems).toEqual([expect.stringMatching(/^not-understood: it is .*, and no JSON Lines/)])
    }
  })

  test('a file without a line is no transcript of any format that is named', async () => {
    for (const content of ['', '\n', ' \r\n\t\n'])
      for (const named of [undefined, 'openai-chat', 'hermes-jsonl'] as const)
        expect(await look(content, named)).toEqual({ ids: [], problems: ['ignored: an empty file'] })
  })
})

describe('a file that is read all the same', () => {
  test.each<[what: string, content: string | Uint8Array, named?: Named | undefined, name?: string]>([
    ['one foreign record of ten', jsonl([...many(9, user('a')), { event: 'x' }])],
    ['the same, its format named', jsonl([{ event: 'x' }, ...many(9, user('a'))]), 'openai-chat'],
    ['damaged lines between messages', `${jsonl(CHAT)}{"role":"us\n[1]{\n`],
    [
      'a record that is too deep',
      `${jsonl([user('a')])}{"role":"user","content":${'['.repeat(300)}${']'.repeat(300)}}\n`,
    ],
    ['an array in a line of its own, among many', jsonl([[1], ...many(9, user('a'))])],
    ['a torn first line', `{"role":"user",\n${jsonl(CHAT)}`],
    ['plain chat, named as Hermes’', jsonl(CHAT), 'hermes-jsonl'],
    [
      'a Hermes transcript, by its name, that a crash filled with NUL',
      Buffer.concat([NULS, Buffer.from(`\n${jsonl(CHAT)}`)]),
      undefined,
      '20260302_100000_7dd70216.jsonl',
    ],
    [
      'the same, its format named',
      Buffer.concat([Buffer.from(jsonl(CHAT)), NULS]),
      'hermes-jsonl',
      '20260302_100000_7dd70216.jsonl',
    ],
    [
      'a Hermes transcript with odd roles',
      jsonl([{ content: 'no role' }, { role: 'odd' }, user('a')]),
      'hermes-jsonl',
      '20260302_100000_7dd70216.jsonl',
    ],
  ])('%s', async (_, content, named, name) => {
    expect(await look(content, named, name)).toMatchObject({ ids: [expect.anything()], problems: [] })
  })

  test('of a folder for which a format is named, each file stands by itself', async () => {
    const folder = join(temporaryFolder(), 'mixed')
    mkdirSync(folder)
    const files: Record<string, string> = {
      'a.jsonl': jsonl(CHAT),
      'b.jsonl': jsonl(CLAUDE_CODE),
      'c.jsonl': JSON.stringify(CHAT),
      'd.jsonl': jsonl([{ role: 'session_meta', tools: [] }, user('a')]),
      'e.jsonl': '',
    }
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    expect(await lookAt(folder, 'openai-chat')).toEqual({
      ids: ['a'],
      problems: [
        expect.stringMatching(/^not-understood: .*Claude Code/),
        expect.stringMatching(/^not-understood: .*one JSON document/),
        'other-format: its lines are of hermes-jsonl, not of openai-chat',
        'ignored: an empty file',
      ],
    })
    expect((await lookAt(folder)).ids).toEqual(['a', 'd'])
  })
})

describe('a file that a store knows', () => {
  const known = async (content: string | Uint8Array, named?: Named) => {
    const path = join(temporaryFolder(), 'chat.jsonl')
    const store = createMemoryStore()
    const adapter = jsonlAdapters().find((each) => each.name === named)
    const open = () =>
      openJsonlSource(path, {
        ...(adapter ? { adapter } : {}),
        isKnown: (session) => wasToldByFile(session, store),
      })
    writeFileSync(path, jsonl(CHAT))
    const { importId } = await runImport(await planImport(await open(), store))
    writeFileSync(path, content)
    const look = async () => {
      const { sessions, sources } = await runImport(await planImport(await open(), store))
      const [session] = sessions
      return {
        format: sources[0]?.format,
        lines: session?.lines,
        codes: sources[0]?.problems.map(({ code }) => code),
      }
    }
    return { look, undo: () => undoImport(store, importId ?? '') }
  }
  const damaged = Buffer.concat([
    Buffer.from(jsonl(CHAT.slice(0, 1))),
    NULS,
    Buffer.from(`\n${jsonl(CHAT.slice(1))}`),
  ])

  test.each<[what: string, content: string | Uint8Array, quarantined: number]>([
    ['a line of NUL bytes among its first', damaged, 1],
    ['NUL bytes at its end', Buffer.concat([Buffer.from(jsonl(CHAT)), NULS]), 1],
    ['more damaged lines than messages', `[1]{\n[2]{\n${jsonl(CHAT.slice(0, 1))}`, 2],
    ['no line left that is whole', Buffer.concat([NULS, Buffer.from('\n'), NULS, Buffer.from('\n')]), 2],
  ])('is read as what it was, with %s', async (_, content, quarantined) => {
    for (const named of [undefined, 'openai-chat'] as const) {
      const { look } = await known(content, named)
      expect(await look()).toMatchObject({ format: 'openai-chat', lines: { quarantined } })
    }
  })

  test('is refused where its import was undone, and where it is something else now', async () => {
    const { look, undo } = await known(damaged)
    await undo()
    expect((await look()).codes).toContain('not-understood')
    for (const other of [jsonl(CLAUDE_CODE), JSON.stringify(CHAT), gzipSync(jsonl(CHAT))])
      expect((await (await known(other)).look()).codes).toContain('not-understood')
  })
})

describe('what only the whole file tells', () => {
  const planned = async (records: readonly unknown[], name: string) => {
    const path = join(temporaryFolder(), name)
    writeFileSync(path, jsonl(records))
    const source = await openJsonlSource(path)
    return reportPlan(await planImport(source, null)).sources[0]?.problems.map(({ code }) => code) ?? []
  }
  const count = (codes: readonly string[], code: string): number =>
    codes.filter((each) => each === code).length

  test('foreign records behind the tenth are each told, and that most are no messages', async () => {
    const codes = await planned([...many(10, user('a')), ...many(11, { event: 'x' })], 'chat.jsonl')
    expect(count(codes, 'not-understood')).toBe(11)
    expect(count(codes, 'no-message')).toBe(1)
    const fewer = await planned([...many(10, user('a')), ...many(10, { event: 'x' })], 'chat.jsonl')
    expect(count(fewer, 'no-message')).toBe(0)
  })

  const HERMES = '20260302_100000_7dd70216.jsonl'
  const META = { role: 'session_meta', tools: [] }

  test.each<[what: string, records: readonly unknown[], isTold: boolean]>([
    ['a header alone', [META], true],
    [
      'odd roles behind ten messages',
      [...many(10, user('a')), ...many(11, { role: 'odd', content: 'x' })],
      true,
    ],
    ['messages in which nobody says anything', [META, user(''), { role: 'assistant', content: null }], true],
    ['a header and a message', [META, META, META, user('a')], false],
    ['a delivery', [META, { role: 'assistant', content: 'a', mirror: true }], false],
    [
      'calls',
      [{ role: 'assistant', content: '', tool_calls: [{ id: 'c', function: { name: 'f' } }] }],
      false,
    ],
    ['a result without text', [{ role: 'tool', content: '', tool_call_id: 'c' }], false],
    ['parts', [user('a'), { role: 'user', content: [{ type: 'text', text: 'a' }] }], false],
  ])('of Hermes: %s', async (_, records, isTold) => {
    expect(await planned(records, HERMES)).toEqual(isTold ? ['no-message'] : [])
  })
})
