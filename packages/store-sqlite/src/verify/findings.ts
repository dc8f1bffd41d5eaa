import type { VerifyFinding } from '@faircopy/store-core/operator'
import type { Address } from '../rows/session-row.ts'

/** Whose a finding is: a session, and an entry of it; null where that can't be told. */
export interface Place {
  readonly address: Address | null
  readonly entry?: number
}

/** Where a finding is nobody's. */
export const NOWHERE: Place = { address: null }

/** What was found so far, each thing once. */
export class Findings {
  readonly #found = new Map<string, VerifyFinding>()

  add(code: VerifyFinding['code'], { address, entry }: Place, detail: string): void {
    const finding: VerifyFinding = {
      code,
      ...(address && { namespace: address.namespace, session: address.id }),
      ...(entry !== undefined && { entry }),
      detail,
    }
    const name = JSON.stringify(finding)
    if (!this.#found.has(name)) this.#found.set(name, finding)
  }

  get size(): number {
    return this.#found.size
  }

  all(): VerifyFinding[] {
    return [...this.#found.values()]
  }
}
