import { GenerationGone, InvalidArgument, NoSession } from './errors.ts'
import type { SessionAddress } from './session-ref.ts'

/** The living session that was found at an address, to be read. Fails with `NoSession` where none was (S15). */
export function readable<T>(address: Required<SessionAddress>, found: T | null): T {
  if (found === null) throw new NoSession(address)
  return found
}

/**
 * The list that was found under a number, to be read. Fails with `InvalidArgument` where the session has not had so many,
 * and with `GenerationGone` where it was taken away (S7, S13).
 *
 * @param had the number of the list that the session contains now
 */
export function readableList<T>(
  address: Required<SessionAddress>,
  { asked, had }: { readonly asked: number; readonly had: number },
  found: T | null,
): T {
  if (asked > had) throw new InvalidArgument(`generation: the session has had ${had}`)
  if (found === null) throw new GenerationGone(address, asked)
  return found
}
