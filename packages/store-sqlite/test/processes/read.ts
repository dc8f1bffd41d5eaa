// Reads session "s" as a reader that tries again would, appends to it, and tells.
import { writeSync } from 'node:fs'
import { StoreError } from '@faircopy/store-core'
import { openSqliteStore } from '@faircopy/store-sqlite'

/** A second try for anything but damage. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!StoreError.is(error) || error.code !== 'STORE_IO') throw error
    return work()
  }
}

const store = await again(() => openSqliteStore({ path: process.argv[2] ?? '' }))
let read = 0
for await (const _ of store.read('s', { to: 40 })) read++
await again(() => store.append('s', { record: { role: 'user', content: 'y' } }))
await store.close()
writeSync(1, `${JSON.stringify({ read, appended: true })}\n`)
