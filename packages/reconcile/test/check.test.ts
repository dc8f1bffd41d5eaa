import {
  align,
  type Certificate,
  DEFAULT_BUDGET,
  type MergeRun,
  reconcile,
  type Witness,
  type WitnessEntry,
} from '@faircopy/reconcile'
import { type CertificateFaultCode, checkCertificate } from '@faircopy/reconcile/check'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { say, tell } from './telling.ts'

const LONG = process.env['LONG'] !== undefined
const RUNS = LONG ? 50_000 : 3_000

const entry: fc.Arbitrary<WitnessEntry> = fc
  .record({
    text: fc.constantFrom('a', 'b', 'c', 'a text of its own', 'another one of its own'),
    id: fc.option(fc.constantFrom('1', '2', '3'), { nil: undefined, freq: 2 }),
    stamp: fc.option(fc.constantFrom(0, 400, 26 * 3_600_000, 26 * 3_600_000 + 1), { nil: undefined }),
    meta: fc.option(fc.constantFrom('payload' as const, 'flattened' as const), { nil: undefined, freq: 6 }),
  })
  .map(({ text, id, stamp, meta }) => {
    const more = stamp === undefined ? {} : { stamp }
    if (meta) return say(text, { ...more, meta, distinctive: false })
    return say(text, id === undefined ? more : { ...more, nativeId: id })
  })
const plain = entry.map(({ fingerprint }) => say(fingerprint))

/** Two tellings that know of each other: one list, and what a few losses, additions and repeats make of it. */
const alike = fc
  .tuple(
    fc.array(fc.oneof(plain, entry), { maxLength: 14 }),
    fc.array(fc.tuple(fc.nat(), fc.option(plain, { nil: undefined }), fc.boolean()), { maxLength: 5 }),
  )
  .map(([entries, edits]) => {
    const sides: [WitnessEntry[], WitnessEntry[]] = [[...entries], [...entries]]
    for (const [at, one, side] of edits) {
      const list = sides[side ? 0 : 1]
      list.splice(at % (list.length + 1), one ? 0 : 1, ...(one ? [one] : []))
    }
    return sides
  })
const apart = fc.tuple(fc.array(entry, { maxLength: 7 }), fc.array(entry, { maxLength: 7 }))
const short = fc.tuple(
  fc.array(fc.constantFrom(say('a'), say('b'), say('c', { distinctive: true })), { maxLength: 5 }),
  fc.array(fc.constantFrom(say('a'), say('b'), say('c', { distinctive: true })), { maxLength: 5 }),
)
/** Rows of a writer that told blocks several times over, beside what it meant. */
const stuttered = fc
  .array(
    fc.record({
      block: fc.array(fc.constantFrom('a', 'b', 'ok'), { minLength: 1, maxLength: 2 }),
      copies: fc.integer({ min: 1, max: 3 }),
      slow: fc.boolean(),
    }),
    { minLength: 2, maxLength: 4 },
  )
  .map((blocks) => {
    const rows = blocks.flatMap(({ block, copies, slow }, turn) =>
      Array.from({ length: copies }, (_, copy) =>
        block.map((text) => say(text, { stamp: turn * 60_000 + copy * (slow ? 251 : 10) })),
      ).flat(),
    )
    return [rows, blocks.flatMap(({ block }) => block.map((text) => say(text)))] as [
      WitnessEntry[],
      WitnessEntry[],
    ]
  })
/** Two tellings long enough for a table that is cut: what is told once, moved and lost here and there, and small words. */
const cutUp: fc.Arbitrary<[Witness, Witness]> = fc
  .tuple(
    fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: plain }), {
      minLength: 30,
      maxLength: 80,
    }),
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('lost', 'moved', 'told again'), fc.boolean()), {
      maxLength: 8,
    }),
  )
  .map(([words, edits]) => {
    const entries = words.map((word, i) => word ?? say(`a text of its own, number ${i}`))
    const sides: [WitnessEntry[], WitnessEntry[]] = [[...entries], [...entries]]
    for (const [at, to, how, side] of edits) {
      const list = sides[side ? 0 : 1]
      const one = list[at % list.length] as WitnessEntry
      if (how !== 'told again') list.splice(at % list.length, 1)
      if (how !== 'lost') list.splice(to % list.length, 0, one)
    }
    return [{ entries: sides[0] }, { entries: sides[1] }]
  })
