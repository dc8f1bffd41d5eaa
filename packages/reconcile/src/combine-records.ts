import { sameJson } from './same-json.ts'
import { type Member, topLevelMembers } from './top-level-members.ts'

/** What {@link combineRecords} made of two records of one entry. */
export interface CombinedRecord {
  /** The file's exact text, with the members it lacked added before its closing brace. */
  readonly text: string
  /** Names of the members added, in the other record's order. */
  readonly added: readonly string[]
  /** Names of members with two different values; the file's stand. */
  readonly conflicts: readonly string[]
}

/**
 * Gives the file's record the members that only the other record of the same entry has. Nothing is written anew: what
 * the file says stays as it is, byte for byte, and a member comes over in the other record's own text.
 *
 * - A `timestamp` is neither added nor in conflict: it tells when a writer wrote, not what was said.
 * - A null in the other record adds nothing and contradicts nothing.
 * - A null in the file is a value: a second one beside it would be a duplicate key, so a value in the other record is
 *   a conflict. Two empty values (null, "", [], {}) agree.
 * - Values are compared as `JSON.parse` reads them; of a key that is written twice the last counts.
 * - A text that is not one JSON object has no members.
 *
 * @example
 * combineRecords('{"role":"user","content":"hi"}', '{"content":"hi","finish_reason":"stop"}')
 * // { text: '{"role":"user","content":"hi", "finish_reason":"stop"}', added: ['finish_reason'], conflicts: [] }
 */
export function combineRecords(fileText: string, otherText: string): CombinedRecord {
  const file = topLevelMembers(fileText)
  const other = topLevelMembers(otherText)
  if (!file || !other) return { text: fileText, added: [], conflicts: [] }
  const own = byName(file.members)
  const texts: string[] = []
  const added: string[] = []
  const conflicts: string[] = []
  for (const [name, member] of byName(other.members)) {
    const value = otherText.slice(member.valueStart, member.end)
    if (name === 'timestamp' || value === 'null') continue
    const mine = own.get(name)
    if (mine === undefined) {
      texts.push(otherText.slice(member.start, member.end))
      added.push(name)
    } else if (!sameJson(fileText.slice(mine.valueStart, mine.end), value)) conflicts.push(name)
  }
  if (texts.length === 0) return { text: fileText, added, conflicts }
  const joined = (file.members.length > 0 ? ', ' : '') + texts.join(', ')
  return { text: fileText.slice(0, file.end) + joined + fileText.slice(file.end), added, conflicts }
}

function byName(members: readonly Member[]): Map<string, Member> {
  return new Map(members.map((member) => [member.name, member]))
}
