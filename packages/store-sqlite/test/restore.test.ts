import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  openSqliteStore,
  type RestoreBackupOptions,
  RestoreRefused,
  restoreStore,
  undoRestore,
} from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { noThreads } from './no-threads.ts'
import { start } from './processes.ts'
import { smallDisk } from './small-disk.ts'
import { hasStrace, strace } from './strace.ts'
import { all, said, temporaryFolder, temporaryPath, temporaryStore } from './temporary.ts'

noThreads()

const NAMES = ['', '-wal', '-shm', '-journal', '.search', '.search-wal', '.search-shm', '.search-journal']
const LONG = process.env['LONG'] === '1'
const onLinux = process.platform === 'linux'

interface Place {
  readonly folder: string
  readonly path: string
  readonly backup: string
}

/** The tester's word that nobody has the stores of these tests open, where that cannot be seen. What is seen is refused all the same. */
const restore = (how: RestoreBackupOptions) => restoreStore({ closed: true, ...how })
const undo = (manifest: string | null) => undoRestore({ closed: true, manifest: manifest ?? '' })

/** A backup that says "one"; and beside it the store, which said "two" since and was killed with that in its log. */
async function killedStore(): Promise<Place> {
  if (template === null) {
    template = mkdtempSync(join(tmpdir(), 'store-sqlite-'))
    const { path, backup } = at(template)
    const store = await openSqliteStore({ path })
    await store.append('s', { record: said('one') }, { create: {} })
    await store.backup(backup)
    await store.search('one')
    await store.close()
    await killWriter(path, 'two')
  }
  return at(copied(template))
}

async function backupThatSays(text: string): Promise<string> {
  const store = await temporaryStore()
  await store.append('s', { record: said(text) }, { create: {} })
  await store.backup(`${store.path}.backup`)
  return `${store.path}.backup`
}

let template: string | null = null
afterAll(() => template !== null && rmSync(template, { recursive: true }))

/** Leaves what it wrote in the log. */
async function killWriter(path: string, name: string): Promise<void> {
  const victim = start('append.ts', [path, name, '100000', 's'])
  await victim.saw(`"acked":"${name}-3"`)
  victim.process.kill('SIGKILL')
  await victim.ended
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0)
}

/** The store and the backup in a folder. */
function at(folder: string): Place {
  return { folder, path: join(folder, 'transcripts.db'), backup: join(folder, 'backup') }
}

/** A copy of a folder with its files' second names. */
function copied(folder: string): string {
  const copy = join(temporaryFolder(), 'copy')
  expect(spawnSync('cp', ['-a', folder, copy]).status).toBe(0)
  return copy
}

/** What a session says, from a copy, so that nothing is folded or made. Null where nothing can be opened. */
async function saidAt(path: string, session = 's'): Promise<readonly string[] | null> {
  const copy = join(temporaryFolder(), 'copy.db')
  for (const suffix of NAMES) if (isFile(path + suffix)) copyFileSync(path + suffix, copy + suffix)
  if (!isFile(copy)) return null
  const store = await openSqliteStore({ path: copy, mustExist: true })
  try {
    expect((await store.verify()).findings).toEqual([])
    return (await all(store.read(session))).map(({ record }) => record)
  } finally {
    await store.close()
  }
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

/** Every file of a store by its name, as the digest of its bytes. */
function bytesOf(path: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const suffix of NAMES) {
    if (!isFile(path + suffix)) continue
    found[suffix] = createHash('sha256')
      .update(readFileSync(path + suffix))
      .digest('hex')
  }
  return found
}

/** Copies that are to come in the place of a store. */
function comingIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.includes('.restoring'))
}

