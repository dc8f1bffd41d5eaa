import { conformanceRuns, type Invariant } from '@faircopy/store-core/conformance'
import { type Breakage, fileSubject } from '../file-subject.ts'

/** The names of the cases of an invariant that a broken store fails. */
export async function killers(invariant: Invariant, breakage: Breakage): Promise<readonly string[]> {
  const names: string[] = []
  for (const one of conformanceRuns(fileSubject(breakage))) {
    if (one.invariant !== invariant) continue
    await one.run().catch(() => names.push(one.title.slice(invariant.length + 1)))
  }
  return names
}
