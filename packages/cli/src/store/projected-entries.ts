import {
  type Codec,
  type Entry,
  type HistoryReader,
  type ProjectedEntry,
  type ProjectionName,
  parseRecord,
  project,
  type Session,
  type TranscriptReader,
} from '@faircopy/store-core'

/** Which part of a session is shown, and how. */
export interface ProjectionRequest {
  readonly projection: ProjectionName
  readonly codec: Codec
  /** Only so many of the last ones. */
  readonly tail: number | undefined
}

/**
 * A stored session in one of its projections (S16), in order. `audit` and `display` stream, whatever the session's
 * length; `model` holds what a model would be given, from the last compaction on.
 */
export async function* projectedEntries(
  store: TranscriptReader & HistoryReader,
  session: Session,
  request: ProjectionRequest,
): AsyncGenerator<ProjectedEntry> {
  const { projection, codec, tail } = request
  if (projection === 'model') {
    const entries: Entry[] = []
    for await (const entry of store.read(session, { from: await modelStart(store, session) }))
      entries.push(entry)
    const shown = project(entries, 'model', codec)
    yield* tail === undefined ? shown : shown.slice(-tail)
  } else if (tail === undefined) {
    for await (const entry of store.read(session)) yield* project([entry], projection, codec)
  } else {
    const last: ProjectedEntry[] = []
    for await (const entry of store.read(session, { direction: 'backward' })) {
      last.push(...project([entry], projection, codec))
      if (last.length >= tail) break
    }
    yield* last.reverse()
  }
}

/** The first place that the last compaction keeps. */
async function modelStart(store: TranscriptReader & HistoryReader, session: Session): Promise<number> {
  for await (const entry of store.read(session, { direction: 'backward' })) {
    if (entry.kind !== 'compaction') continue
    const firstKept = parseRecord(entry.record)['first_kept']
    const kept = typeof firstKept === 'number' ? await store.locate(session, firstKept) : null
    return Math.min(entry.seq, kept ?? entry.seq)
  }
  return 1
}
