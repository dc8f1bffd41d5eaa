import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { start } from './processes.ts'
import { all, said, temporaryPath, temporaryStore } from './temporary.ts'

describe('S25 backup', () => {
  it('S25 a backup made while others write is a whole store of one moment, for its owner only', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    const filler = Array.from({ length: 300 }, (_, i) => ({ record: said(`${i} ${'x'.repeat(20_000)}`) }))
    await store.append('long', filler, { create: {} })
    const writer = start('append.ts', [path, 'w', '300', 'busy'])
    await writer.saw('"acked":"w-5"')
    const old = process.umask(0)
    const target = `${path}.backup`
    const { bytes, entries } = await store.backup(target).finally(() => process.umask(old))
    await writer.ended
    const stat = statSync(target)
    expect([stat.mode & 0o777, stat.nlink, stat.size]).toEqual([0o600, 1, bytes])
    expect(readdirSync(dirname(path)).filter((name) => name.includes('partial'))).toEqual([])
    const copy = await temporaryStore({ path: target })
    const busy = await all(copy.read('busy'))
    expect(busy.map(({ idempotencyKey }) => idempotencyKey)).toEqual(busy.map((_, i) => `w-${i + 1}`))
    expect(entries).toBe(300 + busy.length)
    expect(busy.length).toBeGreaterThanOrEqual(5)
    expect((await copy.facts()).storeId).not.toBe((await store.facts()).storeId)
    await copy.append('busy', { record: said('goes on') })
  })

  it.each(['-wal', '-shm', '-journal'])(
    'S25 a backup is not put beside a %s of its name, which would change what it says',
    async (suffix) => {
      const store = await temporaryStore()
      await store.append('s', { record: said('one') }, { create: {} })
      const target = `${store.path}.backup`
      writeFileSync(target + suffix, 'of another')
      await expect(store.backup(target)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
      expect(existsSync(target)).toBe(false)
      expect(readFileSync(target + suffix, 'utf8')).toBe('of another')
    },
  )

  it('S25 a backup overwrites nothing, and a damaged store is not backed up', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    await store.append('s', { record: said('one') }, { create: {} })
    const target = `${path}.backup`
    writeFileSync(target, 'mine')
    await expect(store.backup(target)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(store.backup(path)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await store.append({ namespace: 'other', id: 's' }, { record: said('one') }, { create: {} })
    const db = new Database(path)
    db.exec(`UPDATE entry SET record = replace(record, 'one', 'two')`)
    db.close()
    await expect(store.backup(`${path}.second`)).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      isStructural: false,
      sessions: [
        { namespace: 'default', id: 's' },
        { namespace: 'other', id: 's' },
      ],
    })
    expect(readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.`))).toEqual([
      basename(target),
    ])
  })

  it('S20 a backup is copied on a thread of its own, and without one where that ends', async () => {
    const store = await temporaryStore()
    await store.append('s', { record: said('one') }, { create: {} })
    const threads: Worker[] = []
    const answered: Worker[] = []
    const seen = (thread: Worker) => {
      threads.push(thread)
      thread.once('message', () => answered.push(thread))
    }
    const end = (thread: Worker) => void thread.terminate()
    process.on('worker', seen)
    await store.backup(`${store.path}.first`).finally(() => process.off('worker', seen))
    expect(threads.length).toBeGreaterThanOrEqual(1)
    expect(answered).toEqual(threads)
    expect(threads.map(({ threadId }) => threadId)).toEqual(threads.map(() => -1))
    process.on('worker', end)
    await store.backup(`${store.path}.second`).finally(() => process.off('worker', end))
    for (const path of [`${store.path}.first`, `${store.path}.second`]) {
      const copy = await temporaryStore({ path })
      expect((await all(copy.read('s'))).map(({ record }) => record)).toEqual([said('one')])
    }
  })

  it('S25 a backup that was killed leaves no file under its name', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    const filler = Array.from({ length: 200 }, (_, i) => ({ record: said(`${i} ${'x'.repeat(30_000)}`) }))
    await store.append('long', filler, { create: {} })
    const folder = dirname(path)
    const partial = () => readdirSync(folder).filter((name) => name.endsWith('.partial'))
    const victim = start('work.ts', [path, 'backup', 'v', '1'])
    await victim.saw('asked')
    while (partial().length === 0) await new Promise((resolve) => setImmediate(resolve))
    victim.process.kill('SIGKILL')
    const { lines } = await victim.ended
    expect(lines.some(({ acked }) => acked !== undefined)).toBe(false)
    expect(existsSync(`${path}.backup-v-1`)).toBe(false)
    await store.backup(`${path}.backup-v-1`)
  })

  it('S24 facts tell of a folder and a file that others may read, and of a second name', async () => {
    const store = await temporaryStore()
    await store.append('s', { record: said('one') }, { create: {} })
    chmodSync(store.path, 0o644)
    expect(await store.facts()).toMatchObject({
      backend: 'sqlite',
      path: store.path,
      schemaVersion: 2,
      fileMode: 0o644,
      folderMode: 0o700,
      hardLinks: 1,
      sessions: 1,
      entries: 1,
      historyEntries: 0,
      stagedEntries: 0,
    })
  })
})
