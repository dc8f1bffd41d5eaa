import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, linkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { driftScenarios } from './drift-scenarios.ts'
import { faircopy } from './faircopy.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { doctorDocument } from './schemas.ts'
import { storeDump } from './store-dump.ts'
import { temporaryFolder } from './temporary-folder.ts'

const sample = () => sampleStore({ session: 'a', entries: [message('user', 'the gate code is 4711')] })

async function doctor(db: string) {
  const { stdout, stderr, code } = await runHere(['doctor', '--json', '--db', db])
  const { findings } = doctorDocument.parse(JSON.parse(stdout))
  expect({ code, stderr }).toEqual({ code: findings.length === 0 ? 0 : 2, stderr: '' })
  return findings
}
const codes = async (db: string) => (await doctor(db)).map(({ code }) => code)

test('a store in good health has no findings, and is not written to', async () => {
  const db = await sample()
  const before = storeDump(db)
  expect(await doctor(db)).toEqual([])
  expect(storeDump(db)).toBe(before)
  const { stdout, code } = await faircopy(['doctor', '--db', db])
  expect(code).toBe(0)
  expect(stdout).toContain('in good health')
})

test.skipIf(process.platform === 'win32')(
  'modes that let others in, with the command that mends them',
  async () => {
    const db = await sample()
    chmodSync(db, 0o644)
    chmodSync(dirname(db), 0o777)
    const findings = await doctor(db)
    expect(findings.pop()).toMatchObject({
      code: 'not-readable',
      detail: expect.stringMatching(/^UNSAFE_LOCATION: /),
    })
    expect(findings.map(({ code, mend }) => [code, mend])).toEqual([
      ['file-mode', `chmod 600 ${db}`],
      ['folder-mode', `chmod 700 ${dirname(db)}`],
    ])
    expect(statSync(db).mode & 0o777).toBe(0o644)
    const told = await faircopy(['doctor', '--db', db])
    expect(told.code).toBe(2)
    expect(told.stdout).toContain(`chmod 600 ${db}`)
  },
)

test.skipIf(process.platform === 'win32').each([
  [0o700, false],
  [0o755, false],
  [0o711, false],
  [0o1777, false],
  [0o777, true],
  [0o770, true],
  [0o702, true],
])('a folder of mode %o lets others in: %s', async (mode, isFound) => {
  const db = await sample()
  chmodSync(dirname(db), mode)
  const codes = (await doctor(db)).map(({ code }) => code)
  expect(codes).toEqual(isFound ? ['folder-mode', 'not-readable'] : [])
})

test.skipIf(process.platform === 'win32').each([
  ['', 0o640],
  ['', 0o604],
  ['.search', 0o660],
])('the file %s of mode %o lets others in', async (suffix, mode) => {
  const db = await sample()
  await runHere(['search', 'one', '--db', db])
  expect(await doctor(db)).toEqual([])
  chmodSync(db + suffix, mode)
  const findings = await doctor(db)
  expect(findings[0]).toMatchObject({ code: 'file-mode', mend: `chmod 600 ${db}${suffix}` })
  for (const { mend } of findings) expect(spawnSync('sh', ['-c', mend]).status).toBe(0)
  expect(await doctor(db)).toEqual([])
})

