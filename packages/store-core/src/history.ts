import type { Entry } from './entry.ts'
import type { SessionRef } from './session-ref.ts'

/** An entry that a session no longer contains. It has no place, so `seq` is null. */
export interface HistoryEntry extends Omit<Entry, 'seq'> {
  readonly seq: null
}

/** One list of ranges that a session had, and why it was made. */
export interface GenerationInfo {
  readonly generation: number
  /** Epoch ms. */
  readonly at: number
  /** `create`, `import`, `originals` (what an import set aside), `undo` (of an import), `replace`, `fork`, `redact`, … */
  readonly reason: string
  readonly entryCount: number
}

/** Reads what a session contained before (S7). Nothing that was ever said is gone before it is pruned. */
export interface HistoryReader {
  /**
   * The entries that are stored for the session and not live, in the order they were written (S7). Of a fork, also those
   * that it contained of its parent and contains no longer.
   */
  history(session: SessionRef): AsyncIterable<HistoryEntry>
  /** The session's lists of ranges, oldest first. */
  generations(session: SessionRef): Promise<readonly GenerationInfo[]>
  /**
   * What the session contained in one of its generations, in order (S7): of an earlier one as it stood when the next began,
   * of the present one as it stands when the stream begins. `seq` is the place in that generation. A text that was
   * redacted since is redacted here too (S27).
   *
   * Fails with `NoSession`, `InvalidArgument` for a generation that it never had, and `GenerationGone` for one that was
   * pruned or belonged to an import that was undone, also where that happens while the stream is read: it never ends
   * short (S13).
   *
   * Cost: as `read`.
   */
  readGeneration(session: SessionRef, generation: number): AsyncIterable<Entry>
  /** Where an entry stands now: its `seq`, or null when it is history (S7). Cost: O(ranges), nearly always one. */
  locate(session: SessionRef, entryId: number): Promise<number | null>
}
