import type { Entry, TranscriptStore } from '@faircopy/store-core'
import type { Happening } from './life.ts'

/** What a session says and said at one moment, by the ids of its entries. */
export interface SaidThen {
  readonly live: readonly number[]
  readonly texts: readonly string[]
  readonly history: ReadonlySet<number>
  readonly written: ReadonlySet<number>
  /** Of an older form of an entry, the one that stands for it. */
  readonly forms: ReadonlyMap<number, number>
  /** The line or row that each live entry was taken from. */
  readonly places: ReadonlyMap<number, readonly string[]>
  /** The lines and rows of what was taken back since. */
  readonly takenBack: ReadonlySet<string>
}

/** Reads what a session says and said; nothing where there is none. */
export async function saidNow(store: TranscriptStore, id: string): Promise<SaidThen> {
  const exists = (await store.get(id)) !== null
  const live = await Array.fromAsync(exists ? store.read(id) : [])
  const history = await Array.fromAsync(exists ? store.history(id) : [])
  const all = [...live, ...history]
  const placesOf = ({ provenance }: Pick<Entry, 'provenance'>): readonly string[] => [
    ...(provenance?.offset === undefined ? [] : [`line at ${provenance.offset}`]),
    ...(provenance?.row === undefined ? [] : [`row ${provenance.row}`]),
  ]
  const forms = new Map(
    all.flatMap(({ id: own, provenance }): [number, number][] =>
      provenance?.supersedes === undefined ? [] : [[provenance.supersedes, own]],
    ),
  )
  const withdrawn = history.filter(
    (entry) => !forms.has(entry.id) && !entry.provenance?.standing && entry.kind === 'message',
  )
  return {
    live: live.map((entry) => entry.id),
    texts: live.map(({ record }) => record),
    history: new Set(history.map((entry) => entry.id)),
    written: new Set(all.flatMap((entry) => (entry.provenance === null ? [entry.id] : []))),
    forms,
    places: new Map(live.map((entry) => [entry.id, placesOf(entry)])),
    takenBack: new Set(withdrawn.flatMap(placesOf)),
  }
}

/**
 * What was taken back, and stands in the session again because its source still tells it. Only for a source whose lines
 * are where they were.
 */
export function whatCameBack(each: Happening, before: SaidThen, after: SaidThen): readonly string[] {
  if (!['import', 'lazy', 'append-before'].includes(each.do)) return []
  const known = new Set(before.live)
  return [...after.places].flatMap(([id, places]) =>
    known.has(id) || !places.some((place) => before.takenBack.has(place))
      ? []
      : [`entry ${id} was made of ${places.join()}, which was taken back`],
  )
}

/** What was lost, came back or changed places by something that has no right to; nothing where all is well. */
export function whatWasLost(each: Happening, before: SaidThen, after: SaidThen): readonly string[] {
  if (each.do === 'undo' || each.do === 'retry') return []
  const isUndo = each.do.startsWith('undo-')
  const place = new Map(after.live.map((id, i) => [id, i]))
  const placeOf = (id: number): number | undefined => {
    const form = after.forms.get(id)
    return place.get(id) ?? (form === undefined ? undefined : placeOf(form))
  }
  const isBound = (id: number): boolean => before.written.has(id) || (each.do !== 'resolve' && !isUndo)
  const wrong: string[] = []
  let last = -1
  for (const id of before.live.filter(isBound)) {
    const now = placeOf(id)
    if (now === undefined) wrong.push(`entry ${id} is not live any more`)
    else if (now < last && each.do !== 'resolve' && !isUndo) wrong.push(`entry ${id} stands out of its order`)
    else last = now
  }
  if (isUndo) return wrong
  for (const id of before.history) {
    if (place.has(id)) wrong.push(`entry ${id} was withdrawn, and is live again`)
    else if (!after.history.has(id)) wrong.push(`entry ${id} is gone from history`)
  }
  for (const id of before.live)
    if (!place.has(id) && !after.history.has(id)) wrong.push(`entry ${id} is gone`)
  return wrong
}
