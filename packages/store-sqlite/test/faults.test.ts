import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, it } from 'vitest'
import { expectHonest } from './account.ts'
import { start, type Told } from './processes.ts'
import { hasStrace, strace } from './strace.ts'
import { said, temporaryFolder, temporaryPath, temporaryStore } from './temporary.ts'

const LONG = process.env['LONG'] === '1'
if (!hasStrace)
  console.warn('SKIPPED: strace cannot attach here; faults of single system calls are not tried')

/** strace with a fault injected into one file's calls. */
function fault(path: string, inject: string): string[] {
  return strace(inject.slice(0, inject.indexOf(':')), ['-P', path, '-e', `inject=${inject}`])
}

/** The path of a closed store with one session. */
async function closedStore(): Promise<string> {
  const store = await openSqliteStore({ path: temporaryPath() })
  await store.create('s')
  await store.close()
  return store.path
}

async function appendUnder(path: string, prefix: string[], count = 8, size = 100): Promise<readonly Told[]> {
  const { lines, stderr } = await start('append.ts', [path, 'k', `${count}`, 's', `${size}`], prefix).ended
  expect(stderr).toBe('')
  return lines
}

/** What the store has agrees with what was told, and every key can be written again, once. */
async function expectWhole(path: string, lines: readonly Told[], count = 8): Promise<void> {
  const store = await temporaryStore({ path })
  await expectHonest(store, 's', [lines])
  for (let n = 1; n <= count; n++) {
    const key = `k-${n}`
    const asked = lines.find((line) => line.acked === key)
    const record = JSON.stringify({ role: 'user', content: key, pad: 'x'.repeat(100) })
    const { entries } = await store.append('s', { record, idempotencyKey: key }, { onConflict: 'first' })
    if (asked) expect(entries[0]?.already).toBe(true)
  }
  expect((await store.get('s'))?.entryCount).toBe(count)
}

