import type { HistoryReader, TranscriptReader } from '@faircopy/store-core'
import type { TranscriptImporter } from '@faircopy/store-core/operator'

/** What a proof asks of a store: to be read, with its history and its ledger. */
export type ProvingStore = TranscriptReader &
  HistoryReader &
  Pick<TranscriptImporter, 'ledger' | 'imports' | 'quarantined'>
