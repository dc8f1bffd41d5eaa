import type { ImportClaim, ImportClaiming } from '../importer.ts'
import type { MemoryPlace } from './place.ts'
import type { Address } from './state.ts'

/** Where a store in memory is: in no process that could be named. */
const OWNER = { host: 'memory', pid: 0 } as const

/** Claims a session for an importer, until it is released or `ended` (S9). */
export function claimImport(
  { claims }: MemoryPlace,
  { namespace, id }: Address,
  now: number,
  ended: AbortSignal,
): ImportClaiming {
  const name = JSON.stringify([namespace, id])
  const held = claims.get(name)
  if (held) return { heldBy: { ...OWNER, since: held.since } }
  const own = { since: now }
  claims.set(name, own)
  const release = (): void => {
    if (claims.get(name) === own) claims.delete(name)
    ended.removeEventListener('abort', release)
  }
  ended.addEventListener('abort', release)
  const claim: ImportClaim = { release: async () => release() }
  return { claim }
}
