import { type HomeSession, type MessageRow, pythonJson } from './hermes-home.ts'
import type { ImportDocument } from './schemas.ts'

type Verdict = ImportDocument['sessions'][number]['verdict']
type Lines = ImportDocument['sessions'][number]['lines']
type Message = Readonly<Record<string, unknown>>

/** A way in which a home's two witnesses drift apart, and what has to come of it. */
export interface DriftScenario extends HomeSession {
  readonly name: string
  readonly verdict: Verdict
  readonly reason?: string
  /** What the messages say, in order, `session_meta` aside. */
  readonly says: readonly string[]
  /** The `platform` of each `session_meta` with a payload; null of one without. */
  readonly metas: readonly (string | null)[]
  /** Kinds other than `message`, by what the entry says. */
  readonly kinds?: Readonly<Record<string, string>>
  readonly lines?: Partial<Lines>
  readonly problems?: readonly string[]
  readonly stutter?: number
}

const START = Date.UTC(2026, 2, 2, 10) / 1000

const say = (role: string, content: string, more: Message = {}): Message => ({ role, content, ...more })
const turn = (text: string): Message[] => [
  say('user', `${text} question`),
  say('assistant', `${text} answer`, { reasoning: null, finish_reason: 'stop' }),
]
const textsOf = (messages: readonly Message[]): string[] => messages.map(saidBy)

/** What a record says, as one text. */
export function saidBy(record: Readonly<Record<string, unknown>>): string {
  const { content, tool_calls: calls } = record
  if (typeof content === 'string' && content !== '') return content
  return calls === undefined ? JSON.stringify(content ?? null) : JSON.stringify(calls)
}

const meta = (platform: string): Message => ({
  role: 'session_meta',
  tools: [{ type: 'function', function: { name: 'terminal', description: 'Ein Befehl — ✓' } }],
  model: 'some/model',
  platform,
})
const flattened: Message = { role: 'session_meta', content: null }

/** The file's lines: a record each, or raw bytes. */
function file(...lines: readonly (Message | Buffer | string)[]): Buffer {
  return Buffer.concat(
    lines.map((line) => {
      if (Buffer.isBuffer(line)) return line
      return Buffer.from(typeof line === 'string' ? line : `${pythonJson(line)}\n`)
    }),
  )
}

/** The database's rows of the same messages, a second apart, without what has no column. */
function rows(...messages: readonly (Message & { at?: number })[]): MessageRow[] {
  return messages.map(
    ({ role, content, tool_calls, tool_call_id, tool_name, finish_reason, reasoning, at }, i) => ({
      role: String(role),
      content:
        content === null || content === undefined ? null : typeof content === 'string' ? content : null,
      timestamp: at ?? START + i,
      ...(tool_calls === undefined ? {} : { tool_calls: JSON.stringify(tool_calls) }),
      ...(typeof tool_call_id === 'string' ? { tool_call_id } : {}),
      ...(typeof tool_name === 'string' ? { tool_name } : {}),
      ...(typeof finish_reason === 'string' ? { finish_reason } : {}),
      ...(typeof reasoning === 'string' ? { reasoning } : {}),
    }),
  )
}

/** The gateway writes `session_meta` after the first turn's rows. */
const rowsWithMeta = (...messages: readonly Message[]): MessageRow[] =>
  rows(...messages.slice(0, 2), flattened, ...messages.slice(2))

const call = (id: string, command: string): Message => ({
  role: 'assistant',
  content: '',
  finish_reason: 'tool_calls',
  reasoning: 'let me look',
  tool_calls: [
    { id, type: 'function', function: { name: 'terminal', arguments: `{"command": "${command}"}` } },
  ],
})
const result = (id: string, content: string): Message => ({
  role: 'tool',
  content,
  tool_call_id: id,
  tool_name: 'terminal',
})

let serial = 0
const id = (): string => `20260302_${100000 + serial}_${(0xabc00000 + serial++).toString(16)}`

