import { sessionsOfSource } from '@faircopy/legacy-jsonl'
import type { Context } from '../context.ts'
import { withReaderOrNull } from '../store/open-store.ts'

/** Asks the ledger of the store, where there is one, whether it knows sessions of a source. */
export function isKnownTo(context: Context): (path: string) => Promise<boolean> {
  return (path) =>
    withReaderOrNull(
      context,
      async (store) => store !== null && (await sessionsOfSource(store, path)).size > 0,
    )
}
