// Verifies a store, and prints how many turns the event loop had meanwhile. Where there are no threads, it has none while it
// waits for one: each was given where something was computed.
import { openSqliteStore } from '@faircopy/store-sqlite'
import { turnsDuring } from '../turns.ts'

const [path = ''] = process.argv.slice(2)
const store = await openSqliteStore({ path })
let findings: unknown
const turns = await turnsDuring(async () => {
  ;({ findings } = await store.verify())
})
await store.close()
console.log(JSON.stringify({ turns, findings }))
