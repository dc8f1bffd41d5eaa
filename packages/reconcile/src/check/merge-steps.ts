import { type InSteps, STRIDE } from '../terms/in-steps.ts'
import type { MergeRun } from '../terms/merge-run.ts'
import { OF_A, OF_B, OF_BOTH } from './merge-table.ts'
import { areOne, type Side } from './side.ts'

/** One entry of a merge: where the two sides stand before it, what it takes, and whether it is called certain. */
export interface MergeStep {
  readonly x: number
  readonly y: number
  readonly takes: number
  readonly certain: boolean
}

/** Runs as steps, or what is wrong with them. */
export type Steps =
  | {
      readonly steps: readonly MergeStep[]
      readonly x: number
      readonly y: number
      readonly fault?: undefined
    }
  | {
      readonly fault: { readonly code: 'not-a-merge' | 'unmatched-pair'; readonly detail: string }
      readonly steps?: undefined
    }

/** Follows runs entry by entry, each side in its order and without a hole, from the given positions on. */
export function* stepsOf(runs: readonly MergeRun[], a: Side, b: Side, fromX = 0, fromY = 0): InSteps<Steps> {
  const steps: MergeStep[] = []
  let x = fromX
  let y = fromY
  for (const run of runs) {
    const certain = run.from === 'both' && run.certain
    for (let i = 0; i < run.length; i++) {
      if (steps.length % STRIDE === 0) yield
      if (run.from !== 'legacy' && a.at[x] !== run.canonical + i)
        return { fault: { code: 'not-a-merge', detail: missing('canonical', run.canonical + i, a.at[x]) } }
      if (run.from !== 'canonical' && b.at[y] !== run.legacy + i)
        return { fault: { code: 'not-a-merge', detail: missing('legacy', run.legacy + i, b.at[y]) } }
      if (run.from === 'both' && !areOne(a, x, b, y)) {
        const detail = `canonical ${run.canonical + i} and legacy ${run.legacy + i} do not match`
        return { fault: { code: 'unmatched-pair', detail } }
      }
      const takes = run.from === 'both' ? OF_BOTH : run.from === 'canonical' ? OF_A : OF_B
      steps.push({ x, y, takes, certain })
      x += takes & OF_A
      y += takes >> 1
    }
  }
  return { steps, x, y }
}

function missing(side: string, told: number, expected: number | undefined): string {
  return `${side} ${told} stands where ${expected === undefined ? 'nothing is left' : `${expected} is next`}`
}
