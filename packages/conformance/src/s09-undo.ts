import type { Entry } from '@faircopy/store-core'
import { sessionAddress } from '@faircopy/store-core/backend'
import type { ImportStep, LedgerNote } from '@faircopy/store-core/operator'
import { ConformanceFailure, failsWith, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, brought, contentOf, contents, delivered, idsOf, importOf, said, undoOf } from './samples.ts'

const torn: ImportStep = {
  quarantine: { reason: 'torn-tail', line: 9, offset: 90, length: 2, bytes: new Uint8Array([123, 255]) },
}

/** A step that brings a message which never was live. */
function broughtAside(content: string): ImportStep {
  return {
    history: { ...said(content), provenance: { importId: 'run-1', witness: 'file', standing: 'withdrawn' } },
  }
}

/** A step that brings an entry under a key. */
function broughtUnder(content: string, key: string, kind = 'message'): ImportStep {
  return {
    live: {
      ...said(content, { idempotencyKey: key, kind }),
      provenance: { importId: 'run-1', witness: 'file', line: 1 },
    },
  }
}

function note(key: string, verdict: string): LedgerNote {
  return { key, verdict, reason: null, report: {}, certificate: null }
}

function hashesOf(entries: readonly Pick<Entry, 'hash'>[]): string[] {
  return entries.map(({ hash }) => hash)
}

