import { readFileSync } from 'node:fs'
import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { noThreads } from './no-threads.ts'
import { start } from './processes.ts'
import { all, said, temporaryPath, temporaryStore } from './temporary.ts'

noThreads()

const DAY = 24 * 60 * 60 * 1000

describe('S27 removing', () => {
  it('S27 a tombstone is not brought back by append, create, fork, import or route', async () => {
    const store = await temporaryStore()
    await store.append('s', { record: said('a') }, { create: {} })
    await store.create('parent')
    await store.delete('s')
    await store.delete('s')
    const calls = [
      store.append('s', { record: said('b') }, { create: {} }),
      store.create('s'),
      store.fork('parent', { id: 's' }),
      store.fork('s', { id: 'f' }),
      store.replace('s', { from: 1, entries: [] }),
      store.update('s', { title: 'x' }),
      store.route({ platform: 'telegram' }, 's'),
      store.redact('s', 1, 'a'),
      store.import({
        run: { id: 'run', at: 1, about: {} },
        session: 's',
        about: {},
        expectedHead: null,
        steps: null,
        note: { key: 'k', verdict: 'v', reason: null, report: {}, certificate: null },
      }),
    ]
    const outcomes = await Promise.allSettled(calls)
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'SESSION_DELETED' } })
    }
    expect(await store.get('s')).toBeNull()
    expect((await store.undelete('s')).entryCount).toBe(1)
  })

  it('S4 S27 a key of pruned history stays taken, and tells the same record from another', async () => {
    let now = DAY
    const store = await temporaryStore({ now: () => now })
    const entry = { record: said('a'), idempotencyKey: 'k' }
    await store.append('s', entry, { create: {} })
    await store.replace('s', { from: 1, entries: [] })
    now += DAY
    expect(await store.prune({ historyOlderThan: 1, dryRun: false })).toMatchObject({ entries: 1 })
    expect(await all(store.history('s'))).toEqual([])
    expect((await store.append('s', entry)).entries).toEqual([
      { id: 1, seq: null, already: true, differs: false },
    ])
    await expect(store.append('s', { ...entry, record: said('b') })).rejects.toMatchObject({
      code: 'KEY_CONFLICT',
    })
    expect((await store.verify()).findings).toEqual([])
    const back = await store.replace('s', { from: 1, entries: [entry] })
    expect(back.entries).toEqual([{ id: 2, seq: 1, already: false, differs: false }])
  })

  it('S4 S27 what correlates with an entry that was pruned is said itself', async () => {
    let now = DAY
    const store = await temporaryStore({ now: () => now })
    const delivery = { kind: 'delivery', record: said('a'), correlation: 'k' } as const
    for (const [id, entry] of [
      ['named', { ...delivery, idempotencyKey: 'd' }],
      ['unnamed', delivery],
    ] as const) {
      await store.append(id, { record: said('a'), idempotencyKey: 'k' }, { create: {} })
      await store.replace(id, { from: 1, entries: [] })
      now += DAY
      expect(await store.prune({ historyOlderThan: 1, dryRun: false })).toMatchObject({ entries: 1 })
      const { entries } = await store.replace(id, { from: 1, entries: [entry] })
      expect(entries).toEqual([{ id: 2, seq: 1, already: false, differs: false }])
      expect((await all(store.read(id))).map(({ record }) => record)).toEqual([said('a')])
    }
    expect((await store.verify()).findings).toEqual([])
  })

  it('S27 prune and redact leave no trace of a text in the file', async () => {
    let now = DAY
    const store = await openSqliteStore({ path: temporaryPath(), now: () => now })
    const long = `a treasure ${'x'.repeat(40_000)} a treasure`
    await store.append('s', [{ record: said('my password is hunter2') }, { record: said(long) }], {
      create: {},
    })
    await store.replace('s', { from: 2, entries: [] })
    await store.redact('s', 1, 'hunter2')
    now += DAY
    expect(await store.prune({ historyOlderThan: 1, dryRun: false })).toMatchObject({ entries: 1 })
    expect((await store.verify()).findings).toEqual([])
    await store.close()
    const bytes = readFileSync(store.path)
    expect(['hunter2', 'a treasure', 'xxxxxxxx'].map((text) => bytes.includes(text))).toEqual([
      false,
      false,
      false,
    ])
  })

  it('S27 what becomes history while a text is looked for loses it as well', async () => {
    const store = await temporaryStore()
    await store.append('s', [{ record: said('secret 1') }, { record: said('secret 2') }], { create: {} })
    const redacting = store.redact('s', 1, 'secret')
    const replacing = store.replace('s', { from: 2, entries: [] })
    await Promise.all([redacting, replacing])
    const records = [...(await all(store.read('s'))), ...(await all(store.history('s')))].map(
      ({ record }) => record,
    )
    expect(records).toEqual([said('[redacted] 1'), said('[redacted] 2')])
    expect((await redacting).entries).toEqual([1, 2])
  })

  it('S27 legal holds keep a session whole, and the report says how many', async () => {
    let now = DAY
    const store = await temporaryStore({ now: () => now })
    for (const id of ['a', 'b', 'c']) {
      await store.append(id, [{ record: said('1') }, { record: said('2') }], { create: {} })
      await store.replace(id, { from: 2, entries: [] })
    }
    await store.update('c', { endedAt: now })
    now += DAY
    const policy = { historyOlderThan: 1, endedOlderThan: 1, hold: ['a'] }
    const dry = await store.prune(policy)
    expect(dry).toMatchObject({ dryRun: true, sessions: 1, entries: 3, held: 1 })
    expect(await store.prune({ ...policy, dryRun: false })).toEqual({ ...dry, dryRun: false })
    expect(await all(store.history('a'))).toHaveLength(1)
    expect(await store.get('c')).toBeNull()
    expect(await store.prune({ ...policy, dryRun: false })).toMatchObject({
      sessions: 0,
      entries: 0,
      held: 1,
    })
  })

  it('S27 a prune that was killed anywhere is finished by the next', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    for (let i = 0; i < 12; i++) {
      const entries = Array.from({ length: 600 }, (_, n) => ({ record: said(`${i} ${n}`) }))
      await store.append(`s${i}`, entries, { create: {} })
      await store.fork(`s${i}`, { id: `f${i}`, through: 10 })
      await store.replace(`s${i}`, { from: 300, entries: [] })
    }
    const db = new Database(path, { readonly: true })
    const doomed = db.prepare('SELECT count(*) FROM doomed').pluck()
    // One is killed while it drops lists, the next ones while entries go.
    for (const from of [1, 5, 12, 6]) {
      const victim = start('work.ts', [path, 'prune', 'p', '1'])
      await victim.saw('asked')
      let over = false
      const ended = victim.ended.finally(() => {
        over = true
      })
      while (!over && Number(doomed.get()) < from) await new Promise((resolve) => setImmediate(resolve))
      victim.process.kill('SIGKILL')
      await ended
      expect((await store.verify()).findings).toEqual([])
    }
    await start('work.ts', [path, 'prune', 'p', '1']).ended
    expect((await store.verify()).findings).toEqual([])
    const { entries, historyEntries } = await store.facts()
    expect([entries, historyEntries]).toEqual([12 * 299, 0])
    expect(
      db.prepare('SELECT (SELECT count(*) FROM entry), (SELECT count(*) FROM doomed)').raw().get(),
    ).toEqual([12 * 299, 0])
    db.close()
  })
})
