import { reconcile, type WitnessEntry } from '@faircopy/reconcile'
import { checkCertificate } from '@faircopy/reconcile/check'
import { describe, expect, test } from 'vitest'
import { say } from './telling.ts'

/** A generator with a known seed (mulberry32), so that the work counted is the same everywhere. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** A long talk; three of four messages are of the kind that repeats. */
function talk(length: number): WitnessEntry[] {
  const next = numbers(7)
  const said = ['ok', 'yes', 'thanks', 'go on', 'no']
  return Array.from({ length }, (_, i) =>
    say(
      i % 4 === 0
        ? `message number ${i} of a long talk`
        : i % 4 === 1
          ? `a text heard before ${next(500)}`
          : (said[next(5)] as string),
    ),
  )
}

const cycle = (letters: string, length: number) => ({
  entries: Array.from({ length }, (_, i) => say(letters[i % letters.length] as string)),
})

describe('P7 cost', () => {
  const whole = talk(100_000)
  const without = (from: number) => ({ entries: whole.filter((_, i) => i % 200 !== from) })

  test('100,000 entries with 1,000 scattered differences stay far inside the budget', () => {
    const found = reconcile(without(8), without(108), { budget: 25_000_000 })
    expect(found).toMatchObject({
      verdict: 'merged',
      counts: { canonical: 99_500, legacy: 99_500, merged: 100_000, added: 500, matched: 99_000 },
    })
  })

  test('also where it is the messages that repeat which are lost', () => {
    const { verdict, counts } = reconcile(without(10), without(110), { budget: 25_000_000 })
    expect({ verdict, merged: counts.merged }).toEqual({ verdict: 'merged', merged: 100_000 })
  })

  test('the work is linear in the length where the differences stay the same', () => {
    const cost = (length: number) => {
      const some = whole.slice(0, length)
      const [a, b] = [some.filter((_, i) => i !== 40), some.filter((_, i) => i !== 80)]
      let budget = 100_000
      while (reconcile({ entries: a }, { entries: b }, { budget }).reason === 'too-different') budget *= 2
      return budget
    }
    expect(cost(80_000) / cost(8_000)).toBeLessThanOrEqual(16)
  })

  test('contained histories cost nothing that counts, however they repeat', () => {
    const [long, short] = [cycle('a', 100_000), cycle('a', 50_000)]
    expect(reconcile(long, short, { budget: 0 }).verdict).toBe('kept')
    expect(reconcile({ entries: whole }, without(8), { budget: 0 }).verdict).toBe('kept')
    expect(reconcile(without(8), { entries: whole }, { budget: 0 }).verdict).toBe('extended')
  })

  test('what only one side tells does not count as different', () => {
    const shared = talk(100)
    const own = (name: string) => Array.from({ length: 40_000 }, (_, i) => say(`${name} message number ${i}`))
    const canonical = { entries: [...shared, ...own('later')] }
    const legacy = { entries: [...own('earlier'), ...shared] }
    expect(reconcile(canonical, legacy, { budget: 5_000_000 })).toMatchObject({
      verdict: 'merged',
      counts: { merged: 80_100 },
    })
  })

  test('what is merged, a check can prove: else it is not claimed', () => {
    const some = whole.slice(0, 3_000)
    const [canonical, legacy] = [
      { entries: some.filter((_, i) => i % 40 !== 10) },
      { entries: some.filter((_, i) => i % 40 !== 30) },
    ]
    const { certificate } = reconcile(canonical, legacy)
    expect(certificate.verdict).toBe('merged')
    let budget = 1
    while (checkCertificate(certificate, canonical, legacy, { budget }).length > 0) budget *= 2
    expect(budget).toBeGreaterThan(64)
    expect(reconcile(canonical, legacy, { checkBudget: budget }).certificate).toEqual(certificate)
    const found = reconcile(canonical, legacy, { checkBudget: budget / 2 })
    expect(found).toMatchObject({ verdict: 'ambiguous', reason: 'too-different', merge: null })
    expect(reconcile({ entries: some }, canonical, { checkBudget: 0 }).verdict).toBe('kept')
  })

  test('nor is it claimed which entries were withdrawn where that takes too much to check', () => {
    const some = talk(400)
    const canonical = { entries: some.filter((_, i) => i % 3 > 0), history: some.filter((_, i) => i % 3 < 2) }
    const legacy = { entries: [...some, ...some.slice(0, 99)] }
    expect(reconcile(canonical, legacy).reason).not.toBe('too-different')
    expect(reconcile(canonical, legacy, { checkBudget: 100 }).reason).toBe('too-different')
  })

  test('to check a runaway session with gaps on either side is linear in its length', () => {
    const turn = (i: number) => [
      say('continue'),
      say(`call number ${i}`),
      say(`result number ${i}`),
      say('ok'),
    ]
    const runaway = (turns: number, lost: number) => ({
      entries: Array.from({ length: turns }, (_, i) => (i % 20 === lost ? [] : turn(i))).flat(),
    })
    const cost = (turns: number) => {
      const [canonical, legacy] = [runaway(turns, 7), runaway(turns, 13)]
      const { certificate } = reconcile(canonical, legacy)
      expect(certificate.verdict).toBe('merged')
      let budget = 1_000
      while (checkCertificate(certificate, canonical, legacy, { budget }).length > 0) budget *= 1.25
      return budget
    }
    expect(cost(2_000) / cost(250)).toBeLessThanOrEqual(12)
  })

  test('(ab)ⁿ and (ba)ⁿ are seen through at once', () => {
    const [ab, ba] = [cycle('ab', 100_000), cycle('ba', 100_000)]
    expect(reconcile(ab, ba, { budget: 10_000_000 })).toMatchObject({
      verdict: 'ambiguous',
      reason: 'several-orders',
    })
    expect(reconcile(ab, ba, { budget: 1_000 })).toMatchObject({
      verdict: 'ambiguous',
      reason: 'too-different',
    })
  })

  test.each([
    ['shuffled', { entries: whole }, { entries: shuffled(whole) }],
    ['reversed', { entries: whole }, { entries: whole.toReversed() }],
    ['of the same letters in another rhythm', cycle('aabb', 60_000), cycle('abab', 60_000)],
    [
      'of one letter that shifts',
      { entries: [say('x'), ...cycle('a', 60_000).entries, say('y')] },
      { entries: [...cycle('a', 40_000).entries, say('z')] },
    ],
  ])('histories %s end at the budget', (_, canonical, legacy) => {
    const found = reconcile(canonical, legacy)
    expect(found).toMatchObject({ verdict: 'ambiguous', reason: 'too-different', merge: null })
    expect(found.certificate).toMatchObject({ length: null, runs: [], anchors: [] })
  })

  test('history that cannot be searched ends there too', () => {
    const [canonical, legacy] = [cycle('aabb', 60_000), cycle('abab', 60_000)]
    const found = reconcile({ entries: [say('live')], history: canonical.entries }, legacy)
    expect(found).toMatchObject({ reason: 'too-different', withdrawn: [], counts: { legacy: 60_000 } })
  })
})

function shuffled(entries: readonly WitnessEntry[]): WitnessEntry[] {
  const next = numbers(11)
  const list = [...entries]
  for (let i = list.length - 1; i > 0; i--) {
    const j = next(i + 1)
    ;[list[i], list[j]] = [list[j] as WitnessEntry, list[i] as WitnessEntry]
  }
  return list
}
