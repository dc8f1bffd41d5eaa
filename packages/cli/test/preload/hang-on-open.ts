import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

// Never answers once a transcript is opened, says so, and says when the first signal came.
const open = fs.open
fs.open = (...args: Parameters<typeof open>) => {
  if (!String(args[0]).endsWith('.jsonl')) return open(...args)
  setInterval(() => {}, 1000)
  process.stderr.write('hanging\n')
  process.once('SIGINT', () => process.stderr.write('told once\n'))
  return new Promise(() => {})
}
syncBuiltinESMExports()
