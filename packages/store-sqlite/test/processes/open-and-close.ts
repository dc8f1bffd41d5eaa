// Opens a store, looks, and closes it.
import { openSqliteStore } from '@faircopy/store-sqlite'

const store = await openSqliteStore({ path: process.argv[2] ?? '' })
await store.list()
await store.close()
