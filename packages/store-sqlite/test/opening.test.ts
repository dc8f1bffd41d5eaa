import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type OpenOptions, openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { checkSqliteVersion } from '../src/file/driver.ts'
import { fileSystemOf, isUnsafeFileSystem } from '../src/file/file-system.ts'
import { checkRuntime } from '../src/file/runtime.ts'
import { script, start } from './processes.ts'
import { all, said, temporaryFolder, temporaryPath, temporaryStore } from './temporary.ts'

const isRoot = process.geteuid?.() === 0

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o777).toString(8)
}

/** The path of a closed store with one entry. */
async function closedStore(): Promise<string> {
  const store = await openSqliteStore({ path: temporaryPath() })
  await store.append('s', { record: said('x'.repeat(40_000)) }, { create: {} })
  await store.close()
  return store.path
}

/** Changes a closed store behind its back. */
function tamper(path: string, sql: string): void {
  const db = new Database(path)
  db.exec(sql)
  db.close()
}

async function refusal(path: string): Promise<{ code: string; message: string }> {
  try {
    const store = await openSqliteStore({ path })
    await store.close()
  } catch (error) {
    return error as { code: string; message: string }
  }
  throw new Error('It was opened')
}

describe('S23 schemas', () => {
  it('S23 a newer schema is refused, untouched and without a sidecar', async () => {
    const path = await closedStore()
    tamper(path, 'PRAGMA user_version = 3')
    const bytes = readFileSync(path)
    expect(await refusal(path)).toMatchObject({ code: 'SCHEMA_TOO_NEW' })
    expect(readFileSync(path)).toEqual(bytes)
    expect(readdirSync(join(path, '..'))).toEqual(['transcripts.db'])
  })

  const STRANGE = {
    trigger: 'CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry; END',
    view: 'CREATE VIEW v AS SELECT 1',
    table: 'CREATE TABLE stranger (a)',
    index: 'CREATE INDEX i ON entry (kind)',
    'missing index': 'DROP INDEX ledger_run',
    'missing table': 'DROP TABLE staging',
    column: 'ALTER TABLE entry ADD COLUMN more TEXT',
  }
  for (const [what, sql] of Object.entries(STRANGE)) {
    it(`S23 a store with a strange schema (${what}) is refused untouched`, async () => {
      const path = await closedStore()
      tamper(path, sql)
      const bytes = readFileSync(path)
      expect(await refusal(path)).toMatchObject({ code: 'NOT_A_STORE' })
      expect(readFileSync(path)).toEqual(bytes)
    })
  }

  const HEADERS: readonly (readonly [string, (bytes: Buffer) => number])[] = [
    ['its first byte', () => 0],
    ['the mark of its program', () => 70],
    ['the high byte of its version', () => 60],
    ['the format of its schema', () => 47],
    ['a name in its schema', (bytes) => bytes.indexOf('CREATE TABLE session') + 15],
    ['a column in its schema', (bytes) => bytes.indexOf('  namespace TEXT') + 4],
  ]
  it.each(HEADERS)(
    'S22 S23 a store in which %s is damaged is no stranger’s, and stays untouched',
    async (_, at) => {
      const path = await closedStore()
      const bytes = readFileSync(path)
      const place = at(bytes)
      bytes[place] = (bytes[place] ?? 0) ^ 0x08
      writeFileSync(path, bytes)
      expect(await refusal(path)).toMatchObject({ code: 'STORE_CORRUPT' })
      expect(readFileSync(path)).toEqual(bytes)
    },
  )

  it('S23 files of other programs are refused untouched', async () => {
    const folder = temporaryFolder()
    const database = join(folder, 'other.db')
    tamper(database, 'CREATE TABLE messages (id INTEGER PRIMARY KEY, content TEXT)')
    const text = join(folder, 'notes.txt')
    writeFileSync(text, 'These are notes.\n'.repeat(100))
    const short = join(folder, 'short')
    writeFileSync(short, 'x')
    for (const path of [database, text, short]) {
      const bytes = readFileSync(path)
      expect(await refusal(path), path).toMatchObject({ code: 'NOT_A_STORE' })
      expect(readFileSync(path)).toEqual(bytes)
    }
    expect(readdirSync(folder).toSorted()).toEqual(['notes.txt', 'other.db', 'short'])
  })

  it('S23 a creation that was killed before its schema is taken up; one that must exist is not', async () => {
    const path = temporaryPath()
    writeFileSync(path, '')
    await expect(openSqliteStore({ path, mustExist: true })).rejects.toMatchObject({ code: 'NOT_A_STORE' })
    const store = await temporaryStore({ path })
    await store.create('s')
    expect(modeOf(path)).toBe('600')
  })

  it('S3 a store whose clock tells no time is not made', async () => {
    const path = temporaryPath()
    for (const now of [() => Number.NaN, () => '2026' as never, () => new Date() as never]) {
      await expect(openSqliteStore({ path, now })).rejects.toMatchObject({
        code: 'CLOCK_FAILED',
        outcome: 'not-stored',
      })
    }
    const thrown = new Error('no clock')
    const throwing = (): never => {
      throw thrown
    }
    await expect(openSqliteStore({ path, now: throwing })).rejects.toMatchObject({
      code: 'CLOCK_FAILED',
      cause: thrown,
    })
    expect(existsSync(path)).toBe(false)
  })

  it('an option that is undefined is absent', async () => {
    const given = { readOnly: undefined, now: undefined, policy: undefined, onEvent: undefined }
    const store = await temporaryStore(given as unknown as Partial<OpenOptions>)
    expect((await store.create('s')).updatedAt).toBeGreaterThan(0)
  })

  it.each([
    [/^options: /, undefined],
    [/^options: /, 't.db'],
    [/"readonly"/, { readonly: true }],
    [/^options\.path: /, {}],
    [/"readonly"/, { path: 't.db', readonly: true }],
    [/^options\.readOnly: /, { path: 't.db', readOnly: 'true' }],
    [/^options\.mustExist: /, { path: 't.db', mustExist: 1 }],
    [/^options\.busyTimeoutMs: /, { path: 't.db', busyTimeoutMs: -1 }],
    [/^options\.busyTimeoutMs: /, { path: 't.db', busyTimeoutMs: Number.NaN }],
    [/^options\.maxLogBytes: /, { path: 't.db', maxLogBytes: 0 }],
    [/^options\.maxLogBytes: /, { path: 't.db', maxLogBytes: '1 GiB' }],
    [/^options\.allowUnsafeFileSystem: /, { path: 't.db', allowUnsafeFileSystem: 'yes' }],
    [/^options\.recordLimits: .*"maxbytes"/, { path: 't.db', recordLimits: { maxbytes: 5 } }],
    [/^options\.policy\.heldForMs: /, { path: 't.db', policy: { heldForMs: '1d' } }],
    [/^options\.now: /, { path: 't.db', now: 1 }],
    [/^options\.onEvent: /, { path: 't.db', onEvent: 'log' }],
  ])(
    'S3 an option that is not known, or of the wrong kind, is refused by name and nothing is made: %s',
    async (named, given) => {
      const folder = temporaryFolder()
      const options =
        typeof given === 'object' && 'path' in given ? { ...given, path: join(folder, 't.db') } : given
      await expect(openSqliteStore(options as OpenOptions)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        outcome: 'not-stored',
        message: expect.stringMatching(named),
      })
      expect(readdirSync(folder)).toEqual([])
    },
  )

  it('a missing store is made only where it may be', async () => {
    const path = join(temporaryFolder(), 'a', 'b', 't.db')
    await expect(openSqliteStore({ path, mustExist: true })).rejects.toMatchObject({ code: 'NOT_A_STORE' })
    await expect(openSqliteStore({ path, readOnly: true })).rejects.toMatchObject({ code: 'NOT_A_STORE' })
    expect(existsSync(join(path, '..', '..'))).toBe(false)
  })

  it('a read-only store reads and refuses to write', async () => {
    const path = await closedStore()
    const store = await temporaryStore({ path, readOnly: true })
    expect(await all(store.read('s'))).toHaveLength(1)
    await expect(store.append('s', { record: said('x') })).rejects.toMatchObject({ code: 'READ_ONLY' })
    await expect(store.create('t')).rejects.toMatchObject({ code: 'READ_ONLY' })
    expect((await store.verify()).findings).toEqual([])
    const writer = await temporaryStore({ path })
    await writer.append('s', { record: said('y') })
    expect(await all(store.read('s'))).toHaveLength(2)
  })
})

