// Serves the store of a place to the conformance cases that need a second process.
import { serveConformance } from '@faircopy/conformance'
import { openSqliteStore } from '@faircopy/store-sqlite'

const store = await openSqliteStore({ path: process.argv[2] ?? '' })
serveConformance(store, {
  send: (message) => process.send?.(message),
  receive: (listener) => process.on('message', listener),
})
process.send?.('open')
