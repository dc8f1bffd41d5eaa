import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

// Sends this process SIGNAL when it opens the file named SIGNAL_FILE for the SIGNAL_TIME-th time.
const { SIGNAL = 'SIGINT', SIGNAL_FILE = '', SIGNAL_TIME = '1' } = process.env
const open = fs.open
let times = 0

fs.open = (...args: Parameters<typeof open>) => {
  if (String(args[0]).endsWith(SIGNAL_FILE) && ++times === Number(SIGNAL_TIME))
    process.kill(process.pid, SIGNAL)
  return open(...args)
}
syncBuiltinESMExports()
