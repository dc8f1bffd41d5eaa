import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

// Never answers what the file HANG_FILE is, says so, and says when the first signal came.
const { HANG_FILE = '' } = process.env
const lstat = fs.lstat as (...args: unknown[]) => Promise<never>
fs.lstat = ((...args: unknown[]) => {
  if (!String(args[0]).endsWith(HANG_FILE)) return lstat(...args)
  setInterval(() => {}, 1000)
  process.stderr.write('hanging\n')
  process.once('SIGINT', () => process.stderr.write('told once\n'))
  return new Promise(() => {})
}) as typeof fs.lstat
syncBuiltinESMExports()
