export type { StoreEvent, StoreEventListener } from './events.ts'
export { type OpenOptions, openSqliteStore } from './open-sqlite-store.ts'
export type { SqliteStore } from './sqlite-store.ts'
