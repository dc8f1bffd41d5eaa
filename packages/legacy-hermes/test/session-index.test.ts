import { isFinding } from '@faircopy/legacy-jsonl'
import type { JsonValue } from '@faircopy/store-core'
import { newSessionSchema } from '@faircopy/store-core/arguments'
import { describe, expect, test } from 'vitest'
import { HomeBuilder, insert } from './home-builder.ts'
import { open, sessionsOf } from './read-home.ts'

const USER = { role: 'user', content: 'hi' }
const CHATS = ['1001', '1002', '1003']
const id = (chat: string): string => `20260302_100000_0000${chat}`
const key = (chat: string): string => `agent:main:telegram:dm:${chat}`

/** An entry as Hermes writes it; `more` is text of members. */
function entry(chat: string, more = '"estimated_cost_usd": 0.1'): string {
  return `{
    "session_id": "${id(chat)}",
    "display_name": "Chat ${chat}",
    "origin": {
      "platform": "telegram",
      "chat_id": "${chat}"
    },
    ${more}
  }`
}

function member(chat: string, more?: string): string {
  return `"${key(chat)}": ${entry(chat, more)}`
}

/** As Python's `json.dumps(…, indent=2)` writes an object of such members. */
function pretty(...members: readonly string[]): string {
  return `{\n  ${members.join(',\n  ')}\n}`
}

/** On one line, as without `indent`. */
function compact(text: string): string {
  return text.replaceAll(/\n */g, ' ')
}

interface Read {
  /** The chats whose sessions know where they are from and what they are called. */
  readonly known: readonly string[]
  readonly problems: readonly string[]
  readonly entries: ReadonlyMap<string, JsonValue>
}

/** Reads a home of three transcripts with such an index. */
async function read(index: string | Uint8Array): Promise<Read> {
  const home = new HomeBuilder().write('sessions.json', index)
  for (const chat of CHATS) home.transcript(id(chat), USER)
  const source = await open(home.path)
  const sessions = await sessionsOf(source)
  expect(sessions.map((session) => session.id)).toEqual(CHATS.map(id))
  const known = sessions.flatMap(({ about }) => {
    const { origin, title, meta } = newSessionSchema.parse(about)
    expect(meta).toEqual(about.meta)
    return origin?.chat !== undefined && title === `Chat ${origin.chat}` ? [origin.chat] : []
  })
  const entries = sessions.flatMap(({ about }) =>
    Object.entries((about.meta as { hermes?: { index?: object } } | undefined)?.hermes?.index ?? {}),
  )
  for (const problem of source.problems) {
    expect([problem.code, isFinding(problem)]).toEqual(['index-unreadable', true])
  }
  return { known, problems: source.problems.map(({ detail }) => detail), entries: new Map(entries) }
}

const whole = CHATS.map((chat) => member(chat))

