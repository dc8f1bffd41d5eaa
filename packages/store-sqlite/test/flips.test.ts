import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { copyStore, type Flip, makeFull, makeLogged, renumber, turnRound } from './flipping.ts'
import { openAt } from './full-store.ts'
import { start } from './processes.ts'
import { tamper } from './tampering.ts'
import { temporaryFolder } from './temporary.ts'

const LONG = process.env['LONG'] === '1'
const FLIPS = LONG ? 500 : 50
const SEED = Number(process.env['FC_SEED'])
/** A store of a few thousand rows is looked through in about a second. */
const HANGS_AFTER_MS = 120_000

interface Told {
  readonly begun?: number
  readonly done?: number
  readonly flip: Flip
  readonly wrong?: readonly unknown[]
  readonly untyped?: readonly unknown[]
  readonly strange?: readonly unknown[]
  readonly findings?: readonly string[] | null
}

/** Changes one byte after the other, each in a fresh copy, and gives what was seen; one that hangs is told as such. */
async function flipsOf(from: string): Promise<readonly (Told & { readonly hangs?: true })[]> {
  const seen: (Told & { hangs?: true })[] = []
  for (let next = 0; next < FLIPS; ) {
    const child = start('flips.ts', [from, `${from}.flipped`, `${SEED}`, `${next}`, `${FLIPS - 1}`])
    const stop = (): boolean => child.process.kill('SIGKILL')
    let timer = setTimeout(stop, HANGS_AFTER_MS)
    child.process.stdout?.on('data', () => {
      clearTimeout(timer)
      timer = setTimeout(stop, HANGS_AFTER_MS)
    })
    const { lines, status, stderr } = await child.ended
    clearTimeout(timer)
    const told = lines as unknown as readonly Told[]
    seen.push(...told.filter(({ done }) => done !== undefined))
    if (status === 0) break
    const last = told.at(-1)
    if (last?.begun === undefined) throw new Error(`flips.ts ended with ${status}: ${stderr}`)
    seen.push({ ...last, hangs: true })
    next = last.begun + 1
  }
  return seen
}

describe('S22 S25 one byte that changed anywhere', { timeout: LONG ? 3_600_000 : 300_000 }, () => {
  it(`S22 S25 is told of, and never a wrong answer (FC_SEED=${SEED})`, async () => {
    const folder = temporaryFolder()
    const closed = join(folder, 'closed.db')
    const logged = join(folder, 'logged.db')
    makeFull(closed)
    expect(emptyTablesOf(closed)).toEqual([])
    copyStore(closed, logged)
    makeLogged(logged)
    const seen = (await Promise.all([closed, logged].map(flipsOf))).flat()
    const faults = seen.filter(
      ({ wrong = [], untyped = [], strange = [], hangs }) =>
        hangs || wrong.length + untyped.length + strange.length > 0,
    )
    expect(faults).toEqual([])
    expect(seen).toHaveLength(2 * FLIPS)
    // Most bytes of a store matter.
    expect(seen.filter(({ findings }) => findings?.length !== 0).length).toBeGreaterThan(FLIPS / 2)
  })

  it('S25 verify ends where rows out of their order lead back to others', async () => {
    const path = join(temporaryFolder(), 'full.db')
    makeFull(path)
    const db = new Database(path, { readonly: true })
    const numbers = db.prepare('SELECT number FROM session ORDER BY number').pluck().all() as number[]
    db.close()
    const last = numbers.at(-1) ?? 0
    for (const table of ['session', 'tip'])
      for (const number of numbers.slice(2, -1)) {
        const at = `${path}.${table}-${number}`
        copyStore(path, at)
        renumber(at, table, number, last)
        const store = await openAt(at)
        const { findings } = await store.verify()
        expect(findings.length, `${table} ${number}`).toBeGreaterThan(0)
        await store.close()
      }
  })

  it('S22 a prune ends where what it is to remove is out of its order', async () => {
    const path = join(temporaryFolder(), 'full.db')
    makeFull(path)
    const again = 'INSERT INTO doomed (owner, first, last) SELECT owner, first, last FROM doomed'
    tamper(path, `${again}; ${again}`)
    renumber(path, 'doomed', 1, 99)
    const store = await openAt(path)
    const pruning = store.prune({ historyOlderThan: 0, dryRun: false })
    await expect(pruning).rejects.toMatchObject({ code: 'STORE_CORRUPT', isStructural: true })
    await store.close()
  })

  it.each(['session_address', 'tip_minute', 'session_parent'])(
    'S22 a listing ends where %s is out of its order',
    async (index) => {
      const path = join(temporaryFolder(), 'full.db')
      makeFull(path)
      turnRound(path, index)
      const store = await openAt(path)
      for (const options of [{}, { order: 'recent' }, { parent: 'parent' }, { state: 'live' }] as const)
        for (const limit of [1, 3]) {
          let cursor: string | null | undefined
          for (let pages = 0; cursor !== null; pages++) {
            expect(pages).toBeLessThan(100)
            try {
              cursor = (await store.list({ ...options, limit, ...(cursor && { cursor }) })).next
            } catch (error) {
              expect(error).toMatchObject({ code: 'STORE_CORRUPT' })
              cursor = null
            }
          }
        }
      await store.close()
    },
  )
})

/** The tables of a store that have no row. */
function emptyTablesOf(path: string): string[] {
  const db = new Database(path, { readonly: true })
  const tables = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all() as string[]
  const empty = tables.filter((table) => db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined)
  db.close()
  return empty
}
