import {
  type LegacySource,
  type ProvingStore,
  type SourceVerification,
  verifySource,
} from '@faircopy/legacy-jsonl'
import type { Progress } from '../progress.ts'

/** Proves all sources, one after the other. */
export async function verifySources(
  sources: readonly LegacySource[],
  store: ProvingStore,
  progress: Progress,
  signal: AbortSignal,
): Promise<readonly SourceVerification[]> {
  const verified: SourceVerification[] = []
  for (const source of sources)
    verified.push(await verifySource(source, store, { onProgress: progress.proven, signal }))
  return verified
}
