import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { driftScenarios } from './drift-scenarios.ts'
import { environment, PROGRAM } from './faircopy.ts'
import { folderState } from './folder-state.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { listDocument, verifyDocument } from './schemas.ts'
import { hasStrace, strace } from './strace.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** What a store says: each session's head, and its records byte for byte. */
async function saysOf(db: string): Promise<unknown> {
  const { sessions } = listDocument.parse(JSON.parse((await runHere(['list', '--json', '--db', db])).stdout))
  const records: string[] = []
  for (const { id } of sessions)
    records.push((await runHere(['export', id, '--format', 'jsonl', '--db', db])).stdout)
  return sessions.map(({ id, head, entryCount }, i) => ({ id, head, entryCount, records: records[i] }))
}

describe.runIf(hasStrace)('S9 an import killed at the n-th write or sync of the store', () => {
  const folder = temporaryFolder()
  const home = join(folder, 'home')
  let clean: unknown
  let before: string[]

  beforeAll(async () => {
    const chosen = (['merged', 'ambiguous', 'kept'] as const).map((wanted) =>
      driftScenarios().find(({ verdict }) => verdict === wanted),
    )
    writeHome(
      home,
      chosen.filter((scenario) => scenario !== undefined),
    )
    before = folderState(home)
    const db = join(folder, 'clean.db')
    await runHere(['import', home, '--db', db])
    clean = await saysOf(db)
  })

  function importKilled(db: string, call: 'pwrite64' | 'fsync', nth: number): boolean {
    const fault = ['-P', db, '-P', `${db}-wal`, '-e', `inject=${call}:signal=SIGKILL:when=${nth}`]
    const [command = '', ...options] = strace(call, fault)
    const { signal, status } = spawnSync(
      command,
      [...options, process.execPath, ...PROGRAM, 'import', home, '--db', db],
      { env: environment() },
    )
    return signal === 'SIGKILL' || status === 137
  }

  test.for([
    ['fsync', 2],
    ['fsync', 3],
    ['fsync', 4],
    ['fsync', 5],
    ['pwrite64', 2],
    ['pwrite64', 23],
    ['pwrite64', 40],
    ['pwrite64', 70],
  ] as const)('%s %i: running it again gives the store of one clean run', async ([call, nth]) => {
    const db = join(temporaryFolder(), 'killed.db')
    expect(importKilled(db, call, nth)).toBe(true)
    expect((await runHere(['import', home, '--db', db])).code).toBe(2)
    expect(await saysOf(db)).toEqual(clean)
    const verified = await runHere(['verify', '--json', '--db', db])
    expect(verifyDocument.parse(JSON.parse(verified.stdout)).findings).toEqual([])
    expect(folderState(home)).toEqual(before)
    expect((await runHere(['import', home, '--json', '--db', db])).stdout).toContain('"importId": null')
  })
})

test('faults can be injected where the suite is meant to run whole', () => {
  expect(hasStrace || !existsSync('/usr/bin/strace')).toBe(true)
})
