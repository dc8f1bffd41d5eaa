import { type ConformanceProcess, serveConformance } from '@faircopy/conformance'
import type { Closable } from '@faircopy/store-core'

/** A second process, played in this one: messages travel as JSON and later, and once it is killed none does. */
export function playedProcess(store: Closable): ConformanceProcess {
  const [hear, told] = [new Set<(message: unknown) => void>(), new Set<(message: unknown) => void>()]
  let alive = true
  const pass = (to: Set<(message: unknown) => void>, message: unknown): void => {
    const text = JSON.stringify(message)
    setImmediate(() => {
      if (alive) for (const listener of to) listener(JSON.parse(text))
    })
  }
  serveConformance(store, {
    send: (message) => pass(told, message),
    receive: (listener) => void hear.add(listener),
  })
  return {
    send: (message) => pass(hear, message),
    receive: (listener) => void told.add(listener),
    kill: async () => {
      alive = false
      await store.close()
    },
  }
}
