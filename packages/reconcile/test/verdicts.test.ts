import { reconcile, type Witness } from '@faircopy/reconcile'
import { describe, expect, test } from 'vitest'
import { say, spell, tell } from './telling.ts'

/** Turns `n` to `m` of a talk, every message long enough to be told apart. */
function turns(...numbers: number[]): Witness {
  return { entries: numbers.flatMap((n) => [say(`question number ${n}`), say(`answer to number ${n}`)]) }
}

function verdict(canonical: Witness, legacy: Witness): string {
  const found = reconcile(canonical, legacy)
  return found.reason ? `${found.verdict}: ${found.reason}` : found.verdict
}

describe('each verdict', () => {
  test('identical: both tell the same', () => {
    const { verdict, merge, counts } = reconcile(turns(1, 2, 3), turns(1, 2, 3))
    expect(verdict).toBe('identical')
    expect(merge).toEqual([{ from: 'both', canonical: 0, legacy: 0, length: 6, certain: true }])
    expect(counts).toEqual({ canonical: 6, legacy: 6, merged: 6, added: 0, matched: 6 })
  })

  test('imported: the canonical witness is empty', () => {
    const { verdict, merge, counts } = reconcile(turns(), turns(1, 2))
    expect(verdict).toBe('imported')
    expect(merge).toEqual([{ from: 'legacy', legacy: 0, length: 4 }])
    expect(counts).toEqual({ canonical: 0, legacy: 4, merged: 4, added: 4, matched: 0 })
  })

  test.each([
    ['a tail the file never got', turns(1, 2, 3), turns(1, 2)],
    ['a hole in the middle of the file', turns(1, 2, 3, 4), turns(1, 2, 4)],
    ['a session only the database knows', turns(1, 2), turns()],
  ])('kept: %s', (_, canonical, legacy) => {
    const found = reconcile(canonical, legacy)
    expect(found.verdict).toBe('kept')
    expect(spell(found.merge, canonical, legacy)).toBe(
      spell(reconcile(canonical, canonical).merge, canonical, canonical),
    )
    expect(found.counts.added).toBe(0)
  })

  test('extended: the file goes on', () => {
    const { verdict, merge, counts } = reconcile(turns(1, 2), turns(1, 2, 3))
    expect(verdict).toBe('extended')
    expect(merge).toEqual([
      { from: 'both', canonical: 0, legacy: 0, length: 4, certain: true },
      { from: 'legacy', legacy: 4, length: 2 },
    ])
    expect(counts).toEqual({ canonical: 4, legacy: 6, merged: 6, added: 2, matched: 4 })
  })

  test('extended: the file lacks a turn and goes on', () => {
    expect(verdict(turns(1, 2, 3), turns(1, 3, 4))).toBe('extended')
  })

  test('extended: the database has the last turn of a long file, and nothing of its own', () => {
    const { verdict, merge } = reconcile(turns(11), turns(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))
    expect(verdict).toBe('extended')
    expect(merge).toEqual([
      { from: 'legacy', legacy: 0, length: 20 },
      { from: 'both', canonical: 0, legacy: 20, length: 2, certain: true },
    ])
  })

  test('merged: both have holes, each in its own place', () => {
    const found = reconcile(turns(1, 2, 4, 5), turns(1, 3, 4, 6))
    expect(found.reason).toBe('several-orders')
    const { verdict, merge, counts } = reconcile(turns(1, 2, 3, 5), turns(1, 3, 4, 5))
    expect(verdict).toBe('merged')
    expect(merge).toEqual([
      { from: 'both', canonical: 0, legacy: 0, length: 2, certain: true },
      { from: 'canonical', canonical: 2, length: 2 },
      { from: 'both', canonical: 4, legacy: 2, length: 2, certain: true },
      { from: 'legacy', legacy: 4, length: 2 },
      { from: 'both', canonical: 6, legacy: 6, length: 2, certain: true },
    ])
    expect(counts).toEqual({ canonical: 8, legacy: 8, merged: 10, added: 2, matched: 6 })
  })

  test.each([
    ['the tails diverge', turns(1, 2, 3), turns(1, 2, 4)],
    ['a middle turn differs', turns(1, 2, 5), turns(1, 3, 5)],
    ['nothing is shared', turns(1, 2), turns(3, 4)],
    ['two turns stand the other way round', turns(1, 2, 3), turns(2, 1, 3)],
  ])('ambiguous: %s', (_, canonical, legacy) => {
    const found = reconcile(canonical, legacy)
    expect([found.verdict, found.reason, found.merge]).toEqual(['ambiguous', 'several-orders', null])
    expect(found.counts).toEqual({ ...found.counts, merged: null, added: 0, matched: 0 })
    expect(found.certificate.contested?.orders).toHaveLength(2)
  })

  test('unreadable: no witness has an entry', () => {
    expect(reconcile(turns(), turns())).toMatchObject({ verdict: 'unreadable', merge: null })
  })
})

