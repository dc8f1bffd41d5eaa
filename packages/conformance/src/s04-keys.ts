import { failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { contents, delivered, everythingOf, idsOf, said } from './samples.ts'

const DAY = 24 * 60 * 60 * 1000

/** S4: a key makes a retry safe. */
export const keys: readonly ConformanceCase[] = [
  conformanceCase(
    'the same key and record again is a no-op that returns the first receipt',
    ['read', 'append'],
    async ({ store }) => {
      const first = await store.append('s', said('one', { idempotencyKey: 'k', at: 1 }), { create: {} })
      await store.append('s', said('two'))
      const before = await everythingOf(store, 's')
      const again = await store.append('s', said('one', { idempotencyKey: 'k', at: 2 }), { writer: 'other' })
      same(again.entries, [{ ...first.entries[0], already: true }], 'the receipt')
      same(await everythingOf(store, 's'), before, 'the session')
      const twice = await store.append('s', [
        said('x', { idempotencyKey: 'x' }),
        said('x', { idempotencyKey: 'x' }),
      ])
      same(new Set(idsOf(twice.entries)).size, 1, 'the same key twice in one call')
      same(
        twice.entries.map(({ already }) => already),
        [false, true],
        'the second is already there',
      )
    },
  ),
  conformanceCase(
    'a used key with another record is KeyConflict, and nothing is stored',
    ['read', 'append'],
    async ({ store }) => {
      await store.append('s', said('one', { idempotencyKey: 'k' }), { create: {} })
      const before = await everythingOf(store, 's')
      await failsWith(
        'KEY_CONFLICT',
        store.append('s', said('two', { idempotencyKey: 'k' })),
        'another record',
      )
      await failsWith(
        'KEY_CONFLICT',
        store.append('s', said('one', { idempotencyKey: 'k', kind: 'note' })),
        'another kind',
      )
      await failsWith(
        'KEY_CONFLICT',
        store.append('s', { record: '{ "role":"user","content":"one"}', idempotencyKey: 'k' }),
        'the same value in another text',
      )
      same(await everythingOf(store, 's'), before, 'the session')
    },
  ),
  conformanceCase(
    'an entry that correlates with a stored one is linked to it, and a retry of either is safe',
    ['read', 'append'],
    async ({ store }) => {
      await store.append('s', said('one', { idempotencyKey: 'turn' }), { create: {} })
      const before = await everythingOf(store, 's')
      const told = said('One!', { kind: 'delivery', idempotencyKey: 'sent', correlation: 'turn' })
      for (const attempt of ['the first time', 'the same again']) {
        const { entries } = await store.append('s', told)
        same(entries, [{ id: 1, seq: 1, already: true, differs: false }], attempt)
      }
      same(await everythingOf(store, 's'), before, 'the session')
      await failsWith(
        'KEY_CONFLICT',
        store.append('s', said('two', { idempotencyKey: 'sent' })),
        'the key is taken',
      )
      const { entries } = await store.append(
        's',
        said('new', { idempotencyKey: 'other', correlation: 'nobody' }),
      )
      same(entries, [{ id: 2, seq: 2, already: false, differs: false }], 'nothing to be linked to')
    },
  ),
  conformanceCase(
    'entries of one call are linked to one another, and a linked key leads to what it was linked to',
    ['read', 'append'],
    async ({ store }) => {
      const turn = said('one', { idempotencyKey: 'turn' })
      const note = said('two', { kind: 'note', idempotencyKey: 'linked', correlation: 'turn' })
      const { entries } = await store.append(
        's',
        [turn, note, said('three', { idempotencyKey: 'third', correlation: 'linked' }), said('four')],
        { create: {} },
      )
      same(
        entries.map(({ id, already }) => [id, already]),
        [
          [1, false],
          [1, true],
          [1, true],
          [2, false],
        ],
        'the receipt',
      )
      same(await contents(store, 's'), ['one', 'four'], 'the session')
      for (const idempotencyKey of ['linked', 'third']) {
        const again = await store.append('s', said('one', { idempotencyKey }))
        same(
          again.entries,
          [{ id: 1, seq: 1, already: true, differs: false }],
          `what ${idempotencyKey} leads to`,
        )
        await failsWith(
          'KEY_CONFLICT',
          store.append('s', said('two', { kind: 'note', idempotencyKey })),
          'what was linked is not what the key leads to',
        )
      }
    },
  ),
  conformanceCase(
    "onConflict: 'first' keeps the first and says that it differs",
    ['read', 'append'],
    async ({ store }) => {
      await store.append('s', said('one', { idempotencyKey: 'k' }), { create: {} })
      const { entries } = await store.append('s', said('two', { idempotencyKey: 'k' }), {
        onConflict: 'first',
      })
      same(entries, [{ id: 1, seq: 1, already: true, differs: true }], 'the receipt')
      same(await contents(store, 's'), ['one'], 'the session')
    },
  ),
  conformanceCase('entries without a key are never deduplicated', ['read', 'append'], async ({ store }) => {
    await store.append('s', [said('ok'), said('ok')], { create: {} })
    await store.append('s', said('ok'))
    same(await contents(store, 's'), ['ok', 'ok', 'ok'], 'the session')
  }),
  conformanceCase('a key is checked before the revision', ['append'], async ({ store }) => {
    const entry = said('one', { idempotencyKey: 'k' })
    await store.append('s', entry, { create: {}, expectedRevision: 0 })
    await store.append('s', said('two'))
    const { entries } = await store.append('s', entry, { expectedRevision: 0 })
    same(entries[0]?.already, true, 'the retry of a conditional write')
  }),
  conformanceCase(
    'a key stays taken when its entry becomes history',
    ['read', 'append', 'replace'],
    async ({ store }) => {
      await store.append('s', [said('one'), said('two', { idempotencyKey: 'k' })], { create: {} })
      await store.replace('s', { from: 2, entries: [] })
      const { entries } = await store.append('s', said('two', { idempotencyKey: 'k' }))
      same(
        entries,
        [{ id: 2, seq: null, already: true, differs: false }],
        'the late retry of an undone entry',
      )
      await failsWith('KEY_CONFLICT', store.append('s', said('x', { idempotencyKey: 'k' })), 'another record')
      same(await contents(store, 's'), ['one'], 'the session')
    },
  ),
  conformanceCase(
    'a key stays taken when its entry is pruned',
    ['read', 'append', 'replace', 'remove', 'clock'],
    async ({ store, clock }) => {
      await store.append('s', [said('one'), said('two', { idempotencyKey: 'k' })], { create: {} })
      await store.replace('s', { from: 2, entries: [] })
      clock.now += 2 * DAY
      same((await store.prune({ historyOlderThan: DAY, dryRun: false })).entries, 1, 'pruned entries')
      const { entries } = await store.append('s', said('two', { idempotencyKey: 'k' }))
      same(entries, [{ id: 2, seq: null, already: true, differs: false }], 'the late retry of a pruned entry')
      await failsWith('KEY_CONFLICT', store.append('s', said('x', { idempotencyKey: 'k' })), 'another record')
      await store.replace('s', { from: 2, entries: [said('two', { idempotencyKey: 'k' })] })
      same(
        await contents(store, 's'),
        ['one', 'two'],
        'what is to be said again, and is gone, is stored anew',
      )
    },
  ),
  conformanceCase(
    'a key belongs to its session, and a delivery’s key to the whole store',
    ['read', 'append'],
    async ({ store }) => {
      await store.append('a', said('one', { idempotencyKey: 'k' }), { create: {} })
      const other = await store.append('b', said('two', { idempotencyKey: 'k' }), { create: {} })
      same(other.entries[0]?.already, false, 'a message with the key of another session')
      await store.append('a', delivered('sent', 'd'))
      const again = await store.append('b', delivered('sent', 'd'))
      same(
        [again.session, again.entries],
        [{ namespace: 'default', id: 'a' }, [{ id: 2, seq: 2, already: true, differs: false }]],
        'the receipt of a repeated delivery',
      )
      const mixed = await store.append('b', [said('three'), delivered('sent', 'd')])
      same(mixed.entries[1]?.session, { namespace: 'default', id: 'a' }, 'where the delivery is')
      await failsWith('KEY_CONFLICT', store.append('b', delivered('else', 'd')), 'another delivery')
      same(await contents(store, 'b'), ['two', 'three'], 'the other session')
    },
  ),
  conformanceCase(
    'a replacement under an operation key is carried out once',
    ['read', 'append', 'replace'],
    async ({ store }) => {
      await store.append('s', [said('one'), said('two')], { create: {} })
      const change = { from: 2, entries: [said('three')] }
      const first = await store.replace('s', change, { operationKey: 'op', expectedRevision: 1 })
      await store.append('s', said('four'))
      const again = await store.replace('s', change, { operationKey: 'op', expectedRevision: 1 })
      same(again, { ...first, already: true }, 'the receipt')
      same(await contents(store, 's'), ['one', 'three', 'four'], 'the session')
      await failsWith(
        'KEY_CONFLICT',
        store.replace('s', { from: 1, entries: [] }, { operationKey: 'op' }),
        'another replacement',
      )
    },
  ),
  conformanceCase(
    'a fork under an operation key is carried out once',
    ['read', 'append', 'fork'],
    async ({ store }) => {
      await store.append('s', [said('one'), said('two')], { create: {} })
      const first = await store.fork('s', { id: 'f', through: 1 }, { operationKey: 'op' })
      const again = await store.fork('s', { id: 'f', through: 1 }, { operationKey: 'op' })
      same(again, first, 'the fork')
      await failsWith('KEY_CONFLICT', store.fork('s', { id: 'g' }, { operationKey: 'op' }), 'another fork')
      holds((await store.get('g')) === null, 'the refused fork is not there')
    },
  ),
  conformanceCase(
    'a key is compared by kind and text, whatever time, writer and namespace the retry has',
    ['read', 'append'],
    async ({ store }) => {
      const first = { onConflict: 'first' } as const
      await store.append('s', said('one', { idempotencyKey: 'm', at: 5 }), { create: {}, writer: 'me' })
      await store.append('s', { ...delivered('sent', 'd'), at: 5 })
      const before = await everythingOf(store, 's')
      await store.append({ namespace: 'other', id: 't' }, said('t'), { create: {} })
      for (const place of ['s', 't', { namespace: 'other', id: 't' }] as const) {
        const isOther = place !== 's'
        for (const at of [5, 6, null]) {
          const retry = { ...delivered('sent', 'd'), at }
          const { session, entries } = await store.append(place, retry, { create: {}, writer: 'else' })
          same(
            [session, entries],
            [{ namespace: 'default', id: 's' }, [{ id: 2, seq: 2, already: true, differs: false }]],
            `a delivery at ${at}`,
          )
        }
        const another = await store.append(place, delivered('else', 'd'), { ...first, create: {} })
        same(another.entries, [{ id: 2, seq: 2, already: true, differs: true }], 'another text')
        await failsWith('KEY_CONFLICT', store.append(place, delivered('else', 'd')), 'another text')
        const mixed = await store.append(place, [said('x'), delivered('else', 'd')], { ...first, create: {} })
        same(
          mixed.entries[1],
          {
            id: 2,
            seq: 2,
            already: true,
            differs: true,
            ...(isOther && { session: { namespace: 'default', id: 's' } }),
          },
          'another text, among others',
        )
        const own = await store.append(place, said('sent', { idempotencyKey: isOther ? 'd' : 'd2' }))
        same(own.entries[0]?.already, false, 'a message under a key of its own')
      }
      const sent = await store.append('t', delivered('one', 'm'), { onConflict: 'first' })
      same(sent.entries[0]?.already, false, 'a delivery under the key of a message elsewhere')
      for (const [at, kind] of [
        [6, 'message'],
        [null, 'message'],
        [5, 'note'],
      ] as const) {
        const { entries } = await store.append('s', said('one', { idempotencyKey: 'm', at, kind }), first)
        same(entries, [{ id: 1, seq: 1, already: true, differs: kind === 'note' }], `a ${kind} at ${at}`)
      }
      const page = await store.page('s', { to: 2 })
      same(page.entries, (before as { readonly entries: unknown }).entries, 'what was first')
    },
  ),
  conformanceCase(
    'a delivery that was linked to a turn is known everywhere, also beside something new',
    ['read', 'append', 'create'],
    async ({ store }) => {
      const told = (key: string) =>
        said('Told', { kind: 'delivery', idempotencyKey: key, correlation: 'turn' })
      await store.append('s', said('one', { idempotencyKey: 'turn' }), { create: {} })
      await store.append('s', told('alone'))
      await store.append('s', [told('beside'), said('two')])
      await store.create('t')
      for (const key of ['alone', 'beside']) {
        const again = await store.append(
          's',
          said('x', { kind: 'note', idempotencyKey: `${key} x`, correlation: key }),
        )
        same(again.entries, [{ id: 1, seq: 1, already: true, differs: false }], `what is linked to ${key}`)
        const far = await store.append('t', [said('x'), told(key)])
        same(
          far.entries[1],
          { id: 1, seq: 1, already: true, differs: false, session: { namespace: 'default', id: 's' } },
          `${key}, in another session`,
        )
        const other = said('Told', { kind: 'delivery', idempotencyKey: key, correlation: 'else' })
        const error = await failsWith(
          'KEY_CONFLICT',
          store.append('t', [said('y'), other]),
          'linked to nothing',
        )
        same('session' in error && error.session, { namespace: 'default', id: 's' }, 'where its key is used')
      }
      same(await contents(store, 's'), ['one', 'two'], 'the session')
    },
  ),
  conformanceCase(
    'a call that only repeats is answered from the session of its first delivery, another from its own',
    ['read', 'append', 'fork', 'remove'],
    async ({ store }) => {
      await store.append('a', delivered('1', 'd1'), { create: {} })
      await store.append('b', [said('b'), delivered('2', 'd2')], { create: {} })
      const both = await store.append('nowhere', [delivered('2', 'd2'), delivered('1', 'd1')])
      same(
        [both.session.id, both.entries],
        [
          'b',
          [
            { id: 2, seq: 2, already: true, differs: false },
            { id: 1, seq: 1, already: true, differs: false, session: { namespace: 'default', id: 'a' } },
          ],
        ],
        'both, the second first',
      )
      await failsWith(
        'NO_SESSION',
        store.append('nowhere', [delivered('1', 'd1'), delivered('3', 'd3')]),
        'a new one beside',
      )
      const twice = await store.append('a', [delivered('1', 'd1'), delivered('1', 'd1')], {
        expectedRevision: 99,
      })
      same(
        twice.entries.map(({ already }) => already),
        [true, true],
        'the same twice, whatever revision is expected',
      )
      await store.fork('a', { id: 'f' })
      await store.append('c', said('c'), { create: {} })
      await store.delete('a')
      const later = await store.append('c', [said('x'), delivered('1', 'd1')])
      same(later.entries[1]?.session?.id, 'f', 'the one that lives, of two that say it')
    },
  ),
  conformanceCase(
    'every one of several operation keys is kept, and belongs to its session and its call',
    ['read', 'append', 'replace', 'fork'],
    async ({ store }) => {
      for (const id of ['s', 't']) await store.append(id, [said('one'), said('two')], { create: {} })
      const replaced = [
        await store.replace('s', { from: 2, entries: [said('three')] }, { operationKey: 'r1' }),
        await store.replace('s', { from: 2, entries: [said('four')] }, { operationKey: 'r2' }),
        await store.replace('s', { from: 3, entries: [] }, { operationKey: 'nothing' }),
      ]
      const forked = await store.fork('s', { id: 'f' }, { operationKey: 'f1' })
      await store.append('s', said('five'))
      const before = await everythingOf(store, 's')
      for (const [i, [key, from, texts]] of (
        [
          ['r1', 2, ['three']],
          ['r2', 2, ['four']],
          ['nothing', 3, []],
        ] as const
      ).entries()) {
        const entries = texts.map((text) => said(text))
        const again = await store.replace('s', { from, entries }, { operationKey: key })
        same(again, { ...replaced[i], already: true }, `the receipt of ${key}`)
        await failsWith(
          'KEY_CONFLICT',
          store.fork('s', { id: 'g' }, { operationKey: key }),
          `a fork under ${key}`,
        )
        for (const other of [
          { from: 1, entries },
          { from, entries: [...entries, said('x')] },
        ])
          await failsWith(
            'KEY_CONFLICT',
            store.replace('s', other, { operationKey: key }),
            `another call under ${key}`,
          )
      }
      same(await store.fork('s', { id: 'f' }, { operationKey: 'f1' }), forked, 'the fork')
      for (const other of [
        { id: 'f', through: 1 },
        { id: 'f', why: 'reset' },
      ] as const)
        await failsWith(
          'KEY_CONFLICT',
          store.fork('s', other, { operationKey: 'f1' }),
          'another fork under its key',
        )
      await failsWith(
        'KEY_CONFLICT',
        store.replace('s', { from: 1, entries: [] }, { operationKey: 'f1' }),
        'a replacement under it',
      )
      same(await everythingOf(store, 's'), before, 'the session')
      const own = await store.replace('t', { from: 2, entries: [said('three')] }, { operationKey: 'r1' })
      same(own.already, false, 'the same key in another session')
    },
  ),
]
