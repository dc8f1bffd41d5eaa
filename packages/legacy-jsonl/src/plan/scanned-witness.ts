import type { WitnessEntry } from '@faircopy/reconcile'
import type { NewSession } from '@faircopy/store-core'
import { fieldMap, type RecordTraits } from '../formats/record-traits.ts'
import type { LegacyWitness } from '../source/legacy-source.ts'
import { ProblemList } from '../source/problem-list.ts'
import type { SourceProblem } from '../source/source-problem.ts'

/** What one pass over a witness left in memory: fingerprints and numbers, no bodies. */
export interface ScannedWitness {
  readonly witness: LegacyWitness
  readonly digest: string
  /** Of a file: how many bytes it has. */
  readonly bytes?: number
  /** What the witness says, in its order. */
  readonly entries: readonly WitnessEntry[]
  /** Of each of `entries`, its index among all entries of the pass. */
  readonly positions: readonly number[]
  /** What it said and withdrew. */
  readonly history: readonly WitnessEntry[]
  readonly historyPositions: readonly number[]
  /** Of each entry of the pass, the byte offset of its line or the id of its row. */
  readonly places: readonly number[]
  /** Of each entry of the pass, epoch ms where the source says so beyond doubt. */
  readonly times: readonly (number | null)[]
  /** How many lines became no entry, by disposition; rows have none. */
  readonly lines: {
    readonly metadata: number
    readonly blank: number
    readonly quarantined: number
    readonly tornTail: number
  }
  readonly problems: readonly SourceProblem[]
  /** What its metadata lines tell of the session, the last word counting. */
  readonly about: NewSession
}

const SHARED_TEXTS = 1000

/** An entry as reconcile sees it. Its field hashes are unpacked only when asked for. */
export class TraitsEntry implements WitnessEntry {
  readonly fingerprint: string
  readonly distinctive: boolean
  readonly nativeId?: string
  readonly stamp?: number
  readonly meta?: 'payload' | 'flattened'
  readonly #fields: string

  /** `shared` gives one text for equal ones: most entries of a session have the same few members. */
  constructor(traits: RecordTraits, stamp: number | null, shared?: Map<string, string>) {
    this.fingerprint = traits.fingerprint
    this.distinctive = traits.distinctive
    if (traits.nativeId !== null) this.nativeId = traits.nativeId
    if (stamp !== null) this.stamp = stamp
    if (traits.meta !== null) this.meta = traits.meta
    this.#fields = shared?.get(traits.fields) ?? traits.fields
    if (shared && shared.size < SHARED_TEXTS) shared.set(this.#fields, this.#fields)
  }

  get fields(): ReadonlyMap<string, string> {
    return fieldMap(this.#fields)
  }
}

/** Reads a witness once, keeping what reconcile needs. Memory: about 200 bytes an entry. */
export async function scanWitness(witness: LegacyWitness, signal?: AbortSignal): Promise<ScannedWitness> {
  const entries: WitnessEntry[] = []
  const positions: number[] = []
  const history: WitnessEntry[] = []
  const historyPositions: number[] = []
  const places: number[] = []
  const times: (number | null)[] = []
  const problems = new ProblemList()
  const lines = { metadata: 0, blank: 0, quarantined: 0, tornTail: 0 }
  let about: NewSession = {}
  let position = 0
  const shared = new Map<string, string>()
  const reading = witness.read()
  for await (const item of reading) {
    signal?.throwIfAborted()
    if (item.as === 'entry') {
      const known = new TraitsEntry(item.entry.traits, item.entry.stamp, shared)
      if (item.entry.withdrawn) {
        history.push(known)
        historyPositions.push(position)
      } else {
        entries.push(known)
        positions.push(position)
      }
      const { place } = item.entry
      places.push('line' in place ? place.offset : place.row)
      times.push(item.entry.at)
      position++
    } else if (item.as === 'metadata') {
      lines.metadata++
      about = { ...about, ...item.about }
    } else if (item.as === 'blank') {
      lines.blank++
    } else if (item.as === 'remark') {
      problems.add(item.problem)
    } else {
      const { reason, line, offset, length, bytes } = item.line
      if (reason === 'torn-tail') lines.tornTail++
      else lines.quarantined++
      const kept = bytes ? `${length} bytes kept as they are` : `${length} bytes, left in the source`
      const detail = item.detail === undefined ? kept : `${item.detail}; ${kept}`
      problems.add({ code: reason, path: witness.path, line, offset, detail })
    }
  }
  return {
    witness,
    digest: reading.digest,
    ...(reading.bytes === undefined ? {} : { bytes: reading.bytes }),
    entries,
    positions,
    history,
    historyPositions,
    places,
    times,
    lines,
    problems: problems.all(),
    about,
  }
}
