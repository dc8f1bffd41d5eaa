import { pairFields, reconcile } from '@faircopy/reconcile'
import { describe, expect, test } from 'vitest'
import { say, tell } from './telling.ts'

const has = (fields: Record<string, string>) => new Map(Object.entries(fields))

describe('the members of a matched pair', () => {
  test('are lacked, gained or in conflict', () => {
    const canonical = say('hi', { fields: has({ finish_reason: 'f1', reasoning: 'r1', token_count: 't1' }) })
    const legacy = say('hi', { fields: has({ mirror: 'm1', finish_reason: 'f1', reasoning: 'r2' }) })
    expect(pairFields(canonical, legacy)).toEqual({
      gains: ['mirror'],
      lacks: ['token_count'],
      conflicts: ['reasoning'],
      rewritten: false,
    })
    expect(pairFields(say('hi'), say('ho'))).toEqual({ gains: [], lacks: [], conflicts: [], rewritten: true })
  })

  test('a name like any other', () => {
    const odd = say('hi', { fields: new Map([['__proto__', 'p1']]) })
    expect(pairFields(say('hi'), odd).gains).toEqual(['__proto__'])
  })

  test('are counted by pair, in certain pairs only', () => {
    const gaining = (text: string) => say(text, { fields: has({ mirror: 'm', reasoning: 'r2' }) })
    const canonical = { entries: [say('hi'), say('ho', { fields: has({ reasoning: 'r1' }) })] }
    expect(reconcile(canonical, { entries: [gaining('hi'), gaining('ho')] }).gains).toEqual({
      fields: 2,
      conflicts: 1,
      payloads: 0,
    })
    expect(reconcile(tell('ok ok'), { entries: [gaining('ok')] }).gains.fields).toBe(0)
  })
})
