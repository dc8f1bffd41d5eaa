import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { environment, PROGRAM } from './faircopy.ts'
import { folderState } from './folder-state.ts'
import { pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { listDocument, statusDocument, verifyDocument } from './schemas.ts'
import { hasStrace, strace } from './strace.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ID = '20260302_100000_aaaaaaaa'
const SHARED = ['a name for a grey cat who sleeps in the bookcase', 'Folio, Quire, or Octavo?']

/** What a store says: each session's head, its records byte for byte, and what is decided. */
async function saysOf(db: string): Promise<unknown> {
  const { sessions } = listDocument.parse(JSON.parse((await runHere(['list', '--json', '--db', db])).stdout))
  const records: string[] = []
  for (const { id } of sessions)
    records.push((await runHere(['export', id, '--format', 'jsonl', '--db', db])).stdout)
  const status = await runHere(['status', '--json', '--db', db])
  const { decided, undecided } = statusDocument.parse(JSON.parse(status.stdout))
  return {
    sessions: sessions.map(({ id, head, entryCount }, i) => ({ id, head, entryCount, records: records[i] })),
    decided: decided.map(({ id, choice, branch }) => [id, choice, branch]),
    undecided: undecided.map(({ id, reason }) => [id, reason]),
  }
}

type Fault = 'killed' | 'ENOSPC' | 'EIO'

/** Runs a command of which the n-th call on the store's files fails, or is its last. */
function runFaulty(
  db: string,
  args: readonly string[],
  call: 'pwrite64' | 'fsync',
  nth: string,
  fault: Fault,
): { readonly wasKilled: boolean; readonly status: number | null; readonly stderr: string } {
  const inject = `inject=${call}:${fault === 'killed' ? 'signal=SIGKILL' : `error=${fault}`}:when=${nth}`
  const [command = '', ...options] = strace(call, ['-P', db, '-P', `${db}-wal`, '-e', inject])
  const { signal, status, stderr } = spawnSync(
    command,
    [...options, process.execPath, ...PROGRAM, ...args, '--db', db],
    { env: environment() },
  )
  return { wasKilled: signal === 'SIGKILL' || status === 137, status, stderr: String(stderr) }
}

describe.runIf(hasStrace)('S9 a decision, and its undo, that are killed or find no room', () => {
  const folder = temporaryFolder()
  const home = join(folder, 'home')
  const start = join(folder, 'undecided.db')
  const steps = {
    decide: { args: ['resolve', ID, '--legacy-first'], from: start, again: 'ALREADY_DECIDED' },
    branch: { args: ['resolve', ID, '--branch'], from: start, again: 'ALREADY_DECIDED' },
    undo: { args: ['resolve', ID, '--undo'], from: join(folder, 'branch.db'), again: 'NOT_DECIDED' },
  }
  const clean = new Map<string, unknown>()
  let before: string[]

  beforeAll(async () => {
    const said = (texts: readonly string[]) => texts.map((content) => ({ role: 'user', content }))
    writeHome(home, [
      {
        id: ID,
        file: Buffer.from(
          said([...SHARED, 'Quire! She came.'])
            .map((each) => `${pythonJson(each)}\n`)
            .join(''),
        ),
        rows: said([...SHARED, 'My daughter prefers Folio.']).map((each, i) => ({
          ...each,
          timestamp: 1e9 + i,
        })),
      },
    ])
    before = folderState(home)
    await runHere(['import', home, '--db', start])
    for (const name of ['branch', 'decide', 'undo'] as const) {
      const db = join(folder, `${name}.db`)
      copyFileSync(steps[name].from, db)
      expect((await runHere([...steps[name].args, '--db', db])).code).toBe(0)
      clean.set(name, await saysOf(db))
    }
  })

  async function secondRun(name: keyof typeof steps, db: string): Promise<void> {
    const { args, again } = steps[name]
    const { code, stderr } = await runHere([...args, '--db', db])
    if (code !== 0) expect(stderr).toContain(again)
    expect(await saysOf(db)).toEqual(clean.get(name))
    const verified = await runHere(['verify', '--json', '--db', db])
    expect(verifyDocument.parse(JSON.parse(verified.stdout)).findings).toEqual([])
    const proof = await runHere(['verify', '--against', home, '--json', '--db', db])
    const codes = [...proof.stdout.matchAll(/"code": "([\w-]+)"/g)].map(([, one]) => one)
    expect(codes).toEqual(name === 'undo' ? ['undecided'] : [])
    expect(folderState(home)).toEqual(before)
  }

  function copy(name: keyof typeof steps): string {
    const db = join(temporaryFolder(), 'faulty.db')
    copyFileSync(steps[name].from, db)
    return db
  }

  test.for([
    ['decide', 'pwrite64', 1],
    ['decide', 'pwrite64', 6],
    ['decide', 'fsync', 1],
    ['branch', 'pwrite64', 9],
    ['branch', 'fsync', 1],
    ['undo', 'pwrite64', 1],
    ['undo', 'pwrite64', 8],
    ['undo', 'fsync', 1],
  ] as const)(
    '%s, killed at %s %i: a second run gives what one clean run gives',
    async ([name, call, nth]) => {
      const db = copy(name)
      expect(runFaulty(db, steps[name].args, call, String(nth), 'killed').wasKilled).toBe(true)
      await secondRun(name, db)
    },
  )

  test.for([
    ['decide', 'pwrite64', '3+', 'ENOSPC'],
    ['branch', 'pwrite64', '7+', 'ENOSPC'],
    ['undo', 'pwrite64', '4+', 'EIO'],
    ['decide', 'fsync', '1+', 'EIO'],
    ['undo', 'fsync', '1+', 'EIO'],
  ] as const)('%s, %s %s fails with %s: it says so, and a second run gives the same', async (given) => {
    const [name, call, nth, fault] = given
    const db = copy(name)
    const { status, stderr } = runFaulty(db, steps[name].args, call, nth, fault)
    expect(status).not.toBe(0)
    expect(stderr).toMatch(/^STORE_(FULL|IO)\b/)
    await secondRun(name, db)
  })
})

test('faults can be injected where the suite is meant to run whole', () => {
  expect(hasStrace || !existsSync('/usr/bin/strace')).toBe(true)
})
