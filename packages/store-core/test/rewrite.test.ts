import { expect, test } from 'vitest'
import { forkDigest, replaceDigest } from '../src/operation.ts'
import { carriedDeliveries, replacedRanges, saysTheSame } from '../src/rewrite.ts'

const entry = { kind: 'message', record: '{"a":1}', idempotencyKey: null }

test('S7 what is replaced makes room for its deliveries first, then for what is said instead', () => {
  const ranges = [{ owner: 1, first: 1, last: 5 }]
  expect(replacedRanges(ranges, 3, [{ owner: 1, id: 4 }], [{ owner: 1, id: 6 }])).toEqual([
    { owner: 1, first: 1, last: 2 },
    { owner: 1, first: 4, last: 4 },
    { owner: 1, first: 6, last: 6 },
  ])
  expect(replacedRanges(ranges, 6, [], [{ owner: 1, id: 6 }])).toEqual([{ owner: 1, first: 1, last: 6 }])
  expect(replacedRanges(ranges, 1, [], [])).toEqual([])
})

test('S7 only deliveries are carried over, in their order, but for those that are named', () => {
  const replaced = [
    { id: 3, kind: 'delivery' },
    { id: 2, kind: 'message' },
    { id: 7, kind: 'delivery' },
  ]
  expect(carriedDeliveries(replaced, new Set())).toEqual([replaced[0], replaced[2]])
  expect(carriedDeliveries(replaced, new Set([3]))).toEqual([replaced[2]])
})

test('two lists say the same however they are cut', () => {
  const whole = [{ owner: 1, first: 1, last: 4 }]
  const cut = [
    { owner: 1, first: 1, last: 2 },
    { owner: 1, first: 3, last: 4 },
  ]
  expect(saysTheSame(whole, cut)).toBe(true)
  expect(saysTheSame(whole, cut.toReversed())).toBe(false)
  expect(saysTheSame(whole, [{ owner: 2, first: 1, last: 4 }])).toBe(false)
  expect(saysTheSame(whole, [])).toBe(false)
})

test('S4 a digest tells one operation from another, and not a clock', () => {
  const digest = replaceDigest(2, [entry], [5, 3])
  expect(replaceDigest(2, [entry], [3, 5])).toBe(digest)
  const others = [
    replaceDigest(3, [entry], [3, 5]),
    replaceDigest(2, [entry, entry], [3, 5]),
    replaceDigest(2, [entry], [3]),
    replaceDigest(2, [{ ...entry, kind: 'note' }], [3, 5]),
    replaceDigest(2, [{ ...entry, record: '{"a": 1}' }], [3, 5]),
    replaceDigest(2, [{ ...entry, idempotencyKey: 'k' }], [3, 5]),
  ]
  expect(new Set([digest, ...others]).size).toBe(7)
  expect(forkDigest({ id: 'f' })).toBe(forkDigest({ id: 'f', why: 'fork' }))
  expect(
    new Set([forkDigest({ id: 'f' }), forkDigest({ id: 'f', through: 1 }), forkDigest({ id: 'g' })]).size,
  ).toBe(3)
})
