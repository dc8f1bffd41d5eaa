import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

// Never answers what is in a folder, says so, and says when the first signal came.
fs.readdir = (() => {
  setInterval(() => {}, 1000)
  process.stderr.write('hanging\n')
  process.once('SIGINT', () => process.stderr.write('told once\n'))
  return new Promise(() => {})
}) as unknown as typeof fs.readdir
syncBuiltinESMExports()
