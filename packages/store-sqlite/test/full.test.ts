import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { noThreads } from './no-threads.ts'
import { pathOf, script, start } from './processes.ts'
import { smallDisk } from './small-disk.ts'
import { hasStrace, strace } from './strace.ts'
import { all, said, temporaryPath, temporaryStore } from './temporary.ts'

noThreads()

/** Takes all room that is left. */
function fill(folder: string): string {
  const ballast = join(folder, 'ballast')
  spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k'])
  return ballast
}

/** Appends until one fails, and gives the keys of those that were acknowledged, and the failure. */
async function appendUntilFull(
  store: SqliteStore,
  name: string,
): Promise<{ acked: string[]; failure: unknown }> {
  const acked: string[] = []
  for (let i = 0; i < 20_000; i++) {
    const idempotencyKey = `${name}-${i}`
    const record = said(`${idempotencyKey} ${'x'.repeat(300)}`)
    try {
      await store.append(`s${i % 5}`, { record, idempotencyKey }, { create: {} })
      acked.push(idempotencyKey)
    } catch (failure) {
      return { acked, failure }
    }
  }
  return { acked, failure: null }
}

async function keysIn(store: SqliteStore): Promise<Set<string | null>> {
  const sessions = await all(store.sessions())
  const entries = await Promise.all(sessions.map((session) => all(store.read(session))))
  return new Set(entries.flat().map(({ idempotencyKey }) => idempotencyKey))
}

describe('S26 a full disk', () => {
  it('S26 reads go on, the error says what to do, and the same process writes again once there is room', async (context) => {
    const folder = smallDisk()
    if (!folder) return context.skip('a small file system cannot be mounted here')
    const ballast = join(folder, 'ballast')
    writeFileSync(ballast, Buffer.alloc(1024 * 1024))
    const store = await openSqliteStore({ path: join(folder, 't.db') })
    onTestFinished(() => store.close())
    await store.create('s')
    const acked: string[] = []
    let failure: unknown
    for (let i = 0; i < 500 && !failure; i++) {
      const record = said(`${i} ${'x'.repeat(5000)}`)
      await store.append('s', { record, idempotencyKey: `${i}` }).then(
        () => acked.push(record),
        (error: unknown) => {
          failure = error
        },
      )
    }
    expect(failure).toMatchObject({ code: 'STORE_FULL', outcome: 'not-stored', retryable: true })
    expect(String(failure)).toMatch(/bytes free.*Free space/)
    expect(acked.length).toBeGreaterThan(10)
    expect((await all(store.read('s'))).map(({ record }) => record)).toEqual(acked)
    await expect(store.append('s', { record: said('y'.repeat(50_000)) })).rejects.toMatchObject({
      code: 'STORE_FULL',
    })
    rmSync(ballast)
    const { entryCount } = await store.append('s', { record: said('again') })
    expect(entryCount).toBe(acked.length + 1)
    expect((await store.verify()).findings).toEqual([])
  })

  it('S26 no store can be made on a full disk, and once there is room it is', async (context) => {
    const folder = smallDisk()
    if (!folder) return context.skip('a small file system cannot be mounted here')
    const ballast = fill(folder)
    await expect(openSqliteStore({ path: join(folder, 't.db') })).rejects.toMatchObject({
      code: 'STORE_FULL',
    })
    rmSync(ballast)
    const store = await openSqliteStore({ path: join(folder, 't.db') })
    onTestFinished(() => store.close())
    await store.create('s')
  })
})

