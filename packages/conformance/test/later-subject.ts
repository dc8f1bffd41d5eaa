import type { ConformanceSubject } from '@faircopy/conformance'
// The store is made of store-core's insides and stands among its tests, which cannot depend on the package that depends on it.
// biome-ignore-start lint/style/noRestrictedImports: see above
// @boundaries-ignore made of the insides of store-core
import { LaterPlace } from '../../store-core/test/later-place.ts'
// @boundaries-ignore made of the insides of store-core
import { createLaterStore } from '../../store-core/test/later-store.ts'
// @boundaries-ignore made of the insides of store-core
import { Turns } from '../../store-core/test/later-turns.ts'
// biome-ignore-end lint/style/noRestrictedImports: see above
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
