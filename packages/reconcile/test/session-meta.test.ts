import { reconcile, type Witness, type WitnessEntry } from '@faircopy/reconcile'
import { describe, expect, test } from 'vitest'
import { mergedEntries, say, spell, tell } from './telling.ts'

const payload = (name: string): WitnessEntry => say(name, { meta: 'payload' })
const flattened = (): WitnessEntry => say('flattened', { meta: 'flattened' })

/** `M1` and `M2` are payloads, `F` a flattened one, everything else a message. */
function witness(words: string): Witness {
  const entries = words.split(' ').filter(Boolean)
  return {
    entries: entries.map((word) =>
      word === 'F' ? flattened() : /^M\d/.test(word) ? payload(word) : say(word),
    ),
  }
}

function merged(canonical: Witness, legacy: Witness): string {
  const { verdict, merge } = reconcile(canonical, legacy)
  return `${verdict}: ${spell(merge, canonical, legacy)}`
}

describe('session_meta', () => {
  test('row n + 1 of the database is absorbed by line 1 of the file', () => {
    const [database, file] = [witness('q0 a0 F q1 a1'), witness('M1 q0 a0 q1 a1')]
    const found = reconcile(database, file)
    expect(found.verdict).toBe('identical')
    expect(found.merge).toEqual([
      { from: 'both', canonical: 2, legacy: 0, length: 1, certain: true, stands: 'legacy' },
      { from: 'both', canonical: 0, legacy: 1, length: 2, certain: true },
      { from: 'both', canonical: 3, legacy: 3, length: 2, certain: true },
    ])
    expect(found.counts).toEqual({ canonical: 4, legacy: 4, merged: 4, added: 0, matched: 4 })
    expect(found.gains).toEqual({ fields: 0, conflicts: 0, payloads: 1 })
  })

  test.each([
    [
      'a payload in the canonical witness absorbs a flattened row',
      'M1 q0 a0',
      'q0 a0 F',
      'identical: M1 q0 a0',
    ],
    ['two flattened ones are one', 'q0 a0 F q1', 'q0 a0 F q1', 'identical: q0 a0 flattened q1'],
    ['flattened ones without a payload stay in place', 'q0 F a0', 'q0 a0', 'identical: q0 flattened a0'],
    ['one that only the file has joins before its message', 'q0 a0', 'q0 F a0', 'identical: q0 flattened a0'],
    [
      'a payload stands before the message that follows it in the file',
      'q0 a0 q1',
      'q0 M1 a0 q1',
      'identical: q0 M1 a0 q1',
    ],
    ['one at the end stays at the end', 'q0 a0', 'q0 a0 M1', 'identical: q0 a0 M1'],
    [
      'the k-th flattened row is absorbed by the k-th payload',
      'q0 F q1 F',
      'M1 q0 M2 q1',
      'identical: M1 q0 M2 q1',
    ],
    ['a row without a payload of its own survives', 'q0 F q1 F', 'M1 q0 q1', 'identical: M1 q0 q1 flattened'],
    ['what a payload absorbed is not paired again', 'M1 q0 F', 'F q0 F', 'identical: M1 q0 flattened'],
    ['nor what it restored', 'F q0 F', 'M1 q0 F', 'identical: M1 q0 flattened'],
    ['an equal payload is the same wherever it stands', 'q0 M1 a0', 'M1 q0 a0', 'identical: q0 M1 a0'],
    ['different payloads both survive', 'M1 q0 a0', 'M2 q0 a0', 'identical: M1 M2 q0 a0'],
    ['a payload told twice by the file survives once', '', 'M1 q0 M1 a0', 'imported: M1 q0 a0'],
    ['a canonical payload needs no partner', 'M1 q0', '', 'kept: M1 q0'],
    ['a file of nothing else is imported', '', 'M1', 'imported: M1'],
    ['beside an empty file nothing changes', 'F', '', 'kept: flattened'],
    [
      'a tail is appended behind one at the end',
      'question-of-the-day M1',
      'question-of-the-day more',
      'extended: question-of-the-day M1 more',
    ],
  ])('%s', (_, canonical, legacy, expected) => {
    expect(merged(witness(canonical), witness(legacy))).toBe(expected)
  })

  test('is a run of its own, wherever it stands', () => {
    expect(reconcile(witness('q0 F q1'), witness('q0 M1 q1')).merge).toEqual([
      { from: 'both', canonical: 0, legacy: 0, length: 1, certain: true },
      { from: 'both', canonical: 1, legacy: 1, length: 1, certain: true, stands: 'legacy' },
      { from: 'both', canonical: 2, legacy: 2, length: 1, certain: true },
    ])
  })

  test('a payload that is told twice is named', () => {
    expect(reconcile(witness(''), witness('M1 q0 M1 a0')).absorbed).toEqual([2])
  })

  test('the merge meets both witnesses again and stays as it is', () => {
    const [database, file] = [witness('q0 a0 F q1 a1 F q2'), witness('M1 q0 a0 M2 q1 a1 q2 M3')]
    const { merge } = reconcile(database, file)
    const store = { entries: mergedEntries(merge, database, file) }
    for (const legacy of [database, file]) {
      const again = reconcile(store, legacy)
      expect(again.verdict).toBe('identical')
      expect(again.gains.payloads).toBe(0)
      expect(spell(again.merge, store, legacy)).toBe('M1 q0 a0 M2 q1 a1 q2 M3')
    }
  })

  test('says nothing about order', () => {
    expect(reconcile(witness('M1'), tell('q0')).verdict).toBe('imported')
    expect(reconcile(witness('M1 q0'), witness('M2 q1')).reason).toBe('several-orders')
  })
})
