import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { script } from './processes.ts'

type Run = (this: { readonly source: string }, ...values: unknown[]) => unknown

/** Takes back what waits for its moment, and says whether that came. */
export interface Between {
  readonly undo: () => boolean
}

/** Runs `happens` right before the `nth` transaction that this process begins to write in from now on. */
export function beforeWrite(nth: number, happens: () => void): Between {
  return beforeStatement('BEGIN IMMEDIATE', nth, happens)
}

/** Runs `happens` right before the `nth` snapshot that this process begins to read in from now on. */
export function beforeRead(nth: number, happens: () => void): Between {
  return beforeStatement('BEGIN', nth, happens)
}

function beforeStatement(source: string, nth: number, happens: () => void): Between {
  const db = new Database(':memory:')
  const statements = Object.getPrototypeOf(db.prepare('SELECT 1')) as { run: Run }
  db.close()
  const { run } = statements
  let left = nth
  statements.run = function (...values) {
    if (this.source === source && --left === 0) happens()
    return run.apply(this, values)
  }
  return {
    undo: () => {
      statements.run = run
      return left <= 0
    },
  }
}

/** Runs `happens` right before this process makes a call of the file system that `isIt` knows by its arguments, once. */
export function beforeFileCall(
  name: 'linkSync' | 'renameSync' | 'unlinkSync',
  isIt: (...paths: string[]) => boolean,
  happens: () => void,
): Between {
  return aroundFileCall(name, isIt, (call) => {
    happens()
    return call()
  })
}

/** Runs `happens` right behind the `nth` look of this process at what has a name. */
export function afterLook(path: string, nth: number, happens: () => void): Between {
  let left = nth
  const isIt = (one: string): boolean => one === path && --left === 0
  return aroundFileCall('lstatSync', isIt, (call) => {
    const seen = call()
    happens()
    return seen
  })
}

function aroundFileCall(
  name: string,
  isIt: (...paths: string[]) => boolean,
  around: (call: () => unknown) => unknown,
): Between {
  const calls = fs as unknown as Record<string, (...args: string[]) => unknown>
  const call = calls[name] as (...args: string[]) => unknown
  const undo = (): void => {
    calls[name] = call
    syncBuiltinESMExports()
  }
  let came = false
  calls[name] = (...args) => {
    if (came || !isIt(...args)) return call(...args)
    came = true
    undo()
    return around(() => call(...args))
  }
  syncBuiltinESMExports()
  return {
    undo: () => {
      undo()
      return came
    },
  }
}

/**
 * Runs `happens` right before a thread of this process is told something that holds `text`, once; the thread is told when it
 * is done.
 */
export function beforeThread(text: string, happens: () => void | Promise<void>): Between {
  const { postMessage } = Worker.prototype
  let came = false
  Worker.prototype.postMessage = function (...message) {
    const isIt = !came && inspect(message[0]).includes(text)
    came ||= isIt
    const done = isIt ? happens() : undefined
    const post = (): void => postMessage.apply(this, message)
    if (done) void done.then(post)
    else post()
  }
  return {
    undo: () => {
      Worker.prototype.postMessage = postMessage
      return came
    },
  }
}

/** Another process makes calls on a store, from beginning to end. */
export function otherCalls(path: string, ...calls: readonly (readonly unknown[])[]): void {
  script('calls.ts', path, JSON.stringify(calls))
}
