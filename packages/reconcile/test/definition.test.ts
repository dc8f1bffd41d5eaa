import { reconcile, type WitnessEntry } from '@faircopy/reconcile'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countOrders, literalVerdict, orders, same, shortest } from './oracle.ts'
import { mergedEntries, pairs, say, spell, tell } from './telling.ts'

const LONG = process.env['LONG'] !== undefined
const RUNS = LONG ? 20_000 : 2_000

const LETTERS = 'abc'
const distinct = (word: string) => ({
  entries: [...word].map((letter) => say(letter, { distinctive: true })),
})

/** Every word over three letters up to a length. */
function words(length: number): string[] {
  const all = ['']
  for (let i = 0; i < all.length; i++) {
    const word = all[i] as string
    if (word.length < length) all.push(...[...LETTERS].map((letter) => word + letter))
  }
  return all
}

/** Long words that are alike: one of them, and what a few losses, additions and moves make of it. */
const alike = fc
  .tuple(
    fc.array(fc.constantFrom(...'abcdefgh'), { minLength: 5, maxLength: 60 }),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('', ...'abcdefgh'), fc.boolean()), { maxLength: 8 }),
  )
  .map(([letters, edits]) => {
    const sides: [string[], string[]] = [[...letters], [...letters]]
    for (const [at, letter, side] of edits) {
      const list = sides[side ? 0 : 1]
      list.splice(at % (list.length + 1), letter === '' ? 1 : 0, ...letter)
    }
    return [sides[0].join(''), sides[1].join('')] as [string, string]
  })

/** Few texts, some ids, some stamps a day and two hours apart: what a definition is tried with. */
const entry: fc.Arbitrary<WitnessEntry> = fc
  .record({
    text: fc.constantFrom('a', 'b', 'c', 'a text of its own', 'another one of its own'),
    id: fc.option(fc.constantFrom('1', '2', '3'), { nil: undefined, freq: 2 }),
    stamp: fc.option(fc.constantFrom(0, 26 * 3_600_000, 26 * 3_600_000 + 1), { nil: undefined }),
  })
  .map(({ text, id, stamp }) =>
    say(text, { ...(id === undefined ? {} : { nativeId: id }), ...(stamp === undefined ? {} : { stamp }) }),
  )
const entries = fc.array(entry, { maxLength: 6 })
const plain = fc.array(
  entry.map(({ fingerprint }) => say(fingerprint)),
  { maxLength: 7 },
)

describe('P3 one order or several', () => {
  test(`agrees with brute force for every pair up to length ${LONG ? 5 : 4} over three letters`, () => {
    const all = words(LONG ? 5 : 4)
    const wrong: unknown[] = []
    for (const a of all) {
      for (const b of all) {
        const [one, two] = [distinct(a), distinct(b)]
        const { verdict, reason, merge } = reconcile(one, two)
        const texts = orders(a, b)
        const said = merge && spell(merge, one, two).replaceAll(' ', '')
        const several = reason === 'several-orders'
        if (several !== texts.size > 1 || (said !== null && !texts.has(said)))
          wrong.push({ a, b, verdict, said })
      }
    }
    expect(wrong).toEqual([])
  })

  test('agrees with counting for longer ones', () => {
    fc.assert(
      fc.property(alike, ([a, b]) => {
        const { reason, verdict } = reconcile(distinct(a), distinct(b))
        expect({ verdict, several: reason === 'several-orders' }).toEqual({
          verdict,
          several: countOrders(a, b) > 1n,
        })
      }),
      { numRuns: RUNS },
    )
  })

  test('the two counts agree with each other', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 7 }),
        fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 7 }),
        (a, b) => {
          expect(countOrders(a, b)).toBe(BigInt(orders(a, b).size))
        },
      ),
    )
  })
})

