import { openSqliteStore, type StoreEvent } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { all, said, temporaryPath, temporaryStore } from './temporary.ts'
import { compute } from './turns.ts'

describe('append', () => {
  it('S1 S2 what was acknowledged is there when the store is opened again', async () => {
    const path = temporaryPath()
    const store = await openSqliteStore({ path, now: () => 1234 })
    const receipt = await store.append(
      's',
      [
        { record: said('one'), at: -5, idempotencyKey: 'k' },
        { record: { role: 'tool', content: null }, kind: 'session_meta' },
      ],
      { create: { title: 'T' }, writer: 'agent' },
    )
    await store.close()
    const again = await temporaryStore({ path })
    expect(await all(again.read('s'))).toMatchObject([
      { id: 1, seq: 1, kind: 'message', at: -5, idempotencyKey: 'k', writer: 'agent', record: said('one') },
      {
        id: 2,
        seq: 2,
        kind: 'session_meta',
        at: null,
        idempotencyKey: null,
        record: '{"role":"tool","content":null}',
      },
    ])
    expect(await again.get('s')).toMatchObject({
      title: 'T',
      entryCount: 2,
      revision: 1,
      head: receipt.head,
      updatedAt: 1234,
    })
    expect((await again.verify()).findings).toEqual([])
  })

  it('S2 a call with one bad entry stores nothing of it', async () => {
    const store = await temporaryStore()
    await store.create('s')
    await expect(store.append('s', [{ record: said('good') }, { record: '[]' }])).rejects.toMatchObject({
      code: 'INVALID_RECORD',
      outcome: 'not-stored',
    })
    expect(await all(store.read('s'))).toEqual([])
  })

  it('S2 a refused call leaves the others of its commit alone', async () => {
    const commits: number[] = []
    const store = await temporaryStore({
      onEvent: (event) => event.type === 'commit' && commits.push(event.calls),
    })
    await store.append('s', { record: said('first'), idempotencyKey: 'taken' }, { create: {} })
    const answers = await Promise.allSettled([
      store.append('s', { record: said('a') }),
      store.append('s', [{ record: said('b') }, { record: said('other'), idempotencyKey: 'taken' }]),
      store.append('s', { record: said('c') }, { expectedRevision: 1 }),
      store.append('nowhere', { record: said('d') }),
      store.append('s', { record: said('e') }),
    ])
    expect(answers.map((answer) => (answer.status === 'rejected' ? answer.reason.code : 'stored'))).toEqual([
      'stored',
      'KEY_CONFLICT',
      'REVISION_CONFLICT',
      'NO_SESSION',
      'stored',
    ])
    expect(commits).toEqual([1, 5])
    const records = (await all(store.read('s'))).map((entry) => entry.record)
    expect(records).toEqual([said('first'), said('a'), said('e')])
  })

  it('S4 the same key and record again is a no-op that tells the first place', async () => {
    const store = await temporaryStore()
    const entry = { record: said('one'), idempotencyKey: 'k', at: 1 }
    const first = await store.append('s', entry, { create: {} })
    await store.append('s', { record: said('two') })
    const second = await store.append('s', { ...entry, at: 99 })
    expect(second.entries).toEqual([{ id: 1, seq: 1, already: true, differs: false }])
    expect(first.entries).toEqual([{ id: 1, seq: 1, already: false, differs: false }])
    expect(second).toMatchObject({ revision: 2, entryCount: 2 })
  })

  it('S4 another record or kind under a key is refused, or the first is kept', async () => {
    const store = await temporaryStore()
    await store.append('s', { record: said('one'), idempotencyKey: 'k' }, { create: {} })
    const other = { record: said('two'), idempotencyKey: 'k' }
    await expect(store.append('s', other)).rejects.toMatchObject({
      code: 'KEY_CONFLICT',
      idempotencyKey: 'k',
    })
    await expect(
      store.append('s', { record: said('one'), idempotencyKey: 'k', kind: 'note' }),
    ).rejects.toMatchObject({ code: 'KEY_CONFLICT' })
    const { entries } = await store.append('s', other, { onConflict: 'first' })
    expect(entries).toEqual([{ id: 1, seq: 1, already: true, differs: true }])
    expect(await all(store.read('s'))).toHaveLength(1)
  })

  it('S4 a key twice in one call, in one commit, and among new entries', async () => {
    const store = await temporaryStore()
    const k = { record: said('k'), idempotencyKey: 'k' }
    const one = await store.append('s', [k, { record: said('x') }, k], { create: {} })
    expect(one.entries.map(({ id, already }) => [id, already])).toEqual([
      [1, false],
      [2, false],
      [1, true],
    ])
    const [a, b] = await Promise.all([
      store.append('s', { record: said('z'), idempotencyKey: 'z' }),
      store.append('s', [k, { record: said('y') }, { record: said('z'), idempotencyKey: 'z' }]),
    ])
    expect(a.entries.map(({ id, already }) => [id, already])).toEqual([[3, false]])
    expect(b.entries.map(({ id, already }) => [id, already])).toEqual([
      [1, true],
      [4, false],
      [3, true],
    ])
  })

  it('S4 entries without a key are never deduplicated, and keys are unique by session only', async () => {
    const store = await temporaryStore()
    for (let i = 0; i < 3; i++) await store.append('s', { record: said('ok') }, { create: {} })
    await store.append('s', { record: said('a'), idempotencyKey: 'k' })
    await store.append('t', { record: said('b'), idempotencyKey: 'k' }, { create: {} })
    expect(await all(store.read('s'))).toHaveLength(4)
  })

  it('S5 concurrent calls get dense places in call order', async () => {
    const store = await temporaryStore()
    await store.create('s')
    const receipts = await Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        store.append('s', [{ record: said(`${i}`) }, { record: said(`${i}'`) }]),
      ),
    )
    expect(receipts.flatMap(({ entries }) => entries.map(({ seq }) => seq))).toEqual(
      Array.from({ length: 600 }, (_, i) => i + 1),
    )
    expect(receipts.map(({ revision }) => revision)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1))
  })

  it('S20 of much that waits a commit carries some, until it has enough bytes, and all of it in the end', async () => {
    const commits: number[] = []
    const onEvent = (event: StoreEvent) => {
      if (event.type === 'commit') commits.push(event.calls)
    }
    const store = await temporaryStore({ onEvent })
    await store.create('s')
    commits.length = 0
    const much = said('x'.repeat(3 << 20))
    await Promise.all(Array.from({ length: 7 }, () => store.append('s', { record: much })))
    // Three of these have 8 MiB together, and two have not.
    expect(commits).toEqual([3, 3, 1])
    expect((await store.get('s'))?.entryCount).toBe(7)
  })

  it('S20 only what others have kept a call waiting counts against its patience', async () => {
    const busyTimeoutMs = 1500
    const store = await temporaryStore({ busyTimeoutMs })
    await store.create('s')
    const other = new Database(store.path)
    other.exec('BEGIN IMMEDIATE')
    const waiting = store.append('s', { record: said('late') })
    // Nobody can be told anything meanwhile: that is no wait for the other.
    compute(busyTimeoutMs + 1)
    for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
    other.exec('ROLLBACK')
    other.close()
    expect((await waiting).entryCount).toBe(1)
  })

  it('S5 a clock that jumps back changes no order', async () => {
    const times = [5000, 4000, -1e12, 3000]
    const store = await temporaryStore({ now: () => times.shift() ?? 0 })
    for (const text of ['a', 'b', 'c']) await store.append('s', { record: said(text) }, { create: {} })
    expect((await all(store.read('s'))).map(({ record }) => record)).toEqual(['a', 'b', 'c'].map(said))
  })

  it('S6 the revision moves with a turn, not with a delivery, and a key is looked at before it', async () => {
    const store = await temporaryStore()
    const first = { record: said('one'), idempotencyKey: 'k' }
    expect((await store.append('s', first, { create: {}, expectedRevision: 0 })).revision).toBe(1)
    expect((await store.append('s', { record: said('d'), kind: 'delivery' })).revision).toBe(1)
    expect(
      (
        await store.append('s', [{ record: said('d'), kind: 'delivery' }, { record: said('m') }], {
          expectedRevision: 1,
        })
      ).revision,
    ).toBe(2)
    await expect(store.append('s', { record: said('x') }, { expectedRevision: 1 })).rejects.toMatchObject({
      code: 'REVISION_CONFLICT',
      expected: 1,
      actual: 2,
      outcome: 'not-stored',
    })
    expect((await store.append('s', first, { expectedRevision: 77 })).entries[0]?.already).toBe(true)
  })

  it('S6 the revision moves once with a call that has a turn, wherever in it that stands', async () => {
    const store = await temporaryStore()
    const turn = { record: said('turn') }
    const delivery = { kind: 'delivery', record: said('ding') } as const
    let revision = (await store.create('s')).revision
    for (const call of [
      [turn, delivery],
      [delivery, turn],
      [delivery, turn, delivery],
      [turn, turn],
    ])
      expect((await store.append('s', call)).revision).toBe(++revision)
    expect((await store.append('s', [delivery, delivery])).revision).toBe(revision)
  })

  it('S10 a session must exist, or be created by the call', async () => {
    const store = await temporaryStore()
    await expect(store.append('s', { record: said('x') })).rejects.toMatchObject({ code: 'NO_SESSION' })
    await expect(store.append('s', [])).rejects.toMatchObject({ code: 'NO_SESSION' })
    await store.append('s', { record: said('x') }, { create: { meta: { a: 1 } } })
    await store.append('s', { record: said('y') }, { create: { meta: { b: 1 } } })
    expect(await store.get('s')).toMatchObject({ meta: { a: 1 }, entryCount: 2 })
    await expect(store.create('s')).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
    expect(await store.append('s', [])).toMatchObject({ entries: [], entryCount: 2, revision: 2 })
  })

  it('a session gives out its last id and then says that it is full', async () => {
    const path = temporaryPath()
    const store = await openSqliteStore({ path })
    await store.append('s', { record: said('a') }, { create: {} })
    await store.close()
    const db = new Database(path)
    // As a store of schema 1 has it: without seals.
    db.exec('UPDATE tip SET next_id = 16777215, seal = NULL; UPDATE store SET partly_sealed = 1')
    db.close()
    const again = await temporaryStore({ path })
    const two = [{ record: said('b') }, { record: said('c') }]
    await expect(again.append('s', two)).rejects.toMatchObject({ code: 'SESSION_FULL' })
    await expect(again.replace('s', { from: 1, entries: two })).rejects.toMatchObject({
      code: 'SESSION_FULL',
    })
    expect((await again.append('s', two.slice(1))).entries).toMatchObject([{ id: 16777215, seq: 2 }])
    await expect(again.append('s', two.slice(1))).rejects.toMatchObject({ code: 'SESSION_FULL' })
    expect((await again.verify({ session: 's' })).findings).toEqual([])
  })

  it('S12 every text comes back byte for byte', async () => {
    const store = await temporaryStore()
    const records = [
      '{"n":9007199254740993,"e":1e400,"z":-0,"f":1.0}',
      '{"a":1,"a":2}',
      '{ "b" : 1 ,\t"a": [ ] }',
      '{"__proto__":{"x":1},"constructor":null}',
      '{"10":1,"2":2,"b":3,"a":4}',
      '{"t":"\\u0000 nul, \\ud83c lone, 😀, \u2028\u2029, \ufeff, e\u0301 vs \u00e9"}',
      `{"big":"${'é'.repeat(100_000)}"}`,
    ]
    await store.append(
      's',
      records.map((record) => ({ record })),
      { create: {} },
    )
    expect((await all(store.read('s'))).map(({ record }) => record)).toEqual(records)
    expect((await all(store.read('s', { direction: 'backward' }))).map(({ record }) => record)).toEqual(
      records.toReversed(),
    )
  })

  it('S12 a lone surrogate is kept as its escape, the same string to every reader', async () => {
    const store = await temporaryStore()
    await store.append('s', [{ record: '{"t":"x\ud83cy"}' }, { record: { t: 'x\ud83cy' } }], { create: {} })
    const records = (await all(store.read('s'))).map(({ record }) => record)
    expect(records).toEqual(['{"t":"x\\ud83cy"}', '{"t":"x\\ud83cy"}'])
    expect(records.map((record) => JSON.parse(record).t)).toEqual(['x\ud83cy', 'x\ud83cy'])
  })

  it('S12 a record over a limit, too deep or not an object is refused by name', async () => {
    const store = await temporaryStore()
    await store.create('s')
    const deep = (levels: number): string => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`
    const limit = 16 * 1024 * 1024
    const sized = (bytes: number): string => `{"a":"${'x'.repeat(bytes - 8)}"}`
    await store.append('s', [{ record: deep(200) }, { record: sized(limit) }])
    for (const [record, reason] of [
      [deep(201), 'too-deep'],
      [sized(limit + 1), 'too-large'],
      ['[1]', 'not-object'],
      ['null', 'not-object'],
      ['{"a":', 'not-json'],
    ]) {
      await expect(store.append('s', { record: record ?? '' })).rejects.toMatchObject({
        code: 'INVALID_RECORD',
        reason,
      })
    }
    expect((await store.get('s'))?.entryCount).toBe(2)
  })

  it('session ids are compared byte for byte, up to 255 bytes', async () => {
    const store = await temporaryStore()
    const ids = [
      'A',
      'a',
      'a ',
      'é',
      'e\u0301',
      '../../etc',
      'x'.repeat(255),
      '😀',
      "'; DROP TABLE entry; --",
    ]
    for (const id of ids) await store.append(id, { record: said(id) }, { create: {} })
    for (const id of ids) expect((await all(store.read(id)))[0]?.record).toBe(said(id))
    for (const id of ['', 'x'.repeat(256), 'é'.repeat(128), 'a\0b', '\ud800']) {
      await expect(store.append(id, { record: said('x') }, { create: {} })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      })
    }
  })
})
