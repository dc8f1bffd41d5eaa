import {
  type AnthropicView,
  estimateTokens,
  type ModelMendCode,
  type ModelProvider,
  modelMessages,
  modelView,
  type OpenAiView,
} from '@faircopy/gateway'
import { type Codec, type Entry, type JsonObject, type JsonValue, openaiChat } from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { acceptedByAnthropic } from './anthropic-rules.ts'
import { transcript } from './model-transcripts.ts'
import { acceptedByOpenAi } from './openai-rules.ts'

const PNG = Buffer.from('a picture').toString('base64')

const user = (content: JsonValue, more: JsonObject = {}): JsonObject => ({ role: 'user', content, ...more })
const assistant = (content: JsonValue, more: JsonObject = {}): JsonObject => ({
  role: 'assistant',
  content,
  ...more,
})
const calls = (...ids: readonly JsonValue[]): JsonObject =>
  assistant('', { tool_calls: ids.map((id) => toolCall(id)) })
const toolCall = (id: JsonValue, name: JsonValue = 'ls', args: JsonValue = '{}'): JsonObject => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})
const result = (id: JsonValue, content: JsonValue): JsonObject => ({
  role: 'tool',
  tool_call_id: id,
  content,
})
const delivery = (content: JsonValue, more: JsonObject = {}): readonly [string, JsonObject] => [
  'delivery',
  { role: 'assistant', content, mirror: true, mirror_source: 'cron', ...more },
]

function openai(entries: readonly Entry[], more: object = {}): OpenAiView {
  const view = modelView(entries, openaiChat, { provider: 'openai', ...more })
  acceptedByOpenAi(view.messages)
  return view
}

function anthropic(entries: readonly Entry[], more: object = {}): AnthropicView {
  const view = modelView(entries, openaiChat, { provider: 'anthropic', ...more })
  if (view.messages.length > 0) acceptedByAnthropic(view)
  return view
}

const mended = ({ mends }: OpenAiView | AnthropicView): [ModelMendCode, number][] =>
  mends.map(({ code, entryId }) => [code, entryId])
const text = (words: string): { type: 'text'; text: string } => ({ type: 'text', text: words })

describe('a conversation', () => {
  const entries = transcript(
    ['session_meta', { role: 'session_meta', tools: [] }],
    { role: 'developer', content: 'Be kind.' },
    user('What is there?', { name: 'Ada', timestamp: '2026-01-01T00:00:00' }),
    assistant('', {
      reasoning: 'hm',
      finish_reason: 'tool_calls',
      tool_calls: [
        { ...toolCall('c1', 'ls', '{"path":"."}'), call_id: 'c1', extra_content: { google: { s: 1 } } },
        toolCall('c2', 'pwd', ''),
      ],
    }),
    result('c2', '/home'),
    { ...result('c1', 'a.txt'), tool_name: 'ls' },
    assistant('One file.'),
  )

  test('as Chat Completions has it', () => {
    const view = openai(entries)
    expect(view.messages).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'What is there?', name: 'Ada' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'ls', arguments: '{"path":"."}' } },
          { id: 'c2', type: 'function', function: { name: 'pwd', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'a.txt' },
      { role: 'tool', tool_call_id: 'c2', content: '/home' },
      { role: 'assistant', content: 'One file.' },
    ])
    expect(mended(view)).toEqual([])
    expect(view).toMatchObject({ awaitsModel: false, omitted: 0, overBudget: false })
  })

  test('as the Messages API has it', () => {
    const view = anthropic(entries)
    expect(view.system).toEqual([text('Be kind.')])
    expect(view.messages).toEqual([
      { role: 'user', content: [text('What is there?')] },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'c1', name: 'ls', input: { path: '.' } },
          { type: 'tool_use', id: 'c2', name: 'pwd', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c1', content: [text('a.txt')] },
          { type: 'tool_result', tool_use_id: 'c2', content: [text('/home')] },
        ],
      },
      { role: 'assistant', content: [text('One file.')] },
    ])
    expect(mended(view)).toEqual([['speaker-left-out', 3]])
  })

  test('what is passed back is passed back where it is asked for, and to nobody else', () => {
    const view = openai.bind(null, entries)
    expect(JSON.stringify(view().messages)).not.toMatch(/extra_content|reasoning/)
    const kept = modelView(entries, openaiChat, {
      provider: { style: 'openai', keeps: ['extra_content', 'reasoning', 'constructor'] },
    })
    acceptedByOpenAi(kept.messages, { knows: ['extra_content', 'reasoning'] })
    expect(kept.messages[2]).toMatchObject({
      reasoning: 'hm',
      tool_calls: [{ extra_content: { google: { s: 1 } } }, {}],
    })
    expect(JSON.stringify(anthropic(entries).messages)).not.toMatch(/extra_content|reasoning|hm/)
  })

  test('nothing said is no message', () => {
    for (const nothing of [[], transcript(['session_meta', {}]), transcript(['vendor.odd', user('no')])]) {
      expect(openai(nothing)).toEqual({
        messages: [],
        mends: [],
        tokens: 0,
        omitted: 0,
        overBudget: false,
        awaitsModel: false,
      })
      expect(anthropic(nothing)).toMatchObject({ messages: [], system: [], awaitsModel: false })
    }
  })
})