const histories = fc.oneof(
  { weight: 2, arbitrary: fc.constant([] as WitnessEntry[]) },
  { weight: 1, arbitrary: fc.array(entry, { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.array(plain, { maxLength: 4 }) },
)
const witnesses: fc.Arbitrary<[Witness, Witness]> = fc
  .tuple(fc.oneof(alike, apart, short, stuttered), histories)
  .map(([[a, b], history]) => [
    { entries: a, history, digest: 'of the database' },
    { entries: b, digest: 'of the file' },
  ])

function codes(
  certificate: unknown,
  canonical: Witness,
  legacy: Witness,
  budget?: number,
): CertificateFaultCode[] {
  const options = budget === undefined ? {} : { budget }
  return checkCertificate(certificate, canonical, legacy, options).map(({ code }) => code)
}

describe('a certificate of reconcile', () => {
  test('holds, whatever the witnesses', () => {
    fc.assert(
      fc.property(witnesses, ([canonical, legacy]) => {
        const { certificate } = reconcile(canonical, legacy)
        expect(checkCertificate(JSON.parse(JSON.stringify(certificate)), canonical, legacy)).toEqual([])
      }),
      { numRuns: RUNS * 2 },
    )
  })

  test('holds where most is told once, and the table is cut there', () => {
    fc.assert(
      fc.property(cutUp, ([canonical, legacy]) => {
        const { certificate } = reconcile(canonical, legacy)
        expect(checkCertificate(certificate, canonical, legacy)).toEqual([])
        const forged = { ...certificate, length: (certificate.length ?? 0) + 1 }
        expect(checkCertificate(forged, canonical, legacy)).not.toEqual([])
      }),
      { numRuns: RUNS / 10 },
    )
  })

  test('holds where a history of a stutter, of undone turns or of nothing at all stands behind it', () => {
    const rows = (words: string) => ({
      entries: words.split(' ').map((text, i) => say(text, { stamp: Math.floor(i / 4) * 60_000 + i })),
    })
    const pairs: [Witness, Witness][] = [
      [rows('q0 a0 q0 a0 q1 a1 q1 a1'), tell('q0 a0 q1 a1')],
      [tell('q0 a0', { history: tell('q1 a1').entries }), tell('q0 a0 q1 a1 q2')],
      [tell('question-of-the-day', { history: tell('ok').entries }), tell('question-of-the-day ok new ok')],
      [tell(''), tell('')],
      [tell('', { history: tell('x').entries }), tell('')],
      [tell('', { history: tell('x').entries }), tell('x')],
    ]
    for (const [canonical, legacy] of pairs)
      expect(codes(reconcile(canonical, legacy).certificate, canonical, legacy)).toEqual([])
  })

  test('holds for long ones, in bounded work', () => {
    const talk = Array.from({ length: 8_000 }, (_, i) => say(i % 3 ? `message number ${i}` : 'ok'))
    const canonical = { entries: talk.filter((_, i) => i % 400 !== 8) }
    const legacy = { entries: talk.filter((_, i) => i % 400 !== 108) }
    const { certificate } = reconcile(canonical, legacy)
    expect(certificate.verdict).toBe('merged')
    expect(codes(certificate, canonical, legacy)).toEqual([])
    expect(codes(certificate, canonical, legacy, 50_000)).toEqual([])
    expect(codes(certificate, canonical, legacy, 10_000)).toEqual(['unchecked'])
    const part = { entries: talk.slice(0, 3_000) }
    expect(codes(reconcile(canonical, part).certificate, canonical, part)).toEqual([])
    expect(codes(reconcile({ entries: talk }, part).certificate, { entries: talk }, part, 0)).toEqual([])
  })

  test('a search that was given up must have been able to be', () => {
    const cycle = (letters: string, length: number) => ({
      entries: Array.from({ length }, (_, i) => say(letters[i % letters.length] as string)),
    })
    const [canonical, legacy] = [cycle('aabb', 30_000), cycle('abab', 30_000)]
    const { certificate } = reconcile(canonical, legacy)
    expect(certificate.reason).toBe('too-different')
    expect(codes(certificate, canonical, legacy)).toEqual([])
    const long = { entries: Array.from({ length: 30_000 }, (_, i) => say(`message number ${i}`)) }
    const most = { entries: long.entries.filter((_, i) => i !== 100) }
    for (const [one, two] of [
      [tell('a b'), tell('b a')],
      [long, most],
      [most, long],
      [{ entries: [...most.entries, say('the last message')] }, long],
    ] as [Witness, Witness][])
      expect(codes(certificate, one, two)).toEqual(['verdict'])
    const forced = reconcile(tell('a b'), tell('b a'), { budget: 0 }).certificate
    expect(checkCertificate(forced, tell('a b'), tell('b a'), { searchBudget: 0 })).toEqual([])
    expect(checkCertificate(forced, tell('a b'), tell('b a'), { searchBudget: DEFAULT_BUDGET })).toEqual(
      checkCertificate(forced, tell('a b'), tell('b a')),
    )
  })
})

type Forgery = (certificate: Certificate, at: number, canonical: Witness, legacy: Witness) => object | null

/** A list with one element exchanged; null where there is none. */
function exchange<T>(list: readonly T[], at: number, by: (one: T) => readonly T[]): readonly T[] | null {
  if (list.length === 0) return null
  const i = at % list.length
  return list.flatMap((one, n) => (n === i ? by(one) : [one]))
}

function lengthOf(runs: readonly MergeRun[]): number {
  return runs.reduce((sum, { length }) => sum + length, 0)
}

const inRuns = (by: (run: MergeRun) => readonly MergeRun[]): Forgery => {
  return ({ runs }, at) => {
    const forged = exchange(runs, at, by)
    return forged && JSON.stringify(forged) !== JSON.stringify(runs)
      ? { runs: forged, length: lengthOf(forged) }
      : null
  }
}

const NONE = { runs: [], metas: [], absorbed: [], anchors: [], repeats: [] }

/** Each changes one claim of a certificate that held, so that it can't hold any more. */
const FORGERIES: { readonly [name: string]: Forgery } = {
  'two runs in each other’s place': ({ runs }, at) => {
    const i = runs.length < 2 ? -1 : at % (runs.length - 1)
    const [one, two] = [runs[i], runs[i + 1]]
    if (!one || !two || (one.from !== 'both' && two.from !== 'both')) return null
    return { runs: [...runs.slice(0, i), two, one, ...runs.slice(i + 2)] }
  },
  'a dropped run': inRuns(() => []),
  'a wider run': inRuns((run) => [{ ...run, length: run.length + 1 }]),
  'a narrower run': inRuns((run) => (run.length > 1 ? [{ ...run, length: run.length - 1 }] : [])),
  'a run said twice': inRuns((run) => [run, run]),
  'a pair taken apart': inRuns((run) =>
    run.from === 'both'
      ? [
          { from: 'canonical', canonical: run.canonical, length: run.length },
          { from: 'legacy', legacy: run.legacy, length: run.length },
        ]
      : [run],
  ),
  'pairs of what does not match': ({ reason, repeats, withdrawn }, _, canonical, legacy) => {
    const [a, b] = [canonical.entries, legacy.entries]
    const length = Math.min(a.length, b.length)
    const isPlain = [...a, ...b].every(({ meta, nativeId }) => meta === undefined && nativeId === undefined)
    const differ = a.slice(0, length).some((one, i) => one.fingerprint !== b[i]?.fingerprint)
    if (reason || repeats.length + withdrawn.length > 0 || !isPlain || !differ) return null
    const rest = { canonical: length, legacy: length, length: Math.abs(a.length - b.length) }
    const from = a.length > b.length ? 'canonical' : 'legacy'
    const runs = [{ from: 'both', canonical: 0, legacy: 0, length, certain: true }]
    if (rest.length > 0) runs.push({ from, [from]: length, length: rest.length } as never)
    return { runs, length: Math.max(a.length, b.length) }
  },
  'a certainty': inRuns((run) => (run.from === 'both' ? [{ ...run, certain: !run.certain }] : [run])),
  'a longer length': ({ length }) => (length === null ? null : { length: length + 1 }),
  'a shorter length': ({ length }) => (length ? { length: length - 1 } : null),
  'no length': ({ length, reason }) =>
    length === null || reason === 'several-orders' ? null : { length: null },
  'an invented anchor': ({ anchors, reason }, at, { entries }, legacy) => {
    const canonical = entries.findIndex(({ meta }) => meta === undefined)
    const other = legacy.entries.findIndex(
      ({ fingerprint, nativeId, meta }) =>
        !meta && fingerprint !== entries[canonical]?.fingerprint && nativeId === undefined,
    )
    if (reason || canonical === -1 || other === -1) return null
    const kind = at % 2 ? 'entry' : 'block'
    return { anchors: [...anchors.slice(0, 15), { kind, canonical, legacy: other }] }
  },
  'an anchor of another kind': ({ anchors }) => {
    const [first, ...rest] = anchors
    return first
      ? { anchors: [{ ...first, kind: first.kind === 'entry' ? 'block' : 'entry' }, ...rest] }
      : null
  },
  'anchors left out': ({ anchors }) => (anchors.length > 0 ? { anchors: [] } : null),
  'another digest': () => ({ digests: { canonical: 'of the database', legacy: 'of another file' } }),
  'another verdict': ({ verdict, reason }, at) => {
    const others = ['identical', 'imported', 'kept', 'extended', 'merged', 'unreadable'].filter(
      (other) => other !== verdict,
    )
    return reason ? null : { verdict: others[at % others.length] }
  },
  'no evidence': ({ reason, anchors }) =>
    reason || anchors.length === 0
      ? null
      : { verdict: 'ambiguous', reason: 'no-evidence', metas: [], absorbed: [], anchors: [], repeats: [] },
  'given up': ({ reason }) =>
    reason === 'too-different'
      ? null
      : {
          ...NONE,
          verdict: 'ambiguous',
          reason: 'too-different',
          length: null,
          withdrawn: [],
          contested: undefined,
        },
  'several orders, twice the same': ({ reason, runs }) =>
    reason === 'several-orders'
      ? null
      : { ...NONE, verdict: 'ambiguous', reason: 'several-orders', contested: { orders: [runs, runs] } },
  'several orders that are not': ({ reason, runs }, at) => {
    if (reason === 'several-orders') return null
    const apart = runs.flatMap((run): readonly MergeRun[] =>
      run.from === 'both'
        ? [
            { from: 'canonical', canonical: run.canonical, length: run.length },
            { from: 'legacy', legacy: run.legacy, length: run.length },
          ]
        : [run],
    )
    const orders = at % 2 ? [apart, [...apart].reverse()] : [runs, apart]
    return { ...NONE, verdict: 'ambiguous', reason: 'several-orders', contested: { orders } }
  },
  'a contested stretch of one order': ({ contested }, at) => {
    const order = contested?.orders[at % 2]
    return order ? { contested: { orders: [order, order] } } : null
  },
  'one order of several': ({ reason }, at, canonical, legacy) => {
    if (reason !== 'several-orders') return null
    const runs = align(
      { entries: canonical.entries.map((one) => (one.meta ? one : { ...one })) },
      legacy,
    ).filter((run) => run.from !== 'both' || run.stands === undefined)
    const anchors = [{ kind: 'entry', canonical: 0, legacy: 0 }]
    return {
      verdict: 'merged',
      reason: undefined,
      contested: undefined,
      runs,
      length: lengthOf(runs),
      withdrawn: [],
      anchors: at % 2 ? anchors : [],
    }
  },
  'evidence where there is none': ({ reason, runs }, _, canonical) => {
    const pair = runs.find((run) => run.from === 'both')
    if (reason !== 'no-evidence' || canonical.entries.some(({ meta }) => meta)) return null
    const anchors =
      pair?.from === 'both' ? [{ kind: 'entry', canonical: pair.canonical, legacy: pair.legacy }] : []
    return { verdict: 'merged', reason: undefined, anchors }
  },
  'something withdrawn left out': ({ withdrawn }, at) => {
    const forged = exchange(withdrawn, at, () => [])
    return forged && { withdrawn: forged }
  },
  'something withdrawn by another': ({ withdrawn, reason }, at, { history = [] }, { entries }) => {
    const forged = exchange(withdrawn, at, (one) => {
      const other = history.findIndex(
        ({ fingerprint, nativeId }) =>
          fingerprint !== entries[one.legacy]?.fingerprint && nativeId === undefined,
      )
      return [{ ...one, history: other === -1 ? history.length : other }]
    })
    return reason ? null : forged && { withdrawn: forged }
  },
  'a repeat more': ({ repeats, verdict }, _, { entries }) =>
    verdict === 'kept' && entries.length > 0
      ? { repeats: [...repeats, (repeats.at(-1) ?? -1) + 1].filter((i) => i < entries.length + 1) }
      : null,
  'a repeat less': ({ repeats }, at) => {
    const forged = exchange(repeats, at, () => [])
    return forged && { repeats: forged }
  },
  'a session_meta left out': ({ metas }, at) => {
    const forged = exchange(metas, at, () => [])
    return forged && { metas: forged }
  },
  'the other record of a session_meta': ({ metas }, at) => {
    const forged = exchange(metas, at, (one) => [
      { ...one, stands: one.stands === 'legacy' ? 'canonical' : 'legacy' } as const,
    ])
    return forged && { metas: forged }
  },
  'a session_meta taken apart': ({ metas }, at) => {
    const forged = exchange(metas, at, (one) =>
      one.canonical === null || one.legacy === null
        ? []
        : [
            { canonical: one.canonical, legacy: null, stands: 'canonical' as const },
            { canonical: null, legacy: one.legacy, stands: 'legacy' as const },
          ],
    )
    return forged && { metas: forged }
  },
  'something absorbed': ({ absorbed, reason }, _, _canonical, { entries }) => {
    const other = entries.findIndex((_, j) => !absorbed.includes(j))
    return reason || other === -1 ? null : { absorbed: [...absorbed, other] }
  },
  'another version': () => ({ version: 2 }),
  'a member too many': () => ({ approved: true }),
}

describe('a forged certificate', () => {
  test.each(Object.entries(FORGERIES))('is found: %s', (_, forge) => {
    let forged = 0
    fc.assert(
      fc.property(witnesses, fc.nat(), ([canonical, legacy], at) => {
        const { certificate } = reconcile(canonical, legacy)
        const members = forge(certificate, at, canonical, legacy)
        fc.pre(members !== null)
        forged++
        expect(codes({ ...certificate, ...members }, canonical, legacy)).not.toEqual([])
      }),
      { numRuns: LONG ? 5_000 : 150, maxSkipsPerRun: 1_000 },
    )
    expect(forged).toBeGreaterThan(100)
  })

  test('of other witnesses is found by their entries too', () => {
    fc.assert(
      fc.property(witnesses, witnesses, ([a, b], [c, d]) => {
        const [one, two] = [reconcile(a, b).certificate, reconcile(c, d).certificate]
        const found = codes(one, c, d)
        if (found.length === 0) expect(one.verdict).toBe(two.verdict)
      }),
      { numRuns: RUNS },
    )
  })

  test.each([
    null,
    {},
    [],
    'certificate',
    { version: 1 },
    {
      ...reconcile(tell('a'), tell('a')).certificate,
      runs: [{ from: 'both', canonical: 0, legacy: -1, length: 1 }],
    },
    {
      ...reconcile(tell('a'), tell('a')).certificate,
      runs: [{ from: 'canonical', canonical: 0, length: 0 }],
    },
    { ...reconcile(tell('a'), tell('a')).certificate, length: 1.5 },
  ])('is malformed: %j', (certificate) => {
    expect(codes(certificate, tell('a'), tell('a'))).toEqual(['malformed'])
  })

  test('tells what it is', () => {
    const [canonical, legacy] = [tell('question-of-the-day x a0'), tell('question-of-the-day x a0 more')]
    const { certificate } = reconcile(canonical, legacy)
    const found = (members: object) => codes({ ...certificate, ...members }, canonical, legacy)
    const runs = (...words: readonly [MergeRun['from'], number][]) => {
      const at = { canonical: 0, legacy: 0 }
      return words.map(([from, length]) => {
        const run = { from, length, certain: true, ...at }
        if (from !== 'legacy') at.canonical += length
        if (from !== 'canonical') at.legacy += length
        const { canonical: one, legacy: two, certain, ...rest } = run
        return {
          ...rest,
          ...(from === 'legacy' ? {} : { canonical: one }),
          ...(from === 'canonical' ? {} : { legacy: two }),
          ...(from === 'both' ? { certain } : {}),
        }
      })
    }
    expect(found({})).toEqual([])
    expect(found({ runs: runs(['both', 3], ['legacy', 1]) })).toEqual([])
    expect(found({ runs: runs(['both', 3]) })).toEqual(['not-a-merge'])
    expect(found({ runs: runs(['both', 4]) })).toEqual(['not-a-merge'])
    expect(found({ length: 5 })).toEqual(['not-shortest'])
    expect(found({ runs: runs(['both', 2], ['canonical', 1], ['legacy', 2]), length: 5 })).toEqual([
      'two-owners',
    ])
    expect(found({ verdict: 'merged' })).toEqual(['verdict'])
    expect(found({ anchors: [] })).toEqual(['verdict'])
  })

  test('a merge that is not the only one as short is found, and so is one that is not shortest', () => {
    const [canonical, legacy] = [tell('question-of-the-day a b a end'), tell('question-of-the-day b a b end')]
    const forged = (...order: readonly ['both' | 'canonical' | 'legacy', number, number][]) => ({
      ...reconcile(canonical, legacy).certificate,
      verdict: 'merged',
      reason: undefined,
      contested: undefined,
      length: order.length,
      anchors: [{ kind: 'entry', canonical: 0, legacy: 0 }],
      runs: order.map(([from, one, two]) =>
        from === 'both'
          ? { from, canonical: one, legacy: two, length: 1, certain: true }
          : from === 'canonical'
            ? { from, canonical: one, length: 1 }
            : { from, legacy: two, length: 1 },
      ),
    })
    const shortest = forged(
      ['both', 0, 0],
      ['canonical', 1, 0],
      ['both', 2, 1],
      ['both', 3, 2],
      ['legacy', 0, 3],
      ['both', 4, 4],
    )
    expect(codes(shortest, canonical, legacy)).toEqual(['several-orders'])
    const longer = forged(
      ['both', 0, 0],
      ['legacy', 0, 1],
      ['both', 1, 2],
      ['both', 2, 3],
      ['canonical', 3, 0],
      ['canonical', 4, 0],
      ['legacy', 0, 4],
    )
    expect(codes(longer, canonical, legacy)).toEqual(['two-owners'])
  })

  test('a merge with a gap for each that is longer than it has to be', () => {
    const [canonical, legacy] = [tell('the-only-text-twice a b'), tell('a b the-only-text-twice')]
    const { certificate } = reconcile(tell('question-of-the-day'), tell('question-of-the-day ok'))
    const forged = {
      ...certificate,
      verdict: 'merged',
      length: 5,
      runs: [
        { from: 'legacy', legacy: 0, length: 2 },
        { from: 'both', canonical: 0, legacy: 2, length: 1, certain: true },
        { from: 'canonical', canonical: 1, length: 2 },
      ],
      anchors: [{ kind: 'entry', canonical: 0, legacy: 2 }],
    }
    expect(codes(forged, canonical, legacy)).toEqual(['not-shortest'])
  })

  test('two orders of a stretch that no shortest merge comes by', () => {
    const [canonical, legacy] = [tell('one two three x'), tell('y one two three')]
    const several = reconcile(tell('q x'), tell('q y')).certificate
    const [x, y] = [
      { from: 'canonical', canonical: 3, length: 1 },
      { from: 'legacy', legacy: 0, length: 1 },
    ]
    const forged = {
      ...several,
      length: 5,
      contested: {
        orders: [
          [x, y],
          [y, x],
        ],
      },
    }
    expect(reconcile(canonical, legacy).certificate).toMatchObject({ verdict: 'merged', length: 5 })
    expect(codes(forged, canonical, legacy)).toEqual(['contested'])
  })

  test('a stutter that took longer than half a second', () => {
    const rows = (gap: number) => ({
      entries: 'q0 q0 q1 q1'.split(' ').map((text, i) => say(text, { stamp: i * gap })),
    })
    const { certificate } = reconcile(rows(500), tell('q0 q1'))
    expect(certificate.repeats).toEqual([1, 3])
    expect(codes(certificate, rows(500), tell('q0 q1'))).toEqual([])
    expect(codes(certificate, rows(501), tell('q0 q1'))).toEqual(['repeats'])
  })
})
