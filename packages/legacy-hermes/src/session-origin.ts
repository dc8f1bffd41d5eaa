import { isJsonObject, type JsonObject, type JsonValue, type Origin } from '@faircopy/store-core'
import { originSchema } from '@faircopy/store-core/arguments'
import type { SqlRow } from './fact-table.ts'
import { parsePythonObject } from './python-json.ts'
import type { RoutedSession } from './routed-session.ts'

/**
 * Where a session's messages come from: the origin that the routing, the index or the session's row spells out, else
 * what columns and members say of it. The joined session key is only asked for platform and chat type, and only where
 * nothing else tells them: its other parts can't be told apart.
 */
export function sessionOrigin(routed: readonly RoutedSession[], row: SqlRow | null): Origin | null {
  for (const { entry } of routed) {
    const told = entry['origin']
    const origin = isJsonObject(told) ? originOf({ ...platformOf(entry), ...present(told) }) : null
    if (origin) return origin
  }
  const spelled = row?.get('origin_json')
  const ofRow = typeof spelled === 'string' ? parsePythonObject(spelled) : null
  const columns: JsonObject = {
    platform: column(row, 'source'),
    chat_type: column(row, 'chat_type'),
    chat_id: column(row, 'chat_id'),
    thread_id: column(row, 'thread_id'),
    user_id: column(row, 'user_id'),
  }
  if (ofRow) {
    const origin = originOf({ ...present(columns), ...present(ofRow) })
    if (origin) return origin
  }
  const [first] = routed
  const ofKey = platformOfKey(first?.key ?? (column(row, 'session_key') as string | null) ?? '')
  return originOf({ ...ofKey, ...present(columns), ...(first ? platformOf(first.entry) : {}) })
}

function originOf(told: JsonObject): Origin | null {
  const platform = part(told['platform'])?.toLowerCase()
  if (platform === undefined) return null
  const chatType = part(told['chat_type'])
  const chat = part(told['chat_id'])
  const thread = part(told['thread_id'])
  const user = part(told['user_id'])
  const userAlt = part(told['user_id_alt'])
  return {
    platform,
    ...(chatType === undefined ? {} : { chatType }),
    ...(chat === undefined ? {} : { chat }),
    ...(thread === undefined ? {} : { thread }),
    ...(user === undefined ? {} : { user }),
    ...(userAlt === undefined ? {} : { userAlt }),
  }
}

/** A part that a store takes; others stay in `meta`, where everything is. */
function part(value: JsonValue | undefined): string | undefined {
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value
  return typeof text === 'string' && originSchema.safeParse({ platform: text }).success ? text : undefined
}

function platformOf(entry: JsonObject): JsonObject {
  return present({ platform: entry['platform'] ?? null, chat_type: entry['chat_type'] ?? null })
}

/** `agent:main:<platform>:<chat type>…`, also where nothing follows, as in the oldest homes. */
function platformOfKey(key: string): JsonObject {
  const [, , platform = '', chatType = ''] = key.startsWith('agent:') ? key.split(':') : []
  return present({ platform, chat_type: chatType })
}

function present(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null && value !== ''))
}

function column(row: SqlRow | null, name: string): JsonValue {
  const value = row?.get(name)
  return typeof value === 'string' ? value : null
}
