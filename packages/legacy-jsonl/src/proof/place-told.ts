import type { WitnessEntry } from '@faircopy/reconcile/check'
import { eachInTurn, giveWay, isHeldLately } from '@faircopy/store-core/backend'
import { type Pair, pairInOrder, risingChain } from './in-order.ts'
import type { ProvenSession, StoredEntry } from './proven-session.ts'
import type { ProvenWitness, ToldEntry } from './proven-witness.ts'

/** What is to be known of a witness before its entries are looked for. */
export interface PlaceCheck {
  readonly kind: 'file' | 'database'
  readonly witness: ProvenWitness
  /** Whether an import took exactly this witness: then places count even where the texts differ. */
  readonly isOwn: (importId: string) => boolean
  /** Positions whose entries may stand in another order: a person adopted that of the other witness. */
  readonly mayBeMoved: (position: number) => boolean
}

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
 * it says now, and those must be live in the witness's order. What stands between two of them, and came from elsewhere,
 * is paired by what it says, as much of each gap as its order allows; what is not live there must be history, of which each
 * entry stands for one. A redacted entry that nothing else stands for can have said anything.
 *
 * Where that leaves anything without a place, the places of earlier imports are left aside: an entry is then known by
 * what it says.
 */
export async function placesOf(known: ProvenSession, check: PlaceCheck): Promise<ToldPlaces> {
  const places = await placesBy(known, check, () => true)
  if (countUnplaced(places) === 0) return places
  // An edited witness can say at the same place what stands for another of its lines by now: any order of places that
  // has all of them in the witness's own is one.
  const others = await placesBy(known, check, check.isOwn)
  return countUnplaced(others) < countUnplaced(places) ? others : places
}

function countUnplaced({ stored, absorbed, moved }: ToldPlaces): number {
  return moved.size + stored.filter((entry, position) => entry === null && !absorbed.has(position)).length
}

/** @param counts of which imports the places are trusted */
async function placesBy(
  known: ProvenSession,
  { kind, witness: { scanned, told }, isOwn, mayBeMoved }: PlaceCheck,
  isTrusted: (importId: string) => boolean,
): Promise<ToldPlaces> {
  const stored: (StoredEntry | null)[] = told.map(() => null)
  const entries = witnessEntries(scanned)
  const live = known.live.filter(({ witness }) => witness.meta === undefined)
  await giveWay()
  const history = known.history.filter(({ id, witness }) => !known.stoodFor.has(id) && !witness.meta)
  const at = new Map<number, number>()
  await eachInTurn(told, (entry, position) => at.set(placeTold(entry), position))
  const positionOf = (entry: StoredEntry): number | undefined => {
    const position = at.get(placeOf(entry, kind) ?? Number.NaN)
    if (position === undefined || known.stoodFor.has(entry.id) || entries[position]?.meta) return undefined
    const importId = entry.provenance?.importId ?? ''
    if (!entry.isRedacted && !isTrusted(importId)) return undefined
    const counts = entry.isRedacted || isOwn(importId)
    return counts || entries[position]?.fingerprint === entry.witness.fingerprint ? position : undefined
  }
  const pins = new Map<number, number>()
  const pin = (entry: StoredEntry, i: number): void => {
    const position = positionOf(entry)
    if (position !== undefined && !pins.has(position)) pins.set(position, i)
  }
  // What an earlier import took from the place can stand for another line by now that says the same.
  for (const isFirst of [true, false])
    await eachInTurn(live, (entry, i) => {
      if (isOwn(entry.provenance?.importId ?? '') === isFirst) pin(entry, i)
    })
  const pinnedLive = new Set(pins.values())
  for (const [position, i] of pins) stored[position] = live[i] as StoredEntry
  const spare = new Spare()
  await eachInTurn(history, (entry) => {
    const position = positionOf(entry)
    if (position !== undefined && stored[position] === null) stored[position] = entry
    else spare.add(entry)
  })

  await giveWay()
  const said = scanned.positions.filter((position) => entries[position]?.meta === undefined)
  const pairs: Pair[] = []
  await eachInTurn(said, (position) => {
    const i = pins.get(position)
    if (i !== undefined) pairs.push([position, i])
  })
  const chain = await risingChain(pairs)
  const moved = new Set<number>()
  await eachInTurn(pairs, ([position]) => moved.add(position))
  await eachInTurn(chain, ([position]) => moved.delete(position))
  let fromTold = 0
  let fromLive = 0
  const isLast = [Number.POSITIVE_INFINITY, live.length] as const
  for (const [toTold, toLive] of [...chain, isLast]) {
    if (isHeldLately()) await giveWay()
    const gap: number[] = []
    for (; (said[fromTold] ?? toTold) < toTold; fromTold++)
      if (stored[said[fromTold] as number] === null) gap.push(said[fromTold] as number)
    const beside: StoredEntry[] = []
    for (let i = fromLive; i < toLive; i++) if (!pinnedLive.has(i)) beside.push(live[i] as StoredEntry)
    const pairs = await pairInOrder(
      gap.map((position) => entries[position] as WitnessEntry),
      beside.map(({ witness }) => witness),
    )
    for (const [ofTold, ofStore] of pairs) stored[gap[ofTold] as number] = beside[ofStore] as StoredEntry
    const isPaired = new Set(pairs.map(([, ofStore]) => ofStore))
    const redacted = beside.filter((entry, i) => entry.isRedacted && !isPaired.has(i))
    for (const position of gap) stored[position] ??= redacted.shift() ?? null
    fromTold++
    fromLive = toLive + 1
  }
  const unplaced: number[] = []
  await eachInTurn(entries, ({ meta }, position) => {
    if (stored[position] === null && !meta) unplaced.push(position)
  })
  await eachInTurn(unplaced, (position) => {
    const entry = entries[position] as WitnessEntry
    const isWithdrawn = told[position]?.withdrawn === true
    stored[position] = spare.take(entry) ?? (isWithdrawn ? alike(live, entry) : null)
  })
  const isTaken = new Set<number>()
  await eachInTurn(stored, (entry) => {
    if (entry) isTaken.add(entry.id)
  })
  await eachInTurn(unplaced, (position) => {
    if (stored[position] !== null || !mayBeMoved(position)) return
    const { fingerprint } = entries[position] as WitnessEntry
    const elsewhere = live.find(({ id, witness }) => witness.fingerprint === fingerprint && !isTaken.has(id))
    if (!elsewhere) return
    stored[position] = elsewhere
    isTaken.add(elsewhere.id)
  })
  for (const position of unplaced) stored[position] ??= spare.takeRedacted()
  return { stored, absorbed: await placeMetas(known, entries, stored), moved }
}

