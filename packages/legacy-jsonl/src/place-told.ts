import { align, type MergeRun, type WitnessEntry } from '@faircopy/reconcile'
import type { ProvenSession, StoredEntry } from './proven-session.ts'
import type { ProvenWitness, ToldEntry } from './proven-witness.ts'

/** Where each entry of a witness stands in the store, by its position in the pass. */
export interface ToldPlaces {
  /** The entry that it is; null where there is none. */
  readonly stored: readonly (StoredEntry | null)[]
  /** Positions of `session_meta` whose payload another one of the witness tells: they need no entry. */
  readonly absorbed: ReadonlySet<number>
  /** Positions that have an entry, and not in the witness's order. */
  readonly moved: ReadonlySet<number>
}

/** What of a stored entry is known to be of one witness: the byte offset of its line, or the id of its row. */
export function placeOf(stored: StoredEntry, kind: 'file' | 'database'): number | undefined {
  return kind === 'file' ? stored.provenance?.offset : stored.provenance?.row
}

/** The place of an entry of a witness: see {@link placeOf}. */
export function placeTold({ offset, row }: ToldEntry): number {
  return offset ?? row ?? -1
}

/**
 * Looks for every entry of a witness in the store. One that an import took from there is known by its place, whatever
 * it says now; the others by what they say, in order. What is found is then walked through once more, so that nothing
 * rests on how it was found: what is live must be live in the witness's order, and no entry stands for two.
 *
 * @param isOwn whether an import took exactly this witness: then places count even where the texts differ
 */
export function placesOf(
  known: ProvenSession,
  { scanned, told }: ProvenWitness,
  kind: 'file' | 'database',
  isOwn: (importId: string) => boolean,
): ToldPlaces {
  const at = new Map(told.map((entry, position) => [placeTold(entry), position]))
  const textOf = textsOf(scanned)
  const pinOf = (entry: StoredEntry): number | undefined => {
    const position = at.get(placeOf(entry, kind) ?? Number.NaN)
    if (position === undefined || known.stoodFor.has(entry.id)) return undefined
    const counts = entry.isRedacted || isOwn(entry.provenance?.importId ?? '')
    return counts || textOf(position) === entry.witness.fingerprint ? position : undefined
  }
  const history = known.history.filter(({ id }) => !known.stoodFor.has(id))
  const pinnedLive = pinned(known.live, pinOf)
  const taken = new Set(pinnedLive.pins.values())
  const pinnedHistory = pinned(history, (entry) => {
    const position = pinOf(entry)
    return position === undefined || taken.has(position) ? undefined : position
  })
  const pins = new Map([...invert(pinnedHistory.pins, history), ...invert(pinnedLive.pins, known.live)])
  const entries = scanned.positions.map((position, i) =>
    pin(scanned.entries[i] as WitnessEntry, pins.has(position) ? position : undefined),
  )

  const stored: (StoredEntry | null)[] = told.map(() => null)
  const runs = align({ entries: pinnedLive.entries, history: pinnedHistory.entries }, { entries })
  const inRuns = new Set<number>()
  for (const [ofStore, ofTold] of pairsOf(runs)) {
    const position = scanned.positions[ofTold] as number
    inRuns.add(position)
    if (ofStore !== -1) stored[position] = known.live[ofStore] as StoredEntry
  }
  const spare = new Spare(history, stored)
  const absorbed = new Set<number>()
  for (const [i, position] of scanned.positions.entries()) {
    const entry = scanned.entries[i] as WitnessEntry
    if (stored[position] !== null) continue
    if (entry.meta !== undefined && !inRuns.has(position)) absorbed.add(position)
    else if (entry.meta !== undefined || !inRuns.has(position))
      stored[position] = spare.take(pins.get(position), entry)
  }
  for (const [i, position] of scanned.historyPositions.entries()) {
    const own = pins.get(position)
    const entry = scanned.history[i] as WitnessEntry
    stored[position] = own ?? spare.take(undefined, entry) ?? alike(known.live, entry, stored)
  }
  const moved = new Set<number>()
  for (const position of scanned.positions) {
    if (stored[position] !== null || absorbed.has(position)) continue
    const own = pins.get(position)
    if (own === undefined) continue
    stored[position] = own
    moved.add(position)
  }
  return { stored, absorbed, moved: new Set([...moved, ...outOfOrder(known, scanned, stored)]) }
}

