import { copyFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { ImportStep, SessionImport } from '@faircopy/store-core/operator'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { script, start } from './processes.ts'
import { hasStrace, strace } from './strace.ts'
import { all, said, temporaryPath, temporaryStore } from './temporary.ts'

const LONG = process.env['LONG'] === '1'

const provenance = { importId: 'run', witness: 'file' } as const
const undo = { importId: 'run', session: 's', run: { id: 'undo', at: 2, about: {} } } as const

async function* mixed(count: number, kept: number, keyed = true): AsyncGenerator<ImportStep> {
  if (kept > 0) yield { keep: { from: 1, to: kept } }
  for (let i = 0; i < count; i++) {
    const entry = {
      record: said(`imported ${i}`),
      provenance,
      ...(keyed && i % 7 === 0 && { idempotencyKey: `k${i}` }),
      ...(i % 14 === 0 && { kind: 'delivery' }),
    }
    yield i % 3 === 2 ? { history: entry } : { live: entry }
    if (i % 100 === 0)
      yield { quarantine: { reason: 'torn', line: i, offset: i, length: 1, bytes: Buffer.from('x') } }
  }
}

function plan(count: number, more: Partial<SessionImport> & { readonly kept?: number } = {}): SessionImport {
  const { kept = 0, ...rest } = more
  return {
    run: { id: 'run', at: 1, about: {} },
    session: 's',
    about: {},
    expectedHead: null,
    steps: mixed(count, kept),
    note: { key: 'key', verdict: 'imported', reason: null, report: {}, certificate: null },
    ...rest,
  }
}

/** How many rows are in each table. */
function rows(path: string): Record<string, number> {
  const db = new Database(path, { readonly: true })
  const names = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all() as string[]
  const counts = names.map(
    (name) => [name, db.prepare(`SELECT count(*) FROM ${name}`).pluck().get()] as const,
  )
  db.close()
  return Object.fromEntries(counts) as Record<string, number>
}

async function texts(store: SqliteStore): Promise<string[]> {
  return (await all(store.read('s'))).map(({ record }) => JSON.parse(record).content)
}

describe('S9 undoing an import', { timeout: 60_000 }, () => {
  it.each([300, 2600])('leaves no row of what an import of %i entries brought', async (count) => {
    const store = await temporaryStore()
    const { head } = await store.append(
      's',
      ['one', 'two'].map((text) => ({ record: said(text) })),
      { create: {} },
    )
    const before = rows(store.path)
    await store.import(plan(count, { kept: 2, expectedHead: head, about: { title: 'T', meta: { a: 1 } } }))
    const receipt = await store.undoImport(undo)
    expect(receipt).toMatchObject({
      status: 'undone',
      removed: count,
      session: { head, title: null, meta: {} },
    })
    const { ledger, import_run, change, generation, range, ...rest } = rows(store.path)
    const { ledger: _l, import_run: _i, change: _c, generation: _g, range: _r, ...clean } = before
    expect(rest).toEqual(clean)
    expect([ledger, import_run, generation, range]).toEqual([1, 2, 2, 1])
    expect((await store.verify()).findings).toEqual([])
  })

  it('of a new session leaves nothing but the row that tells it, whatever its length', async () => {
    const store = await temporaryStore()
    const first = await store.import(plan(2600))
    expect(await store.undoImport(undo)).toMatchObject({ status: 'undone', removed: 2600, session: null })
    const { session, tip, ledger, import_run, change, store: one, ...rest } = rows(store.path)
    expect([session, tip, ledger, one]).toEqual([1, 1, 1, 1])
    expect(Object.values(rest).filter((count) => count > 0)).toEqual([])
    const again = await store.import(plan(2600, { run: { id: 'run 2', at: 3, about: {} } }))
    expect(again.session?.head).toBe(first.session?.head)
    expect(rows(store.path)['session']).toBe(2)
    expect((await store.verify()).findings).toEqual([])
    const facts = await store.facts()
    expect([facts.sessions, facts.deletedSessions, facts.entries]).toEqual([1, 0, 2600])
  })

  it('the same name can be imported and undone again and again, and is told once', async () => {
    const store = await temporaryStore()
    for (let i = 0; i < 3; i++) {
      await store.import(plan(3, { run: { id: `run ${i}`, at: i, about: {} } }))
      await store.undoImport({ ...undo, importId: `run ${i}` })
      expect((await store.changes()).changes).toMatchObject([{ session: { id: 's' }, change: 'deleted' }])
    }
    await store.append('s', { record: said('alive') }, { create: {} })
    expect((await store.changes()).changes).toMatchObject([{ session: { id: 's' }, change: 'created' }])
  })

  it('a search finds nothing of it, with an index that had it', async () => {
    const store = await temporaryStore()
    await store.append('t', { record: said('imported too') }, { create: {} })
    await store.import(plan(900))
    expect((await store.search('imported', { limit: 1000, budget: 5000 })).hits).toHaveLength(601)
    await store.append('s', { record: said('since imported') })
    await store.undoImport(undo)
    const { hits, complete } = await store.search('imported', { limit: 1000, budget: 5000 })
    expect([hits.map(({ entry }) => JSON.parse(entry.record).content), complete]).toEqual([
      ['since imported', 'imported too'],
      true,
    ])
  })

  it('a fork of it survives the undo, its own end, and a prune', async () => {
    let now = 10
    const store = await temporaryStore({ now: () => now })
    await store.import(plan(30))
    await store.fork('s', { id: 'f', through: 10 })
    await store.fork('f', { id: 'g', through: 5 })
    expect(await store.undoImport(undo)).toMatchObject({ session: null, removed: 20 })
    await store.delete('f')
    now += 365 * 24 * 60 * 60 * 1000
    await store.prune({ dryRun: false })
    expect((await all(store.read('g'))).map(({ record }) => JSON.parse(record).content)).toHaveLength(5)
    const [first] = await all(store.read('g'))
    const late = await store.append('g', {
      kind: 'delivery',
      record: first?.record ?? '',
      idempotencyKey: 'k0',
    })
    expect(late.entries).toMatchObject([{ id: 1, seq: 1, already: true }])
    await store.replace('g', { from: 1, entries: [], dropDeliveries: [1] })
    const again = await store.replace('g', {
      from: 1,
      entries: [{ kind: 'delivery', record: first?.record ?? '', idempotencyKey: 'k0' }],
    })
    expect(again.entries).toMatchObject([{ id: 1, seq: 1, already: true }])
    expect((await store.verify()).findings).toEqual([])
    now += 1
    await store.delete('g')
    now += 365 * 24 * 60 * 60 * 1000
    await store.prune({ dryRun: false })
    expect(rows(store.path)).toMatchObject({
      entry: 0,
      doomed: 0,
      entry_key: 0,
      delivery_key: 0,
      fork_key: 0,
    })
  })

  it('frees the keys that were linked to what a fork has too, and leaves the fork its own', async () => {
    let now = 10
    const store = await temporaryStore({ now: () => now })
    const { head } = await store.append('s', { record: said('mine') }, { create: {} })
    await store.import(plan(30, { kept: 1, expectedHead: head }))
    await store.fork('s', { id: 'f', through: 10 })
    const link = (idempotencyKey: string) => ({ record: said('linked'), idempotencyKey, correlation: 'k7' })
    await store.append('s', link('of s'))
    await store.append('f', link('of f'))
    expect(await store.undoImport(undo)).toMatchObject({ status: 'undone' })
    expect(rows(store.path)['fork_key']).toBe(3)
    const [again] = (await store.append('f', link('of f'))).entries
    expect(again).toMatchObject({ already: true })
    expect((await store.verify()).findings).toEqual([])
    for (const id of ['s', 'f']) await store.delete(id)
    now += 365 * 24 * 60 * 60 * 1000
    await store.prune({ dryRun: false })
    expect(rows(store.path)).toMatchObject({ entry: 0, entry_key: 0, delivery_key: 0, fork_key: 0 })
  })

  it('frees the keys of what was pruned of it', async () => {
    let now = 1000
    const store = await temporaryStore({ now: () => now })
    await store.import(plan(30))
    now += 1000
    await store.prune({ historyOlderThan: 10, dryRun: false })
    expect(rows(store.path)['pruned_entry']).toBeGreaterThan(0)
    expect(await store.undoImport(undo)).toMatchObject({ status: 'undone', session: null, removed: 20 })
    expect(rows(store.path)).toMatchObject({ entry: 0, pruned_entry: 0, entry_key: 0, delivery_key: 0 })
    expect(await store.import(plan(30))).toMatchObject({ status: 'imported', added: 20 })
  })

  it('the heads kept on the way are those of what the session says then', async () => {
    const store = await temporaryStore()
    await store.import(plan(900))
    await store.append(
      's',
      Array.from({ length: 600 }, (_, i) => ({ record: said(`since ${i}`) })),
    )
    await store.fork('s', { id: 'before', through: 590 })
    await store.undoImport(undo)
    for (const through of [255, 257, 530]) await store.fork('s', { id: `after ${through}`, through })
    expect((await store.verify()).findings).toEqual([])
  })

  it('is no damage to a check that goes on meanwhile', async () => {
    const store = await temporaryStore()
    const { head } = await store.append('s', { record: said('own') }, { create: {} })
    await store.import(plan(3000, { kept: 1, expectedHead: head }))
    let looks = 0
    const signal = Object.assign(new AbortController().signal, {
      throwIfAborted: () => {
        if (++looks === 3)
          expect(JSON.parse(script('undo.ts', store.path))).toMatchObject({ status: 'undone' })
      },
    })
    expect(await store.verify({ signal })).toMatchObject({ sessions: 1, findings: [] })
    expect(await texts(store)).toEqual(['own'])
  })

  it('one that was killed before everything was removed is finished by the next', async () => {
    const store = await temporaryStore()
    await store.import(plan(900))
    await store.import(plan(900, { session: 't', steps: mixed(900, 0, false) }))
    const db = new Database(store.path)
    db.exec(`CREATE TRIGGER stop BEFORE DELETE ON entry BEGIN SELECT raise(ABORT, 'stop'); END`)
    await expect(store.undoImport(undo)).rejects.toThrow()
    db.exec('DROP TRIGGER stop')
    db.close()
    expect(await store.get('s')).toBeNull()
    expect(rows(store.path)).toMatchObject({ entry: 1800, doomed: 1 })
    expect((await store.verify()).findings).toEqual([])
    expect(await store.undoImport(undo)).toMatchObject({ status: 'already', removed: 0 })
    expect(rows(store.path)).toMatchObject({ entry: 900, doomed: 0 })
  })

  it('an import that is at work on a session that goes is refused, and leaves nothing', async () => {
    const store = await temporaryStore()
    const { session } = await store.import(plan(10))
    const racing = plan(1200, {
      run: { id: 'racing', at: 5, about: {} },
      note: { key: 'racing', verdict: 'imported', reason: null, report: {}, certificate: null },
      expectedHead: session?.head ?? null,
      steps: mixed(1200, 7, false),
      confirm: async () => {
        expect(await store.undoImport(undo)).toMatchObject({ status: 'undone', session: null })
      },
    })
    await expect(store.import(racing)).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
    expect(rows(store.path)).toMatchObject({ entry: 0, staging: 0, quarantine: 0, entry_key: 0 })
    expect((await store.verify()).findings).toEqual([])
  })

  it('undos and appends from other processes at once lose nothing that was acknowledged', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    await store.import(plan(2000))
    const running = ['a', 'b'].map((name) => start('append.ts', [path, name, '150', 's', '2000']))
    await Promise.all(running.map(({ saw }, i) => saw(`"acked":"${'ab'[i]}-20"`)))
    const undone = await start('undo.ts', [path]).ended
    expect(undone.lines).toMatchObject([{ status: 'undone', removed: 2000 }])
    const accounts = await Promise.all(running.map(({ ended }) => ended))
    expect(accounts.map(({ status, stderr }) => [status, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ])
    const entries = await all(store.read('s'))
    expect(entries.map(({ idempotencyKey }) => idempotencyKey).toSorted()).toEqual(
      ['a', 'b'].flatMap((name) => Array.from({ length: 150 }, (_, i) => `${name}-${i + 1}`)).toSorted(),
    )
    expect(await all(store.history('s'))).toEqual([])
    expect((await store.verify()).findings).toEqual([])
  })

  it.skipIf(!hasStrace)(
    'killed at any write or sync leaves before or after, and run again what one run leaves',
    {
      timeout: 600_000,
    },
    async () => {
      const made = temporaryPath()
      const store = await openSqliteStore({ path: made })
      const { head } = await store.append('s', { record: said('own') }, { create: {} })
      await store.import(plan(1200, { kept: 1, expectedHead: head }))
      await store.append('s', { record: said('since') })
      await store.close()
      const says = { before: 802, after: 2 }
      for (const call of ['pwrite64', 'fsync']) {
        for (const k of LONG ? Array.from({ length: 60 }, (_, i) => i + 1) : [1, 4, 9]) {
          const path = temporaryPath()
          copyFileSync(made, path)
          const prefix = strace(call, ['-e', `inject=${call}:signal=SIGKILL:when=${k}`])
          await start('undo.ts', [path], prefix).ended
          const left = await openSqliteStore({ path })
          const { entryCount } = (await left.get('s')) ?? {}
          expect([says.before, says.after], `${call} ${k}`).toContain(entryCount)
          const isUndone = (await left.ledgerNote('s', 'undo run')) !== null
          expect(isUndone).toBe(entryCount === says.after)
          expect((await left.verify()).findings).toEqual([])
          await left.close()
          await start('undo.ts', [path]).ended
          const whole = await openSqliteStore({ path })
          expect(await texts(whole)).toEqual(['own', 'since'])
          expect((await whole.verify()).findings).toEqual([])
          expect(rows(path)).toMatchObject({ entry: 2, doomed: 0, entry_key: 0, quarantine: 0, brought: 0 })
          await whole.close()
        }
      }
    },
  )
})

describe('S9 claims', { timeout: 60_000 }, () => {
  it('belong to one process, and go with it when it is killed', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    const other = start('claim.ts', [path])
    await other.saw('"claimed"')
    const held = await store.claimImport('s')
    expect(held).toMatchObject({ heldBy: { host: hostname(), pid: other.process.pid } })
    expect((await start('claim.ts', [path, 'leave']).ended).lines).toMatchObject([
      { heldBy: { pid: other.process.pid } },
    ])
    other.process.kill('SIGKILL')
    await other.ended
    const taken = await store.claimImport('s')
    expect(taken).toHaveProperty('claim')
    expect((await start('claim.ts', [path, 'leave']).ended).lines).toMatchObject([
      { heldBy: { pid: process.pid } },
    ])
    if ('claim' in taken) await taken.claim.release()
    expect((await start('claim.ts', [path, 'leave']).ended).lines).toMatchObject([{ claimed: true }])
    expect(await store.claimImport('s')).toHaveProperty('claim')
  })

  it('are asked for by several processes at once, and had by one', async () => {
    const path = temporaryPath()
    await (await openSqliteStore({ path })).close()
    const running = Array.from({ length: 4 }, () => start('claim.ts', [path]))
    await Promise.all(running.map(({ saw }) => saw('}')))
    for (const { process: child } of running) child.stdin?.write('go\n')
    const accounts = await Promise.all(running.map(({ ended }) => ended))
    expect(accounts.filter(({ lines }) => lines[0]?.['claimed'])).toHaveLength(1)
  })

  it.each([
    ['another boot of this machine', { boot: 'another' }, true],
    ['a process that has ended, whose pid is used again', { started: '1' }, true],
    ['another host', { host: 'elsewhere' }, false],
    ['another pid namespace', { pids: 'pid:[1]' }, false],
    ['another host, long ago', { host: 'elsewhere', at: -8 * 24 * 60 * 60 * 1000 }, true],
    ['a store of this thread that could not let it go', { token: 'forgotten' }, true],
  ])('of %s', async (_, of, isFree) => {
    const store = await temporaryStore({ now: () => 1000 })
    await store.claimImport('s')
    const db = new Database(store.path)
    for (const [column, value] of Object.entries(of))
      db.prepare(`UPDATE import_claim SET ${column} = ?`).run(value)
    db.close()
    const late = await store.claimImport('s')
    expect('claim' in late).toBe(isFree)
    if (!isFree)
      expect(late).toMatchObject({ heldBy: { since: 1000, ...('host' in of && { host: of.host }) } })
  })

  it('of another thread hold while that may be at work', async () => {
    const store = await temporaryStore()
    const worker = new Worker(new URL('processes/claim-thread.ts', import.meta.url), {
      workerData: store.path,
      execArgv: ['--conditions=@faircopy/source'],
    })
    const next = () => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    expect(await next()).toBe(true)
    expect(await store.claimImport('s')).toMatchObject({ heldBy: { pid: process.pid } })
    worker.postMessage('close')
    expect(await next()).toBe('closed')
    expect(await store.claimImport('s')).toHaveProperty('claim')
    await worker.terminate()
  })

  it('are not copied into a backup, and none is given by a store that only reads', async () => {
    const store = await temporaryStore()
    await store.claimImport('s')
    const copy = temporaryPath()
    await store.backup(copy)
    const restored = await temporaryStore({ path: copy })
    expect(await restored.claimImport('s')).toHaveProperty('claim')
    const reader = await temporaryStore({ path: store.path, readOnly: true })
    await expect(reader.claimImport('t')).rejects.toMatchObject({ code: 'READ_ONLY' })
    await expect(reader.undoImport(undo)).rejects.toMatchObject({ code: 'READ_ONLY' })
  })

  it('change nothing that anybody follows', async () => {
    const store = await temporaryStore()
    const { cursor } = await store.changes()
    const claimed = await store.claimImport('s')
    if ('claim' in claimed) await claimed.claim.release()
    expect(await store.changes(cursor)).toEqual({ changes: [], cursor })
  })
})
