import { parseRecord } from '@faircopy/store-core'
import { redactRecord } from '@faircopy/store-core/backend'
import { holdsText, REDACTED, recordHolds } from '@faircopy/store-core/operator'
import fc from 'fast-check'
import { expect, test } from 'vitest'

test('S27 a text goes from every string and number, and nothing else changes', () => {
  const record =
    '{ "a" : "x secret y",\t"secret":[12345, 1.50, true, null, {"b":"\\u0073ecret"}],"z":"\\ud83c" }'
  expect(redactRecord(record, 'secret')).toBe(
    `{ "a" : "x ${REDACTED} y",\t"${REDACTED}":[12345, 1.50, true, null, {"b":"${REDACTED}"}],"z":"\\ud83c" }`,
  )
  expect(redactRecord(record, '234')).toBe(record.replace('12345', `"${REDACTED}"`))
  expect(redactRecord(record, 'absent')).toBeNull()
  expect(redactRecord(record, '')).toBeNull()
})

test('S12 S27 a record that would outgrow its limit is refused, and still known to hold the text', () => {
  const records = ['q'.repeat(50), Array.from({ length: 50 }, () => 'q'), { q: { q: 'q' } }].map((said) =>
    JSON.stringify({ said }),
  )
  for (const record of records) {
    const whole = redactRecord(record, 'q') ?? ''
    expect(redactRecord(record, 'q', whole.length)).toBe(whole)
    expect(() => redactRecord(record, 'q', whole.length - 1)).toThrow('larger than')
    expect(recordHolds(record, 'q')).toBe(true)
    expect(recordHolds(record, 'x')).toBe(false)
  }
  // One that is larger already may shrink.
  const long = JSON.stringify({ said: 'a long secret, '.repeat(5) })
  expect(redactRecord(long, 'a long secret', 10)).not.toContain('secret')
})

test('S27 a text goes also where it is escaped in JSON within JSON', () => {
  const secret = 'a"b\\c\nd'
  const once = JSON.stringify({ secret })
  const twice = JSON.stringify({ once })
  for (const value of [secret, once, twice]) {
    const redacted = redactRecord(JSON.stringify({ value }), secret) ?? ''
    expect(redacted).toContain(REDACTED)
    expect(redacted).not.toMatch(/a\\*"b/)
  }
  expect(holdsText(`{"torn":"${JSON.stringify(secret).slice(1, -1)}`, secret)).toBe(true)
  expect(holdsText('{"torn":"', secret)).toBe(false)
  expect(holdsText(String.raw`{"n":"caf\u00E9 a\/b"}`, 'café a/b')).toBe(true)
  expect(holdsText(String.raw`{"torn":"caf\u00E`, 'café')).toBe(false)
})

test('S27 what is redacted is a record still, without the text', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 3 })
    .filter((one) => !REDACTED.includes(one))
  const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 })
  fc.assert(
    fc.property(text, object, (secret, value) => {
      const record = JSON.stringify({ ...value, said: `before ${secret} after` })
      const redacted = redactRecord(record, secret)
      expect(redacted).not.toBeNull()
      const strings: string[] = []
      JSON.stringify(parseRecord(redacted ?? ''), (name, member: unknown) => {
        strings.push(name)
        if (typeof member === 'string') strings.push(member)
        return member
      })
      for (const one of strings) expect(one.replaceAll(REDACTED, '')).not.toContain(secret)
    }),
  )
})

test('S27 a record of many megabytes is redacted without a deep stack', () => {
  const record = JSON.stringify({ a: 'x\\"'.repeat(1_000_000), b: 'secret' })
  expect(redactRecord(record, 'secret')).toBe(record.replace('secret', REDACTED))
})
