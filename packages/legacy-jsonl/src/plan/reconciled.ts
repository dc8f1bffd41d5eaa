import { type Reconciliation, reconciling, type Witness } from '@faircopy/reconcile'
import { checkingCertificate } from '@faircopy/reconcile/check'
import { inTurns } from '@faircopy/store-core/backend'

/** What two witnesses come to, with what speaks against its certificate. */
export interface Reconciled extends Reconciliation {
  /** Null, unless `reconcile` is wrong: then nothing may rest on it. */
  readonly fault: string | null
}

/** Reconciles two witnesses, and has the certificate checked by code of its own before anything rests on it. */
export async function reconciled(canonical: Witness, legacy: Witness): Promise<Reconciled> {
  const found = await inTurns(reconciling(canonical, legacy))
  const [fault] = await inTurns(checkingCertificate(found.certificate, canonical, legacy))
  return { ...found, fault: fault ? `${fault.code}, ${fault.detail}` : null }
}