describe('roles', () => {
  test('a role that nobody knows reaches no provider, and is told', () => {
    const entries = transcript({ role: 'narrator', content: 'once' }, user('hi'), { content: 'no role' })
    expect(openai(entries).messages).toEqual([{ role: 'user', content: 'hi' }])
    expect(mended(openai(entries))).toEqual([
      ['role-left-out', 1],
      ['role-left-out', 3],
    ])
    expect(mended(openai(transcript({ role: 'narrator', content: 'once' })))).toEqual([['role-left-out', 1]])
  })

  test('neighbours of one role are one message for the Messages API, which begins with the user', () => {
    const view = anthropic(transcript(assistant('Good morning.'), assistant('Well?'), user('a'), user('b')))
    expect(view.messages).toEqual([
      { role: 'user', content: [text('[The conversation goes on]')] },
      { role: 'assistant', content: [text('Good morning.'), text('Well?')] },
      { role: 'user', content: [text('a'), text('b')] },
    ])
    expect(mended(view)).toEqual([['opened', 1]])
    expect(view.awaitsModel).toBe(true)
  })

  test('a system message from within the conversation stands beside it', () => {
    const view = anthropic(
      transcript({ role: 'system', content: 'One.' }, user('hi'), { role: 'system', content: 'Two.' }),
    )
    expect(view.system).toEqual([text('One.'), text('Two.')])
    expect(mended(view)).toEqual([['system-moved', 3]])
    expect(view.awaitsModel).toBe(true)
  })

  test('a template that alternates gets what it demands', () => {
    const entries = transcript(
      assistant('Good morning.'),
      user('a', { name: 'Ada' }),
      user([{ type: 'image_url', image_url: { url: 'https://example.org/a.png' } }], { name: 'Bob' }),
      { role: 'system', content: 'Late.' },
      assistant('Let me see.'),
      calls('c1'),
      result('c1', [{ type: 'image', data: PNG, mimeType: 'image/png' }]),
      user('stop'),
    )
    const view = modelView(entries, openaiChat, { provider: { style: 'openai', alternate: true } })
    acceptedByOpenAi(view.messages, { alternates: true })
    expect(view.messages).toEqual([
      { role: 'system', content: 'Late.' },
      { role: 'user', content: '[The conversation goes on]' },
      { role: 'assistant', content: 'Good morning.' },
      {
        role: 'user',
        content: [text('a'), { type: 'image_url', image_url: { url: 'https://example.org/a.png' } }],
      },
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'ls', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: '[image left out]' },
      { role: 'assistant', content: '[No answer was recorded]' },
      { role: 'user', content: 'stop' },
    ])
    expect(mended(view)).toEqual([
      ['content-left-out', 7],
      ['system-moved', 4],
      ['opened', 1],
      ['speaker-left-out', 2],
      ['speaker-left-out', 3],
      ['bridged', 8],
    ])
  })

  test('neighbours with one name keep it in a template that alternates', () => {
    const entries = transcript(user('a', { name: 'Ada' }), user('b', { name: 'Ada' }), assistant('c'))
    const view = modelView(entries, openaiChat, { provider: { style: 'openai', alternate: true } })
    expect(view.messages[0]).toEqual({ role: 'user', content: 'a\n\nb', name: 'Ada' })
    expect(mended(view)).toEqual([])
  })
})

describe('compactions', () => {
  const entries = transcript(
    user('one'),
    ['compaction', { role: 'assistant', content: 'first summary', first_kept: 1 }],
    { role: 'system', content: 'Be kind.' },
    user('two'),
    ['compaction', { role: 'assistant', content: 'second summary', first_kept: 3 }],
    assistant('three'),
  )

  test('the last summary is what the conversation begins with, behind the system', () => {
    expect(openai(entries).messages).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: '[Summary of the conversation so far]\nsecond summary' },
      { role: 'user', content: 'two' },
      { role: 'assistant', content: 'three' },
    ])
    expect(anthropic(entries).messages).toEqual([
      {
        role: 'user',
        content: [text('[Summary of the conversation so far]\nsecond summary'), text('two')],
      },
      { role: 'assistant', content: [text('three')] },
    ])
    expect(mended(anthropic(entries))).toEqual([])
  })

  test('a summary asks nothing, and an empty one is left out', () => {
    const alone = transcript(user('a'), ['compaction', { role: 'user', content: 'so far' }], delivery('x'))
    expect(openai(alone)).toMatchObject({ awaitsModel: false, mends: [] })
    expect(openai(alone).messages).toHaveLength(2)
    const only = transcript(user('a'), ['compaction', { role: 'user', content: 'so far' }])
    expect(anthropic(only)).toMatchObject({ awaitsModel: false, messages: [{ role: 'user' }] })
    const empty = transcript(user('a'), ['compaction', { content: ' ' }], user('b'))
    expect(openai(empty).messages).toEqual([{ role: 'user', content: 'b' }])
    expect(mended(openai(empty))).toEqual([['empty-left-out', 2]])
  })
})

