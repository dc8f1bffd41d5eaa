import {
  type ChangeKind,
  type ChangePage,
  decodeChangeCursor,
  encodeChangeCursor,
} from '@faircopy/store-core'
import { lastChange } from './change-log.ts'
import type { Connection } from './connection.ts'

interface ChangedRow {
  readonly namespace: string
  readonly id: string
  readonly change: number
  readonly change_kind: ChangeKind
  readonly revision: number
  readonly generation: number
}

const PAGE = `SELECT s.namespace, s.id, t.change, t.change_kind, t.revision, t.generation
  FROM tip AS t JOIN session AS s ON s.number = t.session
  WHERE t.change > ? AND t.change IS NOT NULL ORDER BY t.change LIMIT ?`
const STORE_ID = 'SELECT id FROM store WHERE one = 1'

/** The id of the store, by which its cursors are known (S19). */
export function readStoreId(connection: Connection): string {
  return connection.get<{ id: string }>(STORE_ID)?.id ?? ''
}

/** The sessions that changed behind a cursor, each at the place of its last change (S19). Cost: O(limit). */
export function readChanges(connection: Connection, cursor: string | undefined, limit: number): ChangePage {
  const store = readStoreId(connection)
  const last = lastChange(connection)
  const after = cursor === undefined ? 0 : decodeChangeCursor(cursor, store, last)
  const rows = connection.all<ChangedRow>(PAGE, after, limit + 1)
  const more = rows.length > limit
  if (more) rows.pop()
  return {
    changes: rows.map(({ namespace, id, change_kind: change, revision, generation }) => ({
      session: { namespace, id },
      change,
      revision,
      generation,
    })),
    cursor: encodeChangeCursor(store, more ? (rows.at(-1)?.change ?? last) : last),
  }
}

/** Whether there is anything behind a cursor. Cost: one row. */
export function hasChanged(connection: Connection, cursor: string): boolean {
  const last = lastChange(connection)
  return last > decodeChangeCursor(cursor, readStoreId(connection), last)
}
