import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it, vi } from 'vitest'
import { all, said, temporaryFolder, temporaryStore } from './temporary.ts'

// Every folder of this file lies on NFS, as far as the store can tell.
vi.mock('../src/file/file-system.ts', () => ({ unsafeFileSystem: () => 'nfs4' }))

// What is built has no module to put another in the place of.
const isDist = process.env['TEST_AGAINST'] === 'dist'

describe.skipIf(isDist)('S24 a file system that processes cannot share', () => {
  it('S24 is refused with the reason and the way out, and nothing is made', async () => {
    const path = join(temporaryFolder(), 't.db')
    await expect(openSqliteStore({ path })).rejects.toMatchObject({
      code: 'UNSAFE_LOCATION',
      message: expect.stringMatching(/nfs4.*allowUnsafeFileSystem/),
    })
    expect(readdirSync(join(path, '..'))).toEqual([])
  })

  it('S24 with the override it works with a rollback journal, for several at once', async () => {
    const path = join(temporaryFolder(), 't.db')
    const options = { path, allowUnsafeFileSystem: true }
    const [one, two] = [await temporaryStore(options), await temporaryStore(options)]
    await one.create('s')
    const appends = Array.from({ length: 40 }, (_, i) =>
      (i % 2 ? one : two).append('s', { record: said(`${i}`) }),
    )
    await Promise.all(appends)
    expect((await all(one.read('s'))).map(({ seq }) => seq)).toEqual(appends.map((_, i) => i + 1))
    expect((await two.verify()).findings).toEqual([])
    const db = new Database(path)
    expect(db.pragma('journal_mode', { simple: true })).toBe('delete')
    db.close()
    expect(readdirSync(join(path, '..'))).toEqual(['t.db'])
  })

  it('S21 another store copied over it is found there too', async () => {
    const store = await temporaryStore({ path: join(temporaryFolder(), 't.db'), allowUnsafeFileSystem: true })
    await store.append('s', { record: said('x') }, { create: {} })
    const other = await openSqliteStore({
      path: join(temporaryFolder(), 'o.db'),
      allowUnsafeFileSystem: true,
    })
    await other.append('s', { record: said('y'.repeat(300_000)) }, { create: {} })
    await other.close()
    writeFileSync(store.path, readFileSync(other.path), { flag: 'r+' })
    await expect(store.append('s', { record: said('z') })).rejects.toMatchObject({ code: 'STORE_REPLACED' })
  })
})
