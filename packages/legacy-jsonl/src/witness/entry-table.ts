import type { WitnessEntry } from '@faircopy/reconcile'
import { fieldMap, type RecordTraits } from '../formats/record-traits.ts'

const DIGEST_BYTES = 32
/** SHA-256 in base64url, as it alone is written. */
const DIGEST = /^[\w-]{42}[AEIMQUYcgkosw048]$/
const CHUNK_ENTRIES = 1024
const FIRST_ROOM = 32
const SHARED_TEXTS = 1000

const DISTINCTIVE = 1
const PAYLOAD = 2
const FLATTENED = 4

/** The numbers of so many entries: what lies in chunks is never copied to make room for more. */
class Chunk {
  readonly digests: Buffer
  /** NaN for none. */
  readonly stamps: Float64Array
  readonly marks: Uint8Array

  constructor(entries: number) {
    this.digests = Buffer.allocUnsafeSlow(entries * DIGEST_BYTES)
    this.stamps = new Float64Array(entries)
    this.marks = new Uint8Array(entries)
  }

  get room(): number {
    return this.marks.length
  }

  /** The same in a chunk of twice the room. */
  doubled(): Chunk {
    const larger = new Chunk(2 * this.room)
    larger.digests.set(this.digests)
    larger.stamps.set(this.stamps)
    larger.marks.set(this.marks)
    return larger
  }
}

/** Entries as reconcile sees them, about 100 bytes each. Their fingerprints and fields are unpacked when asked for. */
export class EntryTable {
  readonly #chunks: Chunk[] = []
  readonly #fields: string[] = []
  readonly #nativeIds = new Map<number, string>()
  /** Fingerprints that are no SHA-256: a witness may bring traits of its own. */
  readonly #otherDigests = new Map<number, string>()
  /** One text for equal ones: most entries of a session have the same few members with the same few values. */
  readonly #shared = new Map<string, string>()

  /** Takes one more entry, and gives it as reconcile sees it. */
  add(
    { fingerprint, nativeId, distinctive, meta, fields }: RecordTraits,
    stamp: number | null,
  ): WitnessEntry {
    const index = this.#fields.length
    const at = index % CHUNK_ENTRIES
    const chunk = this.#roomFor(index)
    if (DIGEST.test(fingerprint)) chunk.digests.write(fingerprint, at * DIGEST_BYTES, 'base64url')
    else this.#otherDigests.set(index, fingerprint)
    if (nativeId !== null) this.#nativeIds.set(index, nativeId)
    chunk.stamps[at] = stamp ?? Number.NaN
    const kind = meta === null ? 0 : meta === 'payload' ? PAYLOAD : FLATTENED
    chunk.marks[at] = kind | (distinctive ? DISTINCTIVE : 0)
    this.#fields.push(this.#share(fields))
    return new TableEntry(this, index)
  }

  fingerprint(index: number): string {
    const from = (index % CHUNK_ENTRIES) * DIGEST_BYTES
    return (
      this.#otherDigests.get(index) ??
      this.#chunkOf(index).digests.toString('base64url', from, from + DIGEST_BYTES)
    )
  }

  nativeId(index: number): string | undefined {
    return this.#nativeIds.get(index)
  }

  stamp(index: number): number | undefined {
    const stamp = this.#chunkOf(index).stamps[index % CHUNK_ENTRIES]
    return Number.isNaN(stamp) ? undefined : stamp
  }

  isDistinctive(index: number): boolean {
    return (this.#marks(index) & DISTINCTIVE) !== 0
  }

  meta(index: number): 'payload' | 'flattened' | undefined {
    const marks = this.#marks(index)
    if ((marks & PAYLOAD) !== 0) return 'payload'
    return (marks & FLATTENED) !== 0 ? 'flattened' : undefined
  }

  fields(index: number): ReadonlyMap<string, string> {
    return fieldMap(this.#fields[index] ?? '')
  }

  #marks(index: number): number {
    return this.#chunkOf(index).marks[index % CHUNK_ENTRIES] ?? 0
  }

  #chunkOf(index: number): Chunk {
    return this.#chunks[Math.floor(index / CHUNK_ENTRIES)] as Chunk
  }

  /** The chunk that the next entry goes to. A session's first one is small until it has to be large. */
  #roomFor(index: number): Chunk {
    const at = index % CHUNK_ENTRIES
    const number = Math.floor(index / CHUNK_ENTRIES)
    const known = this.#chunks[number]
    if (known && at < known.room) return known
    const chunk = known ? known.doubled() : new Chunk(number === 0 ? FIRST_ROOM : CHUNK_ENTRIES)
    this.#chunks[number] = chunk
    return chunk
  }

  #share(text: string): string {
    const known = this.#shared.get(text)
    if (known !== undefined) return known
    if (this.#shared.size < SHARED_TEXTS) this.#shared.set(text, text)
    return text
  }
}

class TableEntry implements WitnessEntry {
  readonly #table: EntryTable
  readonly #index: number

  constructor(table: EntryTable, index: number) {
    this.#table = table
    this.#index = index
  }

  get fingerprint(): string {
    return this.#table.fingerprint(this.#index)
  }

  get nativeId(): string | undefined {
    return this.#table.nativeId(this.#index)
  }

  get distinctive(): boolean {
    return this.#table.isDistinctive(this.#index)
  }

  get stamp(): number | undefined {
    return this.#table.stamp(this.#index)
  }

  get meta(): 'payload' | 'flattened' | undefined {
    return this.#table.meta(this.#index)
  }

  get fields(): ReadonlyMap<string, string> {
    return this.#table.fields(this.#index)
  }
}