describe('S24 places', { timeout: 60_000 }, () => {
  it('S24 everything is for the owner only, whatever the umask', async () => {
    for (const umask of ['000', '022', '077', '277']) {
      const folder = join(temporaryFolder(), 'made', 'deeper')
      script('make.ts', join(folder, 't.db'), umask)
      expect([modeOf(folder), modeOf(join(folder, '..'))]).toEqual(['700', '700'])
      for (const file of readdirSync(folder))
        expect([file, modeOf(join(folder, file))]).toEqual([file, '600'])
      expect(readdirSync(folder)).toContain('t.db-wal')
    }
  })

  it('S24 looser modes are tightened', async () => {
    const path = temporaryPath()
    const first = await temporaryStore({ path })
    await first.create('s')
    for (const suffix of ['', '-wal', '-shm']) chmodSync(path + suffix, 0o666)
    const second = await temporaryStore({ path })
    expect(['', '-wal', '-shm'].map((suffix) => modeOf(path + suffix))).toEqual(['600', '600', '600'])
    await first.append('s', { record: said('x') })
    await second.append('s', { record: said('y') })
  })

  it('S24 symbolic links are refused, dangling or not, of the store and of its sidecars', async () => {
    const path = await closedStore()
    const folder = temporaryFolder()
    symlinkSync(path, join(folder, 'link.db'))
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling.db'))
    symlinkSync(path, join(folder, 'beside.db-wal'))
    for (const name of ['link.db', 'dangling.db', 'beside.db']) {
      expect(await refusal(join(folder, name)), name).toMatchObject({ code: 'UNSAFE_LOCATION' })
    }
    expect(existsSync(join(folder, 'nowhere'))).toBe(false)
  })

  it('S24 a second hard link is no reason to refuse', async () => {
    const path = await closedStore()
    linkSync(path, join(temporaryFolder(), 'second.db'))
    const store = await temporaryStore({ path })
    expect((await store.append('s', { record: said('x') })).entryCount).toBe(2)
  })

  it('S24 folders, devices and names that SQLite reads otherwise are refused', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'folder.db'))
    expect(await refusal(join(folder, 'folder.db'))).toMatchObject({ code: 'UNSAFE_LOCATION' })
    expect(await refusal('/dev/null')).toMatchObject({ code: 'UNSAFE_LOCATION' })
    for (const path of [
      '',
      ' ',
      ':memory:',
      'file:x.db',
      'a.db ',
      'a\0.db',
      undefined as unknown as string,
    ]) {
      expect(await refusal(path)).toMatchObject({ code: 'INVALID_ARGUMENT' })
    }
  })

  it('S24 a folder that others may write in is refused, a sticky one is not', async () => {
    const folder = temporaryFolder()
    for (const mode of [0o777, 0o770, 0o720, 0o702]) {
      chmodSync(folder, mode)
      expect(await refusal(join(folder, 't.db')), mode.toString(8)).toMatchObject({ code: 'UNSAFE_LOCATION' })
      expect(readdirSync(folder)).toEqual([])
    }
    chmodSync(folder, 0o1777)
    await temporaryStore({ path: join(folder, 't.db') })
  })

  it('S24 file systems that processes cannot share are known by name', () => {
    const mountinfo = [
      '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
      '40 22 0:40 / /mnt/share rw - nfs4 server:/x rw',
      '41 22 0:41 / /mnt/with\\040space rw shared:7 master:1 - fuse.sshfs me@host: rw',
      '42 22 0:42 / /guest rw - virtiofs share rw',
      '43 42 0:43 / /guest/local rw - ext4 /dev/vdb rw',
    ].join('\n')
    const at = (path: string): string | null => fileSystemOf(path, mountinfo)
    expect(at('/srv')).toBe('ext4')
    expect(at('/mnt/shared')).toBe('ext4')
    expect(at('/mnt/share/a')).toBe('nfs4')
    expect(at('/mnt/with space/a')).toBe('fuse.sshfs')
    expect(at('/guest/a')).toBe('virtiofs')
    expect(at('/guest/local/a')).toBe('ext4')
    for (const name of ['nfs', 'nfs4', 'cifs', 'smb3', '9p', 'virtiofs', 'fuse', 'fuse.sshfs', 'fuseblk']) {
      expect(isUnsafeFileSystem(name), name).toBe(true)
    }
    for (const name of ['ext4', 'xfs', 'btrfs', 'zfs', 'tmpfs', 'overlay', 'apfs']) {
      expect(isUnsafeFileSystem(name), name).toBe(false)
    }
  })

  it('runtimes and drivers that would crash or lose data are refused by name', () => {
    expect(() => checkRuntime({ node: '20.20.2', napi: '9' })).toThrow(/Node 20\.20\.2/)
    expect(() => checkRuntime({ node: '22.13.0', napi: '10' })).toThrow()
    expect(() => checkRuntime({ node: '22.14.0', napi: '9' })).toThrow()
    checkRuntime({ node: '22.14.0', napi: '10' })
    expect(() => checkSqliteVersion('3.51.2')).toThrow()
    expect(() => checkSqliteVersion('3.9.9')).toThrow()
    for (const version of ['3.51.3', '3.52.0', '4.0.0']) checkSqliteVersion(version)
  })

  it('a second copy of the driver on one file in one process is refused', async () => {
    const registry = Symbol.for('faircopy/store-sqlite/registry@1')
    const store = await temporaryStore()
    const stores = (globalThis as unknown as Record<symbol, Map<string, { driver: string }>>)[registry]
    const { dev, ino } = statSync(store.path, { bigint: true })
    const entry = stores?.get(`${dev}:${ino}`)
    expect(entry).toBeDefined()
    if (entry) entry.driver = '/elsewhere/better-sqlite3'
    expect(await refusal(store.path)).toMatchObject({ code: 'UNSAFE_LOCATION' })
  })
})

