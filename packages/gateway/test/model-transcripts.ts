import type { Entry, JsonObject, JsonValue } from '@faircopy/store-core'
import { entryHash } from '@faircopy/store-core/operator'
import fc from 'fast-check'

/** A transcript to be shown, and what of it has to be found again. */
export interface MadeTranscript {
  readonly entries: readonly Entry[]
  /** The marks of what a person said or was delivered, that is in the view, in order. */
  readonly marks: readonly { readonly mark: string; readonly isDelivery: boolean }[]
}

/** An entry as a store gives it. */
export function made(id: number, kind: string, record: JsonObject, seq: number = id): Entry {
  const text = JSON.stringify(record)
  const hash = entryHash(kind, null, text)
  return {
    id,
    seq,
    kind,
    idempotencyKey: null,
    at: null,
    record: text,
    hash,
    writer: 'test',
    provenance: null,
  }
}

/** Entries numbered from 1. */
export function transcript(...said: readonly (JsonObject | readonly [kind: string, JsonObject])[]): Entry[] {
  return said.map((one, at) =>
    Array.isArray(one) ? made(at + 1, one[0], one[1]) : made(at + 1, 'message', one as JsonObject),
  )
}

const PNG = Buffer.from('a picture').toString('base64')

const ids = fc.constantFrom<JsonValue>(
  'c1',
  'c2',
  'c3',
  'call|fc_1',
  'functions.ls:0',
  '',
  'call_3_0',
  'call_3_0_',
  'x'.repeat(41),
  'y'.repeat(90),
  'ü',
  'half\ud83c',
  'sp ace',
  null,
  7,
)
const names = fc.constantFrom<JsonValue>('ls', 'mcp.tool', 'n'.repeat(70), '', 'näme', 'half\udc00', null, 3)
const odd = fc.constantFrom(
  '',
  ' ',
  '\n\t',
  '\u0085',
  '\u0000',
  '\ufeff',
  'half \ud83c',
  '\udc00',
  '👍',
  'end \n ',
)
const given = fc.oneof(
  fc.constantFrom<JsonValue>(
    '{}',
    '',
    '{"a":1}',
    '{"id":12345678901234567890}',
    '{"n":1e999}',
    '{"a":',
    '[1]',
    '"text"',
    'null',
    null,
    7,
    '{"half":"\\ud83c"}',
    '{"__proto__":{"x":1}}',
    'half \ud83c',
    `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
    `{"deep":${'['.repeat(300)}${']'.repeat(300)}}`,
  ),
  fc.json(),
  fc.dictionary(fc.string({ unit: 'binary', maxLength: 4 }), fc.jsonValue()) as fc.Arbitrary<JsonValue>,
)
const media = fc.constantFrom<JsonValue>(
  { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}`, detail: 'high' } },
  { type: 'image_url', image_url: { url: `data:image/jpg;base64,${PNG}`, detail: 'huge' } },
  { type: 'image_url', image_url: { url: 'https://example.org/a.png' } },
  { type: 'image_url', image_url: { url: 'http://example.org/a.png' } },
  { type: 'image_url', image_url: 'https://example.org/a b.png' },
  { type: 'image_url', image_url: { url: 'file:///etc/passwd' } },
  { type: 'image_url', image_url: { url: 'data:image/svg+xml,<svg/>' } },
  { type: 'image_url', image_url: { url: 'data:image/png;base64,***' } },
  { type: 'image_url' },
  { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: PNG } },
  { type: 'image', source: { type: 'url', url: 'https://example.org/half\ud83c' } },
  { type: 'image', source: { type: 'file', file_id: 'file_1' } },
  { type: 'image', data: PNG, mimeType: 'image/gif' },
  {
    type: 'document',
    source: { type: 'base64', media_type: 'application/pdf', data: PNG },
    title: 'half\ud83c',
  },
  { type: 'document', source: { type: 'text', media_type: 'text/plain', data: ' ' } },
  { type: 'file', file: { file_data: `data:application/pdf;base64,${PNG}`, filename: 'a.pdf' } },
  { type: 'file', file: { file_data: `data:text/csv;base64,${PNG}`, filename: 'a.csv' } },
  { type: 'file', file: { file_id: 'file-1' } },
  { type: 'input_audio', input_audio: { data: PNG, format: 'wav' } },
  { type: 'input_audio', input_audio: { data: PNG, format: 'ogg' } },
  { type: 'sticker', emoji: 'half\ud83c' },
  { type: 'blob', data: 'x'.repeat(5000) },
  { type: 'thinking', thinking: 'hm', signature: 'sig' },
  { type: 'thinking', thinking: 'unsigned' },
  { type: 'redacted_thinking', data: 'abc' },
  { type: 'tool_result', content: 'without an id' },
  null,
  42,
  [],
  ['nested'],
)

function contents(words: fc.Arbitrary<string>): fc.Arbitrary<JsonValue> {
  const text = fc.oneof(
    words,
    words.map((one) => ({ type: 'text', text: one })),
    words.map((one) => ({ type: 'input_text', text: one })),
  )
  const parts = fc
    .tuple(fc.array(media, { maxLength: 2 }), text, fc.array(media, { maxLength: 2 }))
    .map(([before, middle, after]) => [...before, middle, ...after])
  return fc.oneof(words, parts as fc.Arbitrary<JsonValue>)
}

const noise = fc.oneof(
  fc.constant(null),
  odd,
  media,
  fc.array(fc.oneof(media, odd), { maxLength: 3 }),
) as fc.Arbitrary<JsonValue>

const call = fc.record({ id: ids, name: names, given }).map(({ id, name, given: args }) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
  extra_content: { google: { thought_signature: 's' } },
}))
const block = fc
  .record({ id: ids, name: names, given })
  .map(({ id, name, given: args }) => ({ type: 'tool_use', id, name, input: args }))

