import { RevisionConflict } from '@faircopy/store-core'
import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { delivered, everythingOf, said } from './samples.ts'

async function conflict(work: Promise<unknown>, expected: number, actual: number): Promise<void> {
  const error = await failsWith('REVISION_CONFLICT', work, `revision ${expected} where ${actual} is`)
  holds('expected' in error && 'actual' in error, `${RevisionConflict.name} names both revisions`)
  same([error.expected, error.actual], [expected, actual], 'the revisions named')
}

/** S6: `expectedRevision` makes any write conditional. */
export const revision: readonly ConformanceCase[] = [
  conformanceCase(
    'an append to a session that moved on is refused',
    ['read', 'append'],
    async ({ store }) => {
      const first = await store.append('s', said('one'), { create: {} })
      await store.append('s', said('two'))
      const before = await everythingOf(store, 's')
      await conflict(store.append('s', said('three'), { expectedRevision: first.revision }), 1, 2)
      same(await everythingOf(store, 's'), before, 'the session')
      const { revision } = await store.append('s', said('three'), { expectedRevision: 2 })
      same(revision, 3, 'the revision after a conditional write')
    },
  ),
  conformanceCase('deliveries leave the revision as it is', ['append'], async ({ store }) => {
    const { revision } = await store.append('s', said('one'), { create: {} })
    const sent = await store.append('s', delivered('sent', 'd'))
    same(sent.revision, revision, 'after a delivery')
    const next = await store.append('s', said('two'), { expectedRevision: revision })
    same(next.revision, revision + 1, 'after a message')
  }),
  conformanceCase('title and meta leave the revision as it is', ['append', 'update'], async ({ store }) => {
    const { revision } = await store.append('s', said('one'), { create: {} })
    const updated = await store.update('s', { title: 'new', meta: { a: 1 } }, { expectedRevision: revision })
    same([updated.title, updated.meta, updated.revision], ['new', { a: 1 }, revision], 'after the update')
    await conflict(store.update('s', { title: 'x' }, { expectedRevision: 7 }), 7, revision)
  }),
  conformanceCase('a replacement can be conditional', ['read', 'append', 'replace'], async ({ store }) => {
    await store.append('s', [said('one'), said('two')], { create: {} })
    const before = await everythingOf(store, 's')
    await conflict(store.replace('s', { from: 2, entries: [] }, { expectedRevision: 0 }), 0, 1)
    same(await everythingOf(store, 's'), before, 'the session')
    const { revision } = await store.replace('s', { from: 2, entries: [] }, { expectedRevision: 1 })
    same(revision, 2, 'the revision after it')
    await conflict(store.replace('s', { from: 3, entries: [] }, { expectedRevision: 1 }), 1, 2)
    await failsWith('INVALID_ARGUMENT', store.replace('s', { from: 3, entries: [] }), 'beyond the end')
  }),
  conformanceCase('a fork can be conditional', ['read', 'append', 'fork'], async ({ store }) => {
    await store.append('s', said('one'), { create: {} })
    await conflict(store.fork('s', { id: 'f' }, { expectedRevision: 4 }), 4, 1)
    same(await store.get('f'), null, 'the fork')
  }),
  conformanceCase('a deletion can be conditional', ['read', 'append', 'remove'], async ({ store }) => {
    await store.append('s', said('one'), { create: {} })
    await conflict(store.delete('s', { expectedRevision: 4 }), 4, 1)
    holds((await store.get('s')) !== null, 'the session is there')
  }),
  conformanceCase(
    'an update changes what it names and nothing else, and meta as a whole',
    ['read', 'create', 'append', 'update', 'clock'],
    async ({ store, clock }) => {
      const about = {
        origin: {
          platform: 'p',
          account: 'a',
          chatType: 'dm',
          chat: 'c',
          thread: 't',
          user: 'u',
          userAlt: 'v',
        },
        parent: { namespace: 'far', id: 'past', entry: 3, why: 'reset' },
        title: 'a title',
        meta: { a: 1, b: { c: [2] } },
        codec: 'own',
        startedAt: 1,
        endedAt: 2,
        endReason: 'why',
      } as const
      const created = await store.create({ namespace: 'n', id: 's' }, about)
      const born = { namespace: 'n', id: 's', ...about, revision: 0, entryCount: 0, updatedAt: clock.now }
      const { generation, head } = created
      let expected: Record<string, unknown> = { ...born, generation, head }
      same(created, expected, 'as it was created')
      for (const patch of [
        { title: 'another' },
        { title: null },
        { meta: { b: 2 } },
        { meta: {} },
        { origin: { platform: 'q' } },
        { origin: null },
        { endedAt: 9 },
        { endReason: 'other' },
        { endedAt: null, endReason: null },
        {},
      ]) {
        clock.now += 10
        expected = { ...expected, ...patch, updatedAt: clock.now }
        const what = JSON.stringify(patch)
        same(await store.update({ namespace: 'n', id: 's' }, patch, { expectedRevision: 0 }), expected, what)
        same(await store.get({ namespace: 'n', id: 's' }), expected, `${what}, as it is read`)
      }
    },
  ),
  conformanceCase(
    'every write of a session is told apart from one revision too early and one too late',
    ['read', 'append', 'replace', 'fork', 'update', 'open', 'remove'],
    async ({ store }) => {
      const origin = { platform: 'p' }
      await store.append('s', said('one'), { create: { origin } })
      await store.append('s', said('two'))
      const writes: readonly ((expectedRevision: number) => Promise<unknown>)[] = [
        (expectedRevision) => store.append('s', delivered('x'), { expectedRevision }),
        (expectedRevision) => store.update('s', { title: 'x' }, { expectedRevision }),
        (expectedRevision) => store.fork('s', { id: 'f' }, { expectedRevision }),
        (expectedRevision) => store.replace('s', { from: 2, entries: [said('x')] }, { expectedRevision }),
        (expectedRevision) =>
          store.open(
            { origins: [origin] },
            { session: { create: { id: 'next', origin } }, end: { session: 's', at: 1, reason: null } },
            { expectedRevision },
          ),
        (expectedRevision) => store.delete('s', { expectedRevision }),
      ]
      for (const [i, write] of writes.entries()) {
        const { revision = 0 } = (await store.get('s')) ?? {}
        for (const wrong of [revision - 1, revision + 1]) await conflict(write(wrong), wrong, revision)
        same((await store.get('s'))?.revision, revision, `the session after refusals of write ${i + 1}`)
        await write(revision)
      }
      same(await store.get('s'), null, 'the session at last')
    },
  ),
]
