import { renameSync } from 'node:fs'
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

// Puts REPLACE_WITH in the place of REPLACE_FILE when that was opened for the REPLACE_TIME-th time, or around its link.
const { REPLACE_FILE = '', REPLACE_WITH = '', REPLACE_AT = 'open', REPLACE_TIME = '1' } = process.env
const { open, link } = fs
let times = 0

function replaceAt(moment: string, path: unknown): void {
  if (moment !== REPLACE_AT || String(path) !== REPLACE_FILE || ++times !== Number(REPLACE_TIME)) return
  renameSync(REPLACE_WITH, REPLACE_FILE)
}

fs.open = async (...args: Parameters<typeof open>) => {
  const handle = await open(...args)
  replaceAt('open', args[0])
  return handle
}
fs.link = async (...args: Parameters<typeof link>) => {
  replaceAt('before-link', args[0])
  await link(...args)
  replaceAt('after-link', args[0])
}
syncBuiltinESMExports()
