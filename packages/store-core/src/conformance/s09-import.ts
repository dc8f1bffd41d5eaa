import type { ImportStep } from '../importer.ts'
import { StoreError } from '../store-error.ts'
import { ConformanceFailure, failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import {
  all,
  brought,
  contents,
  everythingOf,
  importOf,
  outcomeOf,
  STILL_WAITING,
  said,
  soon,
} from './samples.ts'

/** How long an import may take that has one entry, where another one waits for it. */
const PATIENCE_MS = 3000

/** A signal, and what aborts it. */
function abortable(): { readonly signal: AbortSignal; readonly abort: (reason: unknown) => void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) }
}

/** S9: an import becomes visible at once, or never. */
export const importing: readonly ConformanceCase[] = [
  conformanceCase(
    'an import is invisible until it is whole, and other writers get in meanwhile',
    ['read', 'append', 'import'],
    async ({ store }) => {
      const seen: unknown[] = []
      const plan = importOf('s', [])
      async function* steps(): AsyncGenerator<ImportStep> {
        yield brought('one', 1)
        seen.push(await store.get('s'))
        await store.append('other', said('meanwhile'), { create: {} })
        yield brought('two', 2)
        seen.push(await store.get('s'))
      }
      const receipt = await store.import({ ...plan, steps: steps() })
      same(seen, [null, null], 'what a reader saw meanwhile')
      same([receipt.status, receipt.added, receipt.session?.entryCount], ['imported', 2, 2], 'the receipt')
      same(await contents(store, 's'), ['one', 'two'], 'the session')
      same(await contents(store, 'other'), ['meanwhile'], 'the other session')
      const [first] = await all(store.read('s'))
      same(
        [first?.writer, first?.provenance],
        ['import', { importId: 'run-1', witness: 'file', line: 1 }],
        'where the entry is from',
      )
    },
  ),
  conformanceCase(
    'an import says what its steps say; what no step keeps becomes history',
    ['read', 'append', 'import', 'history'],
    async ({ store }) => {
      const { head } = await store.append('s', [said('one'), said('two')], { create: { title: 'own' } })
      const aside: ImportStep = {
        history: {
          ...said('aside'),
          provenance: { importId: 'run-1', witness: 'file', standing: 'withdrawn' },
        },
      }
      const torn = new Uint8Array([123, 255])
      await store.import(
        importOf(
          's',
          [
            brought('zero', 1),
            { keep: { from: 2, to: 2 } },
            aside,
            { quarantine: { reason: 'torn-tail', line: 3, offset: 9, length: 2, bytes: torn } },
          ],
          { expectedHead: head, about: { title: 'from the file', endReason: 'reset' } },
        ),
      )
      same(await contents(store, 's'), ['zero', 'two'], 'what it says')
      const session = await store.get('s')
      same(
        [session?.title, session?.endReason],
        ['own', 'reset'],
        'facts are filled in, and none is overwritten',
      )
      const past = await all(store.history('s'))
      same(past.map(({ record }) => JSON.parse(record).content).sort(), ['aside', 'one'], 'history')
      const lines = await all(store.quarantined('s'))
      same(
        lines.map(({ bytes }) => [...(bytes ?? [])]),
        [[123, 255]],
        'quarantined bytes',
      )
    },
  ),
  conformanceCase(
    'a plan made on another head is refused, and nothing of it is seen',
    ['read', 'append', 'import'],
    async ({ store }) => {
      const { head } = await store.append('s', said('one', { idempotencyKey: 'k' }), { create: {} })
      const latest = await store.append('s', said('two'))
      const before = await everythingOf(store, 's')
      await failsWith(
        'REVISION_CONFLICT',
        store.import(importOf('s', [brought('x', 1)], { expectedHead: head })),
        'the head of before',
      )
      await failsWith('REVISION_CONFLICT', store.import(importOf('s', [brought('x', 1)])), 'no head at all')
      const used: ImportStep = {
        live: {
          ...said('one', { idempotencyKey: 'k' }),
          provenance: { importId: 'run-1', witness: 'file', line: 1 },
        },
      }
      await failsWith(
        'KEY_CONFLICT',
        store.import(importOf('s', [used], { expectedHead: latest.head })),
        'a key that was used',
      )
      same(await everythingOf(store, 's'), before, 'the session')
      same(await store.ledgerNote('s', 'key-1'), null, 'the ledger')
    },
  ),
  conformanceCase(
    'a session that moves on during an import makes it fail',
    ['read', 'append', 'import'],
    async ({ store }) => {
      const { head } = await store.append('s', said('one'), { create: {} })
      const plan = importOf('s', [{ keep: { from: 1, to: 1 } }, brought('imported', 1)], {
        expectedHead: head,
      })
      const confirm = async (): Promise<void> => {
        await store.append('s', said('meanwhile'))
      }
      await failsWith('REVISION_CONFLICT', store.import({ ...plan, confirm }), 'a session that moved on')
      same(await contents(store, 's'), ['one', 'meanwhile'], 'the session')
    },
  ),
  conformanceCase(
    'an import that waits to be confirmed holds up none of another session',
    ['read', 'import'],
    async ({ store }) => {
      let other: Promise<unknown> = Promise.resolve()
      let isThrough = false
      const confirm = async (): Promise<void> => {
        other = store.import(importOf('other', [brought('two', 1)])).then(() => {
          isThrough = true
        })
        const until = Date.now() + PATIENCE_MS
        while (!isThrough && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 0))
        holds(isThrough, 'the other import waits for this one')
      }
      const imported = store.import({ ...importOf('s', [brought('one', 1)]), confirm })
      await imported.finally(() => other)
      same([await contents(store, 's'), await contents(store, 'other')], [['one'], ['two']], 'what they say')
    },
  ),
  conformanceCase('the same import again writes nothing', ['read', 'import'], async ({ store }) => {
    await store.import(importOf('s', [brought('one', 1)]))
    const before = await everythingOf(store, 's')
    const again = await store.import(importOf('s', [brought('one', 1)]))
    same([again.status, again.added], ['already', 0], 'the receipt')
    same(await everythingOf(store, 's'), before, 'the session')
    same((await all(store.ledger())).length, 1, 'notes in the ledger')
    const { head } = (await store.get('s')) ?? { head: null }
    await store.import(importOf('s', [{ keep: { from: 1, to: 1 } }], { key: 'key-2', expectedHead: head }))
    same(await everythingOf(store, 's'), before, 'the session after an import that keeps everything')
  }),
  conformanceCase('an import that fails leaves nothing to be seen', ['read', 'import'], async ({ store }) => {
    const steps = (async function* () {
      yield brought('one', 1)
      throw new ConformanceFailure('the source is gone')
    })()
    const outcome = await store.import({ ...importOf('s', []), steps }).then(
      () => 'imported',
      () => 'failed',
    )
    same(outcome, 'failed', 'the import')
    const abandoned = store.import({
      ...importOf('s', [brought('one', 1)]),
      confirm: () => {
        throw new ConformanceFailure('changed meanwhile')
      },
    })
    same(await abandoned.catch(() => null), null, 'the abandoned import')
    same([await store.get('s'), (await all(store.ledger())).length], [null, 0], 'what is seen')
    same((await store.import(importOf('s', [brought('one', 1)]))).status, 'imported', 'the next try')
  }),
  conformanceCase(
    'an abort ends an import whose source does not answer, and nothing of it is left',
    ['read', 'append', 'import', 'facts'],
    async ({ store, open }) => {
      const never = new Promise<never>(() => {})
      const hang = async (): Promise<never> => never
      async function* hanging(): AsyncGenerator<ImportStep> {
        for (let line = 1; line <= 1200; line++) yield brought(`line ${line}`, line)
        await hang()
      }
      /** A source that ends neither when it is asked for more nor when it is told to. */
      const deaf: AsyncIterable<ImportStep> = {
        [Symbol.asyncIterator]: () => ({ next: hang, return: hang }),
      }
      const plan = importOf('s', [])
      const meanwhile = (): Promise<unknown> => store.append('other', said('meanwhile'))
      for (const [what, part] of [
        ['steps', { steps: hanging() }],
        ['a deaf source', { steps: deaf }],
        ['a confirmation', { steps: importOf('s', [brought('one', 1)]).steps, confirm: hang }],
      ] as const) {
        const { signal, abort } = abortable()
        const importing = outcomeOf(store.import({ ...plan, ...part, signal }))
        const other = await store.append('other', said(what), { create: {} })
        holds(other.entries.length === 1, `${what}: another session goes on`)
        same(await soon(importing), STILL_WAITING, `${what}: before the abort`)
        abort('enough')
        same(await soon(importing, meanwhile), 'enough', `${what}: the reason of the abort`)
        same([await store.get('s'), (await store.facts()).stagedEntries], [null, 0], `${what}: what is left`)
      }
      const early = store.import({ ...plan, steps: deaf, signal: AbortSignal.abort('before') })
      same(await soon(outcomeOf(early), meanwhile), 'before', 'a signal that is aborted already')
      const second = await open()
      const importing = outcomeOf(second.import({ ...plan, steps: hanging() }))
      await second.append('other', said('meanwhile'))
      await second.close()
      const error = await soon(importing, meanwhile)
      same(StoreError.is(error) ? error.code : error, 'STORE_CLOSED', 'closing the store')
      same((await store.facts()).stagedEntries, 0, 'what a closed store leaves staged')
      await store.import(importOf('s', [brought('one', 1)]))
      same(await contents(store, 's'), ['one'], 'the session after a clean import')
    },
  ),
  conformanceCase(
    'an import that is killed leaves nothing visible, and is swept by a later one',
    ['read', 'import', 'facts', 'processes'],
    async ({ store, startProcess }) => {
      const remote = await startProcess()
      const { steps: _, confirm: _c, signal: _s, ...plan } = importOf('s', [])
      await remote.hangInImport({ ...plan, steps: [brought('one', 1), brought('two', 2)] })
      same(await store.get('s'), null, 'the session while it is imported')
      await remote.kill()
      same(await store.get('s'), null, 'the session after the kill')
      await store.import(importOf('s', [brought('one', 1)]))
      same(await contents(store, 's'), ['one'], 'the session after a clean import')
      const { stagedEntries } = await store.facts()
      holds(stagedEntries === 0, 'nothing is left staged')
    },
  ),
]
