import type { Certificate, MergeRun, Reconciliation, WitnessEntry } from '@faircopy/reconcile'
import type { Cut } from './boundary-cuts.ts'
import type { PinnedEntries, Pins } from './pinned-entries.ts'
import { type Reconciled, reconciled } from './reconciled.ts'
import type { StoreWitness } from './store-witness.ts'
import type { Telling } from './telling.ts'

/** How what the store says and what the sources tell come together. */
export type Meeting = Pick<Reconciliation, 'verdict' | 'reason' | 'merge' | 'counts'> & {
  /** One for each stretch between two boundaries; one where there is none. */
  readonly certificates: readonly Certificate[]
  /** What speaks against one of them; null: nothing. */
  readonly fault: string | null
}

/** What a store and a telling meet on. */
export interface Terms {
  /** Of the witnesses that make the telling. */
  readonly digest: string
  /** The boundaries that are proven. */
  readonly cuts: readonly Cut[]
  /** Asked where the texts alone don't tell. */
  readonly pins: Pins
}

/**
 * Reconciles the store with a telling. Where boundaries are proven, each stretch of the store meets only the stretch of
 * the telling that it can overlap with, and stands behind every stretch before it: a proof of order that needs no
 * anchor. One stretch whose order is not known leaves the whole ambiguous. The event loop has its turns meanwhile (S20).
 */
export async function meet(
  store: StoreWitness,
  telling: Telling,
  { digest, cuts, pins }: Terms,
): Promise<Meeting> {
  let pinned: PinnedEntries | null | undefined = pins.isFirst ? await pins.ask() : null
  const stretches: { readonly from: Cut; readonly met: Reconciled }[] = []
  for (const { from, to, history } of stretchesOf(store, telling, cuts)) {
    const meeting = (own: readonly WitnessEntry[], told: readonly WitnessEntry[]): Promise<Reconciled> =>
      reconciled(
        { entries: own.slice(from.store, to.store), history },
        { entries: told.slice(from.told, to.told), digest },
      )
    const meet = async (): Promise<Reconciled> => {
      const byPlace = pins.isFirst && pinned ? await meeting(pinned.store, pinned.told) : null
      if (byPlace && byPlace.verdict !== 'ambiguous') return byPlace
      const first = await meeting(store.entries, telling.entries)
      if (first.verdict !== 'ambiguous' || pins.isFirst) return first
      if (pinned === null) pinned = await pins.ask()
      return pinned ? meeting(pinned.store, pinned.told) : first
    }
    stretches.push({ from, met: await meet() })
  }
  const met = stretches.map((stretch) => stretch.met)
  const proof = {
    certificates: met.map(({ certificate }) => certificate),
    fault: met.find(({ fault }) => fault !== null)?.fault ?? null,
  }
  const [only, ...others] = met
  if (only && others.length === 0) return { ...pick(only), ...proof }
  const counts = sumCounts(met)
  const undecided = met.find(({ verdict }) => verdict === 'ambiguous')
  if (undecided)
    return { ...pick(undecided), merge: null, counts: { ...counts, merged: null, added: 0 }, ...proof }
  const merge = stretches.flatMap(({ from, met: { merge } }) => (merge ?? []).map((run) => shift(run, from)))
  return { verdict: verdictOf(proof.certificates), merge, counts, ...proof }
}

/** What lies between two boundaries, on both sides. */
export interface Stretch {
  readonly from: Cut
  readonly to: Cut
  readonly history: readonly WitnessEntry[]
}

/** The stretches in which a store and a telling meet: those that are empty on both sides left out, never all of them. */
export function stretchesOf(store: StoreWitness, telling: Telling, cuts: readonly Cut[]): readonly Stretch[] {
  const start: Cut = { store: 0, told: 0, entry: 0, limit: 0 }
  const end: Cut = {
    store: store.entries.length,
    told: telling.entries.length,
    entry: Number.POSITIVE_INFINITY,
    limit: Number.POSITIVE_INFINITY,
  }
  const all = [start, ...cuts, end].slice(0, -1).map((from, i) => {
    const to = cuts[i] ?? end
    return { from, to, history: store.history.filter((_, j) => belongs(store, j, from, to)) }
  })
  const isEmpty = ({ from, to }: Stretch): boolean => from.store === to.store && from.told === to.told
  const told = all.filter((stretch) => !isEmpty(stretch))
  return told.length > 0 ? told : all.slice(0, 1)
}

/** Whether withdrawn entry `j` of the store was said between two boundaries. */
function belongs(store: StoreWitness, j: number, from: Cut, to: Cut): boolean {
  const written = store.historyWritten[j] ?? 0
  if (written > 0) return written >= from.entry && written < to.entry
  const offset = Math.max(0, store.historyOffsets[j] ?? 0)
  return offset >= from.limit && offset < to.limit
}

function pick({ verdict, reason, merge, counts }: Reconciliation): Omit<Meeting, 'certificates' | 'fault'> {
  return { verdict, ...(reason ? { reason } : {}), merge, counts }
}

/** What the verdicts of all stretches come to, none of them ambiguous. */
export function verdictOf(met: readonly Pick<Certificate, 'verdict' | 'runs'>[]): Certificate['verdict'] {
  const [only, ...others] = met
  if (only && others.length === 0) return only.verdict
  const runs = met.flatMap((stretch) => stretch.runs.map(({ from }) => from))
  const firstAdded = runs.indexOf('legacy')
  if (firstAdded === -1) return met.every(({ verdict }) => verdict === 'identical') ? 'identical' : 'kept'
  const isTail = runs.slice(firstAdded).every((from) => from === 'legacy')
  return isTail || !runs.includes('canonical') ? 'extended' : 'merged'
}

function sumCounts(met: readonly Reconciliation[]): Reconciliation['counts'] {
  const sum = (count: (counts: Reconciliation['counts']) => number): number =>
    met.reduce((total, { counts }) => total + count(counts), 0)
  return {
    canonical: sum(({ canonical }) => canonical),
    legacy: sum(({ legacy }) => legacy),
    merged: sum(({ merged }) => merged ?? 0),
    added: sum(({ added }) => added),
    matched: sum(({ matched }) => matched),
  }
}

function shift(run: MergeRun, { store, told }: Cut): MergeRun {
  if (run.from === 'canonical') return { ...run, canonical: run.canonical + store }
  if (run.from === 'legacy') return { ...run, legacy: run.legacy + told }
  return { ...run, canonical: run.canonical + store, legacy: run.legacy + told }
}