/** A folder on a disk of so many MiB, or null where none can be mounted. */
function smallDisk(mib: number): string | null {
  const folder = temporaryFolder()
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m,mode=0700`, 'tmpfs', folder]).status !== 0) {
    console.warn('SKIPPED: no small disk can be mounted here')
    return null
  }
  onTestFinished(() => void spawnSync('umount', ['-l', folder]))
  return folder
}

/** A store whose log is so many MiB long, since another process reads an old state. */
async function withLog(folder: string, mib: number) {
  const db = join(folder, 'transcripts.db')
  const store = await openSqliteStore({ path: db })
  await store.create('s')
  // Another copy of SQLite must not be in this process: the reader is one of its own.
  const hold = `const db = new (require(${JSON.stringify(createRequire(import.meta.url).resolve('better-sqlite3'))}))(process.argv[1], { readonly: true })
    db.exec('BEGIN'); db.prepare('SELECT count(*) FROM entry').get(); console.log('held'); process.stdin.once('data', () => process.exit())`
  const reader = spawn(process.execPath, ['-e', hold, db], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(reader.stdout, 'data')
  while (statSync(`${db}-wal`).size < mib * 1024 * 1024) {
    await store.append('s', message('user', 'x'.repeat(100_000)))
  }
  const end = async (): Promise<void> => {
    reader.stdin.write('go\n')
    await once(reader, 'exit')
  }
  return { db, store, pid: reader.pid, end }
}

test('a log that fills its disk, with the process that reads an old state, and that the next write takes it in', async (context) => {
  const folder = smallDisk(24)
  if (folder === null) return context.skip('a small file system cannot be mounted here')
  const { db, store, pid, end } = await withLog(folder, 14)
  const held = (await doctor(db)).find(({ code }) => code === 'large-log')
  if (process.platform === 'linux') expect(held?.detail).toContain(`process ${pid} (node) reads it now`)
  expect(held?.mend).toContain('the next write takes the log in')
  await end()
  await store.append('s', message('user', 'more'))
  await store.close()
  expect(await codes(db)).toEqual(['low-disk-space'])
})

test('a disk with room enough, but for what its log still needs', async (context) => {
  const folder = smallDisk(330)
  if (folder === null) return context.skip('a small file system cannot be mounted here')
  const { db, store, end } = await withLog(folder, 40)
  expect(await codes(db)).toEqual(['low-disk-space'])
  await end()
  await store.append('s', message('user', 'more'))
  await store.close()
  expect(await codes(db)).toEqual([])
})

test('a second name of the file', async () => {
  const db = await sample()
  linkSync(db, `${db}.link`)
  expect(await codes(db)).toEqual(['hard-links'])
})

test('a changed entry, without a word of it', async () => {
  const db = await sample()
  const database = new Database(db)
  database.exec(`UPDATE entry SET record = replace(record, '4711', '4712')`)
  database.close()
  expect(await codes(db)).toEqual(['damaged'])
  expect((await runHere(['doctor', '--db', db])).stdout).not.toMatch(/471[12]/)
})

test('what imports left open', async () => {
  const home = join(temporaryFolder(), 'home')
  writeHome(home, driftScenarios())
  const db = join(temporaryFolder(), 'faircopy.db')
  await runHere(['import', home, '--db', db])
  const findings = await doctor(db)
  expect(findings.map(({ code }) => code)).toEqual(['undecided', 'quarantined'])
  expect(findings[0]).toMatchObject({
    detail: expect.stringContaining('2 sessions'),
    next: `faircopy status --db ${db}`,
  })
})

test('the command names the source however often it was imported, and reads it as the last time', async () => {
  const [source, db] = [temporaryFolder(), join(temporaryFolder(), 'faircopy.db')]
  writeFileSync(join(source, 'a.jsonl'), `{"role":"user","content":"hi"}\nnot json\n`)
  const next = async () => (await doctor(db)).find(({ code }) => code === 'quarantined')?.next
  await runHere(['import', source, '--db', db])
  expect(await next()).toBe(`faircopy audit ${source} --db ${db}`)
  writeFileSync(join(source, 'b.jsonl'), '{"role":"user","content":"ho"}\n')
  await runHere(['import', source, '--time-zone', 'UTC', '--db', db])
  expect(await next()).toBe(`faircopy audit ${source} --time-zone UTC --db ${db}`)
})

test('a file that is no store is a finding with what to do; no file at all is a failure', async () => {
  const path = join(temporaryFolder(), 'none.db')
  writeFileSync(path, 'this is no database', { mode: 0o600 })
  const [finding] = await doctor(path)
  expect(finding?.code).toBe('not-readable')
  expect(finding?.detail).toMatch(/^NOT_A_STORE: /)
  const absent = await runHere(['doctor', '--db', join(temporaryFolder(), 'nothing.db')])
  expect(absent.code).toBe(78)
  expect(absent.stderr).toMatch(/^NO_STORE: /)
})

test('what a killed import left staged, and what waits for its session', async () => {
  const db = await sample()
  const store = await openSqliteStore({ path: db })
  const delivery = {
    kind: 'delivery',
    record: { role: 'assistant', content: 'the report' },
    idempotencyKey: 'd1',
  }
  await store.append({ origin: { platform: 'telegram', chat: '7' }, whenAbsent: 'hold' }, delivery)
  await store.import({
    run: { id: 'run', at: 1, about: {} },
    session: 'b',
    about: {},
    expectedHead: null,
    steps: (async function* () {
      for (let i = 0; i < 3000; i++)
        yield {
          live: {
            record: { role: 'user', content: `${i}` },
            provenance: { importId: 'run', witness: 'file' },
          },
        }
    })(),
    note: { key: 'key', verdict: 'imported', reason: null, report: {}, certificate: null },
    confirm: async () => {
      expect(await codes(db)).toEqual(['staged-leftovers', 'held-deliveries'])
      // Of an import that is known it is not said twice.
      const process = { host: 'elsewhere', pid: 1, started: '' }
      const begun = { id: 'known', at: 1, sources: ['/chats'], reading: {}, process }
      writeFileSync(`${db}.import-known.json`, JSON.stringify(begun))
      expect(await codes(db)).toEqual(['import-unfinished', 'held-deliveries'])
      rmSync(`${db}.import-known.json`)
    },
  })
  await store.close()
  expect(await codes(db)).toEqual(['held-deliveries'])
})
