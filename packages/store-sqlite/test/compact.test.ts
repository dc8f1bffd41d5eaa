import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { script, start, type Told } from './processes.ts'
import { hasStrace, strace } from './strace.ts'
import { all, said, temporaryFolder, temporaryPath, temporaryStore } from './temporary.ts'

const LONG = process.env['LONG'] === '1'
const SECRET = 'the-secret-that-is-gone'

/** A store of some MiB, most of which was removed. */
async function pruned(path: string): Promise<SqliteStore> {
  const store = await temporaryStore({ path })
  const filler = (i: number): { record: string } => ({ record: said(`${SECRET} ${i} ${'x'.repeat(20_000)}`) })
  await store.append(
    's',
    Array.from({ length: 200 }, (_, i) => filler(i)),
    { create: {} },
  )
  await store.append(
    'kept',
    Array.from({ length: 50 }, (_, i) => ({ record: said(`kept ${i}`) })),
    { create: {} },
  )
  await store.replace('s', { from: 1, entries: [{ record: said('all that is left') }] })
  await store.prune({ historyOlderThan: 0, dryRun: false })
  return store
}

function bytesOf(path: string): Buffer {
  const folder = dirname(path)
  const names = readdirSync(folder).filter((name) => !name.includes('.search') && !name.endsWith('-shm'))
  return Buffer.concat(names.map((name) => readFileSync(join(folder, name))))
}

describe('S27 a compaction', { timeout: 120_000 }, () => {
  it('S27 gives the room of what was pruned back, tells how much was free, and nothing of it is in the files', async () => {
    const store = await pruned(temporaryPath())
    const before = statSync(store.path).size
    const { freeBytes } = await store.facts()
    expect(freeBytes).toBeGreaterThan(2_000_000)
    const events: string[] = []
    await store.close()
    const again = await temporaryStore({ path: store.path, onEvent: ({ type }) => events.push(type) })
    const { bytesBefore, bytesAfter } = await again.compact()
    expect(bytesBefore).toBeGreaterThanOrEqual(before)
    expect(bytesAfter).toBeLessThan(bytesBefore - (freeBytes ?? 0) / 2)
    expect(bytesAfter).toBe(statSync(store.path).size + statSync(`${store.path}-wal`).size)
    expect((await again.facts()).freeBytes).toBe(0)
    expect(bytesOf(store.path).includes(SECRET)).toBe(false)
    expect(events).toContain('compacted')
    expect((await again.verify()).findings).toEqual([])
    expect(await all(again.read('kept'))).toHaveLength(50)
    await again.append('kept', { record: said('goes on') })
  })

  it('S27 leaves nothing of what was redacted', async () => {
    const store = await temporaryStore()
    await store.append('s', { record: said(`a ${SECRET} b`) }, { create: {} })
    await store.redact('s', 1, SECRET)
    await store.compact()
    expect(bytesOf(store.path).includes(SECRET)).toBe(false)
  })

  it('S21 leaves the row of the store in the second page, and its log one that is known for its own', async () => {
    const store = await pruned(temporaryPath())
    await store.compact()
    const db = new Database(store.path, { readonly: true })
    expect(db.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'store'`).pluck().get()).toBe(2)
    db.close()
    await store.append('s', { record: said('more') })
    script('append.ts', store.path, 'other', '3')
    await store.close()
    expect((await (await temporaryStore({ path: store.path })).verify()).findings).toEqual([])
  })

  it('S20 S27 goes on while other processes write and read, alarms none, and loses nothing', async () => {
    const store = await pruned(temporaryPath())
    const writers = [1, 2].map((n) => start('append.ts', [store.path, `w${n}`, '150', 's', '20000']))
    await Promise.all(writers.map(({ saw }) => saw('"acked"')))
    const own: (readonly Told[])[] = []
    for (let i = 0; i < 3; i++) {
      const appended = store.append('s', { record: said(`own ${i}`), idempotencyKey: `own-${i}` })
      await store.compact()
      const { entries } = await appended
      own.push([{ acked: `own-${i}`, seq: entries[0]?.seq ?? 0 }])
    }
    for (const { ended } of writers) {
      const { lines, status, stderr } = await ended
      expect([status, stderr]).toEqual([0, ''])
      expect(lines.filter(({ failed }) => failed)).toEqual([])
      own.push(lines)
    }
    expect((await store.verify()).findings).toEqual([])
    const keys = new Set((await all(store.read('s'))).map(({ idempotencyKey }) => idempotencyKey))
    expect(
      own
        .flat()
        .flatMap(({ acked }) => acked ?? [])
        .filter((key) => !keys.has(key)),
    ).toEqual([])
  })

  it('S20 holds the event loop no longer than a commit does: it has its turns meanwhile', async () => {
    const store = await pruned(temporaryPath())
    await store.append(
      's',
      Array.from({ length: 400 }, () => ({ record: said('y'.repeat(20_000)) })),
    )
    let turns = 0
    let isDone = false
    const count = (): void => {
      turns++
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    await store.compact()
    isDone = true
    expect(turns).toBeGreaterThan(100)
  })

  it.skipIf(!hasStrace)('S2 S27 killed at any write, the store is whole', async () => {
    for (const k of LONG ? Array.from({ length: 80 }, (_, i) => i * 5 + 1) : [3, 60, 150, 260]) {
      const path = temporaryPath()
      const store = await pruned(path)
      await store.close()
      const prefix = strace('pwrite64', ['-e', `inject=pwrite64:signal=SIGKILL:when=${k}`])
      await start('work.ts', [path, 'compact', 'c', '1'], prefix).ended
      const again = await temporaryStore({ path })
      expect((await again.verify()).findings).toEqual([])
      expect(await all(again.read('kept'))).toHaveLength(50)
      await again.append('s', { record: said('more') })
    }
  })

  it('S22 leaves a damaged store as it is', async () => {
    const store = await pruned(temporaryPath())
    await store.close()
    script('damage.ts', store.path)
    const bytes = statSync(store.path).size
    const again = await openSqliteStore({ path: store.path }).catch(() => null)
    if (again) await expect(again.compact()).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    await again?.close()
    expect(statSync(store.path).size).toBe(bytes)
  })

  it('S25 S27 a backup can be made small, without touching the store', async () => {
    const store = await pruned(temporaryPath())
    const bytes = statSync(store.path).size
    const [plain, small] = [join(temporaryFolder(), 'plain.db'), join(temporaryFolder(), 'small.db')]
    await store.backup(plain)
    const made = await store.backup(small, { compact: true })
    expect(made).toEqual({ bytes: statSync(small).size, entries: 51 })
    expect(made.bytes).toBeLessThan(statSync(plain).size / 2)
    expect(statSync(small).mode & 0o777).toBe(0o600)
    expect(readFileSync(small).includes(SECRET)).toBe(false)
    expect(statSync(store.path).size).toBe(bytes)
    expect(existsSync(`${small}-wal`) || existsSync(`${small}-journal`)).toBe(false)
    const copy = await temporaryStore({ path: small })
    expect((await copy.verify()).findings).toEqual([])
    expect((await copy.facts()).freeBytes).toBe(0)
    await expect(store.backup(`${small}.2`, { compact: 'yes' } as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })
})
