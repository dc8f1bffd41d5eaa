import { aligning, type InSteps, reconciling, type Witness, type WitnessEntry } from '@faircopy/reconcile'
import { checkingCertificate } from '@faircopy/reconcile/check'
import { describe, expect, test } from 'vitest'
import { say } from './telling.ts'

const ENTRIES = 20_000
/** Of each entry this many readings may lie between two steps: its text, its stamp, and so on. */
const READINGS_IN_A_STEP = 2_000

/** A witness that counts how often its entries are read. */
class Read {
  count = 0
  /** The most that was read between two steps. */
  most = 0

  witness(entries: readonly WitnessEntry[], more: Partial<Witness> = {}): Witness {
    const count = (): void => {
      this.count++
    }
    return {
      ...more,
      entries: entries.map(
        (entry) =>
          new Proxy(entry, {
            get(target, name) {
              count()
              return Reflect.get(target, name)
            },
          }),
      ),
    }
  }

  /** Makes something, and counts its steps. */
  finish<T>(making: InSteps<T>): { readonly made: T; readonly steps: number } {
    for (let steps = 0; ; steps++) {
      this.count = 0
      const { done, value } = making.next()
      this.most = Math.max(this.most, this.count)
      if (done) return { made: value, steps }
    }
  }
}

const talk = Array.from({ length: ENTRIES }, (_, i) =>
  say(i % 3 ? `message number ${i}` : 'ok', { fields: new Map([['finish_reason', 'stop']]) }),
)
const without = (from: number) => talk.filter((_, i) => i % 500 !== from)
const stuttered = talk.flatMap((entry, i) => {
  const one = { ...entry, stamp: i * 60_000 }
  return i % 100 < 2 ? [one, one] : [one]
})
const cases: { readonly [name: string]: readonly [WitnessEntry[], WitnessEntry[], WitnessEntry[]] } = {
  'that are the same': [talk, talk, []],
  'of which one has grown': [talk.slice(0, -100), talk, []],
  'that have gaps on both sides': [without(8), without(108), []],
  'that had something withdrawn': [without(8), without(108), talk.slice(0, 300)],
  'of which one stutters': [stuttered, talk, []],
  'that contest each other': [[...talk, say('x')], [...talk.slice(0, -2), say('y')], []],
}

describe('S20 never more than some hundred entries are looked at in one step, of histories', () => {
  test.each(Object.entries(cases))('%s', (_, [a, b, history]) => {
    const read = new Read()
    const [canonical, legacy] = [read.witness(a, { history }), read.witness(b)]
    const { made, steps } = read.finish(reconciling(canonical, legacy))
    expect(steps).toBeGreaterThan(ENTRIES / 256)
    const checked = read.finish(checkingCertificate(made.certificate, canonical, legacy))
    expect(checked.made).toEqual([])
    expect(checked.steps).toBeGreaterThan(ENTRIES / 256)
    expect(read.finish(aligning(canonical, legacy)).steps).toBeGreaterThan(ENTRIES / 256)
    expect(read.most).toBeLessThanOrEqual(READINGS_IN_A_STEP)
  })
})
