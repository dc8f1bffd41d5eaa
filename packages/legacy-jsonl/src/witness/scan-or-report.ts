import type { LegacyWitness } from '../source/legacy-source.ts'
import { SourceChanged, SourceUnreadable } from '../source/source-error.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { type ScannedWitness, scanWitness } from './scanned-witness.ts'

const ATTEMPTS = 3

/** Reads a witness once. One that cannot be read, or kept changing, is a problem and null. */
export async function scanOrReport(
  witness: LegacyWitness | null,
  problems: SourceProblem[],
  signal: AbortSignal | undefined,
): Promise<ScannedWitness | null> {
  if (!witness) return null
  for (let attempt = 1; ; attempt++) {
    try {
      return await scanWitness(witness, signal)
    } catch (error) {
      if (error instanceof SourceChanged && attempt < ATTEMPTS) continue
      if (!(error instanceof SourceUnreadable || error instanceof SourceChanged)) throw error
      problems.push({
        code:
          error instanceof SourceChanged
            ? 'source-changed'
            : witness.kind === 'file'
              ? 'unreadable-file'
              : 'database-unreadable',
        path: witness.path,
        detail: error.message,
      })
      return null
    }
  }
}
