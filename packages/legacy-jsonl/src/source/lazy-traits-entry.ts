import type { Codec, JsonObject } from '@faircopy/store-core'
import { type RecordTraits, recordTraits } from '../formats/record-traits.ts'
import type { LegacyEntry } from './legacy-entry.ts'

/**
 * An entry whose traits are computed when they are asked for: the second pass never asks.
 *
 * A class, because V8 gives every object literal with a getter a shape of its own, and keeps it, with the record that
 * the getter knows, until it next collects everything.
 */
export class LazyTraitsEntry implements LegacyEntry {
  readonly kind: LegacyEntry['kind']
  readonly record: string
  readonly at: number | null
  readonly stamp: number | null
  readonly withdrawn: boolean
  readonly place: LegacyEntry['place']
  readonly #parsed: JsonObject
  readonly #codec: Codec

  /** `parsed` is what the entry's record parses to. */
  constructor(entry: Omit<LegacyEntry, 'traits'>, parsed: JsonObject, codec: Codec) {
    this.kind = entry.kind
    this.record = entry.record
    this.at = entry.at
    this.stamp = entry.stamp
    this.withdrawn = entry.withdrawn
    this.place = entry.place
    this.#parsed = parsed
    this.#codec = codec
  }

  get traits(): RecordTraits {
    return recordTraits(this.kind, this.#parsed, this.#codec)
  }
}