/** The folders beside a store that hold, or held, one that was put aside. */
function asides({ folder, path }: Pick<Place, 'folder' | 'path'>): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(path)}.aside-`))
    .map((name) => join(folder, name))
    .sort()
}

const refused = (reason: string) => ({ name: 'RestoreRefused', code: 'RESTORE_REFUSED', reason })

describe('restore', () => {
  it('S25 puts a backup in the place of a store, which is aside with all that lay beside it, byte for byte', async () => {
    const { folder, path, backup } = await killedStore()
    const before = bytesOf(path)
    expect(Object.keys(before)).toEqual(['', '-wal', '-shm', '.search'])
    const kept = bytesOf(backup)
    const report = await restore({ backup, path })
    expect(report).toMatchObject({ path, backup, dryRun: false, sessions: 1, entries: 1 })
    expect(report.aside).toEqual(Object.keys(before).map((suffix) => basename(path) + suffix))
    expect(await saidAt(path)).toEqual([said('one')])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect([statSync(path).nlink, Object.keys(bytesOf(path))]).toEqual([1, ['']])
    const aside = dirname(report.manifest ?? '')
    expect(bytesOf(join(aside, basename(path)))).toEqual(before)
    expect([dirname(aside), statSync(aside).mode & 0o777]).toEqual([folder, 0o700])
    expect(bytesOf(backup)).toEqual(kept)
    expect(readdirSync(folder).sort()).toEqual([basename(path), basename(aside), 'backup'].sort())
  })

  it('S25 undo puts the old store back with its log, and the restored one aside, and can itself be undone', async () => {
    const { path, backup } = await killedStore()
    const before = bytesOf(path)
    const old = await saidAt(path)
    const { manifest } = await restore({ backup, path })
    const store = await openSqliteStore({ path })
    await store.append('s', { record: said('three') })
    await store.close()
    const undone = await undo(manifest)
    expect(undone.back).toEqual(Object.keys(before).map((suffix) => basename(path) + suffix))
    expect(bytesOf(path)).toEqual(before)
    expect(await saidAt(path)).toEqual(old)
    const again = await undo(manifest)
    expect([again.back, again.aside, bytesOf(path)]).toEqual([[], [], before])
    await undo(undone.manifest)
    expect(await saidAt(path)).toEqual([said('one'), said('three')])
  })

  it('S25 a dry run checks all, moves nothing and leaves nothing', async () => {
    const { folder, path, backup } = await killedStore()
    const [before, names] = [bytesOf(path), readdirSync(folder)]
    const report = await restore({ backup, path, dryRun: true })
    expect(report).toMatchObject({ dryRun: true, entries: 1, manifest: null })
    expect([bytesOf(path), readdirSync(folder)]).toEqual([before, names])
    const nowhere = join(folder, 'no', 'such', 'folder', 't.db')
    expect(await restore({ backup, path: nowhere, dryRun: true })).toMatchObject({ aside: [] })
    expect(existsSync(join(folder, 'no'))).toBe(false)
  })

  it('S19 a restored store is another one: cursors of before are stale, also after a second restore', async () => {
    const { path, backup } = await killedStore()
    const ids = new Set<string>()
    let cursor: string | undefined
    for (let i = 0; i < 3; i++) {
      if (i > 0) await restore({ backup, path })
      const store = await openSqliteStore({ path })
      if (cursor) await expect(store.changes(cursor)).rejects.toMatchObject({ code: 'CURSOR_STALE' })
      await store.append('s', { record: said(`since ${i}`) })
      cursor = (await store.changes()).cursor
      ids.add((await store.facts()).storeId)
      await store.close()
    }
    const copy = await temporaryStore({ path: backup, readOnly: true })
    expect([ids.size, ids.has((await copy.facts()).storeId)]).toEqual([3, false])
  })

  it('S23 a backup of an older schema is a store of today once it is restored, and stays what it is', async () => {
    const { path, backup } = await killedStore()
    const older = gunzipSync(readFileSync(new URL('fixtures/schema-1.db.gz', import.meta.url)))
    writeFileSync(backup, older)
    await restore({ backup, path })
    const store = await temporaryStore({ path, readOnly: true })
    expect(await store.facts()).toMatchObject({ schemaVersion: 2 })
    expect((await all(store.sessions())).map(({ id }) => id)).toEqual(['fork', 'imported', 'told'])
    expect(readFileSync(backup).equals(older)).toBe(true)
  })

  it('an abort stops it before anything is moved, and leaves nothing', async () => {
    const { folder, path, backup } = await killedStore()
    const before = [bytesOf(path), readdirSync(folder)]
    const controller = new AbortController()
    const why = new Error('enough')
    const onProgress = () => controller.abort(why)
    await expect(restore({ backup, path, onProgress, signal: controller.signal })).rejects.toBe(why)
    expect([bytesOf(path), readdirSync(folder)]).toEqual(before)
  })

  it('S25 where no store is, or only a log that lost it, the backup comes, and what is there goes aside', async () => {
    const { path, backup } = await killedStore()
    rmSync(path)
    const log = bytesOf(path)
    const { manifest } = await restore({ backup, path })
    expect(await saidAt(path)).toEqual([said('one')])
    expect(bytesOf(join(dirname(manifest ?? ''), basename(path)))).toEqual(log)
    await undo(manifest)
    expect(bytesOf(path)).toEqual(log)
    const fresh = join(temporaryFolder(), 'made', 't.db')
    const made = await restore({ backup, path: fresh })
    expect([made.aside, await saidAt(fresh)]).toEqual([[], [said('one')]])
    await undo(made.manifest)
    expect(existsSync(fresh)).toBe(false)
  })

  it('S22 S25 a damaged store goes aside as it is, and so does the log of another one', async () => {
    for (const harm of [
      ({ path }: Place) => truncateSync(path, 5000),
      ({ path }: Place) => writeFileSync(path, 'nothing that can be read'),
      ({ path }: Place) => truncateSync(path, 0),
      ({ path, backup }: Place) => copyFileSync(backup, path),
    ]) {
      const place = await killedStore()
      harm(place)
      const before = bytesOf(place.path)
      const { manifest } = await restore(place)
      expect(await saidAt(place.path)).toEqual([said('one')])
      await undo(manifest)
      expect(bytesOf(place.path)).toEqual(before)
    }
  })
})

describe.skipIf(!hasStrace)('a failing disk', () => {
  it('S25 keeps no store from going aside, nor from coming back', async () => {
    const { path, backup } = await killedStore()
    const before = bytesOf(path)
    const prefix = strace('?read,?pread64', ['-P', `${path}-wal`, '-e', 'inject=?read,?pread64:error=EIO'])
    const [told] = (await start('restore.ts', ['restore', backup, path, 'closed'], prefix).ended).lines
    expect(told).toMatchObject({ entries: 1 })
    expect(await saidAt(path)).toEqual([said('one')])
    // Of what could not be read its length is known, and nothing else.
    const manifest = String(told?.['manifest'])
    const log = join(dirname(manifest), `${basename(path)}-wal`)
    const { size } = statSync(log)
    appendFileSync(log, 'x')
    expect(await undo(manifest).catch(reasonOf)).toBe('aside-differs')
    truncateSync(log, size)
    await undo(manifest)
    expect(bytesOf(path)).toEqual(before)
  })

  it('S3 a sync that fails at any step loses nothing, and the next restore goes through', async () => {
    const log = join(temporaryFolder(), 'trace')
    let failed = 0
    for (let nth = 1; ; nth++) {
      const place = await killedStore()
      const { folder, path, backup } = place
      const before = bytesOf(path)
      const prefix = strace('fsync', ['-P', folder, '-e', `inject=fsync:error=EIO:when=${nth}`], log)
      const [told] = (await start('restore.ts', ['restore', backup, path, 'closed'], prefix).ended).lines
      if (!readFileSync(log, 'utf8').includes('INJECTED')) break
      expectKept(place, before)
      // SQLite itself goes on where a folder cannot be synced.
      if (told?.failed === undefined) continue
      failed++
      expect(told).toMatchObject({ code: 'STORE_IO' })
      await restore(place)
      expect(await saidAt(path)).toEqual([said('one')])
      expectKept(place, before)
    }
    expect(failed).toBeGreaterThan(4)
  })
})

/** The bytes of a store are somewhere: in their places, or in one of the folders aside. */
function expectKept(place: Place, bytes: Record<string, string>): void {
  const homes = [place.folder, ...asides(place)]
  for (const [suffix, digest] of Object.entries(bytes)) {
    const kept = homes.map((home) => bytesOf(join(home, basename(place.path)))[suffix])
    expect(kept, `what was ${suffix}`).toContain(digest)
  }
}

describe('what is no backup is refused by its name, and nothing is touched', () => {
  const changed = (change: (place: Place) => void) => change
  it.each([
    ['a missing one', 'no-backup', changed(({ backup }) => rmSync(backup))],
    [
      'a link',
      'no-backup',
      changed(({ backup }) => {
        renameSync(backup, `${backup}.real`)
        symlinkSync(`${backup}.real`, backup)
      }),
    ],
    [
      'a folder',
      'no-backup',
      changed(({ backup }) => {
        rmSync(backup)
        mkdirSync(backup)
      }),
    ],
    [
      'one with a log beside it',
      'backup-has-log',
      changed(({ backup }) => writeFileSync(`${backup}-wal`, 'x')),
    ],
    [
      'one with a rollback journal beside it',
      'backup-has-log',
      changed(({ backup }) => writeFileSync(`${backup}-journal`, 'x')),
    ],
    [
      'a copy of a store that was killed',
      'backup-has-log',
      changed(({ path, backup }) => {
        for (const suffix of ['', '-wal']) copyFileSync(path + suffix, backup + suffix)
      }),
    ],
    [
      'the store itself',
      'same-file',
      changed(({ path, backup }) => {
        rmSync(backup)
        linkSync(path, backup)
      }),
    ],
    [
      'a changed text',
      'backup-damaged',
      changed(({ backup }) => {
        const bytes = readFileSync(backup)
        bytes[bytes.indexOf('{"role":"user","content":"one"') + 28] = 0x4f
        writeFileSync(backup, bytes)
      }),
    ],
    ['one that was cut short', 'backup-damaged', changed(({ backup }) => truncateSync(backup, 300_000))],
    ['a text file', 'NOT_A_STORE', changed(({ backup }) => writeFileSync(backup, 'hello'))],
    ['an empty file', 'NOT_A_STORE', changed(({ backup }) => truncateSync(backup, 0))],
    [
      'another database',
      'NOT_A_STORE',
      changed(({ backup }) => {
        rmSync(backup)
        const db = new Database(backup)
        db.exec('CREATE TABLE t (x)')
        db.close()
      }),
    ],
    [
      'a store with a table of somebody else',
      'NOT_A_STORE',
      changed(({ backup }) => {
        const db = new Database(backup)
        db.exec('CREATE TABLE t (x)')
        db.close()
      }),
    ],
    [
      'a newer schema',
      'SCHEMA_TOO_NEW',
      changed(({ backup }) => {
        const db = new Database(backup)
        db.pragma('user_version = 99')
        db.close()
      }),
    ],
  ])('S23 S25 %s', async (_, reason, change) => {
    const place = await killedStore()
    change(place)
    const state = () => [bytesOf(place.path), readdirSync(place.folder).sort()]
    const before = state()
    for (const dryRun of [true, false]) {
      const told: unknown = await restore({ ...place, dryRun }).catch((error: unknown) => error)
      const code = reason.toUpperCase() === reason ? { code: reason } : refused(reason)
      expect(told).toMatchObject(code)
      expect(String(told)).toContain(place.backup)
      expect(state()).toEqual(before)
    }
  })

  it('S24 a place that is not safe for a store is none for a restored one', async () => {
    const { folder, path, backup } = await killedStore()
    const link = join(folder, 'link.db')
    symlinkSync(path, link)
    await expect(restore({ backup, path: link })).rejects.toMatchObject({ code: 'UNSAFE_LOCATION' })
    chmodSync(folder, 0o777)
    await expect(restore({ backup, path })).rejects.toMatchObject({ code: 'UNSAFE_LOCATION' })
  })
})

/** A process that has a store, or a file of it, open until it is let go. */
async function holder(what: 'store' | 'file', path: string) {
  const running = start('keep-open.ts', [what, path])
  await running.saw('"open":true')
  const letGo = async (): Promise<void> => {
    running.process.kill('SIGKILL')
    await running.ended
  }
  return { pid: running.process.pid, letGo }
}

const reasonOf = (error: unknown): unknown => (error instanceof RestoreRefused ? error.reason : error)

describe.runIf(onLinux)('a store that a process has open is refused', () => {
  it('S21 and stays as it is, with its log; --closed does not help', async () => {
    const { path, backup } = await killedStore()
    const { pid, letGo } = await holder('store', path)
    const before = bytesOf(path)
    for (const how of [{}, { dryRun: true }, { closed: true }]) {
      const told: unknown = await restore({ backup, path, ...how }).catch((error: unknown) => error)
      expect(told).toMatchObject(refused('in-use'))
      expect(String(told)).toMatch(new RegExp(`Process ${pid} \\(node\\) has ${path} open`))
    }
    expect(bytesOf(path)).toEqual(before)
    await letGo()
    const { manifest } = await restore({ backup, path })
    const again = await holder('store', path)
    expect(await undo(manifest).catch(reasonOf)).toBe('in-use')
    await again.letGo()
    await undo(manifest)
    expect(bytesOf(path)).toEqual(before)
  })

  it('S21 also this very process, whose locks it does not drop', async () => {
    const { path, backup } = await killedStore()
    const store = await temporaryStore({ path })
    expect(await restore({ backup, path }).catch(reasonOf)).toBe('in-use')
    const own = await temporaryStore({ path: backup })
    await own.append('s', { record: said('more') })
    await store.close()
    expect(await restore({ backup, path }).catch(reasonOf)).toMatch(/in-use|backup-has-log/)
  })

  it('S21 and so is a backup that this very process has open', async () => {
    const { path, backup } = await killedStore()
    const before = bytesOf(path)
    const own = await temporaryStore({ path: backup, readOnly: true })
    expect(existsSync(`${backup}-wal`) && statSync(`${backup}-wal`).size).toBeFalsy()
    for (const how of [{}, { dryRun: true }])
      expect(await restore({ backup, path, ...how }).catch(reasonOf)).toBe('in-use')
    expect(bytesOf(path)).toEqual(before)
    await own.close()
    await restore({ backup, path })
    expect(await saidAt(path)).toEqual([said('one')])
  })

  it('S21 and one that has only its log open, or its search index', async () => {
    const { path, backup } = await killedStore()
    for (const suffix of ['-wal', '-shm', '.search']) {
      const { letGo } = await holder('file', path + suffix)
      expect(await restore({ backup, path }).catch(reasonOf)).toBe('in-use')
      await letGo()
    }
    await restore({ backup, path })
  })

  it('S21 nor does one meddle with another that is at work', async () => {
    const { folder, path, backup } = await killedStore()
    const { manifest } = await restore({ path, backup })
    const { pid, letGo } = await holder('file', backup)
    const right = JSON.parse(readFileSync(manifest ?? '', 'utf8'))
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const by = { ...right.by, pid, started: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] }
    const aside = `${basename(path)}.aside-other`
    mkdirSync(join(folder, aside))
    writeFileSync(join(folder, aside, 'manifest.json'), JSON.stringify({ ...right, by, files: [] }))
    rmSync(path)
    symlinkSync(`${aside}/manifest.json/restore-at-work`, path)
    for (const told of [
      await restore({ path, backup }).catch((error: unknown) => error),
      await undo(join(folder, aside, 'manifest.json')).catch((error: unknown) => error),
    ])
      expect(String(told)).toContain(`Process ${pid} is at work on a restore of ${path}`)
    await letGo()
    await restore({ path, backup })
    expect(await saidAt(path)).toEqual([said('one')])
  })

  it.runIf(process.getuid?.() === 0)(
    'S21 where processes of others may not be looked into that is said, and --closed takes your word',
    async (context) => {
      const { folder, path, backup } = await killedStore()
      for (const name of ['..', '.', ...readdirSync(folder)]) chownSync(join(folder, name), NOBODY, NOBODY)
      const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
      const canRun = spawnSync(asNobody[0] ?? '', [...asNobody.slice(1), process.execPath, '--version'])
      if (canRun.status !== 0) return context.skip('another user cannot run this Node')
      const [told] = (await start('restore.ts', ['restore', backup, path], asNobody).ended).lines
      expect(told).toMatchObject({ code: 'RESTORE_REFUSED', reason: 'unseen' })
      expect(told?.failed).toMatch(/cannot be known: \d+ processes may not be looked into by this user/)
      const [done] = (await start('restore.ts', ['restore', backup, path, 'closed'], asNobody).ended).lines
      expect(done).toMatchObject({ entries: 1 })
    },
  )
})

const NOBODY = 65534

describe('S26 a full disk', () => {
  it('S26 stops a restore before anything is moved', async (context) => {
    const folder = smallDisk()
    if (!folder) return context.skip('a small file system cannot be mounted here')
    const path = join(folder, 't.db')
    const store = await openSqliteStore({ path })
    await store.append('s', { record: said('one') }, { create: {} })
    await store.close()
    const backup = temporaryPath()
    const large = await openSqliteStore({ path: `${backup}.large` })
    await large.append('s', { record: said('x'.repeat(3_000_000)) }, { create: {} })
    await large.backup(backup)
    await large.close()
    const before = [bytesOf(path), readdirSync(folder)]
    await expect(restore({ backup, path })).rejects.toMatchObject({
      code: 'STORE_FULL',
      outcome: 'not-stored',
    })
    expect([bytesOf(path), readdirSync(folder)]).toEqual(before)
  })
})

describe('a manifest is not taken at its word', () => {
  it('S24 it names files beside its store and no others, and is no link', async () => {
    const { folder, path, backup } = await killedStore()
    const { manifest: told } = await restore({ backup, path })
    const manifest = told ?? ''
    const right = JSON.parse(readFileSync(manifest, 'utf8'))
    const before = bytesOf(path)
    const wrong = [
      { store: '../t.db' },
      { store: 'other.db' },
      { files: [{ ...right.files[0], name: '../victim' }] },
      { files: [{ ...right.files[0], name: 'manifest.json' }] },
      { undoes: '../x' },
      { comes: '../x.restoring' },
      { comes: 'transcripts.db.mine' },
      { comes: 'other.db.x.restoring' },
      { undoes: null, comes: null },
      { comes: null, undoes: 'transcripts.db' },
      { faircopyRestore: 2 },
      { at: 'now' },
      { by: { ...right.by, pid: '1' } },
      { backup: { ...right.backup, path: 1 } },
      { files: {} },
      { files: [{ ...right.files[0], bytes: '5' }] },
      { files: [{ ...right.files[0], sha256: '0' }] },
    ]
    for (const change of wrong) {
      writeFileSync(manifest, JSON.stringify({ ...right, ...change }))
      expect(await undo(manifest).catch(reasonOf)).toBe('not-a-manifest')
    }
    for (const named of [path, join(folder, 'manifest.json'), folder])
      expect(await undo(named).catch(reasonOf)).toBe('not-a-manifest')
    writeFileSync(`${manifest}.real`, JSON.stringify(right))
    rmSync(manifest)
    symlinkSync(`${manifest}.real`, manifest)
    expect(await undo(manifest).catch(reasonOf)).toBe('not-a-manifest')
    expect(bytesOf(path)).toEqual(before)
  })

  it('S25 what was put aside can be read there, and comes back nevertheless', async () => {
    const { path, backup } = await killedStore()
    const { '': file, '-wal': log } = bytesOf(path)
    const { manifest } = await restore({ backup, path })
    const aside = join(dirname(manifest ?? ''), basename(path))
    const reader = await openSqliteStore({ path: aside, readOnly: true })
    expect((await all(reader.read('s'))).at(-1)?.record).toContain('two')
    await reader.close()
    rmSync(`${aside}.search`)
    await undo(manifest)
    expect(bytesOf(path)).toMatchObject({ '': file, '-wal': log })
    expect((await saidAt(path))?.length).toBeGreaterThan(1)
  })

  it('S25 what was put aside comes back as it was, or not at all', async () => {
    for (const harm of [
      (aside: string) => appendFileSync(`${aside}-wal`, 'x'),
      (aside: string) => rmSync(`${aside}-wal`),
      (aside: string) => {
        renameSync(aside, `${aside}.real`)
        symlinkSync(`${aside}.real`, aside)
      },
    ]) {
      const { path, backup } = await killedStore()
      const { manifest } = await restore({ backup, path })
      harm(join(dirname(manifest ?? ''), basename(path)))
      const before = bytesOf(path)
      const dry = undoRestore({ manifest: manifest ?? '', dryRun: true })
      expect(await dry.catch(reasonOf)).toBe('aside-differs')
      expect(await undo(manifest).catch(reasonOf)).toBe('aside-differs')
      expect(bytesOf(path)).toEqual(before)
    }
  })
})

/** Calls that change what has which name. */
const MOVES = [
  '?link,?linkat',
  '?symlink,?symlinkat',
  '?rename,?renameat,?renameat2',
  '?unlink,?unlinkat',
  '?mkdir,?mkdirat',
]

const isAnyFile = (call: string): boolean => LONG || call.includes('rename')

/** The files of the store in a folder, where they lie or are aside. */
function filesIn(folder: string): readonly string[] {
  const homes = [folder, ...asides(at(folder))]
  return homes.flatMap((home) => NAMES.map((suffix) => join(home, `transcripts.db${suffix}`)))
}

/** How often each of these calls names such a file, at the most: one run that nothing stops tells. */
async function callsOf(
  args: (folder: string) => readonly string[],
  folder: string,
): Promise<readonly (readonly [call: string, count: number])[]> {
  const whole = copied(folder)
  const log = join(temporaryFolder(), 'trace')
  await start('restore.ts', args(whole), strace(MOVES.join(','), [], log)).ended
  const traced = readFileSync(log, 'utf8').split('\n')
  const files = filesIn(whole)
  return MOVES.map((call) => {
    const names = call.replaceAll('?', '').split(',')
    const made = traced.filter((line) => names.some((name) => line.includes(` ${name}(`)))
    const isOne = (line: string) => isAnyFile(call) || files.some((file) => line.includes(`"${file}"`))
    return [call, made.filter(isOne).length]
  })
}

/**
 * Runs a restore once for each of these calls that it makes on a store's files, where they lie or are aside, and has it
 * killed there; with LONG on any other file too.
 */
async function killedAtEach(
  args: (folder: string) => readonly string[],
  folder: string,
  look: (folder: string, step: string) => Promise<void>,
): Promise<number> {
  let steps = 0
  // A call is counted by its own name.
  for (const [call, count] of await callsOf(args, folder)) {
    for (let nth = 1; nth <= count; nth++) {
      const victim = copied(folder)
      // Of a new name strace looks at the old one alone.
      const which = isAnyFile(call) ? [] : filesIn(victim).flatMap((file) => ['-P', file])
      const prefix = strace(call, [...which, '-e', `inject=${call}:signal=SIGKILL:when=${nth}`])
      const { lines } = await start('restore.ts', args(victim), prefix).ended
      if (lines.length > 0) break
      steps++
      await look(victim, `${call} ${nth}`)
    }
  }
  return steps
}

describe.skipIf(!hasStrace)('killed at any step', { timeout: 300_000 }, () => {
  /** The old store as it was, or nothing that can be opened, or what came, whole; and never a mixture. */
  const expectOne = async (path: string, whole: readonly (readonly string[] | null)[]): Promise<void> => {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
      const told: unknown = await openSqliteStore({ path }).catch((error: unknown) => error)
      expect(told).toMatchObject({ code: 'RESTORE_UNFINISHED' })
      expect(String(told)).toContain('a restore of it was stopped half-way')
      expect(spawnSync('sqlite3', [path, 'PRAGMA user_version']).status).not.toBe(0)
    } else expect(whole).toContainEqual(await saidAt(path))
  }

  it('S25 a restore: the old store is as it was, or the next restore or undo completes it', async () => {
    const place = await killedStore()
    const old = await saidAt(place.path)
    const bytes = bytesOf(place.path)
    const another = await backupThatSays('something else')
    let guarded = 0
    const steps = await killedAtEach(
      (folder) => ['restore', at(folder).backup, at(folder).path, 'closed'],
      place.folder,
      async (folder, step) => {
        const here = at(folder)
        await expectOne(here.path, [old, [said('one')]])
        expectKept(here, bytes)
        const isHalf = lstatSync(here.path).isSymbolicLink()
        const isDone = !isHalf && bytesOf(here.path)[''] !== bytes['']
        if (isHalf) guarded++

        const other = at(copied(folder))
        const report = await restore(other)
        expect(await saidAt(other.path), `restored after step ${step}`).toEqual([said('one')])
        expectKept(other, bytes)
        expect(statSync(other.path).nlink).toBe(1)
        if (!isDone) expect(asides(other), `aside after ${step}`).toEqual([dirname(report.manifest ?? '')])
        expect(readdirSync(other.folder).filter((name) => name.startsWith('transcripts.db-'))).toEqual([])
        expect(comingIn(other.folder), `left after step ${step}`).toEqual([])

        // What comes then is what is named then.
        const third = at(copied(folder))
        if (isHalf) {
          await restore({ ...third, backup: another })
          expect(await saidAt(third.path), `another after step ${step}`).toEqual([said('something else')])
          expectKept(third, bytes)
        }

        const [aside] = asides(here)
        if (aside === undefined || !existsSync(join(aside, 'manifest.json'))) return
        await undo(join(aside, 'manifest.json'))
        expect(bytesOf(here.path), `undone after step ${step}`).toEqual(bytes)
        expect(statSync(here.path).nlink).toBe(1)
      },
    )
    expect(steps).toBeGreaterThan(8)
    expect(guarded).toBeGreaterThan(3)
  })

  it('S25 an undo: what is in place is as it was, or the next one completes it', async () => {
    const place = await killedStore()
    const bytes = bytesOf(place.path)
    const old = await saidAt(place.path)
    const { manifest } = await restore(place)
    // So that there is a log on either side.
    await killWriter(place.path, 'three')
    const since = await saidAt(place.path)
    const bytesSince = bytesOf(place.path)
    const named = (folder: string) => join(folder, basename(dirname(manifest ?? '')), 'manifest.json')
    let guarded = 0
    await killedAtEach(
      (folder) => ['undo', named(folder), '', 'closed'],
      place.folder,
      async (folder, step) => {
        const here = at(folder)
        await expectOne(here.path, [since, old])
        for (const one of [bytes, bytesSince]) expectKept(here, one)
        const isHalf = lstatSync(here.path).isSymbolicLink()
        if (isHalf) guarded++

        const other = at(copied(folder))
        await restore(other)
        expect(await saidAt(other.path)).toEqual([said('one')])
        for (const one of [bytes, bytesSince]) expectKept(other, one)

        await undo(named(folder))
        expect(bytesOf(here.path), `undone after step ${step}`).toEqual(bytes)
        expectKept(here, bytesSince)
        if (!isHalf) return
        const told = readdirSync(dirname(named(folder))).filter((name) => name.endsWith('.json'))
        expect(told, `told after step ${step}`).toEqual(['undone.json'])
      },
    )
    expect(guarded).toBeGreaterThan(3)
  })

  it('S1 every name is on the disk before the next one changes', async () => {
    const { path, backup } = await killedStore()
    const trace = join(temporaryFolder(), 'trace')
    await start(
      'restore.ts',
      ['restore', backup, path, 'closed'],
      strace([...MOVES, 'fsync'].join(','), ['-y'], trace),
    ).ended
    const calls = readFileSync(trace, 'utf8').split('\n')
    const guard = calls.findIndex((line) => /rename.*guard/.test(line))
    expect(guard).toBeGreaterThan(0)
    // What Node keeps of the sources it has compiled is renamed as well.
    const into = (line: string | undefined) =>
      new RegExp(`(?:rename|link)\\("[^"]*", "(${dirname(path)}/[^"]*)"`).exec(line ?? '')?.[1]
    const moves = calls
      .slice(guard - 3)
      .flatMap((line, i) => (into(line) ? [[guard - 3 + i, into(line)]] : []))
    expect(moves.length).toBeGreaterThan(3)
    // What comes is on the disk before anything goes.
    const copied = calls.findIndex((line) => /fsync\(\d+<[^>]*\.restoring>\) += 0/.test(line))
    expect([copied >= 0, copied < (moves[0]?.[0] as number)]).toEqual([true, true])
    for (const [i, name] of moves as [number, string][]) {
      const next = calls.slice(i + 1).findIndex((line) => /rename\(|unlink\(/.test(line))
      const between = calls.slice(i + 1, next < 0 ? undefined : i + 1 + next)
      expect(between.join('\n'), calls[i]).toContain(`<${dirname(name)}>) = 0`)
    }
  })
})
