import { CANONICAL, LEGACY, type Path } from './path.ts'
import { RunBuilder, runOf } from './runs-of.ts'
import type { Sequence } from './sequence.ts'
import type { MergedMeta, MergedMetas } from './session-meta.ts'
import { each, type InSteps } from './terms/in-steps.ts'
import type { MergeRun } from './terms/merge-run.ts'

/**
 * A path with `session_meta` put back: one whose canonical record stands right behind the message it follows in the
 * canonical witness, one whose legacy record stands right before the message that follows it in the legacy witness.
 */
export function* mergeRuns(
  path: Path,
  a: Sequence,
  b: Sequence,
  metas: MergedMetas,
): InSteps<readonly MergeRun[]> {
  const builder = new RunBuilder()
  const put = { canonical: 0, legacy: 0 }
  const putBefore = (side: 'canonical' | 'legacy', index: number) => {
    for (
      let next = metas[side][put[side]];
      next && (next[side] as number) < index;
      next = metas[side][put[side]]
    ) {
      builder.add(runOfMeta(next))
      put[side]++
    }
  }
  putBefore('canonical', a.at[0] ?? Number.POSITIVE_INFINITY)
  let x = 0
  let y = 0
  yield* each(path, (step) => {
    if (step & LEGACY) putBefore('legacy', b.at[y] as number)
    builder.add(runOf(step, a.at[x] as number, b.at[y] as number))
    if (step & LEGACY) y++
    if (step & CANONICAL) putBefore('canonical', a.at[++x] ?? Number.POSITIVE_INFINITY)
  })
  putBefore('legacy', Number.POSITIVE_INFINITY)
  return builder.runs
}

function runOfMeta({ canonical, legacy, stands }: MergedMeta): MergeRun {
  if (canonical === undefined) return { from: 'legacy', legacy: legacy as number, length: 1 }
  if (legacy === undefined) return { from: 'canonical', canonical, length: 1 }
  return { from: 'both', canonical, legacy, length: 1, certain: true, stands }
}
