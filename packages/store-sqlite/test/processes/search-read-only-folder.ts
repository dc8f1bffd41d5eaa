// Searches and appends in a folder where no new file can be made, as a user whom permissions bind, and prints what came of it.
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'

const NOBODY = 65534

const folder = mkdtempSync(join(tmpdir(), 'store-sqlite-'))
const store = await openSqliteStore({ path: join(folder, 't.db') })
await store.append('s', { record: { role: 'user', content: 'before' } }, { create: {} })
if (process.getuid?.() === 0) {
  for (const name of readdirSync(folder)) chownSync(join(folder, name), NOBODY, NOBODY)
  chownSync(folder, NOBODY, NOBODY)
  process.setgid?.(NOBODY)
  process.setuid?.(NOBODY)
}
chmodSync(folder, 0o500)
const first = await store.search('before')
const { entryCount } = await store.append('s', { record: { role: 'user', content: 'after' } })
const second = await store.search('after')
const without = readdirSync(folder)
chmodSync(folder, 0o700)
const third = await store.search('after')
const withIndex = readdirSync(folder)
await store.close()
for (const name of readdirSync(folder)) rmSync(join(folder, name))
console.log(
  JSON.stringify({
    first: first.hits.length,
    complete: first.complete,
    entryCount,
    second: second.hits.length,
    third: third.hits.length,
    without,
    withIndex,
  }),
)