for (const kind of ['tmpfs', 'ext4'] as const) {
  describe(`S26 a full ${kind}`, { timeout: 120_000 }, () => {
    it('S26 the log that a reader held takes the disk, and gives it back once the reader is gone', async (context) => {
      const folder = smallDisk(16, kind)
      if (!folder) return context.skip('a small file system cannot be mounted here')
      const path = join(folder, 't.db')
      const store = await openSqliteStore({ path })
      onTestFinished(() => store.close())
      const other = await openSqliteStore({ path })
      await store.append('s0', { record: said('first') }, { create: {} })
      const reader = start('hold.ts', [path])
      await reader.saw('held')
      const { acked, failure } = await appendUntilFull(store, 'a')
      expect(failure).toMatchObject({ code: 'STORE_FULL', outcome: 'not-stored' })
      // Whoever tries, and however often, uses up nothing that taking the log in needs.
      for (let i = 0; i < 8; i++) {
        await store.append('s0', { record: said('z'.repeat(40_000)) }).catch(() => {})
        await other.append('s0', { record: said('small') }).catch(() => {})
      }
      reader.process.stdin?.write('go\n')
      await reader.ended
      await store.append('s0', { record: said('again'), idempotencyKey: 'again' })
      await other.append('s0', { record: said('again'), idempotencyKey: 'again, other' })
      await other.close()
      expect(script('append.ts', path, 'fresh', '3')).toContain('"acked":"fresh-3"')
      await store.close()
      expect(statSync(path).size).toBeLessThan(4 * 1024 * 1024)
      const whole = await temporaryStore({ path })
      const keys = await keysIn(whole)
      expect([...acked, 'again', 'again, other', 'fresh-3'].filter((key) => !keys.has(key))).toEqual([])
      expect((await whole.verify()).findings).toEqual([])
    })

    it('S26 the log of a killed process is taken in on a disk that something else filled to the last byte', async (context) => {
      const folder = smallDisk(16, kind)
      if (!folder) return context.skip('a small file system cannot be mounted here')
      const path = join(folder, 't.db')
      const killed = start('append.ts', [path, 'k', '100000', 's', '5000'])
      await killed.saw('"acked":"k-200"')
      killed.process.kill('SIGKILL')
      const { lines } = await killed.ended
      const ballast = fill(folder)
      // It can be looked at, opened for writing and closed, and goes on by itself in the room of its own log.
      const reader = await openSqliteStore({ path, readOnly: true })
      expect((await all(reader.read('s'))).length).toBeGreaterThanOrEqual(200)
      await reader.close()
      const store = await openSqliteStore({ path })
      for (let i = 0; i < 40; i++)
        await store.append('s', { record: said('more'), idempotencyKey: `more-${i}` })
      await store.close()
      expect(existsSync(`${path}-wal`)).toBe(false)
      rmSync(ballast)
      const whole = await temporaryStore({ path })
      const keys = await keysIn(whole)
      expect(lines.flatMap(({ acked }) => acked ?? []).filter((key) => !keys.has(key))).toEqual([])
      expect((await whole.verify()).findings).toEqual([])
    })

    it('S26 of several processes that fill the disk none is alarmed, and each writes again once there is room', async (context) => {
      const folder = smallDisk(16, kind)
      if (!folder) return context.skip('a small file system cannot be mounted here')
      const path = join(folder, 't.db')
      script('append.ts', path, 'first', '1')
      const reader = start('hold.ts', [path])
      await reader.saw('held')
      const writers = [1, 2, 3].map((n) => start('append.ts', [path, `w${n}`, '400', `s${n}`, '4000']))
      await Promise.all(writers.map(({ saw }) => saw('STORE_FULL')))
      reader.process.stdin?.write('go\n')
      for (const [n, { ended }] of writers.entries()) {
        const { lines, status, stderr } = await ended
        expect([status, stderr]).toEqual([0, ''])
        const codes = new Set(lines.flatMap(({ code }) => code ?? []))
        expect([...codes]).toEqual(['STORE_FULL'])
        expect(lines.filter(({ acked, failed }) => acked ?? failed).at(-1)).toMatchObject({
          acked: `w${n + 1}-400`,
        })
      }
    })
  })
}

