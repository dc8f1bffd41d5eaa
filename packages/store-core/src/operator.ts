/** What an operator's calls take and give: import and its undo, the ledger, verify, removal, backup; and hashes to check a head by. */
export type { StoreFacts, StoreInspector } from './facts.ts'
export { chainHead, EMPTY_HEAD, entryHash } from './hash.ts'
export {
  type ImportClaim,
  type ImportClaiming,
  type ImportClaimOwner,
  type ImportedEntry,
  type ImportReceipt,
  type ImportRun,
  type ImportStep,
  type ImportUndo,
  isAwaiting,
  isQuarantined,
  type LedgerNote,
  type LedgerQuery,
  type LedgerRecord,
  METADATA_LINE,
  PARTLY_READ,
  type QuarantinedLine,
  type QuarantineQuery,
  type SessionImport,
  TEXT_LINE,
  type TranscriptImporter,
  type UndoReceipt,
  type UndoRefusal,
} from './importer.ts'
export { holdsText, REDACTED, recordHolds } from './redact.ts'
export type {
  BackupOptions,
  Compaction,
  PrunePolicy,
  PruneReport,
  RedactReceipt,
  SessionRemover,
  StoreBackup,
  StoreCompactor,
} from './remover.ts'
export { STORE_CODES, VERIFY_CODES } from './store-codes.ts'
export type { TranscriptVerifier, VerifyFinding, VerifyOptions, VerifyReport } from './verifier.ts'