describe('an index that Python wrote', () => {
  test('may hold NaN and the infinities, which are kept as texts', async () => {
    const odd = '"a": NaN, "b": [Infinity, {"c": -Infinity}], "d": "NaN, -Infinity", "NaN": 1'
    for (const text of [pretty(...whole.slice(1), member('1001', odd))].flatMap((it) => [it, compact(it)])) {
      const { known, problems, entries } = await read(text)
      expect([known, problems]).toEqual([CHATS, []])
      expect(entries.get(key('1001'))).toMatchObject({
        a: 'NaN',
        b: ['Infinity', { c: '-Infinity' }],
        d: 'NaN, -Infinity',
        NaN: 1,
      })
    }
  })

  test('is read with every digit of its numbers', async () => {
    const odd =
      '"a": 9007199254740993, "b": 0.12345678901234567890123, "c": 1e400, "d": 1e-400, "e": 1.50, "f": 2.5E+3, "g": 1E22, "h": -0.1'
    const { known, problems, entries } = await read(pretty(...whole.slice(1), member('1001', odd)))
    expect([known, problems]).toEqual([CHATS, []])
    expect(entries.get(key('1001'))).toMatchObject({
      a: '9007199254740993',
      b: '0.12345678901234567890123',
      c: '1e400',
      d: '1e-400',
      e: 1.5,
      f: 2500,
      g: '1E22',
      h: -0.1,
    })
  })

  test('a number that is none names neither a session nor a chat', async () => {
    const nameless = `"${key('1001')}": {"session_id": NaN}`
    expect(await read(pretty(nameless, ...whole.slice(1)))).toMatchObject({
      known: ['1002', '1003'],
      problems: [`its entry "${key('1001')}" names no session`],
    })
    const home = new HomeBuilder().write(
      'sessions.json',
      `{"k": {"session_id": "${id('1001')}", "platform": "x", "origin": {"chat_id": NaN}}}`,
    )
    const [session] = await sessionsOf(await open(home.path))
    expect(session?.about.origin).toEqual({ platform: 'x' })
  })

  test('so may a row of gateway_routing', async () => {
    const home = new HomeBuilder()
    insert(home.database(19), 'gateway_routing', {
      session_key: key('1001'),
      entry_json: compact(entry('1001', '"cost": NaN')),
      updated_at: 1.5,
    })
    const source = await open(home.session(id('1001')).done())
    const [session] = await sessionsOf(source)
    expect(session?.about).toMatchObject({
      title: 'Chat 1001',
      origin: { platform: 'telegram', chat: '1001' },
      meta: { hermes: { routing: [{ entry: { cost: 'NaN' } }] } },
    })
    expect(source.problems).toEqual([])
  })
})

const NO_JSON = `its entry "${key('1002')}" is no JSON`
const inMiddle = (bad: string): string => pretty(whole[0] ?? '', bad, whole[2] ?? '')

describe('an index with one bad entry loses that one, by name', () => {
  test.each<[what: string, bad: string, fault: string]>([
    ['a word that is none', member('1002', '"a": undefined'), NO_JSON],
    ['a number that is none', member('1002', '"a": 01'), NO_JSON],
    ['quotes that are none', member('1002', "'a': 1"), NO_JSON],
    ['a comma too many', member('1002', '"a": 1,'), NO_JSON],
    ['a line feed in a string', member('1002', '"a": "x\ny"'), NO_JSON],
    ['no colon', `"${key('1002')}" ${entry('1002')}`, `what stands at byte`],
    ['no value', `"${key('1002')}": `, NO_JSON],
    ['too deep a value', member('1002', `"a": ${'['.repeat(300)}${']'.repeat(300)}`), NO_JSON],
    ['an array for an entry', `"${key('1002')}": [1]`, `its entry "${key('1002')}" names no session`],
    ['null for an entry', `"${key('1002')}": null`, `its entry "${key('1002')}" names no session`],
    ['no session', `"${key('1002')}": {"a": 1}`, `its entry "${key('1002')}" names no session`],
    [
      'more than a session can keep',
      member('1002', `"a": "${'x'.repeat(600_000)}"`),
      `its entry "${key('1002')}" takes those of its session past 524288 bytes`,
    ],
  ])('%s', async (_what, bad, fault) => {
    for (const text of [inMiddle(bad), compact(inMiddle(bad))]) {
      const { known, problems } = await read(text)
      if (bad.includes('x\ny') && !text.includes('\n')) continue
      expect(known).toEqual(['1001', '1003'])
      expect(problems).toHaveLength(1)
      expect(problems[0]).toContain(fault)
    }
  })

  test.each([
    ['a quote is missing', member('1002', '"a": "x')],
    ['its brace is missing', member('1002').slice(0, -1)],
    ['a bracket of its own is missing', member('1002', '"a": [1')],
    ['a bracket is one too many', member('1002', '"a": [1]]')],
  ])('%s', async (_what, bad) => {
    for (const text of [inMiddle(bad), compact(inMiddle(bad))]) {
      expect(await read(text)).toMatchObject({ known: ['1001', '1003'], problems: [NO_JSON] })
    }
    expect((await read(inMiddle(bad).replaceAll('\n', '\r\n'))).known).toEqual(['1001', '1003'])
  })

  test('bytes that are no UTF-8', async () => {
    const [before, after] = inMiddle(member('1002', '"a": "@"')).split('@')
    const bytes = Buffer.concat([Buffer.from(before ?? ''), Buffer.of(0xff), Buffer.from(after ?? '')])
    expect(await read(bytes)).toMatchObject({ known: ['1001', '1003'], problems: [NO_JSON] })
  })

  test('one too many for what a session can keep', async () => {
    for (const many of [2, 3, 8]) {
      const large = member('1002', `"a": "${'x'.repeat(Math.ceil(530_000 / many))}"`)
      const keys = Array.from({ length: many }, (_, i) => (i === 0 ? key('1002') : `${key('1002')}:${i}`))
      const members = keys.map((one) => large.replace(key('1002'), one))
      expect(await read(pretty(...whole.slice(0, 1), ...members, ...whole.slice(2)))).toMatchObject({
        known: CHATS,
        problems: [`its entry "${keys.at(-1)}" takes those of its session past 524288 bytes`],
      })
    }
  })

  test('several are each named', async () => {
    const { known, problems } = await read(pretty(member('1001', '"a": ?'), whole[1] ?? '', '"other": {}'))
    expect(known).toEqual(['1002'])
    expect(problems).toEqual([`its entry "${key('1001')}" is no JSON`, 'its entry "other" names no session'])
  })
})

