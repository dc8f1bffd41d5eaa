import { type FormatAdapter, hermesJsonl, jsonlAdapters, openaiChatJsonl } from '@faircopy/legacy-jsonl'
import type { JsonObject } from '@faircopy/store-core'
import { describe, expect, test } from 'vitest'

const NAIVE = '2026-03-02T10:00:10.954000'
const NAIVE_AS_UTC = Date.UTC(2026, 2, 2, 10, 0, 10, 954)

function decode(adapter: FormatAdapter, record: JsonObject): unknown {
  return adapter.decode({ record, line: 1 })
}

describe('Hermes lines of all generations', () => {
  test.each<[what: string, kind: string, record: JsonObject]>([
    ['a header', 'session_meta', { role: 'session_meta', tools: [], model: 'm', platform: 'telegram' }],
    ['a flattened header', 'session_meta', { role: 'session_meta', content: null }],
    ['a user line', 'message', { role: 'user', content: 'q', timestamp: NAIVE }],
    [
      'an assistant line',
      'message',
      { role: 'assistant', content: '', reasoning: null, finish_reason: 'stop' },
    ],
    ['a tool line', 'message', { role: 'tool', content: 'x', tool_call_id: 'call_1' }],
    ['a rewritten line', 'message', { role: 'assistant', content: 'a' }],
    ['a compaction summary', 'message', { role: 'user', content: '[CONTEXT COMPACTION] summary' }],
    ['a mirrored line', 'delivery', { role: 'assistant', content: 'a', mirror: true, mirror_source: 'cron' }],
    ['a line that says it is not mirrored', 'message', { role: 'assistant', content: 'a', mirror: false }],
    ['a line whose mirror mark is text', 'message', { role: 'assistant', content: 'a', mirror: 'true' }],
    ['an unknown role', 'transcript_note', { role: 'transcript_note', content: 'odd role' }],
    ['no role', 'unknown', { content: 'no role' }],
    ['a role that is no text', 'unknown', { role: 7, content: 'x' }],
    ['an empty role', 'unknown', { role: '', content: 'x' }],
    ['a role that no store takes as a kind', 'unknown', { role: 'x'.repeat(256), content: 'x' }],
    ['a role with NUL', 'unknown', { role: 'a\0', content: 'x' }],
    ['a role with half a character', 'unknown', { role: '\ud83c', content: 'x' }],
    ['a role that poses as a message', 'unknown', { role: 'message', content: 'x' }],
    ['a role that poses as a delivery', 'unknown', { role: 'delivery', content: 'x' }],
    ['a role that poses as a compaction', 'unknown', { role: 'compaction', content: 'x' }],
    ...['turn', 'undo', 'suspension', 'resumption', 'reset'].map((role): [string, string, JsonObject] => [
      `a role that poses as the ${role} of a gateway`,
      'unknown',
      { role, content: 'x' },
    ]),
  ])('%s is of kind %s', (_, kind, record) => {
    expect(decode(hermesJsonl(), record)).toMatchObject({ as: 'entry', kind })
  })
})

