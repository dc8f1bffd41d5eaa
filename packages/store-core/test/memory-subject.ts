import { type ConformanceSubject, serveConformance } from '@faircopy/store-core/conformance'
import {
  createMemoryPlace,
  createMemoryStore,
  type MemoryPlace,
  type MemoryStore,
} from '@faircopy/store-core/memory'

const NO_FILE = 'there is no file'

/** Memory as a backend under test, with whatever `as` makes of its stores. Its processes are played in this one. */
export function memorySubject(
  as: (store: MemoryStore, place: MemoryPlace) => object = (store) => store,
): ConformanceSubject {
  const places = new Map<string, MemoryPlace>()
  const placeOf = (name: string): MemoryPlace => {
    const place = places.get(name) ?? createMemoryPlace()
    places.set(name, place)
    return place
  }
  let names = 0
  return {
    name: 'memory',
    newPlace: () => `place ${++names}`,
    open: (name, { waitMs: _, ...settings }) =>
      as(createMemoryStore({ place: placeOf(name), ...settings }), placeOf(name)) as MemoryStore,
    removePlace: (name) => void places.delete(name),
    startProcess: (name) => {
      const store = as(createMemoryStore({ place: placeOf(name) }), placeOf(name))
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
        },
      }
    },
    faults: {
      tamper: (name) => {
        const place = placeOf(name)
        const [session, ...others] = place.state.sessions
        const entry = session?.entries.get(1)
        if (!session || !entry) throw new Error('nothing to tamper with')
        const entries = new Map(session.entries).set(1, {
          ...entry,
          record: '{"role":"user","content":"forged"}',
        })
        place.state = { ...place.state, sessions: [{ ...session, entries }, ...others] }
      },
    },
    declines: {
      backup: 'there is nothing to copy it to',
      'private-file': NO_FILE,
      'fault:lock': NO_FILE,
      'fault:replace': NO_FILE,
      'fault:damage': NO_FILE,
      'fault:newer': NO_FILE,
      'fault:fill': NO_FILE,
    },
  }
}