describe('what repeats', () => {
  test('is told as often as the witness that tells it most', () => {
    expect(verdict(tell('remind done remind done remind done'), tell('remind done remind done'))).toBe('kept')
    expect(verdict(tell('ok ok ok'), tell('ok ok ok'))).toBe('identical')
  })

  test('leaves the pairing open, and says so', () => {
    const { merge, verdict } = reconcile(tell('ok ok done'), tell('ok done'))
    expect(verdict).toBe('kept')
    expect(merge).toEqual([
      { from: 'both', canonical: 0, legacy: 0, length: 1, certain: false },
      { from: 'canonical', canonical: 1, length: 1 },
      { from: 'both', canonical: 2, legacy: 1, length: 1, certain: true },
    ])
  })

  test('the same delivery mirrored twice stays twice', () => {
    const [canonical, legacy] = [
      tell('question-of-the-day mirror answer-of-the-day'),
      tell('question-of-the-day mirror answer-of-the-day mirror'),
    ]
    expect(spell(reconcile(canonical, legacy).merge, canonical, legacy)).toBe(
      'question-of-the-day mirror answer-of-the-day mirror',
    )
  })
})

describe('native ids', () => {
  const note = (text: string, nativeId: string) => say(text, { nativeId })

  test('decide alone where both entries bear one', () => {
    expect(verdict({ entries: [note('ok', '1')] }, { entries: [note('ok', '2')] })).toBe(
      'ambiguous: no-evidence',
    )
    expect(verdict({ entries: [note('hi', '1')] }, { entries: [note('hi!', '1')] })).toBe('identical')
  })

  test('leave it to the texts where one has none', () => {
    expect(verdict({ entries: [note('ok', '1')] }, { entries: [say('ok')] })).toBe('identical')
  })

  test('a rewritten text under one id is reported', () => {
    const found = reconcile({ entries: [note('hi', '1')] }, { entries: [note('hi!', '1')] })
    expect(found.gains).toEqual({ fields: 0, conflicts: 1, payloads: 0 })
  })

  test('what contains the other side has several orders if an id bears two texts', () => {
    const canonical = { entries: [note('hi', '1')] }
    const legacy = { entries: [note('hello', '1'), say('hi')] }
    expect(verdict(canonical, legacy)).toBe('ambiguous: several-orders')
  })
})

