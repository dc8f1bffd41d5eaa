import { type HistoryReader, type Session, StoreError } from '@faircopy/store-core'
import { boundaryOf, memoryOf, type Note } from '../ledger/note.ts'
import type { CheckedHeads, HeadPlace } from './check-heads.ts'
import type { SourceFinding } from './source-finding.ts'

/**
 * Checks each boundary in a session's ledger against what the session said when it was noted: nothing that was said then
 * may stand behind it, or the order of it would be said to be known where it is not. So is the one that an import of a
 * file with lines that became no entry draws itself. Whether the source is what it told then is for the certificates that
 * rest on it.
 */
export async function checkBoundaries(
  store: HistoryReader,
  session: Session,
  notes: readonly Note[],
  { places }: CheckedHeads,
): Promise<readonly SourceFinding[]> {
  const findings: SourceFinding[] = []
  for (const [i, note] of notes.entries()) {
    const boundary = boundaryOf(note)
    const taken = memoryOf(note).taken
    if (!boundary && !taken?.parts) continue
    const refute = (detail: string): void => {
      findings.push({ code: 'boundary-refuted', detail: `import ${note.importId} ${detail}` })
    }
    if (boundary && note.headBefore !== note.headAfter && note.headBefore !== null)
      refute('notes a boundary, and changed what the session says')
    const entry = boundary?.entry ?? Number(taken?.through) + 1
    if (!Number.isSafeInteger(entry) || entry < 1) {
      refute('notes a boundary at no entry')
      continue
    }
    // Once an import was undone since, the list of then can be gone, and another of the same words have its head.
    if (notes.slice(i).some(({ as }) => as === 'undo')) continue
    const newest: number[] = []
    for (const place of places.get(note.headBefore ?? '') ?? []) {
      const id = await newestAt(store, session, place)
      if (id !== null) newest.push(id)
    }
    if (newest.length > 0 && newest.every((id) => id >= entry))
      refute(`notes a boundary at entry ${entry}, which the session said already`)
  }
  return findings
}

/** The greatest id of the entries that a head stood for; null where they are gone. */
async function newestAt(
  store: HistoryReader,
  session: Session,
  { generation, entries }: HeadPlace,
): Promise<number | null> {
  let newest = 0
  let count = 0
  if (entries === 0) return newest
  try {
    for await (const { id } of store.readGeneration(session, generation)) {
      newest = Math.max(newest, id)
      if (++count === entries) break
    }
    return newest
  } catch (error) {
    if (StoreError.is(error) && error.code === 'GENERATION_GONE') return null
    throw error
  }
}
