import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { brought, contents, importOf, said } from './samples.ts'

const line = { reason: 'torn-tail', line: 1, offset: 0, length: 4 }

/** S9: what an import is told to do is checked, step by step. */
export const stepping: readonly ConformanceCase[] = [
  conformanceCase(
    'a step that is none is refused by its place, and nothing of the import is stored',
    ['read', 'append', 'import'],
    async ({ store }) => {
      const wrong: readonly (readonly [string, unknown])[] = [
        ['plan.steps.1', { bogus: 1 }],
        ['plan.steps.1', null],
        ['plan.steps.1', { ...brought('a', 1), keep: { from: 1, to: 1 } }],
        ['plan.steps.1.live.provenance', { live: said('a') }],
        ['plan.steps.1.live', { live: { ...said('a'), provenance: {}, recrod: 1 } }],
        ['plan.steps.1.history.at', { history: { ...said('a'), provenance: {}, at: 'x' } }],
        ['plan.steps.1.keep.from', { keep: { from: 0, to: 1 } }],
        ['plan.steps.1.keep', { keep: { from: 2, to: 1 } }],
        ['plan.steps.1.quarantine.bytes', { quarantine: line }],
        ['plan.steps.1.quarantine.bytes', { quarantine: { ...line, bytes: 'torn' } }],
        ['plan.steps.1.quarantine.line', { quarantine: { ...line, bytes: null, line: 1.5 } }],
      ]
      for (const [name, step] of wrong) {
        const plan = importOf('s', [brought('one', 1), step as never])
        const { message } = await failsWith('INVALID_ARGUMENT', store.import(plan), name)
        holds(message.startsWith(`${name}: `), `the name of the step: expected ${name}, got "${message}"`)
      }
      same([await store.get('s'), await store.ledgerNote('s', 'key-1')], [null, null], 'what there is')
    },
  ),
  conformanceCase(
    'an import keeps no place that the session does not have',
    ['read', 'append', 'import'],
    async ({ store }) => {
      const keeping = [{ keep: { from: 1, to: 2 } }]
      await failsWith(
        'INVALID_ARGUMENT',
        store.import(importOf('new', keeping)),
        'a session that is none yet',
      )
      const { head } = await store.append('s', said('one'), { create: {} })
      const beyond = importOf('s', keeping, { expectedHead: head })
      await failsWith('INVALID_ARGUMENT', store.import(beyond), 'a place behind the end')
      same([await contents(store, 's'), await store.get('new')], [['one'], null], 'what there is')
    },
  ),
  conformanceCase(
    'what speaks against an import as such is told before its steps are asked for',
    ['read', 'append', 'import'],
    async ({ store }) => {
      await store.append('s', said('one'), { create: {} })
      const stale = importOf('s', [{ bogus: 1 } as never], { expectedHead: 'ff' })
      await failsWith('REVISION_CONFLICT', store.import(stale), 'another head, and a step that is none')
    },
  ),
  conformanceCase(
    'a session has its codec from its birth: an import fills it in no more',
    ['read', 'append', 'create', 'import'],
    async ({ store }) => {
      await store.create('s')
      const head = (await store.get('s'))?.head ?? null
      const about = { codec: 'hermes', title: 'T' }
      await store.import(importOf('s', [brought('one', 1)], { expectedHead: head, about }))
      const session = await store.get('s')
      same([session?.codec, session?.title], ['openai-chat', 'T'], 'what is known of the session')
    },
  ),
  conformanceCase(
    'an import that leaves a session as it was is no change of it',
    ['read', 'append', 'import', 'changes'],
    async ({ store }) => {
      const { head } = await store.append('s', [said('one'), said('two')], { create: {} })
      const { cursor } = await store.changes()
      const before = await store.get('s')
      await store.import(importOf('s', [{ keep: { from: 1, to: 2 } }], { expectedHead: head }))
      same((await store.changes(cursor)).changes, [], 'the changes')
      same(await store.get('s'), before, 'the session')
      holds((await store.ledgerNote('s', 'key-1')) !== null, 'the import is noted')
    },
  ),
]
