import type { ConformanceSubject } from '@faircopy/store-core/conformance'
import { LaterPlace } from './later-place.ts'
import { createLaterStore } from './later-store.ts'
import { Turns } from './later-turns.ts'
import { memorySubject } from './memory-subject.ts'

/** The store that is waited for, with what it declines: what memory does. One of so many writes gets lost; 0: none. */
export function laterSubject(seed: number, losing: number): ConformanceSubject {
  const places = new Map<string, { readonly place: LaterPlace; readonly turns: Turns }>()
  const { declines = {} } = memorySubject()
  return {
    name: losing === 0 ? 'a store that is waited for' : 'a store that is waited for and loses confirmations',
    newPlace: () => {
      const name = `place ${places.size + 1}`
      places.set(name, { place: new LaterPlace(), turns: new Turns(seed + places.size) })
      return name
    },
    open: (name, { waitMs: _, now = Date.now, ...settings }) => {
      const at = places.get(name)
      if (!at) throw new Error(`There is no ${name}`)
      return createLaterStore({ ...at, losing, onLoss: 'ask', now, ...settings })
    },
    removePlace: (name) => void places.delete(name),
    declines,
  }
}
