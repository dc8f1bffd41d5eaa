import { ANCHORS_KEPT, combineRecords, reconcile, uncombineRecord, type Witness } from '@faircopy/reconcile'
import { checkCertificate } from '@faircopy/reconcile/check'
import { describe, expect, test } from 'vitest'
import { pairs, say, tell } from './telling.ts'

const HOURS = 3_600_000

const turns = (count: number, more: object = {}): Witness => ({
  entries: Array.from({ length: count }, (_, i) => say(`message number ${i} of this talk`, more)),
})
const codes = (certificate: unknown, canonical: Witness, legacy: Witness, budget?: number): string[] =>
  checkCertificate(certificate, canonical, legacy, budget === undefined ? {} : { budget }).map(
    ({ code }) => code,
  )

describe('a certificate names the first sixteen anchors', () => {
  const other = say('between')
  test.each([2, 15, 16, 17, 18, 40])('of %i', (count) => {
    const whole = turns(count)
    const holed = {
      entries: [...whole.entries.slice(0, -1), other, ...whole.entries.slice(-1), say('behind')],
    }
    for (const [canonical, legacy] of [
      [whole, whole],
      [whole, holed],
      [holed, whole],
      [{ entries: [other, ...whole.entries] }, { entries: [...whole.entries, other] }],
    ] as const) {
      const { certificate, anchored } = reconcile(canonical, legacy)
      expect(anchored).toBe(true)
      expect(certificate.anchors).toHaveLength(Math.min(count, ANCHORS_KEPT))
      expect(codes(certificate, canonical, legacy)).toEqual([])
    }
  })
})

describe('the second look agrees to the millisecond', () => {
  const at = (stamp: number): Witness => ({ entries: [say('a text of its own', { stamp })] })
  const grown = (stamp: number): Witness => ({ entries: [...at(stamp).entries, say('more')] })

  test('an anchor is at most twenty-six hours apart', () => {
    for (const apart of [26 * HOURS, -26 * HOURS]) {
      const { certificate } = reconcile(at(0), grown(apart))
      expect(certificate).toMatchObject({ verdict: 'extended', anchors: [{ canonical: 0, legacy: 0 }] })
      expect(codes(certificate, at(0), grown(apart))).toEqual([])
      expect(codes(certificate, at(0), grown(apart + Math.sign(apart)))).toEqual(['anchor'])
    }
  })

  test('the second half of a block as well', () => {
    const block = (second: number): Witness => ({
      entries: [say('hi', { stamp: 0 }), say('ho', { stamp: second })],
    })
    const legacy = { entries: [...block(26 * HOURS).entries, say('more')] }
    const { certificate } = reconcile(block(0), legacy)
    expect(certificate.anchors).toEqual([{ kind: 'block', canonical: 0, legacy: 0 }])
    expect(codes(certificate, block(0), legacy)).toEqual([])
    expect(codes(certificate, block(-1), legacy)).toEqual(['anchor'])
  })

  test('a stutter takes at most half a second', () => {
    const rows = (apart: number): Witness => ({
      entries: ['q', 'q', 'a', 'a'].map((text, i) =>
        say(text, { stamp: Math.floor(i / 2) * 60_000 + (i % 2) * apart }),
      ),
    })
    const { certificate } = reconcile(rows(500), tell('q a'))
    expect(certificate.repeats).toEqual([1, 3])
    expect(codes(certificate, rows(500), tell('q a'))).toEqual([])
    expect(codes(certificate, rows(501), tell('q a'))).toEqual(['repeats'])
  })
})

test('a check is allowed exactly as many cells as its table has', () => {
  const [canonical, legacy] = [tell('x pivot-of-the-matter'), tell('pivot-of-the-matter y')]
  const { certificate } = reconcile(canonical, legacy)
  expect(certificate.verdict).toBe('extended')
  expect([9, 8].map((budget) => codes(certificate, canonical, legacy, budget))).toEqual([[], ['unchecked']])
})

