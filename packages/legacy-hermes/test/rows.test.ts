import { describe, expect, test } from 'vitest'
import { HomeBuilder, insert, type Row } from './home-builder.ts'
import { entriesOf, open, readAll, sessionOf, told } from './read-home.ts'

const S = '20260302_100000_7dd70216'

function homeOf(...rows: readonly Row[]): string {
  return new HomeBuilder()
    .session(S)
    .rows(S, ...rows)
    .done()
}

async function recordsOf(...rows: readonly Row[]): Promise<string[]> {
  return (await told(homeOf(...rows), S)).map(({ record }) => record)
}

describe('the record of a row', () => {
  test('has its members in a stated order, and those of JSON columns in their exact text', async () => {
    const toolCalls = '[{"id": "call_1", "function": {"name": "ls", "arguments": "{\\"a\\": 1}"}, "n": 1.0}]'
    expect(
      await recordsOf(
        { role: 'user', content: 'naïve \u2028 😀 "q"\n' },
        {
          role: 'assistant',
          content: '',
          reasoning: 'because',
          reasoning_details: '[{"text": "\\u2026\\ud83c"}]',
          codex_reasoning_items: '[{"id": "rs_1"}]',
          finish_reason: 'tool_calls',
          tool_calls: toolCalls,
          token_count: 12,
        },
        { role: 'tool', content: null, tool_call_id: 'call_1', tool_name: 'ls' },
      ),
    ).toEqual([
      '{"role":"user","content":"naïve \u2028 😀 \\"q\\"\\n"}',
      `{"role":"assistant","content":"","tool_calls":${toolCalls},"finish_reason":"tool_calls","reasoning":"because","reasoning_details":[{"text": "\\u2026\\ud83c"}],"codex_reasoning_items":[{"id": "rs_1"}],"token_count":12}`,
      '{"role":"tool","content":null,"tool_call_id":"call_1","tool_name":"ls"}',
    ])
  })

  test.each(['tool_calls', 'reasoning_details', 'codex_reasoning_items', 'codex_message_items'])(
    'has %s in its exact text, and no column beside those of JSON',
    async (column) => {
      const text = '[{"id":  1.0}]'
      const home = new HomeBuilder()
      home.database(19)
      home.session(S).rows(S, { role: 'assistant', content: text, [column]: text, reasoning: text })
      const [{ record } = { record: '' }] = await told(home.done(), S)
      expect(record).toContain(`"${column}":${text}`)
      expect(JSON.parse(record)).toEqual({
        role: 'assistant',
        content: text,
        [column]: [{ id: 1 }],
        reasoning: text,
      })
    },
  )

  test('keeps what a JSON column holds though it is no JSON, as text', async () => {
    const broken = '[{"id": "call_1", '
    expect(
      await recordsOf(
        { role: 'assistant', content: 'x', tool_calls: broken },
        { role: 'assistant', content: 'x', tool_calls: '1,"role":"user"' },
        { role: 'assistant', content: 'x', tool_calls: '[\n  1,\r\n  2\n]' },
      ),
    ).toEqual([
      `{"role":"assistant","content":"x","tool_calls":${JSON.stringify(broken)}}`,
      '{"role":"assistant","content":"x","tool_calls":"1,\\"role\\":\\"user\\""}',
      '{"role":"assistant","content":"x","tool_calls":[   1,    2 ]}',
    ])
  })

  test('has content of parts decoded, and text with NUL whole', async () => {
    const parts = '[{"type": "text", "text": "a\\u0000b"}, {"type": "image_url"}]'
    expect(
      await recordsOf(
        { role: 'user', content: `\0json:${parts}` },
        { role: 'user', content: '\0json:{"cut": ' },
        { role: 'user', content: 'before\0after' },
        { role: 'user', content: 'json:[1]' },
      ),
    ).toEqual([
      `{"role":"user","content":${parts}}`,
      '{"role":"user","content":"\\u0000json:{\\"cut\\": "}',
      '{"role":"user","content":"before\\u0000after"}',
      '{"role":"user","content":"json:[1]"}',
    ])
  })

  test('of session_meta holds nothing but what there is; an unknown role is its own kind', async () => {
    const entries = await told(
      homeOf(
        { role: 'session_meta' },
        { role: 'observer', content: 'hm' },
        { role: 'compaction', content: 'hm' },
        { role: 'user', content: 'hi' },
      ),
      S,
    )
    expect(entries.map(({ kind, record }) => [kind, record])).toEqual([
      ['session_meta', '{"role":"session_meta"}'],
      ['observer', '{"role":"observer","content":"hm"}'],
      ['unknown', '{"role":"compaction","content":"hm"}'],
      ['message', '{"role":"user","content":"hi"}'],
    ])
    expect(entries[0]?.traits.meta).toBe('flattened')
  })

  test('says the same as the line that the gateway wrote for it', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'ls', arguments: '{"é": 1}' } }
    const home = new HomeBuilder()
      .session(S)
      .rows(
        S,
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: '', tool_calls: JSON.stringify([call]).replace('é', '\\u00e9') },
        { role: 'tool', content: 'a\0b', tool_call_id: 'call_1' },
        { role: 'assistant', content: 'mirrored' },
      )
      .transcript(
        S,
        { role: 'user', content: 'hi', timestamp: '2026-03-02T10:00:10.954000' },
        { role: 'assistant', content: '', reasoning: null, tool_calls: [call] },
        { role: 'tool', content: 'a\0b', tool_call_id: 'call_1', tool_name: 'ls' },
        { role: 'assistant', content: 'mirrored', mirror: true, mirror_source: 'cli' },
      )
      .done()
    const { database, file } = await sessionOf(await open(home), S)
    const [ofRows, ofLines] = [await entriesOf(database), await entriesOf(file)]
    expect(ofRows.map(({ traits }) => traits.fingerprint)).toEqual(
      ofLines.map(({ traits }) => traits.fingerprint),
    )
    expect(ofRows.map(({ kind }) => kind)).toEqual(['message', 'message', 'message', 'message'])
    expect(ofLines[3]?.kind).toBe('delivery')
  })
})

