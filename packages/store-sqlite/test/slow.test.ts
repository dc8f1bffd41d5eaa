import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, it } from 'vitest'
import { start } from './processes.ts'
import { hasStrace, strace } from './strace.ts'
import { temporaryFolder, temporaryPath, temporaryStore } from './temporary.ts'

if (!hasStrace) console.warn('SKIPPED: strace cannot attach here; a slow disk is not tried')

/**
 * How often a process waited for its file or log on its main thread between two turns of its event loop, at most. Once,
 * with the first write, SQLite waits for the folder as well.
 */
function syncsInOneTurn(trace: string, pid: number): number {
  let most = 0
  let syncs = 0
  for (const line of trace.split('\n')) {
    if (Number(line.split(' ')[0]) !== pid) continue
    if (line.includes('write(2<') || line.includes('write(2,')) syncs = 0
    else if (/ f(data)?sync\(\d+<[^>]*\.db/.test(line)) most = Math.max(most, ++syncs)
  }
  return most
}

describe.skipIf(!hasStrace)('S20 a disk on which every sync takes long', { timeout: 300_000 }, () => {
  it('S20 fails no call, holds the event loop for one sync at a time, and tells every wait', async () => {
    const path = temporaryPath()
    // It is there already: what making it takes is no part of this.
    await (await openSqliteStore({ path })).close()
    const trace = join(temporaryFolder(), 'trace')
    const slow = ['-y', '-e', 'inject=fsync,fdatasync:delay_enter=200000']
    const run = start('chats.ts', [path, '4'], strace('fsync,fdatasync,write', slow, trace))
    const { lines, status } = await run.ended
    expect(status).toBe(0)
    const told = lines.at(-1) as unknown as {
      pid: number
      failures: string[]
      durations: Record<string, number[]>
      waited: number
    }
    expect(told.failures).toEqual([])
    const calls = readFileSync(trace, 'utf8')
    // From the first dot to the last; nobody waits for what closing does.
    const used = calls.slice(calls.indexOf('begun'), calls.lastIndexOf('write(2<'))
    expect(syncsInOneTurn(used, told.pid)).toBe(1)
    expect(Object.keys(told.durations)).toEqual(
      expect.arrayContaining(['opened', 'commit', 'extended', 'log-begun', 'checkpoint']),
    )
    // A checkpoint waits for the disk three times, and says so.
    expect(Math.max(...(told.durations['checkpoint'] ?? []))).toBeGreaterThanOrEqual(600)
    expect(told.waited).toBeGreaterThan(0)
    const store = await temporaryStore({ path })
    expect(await store.facts()).toMatchObject({
      sessions: 300,
      entries: 1200,
      waitingWrites: 0,
      oldestWaitMs: 0,
    })
  })
})
