import { hash } from 'node:crypto'
import type { LegacyEntry } from '../source/legacy-entry.ts'
import type { LegacyWitness, WitnessItem, WitnessReading } from '../source/legacy-source.ts'
import { type ScannedWitness, scanWitness } from '../witness/scanned-witness.ts'

/** An entry of a witness as a proof needs it: hashes and places, no body. */
export interface ToldEntry {
  /** SHA-256 of the record's exact text. */
  readonly recordHash: string
  readonly at: number | null
  /** Line and byte offset of a file's; row of a database's. */
  readonly line?: number
  readonly offset?: number
  readonly row?: number
  readonly withdrawn: boolean
}

/** A line that became no entry. */
export interface SetAsideLine {
  readonly line: number
  readonly offset: number
  readonly length: number
  readonly reason: string
  /** SHA-256 of its bytes; null where it was too long to be held. */
  readonly bytesHash: string | null
}

/** A witness read once, for proving: what a plan keeps of it, and a hash of each record. */
export interface ProvenWitness {
  readonly scanned: ScannedWitness
  /** By position in the pass. */
  readonly told: readonly ToldEntry[]
  readonly setAside: readonly SetAsideLine[]
}

/** Reads a witness once. Memory: about 400 bytes for an entry. Fails as `scanWitness` does. */
export async function proveWitness(witness: LegacyWitness, signal?: AbortSignal): Promise<ProvenWitness> {
  const told: ToldEntry[] = []
  const setAside: SetAsideLine[] = []
  const scanned = await scanWitness(
    overheard(witness, (item) => {
      if (item.as === 'entry') told.push(toldEntry(item.entry))
      else if (item.as === 'quarantined' || item.as === 'metadata') {
        const { line, offset, length, reason, bytes } = item.line
        setAside.push({ line, offset, length, reason, bytesHash: bytes && hash('sha256', bytes) })
      }
    }),
    signal,
  )
  return { scanned, told, setAside }
}

function toldEntry({ record, at, withdrawn, place }: LegacyEntry): ToldEntry {
  const where = 'line' in place ? { line: place.line, offset: place.offset } : { row: place.row }
  return { recordHash: hash('sha256', record), at, withdrawn, ...where }
}

function overheard(witness: LegacyWitness, hear: (item: WitnessItem) => void): LegacyWitness {
  return {
    kind: witness.kind,
    path: witness.path,
    codec: witness.codec,
    unchanged: () => witness.unchanged(),
    prefixDigest: async (bytes) => (await witness.prefixDigest?.(bytes)) ?? null,
    read(): WitnessReading {
      const reading = witness.read()
      return {
        get digest() {
          return reading.digest
        },
        async *[Symbol.asyncIterator]() {
          for await (const item of reading) {
            hear(item)
            yield item
          }
        },
      }
    },
  }
}
