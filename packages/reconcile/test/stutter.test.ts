import { reconcile, type Witness } from '@faircopy/reconcile'
import { describe, expect, test } from 'vitest'
import { pairs, say, spell, tell } from './telling.ts'

/** Rows `gap` milliseconds apart, a turn (every `|`) a minute. */
function rows(words: string, gap = 13): Witness {
  return {
    entries: words.split('|').flatMap((turn, minute) =>
      turn
        .split(' ')
        .filter(Boolean)
        .map((text, i) => say(text, { stamp: minute * 60_000 + i * gap })),
    ),
  }
}

describe('a stutter', () => {
  const database = rows('q0 a0 q0 a0 q0 a0|q1 a1 q1 a1 q1 a1')
  const file = tell('q0 a0 q1 a1')

  test('is taken out: its repeats become history', () => {
    const found = reconcile(database, file)
    expect(found).toMatchObject({
      verdict: 'kept',
      stutter: 2,
      repeats: [2, 3, 4, 5, 8, 9, 10, 11],
      counts: { canonical: 12, legacy: 4, merged: 4, added: 0, matched: 4 },
    })
    expect(spell(found.merge, database, file)).toBe('q0 a0 q1 a1')
    expect(pairs(found)).toEqual([
      [0, 0, true],
      [1, 1, true],
      [6, 2, true],
      [7, 3, true],
    ])
    expect(found.certificate.repeats).toEqual(found.repeats)
    expect(found.anchored).toBe(true)
  })

  test('is not said again by the same rows', () => {
    const history = reconcile(database, file).repeats.map(
      (i) => database.entries[i] as (typeof database.entries)[0],
    )
    expect(reconcile({ entries: file.entries, history }, database)).toMatchObject({
      verdict: 'kept',
      counts: { added: 0 },
    })
  })

  test.each([
    ['each row by itself', 'q0 q0 a0 a0', 'q0 a0', 2],
    ['a copy more of one', 'q0 a0 q0 a0|q1 q1 q1 q1 a1', 'q0 a0 q1 a1', 2],
    ['beside a turn told once', 'q0 a0 q0 a0|q1 a1|q2 a2 q2 a2', 'q0 a0 q1 a1 q2 a2', 2],
    ['of words that are repeated anyway', 'ok ok a0 ok ok a0|q1 q1', 'ok ok a0 q1', 2],
    ['of a turn that opens like the one before', 'ok a0 ok a0|ok a1 ok a1', 'ok a0 ok a1', 2],
  ])('%s', (_, stuttered, told, blocks) => {
    const canonical = rows(stuttered)
    const found = reconcile(canonical, tell(told))
    expect(found).toMatchObject({ verdict: 'kept', stutter: blocks })
    expect(spell(found.merge, canonical, tell(told))).toBe(told)
    expect(found.repeats).toHaveLength(canonical.entries.length - tell(told).entries.length)
  })

  test('session_meta is no part of it', () => {
    const withMeta = {
      entries: [
        ...database.entries.slice(0, 2),
        say('F', { meta: 'flattened' }),
        ...database.entries.slice(2),
      ],
    }
    const found = reconcile(withMeta, { entries: [say('M', { meta: 'payload' }), ...file.entries] })
    expect(found).toMatchObject({ verdict: 'kept', stutter: 2, repeats: [3, 4, 5, 6, 9, 10, 11, 12] })
    expect(spell(found.merge, withMeta, { entries: [say('M'), ...file.entries] })).toBe('M q0 a0 q1 a1')
  })

  test.each([
    ['only one block repeats', rows('q0 a0 q0 a0|q1 a1'), 'q0 a0 q1 a1'],
    ['the same block repeats twice', rows('ok ok|a0|ok ok'), 'ok a0 ok'],
    ['more than half a second lies between', rows('q0 a0 q0 a0|q1 a1 q1 a1', 167), 'q0 a0 q1 a1'],
    [
      'the stamps run backwards too far',
      { entries: rows('q0 q0|q1 q1').entries.map((e, i) => ({ ...e, stamp: -i * 501 })) },
      'q0 q1',
    ],
    ['there are no stamps', tell('q0 a0 q0 a0 q1 a1 q1 a1'), 'q0 a0 q1 a1'],
    ['a repeat stands elsewhere', rows('q0 a0 q1 a1 q0 a0 q1 a1'), 'q0 a0 q1 a1'],
    ['the rows know more', rows('q0 a0 q0 a0|q1 a1 q1 a1|q2 a2'), 'q0 a0 q1 a1'],
    ['the file tells the repeats too', rows('q0 a0 q0 a0|q1 a1 q1 a1'), 'q0 a0 q0 a0 q1 a1 q1 a1'],
    ['the file tells some of the repeats', rows('q0 q0 q0|q1 q1 q1'), ''],
  ])('is none where %s', (_, canonical, told) => {
    const found = reconcile(canonical, tell(told))
    expect(found.stutter).toBeUndefined()
    expect(found.repeats).toEqual([])
    expect(found.counts.merged).toBe(canonical.entries.length)
  })

  test('exactly half a second is one', () => {
    expect(reconcile(rows('q0 q0|q1 q1', 500), tell('q0 q1')).stutter).toBe(2)
    expect(reconcile(rows('q0 q0|q1 q1', 501), tell('q0 q1')).stutter).toBeUndefined()
  })

  test('copies with ids of their own are entries of their own', () => {
    const own = { entries: database.entries.map((entry, i) => ({ ...entry, nativeId: `${i}` })) }
    expect(reconcile(own, file)).toMatchObject({ verdict: 'kept', repeats: [] })
  })

  test('looking for one in a hostile witness ends, and the rows are kept', () => {
    const same = (length: number) => ({ entries: Array.from({ length }, () => say('ok', { stamp: 0 })) })
    expect(reconcile(same(30_000), same(20_000))).toMatchObject({ verdict: 'kept', repeats: [] })
  })
})