/** Positions whose live entries do not follow one another as the witness tells them; `session_meta` aside. */
function outOfOrder(
  known: ProvenSession,
  { positions, entries }: ProvenWitness['scanned'],
  stored: readonly (StoredEntry | null)[],
): number[] {
  const order = new Map(known.live.map(({ id }, at) => [id, at]))
  const out: number[] = []
  let last = -1
  for (const [i, position] of positions.entries()) {
    const at = order.get(stored[position]?.id ?? 0)
    if (at === undefined || entries[i]?.meta !== undefined) continue
    if (at <= last) out.push(position)
    else last = at
  }
  return out
}

function textsOf({
  positions,
  entries,
  historyPositions,
  history,
}: ProvenWitness['scanned']): (position: number) => string | undefined {
  const texts = new Map<number, string | undefined>()
  positions.forEach((position, i) => {
    texts.set(position, entries[i]?.fingerprint)
  })
  historyPositions.forEach((position, i) => {
    texts.set(position, history[i]?.fingerprint)
  })
  return (position) => texts.get(position)
}

function pinned(
  entries: readonly StoredEntry[],
  pinOf: (entry: StoredEntry) => number | undefined,
): { readonly entries: readonly WitnessEntry[]; readonly pins: ReadonlyMap<number, number> } {
  const pins = new Map<number, number>()
  const used = new Set<number>()
  const witnesses = entries.map((entry, i) => {
    const position = pinOf(entry)
    const isFirst = position !== undefined && !used.has(position)
    if (!isFirst) return entry.witness
    used.add(position)
    pins.set(i, position)
    return pin(entry.witness, position)
  })
  return { entries: witnesses, pins }
}

function invert(pins: ReadonlyMap<number, number>, entries: readonly StoredEntry[]): [number, StoredEntry][] {
  return [...pins].map(([i, position]) => [position, entries[i] as StoredEntry])
}

/** Bears an id for the place instead of its own: where it has none, an entry that says the same can still be it. */
function pin(entry: WitnessEntry, position: number | undefined): WitnessEntry {
  if (position === undefined || entry.meta !== undefined) return entry
  return { fingerprint: entry.fingerprint, distinctive: true, nativeId: `\0${position}` }
}

function* pairsOf(runs: readonly MergeRun[]): Generator<[number, number]> {
  for (const run of runs) {
    if (run.from === 'canonical') continue
    for (let i = 0; i < run.length; i++) yield [run.from === 'both' ? run.canonical + i : -1, run.legacy + i]
  }
}

/** Entries of history that stand for nothing yet, by what they say. */
class Spare {
  readonly #byText = new Map<string, StoredEntry[]>()
  readonly #taken: Set<number>

  constructor(history: readonly StoredEntry[], stored: readonly (StoredEntry | null)[]) {
    this.#taken = new Set(stored.flatMap((entry) => (entry ? [entry.id] : [])))
    for (const entry of history) {
      const name = nameOf(entry.witness)
      const list = this.#byText.get(name)
      if (list) list.push(entry)
      else this.#byText.set(name, [entry])
    }
  }

  take(own: StoredEntry | undefined, entry: WitnessEntry): StoredEntry | null {
    const free = [own, ...(this.#byText.get(nameOf(entry)) ?? [])].find(
      (each) => each && !each.isLive && !this.#taken.has(each.id),
    )
    if (!free) return null
    this.#taken.add(free.id)
    return free
  }
}

/** What was withdrawn can be said again since, by hand. */
function alike(
  live: readonly StoredEntry[],
  entry: WitnessEntry,
  stored: readonly (StoredEntry | null)[],
): StoredEntry | null {
  const taken = new Set(stored.flatMap((each) => (each ? [each.id] : [])))
  return live.find(({ id, witness }) => !taken.has(id) && nameOf(witness) === nameOf(entry)) ?? null
}

function nameOf({ meta, fingerprint }: WitnessEntry): string {
  return meta === 'flattened' ? 'flattened' : fingerprint
}
