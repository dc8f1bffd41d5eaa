// Serves the store of a path to the conformance cases that need a second process.
import { serveConformance } from '@faircopy/conformance'
import { openStore } from '../open-store.ts'

serveConformance(openStore({ path: process.argv[2] ?? '' }), {
  send: (message) => process.send?.(message),
  receive: (listener) => process.on('message', listener),
})
