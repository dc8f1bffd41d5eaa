import { topLevelMembers } from './top-level-members.ts'

/**
 * The text of a record before {@link combineRecords} added members to it, byte for byte; of several times the names of
 * all, in the order they were added.
 *
 * @returns `undefined` where its last members are not the ones named.
 */
export function uncombineRecord(text: string, added: readonly string[]): string | undefined {
  const object = topLevelMembers(text)
  if (!object) return undefined
  const own = object.members.length - added.length
  if (own < 0 || added.some((name, i) => object.members[own + i]?.name !== name)) return undefined
  const end = object.members[own - 1]?.end ?? text.indexOf('{') + 1
  return text.slice(0, end) + text.slice(object.end)
}
