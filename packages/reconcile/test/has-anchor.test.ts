import { reconcile, type WitnessEntry } from '@faircopy/reconcile'
import { hasAnchor } from '@faircopy/reconcile/check'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { say } from './telling.ts'

function anchored(
  one: readonly WitnessEntry[],
  other: readonly WitnessEntry[],
  pairs: readonly (readonly [number, number])[],
): boolean {
  const steps = hasAnchor(one, other, pairs)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value === true
  }
}

const own = 'a text of its own'
const DAY_AND_TWO_HOURS_MS = 26 * 3_600_000

describe('whether two histories have an anchor', () => {
  test.each<[what: string, one: WitnessEntry[], other: WitnessEntry[], has: boolean]>([
    ['a distinctive text that both tell once', [say('a'), say(own)], [say(own)], true],
    ['a text that is not distinctive', [say('a')], [say('a')], false],
    ['a text that one tells twice', [say(own), say('b'), say(own)], [say(own)], false],
    ['a text that the other tells twice', [say(own)], [say(own), say('b'), say(own)], false],
    ['two neighbours that both tell once as a block', [say('a'), say('b')], [say('a'), say('b')], true],
    ['two equal neighbours', [say('a'), say('a')], [say('a'), say('a')], false],
    ['neighbours that the other tells apart', [say('a'), say('b')], [say('a'), say('c'), say('b')], false],
    [
      'a text on another day',
      [say(own, { stamp: 0 })],
      [say(own, { stamp: DAY_AND_TWO_HOURS_MS + 1 })],
      false,
    ],
    ['a text on the same day', [say(own, { stamp: 0 })], [say(own, { stamp: DAY_AND_TWO_HOURS_MS })], true],
    ['an id that both bear once', [say('a', { nativeId: '1' })], [say('b', { nativeId: '1' })], true],
    ['a text under another id', [say(own, { nativeId: '1' })], [say(own, { nativeId: '2' })], false],
    ['what a header tells', [say(own, { meta: 'payload' })], [say(own, { meta: 'payload' })], false],
    ['nothing', [], [say(own)], false],
  ])('%s', (_, one, other, has) => {
    const all = one.flatMap((_, i) => other.map((_, j) => [i, j] as const))
    expect(anchored(one, other, all)).toBe(has)
    expect(anchored(one, other, [])).toBe(false)
  })

  test('is none where the search finds none, and nearly always one where it finds one', () => {
    let [found, missed] = [0, 0]
    const texts = fc.array(fc.constantFrom('a', 'b', 'c', own, 'another one of its own'), { maxLength: 7 })
    fc.assert(
      fc.property(texts, texts, (mine, theirs) => {
        const [one, other] = [mine.map((each) => say(each)), theirs.map((each) => say(each))]
        const { certificate } = reconcile({ entries: one }, { entries: other })
        const pairs = certificate.runs.flatMap((run) =>
          run.from === 'both'
            ? Array.from({ length: run.length }, (_, i) => [run.canonical + i, run.legacy + i] as const)
            : [],
        )
        const has = anchored(one, other, pairs)
        if (certificate.anchors.length === 0) expect(has).toBe(false)
        else if (has) found++
        else missed++
      }),
      { numRuns: 3_000 },
    )
    expect(missed).toBeLessThan(found / 10)
    expect(found).toBeGreaterThan(200)
  })
})
