import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { chainHead, EMPTY_HEAD, entryHash } from '@faircopy/store-core/operator'
import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { resealStatement, sealOf } from '../src/file/seal.ts'
import { copyStore, makeFull, makeLogged } from './flipping.ts'
import { openAt } from './full-store.ts'
import { said, temporaryPath, temporaryStore } from './temporary.ts'

const PAGE = 16384
const FRAME = PAGE + 24
const LONG = process.env['LONG'] === '1'

/** A closed store: session "s" with four entries, the third of them history; session "t" with one. */
async function prepared(): Promise<string> {
  const store = await openSqliteStore({ path: temporaryPath() })
  const { head } = await store.append(
    's',
    ['1', '2', '3', '4'].map((text) => ({ record: said(text), idempotencyKey: text })),
    { create: {} },
  )
  await store.append('t', { record: said('t') }, { create: {} })
  await store.import({
    run: { id: 'run', at: 1, about: {} },
    session: 's',
    about: {},
    expectedHead: head,
    steps: (async function* () {
      yield { keep: { from: 1, to: 2 } }
      yield { keep: { from: 4, to: 4 } }
    })(),
    note: { key: 'k', verdict: 'v', reason: null, report: {}, certificate: null },
  })
  await store.close()
  return store.path
}

async function findings(path: string, sql: string, session?: string) {
  const db = new Database(path)
  db.function('seal', { varargs: true, deterministic: true }, sealOf as never)
  db.pragma('foreign_keys = 0')
  db.exec(sql)
  db.close()
  const store = await temporaryStore({ path })
  const report = await store.verify(session === undefined ? {} : { session })
  return report.findings.map(({ code, session: id, entry }) => [code, id, entry])
}

