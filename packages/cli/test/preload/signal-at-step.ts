import { appendFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import Database from 'better-sqlite3'

// Sends this process SIGNAL at its SIGNAL_TIME-th step, a statement or the opening of a file, and writes to COUNT_FILE at
// its end how many there were.
const { SIGNAL, SIGNAL_TIME = '0', COUNT_FILE = '' } = process.env
let count = 0

function step(): void {
  if (++count === Number(SIGNAL_TIME)) process.kill(process.pid, SIGNAL)
}

if (isMainThread) {
  const memory = new Database(':memory:')
  const statement = Object.getPrototypeOf(memory.prepare('SELECT 1'))
  memory.close()
  for (const name of ['get', 'all', 'iterate', 'run']) {
    const own = statement[name]
    statement[name] = function (this: unknown, ...args: unknown[]) {
      step()
      return own.apply(this, args)
    }
  }
  const { open } = fs
  fs.open = (...args: Parameters<typeof open>) => {
    step()
    return open(...args)
  }
  syncBuiltinESMExports()
  process.on('exit', () => appendFileSync(COUNT_FILE, `${count}\n`))
}
