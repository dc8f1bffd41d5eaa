import Database from 'better-sqlite3'
import { script } from './processes.ts'

type Run = (this: { readonly source: string }, ...values: unknown[]) => unknown

/** Runs `happens` right before the `nth` transaction that this process begins to write in from now on. Gives what takes that back. */
export function beforeWrite(nth: number, happens: () => void): { readonly undo: () => boolean } {
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

/** Another process makes calls on a store, from beginning to end. */
export function otherCalls(path: string, ...calls: readonly (readonly unknown[])[]): void {
  script('calls.ts', path, JSON.stringify(calls))
}
