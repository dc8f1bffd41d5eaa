import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { environment, faircopy, PROGRAM } from './faircopy.ts'
import { runHere } from './run-here.ts'
import { importDocument, listDocument, verifyDocument } from './schemas.ts'
import { hasStrace, strace } from './strace.ts'
import { temporaryFolder } from './temporary-folder.ts'

const isRoot = process.getuid?.() === 0
/** All positions instead of a few. */
const all = process.env['LONG'] === '1'

if (!hasStrace) console.warn('NO STRACE: the tests that stop commands at their system calls are skipped')
if (!isRoot) console.warn('NOT ROOT: the tests on a full disk are skipped')

const CALLS = {
  write: 'pwrite64',
  sync: 'fsync',
  link: '?link,?linkat',
  unlink: '?unlink,?unlinkat',
  rename: '?rename,?renameat,?renameat2',
} as const
type Call = keyof typeof CALLS

/** Runs the program under strace, with one thread for its files, so that calls can be counted. */
function traced([command = '', ...options]: readonly string[], args: readonly string[]) {
  const env = { ...environment(), UV_THREADPOOL_SIZE: '1' }
  const ran = spawnSync(command, [...options, process.execPath, ...PROGRAM, ...args], { env })
  const killed = ran.signal === 'SIGKILL' || ran.status === 137
  return { killed, code: ran.status, stdout: String(ran.stdout), stderr: String(ran.stderr) }
}

/** The strace that kills the program at the n-th call of a kind. */
function killedAt(call: Call, nth: number): string[] {
  return strace(CALLS[call], ['-e', `inject=${CALLS[call]}:signal=SIGKILL:when=${nth}`])
}