describe('an index that is not one object', () => {
  test('is read as far as it goes', async () => {
    const text = pretty(...whole)
    for (const cut of [text, compact(text)]) {
      const within = cut.slice(0, cut.indexOf('"Chat 1003"') + 3)
      expect(await read(within)).toMatchObject({
        known: ['1001', '1002'],
        problems: [`its entry "${key('1003')}" is no JSON`, 'it ends before its last brace'],
      })
      expect(await read(cut.slice(0, -1))).toMatchObject({
        known: CHATS,
        problems: ['it ends before its last brace'],
      })
    }
  })

  test('what stands behind its end is told, and not read', async () => {
    const text = pretty(...whole.slice(0, 2))
    for (const more of [`\n${pretty(whole[2] ?? '')}`, '\n"x": 1\n  }\n}', '\0\0\0']) {
      const at = text.length + Number(more.startsWith('\n'))
      expect(await read(text + more)).toMatchObject({
        known: ['1001', '1002'],
        problems: [`what stands behind its end, from byte ${at} on, was not read`],
      })
    }
  })

  test('a comma or a brace that is missing or too many between entries loses none', async () => {
    const [a, b, c] = whole
    for (const text of [`{${a},,${b} ${c}}`, `{${a}},${b},${c},}`]) {
      expect(await read(text)).toMatchObject({ known: CHATS, problems: [] })
    }
    expect(await read(`{${a}, ?, ${b}, ${c}}`)).toMatchObject({
      known: CHATS,
      problems: [expect.stringContaining('is no entry')],
    })
  })

  test.each([
    ['an array', '[]'],
    ['nothing', ''],
    ['zeros', '\0\0\0'],
    ['no text', Buffer.from('fffe7b00', 'hex')],
  ])('%s', async (_what, content) => {
    expect(await read(content)).toMatchObject({ known: [], problems: ['it is not a JSON object'] })
  })
})

test('of entries of one key the last that names a session is read, and that is told', async () => {
  const first = whole[0]?.replace('Chat 1001', 'Another')
  expect(await read(pretty(first ?? '', ...whole))).toMatchObject({
    known: CHATS,
    problems: [`its entry "${key('1001')}" stands twice; the last one was read`],
  })
  expect(await read(pretty(...whole, `"${key('1001')}": {}`))).toMatchObject({
    known: CHATS,
    problems: [`its entry "${key('1001')}" names no session`],
  })
})

test('an index that is indented otherwise is read as it is', async () => {
  const text = `{\n  ${whole.map((it) => it.replaceAll(/\n +/g, '\n  ')).join(',\n  ')}\n}`
  expect(await read(text)).toMatchObject({ known: CHATS, problems: [] })
})

test('a byte order mark and comments do not matter', async () => {
  const comments = '"_README": "a mirror of the table", "_v": {"session_id": "no"}'
  expect(await read(`\uFEFF${pretty(comments, ...whole)}`)).toMatchObject({ known: CHATS, problems: [] })
})