describe('deliveries', () => {
  test('are labelled and never inside a tool exchange', () => {
    const entries = transcript(
      user('list'),
      calls('c1'),
      delivery('Stand-up at ten.'),
      delivery([{ type: 'text', text: 'Lunch at one.' }]),
      result('c1', 'a.txt'),
      assistant('One file.'),
    )
    expect(openai(entries).messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'list'],
      ['assistant', null],
      ['tool', 'a.txt'],
      ['assistant', '[Delivered from cron] Stand-up at ten.'],
      ['assistant', '[Delivered from cron] Lunch at one.'],
      ['assistant', 'One file.'],
    ])
    expect(mended(openai(entries))).toEqual([
      ['delivery-moved', 3],
      ['delivery-moved', 4],
    ])
  })

  test('stand in front of the open turn that they came into, so that the person has the last word', () => {
    const asked = transcript(assistant('Hello.'), user('one'), delivery('x'), user('two'), delivery('y'))
    expect(openai(asked).messages.map(({ content }) => content)).toEqual([
      'Hello.',
      'one',
      '[Delivered from cron] x',
      '[Delivered from cron] y',
      'two',
    ])
    expect(mended(openai(asked))).toEqual([['delivery-moved', 5]])
    expect(anthropic(asked).awaitsModel).toBe(true)

    const working = transcript(user('list'), calls('c1'), delivery('x'), result('c1', 'a'), delivery('y'))
    expect(openai(working).messages.map(({ role }) => role)).toEqual([
      'assistant',
      'assistant',
      'user',
      'assistant',
      'tool',
    ])
    expect(mended(openai(working))).toEqual([
      ['delivery-moved', 3],
      ['delivery-moved', 5],
    ])

    const nobody = transcript(assistant('Up.'), calls('c1'), result('c1', 'a'), delivery('y'))
    expect(openai(nobody).messages.map(({ role }) => role)).toEqual([
      'assistant',
      'assistant',
      'assistant',
      'tool',
    ])
  })

  test('stay where they are when nobody waits', () => {
    const entries = transcript(user('hi'), assistant('Hello.'), delivery('x'))
    expect(openai(entries).messages.at(-1)?.content).toBe('[Delivered from cron] x')
    expect(mended(openai(entries))).toEqual([])
    expect(openai(entries).awaitsModel).toBe(false)
  })

  test('keep their words whatever their role and calls', () => {
    const entries = transcript(
      delivery('of a user', { role: 'user' }),
      delivery('of a tool', { role: 'tool', tool_call_id: 'c1' }),
      delivery('of nobody', { role: null }),
      delivery('of a caller', { tool_calls: [toolCall('c1')] }),
      assistant('Yes?'),
    )
    expect(openai(entries).messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', '[Delivered from cron] of a user'],
      ['assistant', '[Delivered from cron] of a tool'],
      ['assistant', '[Delivered from cron] of nobody'],
      ['assistant', '[Delivered from cron] of a caller'],
      ['assistant', 'Yes?'],
    ])
    expect(mended(openai(entries))).toEqual([['calls-left-out', 4]])
  })
})