/** Every kind of drift that real homes have shown. */
export function driftScenarios(): DriftScenario[] {
  serial = 0
  const tools = [
    say('user', 'what lies here?'),
    call('call_1', 'ls'),
    result('call_1', 'a.txt'),
    call('call_2', 'pwd'),
    result('call_2', '/tmp'),
    say('assistant', 'one file, in /tmp'),
  ]
  const four = ['the first', 'the second', 'the third', 'the fourth'].map(turn) as [
    Message[],
    Message[],
    Message[],
    Message[],
  ]
  const [one, two, three, last] = four
  const mirrored = say('assistant', 'The report is ready.', { mirror: true, mirror_source: 'cron' })
  const torn = Buffer.from(pythonJson(say('assistant', 'for dessert a café crème')))
  const parts = {
    role: 'user',
    content: [
      { type: 'text', text: 'what is on this picture?' },
      { type: 'image_url', image_url: { url: 'data:,' } },
    ],
  }
  const before = START - 86_400
  const blocks = [turn('stutter one'), turn('stutter two')] as const
  const instant = (messages: readonly Message[], at: number): (Message & { at: number })[] =>
    messages.map((message, i) => ({ ...message, at: at + i * 0.01 }))
  const parent = id()

  return [
    {
      name: 'healthy: session_meta first in the file, after the first turn in the database',
      id: id(),
      file: file(meta('healthy'), ...one, ...two),
      rows: rowsWithMeta(...one, ...two),
      verdict: 'identical',
      says: textsOf([...one, ...two]),
      metas: ['healthy'],
      index: {
        platform: 'telegram',
        chat_type: 'dm',
        display_name: 'Nora',
        origin: { platform: 'telegram', chat_id: '1', chat_type: 'dm', user_id: 'u1' },
      },
    },
    {
      name: 'tool calls on both sides',
      id: id(),
      file: file(meta('tools'), ...tools),
      rows: rows(...tools, flattened),
      verdict: 'identical',
      says: textsOf(tools),
      metas: ['tools'],
    },
    {
      name: 'a file alone, from before SQLite',
      id: id(),
      file: file(meta('file alone'), ...one, ...two),
      rows: null,
      verdict: 'imported',
      says: textsOf([...one, ...two]),
      metas: ['file alone'],
      lines: { total: 5, imported: 5 },
    },
    {
      name: 'an orphan: the database knows the session and has no rows',
      id: id(),
      file: file(...one, ...two),
      rows: [],
      verdict: 'imported',
      says: textsOf([...one, ...two]),
      metas: [],
    },
    {
      name: 'the database alone',
      id: id(),
      file: null,
      rows: rowsWithMeta(...one, ...two),
      verdict: 'kept',
      says: textsOf([...one, ...two]),
      metas: [null],
      lines: { total: 0 },
    },
    {
      name: 'the file is longer: older than SQLite',
      id: id(),
      file: file(meta('older'), ...one, ...two, ...three, ...last),
      rows: rows(...last),
      verdict: 'extended',
      says: textsOf([...one, ...two, ...three, ...last]),
      metas: ['older'],
    },
    {
      name: 'a tail in the database',
      id: id(),
      file: file(meta('tail'), ...one),
      rows: rowsWithMeta(...one, ...two),
      verdict: 'kept',
      says: textsOf([...one, ...two]),
      metas: ['tail'],
    },
    {
      name: 'a tail in the file',
      id: id(),
      file: file(meta('tail'), ...one, ...two),
      rows: rowsWithMeta(...one),
      verdict: 'extended',
      says: textsOf([...one, ...two]),
      metas: ['tail'],
    },
    {
      name: 'a hole in the file',
      id: id(),
      file: file(meta('hole'), ...one, ...three),
      rows: rowsWithMeta(...one, ...two, ...three),
      verdict: 'kept',
      says: textsOf([...one, ...two, ...three]),
      metas: ['hole'],
    },
    {
      name: 'a hole in the database',
      id: id(),
      file: file(meta('hole'), ...one, ...two, ...three),
      rows: rowsWithMeta(...one, ...three),
      verdict: 'extended',
      says: textsOf([...one, ...two, ...three]),
      metas: ['hole'],
    },
    {
      name: 'interleaved: holes on both sides, in different places',
      id: id(),
      file: file(meta('interleaved'), ...one, ...two, ...last, ...turn('the fifth')),
      rows: rowsWithMeta(...one, ...last, ...three, ...turn('the fifth')),
      verdict: 'merged',
      says: textsOf([...one, ...two, ...last, ...three, ...turn('the fifth')]),
      metas: ['interleaved'],
    },
    {
      name: 'divergent tails',
      id: id(),
      file: file(meta('divergent'), ...one, ...two),
      rows: rowsWithMeta(...one, ...three),
      verdict: 'ambiguous',
      reason: 'several-orders',
      says: textsOf([...one, ...three]),
      metas: [null],
      lines: { total: 5, withheld: 5 },
    },
    {
      name: 'an undo that failed in the database',
      id: id(),
      file: file(
        ...one.map((message) => say(String(message['role']), String(message['content']))),
        flattened,
      ),
      rows: rowsWithMeta(...one, ...two),
      verdict: 'kept',
      says: textsOf([...one, ...two]),
      metas: [null],
    },
    {
      name: 'a rewrite that was killed midway',
      id: id(),
      file: file(meta('rewrite'), ...one, ...two, ...three),
      rows: rows(say('assistant', '[CONTEXT COMPACTION] what was said before'), say('user', 'ok')),
      verdict: 'ambiguous',
      reason: 'several-orders',
      says: ['[CONTEXT COMPACTION] what was said before', 'ok'],
      metas: [],
      lines: { withheld: 7 },
    },
    {
      name: 'the same message mirrored twice',
      id: id(),
      file: file(meta('mirror'), ...one, mirrored, mirrored, ...two),
      rows: rowsWithMeta(...one, mirrored, mirrored, ...two),
      verdict: 'identical',
      says: textsOf([...one, mirrored, mirrored, ...two]),
      metas: ['mirror'],
      kinds: { 'The report is ready.': 'delivery' },
    },
    {
      name: 'session_meta flattened on both sides',
      id: id(),
      file: file(...one, flattened, ...two),
      rows: rowsWithMeta(...one, ...two),
      verdict: 'identical',
      says: textsOf([...one, ...two]),
      metas: [null],
    },
    {
      name: 'a last line torn in the middle of a character',
      id: id(),
      file: file(meta('torn'), say('user', 'And for dessert?'), torn.subarray(0, torn.indexOf(0xc3) + 1)),
      rows: rows(say('user', 'And for dessert?'), say('assistant', 'for dessert a café crème'), flattened),
      verdict: 'kept',
      says: ['And for dessert?', 'for dessert a café crème'],
      metas: ['torn'],
      lines: { total: 3, tornTail: 1 },
      problems: ['torn-tail'],
    },
    {
      name: 'damage in the middle, and records of odd shapes',
      id: id(),
      file: file(
        meta('odd'),
        one[0] as Message,
        '{"role": "user", "content": "cut\n',
        'null\n',
        '[1, 2]\n',
        '"str"\n',
        '\n',
        { content: 'no role' },
        say('transcript_note', 'odd role'),
        one[1] as Message,
      ),
      rows: null,
      verdict: 'imported',
      says: ['the first question', 'no role', 'odd role', 'the first answer'],
      metas: ['odd'],
      kinds: { 'no role': 'unknown', 'odd role': 'transcript_note' },
      lines: { total: 10, imported: 5, quarantined: 4, blank: 1 },
      problems: ['invalid-json', 'not-an-object', 'not-an-object', 'not-an-object'],
    },
    {
      name: 'a line that is no UTF-8',
      id: id(),
      file: file(
        meta('utf8'),
        one[0] as Message,
        Buffer.from('{"role": "assistant", "content": "\xff\xfe"}\n', 'latin1'),
        ...two,
      ),
      rows: rowsWithMeta(...one, ...two),
      verdict: 'kept',
      says: textsOf([...one, ...two]),
      metas: ['utf8'],
      lines: { quarantined: 1 },
      problems: ['invalid-utf8'],
    },
    {
      name: 'separators of Unicode within a line',
      id: id(),
      file: file(
        meta('unicode'),
        say('user', 'a\u2028b\u2029c\u0085d 👩‍👩‍👧 e'),
        say('assistant', 'line\u2028separators are text'),
      ),
      rows: rows(
        say('user', 'a\u2028b\u2029c\u0085d 👩‍👩‍👧 e'),
        say('assistant', 'line\u2028separators are text'),
        flattened,
      ),
      verdict: 'identical',
      says: ['a\u2028b\u2029c\u0085d 👩‍👩‍👧 e', 'line\u2028separators are text'],
      metas: ['unicode'],
      lines: { total: 3 },
    },
    {
      name: 'NUL within a text',
      id: id(),
      file: file(
        meta('nul'),
        say('user', 'before\u0000after, and more'),
        say('assistant', 'seen\u0000and kept as it is'),
      ),
      rows: rows(
        say('user', 'before\u0000after, and more'),
        say('assistant', 'seen\u0000and kept as it is'),
        flattened,
      ),
      verdict: 'identical',
      says: ['before\u0000after, and more', 'seen\u0000and kept as it is'],
      metas: ['nul'],
    },
    {
      name: 'content in parts, which the database of the time could not take',
      id: id(),
      file: file(meta('parts'), ...one, parts, say('assistant', 'a bridge over a river'), ...two),
      rows: rowsWithMeta(...one, ...two),
      verdict: 'extended',
      says: textsOf([...one, parts, say('assistant', 'a bridge over a river'), ...two]),
      metas: ['parts'],
    },
    {
      name: 'content in parts behind the sentinel of later databases',
      id: id(),
      file: file(meta('sentinel'), parts, say('assistant', 'a bridge over a river')),
      rows: rows(
        { role: 'user', content: `\u0000json:${JSON.stringify(parts.content)}` },
        say('assistant', 'a bridge over a river'),
        flattened,
      ),
      verdict: 'identical',
      says: textsOf([parts, say('assistant', 'a bridge over a river')]),
      metas: ['sentinel'],
    },
    {
      name: 'a stutter: each turn written twice to the database',
      id: id(),
      file: file(...blocks[0], ...blocks[1]),
      rows: rows(
        ...instant(blocks[0], START),
        ...instant(blocks[0], START + 0.1),
        ...instant(blocks[1], START + 60),
        ...instant(blocks[1], START + 60.1),
      ),
      verdict: 'kept',
      stutter: 2,
      says: textsOf([...blocks[0], ...blocks[1]]),
      metas: [],
    },
    {
      name: 'repeats that are meant',
      id: id(),
      file: file(
        meta('ok'),
        ...one,
        say('user', 'ok'),
        say('assistant', 'ok'),
        say('user', 'ok'),
        say('assistant', 'ok'),
      ),
      rows: rowsWithMeta(
        ...one,
        say('user', 'ok'),
        say('assistant', 'ok'),
        say('user', 'ok'),
        say('assistant', 'ok'),
      ),
      verdict: 'identical',
      says: [...textsOf(one), 'ok', 'ok', 'ok', 'ok'],
      metas: ['ok'],
    },
    {
      name: 'a clock that was set back',
      id: id(),
      file: file(meta('clock'), ...one, ...two),
      rows: rows(
        ...one.map((message) => ({ ...message, at: START })),
        flattened,
        ...two.map((message) => ({ ...message, at: before })),
      ),
      verdict: 'identical',
      says: textsOf([...one, ...two]),
      metas: ['clock'],
    },
    {
      name: 'a session that was compacted',
      id: parent,
      file: file(meta('parent'), ...one, ...two),
      rows: rowsWithMeta(...one, ...two),
      about: { ended_at: START + 60, end_reason: 'compression' },
      verdict: 'identical',
      says: textsOf([...one, ...two]),
      metas: ['parent'],
    },
    {
      name: 'and the session that goes on from it',
      id: id(),
      file: file(say('assistant', '[CONTEXT COMPACTION] two turns'), ...three),
      rows: rows(say('assistant', '[CONTEXT COMPACTION] two turns'), ...three),
      about: { parent_session_id: parent },
      verdict: 'identical',
      says: textsOf([say('assistant', '[CONTEXT COMPACTION] two turns'), ...three]),
      metas: [],
    },
  ]
}
