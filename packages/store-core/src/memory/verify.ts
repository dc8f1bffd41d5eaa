import { entryHash } from '../hash.ts'
import type { VerifyFinding, VerifyReport } from '../verifier.ts'
import type { MemorySession, MemoryState } from './state.ts'
import { addressesIn, entryOf } from './view.ts'

/** Re-hashes every entry (S25). A head in memory is computed from the entries whenever it is asked for. */
export function verify(state: MemoryState, sessions: readonly MemorySession[]): VerifyReport {
  const findings = sessions.flatMap((session) => [...badEntries(session), ...missingEntries(state, session)])
  return {
    sessions: sessions.filter((session) => session.state !== 'undone').length,
    entries: sessions.reduce((sum, { entries }) => sum + entries.size, 0),
    findings,
  }
}

function badEntries({ address, entries }: MemorySession): VerifyFinding[] {
  return [...entries.values()]
    .filter(
      ({ kind, at, record, hash, redaction }) => entryHash(kind, at, record) !== (redaction?.hash ?? hash),
    )
    .map(({ id }) => finding('entry-hash', address, id, 'The entry is not what was written'))
}

function missingEntries(state: MemoryState, { address, generations }: MemorySession): VerifyFinding[] {
  const said = generations.flatMap(({ ranges }) => addressesIn(ranges))
  const missing = new Set(said.filter((one) => entryOf(state, one) === null).map(({ id }) => id))
  return [...missing].map((id) =>
    finding('entry-missing', address, id, 'A list of ranges names an entry that is not stored'),
  )
}

function finding(
  code: VerifyFinding['code'],
  { namespace, id }: MemorySession['address'],
  entry: number,
  detail: string,
): VerifyFinding {
  return { code, namespace, session: id, entry, detail }
}
