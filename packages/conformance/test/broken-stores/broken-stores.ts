import type { Invariant } from '@faircopy/conformance'
import type { BrokenStore } from './broken-store.ts'
import { keeping } from './keeping.ts'
import { reading } from './reading.ts'
import { writing } from './writing.ts'

/** Every broken store, by the invariant that it breaks. */
export const BROKEN_STORES: ReadonlyMap<Invariant, readonly BrokenStore[]> = new Map([
  ...writing,
  ...reading,
  ...keeping,
])
