import type { StoreWith } from '@faircopy/store-core'
import { AWAITING_VERDICTS } from '@faircopy/store-core/backend'
import {
  entryHash,
  type ImportStep,
  PARTLY_READ,
  type PrunePolicy,
  REDACTED,
  type SessionImport,
} from '@faircopy/store-core/operator'
import { failsWith, holds, same } from './assert.ts'
import { type Life, sameBeside } from './beside.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import {
  all,
  brought,
  contents,
  delivered,
  everythingOf,
  importOf,
  pastOf,
  said,
  saidText,
} from './samples.ts'

const DAY = 24 * 60 * 60 * 1000

const removingLife: Life<
  StoreWith<'append' | 'fork' | 'history' | 'import' | 'read' | 'remove' | 'replace'>
> = async function* (store, at, namespace) {
  const ids = ['s', 'held', 'kept', 'f', 'gone']
  const seen = async (): Promise<unknown> => {
    const told: unknown[] = []
    for (const id of ids) {
      const session = await everythingOf(store, at(id))
      told.push([
        session,
        session && (await pastOf(store, at(id))),
        session && (await all(store.quarantined(at(id)))),
      ])
    }
    return told
  }
  const torn = {
    quarantine: { reason: 'torn', line: 2, offset: 0, length: 6, bytes: new TextEncoder().encode('secret') },
  }
  await store.import(importOf(at('s'), [brought('a secret', 1), torn]))
  await store.append(at('s'), said(`more of ${namespace}`))
  yield await store.replace(at('s'), { from: 2, entries: [] })
  yield await store.fork(at('s'), { id: 'f' })
  for (const id of ['held', 'kept']) await store.append(at(id), [said('one')], { create: { endedAt: 1 } })
  await store.append(at('gone'), said('gone'), { create: {} })
  yield [await store.redact(at('s'), 1, 'secret'), await seen()]
  await store.delete(at('gone'))
  yield await seen()
  yield [await store.undelete(at('gone')), await seen()]
  await store.delete(at('gone'))
  const others = ids.map((id) => ({ namespace: namespace === 'default' ? 'other' : 'default', id }))
  await store.prune({ endedOlderThan: 0, historyOlderThan: 0, dryRun: false, hold: [at('held'), ...others] })
  same([await store.get(at('kept')), (await store.get(at('held')))?.entryCount], [null, 1], 'what is pruned')
  yield await seen()
}

