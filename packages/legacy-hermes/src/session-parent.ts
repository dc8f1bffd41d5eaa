import { isJsonObject, type JsonObject, type NewSession, type ParentReason } from '@faircopy/store-core'
import type { SqlRow } from './fact-table.ts'
import { parsePythonObject } from './python-json.ts'

/** Ends of a session after which the same chat goes on in a new one. */
const RESETS: ReadonlySet<unknown> = new Set([
  'session_reset',
  'session_switch',
  'idle',
  'daily',
  'suspended',
  'resume_pending_expired',
])

const MARKERS: readonly (readonly [marker: string, why: ParentReason])[] = [
  ['_branched_from', 'fork'],
  ['_reset_from', 'reset'],
  ['_delegate_from', 'subagent'],
]

/**
 * The parent of a session and why it has one. A marker in `model_config` that names the parent says it (one that names
 * another session was inherited); else the parent's end does: `compression`, `branched`, or a reset, if the child has
 * the same session key or began after that end. A child of a parent that lived on is a subagent's.
 */
export function sessionParent(
  row: SqlRow,
  parentRow: (id: string) => SqlRow | null,
): NonNullable<NewSession['parent']> | null {
  const id = row.get('parent_session_id')
  if (typeof id !== 'string' || id === '' || id === row.get('id')) return null
  return { id, why: marked(row, id) ?? afterEnd(row, parentRow(id)) }
}

function marked(row: SqlRow, parent: string): ParentReason | null {
  const text = row.get('model_config')
  const config: JsonObject | null = typeof text === 'string' ? parsePythonObject(text) : null
  if (!isJsonObject(config)) return null
  return MARKERS.find(([marker]) => config[marker] === parent)?.[1] ?? null
}

function afterEnd(row: SqlRow, parent: SqlRow | null): ParentReason {
  const end = parent?.get('end_reason')
  if (end === 'compression') return 'compaction'
  if (end === 'branched') return 'fork'
  if (!RESETS.has(end)) return 'subagent'
  const key = row.get('session_key')
  if (typeof key === 'string' && key !== '' && key === parent?.get('session_key')) return 'reset'
  return Number(row.get('started_at')) >= Number(parent?.get('ended_at')) ? 'reset' : 'subagent'
}
