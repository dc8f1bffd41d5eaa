import type { ImportClaimOwner } from '../importer.ts'
import type { Address } from './look-ups.ts'
import { ask, type Context, type Rule } from './rule.ts'

/** Claims a session under a token for an importer, or tells who has it (S9). A claim whose owner is provably gone counts for nothing. */
export function* claimImport(
  session: Address,
  token: string,
  { now }: Context,
): Rule<ImportClaimOwner | null> {
  const { claims } = yield* ask({ claims: [session] })
  const [claim] = claims
  if (claim && !claim.isAbandoned) return { effects: [], answer: claim.owner }
  return { effects: [{ effect: 'claim', session, token, at: now }], answer: null }
}

/** Lets a claim go that was made under a token (S9). One that another importer has by now stays. */
export function* releaseClaim(session: Address, token: string): Rule<void> {
  const { claims } = yield* ask({ claims: [session] })
  const isOwn = claims[0]?.token === token
  return { effects: isOwn ? [{ effect: 'unclaim', session }] : [], answer: undefined }
}