describe('tool exchanges', () => {
  test('a call without a result is answered as stated', () => {
    const entries = transcript(user('go'), calls('c1', 'c2'), result('c2', 'ok'), user('well?'))
    expect(anthropic(entries).messages[2]).toEqual({
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'c1',
          content: [text('[No result was recorded for this call]')],
          is_error: true,
        },
        { type: 'tool_result', tool_use_id: 'c2', content: [text('ok')] },
        text('well?'),
      ],
    })
    expect(openai(entries).messages[2]).toEqual({
      role: 'tool',
      tool_call_id: 'c1',
      content: '[No result was recorded for this call]',
    })
    for (const view of [openai(entries), anthropic(entries)]) {
      expect(mended(view)).toEqual([['call-unanswered', 2]])
    }
  })

  test('a turn that was cut off behind its calls waits for the model', () => {
    const view = anthropic(transcript(user('go'), calls('c1')))
    expect(view.awaitsModel).toBe(true)
    expect(mended(view)).toEqual([['call-unanswered', 2]])
  })

  test('a result without its call, and a second one, are left out', () => {
    const entries = transcript(
      result('c0', 'lost'),
      user('go'),
      calls('c1'),
      result('c1', 'first'),
      result('c1', 'second'),
      result('c9', 'lost'),
      { role: 'tool', content: 'names no call' },
    )
    expect(JSON.stringify(openai(entries).messages)).not.toMatch(/lost|second|names/)
    expect(mended(openai(entries))).toEqual([
      ['result-orphaned', 1],
      ['result-repeated', 5],
      ['result-orphaned', 6],
      ['result-orphaned', 7],
    ])
  })

  test('a result stands with its call, and what was said in between behind it', () => {
    const entries = transcript(user('go'), calls('c1'), user('wait'), result('c1', 'a'), assistant('Done.'))
    expect(openai(entries).messages.map(({ content }) => content)).toEqual(['go', null, 'a', 'wait', 'Done.'])
    expect(mended(openai(entries))).toEqual([['result-moved', 4]])
  })

  test('one id used again and again is told apart, and each result goes to the latest call', () => {
    const entries = transcript(
      user('go'),
      calls('call_0', 'call_0'),
      result('call_0', 'a'),
      result('call_0', 'b'),
      calls('call_0'),
      result('call_0', 'c'),
    )
    const view = openai(entries)
    expect(
      view.messages.flatMap((one) => (one.role === 'tool' ? [[one.tool_call_id, one.content]] : [])),
    ).toEqual([
      ['call_0', 'a'],
      ['call_2_1', 'b'],
      ['call_5_0', 'c'],
    ])
    expect(mended(view)).toEqual([
      ['call-renamed', 2],
      ['call-renamed', 5],
    ])
  })

  test('a result that names no call belongs to the one that waits', () => {
    const entries = transcript(
      user('go'),
      assistant(null, { function_call: { name: 'ls', arguments: '{"a":1}' } }),
      { role: 'function', name: 'ls', content: 'a.txt' },
    )
    expect(anthropic(entries).messages.slice(1)).toEqual([
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call_2_0', name: 'ls', input: { a: 1 } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_2_0', content: [text('a.txt')] }] },
    ])
    expect(mended(anthropic(entries))).toEqual([
      ['result-matched', 3],
      ['call-renamed', 2],
    ])
  })

  test('a call that was answered by place keeps its first result', () => {
    const entries = transcript(
      user('go'),
      calls('c1'),
      { role: 'tool', content: 'first' },
      result('c1', 'second'),
    )
    expect(openai(entries).messages.at(-1)?.content).toBe('first')
    expect(mended(openai(entries))).toEqual([
      ['result-matched', 3],
      ['result-repeated', 4],
    ])
  })

  test('ids that a provider refuses are written otherwise in call and result', () => {
    const long = 'x'.repeat(41)
    const entries = transcript(user('go'), calls('call|fc', long), result('call|fc', 'a'), result(long, 'b'))
    const toClaude = JSON.stringify(anthropic(entries).messages)
    expect(toClaude.match(/"(tool_use_)?id":"[^"]+"/g)).toEqual([
      '"id":"call_2_0"',
      `"id":"${long}"`,
      '"tool_use_id":"call_2_0"',
      `"tool_use_id":"${long}"`,
    ])
    expect(JSON.stringify(openai(entries).messages).match(/"(tool_call_)?id":"[^"]+"/g)).toEqual([
      '"id":"call|fc"',
      '"id":"call_2_1"',
      '"tool_call_id":"call|fc"',
      '"tool_call_id":"call_2_1"',
    ])
  })

  test('a made id that the transcript has itself is no clash', () => {
    const entries = transcript(
      user('go'),
      calls('a|b'),
      user('x'),
      calls('call_2_0', 'call_4_0_'),
      calls('c|d'),
    )
    const uses = JSON.stringify(anthropic(entries).messages).match(/"id":"[^"]+"/g)
    expect(uses).toEqual(['"id":"call_2_0"', '"id":"call_4_0"', '"id":"call_4_0_"', '"id":"call_5_0"'])
  })

  test('names are written with what is allowed', () => {
    const entries = transcript(
      user('go'),
      assistant(null, {
        tool_calls: [toolCall('a', 'mcp.fs/ls'), toolCall('b', 'n'.repeat(65)), toolCall('c', null)],
      }),
    )
    expect(JSON.stringify(openai(entries).messages).match(/"name":"[^"]+"/g)).toEqual([
      '"name":"mcp_fs_ls"',
      `"name":"${'n'.repeat(64)}"`,
      '"name":"unknown_tool"',
    ])
    expect(mended(openai(entries)).filter(([code]) => code === 'tool-renamed')).toHaveLength(3)
  })

  test.each<[given: JsonValue, input: JsonValue, codes: ModelMendCode[]]>([
    ['{"a":1}', { a: 1 }, []],
    [{ a: 1 }, { a: 1 }, []],
    ['', {}, []],
    [null, {}, []],
    ['{"a":', { arguments: '{"a":' }, ['arguments-wrapped']],
    ['[1]', { arguments: [1] }, ['arguments-wrapped']],
    ['null', { arguments: null }, ['arguments-wrapped']],
    [7, { arguments: 7 }, ['arguments-wrapped']],
    ['half \ud83c', { arguments: 'half \ufffd' }, ['text-repaired', 'arguments-wrapped']],
    ['{"a":"\\ud83c"}', { a: '\ufffd' }, ['text-repaired']],
    ['{"id":12345678901234567890}', { id: '12345678901234567890' }, ['number-as-text']],
    ['{"id":1234567890123456}', { id: 1234567890123456 }, []],
    ['{"n":1e999}', { n: '1e999' }, ['number-as-text']],
    ['{"n":1.5e3}', { n: 1500 }, []],
    ['{"__proto__":{"x":1}}', JSON.parse('{"__proto__":{"x":1}}') as JsonValue, []],
  ])('arguments %j are the object %j', (given, input, codes) => {
    const view = anthropic(
      transcript(user('go'), assistant('', { tool_calls: [toolCall('c', 'f', given)] }), result('c', '')),
    )
    const [use] = view.messages[1]?.content ?? []
    expect(JSON.stringify(use)).toBe(JSON.stringify({ type: 'tool_use', id: 'c', name: 'f', input }))
    expect(view.mends.map(({ code }) => code).sort()).toEqual([...codes].sort())
  })

  test('arguments nested past all reason are text', () => {
    const deep = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
    const view = anthropic(transcript(user('go'), assistant('', { tool_calls: [toolCall('c', 'f', deep)] })))
    expect(view.messages[1]?.content[0]).toMatchObject({ input: { arguments: deep } })
  })

  test('Chat Completions gets the arguments as they were written', () => {
    const given = ['{"id":12345678901234567890}', '{"a":', { b: 1 }, null]
    const entries = transcript(
      user('go'),
      assistant('', { tool_calls: given.map((one, at) => toolCall(`c${at}`, 'f', one)) }),
    )
    expect(openai(entries).messages[1]).toMatchObject({
      tool_calls: ['{"id":12345678901234567890}', '{"a":', '{"b":1}', '{}'].map((text) => ({
        function: { arguments: text },
      })),
    })
  })
})

