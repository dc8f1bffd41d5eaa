import { codecNamed, openaiChat, parseRecord } from '@faircopy/store-core'
import fc from 'fast-check'
import { expect, test } from 'vitest'

test('a view keeps what it does not name', () => {
  const view = openaiChat.view(
    parseRecord('{"role":"user","content":"hi","reasoning":"r","extra":{"deep":[1]}}'),
  )
  expect(view.rest).toEqual({ reasoning: 'r', extra: { deep: [1] } })
})

test('content is text, parts, an object or nothing', () => {
  const text = (content: string): string =>
    openaiChat.view(parseRecord(`{"role":"user","content":${content}}`)).text
  expect(text('"hi"')).toBe('hi')
  expect(text('null')).toBe('')
  expect(text('[{"type":"text","text":"what"},{"type":"image_url","image_url":{"url":"u"}},"is it?"]')).toBe(
    'what\nis it?',
  )
  expect(text('{"odd":1}')).toBe('')
})

test('tool calls keep arguments that are no JSON', () => {
  const view = openaiChat.view(
    parseRecord(
      '{"role":"assistant","content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{broken"}}]}',
    ),
  )
  expect(view.toolCalls).toEqual([{ id: 'c', name: 'f', arguments: '{broken' }])
})

test('a mirrored line says where it was delivered from', () => {
  expect(
    openaiChat.view({ role: 'assistant', content: 'x', mirror: true, mirror_source: 'cron' }).deliveredFrom,
  ).toBe('cron')
  expect(openaiChat.view({ role: 'assistant', content: 'x' }).deliveredFrom).toBeNull()
})

test('no object, however odd, is too odd to look at', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('role', 'content', 'tool_calls', 'tool_call_id', 'id', 'mirror', 'x'),
        fc.jsonValue(),
      ),
      (record) => {
        expect(() => openaiChat.view(record as never)).not.toThrow()
      },
    ),
  )
})

test('an unknown codec name reads what it can', () => {
  expect(codecNamed('never-heard-of')).toBe(openaiChat)
  const own = { ...openaiChat, name: 'own' }
  expect(codecNamed('own', [own])).toBe(own)
})