describe('several of a kind', () => {
  test('withdrawn entries are named in the order of the file, each with the one of history that it is', () => {
    const canonical = { ...tell('a b'), history: tell('x y z').entries }
    const named = (told: string): (readonly [number, number])[] =>
      reconcile(canonical, tell(told)).certificate.withdrawn.map(({ legacy, history }) => [legacy, history])
    expect(named('a z b x')).toEqual([
      [1, 2],
      [3, 0],
    ])
    expect(named('x y z a b')).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ])
  })

  test('a payload that the canonical witness tells twice is paired once, and stands twice', () => {
    const meta = say('M', { meta: 'payload' })
    const [canonical, legacy] = [
      { entries: [meta, say('q'), meta, say('a')] },
      { entries: [say('q'), meta, say('a')] },
    ]
    const { certificate, merge } = reconcile(canonical, legacy)
    expect(certificate.metas).toEqual([
      { canonical: 0, legacy: 1, stands: 'canonical' },
      { canonical: 2, legacy: null, stands: 'canonical' },
    ])
    expect(merge?.map(({ from }) => from)).toEqual(['both', 'both', 'canonical', 'both'])
    expect(codes(certificate, canonical, legacy)).toEqual([])
  })

  test('a pair by ids is certain though its text was withdrawn; one by text is not', () => {
    const withdrawn = { history: tell('ok').entries }
    const both = (nativeId?: string) => (nativeId === undefined ? say('ok') : say('ok', { nativeId }))
    for (const [mine, theirs, certain] of [
      ['1', '1', true],
      ['1', undefined, false],
      [undefined, '1', false],
      [undefined, undefined, false],
    ] as const) {
      const found = reconcile({ entries: [both(mine)], ...withdrawn }, { entries: [both(theirs)] })
      expect(pairs(found)).toEqual([[0, 0, certain]])
    }
  })
})

describe('members that are put together', () => {
  test.each([
    ['{}', '{"a":1}', '{"a":1}', ['a']],
    ['{ }', '{"a":1,"b":[2]}', '{"a":1, "b":[2] }', ['a', 'b']],
    ['{"x":0}', '{"a":1}', '{"x":0, "a":1}', ['a']],
    ['{"x":0}', '{"timestamp":5,"a":"}","b":"\\\\"}', '{"x":0, "a":"}", "b":"\\\\"}', ['a', 'b']],
    ['{"x\\\\":0}', '{"x\\\\":0,"x\\"":1}', '{"x\\\\":0, "x\\"":1}', ['x"']],
  ])('%s and %s', (file, other, text, added) => {
    const combined = combineRecords(file, other)
    expect(combined).toEqual({ text, added, conflicts: [] })
    expect(uncombineRecord(text, added)).toBe(file)
    expect(uncombineRecord(text, [...added, 'more'])).toBeUndefined()
    expect(uncombineRecord(text, ['another', ...added.slice(1)])).toBeUndefined()
    if (added.length > 1) expect(uncombineRecord(text, added.toReversed())).toBeUndefined()
  })

  test('differ where an array stands against an object, or a member that is inherited against one that is there', () => {
    const conflicts = (one: string, two: string): readonly string[] =>
      combineRecords(`{"a":${one}}`, `{"a":${two}}`).conflicts
    expect(conflicts('[1]', '{"0":1}')).toEqual(['a'])
    expect(conflicts('{"toString":1}', '{"valueOf":1}')).toEqual(['a'])
    expect(conflicts('{"x":1,"y":[{}]}', '{"y":[{}],"x":1}')).toEqual([])
    expect(conflicts('[]', '{}')).toEqual([])
    expect(conflicts('[[]]', '[{}]')).toEqual(['a'])
  })
})

test('a history without an entry is none', () => {
  expect(reconcile({ entries: [], history: [] }, tell('')).verdict).toBe('unreadable')
  expect(reconcile({ entries: [], history: [say('x')] }, tell('')).verdict).toBe('kept')
})
