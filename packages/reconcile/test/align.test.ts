import { align, type MergeRun, reconcile, type Witness, type WitnessEntry } from '@faircopy/reconcile'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { same, shortest } from './oracle.ts'
import { mergedEntries, say, spell, tell } from './telling.ts'

const LONG = process.env['LONG'] !== undefined
const RUNS = LONG ? 20_000 : 2_000

const entry: fc.Arbitrary<WitnessEntry> = fc
  .record({
    text: fc.constantFrom('a', 'b', 'c', 'a text of its own', 'another one of its own'),
    id: fc.option(fc.constantFrom('1', '2', '3'), { nil: undefined, freq: 2 }),
    meta: fc.option(fc.constantFrom('payload' as const, 'flattened' as const), { nil: undefined, freq: 5 }),
  })
  .map(({ text, id, meta }) =>
    meta ? say(text, { meta }) : say(text, id === undefined ? {} : { nativeId: id }),
  )
const messages = fc.array(
  entry.filter(({ meta }) => meta === undefined),
  { maxLength: 6 },
)
const entries = fc.array(entry, { maxLength: 7 })

/** The places of a merge as `[canonical, legacy]`, -1 for none. */
function places(runs: readonly MergeRun[]): [number, number][] {
  return runs.flatMap((run) =>
    Array.from({ length: run.length }, (_, i): [number, number] => [
      run.from === 'legacy' ? -1 : run.canonical + i,
      run.from === 'canonical' ? -1 : run.legacy + i,
    ]),
  )
}

function expectMerge(
  runs: readonly MergeRun[],
  a: readonly WitnessEntry[],
  b: readonly WitnessEntry[],
): void {
  const told = places(runs)
  const side = (of: 0 | 1, list: readonly WitnessEntry[]) =>
    told.map((place) => place[of]).filter((i) => i !== -1 && list[i]?.meta === undefined)
  const positions = (list: readonly WitnessEntry[]) => [...list.keys()].filter((i) => !list[i]?.meta)
  expect(side(0, a)).toEqual(positions(a))
  expect(side(1, b)).toEqual(positions(b))
  for (const [i, j] of told) {
    const [one, two] = [a[i], b[j]]
    if (one && two && !one.meta) expect(same(one, two)).toBe(true)
  }
}