describe('S22 damage', { timeout: 60_000 }, () => {
  const DAMAGE: Record<string, (path: string) => void> = {
    'zeroed behind its header': (path) => {
      writeFileSync(
        path,
        Buffer.concat([readFileSync(path).subarray(0, 100), Buffer.alloc(statSync(path).size - 100)]),
      )
    },
    'cut in half': (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
    'random bytes in its pages': (path) => {
      const bytes = readFileSync(path)
      for (let at = 16384; at < bytes.length; at += 16384) bytes.fill(0xa5, at, at + 2000)
      writeFileSync(path, bytes)
    },
  }
  for (const [what, damage] of Object.entries(DAMAGE)) {
    it(`S22 a file ${what} is an error by name, and stays as it is`, async () => {
      const path = await closedStore()
      damage(path)
      const bytes = readFileSync(path)
      const attempt = async () => {
        const store = await openSqliteStore({ path })
        try {
          await store.append('s', { record: said('y') })
        } finally {
          await store.close()
        }
      }
      await expect(attempt()).rejects.toMatchObject({ code: 'STORE_CORRUPT', outcome: 'not-stored' })
      expect(readFileSync(path)).toEqual(bytes)
    })
  }

  it('S22 an emptied file with a -wal is not taken for a new store', async () => {
    const path = temporaryPath()
    const writer = start('append.ts', [path, 'a', '1000000'])
    await writer.saw('"acked":"a-5"')
    writer.process.kill('SIGKILL')
    await writer.ended
    truncateSync(path, 0)
    const wal = readFileSync(`${path}-wal`)
    expect(await refusal(path)).toMatchObject({ code: 'STORE_CORRUPT' })
    expect(readFileSync(`${path}-wal`)).toEqual(wal)
  })

  it('S21 a file emptied while this process has it open is not taken for a new store', async () => {
    const store = await temporaryStore()
    await store.create('s')
    truncateSync(store.path, 0)
    expect(await refusal(store.path)).toMatchObject({ code: 'STORE_REPLACED' })
  })

  it.skipIf(isRoot)('a file that may not be written is refused by name', async () => {
    const path = await closedStore()
    chmodSync(path, 0o400)
    expect(await refusal(path)).toMatchObject({ code: 'STORE_IO' })
  })
})
