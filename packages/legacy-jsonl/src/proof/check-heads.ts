import { type HistoryReader, type Session, StoreError } from '@faircopy/store-core'
import { chainHead, EMPTY_HEAD } from '@faircopy/store-core/operator'
import type { Note } from '../ledger/note.ts'
import { goneGenerations } from '../witness/gone-generations.ts'
import type { ProvenSession, StoredEntry } from './proven-session.ts'
import type { SourceFinding } from './source-finding.ts'

/** Where a session said exactly what a head stands for: the first entries of a generation. */
export interface HeadPlace {
  readonly generation: number
  readonly entries: number
}

/** What was found of the heads that the ledger names. */
export interface CheckedHeads {
  /** Of each head that the session had, where; the newest generation first. */
  readonly places: ReadonlyMap<string, readonly HeadPlace[]>
  /** A generation of the session is there no more: what it alone said is gone. */
  readonly isPruned: boolean
  /** A generation that could have been one of them was pruned, or belonged to an import that was undone. */
  readonly someGone: boolean
  readonly findings: readonly SourceFinding[]
}

/** So many generations are looked at; of older ones only those that are needed to find every head. */
const GENERATIONS = 16

/**
 * Chains the heads of a session again, its newest generation first, until every one that the ledger names has been
 * passed. Where part of the past is gone for good, a head that is not found is no finding.
 *
 * Cost: one pass over each generation; nearly always one or two.
 */
export async function checkHeads(
  store: HistoryReader,
  session: Session,
  notes: readonly Note[],
): Promise<CheckedHeads> {
  const wanted = new Set(
    notes.flatMap(({ headBefore, headAfter }) => [headBefore, headAfter].filter((head) => head !== null)),
  )
  const places = new Map([...wanted].map((head): [string, HeadPlace[]] => [head, []]))
  let someGone = notes.some(({ as }) => as === 'undo')
  const pass = (head: string, place: HeadPlace): void => {
    wanted.delete(head)
    places.get(head)?.push(place)
  }
  pass(EMPTY_HEAD, { generation: 0, entries: 0 })
  const kept = await store.generations(session)
  const isPruned = goneGenerations(session, kept).length > 0
  someGone ||= isPruned
  const generations = [...kept].reverse()
  for (const [looked, { generation }] of generations.entries()) {
    if (wanted.size === 0 && looked >= GENERATIONS) break
    try {
      let head = EMPTY_HEAD
      let entries = 0
      for await (const entry of store.readGeneration(session, generation)) {
        head = chainHead(head, entry.hash)
        pass(head, { generation, entries: ++entries })
      }
    } catch (error) {
      if (!(StoreError.is(error) && error.code === 'GENERATION_GONE')) throw error
      someGone = true
    }
  }
  const findings = someGone
    ? []
    : notes
        .filter(({ headBefore, headAfter }) => wanted.has(headBefore ?? '') || wanted.has(headAfter ?? ''))
        .map(
          ({ importId }): SourceFinding => ({
            code: 'head-unproven',
            detail: `import ${importId} notes a head that the session never had`,
          }),
        )
  return { places, isPruned, someGone, findings }
}

/** The entries that a head stood for; null where they are gone. */
export async function entriesAt(
  store: HistoryReader,
  { session, byId }: ProvenSession,
  place: HeadPlace,
): Promise<readonly StoredEntry[] | null> {
  const live: StoredEntry[] = []
  if (place.entries === 0) return live
  try {
    for await (const { id } of store.readGeneration(session, place.generation)) {
      const entry = byId.get(id)
      if (!entry) return null
      live.push(entry)
      if (live.length === place.entries) break
    }
    return live
  } catch (error) {
    if (StoreError.is(error) && error.code === 'GENERATION_GONE') return null
    throw error
  }
}
