import type { Certificate } from '../terms/certificate.ts'
import { each, type InSteps } from '../terms/in-steps.ts'
import type { Witness } from '../terms/witness.ts'
import type { CertificateFault, CertificateFaultCode } from './certificate-fault.ts'
import type { MergeStep } from './merge-steps.ts'
import { type Allowance, OF_A, OF_B } from './merge-table.ts'
import { Numbering, type Side, without } from './side.ts'

/** A certificate beside the witnesses it was made for. */
export interface CertificateCase {
  readonly certificate: Certificate
  readonly canonical: Witness
  readonly legacy: Witness
  /** All messages of each. */
  readonly live: Side
  readonly told: Side
  readonly history: Side
  /** Canonical messages without repeats, legacy ones without what was withdrawn: what the runs merge. */
  readonly a: Side
  readonly b: Side
  readonly allowance: Allowance
}

export function* certificateCase(
  certificate: Certificate,
  canonical: Witness,
  legacy: Witness,
  allowance: Allowance,
): InSteps<CertificateCase> {
  const numbering = new Numbering()
  const live = yield* numbering.side(canonical.entries)
  const told = yield* numbering.side(legacy.entries)
  return {
    certificate,
    canonical,
    legacy,
    live,
    told,
    history: yield* numbering.side(canonical.history ?? []),
    a: yield* without(live, new Set(certificate.repeats)),
    b: yield* without(told, new Set(certificate.withdrawn.map((pair) => pair.legacy))),
    allowance,
  }
}

export function fault(code: CertificateFaultCode, detail: string): CertificateFault {
  return { code, detail }
}

/** The entries a step takes, for people. */
export function placeOf({ a, b }: CertificateCase, { x, y, takes }: MergeStep): string {
  const names = [takes & OF_A ? `canonical ${a.at[x]}` : '', takes & OF_B ? `legacy ${b.at[y]}` : '']
  return names.filter(Boolean).join(', ')
}

/** Whether some id is borne by two texts: then a match says nothing of the texts. */
export function* hasRewritten(...sides: readonly Side[]): InSteps<boolean> {
  const texts = new Map<number, number>()
  let isRewritten = false
  for (const { ids, texts: own } of sides)
    yield* each(ids, (id, i) => {
      if (id === 0) return
      const text = own[i] as number
      isRewritten ||= (texts.get(id) ?? text) !== text
      texts.set(id, text)
    })
  return isRewritten
}
