export type { StoreEvent, StoreEventListener } from './file/events.ts'
export { RestoreUnfinished } from './file/restore-guard.ts'
export { type OpenOptions, openSqliteStore } from './open-sqlite-store.ts'
export { type RestoreRefusal, RestoreRefused } from './restore/restore-refused.ts'
export {
  type RestoreBackupOptions,
  type RestoreOptions,
  type RestoreReport,
  restoreStore,
} from './restore/restore-store.ts'
export { type UndoRestoreOptions, type UndoRestoreReport, undoRestore } from './restore/undo-restore.ts'
export type { SqliteStore } from './sqlite-store.ts'
