import { reconcile, type Witness } from '@faircopy/reconcile'
import { describe, expect, test } from 'vitest'
import { pairs, say, spell, tell } from './telling.ts'

function meet(live: string, history: string, legacy: string): string {
  const [canonical, file]: Witness[] = [tell(live, { history: tell(history).entries }), tell(legacy)]
  const found = reconcile(canonical as Witness, file as Witness)
  const said = found.reason ?? spell(found.merge, canonical as Witness, file as Witness)
  return `${found.verdict}: ${said} | ${found.withdrawn.join(' ')}`
}

describe('what was withdrawn', () => {
  test.each([
    ['an undone turn does not return', 'q0 a0', 'q1 a1', 'q0 a0 q1 a1', 'kept: q0 a0 | 2 3'],
    ['nor from the middle', 'q0 a0 q2 a2', 'q1 a1', 'q0 a0 q1 a1 q2 a2', 'kept: q0 a0 q2 a2 | 2 3'],
    ['nor the answer that a retry replaced', 'q0 a0 q1 b1', 'a1', 'q0 a0 q1 a1', 'kept: q0 a0 q1 b1 | 3'],
    [
      'nor what compaction put a summary for',
      'summary q9 a9',
      'q0 a0 q1 a1',
      'q0 a0 q1 a1 q9 a9',
      'kept: summary q9 a9 | 0 1 2 3',
    ],
    [
      'a source that grew adds its new lines',
      'q0 a0',
      'q1 a1',
      'q0 a0 q1 a1 q2 a2',
      'extended: q0 a0 q2 a2 | 2 3',
    ],
    ['all of it may be withdrawn', '', 'q0 a0', 'q0 a0', 'kept:  | 0 1'],
    ['an empty file changes nothing', '', 'q0 a0', '', 'kept:  | '],
    ['what follows an empty transcript is imported', '', 'q0 a0', 'q0 a0 q1', 'imported: q1 | 0 1'],
  ])('%s', (_, live, history, legacy, expected) => {
    expect(meet(live, history, legacy)).toBe(expected)
  })

  test.each([
    ['the live one comes first', 'ok', 'ok', 'ok', 'identical: ok | '],
    ['each takes one', 'ok', 'ok', 'ok ok', 'kept: ok | 1'],
    ['a third one is new', 'q0 a0 ok', 'ok', 'q0 a0 ok ok ok', 'extended: q0 a0 ok ok | 3'],
    [
      'the same words again after an undo are live',
      'hi hello-there',
      'hi hello',
      'hi hello',
      'kept: hi hello-there | 1',
    ],
    ['said again with another answer', 'q0 a0', 'ok a1', 'q0 a0 ok a1 ok a2', 'extended: q0 a0 ok a2 | 2 3'],
    [
      'a live repeat is not mistaken for the withdrawn one',
      'q0 ok a5',
      'ok a1',
      'q0 ok a1 ok a5',
      'kept: q0 ok a5 | 2 3',
    ],
    ['nor the other way round', 'q0 a0 ok a1', 'ok a1', 'q0 a0 ok a1 ok a1', 'kept: q0 a0 ok a1 | 4 5'],
  ])('repeats: %s', (_, live, history, legacy, expected) => {
    expect(meet(live, history, legacy)).toBe(expected)
  })

  test('where it is not known which of two was withdrawn, the order is not known', () => {
    expect(meet('question-of-the-day', 'ok', 'question-of-the-day ok new ok')).toBe(
      'ambiguous: several-orders | ',
    )
  })

  test('nor where one is taken for withdrawn only by who begins at the back', () => {
    const canonical = {
      entries: [say('b', { nativeId: '2', distinctive: true })],
      history: [say('a', { nativeId: '2', distinctive: true })],
    }
    const legacy = { entries: [say('b', { nativeId: '2', distinctive: true }), say('b')] }
    expect(reconcile(canonical, legacy)).toMatchObject({ verdict: 'ambiguous', reason: 'several-orders' })
  })

  test('members are not combined with what may be the withdrawn one', () => {
    const canonical = tell('q0 ok', { history: [say('ok')] })
    expect(pairs(reconcile(canonical, tell('q0 ok')))).toEqual([
      [0, 0, true],
      [1, 1, false],
    ])
    const known = { entries: [say('ok', { nativeId: '2' })], history: [say('ok', { nativeId: '1' })] }
    expect(pairs(reconcile(known, { entries: [say('ok', { nativeId: '2' })] }))).toEqual([[0, 0, true]])
  })

  test('an id finds its entry in history too', () => {
    const canonical = {
      entries: [say('q0'), say('ok', { nativeId: '2' })],
      history: [say('ok', { nativeId: '1' })],
    }
    const legacy = { entries: [say('q0'), say('ok', { nativeId: '1' }), say('ok', { nativeId: '2' })] }
    expect(reconcile(canonical, legacy)).toMatchObject({ verdict: 'kept', withdrawn: [1] })
  })

  test('is named in the certificate, with its place in history', () => {
    const canonical = tell('q0 a0', { history: [say('x'), say('summary', { meta: 'payload' }), say('q1')] })
    expect(reconcile(canonical, tell('q0 a0 q1')).certificate.withdrawn).toEqual([{ legacy: 2, history: 2 }])
  })

  test('a summary in place of a long talk is found without a search through all of it', () => {
    const old = Array.from({ length: 20_000 }, (_, i) => say(`old message number ${i}`))
    const live = Array.from({ length: 5_000 }, (_, i) => say(`new message number ${i}`))
    const found = reconcile({ entries: live, history: old }, { entries: old }, { budget: 2_000_000 })
    expect(found).toMatchObject({ verdict: 'kept', counts: { matched: 20_000, added: 0 } })
  })
})
