import { InvalidRecord, parseRecord, recordText, StoreError } from '@faircopy/store-core'
import fc from 'fast-check'
import { expect, test } from 'vitest'

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRecord)
    return (error as InvalidRecord).reason
  }
  return 'accepted'
}

test.each([
  ['key order and spaces', '{ "b": 1,  "a" : 2 }'],
  ['duplicate keys', '{"role":"a","role":"b"}'],
  ['numbers past 2^53', '{"n":9007199254740993,"f":1.0,"z":-0,"e":1e400}'],
  ['__proto__', '{"__proto__":{"x":1},"constructor":2}'],
  ['U+2028, emoji and escaped NUL', '{"t":"\u2028\u{1f469}\u200d\u{1f467} \\u0000"}'],
  ['an escaped lone surrogate', '{"t":"\\ud83c"}'],
])('S12 text is kept as written: %s', (_, text) => {
  expect(recordText(text)).toBe(text)
})

test('S12 an unpaired surrogate becomes its escape and reads as the same string', () => {
  const text = recordText('{"t":"x\ud83cy \u{1f469} \udc00"}')
  expect(text).toBe('{"t":"x\\ud83cy \u{1f469} \\udc00"}')
  expect(parseRecord(text)['t']).toBe('x\ud83cy \u{1f469} \udc00')
})

test('S12 any string survives as a value', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
      (said) => {
        const text = recordText({ said })
        expect(text.isWellFormed()).toBe(true)
        expect(parseRecord(text)['said']).toBe(said)
      },
    ),
  )
})

test('S12 what is not the text of one object is refused by name', () => {
  expect(refusal(() => recordText('{"a":1'))).toBe('not-json')
  expect(refusal(() => recordText('{"a":1} {"b":2}'))).toBe('not-json')
  for (const text of ['null', '[1]', '"x"', '3']) expect(refusal(() => recordText(text))).toBe('not-object')
  expect(refusal(() => recordText([] as never))).toBe('not-object')
  expect(refusal(() => recordText({ toJSON: () => 'x' } as never))).toBe('not-object')
  expect(refusal(() => recordText({ n: 1n } as never))).toBe('not-json')
})

test('S12 nesting is legal to 200 levels and refused beyond, however deep', () => {
  const nested = (levels: number): string => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`
  expect(recordText(nested(200))).toBe(nested(200))
  expect(refusal(() => recordText(nested(201)))).toBe('too-deep')
  expect(refusal(() => recordText(`{"a":${'['.repeat(1_000_000)}`))).toBe('too-deep')
  const flat = JSON.stringify({ many: Array.from({ length: 500 }, () => ({})), text: '{[{['.repeat(100) })
  expect(recordText(flat)).toBe(flat)
  let deep: object = {}
  for (let i = 0; i < 20_000; i++) deep = { deep }
  expect(refusal(() => recordText(deep as never))).toBe('too-deep')
})

test('S12 the size limit counts bytes, not characters', () => {
  const limits = { maxBytes: 20, maxDepth: 200 }
  expect(recordText('{"t":"12345678901"}', limits)).toHaveLength(19)
  expect(recordText('{"t":"123456789012"}', limits)).toHaveLength(20)
  expect(refusal(() => recordText('{"t":"1234567890123"}', limits))).toBe('too-large')
  expect(refusal(() => recordText('{"t":"\u65e5\u672c\u8a9e\u65e5\u672c"}', limits))).toBe('too-large')
  expect(recordText('{"t":"\u65e5\u672c\u8a9e\u65e5"}', limits)).toHaveLength(12)
})

test('a refusal never quotes the record', () => {
  try {
    recordText('{"password": hunter2}')
    expect.unreachable()
  } catch (error) {
    expect(StoreError.is(error)).toBe(true)
    expect(JSON.stringify([String(error), (error as Error).cause, (error as Error).stack])).not.toContain(
      'hunter2',
    )
  }
})
