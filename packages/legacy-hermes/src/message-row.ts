import type { Column } from './columns.ts'

/** What SQLite can hold. */
export type SqlValue = string | number | bigint | Uint8Array | null

/** A row of `messages`, as it stands there. */
export interface MessageRow {
  readonly id: number
  readonly timestamp: SqlValue
  readonly active: boolean
  readonly compacted: boolean
  /** Of all its columns together, in bytes. */
  readonly size: number
  /** The columns that become members, with their values, in their order. */
  readonly members: readonly (readonly [column: Column, value: SqlValue])[]
}
