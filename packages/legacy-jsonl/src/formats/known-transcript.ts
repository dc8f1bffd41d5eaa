import { isJsonObject, type JsonObject, type JsonValue } from '@faircopy/store-core'

const CODEX_TYPES: readonly unknown[] = [
  'session_meta',
  'response_item',
  'event_msg',
  'turn_context',
  'compacted',
  'world_state',
]
const PI_TYPES: readonly unknown[] = [
  'model_change',
  'thinking_level_change',
  'compaction',
  'branch_summary',
  'custom',
  'custom_message',
  'label',
  'session_info',
]
const CLAUDE_CODE_TYPES: readonly unknown[] = ['file-history-snapshot', 'queue-operation', 'permission-mode']

/** What others write, and by what a record of theirs is known. */
const KNOWN: readonly (readonly [what: string, isOne: (record: JsonObject) => boolean])[] = [
  [
    'a Claude Code transcript',
    ({ type, ...record }) =>
      typeof type === 'string' &&
      ('parentUuid' in record ||
        ('uuid' in record && 'sessionId' in record) ||
        'leafUuid' in record ||
        CLAUDE_CODE_TYPES.includes(type)),
  ],
  ['a Codex transcript', (record) => CODEX_TYPES.includes(record['type']) && isJsonObject(record['payload'])],
  [
    'a list of items of the Responses API, as early Codex wrote them',
    (record) =>
      'record_type' in record || ('instructions' in record && 'git' in record) || isResponsesItem(record),
  ],
  [
    'a transcript of OpenClaw or pi',
    (record) =>
      (record['type'] === 'session' && 'id' in record && 'timestamp' in record) ||
      (record['type'] === 'message' && isJsonObject(record['message'])) ||
      (PI_TYPES.includes(record['type']) && 'timestamp' in record),
  ],
  [
    'a Gemini CLI transcript',
    (record) => 'projectHash' in record || '$set' in record || '$rewindTo' in record,
  ],
  [
    'a transcript of Maka',
    (record) =>
      ('workspaceRoot' in record && 'backend' in record) ||
      record['type'] === 'session_transcript' ||
      ('turnId' in record && 'ts' in record),
  ],
  [
    'whole conversations, one in each line ({"messages":[…]})',
    (record) => Array.isArray(record['messages']) && !('role' in record),
  ],
  [
    'whole conversations, one in each line ({"conversations":[…]})',
    (record) => Array.isArray(record['conversations']) && !('role' in record),
  ],
]

function isResponsesItem({ type, content, call_id, encrypted_content }: JsonObject): boolean {
  if (type === 'message') return Array.isArray(content) && content.some(isResponsesPart)
  return typeof type === 'string' && (call_id !== undefined || encrypted_content !== undefined)
}

function isResponsesPart(part: JsonValue): boolean {
  return isJsonObject(part) && (part['type'] === 'input_text' || part['type'] === 'output_text')
}

/**
 * What a file is that begins with these records, where most of them are of a kind that is known and that no adapter here
 * reads; null where that can't be said.
 */
export function knownTranscript(beginning: readonly JsonObject[]): string | null {
  const known = KNOWN.find(([, isOne]) => beginning.filter(isOne).length * 2 > beginning.length)
  return known ? known[0] : null
}