describe('stamps', () => {
  test.each<[stamp: unknown, at: number | null, stampMs: number | null]>([
    [NAIVE, null, NAIVE_AS_UTC],
    ['2026-03-02 10:00:10', null, NAIVE_AS_UTC - 954],
    ['2026-03-02T10:00', null, NAIVE_AS_UTC - 10_954],
    ['2026-03-02T10:00:10.954999Z', NAIVE_AS_UTC, NAIVE_AS_UTC],
    ['2026-03-02T12:00:10.954+02:00', NAIVE_AS_UTC, NAIVE_AS_UTC],
    ['2026-03-02T04:30:10.954-0530', NAIVE_AS_UTC, NAIVE_AS_UTC],
    ['2026-03-02T02:00:10.954-08', NAIVE_AS_UTC, NAIVE_AS_UTC],
    [NAIVE_AS_UTC, NAIVE_AS_UTC, NAIVE_AS_UTC],
    [NAIVE_AS_UTC / 1000, NAIVE_AS_UTC, NAIVE_AS_UTC],
    [NAIVE_AS_UTC * 1000, NAIVE_AS_UTC, NAIVE_AS_UTC],
    ['2026-02-30T10:00:00Z', null, null],
    ['2026-03-02T24:00:00Z', null, null],
    ['2026-03-02T10:60:00', null, null],
    ['2026-13-02T10:00:00', null, null],
    ['0001-01-01T00:00:00Z', null, null],
    ['9999-12-31T23:59:59Z', null, null],
    ['2026-03-02', null, null],
    ['yesterday', null, null],
    ['', null, null],
    [0, null, null],
    [-1, null, null],
    [17, null, null],
    [1e300, null, null],
    [Number.POSITIVE_INFINITY, null, null],
    [null, null, null],
    [true, null, null],
    [{ $date: 1 }, null, null],
    [undefined, null, null],
  ])('%j', (timestamp, at, stamp) => {
    const record = { role: 'user', content: 'x', timestamp } as JsonObject
    for (const adapter of jsonlAdapters()) expect(decode(adapter, record)).toMatchObject({ at, stamp })
  })

  test.each<[zone: string, stamp: string, at: string]>([
    ['America/Los_Angeles', '2026-03-02T10:00:10.954', '2026-03-02T18:00:10.954Z'],
    ['America/Los_Angeles', '2026-03-08T01:59:59', '2026-03-08T09:59:59.000Z'],
    // Never shown: clocks went from 2 to 3. Read as if they had gone on.
    ['America/Los_Angeles', '2026-03-08T02:30:00', '2026-03-08T10:30:00.000Z'],
    ['America/Los_Angeles', '2026-03-08T03:00:00', '2026-03-08T10:00:00.000Z'],
    ['America/Los_Angeles', '2026-11-01T00:59:59', '2026-11-01T07:59:59.000Z'],
    // Shown twice: the earlier.
    ['America/Los_Angeles', '2026-11-01T01:30:00', '2026-11-01T08:30:00.000Z'],
    ['America/Los_Angeles', '2026-11-01T02:00:00', '2026-11-01T10:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z'],
    ['Europe/Berlin', '2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z'],
    ['Asia/Kathmandu', '2026-01-01T00:00:00', '2025-12-31T18:15:00.000Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-04T14:45:00.000Z'],
    ['Pacific/Kiritimati', '2026-01-01T00:00:00', '2025-12-31T10:00:00.000Z'],
    ['UTC', '2026-01-01T00:00:00', '2026-01-01T00:00:00.000Z'],
    ['Europe/Berlin', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
  ])('on clocks of %s: %s', (timeZone, timestamp, expected) => {
    const at = Date.parse(expected)
    for (const adapter of jsonlAdapters({ timeZone })) {
      const record = { role: 'user', content: 'x', timestamp }
      expect(decode(adapter, record)).toMatchObject({ at, stamp: at })
    }
  })

  test('a zone that is not known is refused at once', () => {
    expect(() => hermesJsonl({ timeZone: 'Mars/Olympus' })).toThrow('timeZone')
    expect(() => openaiChatJsonl({ timeZone: '' })).toThrow('timeZone')
  })
})

describe('chat messages, one a line', () => {
  test.each<[record: JsonObject, decoded: object]>([
    [
      { role: 'developer', content: 'x' },
      { as: 'entry', kind: 'message', at: null, stamp: null },
    ],
    [
      { role: 'function', name: 'f', content: 'x' },
      { as: 'entry', kind: 'message' },
    ],
    [
      { role: 'user', content: 'x', created: 1772445610 },
      { as: 'entry', at: 1772445610000 },
    ],
    [
      { role: 'user', content: 'x', ts: 1772445610954 },
      { as: 'entry', at: 1772445610954 },
    ],
    [
      { role: 'user', content: 'x', created_at: '2026-03-02T10:00:10Z' },
      { as: 'entry', at: 1772445610000 },
    ],
    [
      { role: 'user', content: 'x', timestamp: null, ts: 1772445610 },
      { as: 'entry', at: 1772445610000 },
    ],
    [
      { role: 'narrator', content: 'x' },
      { as: 'entry', kind: 'narrator' },
    ],
    [{ text: 'x' }, { as: 'not-understood', detail: /no role/ }],
    [
      { role: 7, content: 'x' },
      { as: 'not-understood', detail: /no role/ },
    ],
    [{ messages: [{ role: 'user', content: 'x' }] }, { as: 'not-understood', detail: /whole conversation/ }],
    [
      { role: 'user', content: 'x', messages: [] },
      { as: 'entry', kind: 'message' },
    ],
    [
      { role: 'user', content: 'x', _type: 'metadata' },
      { as: 'entry', kind: 'message' },
    ],
  ])('%j', (record, decoded) => {
    const { detail, ...expected } = decoded as { detail?: RegExp }
    const made = decode(openaiChatJsonl(), record)
    expect(made).toMatchObject(expected)
    if (detail) expect((made as { detail: string }).detail).toMatch(detail)
  })

  test('a header tells of the session, and all of it is kept', () => {
    const header = {
      _type: 'metadata',
      created_at: '2026-03-02T10:00:10+00:00',
      metadata: { a: 1 },
      last_consolidated: 0,
    }
    expect(decode(openaiChatJsonl(), header)).toEqual({
      as: 'metadata',
      about: { startedAt: 1772445610000, meta: { header } },
    })
    const text =
      '{"_type":"metadata","a":12345678901234567890,"b":0.10000000000000000555,"c":[1e400,-0.0,1E2,0.1,1.50],"d":9007199254740993}'
    expect(openaiChatJsonl().decode({ record: JSON.parse(text), line: 1, text })).toEqual({
      as: 'metadata',
      about: {
        meta: {
          header: {
            _type: 'metadata',
            a: '12345678901234567890',
            b: '0.10000000000000000555',
            c: ['1e400', -0, 100, 0.1, 1.5],
            d: '9007199254740993',
          },
        },
      },
    })
    const naive = { _type: 'metadata', created_at: '2026-03-02T10:00:10' }
    expect(decode(openaiChatJsonl(), naive)).toEqual({ as: 'metadata', about: { meta: { header: naive } } })
  })
})

describe('whose file it is', () => {
  const HERMES_NAME = '20260302_100000_7dd70216.jsonl'
  const user = { role: 'user', content: 'hello' }

  test.each<[format: string | null, what: string, beginning: JsonObject[], fileName?: string]>([
    ['hermes-jsonl', 'a header', [{ role: 'session_meta', tools: [] }, user]],
    ['hermes-jsonl', 'a finish reason', [user, { role: 'assistant', content: 'x', finish_reason: 'stop' }]],
    ['hermes-jsonl', 'reasoning', [{ role: 'assistant', content: 'x', reasoning: null }]],
    ['hermes-jsonl', 'a mirror mark', [{ role: 'assistant', content: 'x', mirror: true }]],
    ['hermes-jsonl', 'stamps without zone', [{ ...user, timestamp: NAIVE }]],
    ['hermes-jsonl', 'rewritten lines, by the name', [user], HERMES_NAME],
    ['hermes-jsonl', 'the name of a session of the command line', [user], '20260307_124412_3dbd75.jsonl'],
    ['hermes-jsonl', 'the name of a job', [user], 'cron_daily_20260307_124412.jsonl'],
    ['hermes-jsonl', 'nothing but damage, by the name', [], HERMES_NAME],
    ['hermes-jsonl', 'odd lines among chat', [{ content: 'no role' }, { role: 'odd' }, user], HERMES_NAME],
    ['openai-chat', 'chat', [{ role: 'system', content: 'x' }, user]],
    ['openai-chat', 'calls without content', [{ role: 'assistant', tool_calls: [] }]],
    ['openai-chat', 'stamps with zone', [{ ...user, timestamp: '2026-03-02T10:00:10Z' }]],
    [
      'openai-chat',
      'nanobot',
      [
        { _type: 'metadata', created_at: NAIVE },
        { ...user, timestamp: NAIVE },
      ],
    ],
    [
      'openai-chat',
      'nanobot, at length',
      [{ _type: 'metadata' }, ...Array.from({ length: 9 }, () => ({ ...user, timestamp: NAIVE }))],
    ],
    ['openai-chat', 'a header alone', [{ _type: 'metadata' }]],
    [null, 'whole conversations', [{ messages: [user] }, { messages: [user] }]],
    [null, 'nothing', []],
    [null, 'other JSON', [{ level: 30, msg: 'started' }]],
    [null, 'a role alone', [{ role: 'user', message: 'x' }]],
    [null, 'an unknown role', [{ role: 'narrator', content: 'x' }]],
    [
      null,
      'Claude Code',
      [
        {
          parentUuid: null,
          isSidechain: false,
          type: 'user',
          message: user,
          uuid: 'u1',
          sessionId: 's',
          timestamp: '2026-03-02T10:00:10Z',
        },
      ],
    ],
    [null, 'a summary of Claude Code', [{ type: 'summary', summary: 'x', leafUuid: 'u1' }]],
    [
      null,
      'Codex',
      [
        { timestamp: '2026-03-02T10:00:10Z', type: 'session_meta', payload: { id: 'x', cwd: '/' } },
        { timestamp: '2026-03-02T10:00:10Z', type: 'event_msg', payload: { type: 'user_message' } },
      ],
    ],
    [
      null,
      'Codex before 0.45',
      [
        { id: 'x', timestamp: '2025-03-02T10:00:10Z', instructions: null, git: {} },
        { record_type: 'state' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'x' }] },
      ],
    ],
    [
      null,
      'pi and OpenClaw',
      [
        { type: 'session', version: 3, id: 'x', timestamp: '2026-03-02T10:00:10Z', cwd: '/' },
        { type: 'message', id: 'a1b2c3d4', parentId: null, message: user },
      ],
    ],
    [null, 'pi, even by a name that Hermes might give', [{ type: 'session', id: 'x' }, user], HERMES_NAME],
  ])('%s: %s', (format, _, beginning, fileName = 'chat.jsonl') => {
    const found = jsonlAdapters().find((adapter) => adapter.recognises(beginning, fileName))
    expect(found?.name ?? null).toBe(format)
  })
})
