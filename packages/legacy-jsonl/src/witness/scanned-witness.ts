import type { WitnessEntry } from '@faircopy/reconcile'
import type { NewSession } from '@faircopy/store-core'
import { giveWay, isHeldLately, untilAborted } from '@faircopy/store-core/backend'
import type { LegacyWitness } from '../source/legacy-source.ts'
import { ProblemList } from '../source/problem-list.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { EntryTable } from './entry-table.ts'

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
  /** How many records there are, not understood ones counted; how many of them say something, and how many are headers. */
  readonly records: { readonly total: number; readonly said: number; readonly headers: number }
  /** How many lines became no entry, by disposition; rows have none. */
  readonly lines: {
    readonly metadata: number
    readonly blank: number
    readonly quarantined: number
    readonly tornTail: number
  }
  /** The byte offsets of lines that became no entry and are kept. */
  readonly aside: readonly number[]
  readonly problems: readonly SourceProblem[]
  /** Ids of rows that could not be read, in ranges from and to, both included. */
  readonly unread: readonly (readonly [from: number, to: number])[]
  /** What its metadata lines tell of the session, the last word counting. */
  readonly about: NewSession
}

/** How many lines or rows of a witness were read, blank lines aside. */
export function countTold({ places, lines }: Pick<ScannedWitness, 'places' | 'lines'>): number {
  const { metadata, quarantined, tornTail } = lines
  return places.length + metadata + quarantined + tornTail
}

/**
 * Reads a witness once, keeping what reconcile needs. Memory: about 150 bytes an entry. An abort ends it at once, also
 * where the witness does not answer.
 */
export async function scanWitness(witness: LegacyWitness, signal?: AbortSignal): Promise<ScannedWitness> {
  const entries: WitnessEntry[] = []
  const positions: number[] = []
  const history: WitnessEntry[] = []
  const historyPositions: number[] = []
  const places: number[] = []
  const times: (number | null)[] = []
  const aside: number[] = []
  const problems = new ProblemList()
  const unread: (readonly [from: number, to: number])[] = []
  const lines = { metadata: 0, blank: 0, quarantined: 0, tornTail: 0 }
  const records = { total: 0, said: 0, headers: 0 }
  let about: NewSession = {}
  let position = 0
  const table = new EntryTable()
  const reading = witness.read()
  for await (const item of untilAborted(reading, signal)) {
    if (isHeldLately()) await giveWay()
    if (item.as === 'entry') {
      const { traits } = item.entry
      const known = table.add(traits, item.entry.stamp)
      records.total++
      if (traits.says) records.said++
      else if (traits.meta !== null) records.headers++
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
      unread.push(...(item.unread ?? []))
    } else {
      const { reason, line, offset, length, bytes } = item.line
      if (reason === 'torn-tail') lines.tornTail++
      else lines.quarantined++
      if (reason === 'not-understood') records.total++
      aside.push(offset)
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
    records,
    lines,
    aside,
    problems: problems.all(),
    unread,
    about,
  }
}
