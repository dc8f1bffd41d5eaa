import type { EntryKind, JsonObject, JsonValue } from '@faircopy/store-core'
import { isUsableName } from './usable-name.ts'

const CHAT_ROLES: ReadonlySet<string> = new Set([
  'system',
  'developer',
  'user',
  'assistant',
  'tool',
  'function',
])
/** Kinds that mean something to a store or a gateway, and so can't stand for a role that nobody knows. */
const MEANINGFUL_KINDS: ReadonlySet<string> = new Set([
  'message',
  'session_meta',
  'delivery',
  'compaction',
  'turn',
  'undo',
  'suspension',
  'resumption',
  'reset',
])

/**
 * The kind of a chat record by its role. A role that no provider knows becomes the kind, so that the entry survives
 * and never reaches a model; a record without a usable role is of kind `unknown`.
 */
export function kindOfRole(role: JsonValue | undefined): EntryKind {
  if (typeof role !== 'string') return 'unknown'
  if (CHAT_ROLES.has(role)) return 'message'
  return MEANINGFUL_KINDS.has(role) || !isUsableName(role) ? 'unknown' : role
}

/** Whether a record is a chat message: a known role and something said or called. */
export function isChatMessage(record: JsonObject): boolean {
  const role = record['role']
  return (
    typeof role === 'string' &&
    CHAT_ROLES.has(role) &&
    ('content' in record || 'tool_calls' in record || 'function_call' in record)
  )
}

/**
 * Whether a record names its own type, as each line of Claude Code, Codex, pi and OpenClaw does, and no chat message
 * does.
 */
export function namesItsType(record: JsonObject): boolean {
  return typeof record['type'] === 'string' || typeof record['record_type'] === 'string'
}

/** Of ten records one may be of another kind, and the file is still of the format. */
export function isNearlyAll(count: number, records: number): boolean {
  return records > 0 && count >= records * 0.9
}
