// Does nothing but wait for a change of a store, in a file or in memory, and tells when it has come.
import { writeSync } from 'node:fs'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { openSqliteStore } from '@faircopy/store-sqlite'

const [path = '', keepAlive = ''] = process.argv.slice(2)
const store = path === 'memory' ? createMemoryStore() : await openSqliteStore({ path })
const { cursor } = await store.changes()
const waiting = store.waitForChange(cursor, keepAlive === '' ? {} : { keepAlive: keepAlive === 'true' })
writeSync(1, '{"waiting":true}\n')
await waiting
writeSync(1, '{"changed":true}\n')
await store.close()
