import { lstat, readFile } from 'node:fs/promises'
import { isJsonObject, type JsonObject, type JsonValue } from '@faircopy/store-core'
import { parsePythonObject } from './python-json.ts'

/** How often something is said, by a text that stands for what is said. */
export type Said = ReadonlyMap<string, number>

const MOST_BYTES = 256 * 1024 * 1024
const ROLES: ReadonlySet<unknown> = new Set(['user', 'assistant', 'tool'])

/** What the messages of a snapshot say; or in words, why that can't be told. */
export async function readSnapshot(path: string): Promise<Said | string> {
  let text: string
  try {
    const stats = await lstat(path)
    if (!stats.isFile()) return 'it is no regular file'
    if (stats.size > MOST_BYTES) return `it has ${stats.size} bytes, and was not looked through`
    text = await readFile(path, 'utf8')
  } catch (error) {
    return `reading it failed with ${(error as NodeJS.ErrnoException).code}`
  }
  const snapshot = parsed(text)
  if (snapshot === null) return 'it is no JSON object'
  const said = new Map<string, number>()
  const { messages } = snapshot
  for (const message of Array.isArray(messages) ? messages : []) {
    const text = isJsonObject(message) ? saidIn(message) : null
    if (text !== null) said.set(text, (said.get(text) ?? 0) + 1)
  }
  return said
}

/**
 * What stands for what a message says; null where it says nothing, or nobody says it. Agents clean what they write into a
 * snapshot: spaces and what was thought are left out of account.
 */
export function saidIn({ role, content, tool_calls: calls }: JsonObject): string | null {
  if (!ROLES.has(role)) return null
  const text = textOf(content)
  if (text !== '') return `${role} ${text}`
  return Array.isArray(calls) && calls.length > 0 ? `${role} calls ${calls.map(callOf).join(' ')}` : null
}

function parsed(text: string): JsonObject | null {
  try {
    const value: JsonValue = JSON.parse(text)
    return isJsonObject(value) ? value : null
  } catch {
    return parsePythonObject(text)
  }
}

function textOf(content: JsonValue | undefined): string {
  if (content === null || content === undefined) return ''
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return text
    .replaceAll('REASONING_SCRATCHPAD>', 'think>')
    .replaceAll(/<think>[\s\S]*?<\/think>/g, '')
    .replaceAll(/\s+/g, '')
}

function callOf(call: JsonValue): string {
  const called = isJsonObject(call) && isJsonObject(call['function']) ? call['function'] : {}
  return `${called['name']} ${textOf(called['arguments'])}`
}
