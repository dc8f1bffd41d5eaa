import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { SqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { all, said, temporaryPath, temporaryStore } from './temporary.ts'

/** A store that the last commit with schema 1 wrote: sessions, a fork, a held delivery, an import, a tombstone. */
const SCHEMA_1 = gunzipSync(readFileSync(new URL('fixtures/schema-1.db.gz', import.meta.url)))

/** When it was written. */
const THEN = 1_764_000_000_000

function storeOfSchema1(): string {
  const path = temporaryPath()
  writeFileSync(path, SCHEMA_1, { mode: 0o600 })
  return path
}

async function told(store: SqliteStore): Promise<unknown> {
  const sessions = await all(store.sessions())
  const entries = await Promise.all(sessions.map((session) => all(store.read(session))))
  const history = await Promise.all(sessions.map((session) => all(store.history(session))))
  return {
    sessions,
    entries,
    history,
    ledger: await all(store.ledger()),
    quarantined: await all(store.quarantined('imported')),
    imports: await all(store.imports()),
  }
}

describe('S23 a store of schema 1', () => {
  it('S23 is read as it is by a store that only reads, and not touched', async () => {
    const path = storeOfSchema1()
    const store = await temporaryStore({ path, readOnly: true, now: () => THEN })
    expect((await all(store.sessions())).map(({ id, entryCount }) => [id, entryCount])).toEqual([
      ['fork', 2],
      ['imported', 1],
      ['told', 3],
    ])
    expect(await store.facts()).toMatchObject({ schemaVersion: 1, heldDeliveries: 1, deletedSessions: 1 })
    expect(await store.verify()).toMatchObject({ sessions: 3, findings: [] })
    await store.close()
    expect(readFileSync(path)).toEqual(SCHEMA_1)
  })

  it('S23 is upgraded by the first store that writes, says what it said, and is used like any other', async () => {
    const path = storeOfSchema1()
    const before = await temporaryStore({ path, readOnly: true, now: () => THEN })
    const said1 = await told(before)
    await before.close()
    const store = await temporaryStore({ path, now: () => THEN })
    expect(await told(store)).toEqual(said1)
    expect(await store.facts()).toMatchObject({ schemaVersion: 2 })
    const again = await store.append('told', { idempotencyKey: 'k-2', record: said('two') })
    expect(again.entries).toMatchObject([{ already: true }])
    await store.append({ origin: { platform: 'cli', chat: 'x' } }, { record: said('more') })
    await store.undelete('going')
    await store
      .undoImport({ session: 'imported', importId: 'run-1', expectedHead: null } as never)
      .catch(() => {})
    expect((await store.verify()).findings).toEqual([])
    await store.close()
    const readOnly = await temporaryStore({ path, readOnly: true, now: () => THEN })
    expect((await all(readOnly.sessions())).map(({ id }) => id)).toContain('going')
    expect((await readOnly.verify()).findings).toEqual([])
  })

  it('S25 is backed up by a store that only reads: the backup is one of today, and the original not touched', async () => {
    const path = storeOfSchema1()
    const store = await temporaryStore({ path, readOnly: true, now: () => THEN })
    await store.backup(`${path}.backup`)
    const before = await told(store)
    await store.close()
    expect(readFileSync(path)).toEqual(SCHEMA_1)
    const copy = await temporaryStore({ path: `${path}.backup`, readOnly: true, now: () => THEN })
    expect(await told(copy)).toEqual(before)
    expect(await copy.facts()).toMatchObject({ schemaVersion: 2 })
  })

  it('S23 has the schema of a new store afterwards, and passes the check of SQLite itself', async () => {
    const path = storeOfSchema1()
    await (await temporaryStore({ path, now: () => THEN })).close()
    const fresh = await temporaryStore()
    const schema = (file: string): unknown[] => {
      const db = new Database(file, { readonly: true })
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
      const rows = db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all()
      db.close()
      return rows
    }
    expect(schema(path)).toEqual(schema(fresh.path))
  })
})
