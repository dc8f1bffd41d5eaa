import { chainHead, EMPTY_HEAD, entryHash } from '@faircopy/store-core'
import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { said, temporaryPath, temporaryStore } from './temporary.ts'

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

  it('S25 one flipped byte on the disk is found, which SQLite itself does not see', async () => {
    const { readFileSync, writeFileSync } = await import('node:fs')
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
