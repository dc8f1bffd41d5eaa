import type { ConformanceSubject } from '@faircopy/conformance'
import { createMemoryPlace, createMemoryStore, type MemoryPlace } from '@faircopy/store-core/memory'

const NO_FILE = 'there is no file'

/** The memory store as it is given to users, with what it declines. */
export function memorySubject(): ConformanceSubject {
  const places = new Map<string, MemoryPlace>()
  return {
    name: 'memory',
    newPlace: () => {
      const name = `place ${places.size + 1}`
      places.set(name, createMemoryPlace())
      return name
    },
    open: (name, { waitMs: _, ...settings }) => {
      const place = places.get(name)
      return createMemoryStore({ ...(place && { place }), ...settings })
    },
    declines: {
      backup: 'there is nothing to copy it to',
      compact: 'it takes no room on a disk',
      processes: 'memory belongs to one process',
      'private-file': NO_FILE,
      'fault:lock': NO_FILE,
      'fault:replace': NO_FILE,
      'fault:damage': NO_FILE,
      'fault:tamper': NO_FILE,
      'fault:wound': NO_FILE,
      'fault:newer': NO_FILE,
      'fault:fill': NO_FILE,
    },
  }
}
