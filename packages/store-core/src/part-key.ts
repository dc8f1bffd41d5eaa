import { argument } from './argument.ts'
import { entryHash } from './hash.ts'
import { checkArgument } from './schemas.ts'

/** Bytes of UTF-8: a key has room for 255. */
const LONGEST_PLAIN = 200

const PARTS = argument.members<{ readonly part: number; readonly name: string }>({
  part: argument.count(),
  name: argument.string,
})

/**
 * An idempotency key for one part of what a caller knows by a name of its own: `space:part:name`, as in
 * `delivery:0:update-17`. Whoever derives it from the same three things means the same entry, whatever the record looks
 * like by then (S4). A name that is empty, long or no legal key stands as its SHA-256 instead, in a space of its own
 * (`space-sha256`): the two forms never meet. Fails with `InvalidArgument` for a name that is no text: all that is
 * nameless would be one.
 *
 * @param space - A word of the package that derives the key, without a colon.
 * @param part - The place within the named thing, from 0.
 */
export function partKey(space: string, part: number, name: string): string {
  checkArgument(PARTS, { part, name }, space)
  const bytes = new TextEncoder().encode(name).length
  const isPlain = bytes > 0 && bytes <= LONGEST_PLAIN && name.isWellFormed() && !name.includes('\0')
  if (isPlain) return `${space}:${part}:${name}`
  return `${space}-sha256:${part}:${entryHash(space, null, JSON.stringify(name))}`
}
