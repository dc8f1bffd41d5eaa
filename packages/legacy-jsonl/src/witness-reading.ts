import type { WitnessItem, WitnessReading } from './legacy-source.ts'

/** A pass over a witness, from its items; they are handed a function that takes the digest once they have come to their end. */
export function witnessReading(
  itemsOf: (digested: (sha256: string) => void) => AsyncIterator<WitnessItem>,
): WitnessReading {
  let digest: string | null = null
  const items = itemsOf((sha256) => {
    digest = sha256
  })
  return {
    [Symbol.asyncIterator]: () => items,
    get digest(): string {
      if (digest === null) throw new Error('The digest of a pass is known once the pass has ended')
      return digest
    },
  }
}
