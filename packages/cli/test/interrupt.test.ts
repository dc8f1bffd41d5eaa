import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { faircopy, type Ran, shellCode } from './faircopy.ts'
import { runHere } from './run-here.ts'
import { errorDocument, importDocument, listDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const SESSIONS = 60
const onOpen = new URL('preload/signal-on-open.ts', import.meta.url)

function manySessions(): string {
  const folder = join(temporaryFolder(), 'sessions')
  mkdirSync(folder)
  for (let i = 0; i < SESSIONS; i++) {
    const lines = ['question', 'answer', 'thanks'].map((word) => `{"role":"user","content":"${word} ${i}"}\n`)
    writeFileSync(join(folder, `s${String(i).padStart(2, '0')}.jsonl`), lines.join(''))
  }
  return folder
}

async function sessionsIn(db: string): Promise<{ id: string; entryCount: number; head: string }[]> {
  const { stdout } = await runHere(['list', '--json', '--db', db])
  return listDocument
    .parse(JSON.parse(stdout))
    .sessions.map(({ id, entryCount, head }) => ({ id, entryCount, head }))
}

test.for([
  { signal: 'SIGINT', code: 130 },
  { signal: 'SIGTERM', code: 143 },
])(
  '$signal ends an import with $code between two sessions, and the same command goes on',
  async ({ signal, code }) => {
    const source = manySessions()
    const db = join(temporaryFolder(), 'stopped.db')
    // Opened to be recognised, to be planned, and then for its bodies: the import is in the middle of it, beyond the
    // first commit of short sessions.
    const env = { SIGNAL: signal, SIGNAL_FILE: 's30.jsonl', SIGNAL_TIME: '3' }
    const stopped = await faircopy(['import', source, '--json', '--db', db], { preload: onOpen, env })
    expect(shellCode(stopped)).toBe(code)
    expect(stopped.stderr.split('\n')).toHaveLength(3)
    expect(errorDocument.parse(JSON.parse(stopped.stdout)).error.code).toBe('INTERRUPTED')

    const some = await sessionsIn(db)
    expect(some.length).toBeGreaterThanOrEqual(16)
    expect(some.length).toBeLessThan(SESSIONS)
    expect(new Set(some.map(({ entryCount }) => entryCount))).toEqual(new Set([3]))

    const resumed = await runHere(['import', source, '--json', '--db', db])
    expect(resumed.code).toBe(0)
    expect(importDocument.parse(JSON.parse(resumed.stdout)).totals.sessions).toBe(SESSIONS)
    const clean = join(temporaryFolder(), 'clean.db')
    await runHere(['import', source, '--db', clean])
    expect(await sessionsIn(db)).toEqual(await sessionsIn(clean))
  },
)

test('one signal ends an import whose source does not answer, and nothing of it is left', async () => {
  const db = join(temporaryFolder(), 'faircopy.db')
  const ended = await signalled(['import', manySessions(), '--db', db], { once: true })
  expect(shellCode(ended)).toBe(130)
  expect(ended.stderr).toContain('INTERRUPTED')
  expect(existsSync(db)).toBe(false)
})

test('a second signal ends the process at once, whatever it hangs in', async () => {
  const db = join(temporaryFolder(), 'hung.db')
  await runHere(['import', manySessions(), '--db', db])
  const ended = await signalled(['list', '--db', db], {
    preload: new URL('preload/hang-on-look.ts', import.meta.url),
    env: { HANG_FILE: 'hung.db' },
  })
  expect(shellCode(ended)).toBe(130)
  expect(ended).toMatchObject({ stdout: '', stderr: 'hanging\ntold once\n' })
})

test('a thread at work in the database does not keep the process from its end', async () => {
  const db = join(temporaryFolder(), 'faircopy.db')
  let kill = (): void => {}
  onTestFinished(() => kill())
  const ended = await faircopy(['import', manySessions(), '--db', db], {
    preload: new URL('preload/busy-thread.ts', import.meta.url),
    onStart: (child) => {
      kill = () => child.kill('SIGKILL')
    },
  })
  expect(shellCode(ended)).toBe(130)
})

test('a demo that is ended at once leaves nothing behind either', async () => {
  const TMPDIR = temporaryFolder()
  const preload = new URL('preload/hang-on-folder.ts', import.meta.url)
  expect(shellCode(await signalled(['demo'], { preload, env: { TMPDIR } }))).toBe(130)
  expect(readdirSync(TMPDIR)).toEqual([])
})

/** Runs a command that hangs, and signals it when it does and, unless `once`, once more when it was told. */
function signalled(
  args: readonly string[],
  {
    once = false,
    preload = new URL('preload/hang-on-open.ts', import.meta.url),
    env = {},
  }: { readonly once?: boolean; readonly preload?: URL; readonly env?: Record<string, string> },
): Promise<Ran> {
  return faircopy(args, {
    preload,
    env,
    onStart: (child) => {
      let said = ''
      child.stderr?.on('data', (chunk: Buffer) => {
        const before = said
        said += chunk
        if (!before.includes('hanging') && said.includes('hanging')) child.kill('SIGINT')
        if (!once && !before.includes('told once') && said.includes('told once')) child.kill('SIGINT')
      })
    },
  })
}

test('a demo that is stopped leaves nothing behind', async () => {
  const TMPDIR = temporaryFolder()
  const env = { TMPDIR, SIGNAL_FILE: '20260303_181040_b2d94e17.jsonl', SIGNAL_TIME: '2' }
  const stopped = await faircopy(['demo'], { preload: onOpen, env })
  expect([shellCode(stopped), stopped.stdout]).toEqual([130, ''])
  expect(readdirSync(TMPDIR)).toEqual([])
})
