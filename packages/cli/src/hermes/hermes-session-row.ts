import { isJsonObject, type JsonObject, type Session } from '@faircopy/store-core'

/** What a session's row in `sessions` depends on beside the session itself. */
export interface HermesSessionPlace {
  /** Its id in the home. */
  readonly id: string
  /** Its parent's id in the home; null where the home has none. */
  readonly parent: string | null
  /** Whether it goes on in a session that it was compacted into. */
  readonly isCompacted: boolean
  /** Epoch ms of its first message, for a session that does not know when it started. */
  readonly firstAt: number | null
  readonly messages: number
  readonly toolCalls: number
}

/** A row as columns and values. */
export type HermesSessionRow = Readonly<Record<string, string | number | null>>

const CARRIED: readonly (readonly [column: string, absent: number | null])[] = [
  ['user_id', null],
  ['model', null],
  ['model_config', null],
  ['system_prompt', null],
  ['input_tokens', 0],
  ['output_tokens', 0],
  ['cache_read_tokens', 0],
  ['cache_write_tokens', 0],
  ['reasoning_tokens', 0],
  ['billing_provider', null],
  ['billing_base_url', null],
  ['billing_mode', null],
  ['estimated_cost_usd', null],
  ['actual_cost_usd', null],
  ['cost_status', null],
  ['cost_source', null],
  ['pricing_version', null],
]

/**
 * A session's row in schema 6: what the store says now, and beside that what its row had when it was imported. The
 * title is left to the caller, because no two rows may have the same.
 */
export function hermesSessionRow(session: Session, place: HermesSessionPlace): HermesSessionRow {
  const { origin, meta, startedAt, endedAt, endReason, updatedAt } = session
  const kept = objectIn(objectIn(meta, 'hermes'), 'session')
  const started = startedAt ?? place.firstAt ?? updatedAt
  // A session that was compacted has ended in Hermes, for this reason; what else ended it is kept.
  const isCompacted = place.isCompacted && (endReason === null || endReason === 'compaction')
  const ended = endedAt ?? (isCompacted ? updatedAt : null)
  return {
    ...Object.fromEntries(CARRIED.map(([column, absent]) => [column, scalar(kept[column]) ?? absent])),
    id: place.id,
    source: scalar(kept['source']) ?? origin?.platform ?? 'unknown',
    user_id: scalar(kept['user_id']) ?? origin?.user ?? null,
    parent_session_id: place.parent,
    started_at: started / 1000,
    ended_at: ended === null ? null : ended / 1000,
    end_reason: isCompacted ? 'compression' : endReason,
    message_count: place.messages,
    tool_call_count: place.toolCalls,
  }
}

/**
 * The title for a session's row, or null. A name that only the index had stays in the index; one that another row has
 * gets a number, as Hermes itself would give it.
 */
export function hermesTitle({ title, meta }: Session, taken: Set<string>): string | null {
  if (title === null) return null
  const hermes = objectIn(meta, 'hermes')
  const isRowTitle = typeof objectIn(hermes, 'session')['title'] === 'string'
  const isIndexName = Object.values(objectIn(hermes, 'index')).some(
    (entry) => isJsonObject(entry) && entry['display_name'] === title,
  )
  if (isIndexName && !isRowTitle) return null
  let free = title
  for (let number = 2; taken.has(free); number++) free = `${title} #${number}`
  taken.add(free)
  return free
}

/** A member that is an object; an empty one where it is not. */
export function objectIn(object: JsonObject, name: string): JsonObject {
  const value = object[name]
  return isJsonObject(value) ? value : {}
}

function scalar(value: unknown): string | number | null {
  return typeof value === 'string' || typeof value === 'number' ? value : null
}