describe.skipIf(!hasStrace)('faults of the disk', { timeout: 120_000 }, () => {
  it('S1 every commit is synced before it is acknowledged', async () => {
    const path = await closedStore()
    const trace = join(temporaryFolder(), 'trace')
    await appendUnder(path, strace('fsync,fdatasync', ['-P', `${path}-wal`], trace), 40)
    expect(readFileSync(trace, 'utf8').match(/sync\(\d+\) += 0/g)?.length).toBeGreaterThanOrEqual(40)
  })

  it('S1 S9 an import is synced before it is told, also what it staged without, and so is what follows', async () => {
    const trace = join(temporaryFolder(), 'trace')
    const prefix = strace('fsync,pwrite64,write', ['-y'], trace)
    await start('import.ts', [temporaryPath(), '1200', 'append'], prefix).ended
    const calls = readFileSync(trace, 'utf8')
    for (const told of ['status', 'appended']) {
      const [before = ''] = calls.split(`{\\"${told}`)
      const written = before.lastIndexOf('-wal>, ')
      expect(written).toBeGreaterThan(0)
      expect(before.slice(written)).toMatch(/fsync\(\d+<[^>]*-wal>\) += 0/)
    }
  })

  for (const first of ['', 'claim'] as const) {
    it(`S1 what a killed process wrote is synced before a retry of it is acknowledged ${first && 'behind a claim'}`, async () => {
      const path = await closedStore()
      const killed = start('append.ts', [path, 'k', '100000'])
      await killed.saw('"acked":"k-3"')
      killed.process.kill('SIGKILL')
      await killed.ended
      const trace = join(temporaryFolder(), 'trace')
      const prefix = strace('fsync,write', ['-y'], trace)
      const { lines } = await start('append.ts', [path, 'k', '1', 's', '100', first], prefix).ended
      expect(lines.find(({ acked }) => acked)).toMatchObject({ acked: 'k-1', seq: 1 })
      const before = readFileSync(trace, 'utf8').split('acked')[0]?.split('asked')[1]
      expect(before).toMatch(/fsync\(\d+<[^>]*-wal>\) += 0/)
    })
  }

  it('S3 an error of the sync at commit leaves the outcome open, and the same key tells', async () => {
    const path = await closedStore()
    const lines = await appendUnder(path, fault(`${path}-wal`, 'fsync:error=EIO:when=5'))
    expect(lines.filter(({ failed }) => failed)).toMatchObject([{ code: 'STORE_IO', outcome: 'unknown' }])
    await expectWhole(path, lines)
  })

  it('S3 a disk that never syncs again acknowledges nothing more', async () => {
    const path = await closedStore()
    const lines = await appendUnder(path, fault(`${path}-wal`, 'fsync:error=EIO:when=4+'))
    const told = lines.filter(({ acked, failed }) => acked ?? failed)
    expect(told.at(0)).toHaveProperty('acked')
    expect(told.at(-1)).toMatchObject({ code: 'STORE_IO', outcome: 'unknown' })
    await expectWhole(path, lines)
  })

  it('S26 a full disk is told as one, and the same process writes again once there is room', async () => {
    const path = await closedStore()
    const lines = await appendUnder(path, fault(`${path}-wal`, 'pwrite64:error=ENOSPC:when=12..20'), 20)
    const failed = lines.filter((line) => line.failed)
    expect(failed.length).toBeGreaterThan(0)
    expect(failed).toEqual(failed.map((line) => ({ ...line, code: 'STORE_FULL', outcome: 'not-stored' })))
    expect(lines.filter(({ acked }) => acked).at(-1)?.acked).toBe('k-20')
    await expectWhole(path, lines, 20)
  })

  it('S3 S22 a failing write of the -wal is no damage, and the next write goes through', async () => {
    const path = await closedStore()
    const lines = await appendUnder(path, fault(`${path}-wal`, 'pwrite64:error=EIO:when=12'))
    expect(lines.filter((line) => line.failed)).toMatchObject([{ code: 'STORE_IO' }])
    await expectWhole(path, lines)
  })

  it('interrupted and short writes are carried on', async () => {
    for (const how of ['error=EINTR:when=8..9', 'retval=10:when=12']) {
      const path = await closedStore()
      const lines = await appendUnder(path, fault(`${path}-wal`, `pwrite64:${how}`))
      if (how.startsWith('error')) expect(lines.filter((line) => line.failed)).toEqual([])
    }
  })

  it('S22 one failing read is not damage', async () => {
    const store = await openSqliteStore({ path: temporaryPath() })
    for (let i = 0; i < 40; i++) await store.append('s', { record: said('x'.repeat(20_000)) }, { create: {} })
    await store.close()
    const bytes = statSync(store.path).size
    for (const when of LONG ? Array.from({ length: 40 }, (_, i) => i + 1) : [1, 4, 7, 11]) {
      const prefix = fault(store.path, `pread64:error=EIO:when=${when}`)
      const { lines, status, stderr } = await start('read.ts', [store.path], prefix).ended
      expect([when, status, stderr, lines.at(-1)]).toEqual([when, 0, '', { read: 40, appended: true }])
    }
    expect(statSync(store.path).size).toBeGreaterThanOrEqual(bytes)
  })

  it('S22 one failing read within a write is not damage', async () => {
    const path = await closedStore()
    for (const when of LONG ? Array.from({ length: 20 }, (_, i) => i + 1) : [10, 11, 12]) {
      const prefix = fault(path, `pread64:error=EIO:when=${when}`)
      const { lines } = await start('append.ts', [path, `${when}`, '4'], prefix).ended
      const failed = lines.filter((line) => line.failed)
      expect([when, failed.filter(({ code }) => code !== 'STORE_IO')]).toEqual([when, []])
      if (lines.length > 0) expect(lines.findLast(({ acked }) => acked)?.acked).toBe(`${when}-4`)
    }
  })

  it('S3 a disk that fails while a store is made is told as that, and later it is made', async () => {
    const path = temporaryPath()
    const prefix = fault(path, 'pwrite64:error=EFBIG:when=2+')
    const { status, stderr } = await start('append.ts', [path, 'a', '1'], prefix).ended
    expect([status, /code: '(\w+)'/.exec(stderr)?.[1]]).toEqual([1, 'STORE_IO'])
    const store = await temporaryStore({ path })
    expect((await store.append('s', { record: said('there') }, { create: {} })).entryCount).toBe(1)
  })

  it('S20 a thread keeps its connections from one checkpoint to the next, and has none once the store is closed', async () => {
    const path = await closedStore()
    const trace = join(temporaryFolder(), 'trace')
    const lines = await appendUnder(path, strace('openat', ['-P', `${path}-wal`], trace), 800)
    expect(lines.filter(({ event }) => event === 'checkpoint').length).toBeGreaterThanOrEqual(3)
    const opened = readFileSync(trace, 'utf8').trim().split('\n')
    const [main] = opened.map((line) => line.split(' ')[0])
    expect(opened.filter((line) => !line.startsWith(`${main} `)).length).toBeLessThanOrEqual(2)
    expect(existsSync(`${path}-wal`)).toBe(false)
  })

  it('a checkpoint that fails fails no append, and is told', async () => {
    const path = await closedStore()
    const lines = await appendUnder(path, fault(path, 'pwrite64:error=ENOSPC:when=1+'), 120, 100_000)
    expect(lines.filter(({ failed }) => failed)).toEqual([])
    expect(lines.some((line) => line['event'] === 'checkpoint-failed')).toBe(true)
    const store = await temporaryStore({ path })
    await expectHonest(store, 's', [lines])
  })

  it('S2 killed at any write or sync, a store is whole', { timeout: 600_000 }, async () => {
    const moments = LONG ? Array.from({ length: 60 }, (_, i) => i + 1) : [1, 4, 9, 17]
    for (const k of moments) {
      for (const call of ['pwrite64', 'fsync']) {
        const path = temporaryPath()
        const prefix = strace(call, ['-e', `inject=${call}:signal=SIGKILL:when=${k}`])
        const { lines } = await start('append.ts', [path, 'k', '8'], prefix).ended
        await expectWholeFrom(path, lines)
      }
    }
  })

  async function expectWholeFrom(path: string, lines: readonly Told[]): Promise<void> {
    const store = await temporaryStore({ path })
    await expectHonest(store, 's', [lines])
    await store.append('s', { record: said('again') }, { create: {} })
  }

  it('S9 an import killed at any write or sync, and run again, gives the same store as one clean run', {
    timeout: 600_000,
  }, async () => {
    const clean = temporaryPath()
    await start('import.ts', [clean, '1200']).ended
    const head = (await (await temporaryStore({ path: clean })).get('s'))?.head
    for (const k of LONG ? Array.from({ length: 120 }, (_, i) => i + 1) : [6, 60]) {
      for (const call of LONG || k < 10 ? ['pwrite64', 'fsync'] : ['pwrite64']) {
        const path = temporaryPath()
        const prefix = strace(call, ['-e', `inject=${call}:signal=SIGKILL:when=${k}`])
        await start('import.ts', [path, '1200'], prefix).ended
        await start('import.ts', [path, '1200']).ended
        const store = await temporaryStore({ path })
        expect((await store.get('s'))?.head).toBe(head)
        expect((await store.verify()).findings).toEqual([])
      }
    }
  })
})
