import type { ChangeKind, ChangePage, SessionChange } from '@faircopy/store-core'
import { decodeChangeCursor, encodeChangeCursor } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import type { StoreFile } from '../file/store-file.ts'
import { readStoreId } from '../file/store-row.ts'
import { lastChange } from '../rows/change-log.ts'
import { inOrder } from '../rows/damage.ts'

interface ChangedRow {
  readonly namespace: string
  readonly id: string
  readonly change: number
  readonly change_kind: ChangeKind
  readonly revision: number
  readonly generation: number
}

/** Rows of the log that are not their session's last change are passed over; so many rows are looked at in one snapshot. */
const LOOKED_AT = 5000

const PAGE = `SELECT s.namespace, s.id, t.change, t.change_kind, t.revision, t.generation
  FROM change AS c CROSS JOIN tip AS t ON t.session = c.session AND t.change = c.number
  JOIN session AS s ON s.number = c.session
  WHERE c.number > ? AND c.number <= ? AND (s.state <> 'undone' OR NOT EXISTS (SELECT 1 FROM session AS n
    WHERE n.namespace = s.namespace AND n.id = s.id AND n.state IN ('live', 'deleted')))
  ORDER BY c.number LIMIT ?`
/**
 * The sessions that changed behind a cursor, each at the place of its last change (S19). Cost: O(limit and the changes
 * since the cursor that later ones of the same sessions have superseded), in short snapshots; each is passed over once.
 */
export async function readChanges(
  file: StoreFile,
  cursor: string | undefined,
  limit: number,
): Promise<ChangePage> {
  const changes: SessionChange[] = []
  for (let at: number | null = null; ; ) {
    const look: Look = await file.read((connection) =>
      lookBehind(connection, cursor, at, limit - changes.length),
    )
    changes.push(...look.rows.map(changeOf))
    if (look.isOver) return { changes, cursor: encodeChangeCursor(look.store, look.at) }
    at = look.at
  }
}

interface Look {
  readonly store: string
  readonly rows: readonly ChangedRow[]
  /** Up to where the log was looked at. */
  readonly at: number
  readonly isOver: boolean
}

function lookBehind(
  connection: Connection,
  cursor: string | undefined,
  at: number | null,
  wanted: number,
): Look {
  const store = readStoreId(connection)
  const last = lastChange(connection)
  const after = at ?? (cursor === undefined ? 0 : decodeChangeCursor(cursor, store, last))
  const until = Math.min(last, after + LOOKED_AT)
  const rows = inOrder(connection.all<ChangedRow>(PAGE, after, until, wanted), after, ({ change }) => change)
  if (rows.length === wanted) return { store, rows, at: rows.at(-1)?.change ?? until, isOver: true }
  return { store, rows, at: until, isOver: until === last }
}

function changeOf({ namespace, id, change_kind: change, revision, generation }: ChangedRow): SessionChange {
  return { session: { namespace, id }, change, revision, generation }
}

/** Whether there is anything behind a cursor. Cost: one row. */
export function hasChanged(connection: Connection, cursor: string): boolean {
  const last = lastChange(connection)
  return last > decodeChangeCursor(cursor, readStoreId(connection), last)
}
