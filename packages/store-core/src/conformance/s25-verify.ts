import { holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { contents, said } from './samples.ts'

/** S25: every entry and every head can be proved. */
export const verifying: readonly ConformanceCase[] = [
  conformanceCase(
    'verify looks at every entry, live and history, and finds nothing in a sound store',
    ['append', 'replace', 'fork', 'remove', 'verify'],
    async ({ store }) => {
      await store.append('s', [said('one', { idempotencyKey: 'k' }), said('two secret')], { create: {} })
      await store.append('s', said('the same', { idempotencyKey: 'other', correlation: 'k' }))
      await store.replace('s', { from: 2, entries: [said('three secret')] })
      await store.fork('s', { id: 'f' })
      await store.append('f', said('four'))
      await store.redact('f', 3, 'secret')
      same(await store.verify(), { sessions: 2, entries: 4, findings: [] }, 'the report')
      same((await store.verify({ session: 'f' })).findings, [], 'the report of one session')
    },
  ),
  conformanceCase(
    'verify finds a record that was changed behind the store’s back',
    ['append', 'verify', 'fault:tamper'],
    async ({ store, fault, close, open }) => {
      await store.append('s', [said('one'), said('two')], { create: {} })
      await close()
      await fault('tamper')
      const { findings } = await (await open()).verify()
      holds(
        findings.some(({ code, session }) => code === 'entry-hash' && session === 's'),
        `the changed entry is found: ${JSON.stringify(findings.map(({ code }) => code))}`,
      )
    },
  ),
  conformanceCase(
    'a backup is made while the store is used, and says the same',
    ['read', 'append', 'verify', 'backup'],
    async ({ store, newPlace, at }) => {
      await store.append('s', [said('one'), said('two')], { create: {} })
      const copy = await newPlace()
      const { entries } = await store.backup(copy)
      await store.append('s', said('three'))
      const restored = await at(copy)
      same([entries, await contents(restored, 's')], [2, ['one', 'two']], 'the copy')
      same((await restored.verify()).findings, [], 'what verify finds in it')
      same(await contents(store, 's'), ['one', 'two', 'three'], 'the store')
    },
  ),
]
