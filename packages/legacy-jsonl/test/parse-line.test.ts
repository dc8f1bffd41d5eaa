import { type LineEnd, parseLine } from '@faircopy/legacy-jsonl'
import { DEFAULT_RECORD_LIMITS } from '@faircopy/store-core/backend'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sourceLine } from './source-line.ts'

function dispositionOf(text: string | Uint8Array, end: LineEnd = '\n'): string {
  const parsed = parseLine(sourceLine(text, end), DEFAULT_RECORD_LIMITS)
  return parsed.as === 'fault' ? parsed.fault : parsed.as
}

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')

describe('a line with its end', () => {
  test.each<[disposition: string, what: string, line: string | Uint8Array]>([
    ['record', 'an object', '{"role": "user", "content": "hello"}'],
    ['record', 'an empty object', '{}'],
    ['record', 'space around it', ' \t{"a": 1}\t '],
    ['record', 'separators of other worlds in a string', '{"a": "\u2028\u2029\u0085\u200b\ufeff"}'],
    ['record', 'an escaped unpaired surrogate', '{"a": "\\ud83c"}'],
    ['record', 'an escaped NUL', '{"a": "x\\u0000y"}'],
    ['record', 'numbers beyond what is exact', '{"a": 9007199254740993, "b": 1e400, "c": -0}'],
    ['blank', 'nothing', ''],
    ['blank', 'space', ' \t '],
    ['blank', 'carriage returns', '\r\r'],
    ['not-an-object', 'null', 'null'],
    ['not-an-object', 'an array', '[1,2]'],
    ['not-an-object', 'a string', '"str"'],
    ['not-an-object', 'a number', '3'],
    ['several-values', 'two objects', '{"a":1}{"b":2}'],
    ['several-values', 'two objects with space between', '{"a": "}{"} \t{"b":[true,false,null,-1.5e+9]} '],
    ['several-values', 'an object and a number', '{"a":1} 3'],
    ['invalid-json', 'an object and something', '{"a":1} and so on'],
    ['invalid-json', 'an object and half another', '{"a":1}{"b":'],
    ['invalid-json', 'half an object', '{"role": "assistant", "content": "k3 ans'],
    ['invalid-json', 'half an object and a whole one', '{"content": "ans{"role": "user", "content": "q"}'],
    ['invalid-json', 'words', 'Traceback (most recent call last):'],
    ['invalid-json', 'a control character in a string', '{"a": "x\u001by"}'],
    ['invalid-json', 'a lone CR in a string', '{"a": "x\ry"}'],
    ['invalid-json', 'a byte order mark within the file', '\uFEFF{"a": 1}'],
    ['invalid-json', 'a separator between tokens', '{"a":\u00a01}'],
    ['invalid-json', 'NaN', '{"a": NaN}'],
    ['invalid-utf8', 'a wrong byte', latin1('{"content": "\xff5 answer"}')],
    ['invalid-utf8', 'a character cut by the line end', latin1('{"content": "na\xc3')],
    ['invalid-utf8', 'an overlong encoding', latin1('{"a": "\xc0\x80"}')],
    ['invalid-utf8', 'an encoded surrogate', latin1('{"a": "\xed\xa0\xbc"}')],
    ['invalid-utf8', 'UTF-16 with its mark', latin1('\xff\xfe{')],
    ['nul-bytes', 'nothing but NUL', '\0'.repeat(4096)],
    ['nul-bytes', 'a record that ends in NUL', `{"role": "us${'\0'.repeat(100)}`],
    ['nul-bytes', 'a record behind NUL', `${'\0'.repeat(100)}{"a": 1}`],
    ['nul-bytes', 'UTF-16 without mark', Buffer.from('{"a": 1}', 'utf16le')],
    ['nul-bytes', 'NUL among bytes that are no UTF-8', latin1('\0\xff\0')],
    ['too-deep', 'arrays deeper than 200', `{"a": ${'['.repeat(200)}${']'.repeat(200)}}`],
    ['too-deep', 'objects deeper than any stack', '{"a":'.repeat(1_000_000)],
    ['record', 'arrays 200 deep', `{"a": ${'['.repeat(199)}${']'.repeat(199)}}`],
    ['record', 'brackets in a string', `{"a": "${'['.repeat(1000)}\\"${'{'.repeat(1000)}"}`],
    ['record', 'many brackets side by side', `{"a": [${'[],'.repeat(1000)}{}]}`],
  ])('%s: %s', (disposition, _, line) => {
    expect(dispositionOf(line)).toBe(disposition)
    expect(dispositionOf(line, '\r\n')).toBe(disposition)
  })
})