describe('content', () => {
  const data = (type: string): JsonValue => ({
    type: 'image_url',
    image_url: { url: `data:${type};base64,${PNG}` },
  })
  const base64 = (media_type: string): object => ({
    type: 'image',
    source: { type: 'base64', media_type, data: PNG },
  })
  const url = 'https://example.org/a.png'

  test.each<[part: JsonValue, toClaude: object, toOpenAi: object]>([
    [
      data('image/png'),
      base64('image/png'),
      { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
    ],
    [
      data('image/jpg'),
      base64('image/jpeg'),
      { type: 'image_url', image_url: { url: `data:image/jpeg;base64,${PNG}` } },
    ],
    [
      { type: 'image', data: 'Y W\nI', mimeType: 'image/png' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'YWI=' } },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,YWI=' } },
    ],
    [
      { type: 'image', data: 'YWJjZ', mimeType: 'image/png' },
      text('[image left out]'),
      text('[image left out]'),
    ],
    [data('image/svg+xml'), text('[image left out]'), text('[image left out]')],
    [
      { type: 'image_url', image_url: { url, detail: 'low' } },
      { type: 'image', source: { type: 'url', url } },
      { type: 'image_url', image_url: { url, detail: 'low' } },
    ],
    [
      { type: 'input_image', image_url: url },
      { type: 'image', source: { type: 'url', url } },
      { type: 'image_url', image_url: { url } },
    ],
    [
      { type: 'image', source: { type: 'url', url } },
      { type: 'image', source: { type: 'url', url } },
      { type: 'image_url', image_url: { url } },
    ],
    [
      { type: 'image', source: { type: 'file', file_id: 'f1' } },
      { type: 'image', source: { type: 'file', file_id: 'f1' } },
      text('[image left out]'),
    ],
    [
      { type: 'image_url', image_url: { url: 'http://example.org/a' } },
      text('[image left out: http://example.org/a]'),
      { type: 'image_url', image_url: { url: 'http://example.org/a' } },
    ],
    [
      { type: 'image_url', image_url: { url: 'telegram:42' } },
      text('[image left out: telegram:42]'),
      text('[image left out: telegram:42]'),
    ],
    [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,***' } },
      text('[image left out]'),
      text('[image left out]'),
    ],
    [
      base64('image/webp') as JsonValue,
      base64('image/webp'),
      { type: 'image_url', image_url: { url: `data:image/webp;base64,${PNG}` } },
    ],
    [
      { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PNG}` } },
      {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: PNG },
        title: 'a.pdf',
      },
      { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PNG}` } },
    ],
    [
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PNG } },
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PNG } },
      { type: 'file', file: { filename: 'document.pdf', file_data: `data:application/pdf;base64,${PNG}` } },
    ],
    [
      { type: 'file', file: { filename: 'a.csv', file_data: `data:text/csv;base64,${PNG}` } },
      text('[a.csv]\na picture'),
      text('[a.csv]\na picture'),
    ],
    [
      { type: 'file', file: { file_id: 'file-1' } },
      text('[file left out]'),
      { type: 'file', file: { file_id: 'file-1' } },
    ],
    [
      { type: 'input_audio', input_audio: { data: PNG, format: 'wav' } },
      text('[audio left out]'),
      { type: 'input_audio', input_audio: { data: PNG, format: 'wav' } },
    ],
    [
      { type: 'input_audio', input_audio: { data: PNG, format: 'ogg' } },
      text('[audio left out]'),
      text('[audio left out]'),
    ],
    [
      { type: 'sticker', emoji: '👍' },
      text('{"type":"sticker","emoji":"👍"}'),
      text('{"type":"sticker","emoji":"👍"}'),
    ],
    [{ type: 'blob', data: 'x'.repeat(5000) }, text('[blob left out]'), text('[blob left out]')],
    ['half \ud83c', text('half \ufffd'), text('half \ufffd')],
    [42, text('42'), text('42')],
  ])('%j of a person', (part, toClaude, toOpenAi) => {
    const entries = transcript(user(['Look:', part]))
    expect(anthropic(entries).messages[0]?.content).toEqual([text('Look:'), toClaude])
    const { content } = openai(entries).messages[0] ?? {}
    if ('text' in toOpenAi) expect(content).toBe(`Look:\n${toOpenAi.text}`)
    else expect(content).toEqual([text('Look:'), toOpenAi])
  })

  test('what was replaced is told, and what could be sent is not', () => {
    expect(mended(anthropic(transcript(user([data('image/png')]))))).toEqual([])
    expect(mended(anthropic(transcript(user([data('image/svg+xml')]))))).toEqual([['content-left-out', 1]])
    expect(mended(anthropic(transcript(user([{ type: 'sticker' }]))))).toEqual([['content-as-text', 1]])
    expect(mended(anthropic(transcript(user('\udc00x'))))).toEqual([['text-repaired', 1]])
  })

  test('only a user’s message and a tool’s result have images', () => {
    const entries = transcript(
      { role: 'system', content: [data('image/png')] },
      user('a'),
      assistant([data('image/png'), 'b']),
    )
    expect(anthropic(entries).system).toEqual([text('[image left out]')])
    expect(anthropic(entries).messages[1]?.content).toEqual([text('[image left out]'), text('b')])
    expect(openai(entries).messages[2]?.content).toBe('[image left out]\nb')
  })

  test('a tool’s result keeps its list and its image', () => {
    const entries = transcript(
      user('go'),
      calls('c1', 'c2'),
      result('c1', [
        { type: 'text', text: 'shot' },
        { type: 'image', data: PNG, mimeType: 'image/png' },
      ]),
      result('c2', ''),
      assistant('Seen.'),
    )
    expect(anthropic(entries).messages[2]).toEqual({
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'c1', content: [text('shot'), base64('image/png')] },
        { type: 'tool_result', tool_use_id: 'c2' },
      ],
    })
    expect(openai(entries).messages.slice(2, 5)).toEqual([
      { role: 'tool', tool_call_id: 'c1', content: 'shot\n[image below]' },
      { role: 'tool', tool_call_id: 'c2', content: '' },
      {
        role: 'user',
        content: [
          text('[From the result of a tool call]'),
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
        ],
      },
    ])
    expect(mended(openai(entries))).toEqual([['content-moved', 3]])
  })

  test('what is empty is left out, but a person’s message is not', () => {
    const entries = transcript(
      { role: 'system', content: ' ' },
      user(''),
      assistant('\n'),
      assistant(null),
      user([' ', 'x']),
      user([null, '\u0000']),
    )
    expect(anthropic(entries)).toMatchObject({
      system: [],
      messages: [{ role: 'user', content: [text('[empty message]'), text('x'), text('[empty message]')] }],
    })
    expect(openai(entries).messages.map(({ content }) => content)).toEqual([
      '[empty message]',
      'x',
      '[empty message]',
    ])
    for (const view of [openai(entries), anthropic(entries)]) {
      expect(mended(view)).toEqual([
        ['empty-left-out', 1],
        ['empty-filled', 2],
        ['empty-left-out', 3],
        ['empty-left-out', 4],
        ['blank-left-out', 5],
        ['empty-filled', 6],
      ])
    }
  })

  test('white space at the very end of the last assistant’s message is left out', () => {
    const entries = transcript(user('a'), assistant('b \n'), user('c'), assistant('d \n\u0085'))
    expect(anthropic(entries).messages.map(({ content }) => content)).toEqual([
      [text('a')],
      [text('b \n')],
      [text('c')],
      [text('d')],
    ])
    expect(mended(anthropic(entries))).toEqual([['end-trimmed', 4]])
  })

  test('names of speakers', () => {
    const entries = transcript(
      user('a', { name: 'Ada L.' }),
      user('b', { name: '<|>' }),
      user('c', { name: 7 }),
    )
    expect(openai(entries).messages).toEqual([
      { role: 'user', content: 'a', name: 'Ada_L_' },
      { role: 'user', content: 'b' },
      { role: 'user', content: 'c' },
    ])
    expect(mended(openai(entries))).toEqual([
      ['speaker-renamed', 1],
      ['speaker-left-out', 2],
    ])
  })

  test('a refusal is what was said', () => {
    const entries = transcript(user('a'), assistant(null, { refusal: 'I cannot.' }))
    expect(openai(entries).messages[1]).toEqual({ role: 'assistant', content: 'I cannot.' })
  })
})

