import { appendFileSync } from 'node:fs'
import Database from 'better-sqlite3'

// Sends this process SIGNAL when it runs its SIGNAL_TIME-th statement, and at its end writes to COUNT_FILE how many it ran.
const { SIGNAL, SIGNAL_TIME = '0', COUNT_FILE = '' } = process.env
const memory = new Database(':memory:')
const prototype = Object.getPrototypeOf(memory.prepare('SELECT 1'))
memory.close()
let count = 0

for (const name of ['get', 'all', 'iterate', 'run']) {
  const own = prototype[name]
  prototype[name] = function (this: unknown, ...args: unknown[]) {
    if (++count === Number(SIGNAL_TIME)) process.kill(process.pid, SIGNAL)
    return own.apply(this, args)
  }
}
process.on('exit', () => appendFileSync(COUNT_FILE, `${count}\n`))