/** S27: what is removed stays removed, and says so. */
export const removal: readonly ConformanceCase[] = [
  conformanceCase(
    'a deleted session is gone for readers, and no writer brings it back',
    ['read', 'append', 'create', 'remove'],
    async ({ store }) => {
      await store.append('s', delivered('sent', 'd'), { create: {} })
      await store.delete('s')
      await store.delete('s')
      same([await store.get('s'), (await store.list()).sessions], [null, []], 'what is left to see')
      await failsWith('NO_SESSION', all(store.read('s')), 'read')
      await failsWith('SESSION_DELETED', store.append('s', said('x')), 'append')
      await failsWith('SESSION_DELETED', store.append('s', said('x'), { create: {} }), 'append with create')
      await failsWith('SESSION_DELETED', store.append('s', delivered('sent', 'd')), 'the retry of a delivery')
      await failsWith('SESSION_DELETED', store.create('s'), 'create')
      await failsWith('NO_SESSION', store.delete('t'), 'deleting what never was')
      same(await store.get('s'), null, 'the session after all that')
    },
  ),
  conformanceCase(
    'no import brings a deleted session back',
    ['read', 'append', 'import', 'remove'],
    async ({ store }) => {
      await store.append('s', said('one'), { create: {} })
      await store.delete('s')
      await failsWith('SESSION_DELETED', store.import(importOf('s', [brought('x', 1)])), 'import')
      same(await store.get('s'), null, 'the session')
    },
  ),
  conformanceCase(
    'the retry of a delivery whose session was deleted goes nowhere else',
    ['read', 'append', 'create', 'fork', 'remove'],
    async ({ store }) => {
      await store.append('s', delivered('sent', 'd'), { create: {} })
      await store.create('t')
      await store.delete('s')
      await failsWith('SESSION_DELETED', store.append('t', delivered('sent', 'd')), 'the delivery alone')
      await failsWith(
        'SESSION_DELETED',
        store.append('t', [said('one'), delivered('sent', 'd')]),
        'the delivery among others',
      )
      same(await contents(store, 't'), [], 'the other session')
      await store.undelete('s')
      await store.fork('s', { id: 'f' })
      await store.delete('s')
      const { session } = await store.append('t', delivered('sent', 'd'))
      same(session.id, 'f', 'a fork that still says it')
    },
  ),
  conformanceCase(
    'a deleted session comes back as it was, within the retention',
    ['read', 'append', 'remove', 'clock'],
    async ({ store, clock }) => {
      await store.append('s', said('one', { idempotencyKey: 'k' }), { create: { title: 'kept' } })
      const before = await everythingOf(store, 's')
      await store.delete('s')
      clock.now += DAY
      await store.prune({ dryRun: false })
      await store.undelete('s')
      same(await everythingOf(store, 's'), before, 'the session')
      const { entries } = await store.append('s', said('one', { idempotencyKey: 'k' }))
      same(entries[0]?.already, true, 'its keys')
      await store.delete('s')
      clock.now += 31 * DAY
      await failsWith('SESSION_DELETED', store.undelete('s'), 'after the retention')
      await store.prune({ dryRun: false })
      await failsWith('SESSION_DELETED', store.append('s', said('x'), { create: {} }), 'after pruning')
    },
  ),
  conformanceCase(
    'prune is a dry run unless told otherwise, and holds are respected',
    ['read', 'append', 'replace', 'history', 'remove', 'clock'],
    async ({ store, clock }) => {
      for (const id of ['a', 'b', 'old', 'held']) {
        const endedAt = id === 'old' || id === 'held' ? { endedAt: clock.now } : {}
        await store.append(id, [said('one'), said('two')], { create: endedAt })
        await store.replace(id, { from: 2, entries: [] })
      }
      clock.now += 10 * DAY
      await store.append('new', [said('one'), said('two')], { create: { endedAt: clock.now } })
      await store.replace('new', { from: 2, entries: [] })
      const policy = { historyOlderThan: DAY, endedOlderThan: 5 * DAY, hold: ['held', 'b'] }
      const dry = await store.prune(policy)
      const bytes = 2 * said('one').record.toString().length + said('two').record.toString().length
      same(dry, { dryRun: true, sessions: 1, entries: 3, bytes, held: 2, awaiting: [] }, 'the dry run')
      same((await all(store.history('a'))).length, 1, 'history after the dry run')
      same(await store.prune({ ...policy, dryRun: false }), { ...dry, dryRun: false }, 'the run')
      same([await store.get('old'), await contents(store, 'a')], [null, ['one']], 'what went and what stayed')
      same(
        [
          (await all(store.history('a'))).length,
          (await all(store.history('held'))).length,
          (await all(store.history('new'))).length,
        ],
        [0, 1, 1],
        'history after the run',
      )
      await failsWith('SESSION_DELETED', store.append('old', said('x'), { create: {} }), 'a pruned session')
      await failsWith('SESSION_DELETED', store.undelete('old'), 'bringing back a pruned session')
      same((await store.prune({ ...policy, dryRun: false })).entries, 0, 'the run again')
    },
  ),
  conformanceCase(
    'a session of which something is not imported yet is not pruned, and is named',
    ['read', 'append', 'import', 'remove', 'clock'],
    async ({ store, clock }) => {
      const about = { endedAt: clock.now }
      const noted = (id: string, verdict: string, steps: readonly ImportStep[] = []): SessionImport => {
        const plan = importOf(id, steps, { about, key: `${verdict} ${id}` })
        return { ...plan, note: { ...plan.note, verdict } }
      }
      for (const verdict of AWAITING_VERDICTS) await store.import(noted(verdict, verdict))
      await store.import(noted('partly', 'ambiguous', [brought('one', 1)]))
      const unread = noted('unread', 'imported', [brought('a part', 1)])
      await store.import({ ...unread, note: { ...unread.note, reason: PARTLY_READ } })
      await store.import(noted('whole', 'indexed'))
      const whole = await store.get('whole')
      await store.import({
        ...noted('whole', 'imported', [brought('two', 1)]),
        expectedHead: whole?.head ?? null,
      })
      clock.now += 10 * DAY
      const policy = { endedOlderThan: DAY, dryRun: false }
      const awaiting = [...AWAITING_VERDICTS, 'partly', 'unread'].map((id) => ({ namespace: 'default', id }))
      const dry = await store.prune({ ...policy, dryRun: true })
      same([dry.sessions, dry.entries, dry.awaiting], [1, 1, awaiting], 'the dry run')
      same({ ...(await store.prune(policy)), dryRun: true }, dry, 'the run')
      same(await contents(store, 'partly'), ['one'], 'what stayed')
      const indexed = await store.get('indexed')
      const coming = importOf('indexed', [brought('three', 1)], { expectedHead: indexed?.head ?? null })
      await store.import(coming)
      same(await contents(store, 'indexed'), ['three'], 'the import')
    },
  ),
  conformanceCase(
    'a pruned session that never had an entry bars no import, and one that was deleted does',
    ['read', 'append', 'create', 'import', 'remove', 'clock'],
    async ({ store, clock }) => {
      for (const id of ['pruned', 'deleted']) await store.create(id, { endedAt: clock.now })
      await store.append('said', said('one'), { create: { endedAt: clock.now } })
      await store.delete('deleted')
      clock.now += 31 * DAY
      await store.prune({ endedOlderThan: DAY, dryRun: false })
      same((await store.list()).sessions, [], 'what is left to see')
      await failsWith('SESSION_DELETED', store.append('pruned', said('x'), { create: {} }), 'append')
      await store.import(importOf('pruned', [brought('two', 1)]))
      same(await contents(store, 'pruned'), ['two'], 'what was imported')
      for (const id of ['deleted', 'said'])
        await failsWith('SESSION_DELETED', store.import(importOf(id, [brought('x', 1)], { key: id })), id)
    },
  ),
  conformanceCase(
    'a route to a pruned session leads nowhere, also where its name is imported again',
    ['read', 'create', 'append-to-origin', 'import', 'remove', 'routes', 'clock'],
    async ({ store, clock }) => {
      const origin = { platform: 'slack', chat: 'c1' }
      await store.create('s', { endedAt: clock.now })
      await store.route(origin, 's')
      clock.now += 31 * DAY
      await store.prune({ endedOlderThan: DAY, dryRun: false })
      same(await store.resolve(origin), null, 'where it leads once the session is pruned')
      await store.import(importOf('s', [brought('one', 1)]))
      same(
        [await store.resolve(origin), await store.routes('s')],
        [null, []],
        'and once its name is imported again',
      )
    },
  ),
  conformanceCase(
    'a delivery of a pruned session is forgotten with it',
    ['read', 'append', 'create', 'remove', 'clock'],
    async ({ store, clock }) => {
      await store.append('s', delivered('sent', 'd'), { create: { endedAt: clock.now } })
      await store.create('t')
      clock.now += DAY
      await store.prune({ endedOlderThan: 1, dryRun: false })
      const { session, entries } = await store.append('t', delivered('sent', 'd'))
      same([session.id, entries[0]?.already], ['t', false], 'where its retry is stored')
      same(await contents(store, 't'), ['sent'], 'the other session')
    },
  ),
  conformanceCase(
    'a redacted text is gone from the entry and its history, and the head still chains',
    ['read', 'append', 'replace', 'fork', 'history', 'remove', 'verify'],
    async ({ store }) => {
      const secret = 'pa"ss\u00e9'
      const args = JSON.stringify({ nested: JSON.stringify({ secret }) })
      await store.append('s', [said(`first ${secret}`), { record: { role: 'user', content: args, n: 1 } }], {
        create: {},
      })
      await store.fork('s', { id: 'f' })
      await store.replace('s', { from: 1, entries: [said(`second ${secret}`, { idempotencyKey: 'k' })] })
      const before = await store.get('s')
      const receipt = await store.redact('s', 3, secret)
      same(receipt, { entries: [1, 2, 3], quarantined: 0 }, 'the receipt')
      same(await contents(store, 's'), [`second ${REDACTED}`], 'the session')
      const rest = JSON.stringify([
        await all(store.history('s')),
        await all(store.read('f')),
        await all(store.read('s')),
      ])
      holds(!rest.includes('ss\u00e9') && rest.split(REDACTED).length === 6, 'the text is gone everywhere')
      const after = await store.get('s')
      same(after?.head, before?.head, 'the head')
      holds(after?.generation !== before?.generation, 'readers are told to read again')
      const [entry] = await all(store.read('s'))
      same(
        entry?.redaction?.hash,
        entry && entryHash(entry.kind, entry.at, entry.record),
        'the hash of what it says now',
      )
      holds((entry?.redaction?.at ?? 0) > 0, 'it says when')
      same(
        entry?.hash,
        entryHash('message', null, said(`second ${secret}`).record.toString()),
        'its first hash',
      )
      same((await store.verify()).findings, [], 'what verify finds')
      const { entries } = await store.append('s', said(`second ${secret}`, { idempotencyKey: 'k' }))
      same(entries[0]?.already, true, 'a late retry does not bring it back')
      same(await store.redact('s', 3, secret), { entries: [], quarantined: 0 }, 'the same again')
      await failsWith('INVALID_ARGUMENT', store.redact('s', 99, secret), 'an entry that never was')
    },
  ),
  conformanceCase(
    'a redaction of what a session said once is told of it and of the fork that says it still',
    ['read', 'append', 'replace', 'fork', 'history', 'remove', 'changes', 'clock'],
    async ({ store, clock }) => {
      await store.append('s', said('a secret'), { create: {} })
      await store.fork('s', { id: 'f' })
      await store.replace('s', { from: 1, entries: [said('another')] })
      const before = await store.get('s')
      const { cursor } = await store.changes()
      clock.now += 10
      same((await store.redact('s', 1, 'secret')).entries, [1], 'the receipt')
      const { changes } = await store.changes(cursor)
      const told = changes.map(({ session, change }) => [session.id, change])
      same(
        told.sort(),
        [
          ['f', 'replaced'],
          ['s', 'updated'],
        ],
        'what is told',
      )
      same(
        await store.get('s'),
        before && { ...before, updatedAt: clock.now },
        'the session that said it once',
      )
    },
  ),
  conformanceCase(
    'a redaction that would make a record too large is refused by name, and removes nothing',
    ['read', 'append', 'replace', 'history', 'remove'],
    async ({ store }) => {
      const many = JSON.stringify({ role: 'user', parts: Array.from({ length: 300 }, () => 'q') })
      await store.append('s', [said('q'), said('q'.repeat(900)), { record: many }], { create: {} })
      await store.append('past', [said('q'.repeat(900)), said('q')], { create: {} })
      await store.replace('past', { from: 1, entries: [said('q')] })
      const before = [await everythingOf(store, 's'), await everythingOf(store, 'past')]
      for (const [session, entry] of [
        ['s', 2],
        ['s', 3],
        ['past', 3],
      ] as const) {
        const error = await failsWith(
          'INVALID_RECORD',
          store.redact(session, entry, 'q'),
          'one letter of many',
        )
        same('reason' in error ? error.reason : null, 'too-large', 'the reason given')
        same(error.outcome, 'not-stored', 'what became of it')
      }
      same([await everythingOf(store, 's'), await everythingOf(store, 'past')], before, 'what there is')
      same((await store.redact('s', 1, 'q')).entries, [1], 'where there is room')
      same((await store.redact('s', 2, 'q'.repeat(900))).entries, [2], 'a longer text')
    },
    { limits: { maxBytes: 2000 } },
  ),
  conformanceCase(
    'a redacted text is gone from quarantined lines',
    ['import', 'remove'],
    async ({ store }) => {
      const lines = ['torn secret', 'torn'].map((text) => new TextEncoder().encode(text))
      await store.import(
        importOf('s', [
          brought('a secret', 1),
          ...lines.map((bytes, i) => ({
            quarantine: { reason: 'invalid-json', line: i + 2, offset: i, length: bytes.length, bytes },
          })),
        ]),
      )
      await failsWith('INVALID_ARGUMENT', store.redact('s', 99, 'secret'), 'an entry that never was')
      same(await store.redact('s', 1, 'secret'), { entries: [1], quarantined: 1 }, 'the receipt')
      const kept = (await all(store.quarantined('s'))).map(({ line, bytes }) => [line, bytes?.length ?? null])
      same(
        kept,
        [
          [2, null],
          [3, 4],
        ],
        'the lines',
      )
    },
  ),
  conformanceCase(
    'a compaction changes nothing that is said, and takes no more room than before',
    ['read', 'history', 'append', 'replace', 'remove', 'compact', 'verify'],
    async ({ store }) => {
      await store.append('s', [said('one'), said('a secret'), said('three')], { create: {} })
      await store.replace('s', { from: 3, entries: [said('another')] })
      await store.redact('s', 2, 'secret')
      const told = async (): Promise<unknown> => [
        await everythingOf(store, 's'),
        await all(store.history('s')),
      ]
      const before = await told()
      const { bytesBefore, bytesAfter } = await store.compact()
      holds(bytesAfter <= bytesBefore, `${bytesBefore} bytes before, ${bytesAfter} after`)
      same(await told(), before, 'what is said')
      same((await store.verify()).findings, [], 'what verify finds')
      await store.append('s', said('goes on'))
      same((await contents(store, 's')).at(-1), 'goes on', 'what is said afterwards')
    },
  ),
  conformanceCase(
    'what is deleted, redacted, pruned and held in one namespace leaves another as it is',
    ['read', 'append', 'replace', 'fork', 'history', 'import', 'remove', 'clock'],
    (trial) => sameBeside(trial, removingLife),
  ),
  conformanceCase(
    'what is to go stays for exactly its time, and goes a moment later',
    ['read', 'append', 'replace', 'fork', 'history', 'remove', 'clock'],
    async ({ store, clock }) => {
      const start = clock.now
      const removed = async (policy: PrunePolicy): Promise<unknown> => {
        const { sessions, entries } = await store.prune({ ...policy, dryRun: false })
        return [sessions, entries]
      }
      await store.append('ended', [said('1'), said('2')], { create: { endedAt: start + 5 } })
      await store.append('s', [said('1'), said('2'), said('3')], { create: {} })
      clock.now = start + 10
      await store.replace('s', { from: 3, entries: [] })
      clock.now = start + 20
      await store.replace('s', { from: 2, entries: [said('4')] })
      for (const [now, ended, history] of [
        [start + 30, 25, 20],
        [start + 31, 26, 21],
      ] as const) {
        clock.now = now
        same(
          await removed({ endedOlderThan: ended, historyOlderThan: history }),
          [0, 0],
          'at the last moment',
        )
      }
      same(await removed({ historyOlderThan: 20 }), [0, 1], 'the older of two lists, a moment later')
      same(
        (await all(store.history('s'))).map(({ id }) => id),
        [2],
        'the younger one stays',
      )
      same(await removed({ historyOlderThan: 10 }), [0, 1], 'a moment later')
      same(await removed({ endedOlderThan: 25 }), [1, 2], 'the session, a moment later')
      same(await removed({ endedOlderThan: 0, historyOlderThan: 0 }), [0, 0], 'nothing more')
      for (const id of ['a', 'b']) await store.append(id, [said('1')], { create: {} })
      const now = clock.now
      for (const id of ['a', 'b']) await store.delete(id)
      clock.now = now + 1000
      same(await removed({}), [0, 0], 'what was deleted, at the last moment')
      same((await store.undelete('a')).entryCount, 1, 'and it can come back then')
      await store.delete('a')
      clock.now = now + 1001
      await failsWith('SESSION_DELETED', store.undelete('b'), 'a moment later')
      same(await removed({ hold: ['b'] }), [0, 0], 'where it is held')
      same(await removed({}), [1, 1], 'where it is not')
      same((await store.undelete('a')).entryCount, 1, 'one that was deleted again')
    },
    { policy: { undeleteForMs: 1000 } },
  ),
  conformanceCase(
    'a report counts what goes, each entry once, in bytes of UTF-8, and every one that is held or awaited',
    ['read', 'append', 'replace', 'fork', 'import', 'remove', 'clock'],
    async ({ store, clock }) => {
      const texts = ['z\u00fcrich', '\u6771\u4eac', '\u{1f389}']
      const bytes = (text: string): number => new TextEncoder().encode(saidText(text)).length
      const endedAt = clock.now
      for (const id of ['a', 'b', 'held', 'held too'])
        await store.append(
          id,
          texts.map((text) => said(text)),
          { create: { endedAt } },
        )
      await store.fork('a', { id: 'f', through: 1 })
      await store.append(
        'live',
        texts.map((text) => said(text)),
        { create: {} },
      )
      await store.replace('live', { from: 2, entries: [] })
      const noted = async (id: string, verdict: string, key: string): Promise<void> => {
        const { head = null } = (await store.get(id)) ?? {}
        const plan = importOf(id, [], { expectedHead: head, key, about: { endedAt } })
        await store.import({ ...plan, steps: null, note: { ...plan.note, verdict } })
      }
      for (const id of ['await 2', 'await 1', 'came'])
        await store.append(id, [said(id)], { create: { endedAt } })
      await store.append({ namespace: 'far', id: 'await 1' }, said('far'), { create: { endedAt } })
      await noted('await 2', 'imported', '1')
      await noted('await 2', 'indexed', '2')
      await noted('await 1', 'ambiguous', '1')
      await noted('came', 'indexed', '1')
      await noted('came', 'imported', '2')
      clock.now += DAY
      const policy = {
        endedOlderThan: 1,
        historyOlderThan: 1,
        hold: ['held', 'held too', 'await 1', 'nobody'],
      }
      const [t1, t2, t3] = texts.map(bytes) as [number, number, number]
      const report = {
        sessions: 4,
        entries: 2 + 3 + 1 + 1 + 2,
        bytes: t2 + t3 + (t1 + t2 + t3) + bytes('came') + bytes('far') + (t2 + t3),
        held: 2,
        awaiting: ['await 2', 'await 1'].map((id) => ({ namespace: 'default', id })),
      }
      same(await store.prune(policy), { dryRun: true, ...report }, 'the dry run')
      same(await store.prune({ ...policy, dryRun: false }), { dryRun: false, ...report }, 'the run')
      const left = (await all(store.sessions())).map(({ id }) => id)
      same(left, ['await 1', 'await 2', 'f', 'held', 'held too', 'live'], 'what is left')
    },
  ),
  conformanceCase(
    'a redaction takes the text from the entry that is named and from history, wherever a fork says it, and from no other',
    ['read', 'append', 'replace', 'fork', 'history', 'remove', 'clock', 'verify'],
    async ({ store, clock }) => {
      const secret = (n: number) => said(`secret ${n}`, { at: n })
      await store.append('s', [secret(1), secret(2), secret(3)], { create: {} })
      await store.fork('s', { id: 'f' })
      await store.append('f', [secret(4), secret(5)])
      await store.append('s', secret(6))
      await store.replace('f', { from: 5, entries: [] })
      clock.now += 7
      const held = async (id: string): Promise<unknown> =>
        (await all(store.read(id))).map(({ id: entry, record, redaction }) => [
          entry,
          record.includes('secret'),
          redaction?.at ?? null,
        ])
      const stand = async (more = 0): Promise<unknown> => {
        const sessions = await Promise.all(['s', 'f'].map((id) => store.get(id)))
        return sessions.map((one) => one && [one.head, one.generation + more, one.revision + more])
      }
      const readAgain = await stand(1)
      same(await store.redact('f', 2, 'secret'), { entries: [2, 5], quarantined: 0 }, 'the receipt')
      same(
        [await held('s'), await held('f')],
        [
          [
            [1, true, null],
            [2, false, clock.now],
            [3, true, null],
            [4, true, null],
          ],
          [
            [1, true, null],
            [2, false, clock.now],
            [3, true, null],
            [4, true, null],
          ],
        ],
        'what they say',
      )
      const history = await all(store.history('f'))
      same(
        history.map(({ id, record }) => [id, record.includes('secret')]),
        [[5, false]],
        'the history of the fork',
      )
      same(await stand(), readAgain, 'the heads, and that readers of both are told to read again')
      same((await store.verify()).findings, [], 'what verify finds')
    },
  ),
]
