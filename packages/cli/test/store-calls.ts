// Another process makes calls on a store, from beginning to end: node store-calls.ts STORE '[["append", "s", {…}], …]'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'

const [path = '', calls = '[]'] = process.argv.slice(2)
const store = await openSqliteStore({ path, mustExist: true })
for (const [name, ...args] of JSON.parse(calls) as [keyof SqliteStore, ...unknown[]][]) {
  const call = store[name] as (...args: unknown[]) => Promise<unknown>
  await call.apply(store, args)
}
await store.close()
