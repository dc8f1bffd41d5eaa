import { hash } from 'node:crypto'
import {
  type Codec,
  type EntryKind,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '@faircopy/store-core'

/** What reconcile may know of a record: never its text. */
export interface RecordTraits {
  /** Equal iff two records say the same: role, content (null is ""), tool calls, tool_call_id. SHA-256 in base64url. */
  readonly fingerprint: string
  readonly nativeId: string | null
  /** Whether it could be an anchor by itself: a native id, a tool call or its result, or 16 characters and more. */
  readonly distinctive: boolean
  /** Whether it is a message, or a delivery, in which somebody says, calls or answers something. */
  readonly says: boolean
  /** `session_meta` only: whether it carries anything. */
  readonly meta: 'payload' | 'flattened' | null
  /**
   * Names and short hashes of the members that the fingerprint leaves out, stamps and nulls excepted: one text, read
   * by {@link fieldMap}, because a plan keeps one for every entry.
   */
  readonly fields: string
}

const DISTINCTIVE_LENGTH = 16
const FIELD = /("(?:[^"\\]|\\.)*") ([\w-]{16})/g
const FIELD_HASH_LENGTH = 16
/** Most entries of a session have the same few members with the same few values. */
const FIELD_MAPS = 256
const fieldMaps = new Map<string, ReadonlyMap<string, string>>()
const NOT_A_FIELD: ReadonlySet<string> = new Set([
  'role',
  'content',
  'tool_calls',
  'tool_call_id',
  'id',
  'timestamp',
])

/** The traits of a record. Pure; the same for a line, a row and a stored entry that say the same. */
export function recordTraits(kind: EntryKind, record: JsonObject, codec: Codec): RecordTraits {
  if (kind === 'session_meta') return metaTraits(record)
  const view = codec.view(record)
  const said = canonicalJson([view.role, emptyToNull(view.rawToolCalls), view.toolCallId])
  return {
    fingerprint: digest(said + hashable(view.content ?? '')),
    nativeId: view.nativeId,
    distinctive:
      view.nativeId !== null ||
      view.toolCallId !== null ||
      view.toolCalls.length > 0 ||
      hasCharacters(contentText(view.content), DISTINCTIVE_LENGTH),
    says:
      (kind === 'message' || kind === 'delivery') &&
      (contentText(view.content) !== '' || view.toolCalls.length > 0 || view.toolCallId !== null),
    meta: null,
    fields: fieldHashes(record),
  }
}

function metaTraits(record: JsonObject): RecordTraits {
  const carries = Object.entries(record).some(
    ([name, value]) => name !== 'role' && name !== 'timestamp' && value !== null && value !== '',
  )
  return {
    fingerprint: digest(canonicalJson(carries ? record : 'flattened')),
    nativeId: null,
    distinctive: false,
    says: false,
    meta: carries ? 'payload' : 'flattened',
    fields: '',
  }
}

function fieldHashes(record: JsonObject): string {
  const hashes: string[] = []
  for (const [name, value] of Object.entries(record)) {
    if (value !== null && !NOT_A_FIELD.has(name))
      hashes.push(JSON.stringify(name), digest(hashable(value)).slice(0, FIELD_HASH_LENGTH))
  }
  return hashes.join(' ')
}

/** The hashes in {@link RecordTraits.fields}, by member name. */
export function fieldMap(fields: string): ReadonlyMap<string, string> {
  const known = fieldMaps.get(fields)
  if (known) return known
  const map = new Map<string, string>()
  for (const [, name = '""', value = ''] of fields.matchAll(FIELD)) map.set(JSON.parse(name) as string, value)
  if (fieldMaps.size >= FIELD_MAPS) fieldMaps.clear()
  fieldMaps.set(fields, map)
  return map
}

/** JSON with members sorted by name, so that two writers' key orders say the same. */
function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] ?? null)}`)
  return `{${members.join(',')}}`
}

function emptyToNull(value: JsonValue): JsonValue {
  return Array.isArray(value) && value.length === 0 ? null : value
}

function contentText(content: JsonValue): string {
  return typeof content === 'string' ? content : content === null ? '' : JSON.stringify(content)
}

function hasCharacters(text: string, count: number): boolean {
  let seen = 0
  for (const _ of text) if (++seen >= count) return true
  return false
}

/** A text for each value, another for any other value. A string, the usual case, is not serialised for it. */
function hashable(value: JsonValue): string {
  return typeof value === 'string' && value.isWellFormed() ? `"${value}` : canonicalJson([value])
}

/** Of well-formed text: an unpaired surrogate would be hashed like any other. */
function digest(text: string): string {
  return hash('sha256', text, 'base64url')
}