describe('place, time and standing of a row', () => {
  test('the order is that of the ids, whatever the clock did', async () => {
    const home = homeOf(
      { role: 'user', content: 'first', timestamp: 2000.25 },
      { role: 'user', content: 'second', timestamp: 1000 },
    )
    expect(
      (await told(home, S)).map(({ record, at, stamp, place }) => ({ record, at, stamp, place })),
    ).toEqual([
      {
        record: '{"role":"user","content":"first"}',
        at: 2_000_250,
        stamp: 2_000_250,
        place: { row: 1, rowTime: '2000.25' },
      },
      {
        record: '{"role":"user","content":"second"}',
        at: 1_000_000,
        stamp: 1_000_000,
        place: { row: 2, rowTime: '1000' },
      },
    ])
  })

  test('a stamp that is no number is kept and is no time', async () => {
    const [entry] = await told(homeOf({ role: 'user', content: 'x', timestamp: 'noon' }), S)
    expect(entry).toMatchObject({ at: null, stamp: null, place: { rowTime: 'noon' } })
    const [huge] = await told(homeOf({ role: 'user', content: 'x', timestamp: 5e246 }), S)
    expect(huge).toMatchObject({ at: null, place: { rowTime: '5e+246' } })
  })

  test('undone and compacted rows are withdrawn; NULL in active is active', async () => {
    const home = new HomeBuilder()
    home.database(19)
    home
      .session(S)
      .rows(
        S,
        { role: 'user', content: 'old', active: null },
        { role: 'user', content: 'undone', active: 0 },
        { role: 'user', content: 'compacted', active: 0, compacted: 1 },
        { role: 'user', content: 'archived', active: 1, compacted: 1 },
        { role: 'user', content: 'live', active: 1 },
      )
    expect((await told(home.done(), S)).map(({ withdrawn }) => withdrawn)).toEqual([
      false,
      true,
      true,
      true,
      false,
    ])
  })

  test('rows of sessions that took turns are told apart', async () => {
    const home = new HomeBuilder().session('a').session('b')
    for (let i = 0; i < 1500; i++) home.rows(i % 3 ? 'a' : 'b', { role: 'user', content: `${i}` })
    const path = home.done()
    const content = async (id: string): Promise<number[]> =>
      (await told(path, id)).map(({ record }) => Number(JSON.parse(record).content))
    const all = Array.from({ length: 1500 }, (_, i) => i)
    expect(await content('a')).toEqual(all.filter((i) => i % 3 > 0))
    expect(await content('b')).toEqual(all.filter((i) => i % 3 === 0))
  })
})

