// Holds a store open, or a file as bytes, and tells when it does; ends when its stdin does.
import { openSync, writeSync } from 'node:fs'
import { openSqliteStore } from '@faircopy/store-sqlite'

const [what, path = ''] = process.argv.slice(2)
if (what === 'file') openSync(path, 'r')
else {
  const store = await openSqliteStore({ path })
  await store.append('s', { record: { role: 'user', content: 'held' } }, { create: {} })
}
writeSync(1, '{"open":true}\n')
process.stdin.resume()
