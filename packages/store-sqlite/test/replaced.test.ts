import { hash } from 'node:crypto'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, it } from 'vitest'
import { beforeThread, beforeWrite } from './between.ts'
import { script, start } from './processes.ts'
import { hasStrace, strace } from './strace.ts'
import { all, said, temporaryFolder, temporaryStore } from './temporary.ts'

/** A store with something in it, and in its -wal. */
async function begun(folder = temporaryFolder(), entries = 5): Promise<SqliteStore> {
  const store = await temporaryStore({ path: join(folder, 'transcripts.db') })
  for (let i = 1; i <= entries; i++) await store.append('s', { record: said(`before ${i}`) }, { create: {} })
  return store
}

/** Another, closed store, of at least as many bytes. */
async function another(): Promise<string> {
  const store = await openSqliteStore({ path: join(temporaryFolder(), 'other.db') })
  await store.append('s', { record: said('x'.repeat(200_000)) }, { create: {} })
  await store.close()
  return store.path
}

function copyBytes(from: string, to: string): void {
  writeFileSync(to, readFileSync(from), { flag: 'r+' })
}

/** What is in a store's file and in its -wal. */
function digests(path: string): (string | null)[] {
  return [path, `${path}-wal`].map((one) => (existsSync(one) ? hash('sha256', readFileSync(one)) : null))
}

const next = { record: said('after'), idempotencyKey: 'after' }

