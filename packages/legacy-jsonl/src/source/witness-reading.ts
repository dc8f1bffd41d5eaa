import type { WitnessItem, WitnessReading } from './legacy-source.ts'

/**
 * A pass over a witness, from its items; they are handed a function that takes the digest, and of a file its size in
 * bytes, once they have come to their end.
 */
export function witnessReading(
  itemsOf: (digested: (sha256: string, bytes?: number) => void) => AsyncIterator<WitnessItem>,
): WitnessReading {
  return new Reading(itemsOf)
}

class Reading implements WitnessReading {
  #digest: string | null = null
  #bytes: number | undefined
  readonly #items: AsyncIterator<WitnessItem>

  constructor(itemsOf: Parameters<typeof witnessReading>[0]) {
    this.#items = itemsOf((sha256, bytes) => {
      this.#digest = sha256
      this.#bytes = bytes
    })
  }

  get digest(): string {
    if (this.#digest === null) throw new Error('The digest of a pass is known once the pass has ended')
    return this.#digest
  }

  get bytes(): number | undefined {
    return this.#bytes
  }

  [Symbol.asyncIterator](): AsyncIterator<WitnessItem> {
    return this.#items
  }
}
