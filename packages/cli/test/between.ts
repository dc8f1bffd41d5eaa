import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'

/** One call on a file: what is done, and to which path. */
export type Step = readonly [name: string, path: string]

/** What stands in wait for a call. */
export interface Waiting {
  /** The calls on files of the name since, in their order. */
  readonly steps: readonly Step[]
  /** Takes it back; gives whether it came to it. */
  readonly undo: () => boolean
}

const CALLS = ['lstat', 'stat', 'open', 'link', 'unlink', 'rename', 'mkdir', 'readdir', 'realpath'] as const
type Call = (...args: unknown[]) => Promise<unknown>

/**
 * Runs `happens` right before the `nth` call that this process makes on a file whose path ends with `name`, by path or by
 * reading what it opened.
 */
export function beforeStep(name: string, nth: number, happens: () => void): Waiting {
  const promises = fs.promises as unknown as Record<string, Call>
  const steps: Step[] = []
  const take = (call: string, path: string): void => {
    if (steps.push([call, path]) === nth) happens()
  }
  const own = CALLS.map((call) => [call, promises[call] as Call] as const)
  for (const [call, run] of own)
    promises[call] = async (...args) => {
      const path = args.slice(0, 2).find((arg) => typeof arg === 'string' && arg.endsWith(name))
      if (typeof path !== 'string') return run(...args)
      take(call, path)
      const result = await run(...args)
      if (call === 'open') watchReads(result as { read: Call }, () => take('read', path))
      return result
    }
  syncBuiltinESMExports()
  return {
    steps,
    undo: () => {
      for (const [call, run] of own) promises[call] = run
      syncBuiltinESMExports()
      return steps.length >= nth
    },
  }
}

function watchReads(handle: { read: Call }, reads: () => void): void {
  const read = handle.read.bind(handle)
  handle.read = async (...args) => {
    reads()
    return read(...args)
  }
}

type Run = (this: { readonly source: string }, ...values: unknown[]) => unknown

/** Runs `happens` right before the `nth` transaction that this process begins to write in. */
export function beforeWrite(nth: number, happens: () => void): Pick<Waiting, 'undo'> {
  const db = new Database(':memory:')
  const statements = Object.getPrototypeOf(db.prepare('SELECT 1')) as { run: Run }
  db.close()
  const { run } = statements
  let left = nth
  statements.run = function (...values) {
    if (this.source === 'BEGIN IMMEDIATE' && --left === 0) happens()
    return run.apply(this, values)
  }
  return {
    undo: () => {
      statements.run = run
      return left <= 0
    },
  }
}

/** Another process makes calls on a store, from beginning to end; gives whether they succeeded. */
export function otherCalls(path: string, ...calls: readonly (readonly unknown[])[]): boolean {
  const script = fileURLToPath(new URL('../.cache/bundled/programs/store-calls.js', import.meta.url))
  return spawnSync(process.execPath, [script, path, JSON.stringify(calls)]).status === 0
}