describe('align', () => {
  test('gives one shortest merge, and calls a pair certain exactly when all of them have it', () => {
    fc.assert(
      fc.property(messages, messages, (a, b) => {
        const runs = align({ entries: a }, { entries: b })
        const merges = shortest(a, b)
        expectMerge(runs, a, b)
        expect(places(runs)).toHaveLength(merges[0]?.steps.length as number)
        for (const run of runs) {
          if (run.from !== 'both') continue
          for (let i = 0; i < run.length; i++) {
            const pair = [run.canonical + i, run.legacy + i]
            expect(run.certain).toBe(
              merges.every(({ steps }) => steps.some(([x, y]) => x === pair[0] && y === pair[1])),
            )
          }
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('is the merge of reconcile where the order is known', () => {
    fc.assert(
      fc.property(entries, entries, (a, b) => {
        const [canonical, legacy] = [{ entries: a }, { entries: b }]
        const { merge } = reconcile(canonical, legacy)
        fc.pre(merge !== null)
        expect(spell(align(canonical, legacy), canonical, legacy)).toBe(spell(merge, canonical, legacy))
      }),
      { numRuns: RUNS },
    )
  })

  test('stays a merge at any budget, and without history has everything', () => {
    fc.assert(
      fc.property(entries, entries, entries, fc.nat(500), (a, b, history, budget) => {
        const legacy = { entries: b }
        expectMerge(align({ entries: a }, legacy, { budget }), a, b)
        const runs = align({ entries: a, history }, legacy, { budget })
        expect(align({ entries: a, history }, legacy, { budget })).toEqual(runs)
        const left = new Set(places(runs).map(([, j]) => j))
        expectMerge(
          runs,
          a,
          b.map((one, j) => (left.has(j) ? one : { ...one, meta: 'payload' as const })),
        )
        const gone = b.filter((one, j) => !one.meta && !left.has(j))
        for (const one of gone) expect(history.some((other) => !other.meta && same(one, other))).toBe(true)
        expect(gone.length).toBeLessThanOrEqual(history.filter(({ meta }) => !meta).length)
      }),
      { numRuns: RUNS },
    )
  })

  test('has session_meta as any merge has it', () => {
    fc.assert(
      fc.property(entries, entries, (a, b) => {
        const [canonical, legacy] = [{ entries: a }, { entries: b }]
        const metas = (runs: readonly MergeRun[]) =>
          mergedEntries(runs, canonical, legacy)
            .filter(({ meta }) => meta)
            .map(({ fingerprint, meta }) => `${meta} ${fingerprint}`)
            .sort()
        const { merge } = reconcile(canonical, legacy)
        fc.pre(merge !== null)
        expect(metas(align(canonical, legacy))).toEqual(metas(merge as readonly MergeRun[]))
      }),
      { numRuns: RUNS },
    )
  })

  test('puts what the canonical side has first in a gap, as one run of each', () => {
    const [canonical, legacy] = [tell('q0 x1 x2 a0'), tell('q0 y1 y2 a0')]
    expect(align(canonical, legacy)).toEqual([
      { from: 'both', canonical: 0, legacy: 0, length: 1, certain: true },
      { from: 'canonical', canonical: 1, length: 2 },
      { from: 'legacy', legacy: 1, length: 2 },
      { from: 'both', canonical: 3, legacy: 3, length: 1, certain: true },
    ])
  })

  test('leaves what was withdrawn where it is', () => {
    const canonical: Witness = { ...tell('q0 x a0'), history: tell('q1 a1').entries }
    const runs = align(canonical, tell('q0 y a0 q1 a1'))
    expect(spell(runs, canonical, tell('q0 y a0 q1 a1'))).toBe('q0 x y a0')
    expect(spell(align(canonical, tell('q0 y a0 q1 a1'), { budget: 0 }), canonical, tell('q0 y'))).toBe(
      'q0 x a0 q0 y',
    )
  })

  test('beyond the budget the sides are held together by their anchors and what stands beside these', () => {
    const [canonical, legacy] = [
      tell('x ok a-text-of-its-own yes y another-one-of-its-own'),
      tell('z ok a-text-of-its-own yes another-one-of-its-own'),
    ]
    expect(align(canonical, legacy, { budget: 0 })).toEqual([
      { from: 'canonical', canonical: 0, length: 1 },
      { from: 'legacy', legacy: 0, length: 1 },
      { from: 'both', canonical: 1, legacy: 1, length: 3, certain: false },
      { from: 'canonical', canonical: 4, length: 1 },
      { from: 'both', canonical: 5, legacy: 4, length: 1, certain: false },
    ])
    const far = { entries: legacy.entries.map((one) => ({ ...one, stamp: 26 * 3_600_000 + 1 })) }
    const near = { entries: canonical.entries.map((one) => ({ ...one, stamp: 0 })) }
    expect(align(near, far, { budget: 0 })).toEqual([
      { from: 'canonical', canonical: 0, length: 6 },
      { from: 'legacy', legacy: 0, length: 5 },
    ])
  })

  test('of anchors that cross a longest chain is kept', () => {
    const texts = [
      'one text of its own',
      'two texts of their own',
      'three texts of their own',
      'four of them here',
    ]
    const pick = (order: number[]) => ({ entries: order.map((i) => say(texts[i] as string)) })
    const [canonical, legacy] = [pick([0, 1, 2, 3]), pick([3, 0, 2, 1])]
    expect(places(align(canonical, legacy, { budget: 0 })).filter(([i, j]) => i >= 0 && j >= 0)).toHaveLength(
      2,
    )
  })

  test('hostile histories end at the budget as a merge', () => {
    const cycle = (letters: string, length: number) => ({
      entries: Array.from({ length }, (_, i) => say(letters[i % letters.length] as string)),
    })
    expect(align(cycle('aabb', 60_000), cycle('abab', 60_000))).toEqual([
      { from: 'canonical', canonical: 0, length: 60_000 },
      { from: 'legacy', legacy: 0, length: 60_000 },
    ])
  })
})
