import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { median } from './rounds.ts'

interface Share {
  readonly done: number
  readonly longestMs: number
}

const SCRIPT = fileURLToPath(new URL('./store-worker.ts', import.meta.url))
const FOR_MS = 2500
const ROUNDS = 3

/** Lets 1 to 8 processes append to one store as fast as they can, and gives a Markdown table. */
export async function measureProcesses(folder: string): Promise<string> {
  const counts = [1, 2, 4, 8]
  const rounds = counts.map((): Share[][] => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, count] of counts.entries())
      rounds[i]?.push(await saturate(join(folder, `${round}-${count}.db`), count))
  }
  const alone = median((rounds[0] ?? []).map(total))
  const rows = counts.map((count, i) => {
    const own = rounds[i] ?? []
    const share = median(own.map((shares) => least(shares) / most(shares)))
    const longest = median(own.map((shares) => Math.max(...shares.map(({ longestMs }) => longestMs))))
    const perSecond = (median(own.map(total)) * 1000) / FOR_MS
    return `| ${count} | ${perSecond.toFixed(0)} | ${(median(own.map(total)) / alone).toFixed(2)} | ${share.toFixed(2)} | ${longest.toFixed(0)} |`
  })
  return [
    '| processes | entries a second | against one | least busy / busiest | longest wait ms |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

export async function saturate(path: string, count: number): Promise<Share[]> {
  await (await openSqliteStore({ path })).close()
  const workers = Array.from({ length: count }, (_, i) =>
    spawn(
      process.execPath,
      ['--conditions=@faircopy/source', SCRIPT, 'saturate', path, '0', String(FOR_MS), `session ${i}`],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    ),
  )
  const lines = workers.map(({ stdout }) => createInterface(stdout)[Symbol.asyncIterator]())
  // All begin when the last one has the store open.
  for (const line of lines) await line.next()
  for (const { stdin } of workers) stdin.end('go')
  return Promise.all(lines.map(async (line) => JSON.parse((await line.next()).value ?? '') as Share))
}

function total(shares: readonly Share[]): number {
  return shares.reduce((sum, { done }) => sum + done, 0)
}

function least(shares: readonly Share[]): number {
  return Math.min(...shares.map(({ done }) => done))
}

function most(shares: readonly Share[]): number {
  return Math.max(...shares.map(({ done }) => done))
}