/** How often a run makes a call, by the thread that makes it most often: strace counts for each by itself. */
function countCalls(call: Call, args: readonly string[]): number {
  const log = join(temporaryFolder(), 'trace')
  traced(strace(CALLS[call], [], log), args)
  const counts = new Map<string, number>()
  for (const line of readFileSync(log, 'utf8').split('\n').filter(Boolean)) {
    const thread = line.split(' ')[0] ?? ''
    counts.set(thread, (counts.get(thread) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values())
}

/** Which of so many calls are stopped at: all, or one in the middle. */
function positions(count: number): number[] {
  if (all) return Array.from({ length: count }, (_, i) => i + 1)
  return count > 0 ? [Math.ceil(count / 2)] : []
}

async function saysOf(db: string): Promise<unknown> {
  const { sessions } = listDocument.parse(JSON.parse((await runHere(['list', '--json', '--db', db])).stdout))
  const records: string[] = []
  for (const { id } of sessions)
    records.push((await runHere(['export', id, '--format', 'jsonl', '--db', db])).stdout)
  return sessions.map(({ id, head, entryCount }, i) => ({ id, head, entryCount, records: records[i] }))
}

async function expectSound(db: string): Promise<void> {
  const { stdout } = await runHere(['verify', '--json', '--db', db])
  expect(verifyDocument.parse(JSON.parse(stdout)).findings).toEqual([])
}

const line = (content: string): string => `{"role":"user","content":"${content}"}\n`

function writeChats(source: string, names: readonly string[] = ['a', 'b', 'c']): void {
  mkdirSync(source)
  for (const name of names)
    writeFileSync(
      join(source, `${name}.jsonl`),
      line(`what ${name} said, at length`) + line(`and what ${name} added`),
    )
}

/** A folder of transcripts and the store that they were imported into; each test works on a copy of both. */
function copyOf(made: string): { readonly source: string; readonly db: string; readonly archive: string } {
  const folder = join(temporaryFolder(), 'here')
  cpSync(made, folder, { recursive: true, preserveTimestamps: true })
  return {
    source: join(folder, 'chats'),
    db: join(folder, 'faircopy.db'),
    archive: join(folder, 'chats-archive'),
  }
}

/** Names, times and bytes of the files of a folder and of its archive, without manifests. */
function filesOf({ source, archive }: { readonly source: string; readonly archive: string }): string[] {
  return [source, archive].flatMap((folder, i) =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((name) => !/^(manifest|undone)-/.test(name))
      .map((name) => {
        const { mode, mtimeMs } = statSync(join(folder, name))
        return [i, name, mode.toString(8), mtimeMs, readFileSync(join(folder, name), 'utf8')].join(' ')
      })
      .sort(),
  )
}

describe.runIf(hasStrace)('killed at a system call, and run again', () => {
  const made = join(temporaryFolder(), 'made')
  let importId: string

  beforeAll(async () => {
    mkdirSync(made)
    writeChats(join(made, 'chats'))
    const imported = ['import', join(made, 'chats'), '--json', '--db', join(made, 'faircopy.db')]
    importId = importDocument.parse(JSON.parse((await runHere(imported)).stdout)).importId ?? ''
  })

  // killed-import.test.ts has more of an import's writes and syncs.
  test.for<Call>(all ? ['write', 'sync', 'unlink'] : ['unlink'])(
    'an import at its %s',
    { timeout: 600_000 },
    async (call) => {
      const clean = await saysOf(join(made, 'faircopy.db'))
      const fresh = copyOf(made)
      const count = countCalls(call, ['import', fresh.source, '--db', join(fresh.source, '..', 'counted.db')])
      for (const nth of positions(count)) {
        const { source } = copyOf(made)
        const db = join(source, '..', 'killed.db')
        const { killed } = traced(killedAt(call, nth), ['import', source, '--db', db])
        expect(killed || existsSync(db), `${call} ${nth} of ${count}`).toBe(true)
        expect((await runHere(['import', source, '--db', db])).code).toBe(0)
        expect(await saysOf(db), `${call} ${nth}`).toEqual(clean)
        await expectSound(db)
      }
    },
  )

  test.for<Call>(all ? ['write', 'sync'] : ['write'])(
    'an undo at its %s',
    { timeout: 600_000 },
    async (call) => {
      const counted = copyOf(made)
      const count = countCalls(call, ['import', '--undo', importId, '--yes', '--db', counted.db])
      expect(count).toBeGreaterThan(2)
      for (const nth of positions(count)) {
        const { source, db } = copyOf(made)
        const before = await saysOf(db)
        traced(killedAt(call, nth), ['import', '--undo', importId, '--yes', '--db', db])
        expect((await runHere(['import', '--undo', importId, '--yes', '--db', db])).code).toBe(0)
        expect(await saysOf(db), `${call} ${nth} of ${count}`).toEqual([])
        await expectSound(db)
        await runHere(['import', source, '--db', db])
        expect(await saysOf(db)).toEqual(before)
      }
    },
  )

  test.for<Call>(all ? ['sync', 'link', 'unlink'] : ['link', 'unlink'])(
    'an archive at its %s: run again, or taken back',
    { timeout: 600_000 },
    async (call) => {
      const clean = copyOf(made)
      const original = filesOf(clean)
      await runHere(['archive', clean.source, '--db', clean.db])
      const archived = filesOf(clean)
      const counted = copyOf(made)
      const count = countCalls(call, ['archive', counted.source, '--db', counted.db])
      expect(count).toBeGreaterThan(3)
      for (const nth of positions(count)) {
        const here = copyOf(made)
        const { killed } = traced(killedAt(call, nth), ['archive', here.source, '--db', here.db])
        expect(killed, `${call} ${nth} of ${count}`).toBe(true)
        const again = await runHere(['archive', here.source, '--db', here.db])
        expect(again, `${call} ${nth}`).toMatchObject({ code: 0, stderr: '' })
        expect(filesOf(here), `${call} ${nth} of ${count}`).toEqual(archived)
        for (const name of readdirSync(here.archive).filter((one) => one.startsWith('manifest-')))
          expect((await runHere(['archive', '--undo', join(here.archive, name), '--yes'])).code).toBe(0)
        expect(filesOf(here)).toEqual(original)
      }
    },
  )

  test.for<Call>(all ? ['sync', 'link', 'unlink', 'rename'] : ['unlink', 'rename'])(
    'archive --undo at its %s',
    { timeout: 600_000 },
    async (call) => {
      const original = filesOf(copyOf(made))
      const manifestOf = async (here: ReturnType<typeof copyOf>): Promise<string> => {
        await runHere(['archive', here.source, '--db', here.db])
        return join(
          here.archive,
          readdirSync(here.archive).find((name) => name.startsWith('manifest-')) ?? '',
        )
      }
      const counted = copyOf(made)
      const count = countCalls(call, ['archive', '--undo', await manifestOf(counted), '--yes'])
      expect(count).toBeGreaterThan(0)
      for (const nth of positions(count)) {
        const here = copyOf(made)
        const manifest = await manifestOf(here)
        traced(killedAt(call, nth), ['archive', '--undo', manifest, '--yes'])
        expect(
          (await runHere(['archive', '--undo', manifest, '--yes'])).code,
          `${call} ${nth} of ${count}`,
        ).toBe(0)
        expect(filesOf(here), `${call} ${nth} of ${count}`).toEqual(original)
      }
    },
  )
})

describe.runIf(hasStrace)('a system call that fails', () => {
  const made = join(temporaryFolder(), 'made')
  beforeAll(async () => {
    mkdirSync(made)
    writeChats(join(made, 'chats'))
    await runHere(['import', join(made, 'chats'), '--db', join(made, 'faircopy.db')])
  })

  test.for([
    { call: 'pwrite64', error: 'ENOSPC', when: '3+', code: 'STORE_FULL', exit: 74 },
    { call: 'fsync', error: 'EIO', when: '1+', code: 'STORE_IO', exit: 74 },
  ])(
    '$error in an import says $code and what to do, and the same command goes on',
    async ({ call, error, when, code, exit }) => {
      const { source, db: clean } = copyOf(made)
      const db = join(source, '..', 'failed.db')
      await runHere(['import', join(source, 'a.jsonl'), '--db', db])
      const failed = traced(
        strace(call, ['-P', db, '-P', `${db}-wal`, '-e', `inject=${call}:error=${error}:when=${when}`]),
        ['import', source, '--db', db],
      )
      expect(failed.code).toBe(exit)
      expect(failed.stderr).toMatch(new RegExp(`^${code}: .+\\n.+\\.\\n$`))
      expect((await runHere(['import', source, '--db', db])).code).toBe(0)
      expect(await saysOf(db)).toEqual(await saysOf(clean))
    },
  )

  test.for([
    { calls: '?link,?linkat', error: 'EACCES' },
    { calls: '?unlink,?unlinkat', error: 'EROFS' },
    { calls: 'fsync', error: 'EIO' },
  ])(
    '$error at the $calls of an archive: what was not moved is named, and the same command completes it',
    async ({ calls, error }) => {
      const here = copyOf(made)
      const { code, stdout, stderr } = traced(
        strace(calls, ['-e', `inject=${calls}:error=${error}:when=4`]),
        ['archive', here.source, '--db', here.db],
      )
      expect({ code, stderr }).toEqual({ code: 74, stderr: '' })
      expect(stdout).toMatch(new RegExp(`jsonl +move-failed +moving it failed with ${error}`))
      expect((await runHere(['archive', here.source, '--db', here.db])).code).toBe(0)
      expect(readdirSync(here.source)).toEqual([])
    },
  )

  test('EMFILE on a source: the file is named, the others come in, and the next import brings it', async () => {
    const { source, db: clean } = copyOf(made)
    const db = join(source, '..', 'failed.db')
    const file = join(source, 'b.jsonl')
    const { code, stdout } = traced(
      strace('openat', ['-P', file, '-e', 'inject=openat:error=EMFILE:when=1+']),
      ['import', source, '--json', '--db', db],
    )
    const document = importDocument.parse(JSON.parse(stdout))
    expect(code).toBe(2)
    expect(document.sources[0]?.problems).toMatchObject([
      { code: 'unreadable-file', path: file, next: `faircopy import ${source} --db ${db}` },
    ])
    expect(document.totals.sessions).toBe(2)
    expect((await runHere(['import', source, '--db', db])).code).toBe(0)
    expect(await saysOf(db)).toEqual(await saysOf(clean))
  })
})

describe('a source that is replaced', () => {
  const replaceOnCall = new URL('preload/replace-on-call.ts', import.meta.url)

  test('while it is imported is read again, and the store has what stands there at the end', async () => {
    const folder = temporaryFolder()
    const source = join(folder, 'chats')
    writeChats(source)
    const REPLACE_FILE = join(source, 'b.jsonl')
    const REPLACE_WITH = join(folder, 'other')
    writeFileSync(REPLACE_WITH, line('what b says now, at length'))
    const db = join(folder, 'faircopy.db')
    // Opened to be recognised, to be planned, and then for its bodies.
    const env = { REPLACE_FILE, REPLACE_WITH, REPLACE_TIME: '3' }
    const { code } = await faircopy(['import', source, '--db', db], { preload: replaceOnCall, env })
    expect(code).toBe(0)
    const clean = join(folder, 'clean.db')
    await runHere(['import', source, '--db', clean])
    expect(await saysOf(db)).toEqual(await saysOf(clean))
  })

  test.for([
    ['while it is proven', 'open', '2'],
    ['while it is read to be moved', 'open', '3'],
    ['just before it is moved', 'before-link', '1'],
    ['between its two names', 'after-link', '1'],
  ] as const)('%s stays, and what took its place is not touched', async ([, REPLACE_AT, REPLACE_TIME]) => {
    const folder = temporaryFolder()
    const source = join(folder, 'chats')
    writeChats(source)
    const db = join(folder, 'faircopy.db')
    await runHere(['import', source, '--db', db])
    const REPLACE_FILE = join(source, 'b.jsonl')
    const REPLACE_WITH = join(folder, 'other')
    const now = line('what b says now, at length')
    writeFileSync(REPLACE_WITH, now)
    const env = { REPLACE_FILE, REPLACE_WITH, REPLACE_AT, REPLACE_TIME }
    const { code, stdout } = await faircopy(['archive', source, '--db', db], { preload: replaceOnCall, env })
    expect(existsSync(REPLACE_WITH)).toBe(false)
    expect(code).toBe(2)
    expect(stdout).toMatch(/b\.jsonl +(changed|grown|not-proven|unreadable-file)/)
    expect(readFileSync(REPLACE_FILE, 'utf8')).toBe(now)
    expect(readdirSync(source)).toEqual(['b.jsonl'])
    expect(readdirSync(`${source}-archive`).filter((name) => name.endsWith('.jsonl'))).toEqual([
      'a.jsonl',
      'c.jsonl',
    ])
  })
})

describe.runIf(isRoot && process.platform === 'linux')('a full disk', () => {
  const disks: string[] = []
  afterAll(() => {
    for (const disk of disks) spawnSync('umount', [disk])
  })
  const mounted = (size: string): string => {
    const disk = temporaryFolder()
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]).status).toBe(0)
    disks.push(disk)
    return disk
  }

  test('is foreseen: nothing is imported, the message says how much is needed, and more room helps', async () => {
    const source = join(temporaryFolder(), 'chats')
    writeChats(source)
    const disk = mounted('4m')
    const db = join(disk, 'faircopy.db')
    const { code, stderr } = await runHere(['import', source, '--db', db])
    expect(code).toBe(74)
    expect(stderr).toMatch(/^STORE_FULL: .* may take \d+ bytes, and \d+ are free/)
    expect(stderr).toContain('--no-space-check')
    expect(readdirSync(disk)).toEqual([])
    expect(spawnSync('mount', ['-o', 'remount,size=64m', disk]).status).toBe(0)
    expect((await runHere(['import', source, '--db', db])).code).toBe(0)
  })

  test('that was not foreseen stops the import, what was acknowledged stays, and the same command goes on', async () => {
    const folder = temporaryFolder()
    const source = join(folder, 'chats')
    mkdirSync(source)
    for (let i = 0; i < 40; i++)
      writeFileSync(
        join(source, `s${i}.jsonl`),
        line(`story ${i} ${'x'.repeat(50_000)}`) + line(`and ${i} ended`),
      )
    const disk = mounted('3m')
    const db = join(disk, 'faircopy.db')
    const { code, stderr } = await runHere(['import', source, '--no-space-check', '--db', db])
    expect(code).toBe(74)
    expect(stderr).toMatch(/^STORE_FULL: /)
    expect(spawnSync('mount', ['-o', 'remount,size=64m', disk]).status).toBe(0)
    expect((await runHere(['import', source, '--db', db])).code).toBe(0)
    const clean = join(folder, 'clean.db')
    await runHere(['import', source, '--db', clean])
    expect(await saysOf(db)).toEqual(await saysOf(clean))
    await expectSound(db)
  })
})