/** S9: an import can be taken back, whole. */
export const undoing: readonly ConformanceCase[] = [
  conformanceCase(
    'an undone import leaves what was said before, followed by what was appended since',
    ['read', 'append', 'import', 'history', 'verify'],
    async ({ store }) => {
      const { head } = await store.append('s', [said('one'), said('two')], { create: {} })
      const steps = [
        brought('zero', 1),
        { keep: { from: 2, to: 2 } },
        brought('three', 3),
        broughtAside('aside'),
        torn,
      ]
      await store.import(importOf('s', steps, { expectedHead: head }))
      await store.append('s', said('four'))
      const made = (await store.get('s'))?.generation ?? 0
      const receipt = await store.undoImport({ ...undoOf('s'), text: 'wrong folder' })
      same([receipt.status, receipt.removed], ['undone', 3], 'the receipt')
      same(receipt.session, await store.get('s'), 'the session in it')
      same(await contents(store, 's'), ['one', 'two', 'four'], 'what it says')
      same(idsOf(await all(store.read('s'))).slice(0, 2), [1, 2], 'the ids of what it said before')
      same(await all(store.history('s')), [], 'history')
      same(await all(store.quarantined('s')), [], 'quarantined lines')
      await failsWith('GENERATION_GONE', all(store.readGeneration('s', made)), 'the list of the import')
      const told = (await all(store.ledger())).map(({ key, verdict, importId, report }) => [
        key,
        verdict,
        importId,
        report,
      ])
      const report = { undid: 'run-1', key: 'key-1', verdict: 'imported', text: 'wrong folder' }
      same(told, [['undo run-1', 'undone', 'undo of run-1', report]], 'the ledger')
      same((await store.verify()).findings, [], 'what verify finds')
      const again = await store.undoImport(undoOf('s'))
      same([again.status, again.removed, again.session], ['already', 0, receipt.session], 'the same again')
    },
  ),
  conformanceCase(
    'what an import settles of an earlier one is told no more, until the import is undone',
    ['read', 'import'],
    async ({ store }) => {
      await store.import(importOf('s', [brought('one', 1), torn]))
      await store.import(importOf('t', [brought('one', 1), torn]))
      const { head = null } = (await store.get('s')) ?? {}
      const later = importOf('s', [{ keep: { from: 1, to: 1 } }, brought('two', 2), torn], {
        key: 'key-2',
        run: 'run-2',
        expectedHead: head,
      })
      await store.import({ ...later, note: { ...later.note, report: { settles: ['run-1'] } } })
      const linesOf = async (session: string, settled?: boolean): Promise<string[]> =>
        (await all(store.quarantined(session, settled === undefined ? {} : { settled }))).map(
          ({ importId }) => importId,
        )
      same(await linesOf('s'), ['run-2'], 'what is left to be settled')
      same(await linesOf('s', true), ['run-1', 'run-2'], 'all that was quarantined')
      same(await linesOf('t'), ['run-1'], 'what the same run quarantined of another session')
      await store.undoImport(undoOf('s', 'run-2'))
      same(await linesOf('s'), ['run-1'], 'what is left to be settled again')
    },
  ),
  conformanceCase(
    'a session that an undone import created is gone without a tombstone',
    ['read', 'append', 'create', 'import', 'routes', 'changes', 'verify'],
    async ({ store }) => {
      const origin = { platform: 'telegram', chat: '1' }
      await store.import(importOf('s', [brought('one', 1), torn], { about: { title: 'old', origin } }))
      await store.route({ platform: 'slack' }, 's')
      const { cursor } = await store.changes()
      const receipt = await store.undoImport(undoOf('s'))
      same([receipt.status, receipt.session, receipt.removed], ['undone', null, 1], 'the receipt')
      same([await store.get('s'), (await store.list()).sessions], [null, []], 'what is there')
      same(
        [await store.resolve(origin), await store.resolve({ platform: 'slack' })],
        [null, null],
        'its origins',
      )
      const changed = (await store.changes(cursor)).changes
      same(
        changed.map(({ session, change }) => [session.id, change]),
        [['s', 'deleted']],
        'what changes tells',
      )
      same((await store.undoImport(undoOf('s'))).status, 'already', 'the same again')
      await store.create('s')
      same(await contents(store, 's'), [], 'a new session of the name')
      same(await store.routes('s'), [], 'routes to it')
      const later = (await store.changes()).changes
      same(
        later.map(({ session, change }) => [session.id, change]),
        [['s', 'created']],
        'what changes tells of the name then',
      )
      same((await store.verify()).findings, [], 'what verify finds')
    },
  ),
  conformanceCase(
    'an undone import can be made again, and says the same',
    ['read', 'append', 'import', 'history'],
    async ({ store }) => {
      const { head } = await store.append('old', said('before'), { create: {} })
      const steps = [broughtUnder('one', 'k1'), broughtUnder('two', 'k2', 'delivery'), broughtAside('aside')]
      for (const [session, expectedHead] of [
        ['new', null],
        ['old', head],
      ] as const) {
        const plan = (run: string) =>
          importOf(session, [...(expectedHead === null ? [] : [{ keep: { from: 1, to: 1 } }]), ...steps], {
            run,
            expectedHead,
            about: { title: 'filled' },
          })
        const first = await store.import(plan('run-1'))
        const read = hashesOf(await all(store.read(session)))
        await store.undoImport(undoOf(session))
        const again = await store.import(plan('run-2'))
        same(
          [again.status, again.added, again.session?.head],
          ['imported', 2, first.session?.head],
          'the receipt',
        )
        same(hashesOf(await all(store.read(session))), read, 'what it says')
        same((await all(store.history(session))).map(contentOf), ['aside'], 'history')
        same(again.session?.title, 'filled', 'the title')
        same((await store.undoImport(undoOf(session, 'run-2'))).status, 'undone', 'the undo of the second')
        await store.import(plan('run-1'))
        same(
          (await store.undoImport(undoOf(session))).status,
          'undone',
          'the undo of one under the first’s name',
        )
      }
    },
  ),
  conformanceCase(
    'a session that was rewritten, imported into again or deleted is left as it is, with the reason',
    ['read', 'append', 'replace', 'import', 'remove'],
    async ({ store }) => {
      await store.import(importOf('s', [brought('one', 1), broughtUnder('two', 'k')]))
      const refused = async (reason: string, session = 's', importId = 'run-1'): Promise<void> => {
        const before = [await store.get(session), await all(store.ledger())]
        const receipt = await store.undoImport(undoOf(session, importId))
        same(
          [receipt.status, receipt.reason, receipt.removed],
          ['refused', reason, 0],
          `the receipt (${reason})`,
        )
        same([await store.get(session), await all(store.ledger())], before, 'what is there')
      }
      await refused('not-imported', 's', 'run-9')
      await refused('not-imported', 't')
      const head = (await store.get('s'))?.head ?? null
      await store.import(
        importOf('s', [{ keep: { from: 1, to: 2 } }, brought('three', 3)], {
          key: 'key-2',
          run: 'run-2',
          expectedHead: head,
        }),
      )
      await refused('rewritten')
      same((await store.undoImport(undoOf('s', 'run-2'))).status, 'undone', 'the later import')
      const kept = importOf('s', [{ keep: { from: 1, to: 2 } }], {
        key: 'key-3',
        run: 'run-3',
        expectedHead: head,
      })
      await store.import(kept)
      await refused('rewritten')
      same(
        (await store.undoImport(undoOf('s', 'run-3'))).status,
        'undone',
        'a later one that changed nothing',
      )
      await store.replace('s', { from: 2, entries: [said('else')] })
      await refused('rewritten')
      await store.replace('s', { from: 2, entries: [said('two', { idempotencyKey: 'k' })] })
      same(await contents(store, 's'), ['one', 'two'], 'what it says again')
      await refused('rewritten')
      await store.delete('s')
      await refused('deleted')
      const itself = { ...undoOf('s'), run: { id: 'run-1', at: 1, about: {} } }
      await failsWith('INVALID_ARGUMENT', store.undoImport(itself), 'an undo that names itself')
    },
  ),
  conformanceCase(
    'a session whose past was pruned is left as it is, with the reason',
    ['read', 'append', 'import', 'remove', 'clock'],
    async ({ store, clock }) => {
      const { head } = await store.append('s', said('one'), { create: {} })
      await store.import(importOf('s', [brought('two', 1)], { expectedHead: head }))
      clock.now += 10
      await store.prune({ historyOlderThan: 5, dryRun: false })
      const receipt = await store.undoImport(undoOf('s'))
      same([receipt.status, receipt.reason], ['refused', 'pruned'], 'the receipt')
      same(await contents(store, 's'), ['two'], 'the session')
    },
  ),
  conformanceCase(
    'imports are undone the last one first, and a redaction does not stand in the way',
    ['read', 'append', 'import', 'remove', 'verify'],
    async ({ store }) => {
      const first = await store.import(importOf('s', [brought('one', 1), brought('a secret', 2)]))
      const keep = { keep: { from: 1, to: 2 } }
      const more = { key: 'key-2', run: 'run-2', expectedHead: first.session?.head ?? null }
      await store.import(importOf('s', [keep, brought('three', 3)], more))
      await store.append('s', said('four'))
      await store.redact('s', 2, 'secret')
      await store.undoImport(undoOf('s', 'run-2'))
      same((await contents(store, 's')).length, 3, 'how much it says without the second')
      await store.undoImport(undoOf('s'))
      same(await contents(store, 's'), ['four'], 'what it says without both')
      same((await store.verify()).findings, [], 'what verify finds')
    },
  ),
  conformanceCase(
    'an undo frees the keys of what its own import brought, and of nothing else',
    ['read', 'append', 'import'],
    async ({ store }) => {
      await store.import(importOf('s', [broughtUnder('one', 'k1')]))
      const expectedHead = (await store.get('s'))?.head ?? null
      const second = [{ keep: { from: 1, to: 1 } }, broughtUnder('two', 'k2')]
      await store.import(importOf('s', second, { key: 'key-2', run: 'run-2', expectedHead }))
      same((await store.undoImport(undoOf('s', 'run-2'))).removed, 1, 'what goes')
      const taken = async (content: string, idempotencyKey: string): Promise<boolean | undefined> =>
        (await store.append('s', said(content, { idempotencyKey }))).entries[0]?.already
      same([await taken('one', 'k1'), await taken('other', 'k2')], [true, false], 'which keys are taken')
      same(await contents(store, 's'), ['one', 'other'], 'what is there')
    },
  ),
  conformanceCase(
    'what a fork says of an undone import stays with the fork, and with its keys',
    ['read', 'append', 'fork', 'import', 'history', 'verify'],
    async ({ store }) => {
      const { head } = await store.append('s', said('one'), { create: {} })
      await store.import(
        importOf(
          's',
          [
            { keep: { from: 1, to: 1 } },
            broughtUnder('two', 'k'),
            broughtUnder('told', 'd1', 'delivery'),
            brought('three', 4),
          ],
          { expectedHead: head },
        ),
      )
      await store.fork('s', { id: 'f', through: 3 })
      const { removed } = await store.undoImport(undoOf('s'))
      same(removed, 1, 'how many entries are removed')
      same([await contents(store, 's'), await all(store.history('s'))], [['one'], []], 'the session')
      same(await contents(store, 'f'), ['one', 'two', 'told'], 'the fork')
      const late = await store.append('f', said('two', { idempotencyKey: 'k' }))
      same([late.entries[0]?.already, late.entryCount], [true, 3], 'its key in the fork')
      const anew = await store.append('s', said('else', { idempotencyKey: 'k' }))
      same([anew.entries[0]?.already, anew.entryCount], [false, 2], 'its key in the session')
      same(
        (await store.append('f', said('two', { idempotencyKey: 'k' }))).entries[0]?.id,
        late.entries[0]?.id,
        'the key in the fork after that',
      )
      await store.fork('f', { id: 'h' })
      const later = await store.append('h', said('two', { idempotencyKey: 'k' }))
      same([later.entries[0]?.already, later.entryCount], [true, 3], 'its key in a fork of the fork')
      const known = await store.append('s', said('told', { kind: 'delivery', idempotencyKey: 'd1' }))
      same(
        [sessionAddress(known.session).id, known.entries[0]?.seq],
        ['f', 3],
        'where its delivery is told to be',
      )
      same((await store.verify()).findings, [], 'what verify finds')

      await store.import(importOf('t', [broughtUnder('sent', 'd', 'delivery')], { run: 'run-2' }))
      await store.fork('t', { id: 'g' })
      await store.undoImport(undoOf('t', 'run-2'))
      same([await store.get('t'), await contents(store, 'g')], [null, ['sent']], 'a fork of one that is gone')
      const repeated = await store.append('t', delivered('x', 'd2'), { create: {} })
      same(repeated.entries[0]?.already, false, 'another delivery')
      const told = await store.append('s', said('sent', { kind: 'delivery', idempotencyKey: 'd' }))
      same(
        [told.entries[0]?.already, sessionAddress(told.session).id],
        [true, 'g'],
        'where the delivery is told to be',
      )
    },
  ),
  conformanceCase(
    'facts that an import filled in are unknown again, unless they were changed',
    ['read', 'create', 'update', 'import'],
    async ({ store }) => {
      const created = await store.create('s', { title: 'own', meta: { mine: 1 } })
      const about = {
        title: 'theirs',
        origin: { platform: 'telegram' },
        endedAt: 5,
        endReason: 'reset',
        meta: { mine: 2, found: 3 },
      }
      await store.import(importOf('s', [brought('one', 1)], { about, expectedHead: created.head }))
      await store.update('s', { endReason: 'closed' })
      await store.undoImport(undoOf('s'))
      const session = await store.get('s')
      same(
        [session?.title, session?.origin, session?.endedAt, session?.endReason, session?.meta],
        ['own', null, null, 'closed', { mine: 1 }],
        'the facts',
      )
    },
  ),
  conformanceCase(
    'an import that only wrote a note is undone by its removal',
    ['read', 'append', 'import'],
    async ({ store }) => {
      const { head } = await store.append('s', said('one'), { create: {} })
      for (const [session, expectedHead] of [
        ['s', head],
        ['none', null],
      ] as const) {
        const plan = { ...importOf(session, [], { expectedHead }), steps: null }
        await store.import(plan)
        const before = await store.get(session)
        const receipt = await store.undoImport(undoOf(session))
        same([receipt.status, receipt.session, receipt.removed], ['undone', before, 0], 'the receipt')
        same(await store.ledgerNote(session, 'key-1'), null, 'its note')
        same((await store.import(plan)).status, 'imported', 'the same import again')
      }
    },
  ),
  conformanceCase(
    'notes about other sessions are written with an import or not at all',
    ['read', 'append', 'import'],
    async ({ store }) => {
      const { head } = await store.append('s', said('one'), { create: {} })
      const alsoNote = [{ session: 's', note: note('decided', 'branch') }]
      const abandoned = store.import({
        ...importOf('branch', [brought('two', 1)]),
        alsoNote,
        confirm: () => {
          throw new ConformanceFailure('changed meanwhile')
        },
      })
      same(
        [await abandoned.catch(() => null), await store.ledgerNote('s', 'decided')],
        [null, null],
        'a failed one',
      )
      await store.import({ ...importOf('branch', [brought('two', 1)]), alsoNote })
      const written = await store.ledgerNote('s', 'decided')
      same(
        [written?.importId, written?.verdict, written?.headBefore, written?.headAfter],
        ['run-1', 'branch', head, head],
        'the note',
      )
      await store.import({
        ...importOf('branch 2', [brought('two', 1)], { run: 'run-2' }),
        alsoNote: [{ session: 's', note: note('decided', 'merged') }],
      })
      same((await store.ledgerNote('s', 'decided'))?.verdict, 'branch', 'a key that the session has')
      same((await store.undoImport(undoOf('branch'))).status, 'undone', 'the undo of the branch')
      same((await store.ledgerNote('s', 'decided'))?.verdict, 'branch', 'the note after that')
      same((await store.undoImport(undoOf('s'))).status, 'undone', 'the undo of the note')
      same(await store.ledgerNote('s', 'decided'), null, 'the note after both')
    },
  ),
]
