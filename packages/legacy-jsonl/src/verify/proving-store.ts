import type { HistoryReader, TranscriptImporter, TranscriptReader } from '@faircopy/store-core'

/** What a proof asks of a store: to be read, with its history and its ledger. */
export type ProvingStore = TranscriptReader &
  HistoryReader &
  Pick<TranscriptImporter, 'ledger' | 'imports' | 'quarantined'>
