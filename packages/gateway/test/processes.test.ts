import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openingOrigins } from '@faircopy/gateway'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { accountOf, explain, turnsIn } from './explain.ts'
import { ORIGINS } from './processes/origins.ts'
import type { Told } from './processes/recording.ts'

const LONG = process.env['LONG'] === '1'
const PROCESSES = 8
const OPERATIONS = LONG ? 1_000_000 : 12
const MS = 60_000

/** Runs one gateway to its end and gives its account. */
function gatewayProcess(path: string, seed: number): Promise<Told[]> {
  const script = fileURLToPath(new URL('../.cache/bundled/programs/act.js', import.meta.url))
  const args = [script, path, String(seed), String(OPERATIONS), String(MS)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.once('close', (status) => {
      if (status !== 0) return reject(new Error(`seed ${seed} ended with ${status}: ${stderr}`))
      resolve(
        stdout
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Told),
      )
    })
  })
}

test('eight gateways that open, talk, retry, undo, mirror, compact, reset and resume at once: one order explains it all', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'transcripts.db')
  const store = await openSqliteStore({ path })
  onTestFinished(() => store.close())

  const seeds = Array.from(
    { length: PROCESSES },
    (_, i) => 1000 * (i + 1) + (Number(process.env['FC_SEED']) % 1000),
  )
  const accounts = await Promise.all(seeds.map((seed) => gatewayProcess(path, seed)))

  expect((await store.verify()).findings).toEqual([])
  const { live, ended } = explain(accounts)
  const sessions = await Array.fromAsync(store.sessions())
  expect(sessions.map(({ id }) => id).toSorted()).toEqual([...live.keys()].toSorted())
  for (const { id, endedAt } of sessions) {
    expect(accountOf(await Array.fromAsync(store.read(id))), `seeds ${seeds}: ${id}`).toEqual(live.get(id))
    for (const [turn, places] of turnsIn(live.get(id) ?? [])) {
      expect(places, `${id}: ${turn} is whole and in order, what was asked first`).toEqual(
        places.map((_, i) => i),
      )
    }
    expect(endedAt !== null, `${id} has ended`).toBe(ended.has(id))
  }
  for (const origin of ORIGINS) {
    const alive = sessions.filter(({ endedAt, origin: own }) => endedAt === null && own?.chat === origin.chat)
    expect(alive).toHaveLength(1)
    expect((await store.opened({ origins: openingOrigins(origin) }))?.id).toBe(alive[0]?.id)
  }
  const delivered = [...live].flatMap(([, entries]) => entries).filter(({ kind }) => kind === 'delivery')
  const told = accounts
    .flat()
    .filter((one) => 'did' in one && one.did === 'append' && one.entries[0]?.kind === 'delivery')
  expect(new Set(delivered.map(({ key }) => key)).size).toBe(told.length)
  expect(told.length).toBeGreaterThan(0)
  for (const how of ['created', 'forked', 'reopened']) {
    expect(
      accounts.flat().some((one) => 'did' in one && one.did === 'open' && one.how === how),
      how,
    ).toBe(true)
  }
}, 240_000)
