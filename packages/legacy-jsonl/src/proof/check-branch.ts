import type { SessionAddress } from '@faircopy/store-core'
import { memoryOf, type Note } from '../ledger/note.ts'
import { importAbout } from '../ledger/session-standing.ts'
import type { LegacyWitness } from '../source/legacy-source.ts'
import { type CheckedTold, checkTold } from './check-told.ts'
import { awayLines, awayRows, type Decided, never } from './decided-before.ts'
import { proveSession } from './proven-session.ts'
import type { ProvenWitness } from './proven-witness.ts'
import type { ProvingStore } from './proving-store.ts'
import type { SourceFinding } from './source-finding.ts'

/** A witness whose entries can stand in branches. */
export interface BranchedWitness {
  readonly kind: 'file' | 'database'
  readonly path: string
  readonly witness: ProvenWitness
  /** What of it stands in the session itself. */
  readonly checked: CheckedTold
  /** Whether the witness still is, or begins with, the one that something was decided about. */
  readonly isSame: (decided: Decided) => boolean | Promise<boolean>
}

/** What was decided to become a session of its own must stand there: by the last decision, and those that it was built on. */
export async function checkBranches(
  store: ProvingStore,
  decided: Decided | null,
  told: BranchedWitness,
  signal: AbortSignal | undefined,
): Promise<readonly SourceFinding[]> {
  if (!decided) return []
  const earlier = await checkBranches(store, decided.earlier, told, signal)
  if (!decided.branch) return earlier
  return [...(await checkBranch(store, decided, decided.branch, told, signal)), ...earlier]
}

async function checkBranch(
  store: ProvingStore,
  decided: Decided,
  address: Required<SessionAddress>,
  { kind, path, witness, checked, isSame }: BranchedWitness,
  signal: AbortSignal | undefined,
): Promise<readonly SourceFinding[]> {
  const { note, lines, rows, earlier } = decided
  const [from, to] = kind === 'file' ? [awayLines(earlier), lines] : [awayRows(earlier), rows]
  const isTaken = await isSame(decided)
  const session = await store.get(address)
  if (!session)
    return [
      {
        code: 'session-gone',
        namespace: address.namespace,
        session: address.id,
        path,
        detail: `it was the branch of ${note.session.id}, and was deleted or pruned`,
      },
    ]
  const known = await proveSession(store, session, signal)
  const { findings } = await checkTold(known, {
    kind,
    path,
    witness,
    isOwn: (importId) => isTaken && importId === note.importId,
    isContested: () => true,
    mayBeMissing: (position) => position < from || position >= to || !checked.withheld.has(position),
    mayBeMoved: never,
  })
  return findings.map((finding) => ({ ...finding, ...address, session: address.id }))
}

/** Whether a file still begins with the very bytes that were decided on. */
export async function beginsAsDecided(
  notes: readonly Note[],
  { note }: Decided,
  witness: LegacyWitness,
): Promise<boolean> {
  const undecided = importAbout(notes, note.about)
  const file = undecided && memoryOf(undecided).report.file
  return file !== undefined && (await witness.prefixDigest?.(file.bytes)) === file.sha256
}