describe('S25 verify', () => {
  it('S25 finds nothing in a sound store, and counts', async () => {
    const store = await temporaryStore({ path: await prepared() })
    const progress: number[] = []
    expect(await store.verify({ onProgress: ({ entries }) => progress.push(entries) })).toEqual({
      sessions: 2,
      entries: 5,
      findings: [],
    })
    expect(progress).toEqual([4, 5])
    expect(await store.verify({ session: 't' })).toMatchObject({ sessions: 1, entries: 1 })
    await expect(store.verify({ session: 'none' })).rejects.toMatchObject({ code: 'NO_SESSION' })
    await expect(store.verify({ signal: AbortSignal.abort() })).rejects.toThrow()
  })

  const CASES: [string, string, unknown[][]][] = [
    [
      'a changed record',
      `UPDATE entry SET record = replace(record, '2', '5') WHERE key % 16777216 = 2`,
      [['entry-hash', 's', 2]],
    ],
    [
      'a changed record in history',
      `UPDATE entry SET record = replace(record, '3', '5') WHERE key % 16777216 = 3`,
      [['entry-hash', 's', 3]],
    ],
    ['a changed kind', `UPDATE entry SET kind = 'x' WHERE key % 16777216 = 4`, [['entry-hash', 's', 4]]],
    ['a changed time', `UPDATE entry SET at = 1 WHERE key % 16777216 = 4`, [['entry-hash', 's', 4]]],
    [
      'a changed hash',
      `UPDATE entry SET hash = zeroblob(32) WHERE key % 16777216 = 4`,
      [
        ['head', 's', undefined],
        ['entry-hash', 's', 4],
      ],
    ],
    ...[1, 4].map((id): [string, string, unknown[][]] => [
      `a lost entry at an end of what is said: ${id}`,
      `DELETE FROM entry WHERE key = 16777216 + ${id}; DELETE FROM entry_key WHERE session = 1 AND id = ${id}`,
      [
        ['head', 's', undefined],
        ['entry-missing', 's', id],
      ],
    ]),
    [
      'a lost entry',
      `DELETE FROM entry WHERE key % 16777216 = 2`,
      [
        ['head', 's', undefined],
        ['entry-missing', 's', 2],
        ['key-without-entry', 's', 2],
      ],
    ],
    [
      'a provenance that is no JSON',
      `UPDATE entry SET provenance = '{' WHERE key % 16777216 = 4`,
      [['entry-unreadable', 's', 4]],
    ],
    ['a wrong head', `UPDATE tip SET head = zeroblob(32) WHERE session = 2`, [['head', 't', undefined]]],
    ...[1, 2].flatMap((session): [string, string, unknown[][]][] => {
      const kept = (seq: number): string =>
        `INSERT INTO waypoint (session, seq, head, seal) VALUES (${session}, ${seq}, zeroblob(32), seal(${session}, ${seq}, zeroblob(32)))`
      const found = [['head', session === 1 ? 's' : 't', undefined]]
      return [
        [`a wrong head that session ${session} kept on the way`, kept(1), found],
        [`a head that session ${session} kept of a place it does not say`, kept(4), found],
      ]
    }),
    ['a wrong count', `UPDATE tip SET entry_count = 2 WHERE session = 2`, [['entry-count', 't', undefined]]],
    [
      'a key of no entry',
      `INSERT INTO entry_key (session, idempotency_key, id) VALUES (2, 'k', 9)`,
      [['key-without-entry', 't', 9]],
    ],
  ]
  for (const [name, sql, expected] of CASES) {
    it(`S25 finds ${name} and nothing else`, async () => {
      expect(await findings(await prepared(), sql)).toEqual(expected)
    })
  }

  it.each(['tail_first', 'tail_last'])('S25 finds half an end of a list: its %s', async (column) => {
    const store = await openSqliteStore({ path: temporaryPath() })
    await store.create('empty')
    await store.close()
    const sql = `UPDATE tip SET ${column} = 7; ${resealStatement('tip', '1')}`
    expect(await findings(store.path, sql)).toEqual([['list', 'empty', undefined]])
  })

  it('S25 one flipped byte on the disk is found, which SQLite itself does not see', async () => {
    const store = await openSqliteStore({ path: temporaryPath() })
    await store.append('s', { record: said('a distinctive sentence') }, { create: {} })
    await store.close()
    const bytes = readFileSync(store.path)
    bytes.write('D', bytes.indexOf('distinctive'))
    writeFileSync(store.path, bytes)
    const db = new Database(store.path)
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    db.close()
    expect(await findings(store.path, 'SELECT 1')).toEqual([['entry-hash', 's', 1]])
  })

  it('S25 a head is the chain of the hashes of kind, time and record', async () => {
    const store = await temporaryStore()
    const { head } = await store.append(
      's',
      [
        { record: said('a'), at: 5 },
        { record: said('b'), kind: 'x' },
      ],
      { create: {} },
    )
    const hashes = [entryHash('message', 5, said('a')), entryHash('x', null, said('b'))]
    expect(hashes.reduce(chainHead, EMPTY_HEAD)).toBe(head)
  })
})

/** The codes of what verify finds in a store that is opened to be read. */
async function codesIn(path: string, session?: string): Promise<string[]> {
  const store = await temporaryStore({ path, readOnly: true })
  const { findings } = await store.verify(session === undefined ? {} : { session })
  return findings.map(({ code }) => code)
}

function change(path: string, sql: string): void {
  const db = new Database(path)
  db.function('seal', { varargs: true, deterministic: true }, sealOf as never)
  db.unsafeMode(true)
  db.pragma('foreign_keys = 0')
  db.pragma('ignore_check_constraints = 1')
  db.exec(sql)
  db.close()
}