describe('records of the Messages API', () => {
  const entries = transcript(
    user([text('Look there.')]),
    assistant([
      { type: 'thinking', thinking: 'hm', signature: 'sig' },
      { type: 'redacted_thinking', data: 'abc' },
      { type: 'thinking', thinking: 'unsigned' },
      text('Looking.'),
      { type: 'tool_use', id: 'toolu_1', name: 'shot', input: { x: 1 } },
    ]),
    user([
      { type: 'tool_result', tool_use_id: 'toolu_1', content: [text('ok')], is_error: true },
      text('Hurry.'),
    ]),
    assistant([{ type: 'thinking', thinking: 'last', signature: 'sig' }]),
  )

  test('are read for Chat Completions', () => {
    expect(openai(entries).messages).toEqual([
      { role: 'user', content: 'Look there.' },
      {
        role: 'assistant',
        content: 'Looking.',
        tool_calls: [{ id: 'toolu_1', type: 'function', function: { name: 'shot', arguments: '{"x":1}' } }],
      },
      { role: 'tool', tool_call_id: 'toolu_1', content: 'ok' },
      { role: 'user', content: 'Hurry.' },
    ])
    expect(mended(openai(entries))).toEqual([['empty-left-out', 4]])
  })

  test('come back as they were, thinking where it is kept', () => {
    const kept = modelView(entries, openaiChat, { provider: { style: 'anthropic', thinking: 'keep' } })
    acceptedByAnthropic(kept)
    expect(kept.messages).toEqual([
      { role: 'user', content: [text('Look there.')] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 'sig' },
          { type: 'redacted_thinking', data: 'abc' },
          text('Looking.'),
          { type: 'tool_use', id: 'toolu_1', name: 'shot', input: { x: 1 } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: [text('ok')], is_error: true },
          text('Hurry.'),
        ],
      },
    ])
    expect(JSON.stringify(anthropic(entries).messages)).not.toContain('thinking')
  })

  test('thinking that another gateway kept in its own words comes back', () => {
    const details = [
      { type: 'reasoning.text', text: 'hm', signature: 'sig', format: 'anthropic-claude-v1' },
      { type: 'reasoning.encrypted', data: 'abc', format: 'anthropic-claude-v1' },
      { type: 'reasoning.encrypted', data: 'of another', format: 'openai-responses-v1' },
    ]
    const told = transcript(user('a'), assistant('b', { reasoning_details: details }))
    const view = modelView(told, openaiChat, { provider: { style: 'anthropic', thinking: 'keep' } })
    expect(view.messages[1]?.content).toEqual([
      { type: 'thinking', thinking: 'hm', signature: 'sig' },
      { type: 'redacted_thinking', data: 'abc' },
      text('b'),
    ])
  })

  test('a codec that tells the blocks as calls too tells each call once', () => {
    const codec: Codec = {
      name: 'own',
      view(record) {
        const view = openaiChat.view(record)
        const uses = view.parts.flatMap((part) =>
          part.type === 'other' && (part.value as JsonObject)['type'] === 'tool_use'
            ? [part.value as JsonObject]
            : [],
        )
        const toolCalls = uses.map((use) => ({
          id: String(use['id']),
          name: String(use['name']),
          arguments: use['input'] ?? null,
        }))
        return { ...view, toolCalls, rawToolCalls: uses }
      },
    }
    const view = modelView(entries, codec, { provider: 'openai' })
    expect(view.messages).toEqual(openai(entries).messages)
  })
})

