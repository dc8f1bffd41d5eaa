import { type ChildProcess, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { faircopy, shellCode } from './faircopy.ts'
import { runHere } from './run-here.ts'
import { doctorDocument, statusDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const onOpen = new URL('preload/signal-on-open.ts', import.meta.url)

function manySessions(): { readonly source: string; readonly db: string } {
  const here = temporaryFolder()
  const source = join(here, 'my sessions')
  mkdirSync(source)
  for (let i = 10; i < 70; i++)
    writeFileSync(join(source, `s${i}.jsonl`), `{"role":"user","content":"question ${i}"}\n`)
  return { source, db: join(here, 'faircopy.db') }
}

/** Runs an import that gets a signal in its middle: at the third look at one of its files. */
function signalled(
  signal: string,
  args: readonly string[],
  onStart: (child: ChildProcess) => void = () => {},
) {
  const env = { SIGNAL: signal, SIGNAL_FILE: 's40.jsonl', SIGNAL_TIME: '3' }
  return faircopy(['import', ...args], { preload: onOpen, env, onStart })
}

async function status(db: string) {
  const { code, stdout } = await runHere(['status', '--json', '--db', db])
  return { code, ...statusDocument.parse(JSON.parse(stdout)) }
}

async function doctor(db: string) {
  const { stdout } = await runHere(['doctor', '--json', '--db', db])
  return doctorDocument.parse(JSON.parse(stdout)).findings
}

test.for(['SIGKILL', 'SIGINT'])(
  'an import that %s ended is unfinished, until it is finished',
  async (signal) => {
    const { source, db } = manySessions()
    const as = ['--namespace', 'the team', '--format', 'openai-chat']
    const ended = await signalled(signal, [source, ...as, '--db', db])
    expect(shellCode(ended)).toBe(signal === 'SIGKILL' ? 137 : 130)
    const next = `faircopy import '${source}' --format openai-chat --namespace 'the team' --db ${db}`
    expect(await status(db)).toMatchObject({
      code: 2,
      running: [],
      unfinished: [{ state: 'unfinished', sources: [source], next }],
    })
    const told = await runHere(['status', '--db', db])
    expect(told.stdout).toMatch(/^Unfinished: import [0-9a-f]{8} of .*my sessions, begun /m)
    expect(told.stdout).toContain(`    ${next}\n`)
    expect(await doctor(db)).toContainEqual(expect.objectContaining({ code: 'import-unfinished', next }))

    await runHere(['import', source, '--format', 'openai-chat', '--db', db])
    expect((await status(db)).unfinished, 'an import into another namespace is another one').toHaveLength(1)
    await runHere(['import', source, ...as, '--dry-run', '--db', db])
    expect((await status(db)).unfinished, 'a dry run finishes nothing').toHaveLength(1)
    expect((await runHere(['import', source, ...as, '--db', db])).code).toBe(0)
    expect(await status(db)).toMatchObject({ code: 0, running: [], unfinished: [] })
    expect((await doctor(db)).map(({ code }) => code)).toEqual([])
    expect(readdirSync(join(db, '..')).filter((name) => name.includes('.import-'))).toEqual([])
  },
)

test('an import that another process is at is running, and not unfinished', async () => {
  const { source, db } = manySessions()
  let child: ChildProcess | undefined
  const stopped = signalled('SIGSTOP', [source, '--db', db], (started) => {
    child = started
  })
  const isStopped = (): boolean =>
    spawnSync('ps', ['-o', 'stat=', '-p', String(child?.pid)], { encoding: 'utf8' }).stdout.startsWith('T')
  await expect.poll(isStopped, { timeout: 50_000 }).toBe(true)
  const { code, running, unfinished } = await status(db)
  expect({ code, unfinished, pids: running.map(({ pid }) => pid) }).toEqual({
    code: 0,
    unfinished: [],
    pids: [child?.pid],
  })
  expect((await doctor(db)).map((finding) => finding.code)).toEqual([])
  child?.kill('SIGCONT')
  expect((await stopped).code).toBe(0)
  expect(await status(db)).toMatchObject({ running: [], unfinished: [] })
})

test('an import of several sources is unfinished until all are imported, whoever has its number by now', async () => {
  const { source, db } = manySessions()
  const other = `${source} too`
  cpSync(source, other, { recursive: true })
  await signalled('SIGKILL', [other, source, '--db', db])
  expect((await status(db)).unfinished).toMatchObject([{ sources: [other, source] }])
  const folder = join(db, '..')
  const note = join(folder, readdirSync(folder).find((name) => name.includes('.import-')) ?? '')
  const begun = JSON.parse(readFileSync(note, 'utf8'))
  writeFileSync(note, JSON.stringify({ ...begun, process: { ...begun.process, pid: process.pid } }))
  for (const one of [source, other]) {
    await runHere(['import', one, '--db', db])
    expect(await status(db)).toMatchObject({ running: [], unfinished: [{ pid: process.pid }] })
  }
  await runHere(['import', source, other, '--db', db])
  expect(await status(db)).toMatchObject({ running: [], unfinished: [] })
})

test('an import that is taken back is not unfinished any more', async () => {
  const { source, db } = manySessions()
  await signalled('SIGKILL', [source, '--db', db])
  const [{ id } = { id: '' }] = (await status(db)).unfinished
  await runHere(['import', '--undo', id, '--db', db])
  expect((await status(db)).unfinished).toHaveLength(1)
  expect((await runHere(['import', '--undo', id, '--yes', '--db', db])).code).toBe(0)
  expect(await status(db)).toMatchObject({ code: 0, unfinished: [] })
})

test('what is written whole, or brings nothing, is never unfinished', async () => {
  const { source, db } = manySessions()
  for (let time = 0; time < 2; time++) {
    expect((await runHere(['import', source, '--db', db])).code).toBe(0)
    expect(await status(db)).toMatchObject({ code: 0, running: [], unfinished: [] })
  }
  renameSync(source, `${source}.away`)
  expect((await runHere(['import', source, '--db', db])).code).not.toBe(0)
  expect(await status(db)).toMatchObject({ running: [], unfinished: [] })
})
