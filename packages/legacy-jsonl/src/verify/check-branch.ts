import type { LedgerRecord } from '@faircopy/store-core'
import type { ReadFile } from '../plan/session-report.ts'
import { decidedKey } from '../plan/session-standing.ts'
import type { LegacyWitness } from '../source/legacy-source.ts'
import { type CheckedTold, checkTold } from './check-told.ts'
import { branchOf, type Decided, never } from './decided-before.ts'
import { proveSession } from './proven-session.ts'
import type { ProvenWitness } from './proven-witness.ts'
import type { ProvingStore } from './proving-store.ts'
import type { SourceFinding } from './source-finding.ts'

/** What was decided to become a session of its own must stand there. `isSame`: the witness is the one that was decided on. */
export async function checkBranch(
  store: ProvingStore,
  { note, branch, lines, rows }: Decided,
  path: string,
  kind: 'file' | 'database',
  witness: ProvenWitness,
  checked: CheckedTold,
  isSame: boolean,
  signal: AbortSignal | undefined,
): Promise<readonly SourceFinding[]> {
  const address = branchOf({ branch })
  const session = await store.get(address)
  if (!session)
    return [
      { code: 'session-gone', path, detail: `the store does not have its branch ${address.id} any more` },
    ]
  const known = await proveSession(store, session, signal)
  const { findings } = checkTold(known, {
    kind,
    path,
    witness,
    isOwn: (importId) => isSame && importId === note.importId,
    isContested: () => true,
    mayBeMissing: (position) =>
      position >= (kind === 'file' ? lines : rows) || !checked.withheld.has(position),
    mayBeMoved: never,
  })
  return findings.map((finding) => ({ ...finding, ...address, session: address.id }))
}

/** Whether a file still begins with the very bytes that were decided on. */
export async function beginsAsDecided(
  notes: readonly LedgerRecord[],
  { note }: Decided,
  witness: LegacyWitness,
): Promise<boolean> {
  const undecided = notes.findLast(({ key }) => decidedKey(key) === note.key)
  const file = undecided?.report['file'] as ReadFile | undefined
  return file !== undefined && (await witness.prefixDigest?.(file.bytes)) === file.sha256
}
