import type { WitnessItem, WitnessReading } from './legacy-source.ts'

/**
 * A pass over a witness, from its items; they are handed a function that takes the digest, and of a file its size in
 * bytes, once they have come to their end.
 */
export function witnessReading(
  itemsOf: (digested: (sha256: string, bytes?: number) => void) => AsyncIterator<WitnessItem>,
): WitnessReading {
  let digest: string | null = null
  let size: number | undefined
  const items = itemsOf((sha256, bytes) => {
    digest = sha256
    size = bytes
  })
  return {
    [Symbol.asyncIterator]: () => items,
    get digest(): string {
      if (digest === null) throw new Error('The digest of a pass is known once the pass has ended')
      return digest
    },
    get bytes(): number | undefined {
      return size
    },
  }
}