describe('the last line, without its end', () => {
  test.each<[disposition: string, line: string | Uint8Array]>([
    ['record', '{"a": 1}'],
    ['blank', ' '],
    ['torn-tail', '{'],
    ['torn-tail', ' {"'],
    ['torn-tail', '{"a\\'],
    ['torn-tail', '{"a\\u00e'],
    ['torn-tail', '{"a"'],
    ['torn-tail', '{"a":tru'],
    ['torn-tail', '{"a":[null,fals'],
    ['torn-tail', '{"a":[nul'],
    ['torn-tail', '{"a":-'],
    ['torn-tail', '{"a":0.'],
    ['torn-tail', '{"a":1e+'],
    ['torn-tail', '{"a":[1,'],
    ['torn-tail', `{"a":"${'['.repeat(300)}`],
    ['torn-tail', '{"a":{},"b"'],
    ['torn-tail', latin1('{"content": "na\xc3')],
    ['torn-tail', latin1('{"\xf0\x9f\x91')],
    ['invalid-utf8', latin1('{"content": "na\xff')],
    ['invalid-utf8', latin1('{"content": "na\xed\xa0')],
    ['invalid-utf8', latin1('{"content": "na\xf4\x90')],
    ['invalid-utf8', latin1('{"content": "na\xe0\x80')],
    ['invalid-utf8', latin1('{"content": "\xff na\xc3')],
    ['invalid-utf8', latin1('{"content": "na\x80')],
    ['invalid-utf8', latin1('{"content": "na", \xc3')],
    ['invalid-utf8', latin1('{"content": "na\\\xc3')],
    ['invalid-json', '[1,'],
    ['invalid-json', '"str'],
    ['invalid-json', 'nul'],
    ['invalid-json', '{a'],
    ['invalid-json', '{"a" 1'],
    ['invalid-json', '{"a":,'],
    ['invalid-json', '{,'],
    ['invalid-json', '{"a":1,}'],
    ['invalid-json', '{"a":[1,]'],
    ['invalid-json', '{"a":[}'],
    ['invalid-json', '{"a":01'],
    ['invalid-json', '{"a":.5'],
    ['invalid-json', '{"a":+'],
    ['invalid-json', '{"a":trux'],
    ['invalid-json', '{"a\\x'],
    ['invalid-json', '{"a\\u00g'],
    ['invalid-json', '{"a\tb'],
    ['invalid-json', '{"a":1}{'],
    ['invalid-json', '{"a":1}]'],
    ['several-values', '{"a":1}{}'],
    ['nul-bytes', '{"a\0'],
  ])('%s: %s', (disposition, line) => {
    expect(dispositionOf(line, '')).toBe(disposition)
    expect(dispositionOf(line, '\r')).toBe(disposition)
  })
})

describe('for every input', () => {
  const record = fc
    .tuple(
      fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ stringUnit: 'grapheme' })),
      fc.nat(2),
    )
    .map(([value, indent]) => JSON.stringify(value, null, indent).replaceAll('\n', ' '))

  test('a record cut anywhere is a torn tail, and only at the end of the file', () => {
    fc.assert(
      fc.property(record, (text) => {
        const bytes = Buffer.from(text)
        for (let length = 1; length < bytes.length; length++) {
          const start = bytes.subarray(0, length)
          expect(dispositionOf(start, ''), start.toString()).toBe('torn-tail')
          expect(['invalid-json', 'invalid-utf8']).toContain(dispositionOf(start, '\n'))
        }
        expect(parseLine(sourceLine(bytes, ''), DEFAULT_RECORD_LIMITS)).toMatchObject({ as: 'record', text })
      }),
      { numRuns: 40 },
    )
  })

  test('what begins no object is no torn tail', () => {
    // Every text of at most 7 of these, and with it every beginning of one that is an object.
    const letters = [...'{}":1,[]']
    const begins = new Set<string>()
    const grow = (text: string): void => {
      if (text.length === 7) return
      for (const letter of letters) {
        const longer = text + letter
        if (isObject(longer)) for (let end = 1; end < longer.length; end++) begins.add(longer.slice(0, end))
        if (dispositionOf(longer, '') === 'torn-tail') grow(longer)
      }
    }
    grow('')
    const check = (text: string): void => {
      expect(dispositionOf(text, '') === 'torn-tail', text).toBe(begins.has(text))
      if (text.length < 3) for (const letter of letters) check(text + letter)
    }
    for (const letter of letters) check(letter)
  })

  test('bytes of any kind have a disposition', () => {
    const soup = fc
      .array(
        fc.constantFrom(
          '{',
          '}',
          '[',
          ']',
          '"',
          '\\',
          'u',
          ':',
          ',',
          '1',
          '-',
          '.',
          'e',
          'true',
          ' ',
          '\xc3',
          '\0',
        ),
        { maxLength: 20 },
      )
      .map((parts) => latin1(parts.join('')))
    fc.assert(
      fc.property(
        fc.oneof(soup, fc.uint8Array()),
        fc.constantFrom<LineEnd>('\n', '\r\n', '\r', ''),
        (bytes, end) => {
          const parsed = parseLine(sourceLine(bytes, end), DEFAULT_RECORD_LIMITS)
          const text = Buffer.from(bytes).toString()
          expect(parsed.as === 'record').toBe(isObject(text) && Buffer.from(text).equals(bytes))
        },
      ),
    )
  })
})

test('a line over the limit has no bytes', () => {
  expect(parseLine({ ...sourceLine('{}'), bytes: null, length: 1e9 }, DEFAULT_RECORD_LIMITS)).toEqual({
    as: 'fault',
    fault: 'too-long',
  })
})

test.each([
  ['{"role":"user","content":"a","role":"system"}', true],
  ['{"role":"user","\\u0072ole":"system"}', true],
  ['{"":1,"":1}', true],
  ['{"role":"user","content":[{"role":1,"role":2}]}', false],
  ['{"role":"user","content":"\\"role\\":1, \\\\"}', false],
  ['{"__proto__":{"a":1},"constructor":2}', false],
  ['{}', false],
])('a member that stands twice in the record is noticed: %s', (text, duplicateMember) => {
  expect(parseLine(sourceLine(text), DEFAULT_RECORD_LIMITS)).toMatchObject({
    as: 'record',
    text,
    duplicateMember,
  })
})

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
