import { combineRecords } from '@faircopy/reconcile'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

describe('combineRecords', () => {
  test.each([
    ['adds what is lacking', '{"a":1}', '{"b":2}', '{"a":1, "b":2}', ['b'], []],
    ['keeps the spacing of both', '{ "a" : 1 }\r', ' { "b"  :\t2 } ', '{ "a" : 1, "b"  :\t2 }\r', ['b'], []],
    ['fills an empty object', '{ }', '{"b":2,"c":[]}', '{"b":2, "c":[] }', ['b', 'c'], []],
    ['has nothing to add', '{"a":1,"b":2}', '{"b":2}', '{"a":1,"b":2}', [], []],
    [
      'reads braces and quotes in strings',
      '{"a":"}\\"{,"}',
      '{"b":"]}\\\\","c":{"d":["}"]}}',
      '{"a":"}\\"{,", "b":"]}\\\\", "c":{"d":["}"]}}',
      ['b', 'c'],
      [],
    ],
    [
      'keeps numbers and escapes as they are',
      '{"a":1}',
      '{"n":12345678901234567890.10,"s":"\\ud83d\\u0041"}',
      '{"a":1, "n":12345678901234567890.10, "s":"\\ud83d\\u0041"}',
      ['n', 's'],
      [],
    ],
    ['knows a key by its decoded name', '{"caf\\u00e9":1}', '{"café":1}', '{"caf\\u00e9":1}', [], []],
    [
      'knows no special names',
      '{"a":1}',
      '{"__proto__":{"x":1},"constructor":2}',
      '{"a":1, "__proto__":{"x":1}, "constructor":2}',
      ['__proto__', 'constructor'],
      [],
    ],
    ['adds a key told twice once, the last one', '{}', '{"b":1,"b":2}', '{"b":2}', ['b'], []],
    ['leaves a key the file tells twice', '{"a":1,"a":2}', '{"a":2}', '{"a":1,"a":2}', [], []],
    ['never minds the time', '{"timestamp":"x"}', '{"timestamp":1.5}', '{"timestamp":"x"}', [], []],
    ['never takes the time', '{}', '{"timestamp":1.5}', '{}', [], []],
    ['adds no null', '{}', '{"a":null}', '{}', [], []],
    ['lets no null contradict', '{"a":1}', '{"a":null}', '{"a":1}', [], []],
    ['reports a value for a null', '{"a":null}', '{"a":1}', '{"a":null}', [], ['a']],
    [
      'lets empty values agree',
      '{"a":null,"b":[],"c":{}}',
      '{"a":"","b":{},"c":""}',
      '{"a":null,"b":[],"c":{}}',
      [],
      [],
    ],
    ['reports two values', '{"a":[1,{"b":2}]}', '{"a":[1,{"b":3}]}', '{"a":[1,{"b":2}]}', [], ['a']],
    ['reports an array for an object', '{"a":{"0":1}}', '{"a":[1]}', '{"a":{"0":1}}', [], ['a']],
    ['reports a member more', '{"a":{"b":1}}', '{"a":{"b":1,"c":2}}', '{"a":{"b":1}}', [], ['a']],
    ['reports another member', '{"a":{"b":1}}', '{"a":{"__proto__":1}}', '{"a":{"b":1}}', [], ['a']],
    [
      'compares values, not texts',
      '{"a":{"x":1,"y":"é"}}',
      '{"a":{"y":"\\u00e9","x":1.0}}',
      '{"a":{"x":1,"y":"é"}}',
      [],
      [],
    ],
    ['takes what is no object as it is', '[1]', '{"a":1}', '[1]', [], []],
    ['takes what is no JSON as it is', '{"a":1', '{"b":1}', '{"a":1', [], []],
    ['takes nothing from what is no object', '{"a":1}', 'null', '{"a":1}', [], []],
  ] as const)('%s', (_, file, other, text, added, conflicts) => {
    expect(combineRecords(file, other)).toEqual({ text, added, conflicts })
  })

  test('reads what is nested as deep as a file can have it', () => {
    const deep = (inner: string) => `${'['.repeat(100_000)}${inner}${']'.repeat(100_000)}`
    expect(combineRecords(`{"a":${deep('1')}}`, `{"a":${deep('1 ')},"b":${deep('2')}}`).added).toEqual(['b'])
  })

  test('the text begins as the file does, and says what both say', () => {
    const record = fc.dictionary(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'b', 'c')),
      fc.jsonValue(),
      { maxKeys: 6 },
    )
    const spaces = fc.constantFrom(undefined, 1, '\t')
    fc.assert(
      fc.property(record, record, spaces, spaces, (file, other, inFile, inOther) => {
        const fileText = JSON.stringify(file, undefined, inFile)
        const { text, added, conflicts } = combineRecords(fileText, JSON.stringify(other, undefined, inOther))
        const gained = Object.entries(other).filter(
          ([name, value]) => value !== null && name !== 'timestamp' && !Object.hasOwn(file, name),
        )
        expect(JSON.parse(text)).toEqual(
          JSON.parse(JSON.stringify(Object.fromEntries([...Object.entries(file), ...gained]))),
        )
        expect(added).toEqual(gained.map(([name]) => name))
        expect(text.startsWith(fileText.slice(0, -1).trimEnd())).toBe(true)
        for (const name of conflicts) expect(file[name]).not.toEqual(other[name])
        expect(combineRecords(text, JSON.stringify(other))).toEqual({ text, added: [], conflicts })
      }),
    )
  })
})