describe('S21 the file under us is the file we opened', { timeout: 60_000 }, () => {
  const REPLACEMENTS: Record<string, (path: string, other: string) => void> = {
    'another store renamed over it': (path, other) => renameSync(other, path),
    'a copy of itself renamed over it': (path, other) => {
      copyFileSync(path, other)
      renameSync(other, path)
    },
    'the file unlinked': (path) => unlinkSync(path),
    'its -wal unlinked': (path) => unlinkSync(`${path}-wal`),
    'its -wal replaced by another file': (path) => {
      copyFileSync(`${path}-wal`, `${path}-wal2`)
      renameSync(`${path}-wal2`, `${path}-wal`)
    },
    'its -shm unlinked': (path) => unlinkSync(`${path}-shm`),
    'its -shm replaced by another file': (path) => {
      copyFileSync(`${path}-shm`, `${path}-shm2`)
      renameSync(`${path}-shm2`, `${path}-shm`)
    },
    'its -wal emptied': (path) => truncateSync(`${path}-wal`, 0),
    'its -wal cut in half': (path) => truncateSync(`${path}-wal`, statSync(`${path}-wal`).size / 2),
    'another store copied over it': (path, other) => copyBytes(other, path),
    'something appended to it': (path) => writeFileSync(path, Buffer.alloc(20_000, 7), { flag: 'a' }),
    'the file emptied': (path) => truncateSync(path, 0),
    'the file cut in half': (path) => truncateSync(path, statSync(path).size / 2),
    'zeroes written over it': (path) =>
      writeFileSync(path, Buffer.alloc(statSync(path).size), { flag: 'r+' }),
  }

  for (const [name, replace] of Object.entries(REPLACEMENTS)) {
    it(`S21 ${name} is found before the acknowledgement`, async () => {
      const store = await begun()
      replace(store.path, await another())
      await expect(store.append('s', next)).rejects.toMatchObject({
        code: 'STORE_REPLACED',
        outcome: 'unknown',
      })
      await expect(store.append('s', { record: said('later') })).rejects.toMatchObject({
        code: 'STORE_REPLACED',
      })
    })
  }

  for (const [name, replace] of Object.entries(REPLACEMENTS)) {
    it(`S21 ${name} is found in a folder that has long been at rest`, async () => {
      const folder = temporaryFolder()
      const store = await begun(folder)
      // Names are only compared again when the folder's time moves, and a time of just now is not trusted.
      utimesSync(folder, 1_700_000_000, 1_700_000_000)
      await store.append('s', { record: said('at rest') })
      await store.append('s', { record: said('still at rest') })
      replace(store.path, await another())
      await expect(store.append('s', next)).rejects.toMatchObject({ code: 'STORE_REPLACED' })
    })
  }

  it('S21 a name that goes between two appends in a row is found to be gone', async () => {
    for (const suffix of ['-wal', '-shm', '-wal', '-shm']) {
      const folder = temporaryFolder()
      const store = await begun(folder)
      utimesSync(folder, 1_700_000_000, 1_700_000_000)
      for (let i = 0; i < 3; i++) await store.append('s', { record: said(`in a row ${i}`) })
      unlinkSync(store.path + suffix)
      await expect(store.append('s', next)).rejects.toMatchObject({ code: 'STORE_REPLACED' })
    }
  })

  it('S21 a -wal that is cut short between two appends in a row is found to be', async () => {
    const store = await begun()
    const appends = Array.from({ length: 8 }, (_, i) => i)
    const wal = `${store.path}-wal`
    await expect(
      (async () => {
        for (const i of appends) {
          await store.append('s', { record: said(`in a row ${i}`) })
          truncateSync(wal, Math.max(0, statSync(wal).size - 16_384))
        }
      })(),
    ).rejects.toMatchObject({ code: 'STORE_REPLACED' })
    await expect(store.append('s', next)).rejects.toMatchObject({ code: 'STORE_REPLACED' })
  })

  it('S21 with its -shm gone, what another process acknowledged since is not written over', async () => {
    const store = await begun()
    unlinkSync(`${store.path}-shm`)
    expect(script('append.ts', store.path, 'theirs', '3')).toContain('"acked":"theirs-3"')
    await expect(store.append('s', next)).rejects.toMatchObject({ code: 'STORE_REPLACED' })
    await store.close()
    const again = await temporaryStore({ path: store.path })
    const keys = (await all(again.read('s'))).map(({ idempotencyKey }) => idempotencyKey)
    expect(keys).toEqual(expect.arrayContaining(['theirs-1', 'theirs-2', 'theirs-3']))
  })

  it('S21 an older copy of the same store over it is found, taken while it was closed', async () => {
    const folder = temporaryFolder()
    const first = await begun(folder)
    await first.close()
    const old = join(temporaryFolder(), 'old.db')
    copyFileSync(first.path, old)
    const second = await begun(folder)
    await second.close()
    const third = await begun(folder, 0)
    copyBytes(old, third.path)
    await expect(third.append('s', next)).rejects.toMatchObject({ code: 'STORE_REPLACED' })
  })

  it('S21 what reads on a connection of its own opens no other file, nor touches what is beside it', async () => {
    const calls: Record<string, (store: SqliteStore) => Promise<unknown>> = {
      facts: (store) => store.facts(),
      verify: (store) => store.verify(),
      backup: (store) => store.backup(`${store.path}.backup`),
    }
    for (const [call, made] of Object.entries(calls)) {
      const store = await begun()
      const { path } = store
      const other = await another()
      copyFileSync(path, other)
      renameSync(other, path)
      const beside = (): string[] =>
        [`${path}-wal`, `${path}-shm`].map((file) => hash('sha256', readFileSync(file)))
      const before = beside()
      await expect(made(store), call).rejects.toMatchObject({ code: 'STORE_REPLACED' })
      expect(beside(), call).toEqual(before)
    }
  })

  it('S21 an older copy is found after checkpoints came between', async () => {
    const store = await begun()
    const big = { record: said('x'.repeat(2_000_000)) }
    for (let i = 0; i < 6; i++) await store.append('s', big)
    const old = join(temporaryFolder(), 'old.db')
    script('copy.ts', store.path, old)
    for (let i = 0; i < 12; i++) await store.append('s', big)
    script('copy.ts', old, store.path)
    await expect(store.append('s', next)).rejects.toMatchObject({ code: 'STORE_REPLACED' })
  })

  it('S21 an older copy is found also while a checkpoint waits that was announced and could not be made', async () => {
    const folder = temporaryFolder()
    const first = await begun(folder)
    await first.close()
    const old = join(temporaryFolder(), 'old.db')
    copyFileSync(first.path, old)
    // Two logs further.
    await (await begun(folder)).close()
    const store = await begun(folder)
    const reader = start('hold.ts', [store.path])
    await reader.saw('held')
    for (let i = 0; i < 6; i++) await store.append('s', { record: said('x'.repeat(2_000_000)) })
    script('copy.ts', old, store.path)
    await expect(store.append('s', next)).rejects.toMatchObject({ code: 'STORE_REPLACED' })
    reader.process.stdin?.write('go\n')
    await reader.ended
  })

  it('S21 a file replaced in the very same place by another process is found by all that have it open', async () => {
    const store = await begun()
    const second = await temporaryStore({ path: store.path })
    script('copy.ts', await another(), store.path)
    await expect(store.append('s', next)).rejects.toMatchObject({ code: 'STORE_REPLACED' })
    await expect(second.append('s', next)).rejects.toMatchObject({ code: 'STORE_REPLACED' })
  })

  it('S21 closing a replaced store changes neither the stranger nor the -wal', async () => {
    const store = await begun()
    script('copy.ts', await another(), store.path)
    await expect(store.append('s', next)).rejects.toMatchObject({ code: 'STORE_REPLACED' })
    const bytes = [readFileSync(store.path), readFileSync(`${store.path}-wal`)]
    await store.close()
    expect(existsSync(`${store.path}-wal`)).toBe(true)
    expect([readFileSync(store.path), readFileSync(`${store.path}-wal`)]).toEqual(bytes)
  })

  for (const [name, replace] of Object.entries(REPLACEMENTS)) {
    it(`S21 ${name} while nothing is written is found by closing, which leaves it as it is`, async () => {
      const store = await begun()
      replace(store.path, await another())
      const before = digests(store.path)
      await store.close()
      expect(digests(store.path)).toEqual(before)
    })
  }

  for (const [name, replace] of Object.entries(REPLACEMENTS)) {
    it(`S21 ${name} is found by a compaction, which leaves it as it is`, async () => {
      const store = await begun()
      replace(store.path, await another())
      const before = digests(store.path)
      await expect(store.compact()).rejects.toMatchObject({ code: 'STORE_REPLACED' })
      expect(digests(store.path)).toEqual(before)
      await store.close()
      expect(digests(store.path)).toEqual(before)
    })
  }

  for (const [call, made] of Object.entries<(store: SqliteStore) => Promise<unknown>>({
    'a compaction': (store) => store.compact(),
    'a check': (store) => store.verify(),
    'a backup': (store) => store.backup(`${store.path}.backup`),
  })) {
    it(`S21 a copy of itself that is renamed over it while the thread of ${call} starts is not opened`, async () => {
      const store = await begun()
      const other = join(temporaryFolder(), 'other.db')
      copyFileSync(store.path, other)
      let before: unknown
      const { undo } = beforeThread('', () => {
        renameSync(other, store.path)
        before = digests(store.path)
      })
      await expect(made(store)).rejects.toMatchObject({ code: 'STORE_REPLACED' })
      expect(undo()).toBe(true)
      await store.close()
      expect(digests(store.path)).toEqual(before)
    })
  }

  for (const [how, warm] of [
    ['on its own thread', true],
    ['without a thread', false],
  ] as const) {
    it(`S21 a file renamed over it while a close takes in the log ${how} is left as it is, and nothing is lost`, async () => {
      const store = await begun()
      if (warm) await store.compact()
      await store.append('s', next)
      const other = await another()
      const bytes = readFileSync(other)
      const { undo } = beforeWrite(1, () => {
        renameSync(store.path, `${store.path}.away`)
        renameSync(other, store.path)
      })
      await store.close()
      expect(undo()).toBe(true)
      expect(readFileSync(store.path).equals(bytes)).toBe(true)
      renameSync(`${store.path}.away`, store.path)
      const again = await temporaryStore({ path: store.path })
      expect(await all(again.read('s'))).toHaveLength(6)
    })
  }

  it('S21 opened again after it was put back, it goes on with the same keys', async () => {
    const store = await begun()
    renameSync(store.path, `${store.path}.away`)
    await expect(store.append('s', next)).rejects.toMatchObject({ code: 'STORE_REPLACED' })
    renameSync(`${store.path}.away`, store.path)
    await store.close()
    const again = await temporaryStore({ path: store.path })
    const { entries } = await again.append('s', next)
    expect(entries[0]?.seq).toBe(6)
    expect(await all(again.read('s'))).toHaveLength(6)
  })

  // Of a log that was begun anew since the last announcement nothing else tells that a checkpoint may be at work.
  it.for([2, 3])(
    'S21 a checkpoint of another program that is killed at its write %i is no replacement',
    async (when, context) => {
      if (!hasStrace) return context.skip('strace cannot attach here')
      const folder = temporaryFolder()
      const first = await begun(folder)
      for (let i = 0; i < 5; i++) await first.append('s', { record: said('x'.repeat(100_000)) })
      await first.close()
      const store = await begun(folder)
      const kill = ['-P', store.path, '-e', `inject=pwrite64:signal=SIGKILL:when=${when}`]
      const { status } = await start('fold.ts', [store.path], strace('pwrite64', kill)).ended
      expect(status).not.toBe(0)
      await store.append('s', next)
      await start('fold.ts', [store.path], strace('pwrite64', kill)).ended
      await store.append('s', { record: said('and after') })
      await store.close()
      const again = await temporaryStore({ path: store.path })
      expect((await all(again.read('s'))).slice(-2).map(({ record }) => record)).toEqual([
        next.record,
        said('and after'),
      ])
      expect((await again.verify()).findings).toEqual([])
    },
  )

  it('S26 room that another process took and gave back, by which the file keeps its time, is no replacement', async () => {
    const store = await begun()
    const { size, atime, mtime } = statSync(store.path)
    const resize = (to: number): void => {
      truncateSync(store.path, to)
      utimesSync(store.path, atime, mtime)
    }
    for (const to of [size + 65_536, size, size + 4096, size]) {
      resize(to)
      await store.append('s', { record: said(`at ${to}`) })
    }
    resize(size + 65_536)
    resize(size)
    await store.append('s', next)
    expect((await store.verify()).findings).toEqual([])
    // What only writes pages does not keep it.
    writeFileSync(store.path, readFileSync(store.path), { flag: 'r+' })
    await expect(store.append('s', { record: said('too late') })).rejects.toMatchObject({
      code: 'STORE_REPLACED',
    })
  })

  it('S26 a file that is given room keeps its time', async () => {
    const events: string[] = []
    const folder = temporaryFolder()
    const store = await temporaryStore({
      path: join(folder, 't.db'),
      onEvent: ({ type }) => events.push(type),
    })
    await store.append('s', { record: said('first') }, { create: {} })
    const before = statSync(store.path, { bigint: true })
    await store.append('s', { record: said('x'.repeat(2_000_000)) })
    const after = statSync(store.path, { bigint: true })
    expect(events).toContain('extended')
    expect(events).not.toContain('checkpoint')
    expect(after.size).toBeGreaterThan(before.size)
    expect(after.mtimeNs / 1000n).toBe(before.mtimeNs / 1000n)
  })

  it('S21 changed permissions, reads by other programs and other processes at work are no replacement', async () => {
    const store = await begun()
    script('open-and-close.ts', store.path)
    await store.append('s', { record: said('one') })
    script('append.ts', store.path, 'other', '200', 's', '9000')
    await store.append('s', { record: said('two') })
    script('open-and-close.ts', store.path)
    expect((await store.append('s', { record: said('three') })).entryCount).toBe(208)
  })

  it.skipIf(process.platform !== 'linux')(
    'S21 a store that is opened and closed in the same process, also by another thread, leaves this one its locks',
    async () => {
      const store = await begun()
      const { ino } = statSync(store.path)
      const locks = (): number =>
        readFileSync('/proc/locks', 'utf8')
          .split('\n')
          .filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `)).length
      expect(locks()).toBeGreaterThan(0)
      await (await openSqliteStore({ path: store.path })).close()
      await (await openSqliteStore({ path: store.path, readOnly: true })).close()
      expect(locks()).toBeGreaterThan(0)
      const thread = new Worker(new URL('processes/claim-thread.ts', import.meta.url), {
        workerData: store.path,
        execArgv: ['--conditions=@faircopy/source'],
      })
      await once(thread, 'message')
      // Heard from now on: what a thread says last and its end may come in one turn.
      const ended = once(thread, 'exit')
      thread.postMessage('close')
      await ended
      expect(locks()).toBeGreaterThan(0)
      await store.append('s', next)
    },
  )
})
