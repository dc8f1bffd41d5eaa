import type { LegacySession } from '../source/legacy-source.ts'
import { proveSession } from './proven-session.ts'
import type { ProvingStore } from './proving-store.ts'
import type { Basis, Sides } from './session-outcome.ts'
import { type ProofBasis, proofOfWitness, type WitnessProof } from './witness-proof.ts'

/** What is proven of each witness. `basis` null: what was found says that they can't be. */
export async function proofsOf(
  session: LegacySession,
  { database, file }: Sides,
  basis: Basis | null,
  store: ProvingStore,
  signal: AbortSignal | undefined,
): Promise<readonly WitnessProof[]> {
  const branch = basis?.decided?.branch ? await store.get(basis.decided.branch) : null
  const known = basis ? [basis.known, ...(branch ? [await proveSession(store, branch, signal)] : [])] : null
  const proofs: WitnessProof[] = []
  for (const [witness, proven] of [
    [session.file, file],
    [session.database, database],
  ] as const) {
    if (!witness) continue
    if (!basis || !known || !proven) {
      proofs.push({
        witness,
        digest: proven?.scanned.digest ?? null,
        note: null,
        lack: null,
        anchored: false,
      })
      continue
    }
    const { note, decided, withheld } = basis
    const own: ProofBasis = {
      known,
      note,
      isDecided: decided !== null,
      withheld: witness.kind === 'file' ? withheld : 0,
    }
    proofs.push(await proofOfWitness(witness, proven, own, store))
  }
  return proofs
}
