import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { temporaryPath } from './temporary.ts'

const page = readFileSync(new URL('../../../docs/file-format.md', import.meta.url), 'utf8')

interface Line {
  readonly kind: string
  readonly at: number | null
  readonly record: string
  readonly hash: string
  readonly head: string
}

/** The worked example of the page. */
function example(): Line[] {
  const block = page.match(/```json\n([^`]+)```/)?.[1] ?? ''
  return block
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

async function storeOfExample(): Promise<Database.Database> {
  const store = await openSqliteStore({ path: temporaryPath() })
  for (const { kind, at, record } of example()) await store.append('s', { kind, at, record }, { create: {} })
  await store.close()
  return new Database(store.path, { readonly: true })
}

describe('docs/file-format.md', () => {
  it('the example follows from the page alone', () => {
    const lines = example()
    expect(lines).toHaveLength(3)
    let head = Buffer.alloc(32)
    for (const line of lines) {
      const hash = createHash('sha256')
        .update(`${line.kind}\0${line.at === null ? '' : line.at}\0${line.record}`, 'utf8')
        .digest()
      head = createHash('sha256')
        .update(Buffer.concat([head, hash]))
        .digest()
      expect([hash.toString('hex'), head.toString('hex')]).toEqual([line.hash, line.head])
    }
  })

  it('a store has the example as the page says', async () => {
    const db = await storeOfExample()
    const lines = example()
    const rows = db
      .prepare('SELECT key, kind, at, record, lower(hex(hash)) AS hash FROM entry ORDER BY key')
      .all()
    const number = db.prepare(`SELECT number FROM session WHERE id = 's'`).pluck().get() as number
    expect(rows).toEqual(
      lines.map(({ kind, at, record, hash }, i) => ({
        key: number * 2 ** 24 + i + 1,
        kind,
        at,
        record,
        hash,
      })),
    )
    const tip = db.prepare('SELECT lower(hex(head)) AS head, tail_seq, tail_first, tail_last FROM tip').get()
    expect(tip).toEqual({ head: lines.at(-1)?.head, tail_seq: 1, tail_first: 1, tail_last: 3 })
    db.close()
  })

  it('the page names every table, the marks, and the page size', async () => {
    const db = await storeOfExample()
    const tables = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all() as string[]
    const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1])
    expect(named.toSorted()).toEqual(tables.toSorted())
    expect(db.pragma('application_id', { simple: true })).toBe(0x46616972)
    expect(db.pragma('user_version', { simple: true })).toBe(2)
    expect(db.pragma('page_size', { simple: true })).toBe(16384)
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
    db.close()
  })
})
