import { conformanceRuns, type Invariant } from '@faircopy/conformance'
import { type Breakage, fileSubject } from '../file-subject.ts'

/** What is known of a broken store already, by the invariant that it was held to. */
const known = new WeakMap<Breakage, Map<Invariant, Promise<readonly string[]>>>()

/** One store after the other: cases wait for what has to happen, and beside all others at once it would not in time. */
let last: Promise<unknown> = Promise.resolve()

/** The names of the cases of an invariant that a broken store fails. */
export function killers(invariant: Invariant, breakage: Breakage): Promise<readonly string[]> {
  const ofStore = known.get(breakage) ?? new Map<Invariant, Promise<readonly string[]>>()
  known.set(breakage, ofStore)
  const names = ofStore.get(invariant) ?? last.then(() => failing(invariant, breakage))
  ofStore.set(invariant, names)
  last = names
  return names
}

async function failing(invariant: Invariant, breakage: Breakage): Promise<readonly string[]> {
  const names: string[] = []
  for (const one of conformanceRuns(fileSubject(breakage))) {
    if (one.invariant !== invariant) continue
    await one.run().catch(() => names.push(one.title.slice(invariant.length + 1)))
  }
  return names
}