describe('S25 verify looks at every row', { timeout: 300_000 }, () => {
  it('S25 a changed value in any table is found, by a store that only reads too', async () => {
    const full = temporaryPath()
    makeFull(full)
    const db = new Database(full, { readonly: true })
    const tables = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all() as string[]
    const unseen: string[] = []
    for (const table of tables) {
      const columns = db.pragma(`table_info(${table})`) as { name: string; type: string; pk: number }[]
      const others = columns.filter(({ pk }) => pk === 0)
      const wanted = LONG
        ? others
        : others.filter(({ name }, i) => i === others.length - 2 || name === 'minute')
      for (const { name, type } of wanted) {
        const path = temporaryPath()
        copyStore(full, path)
        const value = { INTEGER: `coalesce(${name}, 0) + 1`, TEXT: `coalesce(${name}, '') || 'x'` }[type]
        change(path, `UPDATE ${table} SET ${name} = ${value ?? "x'00'"}`)
        if ((await codesIn(path)).length === 0) unseen.push(`${table}.${name}`)
      }
    }
    db.close()
    expect(unseen).toEqual([])
    expect(await codesIn(full)).toEqual([])
  })

  it('S25 whatever a session has been through, and whoever its parent is, nothing is found in it', async () => {
    const store = await temporaryStore()
    const whys = ['fork', 'reset', 'compaction', 'subagent', 'divergence'] as const
    await store.append('p', [{ record: said('one') }, { record: said('two') }], { create: {} })
    for (const why of whys) await store.create(why, { parent: { id: 'p', why } })
    await store.replace('p', { from: 2, entries: [{ record: said('second') }] })
    await store.redact('p', 1, 'one')
    await store.fork('p', { id: 'f', through: 1 })
    await store.update('f', { title: 'T' })
    const { head } = await store.append('i', { record: said('before') }, { create: {} })
    const run = { id: 'run', at: 1, about: {} }
    const note = { key: 'k', verdict: 'v', reason: null, report: {}, certificate: null }
    const entry = (text: string) => ({
      record: said(text),
      provenance: { importId: 'run', witness: 'file' as const },
    })
    await store.import({
      run,
      session: 'i',
      about: {},
      expectedHead: head,
      steps: (async function* () {
        yield { keep: { from: 1, to: 1 } }
        yield { live: entry('brought') }
        yield { history: entry('told before') }
      })(),
      note,
    })
    await store.append('i', { record: said('since') })
    await store.undoImport({ importId: 'run', session: 'i', run: { ...run, id: 'undo' } })
    await store.delete('f')
    await store.undelete('f')
    await store.delete('fork')
    const db = new Database(store.path, { readonly: true })
    const told = (sql: string): unknown[] => db.prepare(sql).pluck().all().sort()
    expect(told('SELECT DISTINCT parent_why FROM session WHERE parent_why IS NOT NULL')).toEqual(
      whys.toSorted(),
    )
    expect(told('SELECT DISTINCT reason FROM generation')).toEqual(
      ['create', 'replace', 'redact', 'fork', 'undo'].sort(),
    )
    expect(told('SELECT DISTINCT what FROM change')).toEqual(
      ['created', 'appended', 'replaced', 'updated', 'deleted', 'redacted'].sort(),
    )
    db.close()
    expect((await store.verify()).findings).toEqual([])
  })

  it('S25 a row that leads elsewhere than it did is found, though its seal fits', async () => {
    const full = temporaryPath()
    makeFull(full)
    const LEADING: Readonly<Record<string, readonly string[]>> = {
      tip: [
        ...['generation', 'entry_count', 'tail_seq', 'tail_first', 'tail_last', 'change'].flatMap((name) => [
          `${name} = ${name} + 1`,
          `${name} = ${name} - 1`,
        ]),
        'next_id = 1',
        'head = zeroblob(32)',
        'minute = minute + 1',
        `change_kind = 'redacted'`,
      ],
      generation: ['entry_count = entry_count + 1', 'entry_count = entry_count - 1', 'number = number + 100'],
      range: ['seq = seq + 1000', 'first = first + 1', 'last = last + 1', 'last = last - 1', 'owner = 99'],
      waypoint: ['head = zeroblob(32)', 'seq = seq + 1000'],
      entry_key: ['id = id + 1000', 'session = 99'],
      fork_key: ['id = id + 1000', 'owner = 99'],
      delivery_key: ['id = id + 1000', 'session = 99'],
      change: ['last = last + 1000', 'session = 99', `what = 'nothing'`, 'last = first - 1'],
      inherited: ['owner = 99', 'first = last + 1'],
      operation: ['session = 99', `answer = '['`],
      route: ['session = 99'],
      imported: ['run = 99', 'session = 99'],
      brought: ['imported = 99', 'session = 99'],
      ledger: ['run = 99'],
      quarantine: ['run = 99', 'session = 99'],
      staging: ['session = 99'],
      pruned_entry: ['key = key + 99 * 16777216'],
    }
    const unseen: string[] = []
    for (const [table, changes] of Object.entries(LEADING)) {
      const db = new Database(full, { readonly: true })
      const keys = (db.pragma(`table_info(${table})`) as { name: string; pk: number }[])
        .filter(({ pk }) => pk > 0)
        .map(({ name }) => name)
      const rows = db.prepare(`SELECT ${keys.join(', ')} FROM ${table}`).all() as Record<string, unknown>[]
      db.close()
      expect(rows, table).not.toEqual([])
      for (const sql of changes) {
        let isSeen = false
        // Where a row has no such value nothing is changed.
        for (const row of rows) {
          if (isSeen) break
          const path = temporaryPath()
          copyStore(full, path)
          const own = Object.entries(row).map(([name, value]) => `${name} = '${value}'`)
          change(
            path,
            `UPDATE ${table} SET ${sql} WHERE ${own.join(' AND ')}; ${resealStatement(table, 'true')}`,
          )
          isSeen = (await codesIn(path)).length > 0
        }
        if (!isSeen) unseen.push(`${table}: ${sql}`)
      }
    }
    expect(unseen).toEqual([])
  })

  it('S25 a row that is gone is found where another one leads to it', async () => {
    const full = temporaryPath()
    makeFull(full)
    for (const table of [
      'session',
      'tip',
      'generation',
      'range',
      'change',
      'entry',
      'pruned_entry',
      'entry_key',
      'delivery_key',
      'import_run',
      'imported',
    ]) {
      const path = temporaryPath()
      copyStore(full, path)
      change(path, `DELETE FROM ${table}`)
      expect(await codesIn(path), table).not.toEqual([])
    }
  })

  it('S22 S25 its work is bounded by what is stored, whatever a number says', async () => {
    for (const sql of [
      'UPDATE range SET last = 1099511627776',
      'UPDATE tip SET tail_last = 1099511627776, next_id = 1099511627777, entry_count = 1099511627776',
      'UPDATE tip SET next_id = 16777216, tail_last = 16777215',
      'UPDATE generation SET number = 1099511627776 WHERE number = 1',
      'UPDATE tip SET generation = 1099511627776',
      'UPDATE change SET first = 1, last = 1099511627776',
    ]) {
      const path = await prepared()
      change(path, sql)
      expect(await codesIn(path), sql).not.toEqual([])
    }
  })

  it('S22 S25 a page that cannot be read is a finding, and what lies behind it is checked', async () => {
    const store = await openSqliteStore({ path: temporaryPath() })
    const records = Array.from({ length: 100 }, (_, i) => ({ record: said(`${i} ${'.'.repeat(2000)}`) }))
    for (const id of ['a', 'b', 'c', 'd']) await store.append(id, records, { create: {} })
    await store.close()
    change(store.path, `UPDATE entry SET record = '{}' WHERE key = (SELECT max(key) FROM entry)`)
    const db = new Database(store.path)
    const pages = db
      .prepare(`SELECT pageno FROM dbstat WHERE name = 'entry' AND pagetype = 'leaf' ORDER BY path`)
      .pluck()
      .all() as number[]
    db.close()
    const bytes = readFileSync(store.path)
    bytes.fill(0xff, PAGE * ((pages[20] ?? 0) - 1), PAGE * (pages[20] ?? 0))
    writeFileSync(store.path, bytes)
    const again = await temporaryStore({ path: store.path })
    const { findings, sessions } = await again.verify()
    expect(sessions).toBe(4)
    const found = findings.map(({ code, session }) => `${code} ${session}`)
    expect(found).toContain('database-damaged undefined')
    expect(found).toContain('entry-hash d')
    expect(found.filter((one) => one.startsWith('entry-unreadable')).length).toBeGreaterThan(0)
  })

  it('S25 damage of what a fork began with is named with a session that can be opened', async () => {
    let now = 1
    const store = await openSqliteStore({ path: temporaryPath(), now: () => now })
    await store.append(
      'parent',
      ['1', '2', '3'].map((text) => ({ record: said(text) })),
      { create: {} },
    )
    await store.fork('parent', { id: 'child', through: 2 })
    await store.delete('parent')
    now += 100 * 24 * 60 * 60 * 1000
    await store.prune({ dryRun: false })
    await store.close()
    change(store.path, `UPDATE entry SET record = replace(record, '2', '5')`)
    const found = { code: 'entry-hash', session: 'child', entry: 2 }
    const again = await temporaryStore({ path: store.path })
    expect(await again.verify()).toMatchObject({ sessions: 1, entries: 2, findings: [found] })
    expect(await again.verify({ session: 'child' })).toMatchObject({ entries: 2, findings: [found] })
  })

  it('S25 an abort ends it at once, wherever it is', async () => {
    const path = await prepared()
    const store = await temporaryStore({ path })
    const abort = new AbortController()
    const verifying = store.verify({ signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(verifying).rejects.toThrow('enough')
    expect((await store.verify()).findings).toEqual([])
  })

  it('S22 S25 a log that lost commits is a finding while later ones are in it; a torn last one is none', async () => {
    const closed = temporaryPath()
    makeFull(closed)
    makeLogged(closed)
    const frames = Math.floor((statSync(`${closed}-wal`).size - 32) / FRAME)
    const codesWith = async (at: number, kept = frames): Promise<string[]> => {
      const path = temporaryPath()
      copyStore(closed, path)
      const log = readFileSync(`${path}-wal`).subarray(0, 32 + FRAME * kept)
      log[at] = (log[at] ?? 0) ^ 1
      writeFileSync(`${path}-wal`, log)
      return (await codesIn(path)).filter((code) => code === 'log-cut')
    }
    expect(await codesWith(32 + FRAME * Math.floor(frames / 2) + 1000)).toEqual(['log-cut'])
    expect(await codesWith(32 + 9)).toEqual(['log-cut'])
    expect(await codesWith(17)).toEqual(['log-cut'])
    expect(await codesWith(32 + FRAME * (frames - 1) + 1000)).toEqual([])
    expect(await codesIn(closed)).toEqual([])
    // Of one commit alone: a damaged header keeps it from being reached, and a damaged page tears it.
    const log = readFileSync(`${closed}-wal`)
    let first = 1
    while (log.readUInt32BE(32 + FRAME * (first - 1) + 4) === 0) first++
    expect(await codesWith(17, first)).toEqual(['log-cut'])
    expect(await codesWith(32 + FRAME * (first - 1) + 1000, first)).toEqual([])
  })

  const INDEX: readonly (readonly [string, string])[] = [
    ['leads to another entry', 'UPDATE run SET key = key + 1 WHERE doc = 1'],
    ['has lost a term', `DELETE FROM term_data WHERE id = (SELECT max(id) FROM term_data)`],
    ['stands beyond what it took', 'UPDATE feed SET change = change + 1, through = 99'],
    ['stands before what it took', 'UPDATE feed SET doc = doc - 1'],
  ]
  it.each(INDEX)('S17 S25 a search index that %s is a finding', async (_, sql) => {
    const store = await openSqliteStore({ path: temporaryPath() })
    for (const id of ['s', 't'])
      await store.append(id, [{ record: said('an apple') }, { record: said('a pear') }], { create: {} })
    await store.search('apple', { budget: 60_000 })
    await store.append('t', { record: said('not taken yet') })
    await store.close()
    expect(existsSync(`${store.path}.search`)).toBe(true)
    expect(await codesIn(store.path)).toEqual([])
    change(`${store.path}.search`, sql)
    expect(await codesIn(store.path)).toEqual(['search-index-damaged'])
  })

  it('S25 facts count what verify counts, in a store with rows of every kind', async () => {
    const full = temporaryPath()
    makeFull(full)
    const store = await openAt(full)
    expect((await store.verify()).findings).toEqual([])
    const { entries } = await store.facts()
    expect((await store.verify()).entries).toBe(entries)
    await store.close()
  })
})
