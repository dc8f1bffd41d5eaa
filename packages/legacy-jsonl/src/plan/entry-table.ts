import type { WitnessEntry } from '@faircopy/reconcile'
import { fieldMap, type RecordTraits } from '../formats/record-traits.ts'

const DIGEST_BYTES = 32
/** SHA-256 in base64url, as it alone is written. */
const DIGEST = /^[\w-]{42}[AEIMQUYcgkosw048]$/
const FIRST_ROOM = 32
const SHARED_TEXTS = 1000

const DISTINCTIVE = 1
const PAYLOAD = 2
const FLATTENED = 4

/** Entries as reconcile sees them, about 100 bytes each. Their fingerprints and fields are unpacked when asked for. */
export class EntryTable {
  #digests: Buffer = Buffer.allocUnsafeSlow(FIRST_ROOM * DIGEST_BYTES)
  /** NaN for none. */
  #stamps = new Float64Array(FIRST_ROOM)
  #marks = new Uint8Array(FIRST_ROOM)
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
    if (index === this.#marks.length) this.#makeRoom(2 * index)
    if (DIGEST.test(fingerprint)) this.#digests.write(fingerprint, index * DIGEST_BYTES, 'base64url')
    else this.#otherDigests.set(index, fingerprint)
    if (nativeId !== null) this.#nativeIds.set(index, nativeId)
    this.#stamps[index] = stamp ?? Number.NaN
    const kind = meta === null ? 0 : meta === 'payload' ? PAYLOAD : FLATTENED
    this.#marks[index] = kind | (distinctive ? DISTINCTIVE : 0)
    this.#fields.push(this.#share(fields))
    return new TableEntry(this, index)
  }

  fingerprint(index: number): string {
    const from = index * DIGEST_BYTES
    return this.#otherDigests.get(index) ?? this.#digests.toString('base64url', from, from + DIGEST_BYTES)
  }

  nativeId(index: number): string | undefined {
    return this.#nativeIds.get(index)
  }

  stamp(index: number): number | undefined {
    const stamp = this.#stamps[index]
    return Number.isNaN(stamp) ? undefined : stamp
  }

  isDistinctive(index: number): boolean {
    return ((this.#marks[index] ?? 0) & DISTINCTIVE) !== 0
  }

  meta(index: number): 'payload' | 'flattened' | undefined {
    const marks = this.#marks[index] ?? 0
    if ((marks & PAYLOAD) !== 0) return 'payload'
    return (marks & FLATTENED) !== 0 ? 'flattened' : undefined
  }

  fields(index: number): ReadonlyMap<string, string> {
    return fieldMap(this.#fields[index] ?? '')
  }

  #makeRoom(entries: number): void {
    const digests = Buffer.allocUnsafeSlow(entries * DIGEST_BYTES)
    digests.set(this.#digests)
    this.#digests = digests
    const stamps = new Float64Array(entries)
    stamps.set(this.#stamps)
    this.#stamps = stamps
    const marks = new Uint8Array(entries)
    marks.set(this.#marks)
    this.#marks = marks
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
