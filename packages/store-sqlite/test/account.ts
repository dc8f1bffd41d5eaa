import type { SqliteStore } from '@faircopy/store-sqlite'
import { expect } from 'vitest'
import type { Told } from './processes.ts'
import { all } from './temporary.ts'

/**
 * Holds what processes were told against what a store has (S1 to S5): every acknowledged key is stored once, at the
 * place it was told; every stored key was acknowledged or its outcome was left open; places are dense; each process's
 * own order is kept.
 */
export async function expectHonest(
  store: SqliteStore,
  session: string,
  accounts: readonly (readonly Told[])[],
  mayFind: readonly string[] = [],
): Promise<void> {
  const entries = (await store.get(session)) ? await all(store.read(session)) : []
  const stored = new Map(entries.map((entry) => [entry.idempotencyKey, entry.seq]))
  expect(stored.size).toBe(entries.length)
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1))
  const open = new Set<string>()
  for (const lines of accounts) {
    let last = 0
    const told = new Set<string>()
    for (const { acked, seq = 0, failed, outcome } of lines) {
      if (acked !== undefined) {
        told.add(acked)
        expect(stored.get(acked), `${acked} was acknowledged`).toBe(seq)
        expect(seq).toBeGreaterThan(last)
        last = seq
      }
      if (failed !== undefined && outcome === 'not-stored') told.add(failed)
      if (acked !== undefined || outcome === 'unknown') open.add(acked ?? failed ?? '')
    }
    // A process that died had one call under way.
    for (const { asked } of lines) if (asked !== undefined && !told.has(asked)) open.add(asked)
  }
  for (const key of stored.keys()) expect(open.has(key ?? ''), `${key} may be stored`).toBe(true)
  const { findings } = await store.verify()
  expect(findings.filter(({ code }) => !mayFind.includes(code))).toEqual([])
}
