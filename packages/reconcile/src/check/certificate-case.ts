import type { Certificate } from '../certificate.ts'
import type { Witness } from '../witness.ts'
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

export function certificateCase(
  certificate: Certificate,
  canonical: Witness,
  legacy: Witness,
  allowance: Allowance,
): CertificateCase {
  const numbering = new Numbering()
  const live = numbering.side(canonical.entries)
  const told = numbering.side(legacy.entries)
  return {
    certificate,
    canonical,
    legacy,
    live,
    told,
    history: numbering.side(canonical.history ?? []),
    a: without(live, new Set(certificate.repeats)),
    b: without(told, new Set(certificate.withdrawn.map((pair) => pair.legacy))),
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
export function hasRewritten(...sides: readonly Side[]): boolean {
  const texts = new Map<number, number>()
  for (const side of sides)
    for (const [i, id] of side.ids.entries()) {
      if (id === 0) continue
      const text = side.texts[i] as number
      if ((texts.get(id) ?? text) !== text) return true
      texts.set(id, text)
    }
  return false
}
