import { AWAITING_VERDICTS, type SessionRef, type TranscriptImporter } from '@faircopy/store-core'

/** Whether something of a session is not imported yet, so that no prune takes it. */
export async function awaitsImport(store: TranscriptImporter, session: SessionRef): Promise<boolean> {
  let last: string | null = null
  for await (const { verdict } of store.ledger({ session })) last = verdict
  return AWAITING_VERDICTS.some((verdict) => verdict === last)
}
