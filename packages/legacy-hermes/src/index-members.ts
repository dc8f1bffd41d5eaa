import { isJsonObject, type JsonObject, type JsonValue } from '@faircopy/store-core'
import { endOfString, NoPythonJson, PythonJson } from './python-json.ts'

/** What the entries of one session may take together: half of what its `meta` holds. */
const MAX_SESSION_BYTES = 512 * 1024
const MAX_KEY_CHARS = 255

/** An entry of an index: where a session's messages come from, and much besides. */
export interface IndexEntry {
  readonly key: string
  readonly sessionId: string
  readonly entry: JsonObject
}

/** What an index says, and in words what of it could not be read, by its key where it has one. */
export interface IndexMembers {
  readonly entries: readonly IndexEntry[]
  readonly faults: readonly string[]
}

/**
 * Reads an index, given as its bytes in Latin-1, member by member: one that can't be read, or is no entry, is left out
 * and named. Where the text is not one whole object, a member ends at the latest where the next one is seen to begin: in
 * a line as indented as the first member's, or, where they have no lines of their own, with a key as Hermes makes them.
 * Null where it is no object.
 */
export function readIndexMembers(text: string): IndexMembers | null {
  if (!new PythonJson(text).take('{')) return null
  const reader = new MembersReader(text, null)
  const found = reader.read()
  return reader.isWhole ? found : new MembersReader(text, memberStart(text)).read()
}

/** What stands before a member; it never does within one, in a file that Hermes wrote. */
function memberStart(text: string): RegExp {
  const [, indent] = /^\s*\{\s*\n([ \t]+)"/.exec(text.slice(0, 1024)) ?? []
  return indent === undefined ? /,\s*(?="agent:[^"\\]*"\s*:\s*\{)/g : new RegExp(`\\n${indent}(?=")`, 'g')
}

class MembersReader {
  readonly #text: string
  readonly #json: PythonJson
  /** Null where none is asked for, or none is left. */
  #memberStart: RegExp | null
  readonly #entries = new Map<string, IndexEntry>()
  /** What the entries of a session take. */
  readonly #bytes = new Map<string, number>()
  readonly #faults: string[] = []
  #isWhole = true

  constructor(text: string, memberStart: RegExp | null) {
    this.#text = text
    this.#json = new PythonJson(text)
    this.#memberStart = memberStart
  }

  /** Whether all of the text was one object. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  read(): IndexMembers {
    this.#json.take('{')
    while (this.#findMember()) this.#readMember()
    return { entries: [...this.#entries.values()], faults: this.#faults }
  }

  /** Goes on to the next member; false where there is none. */
  #findMember(): boolean {
    const json = this.#json
    for (let next = json.peek(); next !== '"'; next = json.peek()) {
      if (next === '') return this.#end('it ends before its last brace')
      const at = json.at++
      if (next === '}' && json.peek() !== ',') {
        const isEnd = json.peek() === ''
        return isEnd ? false : this.#end(`what stands behind its end, from byte ${json.at} on, was not read`)
      }
      if (next === '}' || next === ',') continue
      this.#broken(`what stands at byte ${at} is no entry`)
      json.at = this.#nextMember(at) ?? this.#closed(json.at)
    }
    return true
  }

  #end(fault: string): false {
    this.#broken(fault)
    return false
  }

  #broken(fault: string): void {
    this.#isWhole = false
    this.#faults.push(fault)
  }

  #readMember(): void {
    const json = this.#json
    const start = json.at
    const next = this.#nextMember(start)
    let key: string | null = null
    try {
      key = json.name()
      const value = json.value(2)
      // It lacks a brace, and what looks like its own members is what follows it.
      if (next !== null && next < json.at) throw new NoPythonJson()
      if (!key.startsWith('_')) this.#add(key, value, json.at - start)
    } catch (error) {
      if (!(error instanceof NoPythonJson)) throw error
      this.#broken(key === null ? `what stands at byte ${start} is no entry` : `${named(key)} is no JSON`)
      json.at = next ?? this.#closed(start)
    }
  }

  #add(key: string, entry: JsonValue, bytes: number): void {
    const sessionId = isJsonObject(entry) ? entry['session_id'] : undefined
    if (!isJsonObject(entry) || typeof sessionId !== 'string') {
      this.#faults.push(`${named(key)} names no session`)
      return
    }
    const together = bytes + (this.#bytes.get(sessionId) ?? 0)
    if (together > MAX_SESSION_BYTES) {
      this.#faults.push(`${named(key)} takes those of its session past ${MAX_SESSION_BYTES} bytes`)
      return
    }
    if (this.#entries.has(key)) this.#faults.push(`${named(key)} stands twice; the last one was read`)
    this.#entries.set(key, { key, sessionId, entry })
    this.#bytes.set(sessionId, together)
  }

  #nextMember(from: number): number | null {
    if (this.#memberStart === null) return null
    this.#memberStart.lastIndex = from
    if (this.#memberStart.test(this.#text)) return this.#memberStart.lastIndex
    this.#memberStart = null
    return null
  }

  /** Where what begins there is closed: at a comma or bracket outside of its own, or at the end of the text. */
  #closed(from: number): number {
    let depth = 0
    for (let at = from; at < this.#text.length; at++) {
      const character = this.#text[at]
      if (character === '"') at = this.#behindString(at) - 1
      else if (character === '{' || character === '[') depth++
      else if (depth === 0 && (character === ',' || character === '}' || character === ']')) return at
      else if (character === '}' || character === ']') depth--
    }
    return this.#text.length
  }

  /** A string that isn't closed ends with its line. */
  #behindString(from: number): number {
    const end = endOfString(this.#text, from)
    const line = this.#text.slice(from, end).indexOf('\n')
    return line === -1 ? end : from + line
  }
}

function named(key: string): string {
  return `its entry ${JSON.stringify(key.slice(0, MAX_KEY_CHARS))}`
}