/** Equal payloads are one, wherever they stand; what was flattened carries nothing, and can have been absorbed by any. */
async function placeMetas(
  known: ProvenSession,
  entries: readonly WitnessEntry[],
  stored: (StoredEntry | null)[],
): Promise<ReadonlySet<number>> {
  const absorbed = new Set<number>()
  const taken = new Set<number>()
  const all: StoredEntry[] = []
  for (const own of [known.live, known.history])
    await eachInTurn(own, (entry) => {
      if (entry.witness.meta && !known.stoodFor.has(entry.id)) all.push(entry)
    })
  await eachInTurn(entries, ({ meta, fingerprint }, position) => {
    if (meta === undefined) return
    const fitting = all.filter(({ witness }) => meta === 'flattened' || witness.fingerprint === fingerprint)
    const free = fitting.find(({ id }) => !taken.has(id))
    if (free) {
      taken.add(free.id)
      stored[position] = free
    } else if (fitting.length > 0) absorbed.add(position)
  })
  return absorbed
}

/** Of each entry of the pass, what is compared of it. */
export function witnessEntries({
  positions,
  entries,
  historyPositions,
  history,
}: ProvenWitness['scanned']): readonly WitnessEntry[] {
  const all: WitnessEntry[] = []
  positions.forEach((position, i) => {
    all[position] = entries[i] as WitnessEntry
  })
  historyPositions.forEach((position, i) => {
    all[position] = history[i] as WitnessEntry
  })
  return all
}

/** Entries of history that stand for nothing yet, by what they say. */
class Spare {
  readonly #byText = new Map<string, StoredEntry[]>()
  readonly #redacted: StoredEntry[] = []

  add(entry: StoredEntry): void {
    if (entry.isRedacted) {
      this.#redacted.push(entry)
      return
    }
    const list = this.#byText.get(entry.witness.fingerprint)
    if (list) list.push(entry)
    else this.#byText.set(entry.witness.fingerprint, [entry])
  }

  take({ fingerprint }: WitnessEntry): StoredEntry | null {
    return this.#byText.get(fingerprint)?.shift() ?? null
  }

  takeRedacted(): StoredEntry | null {
    return this.#redacted.shift() ?? null
  }
}

/** What was withdrawn can have been said again since. */
function alike(live: readonly StoredEntry[], { fingerprint }: WitnessEntry): StoredEntry | null {
  return live.find(({ witness }) => witness.fingerprint === fingerprint) ?? null
}