describe('the definition, read literally', () => {
  test('gives the same verdict', () => {
    fc.assert(
      fc.property(entries, entries, (a, b) => {
        const { verdict, reason } = reconcile({ entries: a }, { entries: b })
        expect(reason ? `${verdict}: ${reason}` : verdict).toBe(literalVerdict(a, b))
      }),
      { numRuns: RUNS },
    )
  })

  test('gives one of the same merges, and calls a pair certain exactly when all of them have it', () => {
    fc.assert(
      fc.property(entries, entries, (a, b) => {
        const found = reconcile({ entries: a }, { entries: b })
        fc.pre(found.merge !== null && found.repeats.length === 0)
        const merges = shortest(a, b)
        const steps = (found.merge ?? []).flatMap((run) =>
          Array.from({ length: run.length }, (_, i) => [
            run.from === 'legacy' ? -1 : run.canonical + i,
            run.from === 'canonical' ? -1 : run.legacy + i,
          ]),
        )
        expect(merges.map((merge) => merge.steps)).toContainEqual(steps)
        for (const [i, j, certain] of pairs(found)) {
          expect(certain).toBe(merges.every((merge) => merge.steps.some(([x, y]) => x === i && y === j)))
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('an anchor is told once by each witness and stands in some shortest merge', () => {
    fc.assert(
      fc.property(entries, entries, (a, b) => {
        const { anchors } = reconcile({ entries: a }, { entries: b }).certificate
        for (const { kind, canonical, legacy } of anchors) {
          const needed = kind === 'entry' ? [0] : [0, 1]
          const merges = shortest(a, b).filter((merge) =>
            needed.every((n) => merge.steps.some(([i, j]) => i === canonical + n && j === legacy + n)),
          )
          expect(merges).not.toEqual([])
        }
      }),
      { numRuns: RUNS },
    )
  })
})

describe('what must hold of every merge', () => {
  test('P1 lossless, P2 order-preserving', () => {
    fc.assert(
      fc.property(entries, entries, (a, b) => {
        const { merge, repeats } = reconcile({ entries: a }, { entries: b })
        fc.pre(merge !== null)
        const mine: number[] = []
        const theirs: number[] = []
        for (const run of merge ?? []) {
          for (let i = 0; i < run.length; i++) {
            if (run.from !== 'legacy') mine.push(run.canonical + i)
            if (run.from !== 'canonical') theirs.push(run.legacy + i)
            if (run.from !== 'both') continue
            expect(same(a[run.canonical + i] as WitnessEntry, b[run.legacy + i] as WitnessEntry)).toBe(true)
          }
        }
        expect(mine).toEqual([...a.keys()].filter((i) => !repeats.includes(i)))
        expect(theirs).toEqual([...b.keys()])
      }),
      { numRuns: RUNS },
    )
  })

  test('P4 idempotent: the merge meets either witness again and nothing changes', () => {
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        const [canonical, legacy] = [{ entries: a }, { entries: b }]
        const { merge, counts } = reconcile(canonical, legacy)
        fc.pre(merge !== null)
        const merged = { entries: mergedEntries(merge, canonical, legacy) }
        expect(merged.entries).toHaveLength(counts.merged as number)
        for (const witness of [canonical, legacy]) {
          const again = reconcile(merged, witness)
          expect(again.verdict).toBe(witness.entries.length === merged.entries.length ? 'identical' : 'kept')
          expect(again.counts.added).toBe(0)
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('P5 whether the order is known does not depend on which witness is called canonical', () => {
    fc.assert(
      fc.property(entries, entries, (a, b) => {
        const one = reconcile({ entries: a }, { entries: b })
        const two = reconcile({ entries: b }, { entries: a })
        // To keep what is contained takes no evidence, to add what contains it does; and an id that bears two texts
        // is no reason not to keep.
        const contained = [one, two].some(({ verdict }) => verdict === 'kept')
        const several = [one, two].map(({ reason }) => reason === 'several-orders')
        const texts = new Map([...a, ...b].map((e) => [e.nativeId, e.fingerprint]))
        const rewritten = [...a, ...b].some((e) => e.nativeId && texts.get(e.nativeId) !== e.fingerprint)
        if (!contained) expect(one.reason).toBe(two.reason)
        else if (!rewritten) expect(several).toEqual([false, false])
      }),
      { numRuns: RUNS },
    )
  })

  test('every legacy entry is accounted for', () => {
    fc.assert(
      fc.property(entries, entries, entries, (a, b, history) => {
        const { counts, withdrawn, merge, repeats } = reconcile({ entries: a, history }, { entries: b })
        fc.pre(repeats.length === 0)
        expect(counts.legacy).toBe(b.length)
        expect(counts.canonical).toBe(a.length)
        if (merge === null) expect([counts.added, counts.matched, counts.merged]).toEqual([0, 0, null])
        else {
          expect(counts.added + counts.matched).toBe(b.length)
          expect(counts.merged).toBe(a.length + counts.added)
          const told = merge.flatMap((run) =>
            run.from === 'canonical' ? [] : Array.from({ length: run.length }, (_, i) => run.legacy + i),
          )
          expect([...told, ...withdrawn].sort((x, y) => x - y)).toEqual([...b.keys()])
        }
      }),
      { numRuns: RUNS },
    )
  })
})

describe('the certificate of several orders', () => {
  test('shows two shortest merges of the same stretch that say different things', () => {
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        const [canonical, legacy] = [{ entries: a }, { entries: b }]
        const { reason, certificate } = reconcile(canonical, legacy)
        fc.pre(reason === 'several-orders')
        const [one, two] = certificate.contested?.orders ?? [[], []]
        expect(spell(one, canonical, legacy)).not.toBe(spell(two, canonical, legacy))
        const stretches = [one, two].map((runs) => ({
          mine: runs.flatMap((run) =>
            run.from === 'legacy' ? [] : Array.from({ length: run.length }, (_, i) => run.canonical + i),
          ),
          theirs: runs.flatMap((run) =>
            run.from === 'canonical' ? [] : Array.from({ length: run.length }, (_, i) => run.legacy + i),
          ),
          length: runs.reduce((sum, run) => sum + run.length, 0),
        }))
        const [{ mine, theirs, length }] = stretches as [(typeof stretches)[0]]
        expect(stretches[1]).toEqual(stretches[0])
        const part = (list: WitnessEntry[], positions: number[]) =>
          positions.map((i) => list[i] as WitnessEntry)
        expect(shortest(part(a, mine), part(b, theirs))[0]?.steps).toHaveLength(length)
      }),
      { numRuns: RUNS },
    )
  })

  test('begins where the orders part', () => {
    const [canonical, legacy] = [tell('q0 a0 x q1 a1 end'), tell('q0 a0 y q1 a1 end')]
    const [one, two] = reconcile(canonical, legacy).certificate.contested?.orders ?? []
    expect(one).toEqual([
      { from: 'canonical', canonical: 2, length: 1 },
      { from: 'legacy', legacy: 2, length: 1 },
    ])
    expect(two).toEqual([
      { from: 'legacy', legacy: 2, length: 1 },
      { from: 'canonical', canonical: 2, length: 1 },
    ])
  })
})