describe('a budget', () => {
  const count = (words: string): number => words.length
  const entries = transcript(
    { role: 'system', content: 'system' },
    user('1234567890'),
    calls('c1'),
    result('c1', 'x'.repeat(50)),
    user('hello'),
  )
  // system 6+4, the exchange 4 + 2+2+4 + 50+4, the first user 10+4, the last 5+4
  const view = (maxTokens?: number): OpenAiView =>
    openai(entries, { countTokens: count, ...(maxTokens === undefined ? {} : { maxTokens }) })
  const roles = (shown: OpenAiView): string[] => shown.messages.map(({ role }) => role)

  test('is filled from the end, a tool exchange whole or not at all', () => {
    expect(view().tokens).toBe(99)
    expect(roles(view(99))).toEqual(['system', 'user', 'assistant', 'tool', 'user'])
    expect(view(98)).toMatchObject({ omitted: 1, tokens: 85, overBudget: false })
    expect(roles(view(98))).toEqual(['system', 'assistant', 'tool', 'user'])
    expect(roles(view(85))).toEqual(['system', 'assistant', 'tool', 'user'])
    expect(roles(view(84))).toEqual(['system', 'user'])
    expect(view(84)).toMatchObject({ omitted: 2, tokens: 19, overBudget: false })
  })

  test('is exceeded for what a person said last, and that is told', () => {
    expect(view(18)).toMatchObject({ omitted: 2, tokens: 19, overBudget: true })
    expect(roles(view(0))).toEqual(['system', 'user'])
    const turn = transcript(user('old'), user('go'), calls('c1'), result('c1', 'x'.repeat(500)))
    expect(openai(turn, { maxTokens: 10 }).messages).toHaveLength(3)
    const unasked = transcript(assistant('old'), calls('c1'), result('c1', 'x'.repeat(500)))
    expect(openai(unasked, { maxTokens: 10 })).toMatchObject({ overBudget: true, omitted: 1 })
  })

  test('keeps the summary', () => {
    const compacted = transcript(
      ['compaction', { role: 'user', content: 'so far' }],
      assistant('x'.repeat(500)),
      user('hello'),
    )
    expect(openai(compacted, { maxTokens: 40 }).messages.map(({ content }) => content)).toEqual([
      '[Summary of the conversation so far]\nso far',
      'hello',
    ])
  })

  test('tells no mend of what had no room, and names an exchange as it would without', () => {
    const long = transcript(
      user('one'),
      calls('a|b'),
      assistant('x'.repeat(900)),
      user('two'),
      calls('a|b'),
      result('a|b', 'r'),
    )
    const all = anthropic(long)
    const some = anthropic(long, { maxTokens: 100 })
    expect(mended(all)).toEqual([
      ['call-renamed', 2],
      ['call-unanswered', 2],
      ['call-renamed', 5],
    ])
    expect(mended(some)).toEqual([['call-renamed', 5]])
    expect(all.messages.slice(-2)).toEqual(some.messages.slice(-2))
  })

  test('counts well-formed text only, an image as stated, and takes no nonsense', () => {
    const counted: string[] = []
    const spy = (words: string): number => {
      counted.push(words)
      return 1
    }
    openai(transcript(user('half \ud83c')), { countTokens: spy })
    expect(counted).toEqual(['half \ufffd'])
    const image = { type: 'image', data: PNG, mimeType: 'image/png' }
    expect(openai(transcript(user([image]))).tokens).toBe(1604)
    for (const bad of [{ maxTokens: -1 }, { maxTokens: Number.NaN }, { countTokens: () => Number.NaN }]) {
      expect(() => openai(entries, bad)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    }
    const nobody = 'gopher' as ModelProvider
    expect(() => modelView(entries, openaiChat, { provider: nobody })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })

  test('the estimate is stated', () => {
    expect([
      estimateTokens(''),
      estimateTokens('abc'),
      estimateTokens('abcd'),
      estimateTokens('日本語a'),
    ]).toEqual([0, 1, 2, 4])
  })
})

describe('a stored session', () => {
  async function stored(): Promise<ReturnType<typeof createMemoryStore>> {
    const store = createMemoryStore()
    const said = (...words: readonly string[]): { record: JsonObject }[] =>
      words.map((content) => ({ record: user(content) }))
    await store.append('s', said('one', 'two', 'three'), { create: {} })
    await store.append('s', { kind: 'compaction', record: { role: 'user', content: 'old', first_kept: 2 } })
    await store.append('s', said('four', 'undone'))
    await store.replace('s', { from: 6, entries: [] })
    await store.append('s', { kind: 'compaction', record: { role: 'user', content: 'new', first_kept: 3 } })
    await store.append('s', [{ record: assistant('five') }, { record: user('six') }])
    return store
  }

  test('is read from what the last compaction kept, without what was undone', async () => {
    const store = await stored()
    let read = 0
    const counting = {
      get: store.get.bind(store),
      async *read(...args: Parameters<typeof store.read>): AsyncGenerator<Entry> {
        for await (const entry of store.read(...args)) {
          read++
          yield entry
        }
      },
    }
    const view = await modelMessages(counting, 's', { provider: 'openai' })
    expect(view.messages.map(({ content }) => content)).toEqual([
      '[Summary of the conversation so far]\nnew',
      'three',
      'four',
      'five',
      'six',
    ])
    expect(read).toBe(6)
    const entries: Entry[] = []
    for await (const entry of store.read('s')) entries.push(entry)
    expect(view).toEqual(modelView(entries, openaiChat, { provider: 'openai' }))
  })

  test('goes through its own codec, and an unknown one through the common one', async () => {
    const store = createMemoryStore()
    await store.append('s', { record: { who: 'user', says: 'hi' } }, { create: { codec: 'own' } })
    await store.append('t', { record: user('hi') }, { create: { codec: 'not.known' } })
    const own: Codec = {
      name: 'own',
      view: ({ who = null, says = null, ...rest }) => openaiChat.view({ ...rest, role: who, content: says }),
    }
    for (const session of ['s', 't']) {
      const view = await modelMessages(store, session, { provider: 'anthropic', codecs: [own] })
      expect(view.messages).toEqual([{ role: 'user', content: [text('hi')] }])
    }
  })

  test('that does not exist is a typed error', async () => {
    await expect(modelMessages(createMemoryStore(), 'none', { provider: 'openai' })).rejects.toMatchObject({
      code: 'NO_SESSION',
    })
  })
})