describe('rows that become no entry', () => {
  test('text that is no UTF-8 is quarantined with its bytes, and the others go on', async () => {
    const home = new HomeBuilder().session(S).rows(S, { role: 'user', content: 'a \ufffd that is one' })
    const database = home.database()
    const add = database.prepare(
      "INSERT INTO messages (session_id, role, content, timestamp) VALUES (?, 'user', CAST(? AS TEXT), 1)",
    )
    add.run(S, Buffer.from('6f6bff', 'hex'))
    insert(database, 'messages', {
      session_id: S,
      role: 'user',
      content: Buffer.from('bytes'),
      timestamp: 1,
    })
    home.rows(S, { role: 'user', content: 'last' })
    const { items } = await readAll((await sessionOf(await open(home.done()), S)).database)
    expect(items.map((item) => (item.as === 'quarantined' ? item.line : item.as))).toEqual([
      'entry',
      expect.objectContaining({ reason: 'invalid-utf8', line: 2, offset: 0 }),
      expect.objectContaining({ reason: 'invalid-utf8', line: 3 }),
      'entry',
    ])
    const bytes = items.flatMap((item) =>
      item.as === 'quarantined' && item.line.bytes ? [item.line.bytes] : [],
    )
    expect(bytes.map((text) => Buffer.from(text).toString())).toEqual([
      '{"role":"user","content":{"base64":"b2v/"}}',
      '{"role":"user","content":"bytes"}',
    ])
  })

  test('what is larger or deeper than a store takes is quarantined, and the too large is never loaded', async () => {
    const home = homeOf(
      { role: 'user', content: 'x'.repeat(2000) },
      { role: 'user', content: '\u0001'.repeat(900) },
      { role: 'assistant', content: '', tool_calls: `${'['.repeat(9)}${']'.repeat(9)}` },
      { role: 'assistant', content: '', tool_calls: `${'['.repeat(8)}${']'.repeat(8)}` },
    )
    const source = await open(home, { limits: { maxBytes: 1000, maxDepth: 9 } })
    const { items } = await readAll((await sessionOf(source, S)).database)
    expect(items).toMatchObject([
      { as: 'quarantined', line: { reason: 'too-long', line: 1, bytes: null } },
      { as: 'quarantined', line: { reason: 'too-long', line: 2, bytes: null } },
      { as: 'quarantined', line: { reason: 'too-deep', line: 3 } },
      { as: 'entry' },
    ])
  })
})

describe('a pass', () => {
  test('has its digest at its end and not before', async () => {
    const { database } = await sessionOf(await open(homeOf({ role: 'user', content: 'x' })), S)
    const reading = database?.read()
    expect(() => reading?.digest).toThrow(/has ended/)
    await Array.fromAsync(reading ?? [])
    expect(reading?.digest).toMatch(/^[0-9a-f]{64}$/)
  })

  test('over a session without rows is empty', async () => {
    const { database } = await sessionOf(await open(homeOf()), S)
    expect((await readAll(database)).items).toEqual([])
  })
})
