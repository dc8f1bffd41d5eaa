import {
  type LegacySource,
  type ProvingStore,
  type SourceVerification,
  type VerifySourceOptions,
  verifySource,
} from '@faircopy/legacy-jsonl'
import { sayingWhatLies } from './look-around.ts'

/** Proves all sources, one after the other. Of one in which nothing was found it is said what lies there instead. */
export async function verifySources(
  sources: readonly LegacySource[],
  store: ProvingStore,
  options: VerifySourceOptions,
): Promise<readonly SourceVerification[]> {
  const verified: SourceVerification[] = []
  for (const source of sources) {
    const own = await verifySource(source, store, options)
    verified.push({ ...own, findings: await sayingWhatLies(own, own.findings) })
  }
  return verified
}