describe('evidence', () => {
  const long = 'a text of its own'

  test('one distinctive entry told once by each is enough', () => {
    expect(verdict(tell('hi'), tell('hi there'))).toBe('ambiguous: no-evidence')
    expect(verdict({ entries: [say(long)] }, { entries: [say(long), say('there')] })).toBe('extended')
  })

  test('it must be distinctive on both sides and told once', () => {
    const id = say('hi', { nativeId: '7' })
    expect(verdict({ entries: [id] }, { entries: [say('hi'), say('there')] })).toBe('ambiguous: no-evidence')
    const twice = [say(long), say(long)]
    expect(verdict({ entries: twice }, { entries: [...twice, say('there')] })).toBe('ambiguous: no-evidence')
  })

  test('two different neighbours are, told once as a block', () => {
    expect(verdict(tell('hi hello'), tell('hi hello there'))).toBe('extended')
    expect(verdict(tell('hi hi'), tell('hi hi there'))).toBe('ambiguous: no-evidence')
    expect(verdict(tell('hi hello hi hello'), tell('hi hello hi hello there'))).toBe('extended')
    expect(verdict(tell('hi hello x hi hello'), tell('hi hello x hi hello there'))).toBe('extended')
    expect(verdict(tell('hi x hello'), tell('hi hello there'))).toBe('ambiguous: no-evidence')
  })

  test('a block counts wherever some shortest merge pairs it', () => {
    expect(reconcile(tell('ok ok fine'), tell('ok fine more')).certificate.anchors).toEqual([
      { kind: 'block', canonical: 1, legacy: 0 },
    ])
    expect(reconcile(tell('x q x y z y'), tell('x y')).anchored).toBe(true)
  })

  test('a text told once is one, also where its id was borne by something else on another day', () => {
    const text = say('a text of its own')
    const canonical = { entries: [say('a', { nativeId: '3', stamp: 0 }), text] }
    const legacy = { entries: [{ ...text, nativeId: '3', stamp: 27 * 3_600_000 }] }
    expect(reconcile(canonical, legacy)).toMatchObject({ verdict: 'kept', anchored: true })
  })

  const day = 24 * 3_600_000
  test.each([
    [0, 26 * 3_600_000, 'extended'],
    [0, 26 * 3_600_000 + 1, 'ambiguous: no-evidence'],
    [3 * day, 0, 'ambiguous: no-evidence'],
    [0, undefined, 'extended'],
  ])('entries stamped %d and %d', (one, two, expected) => {
    const stamped = (stamp: number | undefined) => say(long, stamp === undefined ? {} : { stamp })
    expect(verdict({ entries: [stamped(one)] }, { entries: [stamped(two), say('there')] })).toBe(expected)
  })

  test('neither half of a block may be a day apart', () => {
    const [hi, hello] = [say('hi', { stamp: 0 }), say('hello', { stamp: 0 })]
    const later = [say('hi', { stamp: 0 }), say('hello', { stamp: 2 * day }), say('there')]
    expect(verdict({ entries: [hi, hello] }, { entries: later })).toBe('ambiguous: no-evidence')
    expect(verdict({ entries: later }, { entries: [hi, hello] })).toBe('kept')
  })

  test('identical, imported and kept need none, and say whether there is one', () => {
    expect(reconcile(tell('hi'), tell('hi'))).toMatchObject({ verdict: 'identical', anchored: false })
    expect(reconcile(tell('hi ho'), tell('hi ho'))).toMatchObject({ verdict: 'identical', anchored: true })
    expect(reconcile(tell(''), tell('hi ho'))).toMatchObject({ verdict: 'imported', anchored: false })
  })
})

describe('the certificate', () => {
  test('carries the digests, the runs, their owners and the anchors', () => {
    const canonical = { entries: [say('hi'), say('a text of its own'), say('bye')], digest: 'sha256:one' }
    const legacy = { entries: [say('before'), say('a text of its own')], digest: 'sha256:two' }
    expect(
      reconcile({ entries: canonical.entries.slice(1), digest: 'sha256:one' }, legacy).certificate,
    ).toEqual({
      version: 1,
      verdict: 'merged',
      digests: { canonical: 'sha256:one', legacy: 'sha256:two' },
      runs: [
        { from: 'legacy', legacy: 0, length: 1 },
        { from: 'both', canonical: 0, legacy: 1, length: 1, certain: true },
        { from: 'canonical', canonical: 1, length: 1 },
      ],
      length: 3,
      withdrawn: [],
      repeats: [],
      metas: [],
      absorbed: [],
      anchors: [{ kind: 'entry', canonical: 0, legacy: 1 }],
    })
    expect(reconcile(canonical, legacy).certificate).toMatchObject({
      verdict: 'ambiguous',
      runs: [],
      length: 4,
    })
  })
})
