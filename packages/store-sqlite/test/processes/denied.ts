// Opens a store, or appends to one, where its user may not, and prints what was said. As root it becomes somebody whom
// permissions bind.
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreError } from '@faircopy/store-core'
import { openSqliteStore } from '@faircopy/store-sqlite'

const NOBODY = 65534
const [what = ''] = process.argv.slice(2)

const folder = mkdtempSync(join(tmpdir(), 'store-sqlite-'))
const path = join(folder, 'inner', 't.db')
mkdirSync(join(folder, 'inner'), { mode: 0o700 })
const isNew = what === 'new-in-folder'
const kept = isNew ? null : await openSqliteStore({ path })
await kept?.append('s', { record: { role: 'user', content: 'before' } }, { create: {} })
const staysOpen = what === 'while-open'
if (!staysOpen) await kept?.close()
if (process.getuid?.() === 0) {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    chownSync(join(folder, name), NOBODY, NOBODY)
  chownSync(folder, NOBODY, NOBODY)
  process.setgid?.(NOBODY)
  process.setuid?.(NOBODY)
}
if (what === 'file' || what === 'file-read-only') chmodSync(path, 0o400)
if (what === 'no-file') chmodSync(path, 0o000)
if (what.includes('folder')) chmodSync(join(folder, 'inner'), 0o500)
if (what === 'closed') chmodSync(join(folder, 'inner'), 0o000)

const readOnly = what.endsWith('read-only')
const told = await attempt()
chmodSync(join(folder, 'inner'), 0o700)
const left = readdirSync(join(folder, 'inner')).sort()
await kept?.close()
for (const name of readdirSync(join(folder, 'inner'))) rmSync(join(folder, 'inner', name))
lstatSync(folder)
console.log(JSON.stringify({ ...told, left }))

async function attempt(): Promise<object> {
  try {
    const store = staysOpen && kept ? kept : await openSqliteStore({ path, readOnly })
    if (readOnly) {
      const found = await store.get('s')
      await store.close()
      return { read: found?.entryCount }
    }
    await store.append('s', { record: { role: 'user', content: 'after' } }, { create: {} })
    await store.close()
    return { appended: true }
  } catch (error) {
    if (!StoreError.is(error)) throw error
    const { code, message, advice, outcome, retryable } = error
    return { code, message: message.replaceAll(folder, 'FOLDER'), advice, outcome, retryable }
  }
}
