import type { MergeRun } from '@faircopy/reconcile'

/** Which entries of its witnesses one place of a merge takes; -1 for a side that has none there, or whose record does not stand. */
export interface RunSides {
  readonly canonical: number
  readonly legacy: number
}

/** The sides of the i-th place of a run. Of a `session_meta` pair only the side that stands is taken. */
export function runSides(run: MergeRun, i: number): RunSides {
  if (run.from === 'canonical') return { canonical: run.canonical + i, legacy: -1 }
  if (run.from === 'legacy') return { canonical: -1, legacy: run.legacy + i }
  return {
    canonical: run.stands === 'legacy' ? -1 : run.canonical + i,
    legacy: run.stands === 'canonical' ? -1 : run.legacy + i,
  }
}
