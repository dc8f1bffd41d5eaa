import { type Entry, openaiChat, type ProjectionName, project } from '@faircopy/store-core'
import { entryHash } from '@faircopy/store-core/operator'
import { expect, test } from 'vitest'

let next = 0
function entry(kind: string, record: object): Entry {
  const text = JSON.stringify(record)
  next++
  return {
    id: next,
    seq: next,
    kind,
    idempotencyKey: null,
    at: null,
    record: text,
    hash: entryHash(kind, null, text),
    writer: 'test',
    provenance: null,
  }
}

function transcript(...entries: [kind: string, record: object][]): Entry[] {
  next = 0
  return entries.map(([kind, record]) => entry(kind, record))
}

const shown = (entries: readonly Entry[], name: ProjectionName): string[] =>
  project(entries, name, openaiChat).map(({ entry: { id }, view }) => `${id} ${view.role} ${view.text}`)

const call = {
  role: 'assistant',
  content: '',
  tool_calls: [{ id: 'c1', function: { name: 'ls', arguments: '{}' } }],
}

test('S16 audit shows every live entry as it is', () => {
  const entries = transcript(
    ['session_meta', { role: 'session_meta', model: 'm' }],
    ['odd', { x: 1 }],
    ['message', { role: 'user', content: 'hi' }],
  )
  expect(shown(entries, 'audit')).toEqual(['1 session_meta ', '2 null ', '3 user hi'])
})

test('S16 model leaves out session_meta, unknown kinds and unknown roles', () => {
  const entries = transcript(
    ['session_meta', { role: 'session_meta', model: 'm' }],
    ['message', { role: 'system', content: 'be kind' }],
    ['transcript_note', { role: 'transcript_note', content: 'n' }],
    ['message', { role: 'narrator', content: 'n' }],
    ['message', { role: 'user', content: 'hi' }],
  )
  expect(shown(entries, 'model')).toEqual(['2 system be kind', '5 user hi'])
  expect(shown(entries, 'display')).toEqual(['4 narrator n', '5 user hi'])
})

test('S16 model starts with the last compaction and the entries it kept', () => {
  const entries = transcript(
    ['message', { role: 'user', content: 'one' }],
    ['message', { role: 'assistant', content: 'two' }],
    ['message', { role: 'user', content: 'three' }],
    ['compaction', { role: 'assistant', content: 'so far', first_kept: 3 }],
    ['message', { role: 'assistant', content: 'four' }],
  )
  expect(shown(entries, 'model')).toEqual(['4 assistant so far', '3 user three', '5 assistant four'])
  expect(shown(entries, 'display')).toHaveLength(5)
})

test('S16 a delivery is labelled, shown once, and never between a tool call and its result', () => {
  const delivery = { role: 'assistant', content: 'stand-up at 10', mirror: true, mirror_source: 'cron' }
  const entries = transcript(
    ['message', { role: 'user', content: 'list' }],
    ['message', call],
    ['delivery', delivery],
    ['message', { role: 'tool', content: 'a.txt', tool_call_id: 'c1' }],
    ['message', { role: 'assistant', content: 'one file' }],
  )
  expect(shown(entries, 'model')).toEqual([
    '1 user list',
    '2 assistant ',
    '4 tool a.txt',
    '3 assistant [Delivered from cron] stand-up at 10',
    '5 assistant one file',
  ])
})

test('S16 a delivery behind an unanswered call still appears', () => {
  const delivery = { role: 'assistant', content: 'late', mirror: true }
  const unanswered = transcript(
    ['message', call],
    ['delivery', delivery],
    ['message', { role: 'user', content: 'well?' }],
  )
  expect(shown(unanswered, 'model')).toEqual([
    '1 assistant ',
    '2 assistant [Delivered from elsewhere] late',
    '3 user well?',
  ])
  expect(shown(transcript(['message', call], ['delivery', delivery]), 'model')).toHaveLength(2)
})

test('S16 a projection changes nothing that is stored', () => {
  const entries = transcript(
    ['message', call],
    ['delivery', { role: 'assistant', content: 'x', mirror: true }],
  )
  const before = JSON.stringify(entries)
  project(entries, 'model', openaiChat)
  expect(JSON.stringify(entries)).toBe(before)
})