describe('S26 the log', { timeout: 120_000 }, () => {
  it('S26 grows to its limit while a reader holds it, who is named, and not beyond', async () => {
    const path = temporaryPath()
    const grown: unknown[] = []
    const store = await temporaryStore({
      path,
      maxLogBytes: 4 * 1024 * 1024,
      onEvent: (event) => event.type === 'checkpoint' && grown.push(event),
    })
    await store.append('s0', { record: said('first') }, { create: {} })
    const reader = start('hold.ts', [path])
    await reader.saw('held')
    const { acked, failure } = await appendUntilFull(store, 'a')
    expect(failure).toMatchObject({
      code: 'STORE_FULL',
      reason: 'log',
      outcome: 'not-stored',
      retryable: true,
    })
    if (process.platform === 'linux') {
      expect(String(failure)).toContain(`process ${reader.process.pid} (node`)
      expect((await store.facts()).logHolders).toEqual([
        { pid: reader.process.pid, command: expect.stringContaining('node') },
      ])
    }
    expect(statSync(`${path}-wal`).size).toBeLessThan(5 * 1024 * 1024)
    await expect(store.append('s0', { record: said('more') })).rejects.toMatchObject({ reason: 'log' })
    expect(await all(store.read('s1'))).not.toEqual([])
    reader.process.stdin?.write('go\n')
    await reader.ended
    await store.append('s0', { record: said('again') })
    const keys = await keysIn(store)
    expect(acked.filter((key) => !keys.has(key))).toEqual([])
    expect(grown.length).toBeGreaterThan(0)
  })

  it.runIf(process.platform === 'linux')('S26 who reads several states of it is named once', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    const readers: Database.Database[] = []
    for (let i = 0; i < 3; i++) {
      await store.append('s', { record: said(`state ${i}`) }, { create: {} })
      const reader = new Database(path, { readonly: true })
      reader.exec('BEGIN')
      reader.prepare('SELECT count(*) FROM entry').get()
      readers.push(reader)
    }
    onTestFinished(() => readers.forEach((reader) => void reader.close()))
    // Locks of two states that are not side by side stay two.
    readers[1]?.exec('COMMIT')
    const held = readFileSync('/proc/locks', 'utf8').split('\n')
    const index = String(statSync(`${path}-shm`).ino)
    const own = held.filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${index} 12`))
    expect(own.length).toBeGreaterThan(1)
    expect((await store.facts()).logHolders).toEqual([{ pid: process.pid, command: expect.any(String) }])
  })

  it('S26 tells once that it grows, with who reads, and once more when it does again', async () => {
    const path = temporaryPath()
    const told: { readonly bytes: number; readonly holders: unknown }[] = []
    const store = await temporaryStore({
      path,
      onEvent: (event) => event.type === 'wal-growth' && told.push(event),
    })
    await store.append('s', { record: said('first') }, { create: {} })
    const large = said('x'.repeat(3 * 1024 * 1024))
    for (const times of [1, 2]) {
      const reader = start('hold.ts', [path])
      await reader.saw('held')
      for (let i = 0; i < 25; i++) await store.append('s', { record: large })
      expect(told).toHaveLength(times)
      expect(told.at(-1)?.bytes).toBeGreaterThan(64 * 1024 * 1024)
      const pid = reader.process.pid
      if (process.platform === 'linux') expect(told.at(-1)?.holders).toMatchObject([{ pid }])
      reader.process.stdin?.write('go\n')
      await reader.ended
      for (let i = 0; i < 4; i++) await store.append('s', { record: large })
      expect(statSync(`${path}-wal`).size).toBeGreaterThan(0)
    }
  })

  it('S26 what fits is stored, where files may not get as long as is reserved at a time', () => {
    const path = temporaryPath()
    script('append.ts', path, 'a', '1')
    const command = [process.execPath, pathOf('append.ts'), path, 'b', '2', 's', '9000']
    const { stdout } = spawnSync('bash', ['-c', 'ulimit -f 1000 && exec "$@"', 'bash', ...command], {
      encoding: 'utf8',
    })
    expect(stdout.match(/"acked":"b-\d"/g)).toHaveLength(2)
  })

  it('S26 needs no more room to be taken in than the file beside it has', async () => {
    const store = await temporaryStore()
    for (let i = 0; i < 30; i++) {
      await store.append(`s${i % 3}`, { record: said(`${i} ${'x'.repeat(i * 3000)}`) }, { create: {} })
      const { size } = statSync(store.path)
      const { pages } = JSON.parse(script('pages.ts', store.path)) as { pages: number }
      expect(size).toBeGreaterThanOrEqual(pages * 16_384)
    }
  })

  it.skipIf(!hasStrace)(
    'S21 S26 a process that is killed while it lengthens or shortens the file alarms nobody',
    async () => {
      for (const inject of [
        'writev:when=1',
        'writev:when=2',
        'writev:when=3',
        'ftruncate:when=1',
        'fsync:when=4',
      ]) {
        const path = temporaryPath()
        script('append.ts', path, 'first', '3')
        const store = await temporaryStore({ path })
        await store.append('s', { record: said('before') })
        const [call = '', when = ''] = inject.split(':')
        const prefix = strace(call, [
          '-P',
          path,
          '-P',
          `${path}-wal`,
          '-e',
          `inject=${call}:signal=SIGKILL:${when}`,
        ])
        await start('append.ts', [path, 'victim', '60', 's', '300000'], prefix).ended
        await store.append('s', { record: said('after') })
        expect((await store.verify()).findings).toEqual([])
      }
    },
  )
})
