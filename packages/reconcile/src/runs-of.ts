import { CANONICAL, CERTAIN, LEGACY, type Path } from './path.ts'
import type { Sequence } from './sequence.ts'
import { each, type InSteps } from './terms/in-steps.ts'
import type { MergeRun } from './terms/merge-run.ts'

/** Writes a merge entry by entry and keeps it as runs. */
export class RunBuilder {
  readonly #runs: MergeRun[] = []

  get runs(): readonly MergeRun[] {
    return this.#runs
  }

  /** Adds a run, as part of the last one where it goes on seamlessly. */
  add(run: MergeRun): void {
    const last = this.#runs.at(-1)
    if (last && continues(last, run))
      this.#runs[this.#runs.length - 1] = { ...last, length: last.length + run.length }
    else this.#runs.push(run)
  }
}

/** The run a single step makes of the entries of `a` and `b` it takes. */
export function runOf(step: number, canonical: number, legacy: number): MergeRun {
  if (!(step & LEGACY)) return { from: 'canonical', canonical, length: 1 }
  if (!(step & CANONICAL)) return { from: 'legacy', legacy, length: 1 }
  return { from: 'both', canonical, legacy, length: 1, certain: (step & CERTAIN) !== 0 }
}

/** A path over two sequences as runs over the lists the sequences were taken from. */
export function* runsOf(path: Path, a: Sequence, b: Sequence, x = 0, y = 0): InSteps<readonly MergeRun[]> {
  const builder = new RunBuilder()
  let [atX, atY] = [x, y]
  yield* each(path, (step) => {
    builder.add(runOf(step, a.at[atX] as number, b.at[atY] as number))
    if (step & CANONICAL) atX++
    if (step & LEGACY) atY++
  })
  return builder.runs
}

function continues(last: MergeRun, run: MergeRun): boolean {
  if (last.from === 'canonical')
    return run.from === 'canonical' && run.canonical === last.canonical + last.length
  if (last.from === 'legacy') return run.from === 'legacy' && run.legacy === last.legacy + last.length
  return (
    run.from === 'both' &&
    run.certain === last.certain &&
    run.stands === undefined &&
    last.stands === undefined &&
    run.canonical === last.canonical + last.length &&
    run.legacy === last.legacy + last.length
  )
}
