import { StoreError, type StoreWith } from '@faircopy/store-core'
import type { ImportedEntry, ImportStep } from '@faircopy/store-core/operator'
import { ConformanceFailure, failsWith, holds, same } from './assert.ts'
import { type Life, sameBeside } from './beside.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import {
  all,
  brought,
  contentOf,
  contents,
  delivered,
  everythingOf,
  importOf,
  inTime,
  numbered,
  outcomeOf,
  pastOf,
  STILL_WAITING,
  said,
  soon,
  undoOf,
} from './samples.ts'

/** How long an import may take that has one entry, where another one waits for it. */
const PATIENCE_MS = 3000

/** A signal, and what aborts it. */
function abortable(): { readonly signal: AbortSignal; readonly abort: (reason: unknown) => void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) }
}

const importingLife: Life<StoreWith<'append' | 'history' | 'import' | 'read' | 'update'>> = async function* (
  store,
  at,
  namespace,
) {
  const runs = ['run-1', 'run-2', 'undo of run-1']
  const notesOf = async (id: string): Promise<unknown> => {
    const told: unknown[] = [await all(store.ledger({ session: at(id) }))]
    for (const importId of runs) told.push(await all(store.ledger({ session: at(id), importId })))
    for (const key of ['key-1', 'key-2', 'also', 'undo run-1']) told.push(await store.ledgerNote(at(id), key))
    return told
  }
  const seen = async (): Promise<unknown> => {
    const told: unknown[] = []
    for (const id of ['s', 't']) {
      const session = await everythingOf(store, at(id))
      told.push(await notesOf(id), session, session && (await pastOf(store, at(id))))
      for (const settled of [false, true])
        told.push(session && (await all(store.quarantined(at(id), { settled }))))
    }
    return told
  }
  const claimed = async (): Promise<boolean> => 'claim' in (await store.claimImport(at('s')))
  const torn = (line: number): ImportStep => ({
    quarantine: { reason: 'torn', line, offset: line, length: 1, bytes: new Uint8Array([line]) },
  })
  yield [await claimed(), await claimed()]
  const about = { title: `old ${namespace}`, meta: { from: namespace } }
  const also = { session: at('t'), note: { ...importOf('', []).note, key: 'also' } }
  const first = {
    ...importOf(at('s'), [brought(`one ${namespace}`, 1), torn(2)], { about }),
    alsoNote: [also],
  }
  yield [await store.import(first), await seen()]
  const { head = null } = (await store.get(at('s'))) ?? {}
  const more = { key: 'key-2', run: 'run-2', expectedHead: head, about: { endReason: namespace } }
  const second = importOf(at('s'), [{ keep: { from: 1, to: 1 } }, brought('two', 3), torn(4)], more)
  yield [
    await store.import({ ...second, note: { ...second.note, report: { settles: ['run-1'] } } }),
    await seen(),
  ]
  yield [await store.import(importOf(at('t'), [brought('t', 1)])), await seen()]
  yield [await store.undoImport(undoOf(at('s'), 'run-2')), await seen()]
  yield [await store.undoImport(undoOf(at('s'))), await seen()]
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
        same(await inTime(importing, meanwhile), 'enough', `${what}: the reason of the abort`)
        same([await store.get('s'), (await store.facts()).stagedEntries], [null, 0], `${what}: what is left`)
      }
      const early = store.import({ ...plan, steps: deaf, signal: AbortSignal.abort('before') })
      same(await inTime(outcomeOf(early), meanwhile), 'before', 'a signal that is aborted already')
      const second = await open()
      const importing = outcomeOf(second.import({ ...plan, steps: hanging() }))
      await second.append('other', said('meanwhile'))
      await second.close()
      const error = await inTime(importing, meanwhile)
      same(StoreError.is(error) ? error.code : error, 'STORE_CLOSED', 'closing the store')
      same((await store.facts()).stagedEntries, 0, 'what a closed store leaves staged')
      await store.import(importOf('s', [brought('one', 1)]))
      same(await contents(store, 's'), ['one'], 'the session after a clean import')
    },
  ),
  conformanceCase(
    'an import of any length is stored whole, with nothing left staged',
    ['read', 'append', 'import', 'history', 'facts'],
    async ({ store }) => {
      await store.append('b', said('before'), { create: {} })
      for (const id of ['a', 'b']) {
        const expectedHead = (await store.get(id))?.head ?? null
        const names = numbered(1300, id)
        const steps = names.map((name, i): ImportStep => {
          const entry: ImportedEntry = {
            ...said(name, { idempotencyKey: name }),
            provenance: { importId: id, witness: 'file', line: i },
          }
          return i % 3 === 0 ? { history: entry } : { live: entry }
        })
        const { added } = await store.import(importOf(id, steps, { run: id, key: id, expectedHead }))
        const live = names.filter((_, i) => i % 3 > 0)
        same([added, await contents(store, id)], [live.length, live], `${id}: what is said`)
        const past = (await all(store.history(id))).map(contentOf)
        const left = id === 'b' ? ['before'] : []
        same(past, [...left, ...names.filter((_, i) => i % 3 === 0)], `${id}: what never was`)
        same((await store.facts()).stagedEntries, 0, `${id}: what is left staged`)
        await failsWith('KEY_CONFLICT', store.append(id, said('x', { idempotencyKey: `${id}700` })), id)
      }
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
  conformanceCase(
    'what is imported, noted, claimed and undone in one namespace is nothing in another',
    ['read', 'append', 'update', 'import', 'history', 'clock'],
    (trial) => sameBeside(trial, importingLife),
  ),
  conformanceCase(
    'an import keeps any parts in any order, and everything that is told beside an entry',
    ['read', 'append', 'import', 'history', 'clock'],
    async ({ store, clock }) => {
      const { head } = await store.append(
        's',
        ['1', '2', '3', '4'].map((n) => said(n, { at: Number(n), idempotencyKey: n })),
        { create: {} },
      )
      const provenance = {
        importId: 'run-1',
        witness: 'both',
        line: 3,
        offset: 40,
        row: 7,
        rowTime: '1.50',
        added: ['a', 'b'],
        conflicts: ['c'],
        standing: 'repeat',
        supersedes: 2,
      } as const
      const live = { ...said('new', { at: 9, kind: 'note', idempotencyKey: 'n' }), provenance }
      const aside = {
        ...said('past', { at: 8, idempotencyKey: 'h' }),
        provenance: { ...provenance, line: 4 },
      }
      const steps = [{ keep: { from: 3, to: 4 } }, { live }, { keep: { from: 1, to: 1 } }, { history: aside }]
      clock.now += 10
      const receipt = await store.import(importOf('s', steps, { expectedHead: head }))
      same(receipt.session, await store.get('s'), 'the session in the receipt')
      same(
        [receipt.added, receipt.session?.revision, receipt.session?.updatedAt],
        [1, 2, clock.now],
        'the receipt',
      )
      same(
        (await all(store.read('s'))).map(
          ({ id, seq, kind, at, idempotencyKey, writer, provenance: from }) => [
            id,
            seq,
            kind,
            at,
            idempotencyKey,
            writer,
            from,
          ],
        ),
        [
          [3, 1, 'message', 3, '3', 'gateway', null],
          [4, 2, 'message', 4, '4', 'gateway', null],
          [5, 3, 'note', 9, 'n', 'import', provenance],
          [1, 4, 'message', 1, '1', 'gateway', null],
        ],
        'what it says',
      )
      same(
        (await all(store.history('s'))).map(({ id, at, idempotencyKey, provenance: from }) => [
          id,
          at,
          idempotencyKey,
          from,
        ]),
        [
          [2, 2, '2', null],
          [6, 8, 'h', { ...provenance, line: 4 }],
        ],
        'history',
      )
      const [last] = (await store.generations('s')).toReversed()
      same(
        [last?.at, last?.reason, last?.entryCount],
        [1_600_000_000_000, 'import', 4],
        'the list that it made',
      )
      const known = await store.append(
        's',
        [live, aside].map(({ provenance: _, ...entry }) => entry),
      )
      same(
        known.entries.map(({ id, seq, already }) => [id, seq, already]),
        [
          [5, 3, true],
          [6, null, true],
        ],
        'the keys that it brought',
      )
    },
  ),
  conformanceCase(
    'an import fills in each fact and each member of meta that is not known, and overwrites none',
    ['create', 'read', 'import', 'update'],
    async ({ store }) => {
      const theirs = {
        origin: { platform: 'p', chat: '1' },
        title: 'theirs',
        startedAt: 1,
        endedAt: 2,
        endReason: 'theirs',
        meta: { a: 'theirs', b: 'theirs' },
      }
      const own = {
        origin: { platform: 'own' },
        title: 'own',
        startedAt: 3,
        endedAt: 4,
        endReason: 'own',
        meta: { a: 'own', c: 'own' },
      }
      const facts = async (id: string): Promise<Record<string, unknown>> => {
        const session = await store.get(id)
        return Object.fromEntries(Object.keys(own).map((name) => [name, session?.[name as 'title']]))
      }
      const merged = { a: 'own', b: 'theirs', c: 'own' }
      for (const [i, name] of (['none', ...Object.keys(own), 'all'] as const).entries()) {
        const known = Object.fromEntries(
          Object.entries(own).filter(([one]) => name === 'all' || one === name),
        )
        const { head } = await store.create(name, known)
        const before = await facts(name)
        const plan = importOf(name, [brought('x', 1)], { about: theirs, expectedHead: head, run: `run ${i}` })
        const { session } = await store.import(plan)
        same(session, await store.get(name), 'the session in the receipt')
        const isMerged = name === 'meta' || name === 'all'
        same(
          await facts(name),
          { ...theirs, ...known, ...(isMerged && { meta: merged }) },
          `where ${name} is known`,
        )
        await store.update(name, { meta: { ...(isMerged ? merged : theirs.meta), b: 'changed' } })
        await store.undoImport(undoOf(name, `run ${i}`))
        same(
          await facts(name),
          { ...before, meta: { ...(isMerged && own.meta), b: 'changed' } },
          `${name}, undone`,
        )
      }
    },
  ),
  conformanceCase(
    'a key that is used anywhere that it counts is refused, in an import as a whole',
    ['read', 'append', 'import', 'replace'],
    async ({ store }) => {
      await store.append(
        { namespace: 'far', id: 't' },
        [said('t', { idempotencyKey: 'm' }), delivered('d', 'd')],
        { create: {} },
      )
      await store.append(
        's',
        [said('1', { idempotencyKey: 'live' }), said('2', { idempotencyKey: 'past' })],
        { create: {} },
      )
      const { head } = await store.replace('s', { from: 2, entries: [] })
      const before = await everythingOf(store, 's')
      const step = (key: string, kind = 'message'): ImportStep => ({
        live: {
          ...said(key, { idempotencyKey: key, kind }),
          provenance: { importId: 'run-1', witness: 'file' },
        },
      })
      const aside = (key: string): ImportStep => ({
        history: (step(key) as { readonly live: ImportedEntry }).live,
      })
      for (const steps of [
        [step('live')],
        [step('past')],
        [step('d', 'delivery')],
        [step('x'), step('x')],
        [step('x'), aside('x')],
        [aside('live')],
      ]) {
        const error = await failsWith(
          'KEY_CONFLICT',
          store.import(importOf('s', steps, { expectedHead: head })),
          JSON.stringify(steps),
        )
        same(error.outcome, 'not-stored', 'what became of it')
      }
      same([await everythingOf(store, 's'), await all(store.ledger())], [before, []], 'what there is')
      const free = [step('m'), step('d'), step('y'), aside('z')]
      same((await store.import(importOf('s', free, { expectedHead: head }))).added, 3, 'keys that are free')
    },
  ),
  conformanceCase(
    'several runs, notes, quarantined lines and also-notes are each told once, in their order',
    ['read', 'append', 'import'],
    async ({ store }) => {
      const line = (n: number): ImportStep => ({
        quarantine: {
          reason: `r${n}`,
          line: n,
          offset: 10 * n,
          length: 3,
          bytes: n === 2 ? null : new Uint8Array([n, 0, 255]),
        },
      })
      const run = (id: string, at: number) => ({ id, at, about: { of: id } })
      const { head } = await store.append('other', said('x'), { create: {} })
      const noteOf = (key: string) => ({
        key,
        verdict: `v ${key}`,
        reason: `why ${key}`,
        report: { key },
        certificate: { of: key },
      })
      const first = {
        ...importOf('s', [brought('one', 1), line(1), line(2)]),
        run: run('r1', 11),
        note: noteOf('n1'),
        alsoNote: ['a1', 'a2'].map((key) => ({ session: 'other', note: noteOf(key) })),
      }
      const made = await store.import(first)
      await store.import({
        ...importOf('t', [brought('t', 1), line(3)]),
        run: run('r1', 11),
        note: noteOf('n1'),
      })
      const head1 = made.session?.head ?? null
      const later = importOf('s', [{ keep: { from: 1, to: 1 } }, brought('two', 2), line(4)], {
        expectedHead: head1,
      })
      const second = await store.import({
        ...later,
        run: run('r2', 22),
        note: noteOf('n2'),
        alsoNote: [{ session: 'other', note: noteOf('a1') }],
      })
      const told = (
        id: string,
        session: string,
        at: number,
        before: unknown,
        after: unknown,
        key: string,
      ) => ({
        ...noteOf(key),
        importId: id,
        session: { namespace: 'default', id: session },
        at,
        headBefore: before,
        headAfter: after,
      })
      const notes = [
        told('r1', 's', 11, null, head1, 'n1'),
        told('r1', 'other', 11, head, head, 'a1'),
        told('r1', 'other', 11, head, head, 'a2'),
        told('r1', 't', 11, null, (await store.get('t'))?.head, 'n1'),
        told('r2', 's', 22, head1, second.session?.head, 'n2'),
      ]
      same(await all(store.ledger()), notes, 'the ledger')
      for (const importId of ['r1', 'r2', 'r3'])
        same(
          await all(store.ledger({ importId })),
          notes.filter((note) => note.importId === importId),
          `the notes of ${importId}`,
        )
      for (const session of ['s', 't', 'other', 'nobody'])
        same(
          await all(store.ledger({ session })),
          notes.filter((note) => note.session.id === session),
          `the notes of ${session}`,
        )
      same(await all(store.imports()), [run('r1', 11), run('r2', 22)], 'the runs')
      const lines = (await all(store.quarantined('s'))).map(({ bytes, ...rest }) => [
        rest,
        bytes && [...bytes],
      ])
      const kept = (n: number, importId: string) => [
        { reason: `r${n}`, line: n, offset: 10 * n, length: 3, importId },
        n === 2 ? null : [n, 0, 255],
      ]
      same(lines, [kept(1, 'r1'), kept(2, 'r1'), kept(4, 'r2')], 'the lines')
      await store.undoImport(undoOf('s', 'r2'))
      same(
        (await all(store.quarantined('s'))).map(({ importId }) => importId),
        ['r1', 'r1'],
        'the lines once the second is undone',
      )
    },
  ),
]
