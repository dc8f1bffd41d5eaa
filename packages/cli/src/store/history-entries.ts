import type {
  GenerationInfo,
  HistoryEntry,
  HistoryReader,
  Session,
  TranscriptReader,
} from '@faircopy/store-core'

/** Why a session no longer says an entry, or never did. */
export type DepartureReason = 'original' | 'withdrawn' | 'repeat' | 'superseded' | 'replaced'

/** How an entry left the transcript. */
export interface Departure {
  readonly why: DepartureReason
  /** Of a superseded one: the entry that took its place. */
  readonly by?: number
  /** Of a replaced one: the generation that no longer says it, where only one can be meant. */
  readonly generation?: number
}

/** An entry of the past. */
export interface PastEntry {
  readonly entry: HistoryEntry
  readonly left: Departure
}

/** What each reason says, for people. */
export const DEPARTURE_WORDS: { readonly [R in DepartureReason]: string } = {
  original: 'as one witness told it, before an import combined it with the other',
  withdrawn: 'undone or compacted away before it was imported',
  repeat: 'written more than once by mistake',
  superseded: 'told again, with what another witness knew of it',
  replaced: 'replaced by what was said instead',
}

/** The past of a session, in the order it was written. Reads what it says now once, for what superseded what. */
export async function* historyEntries(
  store: TranscriptReader & HistoryReader,
  session: Session,
  generations: readonly GenerationInfo[],
): AsyncGenerator<PastEntry> {
  const successors = new Map<number, number>()
  const note = ({ id, provenance }: Pick<HistoryEntry, 'id' | 'provenance'>): void => {
    if (provenance?.supersedes !== undefined) successors.set(provenance.supersedes, id)
  }
  for await (const entry of store.read(session)) note(entry)
  for await (const entry of store.history(session)) note(entry)
  const replacements = generations.filter(({ reason }) => reason === 'replace')
  for await (const entry of store.history(session))
    yield { entry, left: departure(entry, successors, replacements) }
}

function departure(
  { id, provenance }: HistoryEntry,
  successors: ReadonlyMap<number, number>,
  replacements: readonly GenerationInfo[],
): Departure {
  if (provenance?.standing) return { why: provenance.standing }
  const by = successors.get(id)
  if (by !== undefined) return { why: 'superseded', by }
  const [only, ...others] = replacements
  return { why: 'replaced', ...(only && others.length === 0 ? { generation: only.generation } : {}) }
}