const MARK = (at: number): string => `mark-${at}-`

type Maker = (at: number) => { kind: string; record: JsonObject; marks: boolean; firstKept?: number }

/** Each kind of entry that a transcript may hold; what a person said or was delivered carries the mark of its place. */
const entry: fc.Arbitrary<Maker> = fc.oneof(
  { weight: 6, arbitrary: person('message', fc.constantFrom<JsonValue>('user')) },
  {
    weight: 4,
    arbitrary: person(
      'delivery',
      fc.constantFrom<JsonValue>('assistant', 'assistant', 'user', 'tool', 'system', 'nobody', null),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.oneof(noise, odd).map((content) => plain('message', { role: 'user', content })),
  },
  { weight: 3, arbitrary: contents(odd).map((content) => plain('message', { role: 'assistant', content })) },
  {
    weight: 6,
    arbitrary: fc
      .record({
        calls: fc.oneof(fc.array(call, { maxLength: 3 }), fc.constant<JsonValue>([7, null, {}])),
        content: noise,
        blocks: fc.array(block, { maxLength: 2 }),
      })
      .map(({ calls, content, blocks }) =>
        plain('message', {
          role: 'assistant',
          content: Array.isArray(content) ? [...content, ...blocks] : content,
          tool_calls: calls,
          reasoning: 'hm',
          reasoning_content: 'half \ud83c',
          reasoning_details: [
            { type: 'reasoning.text', text: 'hm', signature: 's', format: 'anthropic-claude-v1' },
          ],
        }),
      ),
  },
  {
    weight: 8,
    arbitrary: fc
      .record({ id: ids, content: fc.oneof(noise, contents(odd)) })
      .map(({ id, content }) => plain('message', { role: 'tool', tool_call_id: id, content })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ id: ids, content: noise, isError: fc.boolean() })
      .map(({ id, content, isError }) => (at: number) => ({
        kind: 'message',
        record: {
          role: 'user',
          content: [
            { type: 'text', text: MARK(at) },
            { type: 'tool_result', tool_use_id: id, content, is_error: isError },
          ],
          tool_calls: [],
        },
        marks: true,
      })),
  },
  { weight: 1, arbitrary: noise.map((content) => plain('message', { role: 'system', content })) },
  { weight: 1, arbitrary: fc.constant(plain('message', { role: 'developer', content: 'be kind' })) },
  { weight: 1, arbitrary: fc.constant(plain('message', { role: 'narrator', content: 'once' })) },
  {
    weight: 1,
    arbitrary: fc.constant(
      plain('message', { role: 'assistant', function_call: { name: 'ls', arguments: '{}' } }),
    ),
  },
  {
    weight: 1,
    arbitrary: noise.map((content) => plain('message', { role: 'function', name: 'ls', content })),
  },
  {
    weight: 1,
    arbitrary: fc.constant(plain('session_meta', { role: 'session_meta', tools: [{ secret: 'never' }] })),
  },
  { weight: 1, arbitrary: fc.constant(plain('vendor.odd', { role: 'user', content: 'never' })) },
  {
    weight: 1,
    arbitrary: fc
      .record({
        back: fc.integer({ min: -1, max: 8 }),
        role: fc.constantFrom('assistant', 'user', 'summary'),
        content: noise,
      })
      .map(({ back, role, content }) => (at: number) => ({
        kind: 'compaction',
        record: { role, content, ...(back < 0 ? {} : { first_kept: at - back }) },
        marks: false,
      })),
  },
)

function plain(kind: string, record: JsonObject): Maker {
  return () => ({ kind, record, marks: false })
}

function person(kind: string, role: fc.Arbitrary<JsonValue>): fc.Arbitrary<Maker> {
  const named = fc.constantFrom<JsonValue>('Ada', 'Ada L.', '<|>', 'Ünïcode', '', null)
  return fc
    .record({ role, content: contents(fc.constant('MARK')), tail: odd, named, hasCalls: fc.boolean() })
    .map(({ role: own, content, tail, named: name, hasCalls }) => (at: number) => ({
      kind,
      record: JSON.parse(
        JSON.stringify({
          role: own,
          content,
          name,
          ...(hasCalls ? { tool_call_id: 'c1', tool_calls: [{ id: 'c1', function: { name: 'ls' } }] } : {}),
          ...(kind === 'delivery' ? { mirror: true, mirror_source: 'cron' } : {}),
        }).replaceAll('MARK', JSON.stringify(MARK(at) + tail).slice(1, -1)),
      ) as JsonObject,
      marks: true,
    }))
}

/** Random transcripts of every kind of entry, however odd. */
export const transcripts: fc.Arbitrary<MadeTranscript> = fc.array(entry, { maxLength: 24 }).map((makers) => {
  const all = makers.map((maker, at) => maker(at + 1))
  const entries = all.map(({ kind, record }, at) => made(at + 1, kind, record))
  const compaction = all.findLastIndex(({ kind }) => kind === 'compaction')
  const named = all[compaction]?.record['first_kept']
  const from = typeof named === 'number' && named >= 1 && named <= compaction ? named : compaction + 2
  const marks = all.flatMap(({ kind, marks: isMarked }, at) =>
    isMarked && at + 1 >= from ? [{ mark: MARK(at + 1), isDelivery: kind === 'delivery' }] : [],
  )
  return {
    entries,
    marks:
      compaction === -1
        ? all.flatMap(({ kind, marks: isMarked }, at) =>
            isMarked ? [{ mark: MARK(at + 1), isDelivery: kind === 'delivery' }] : [],
          )
        : marks,
  }
})
