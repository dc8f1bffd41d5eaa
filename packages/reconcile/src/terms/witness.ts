/**
 * One entry of a transcript as a witness tells it: what is needed to decide an order, and never a body. A caller
 * keeps offsets or keys of its own beside the list; here an entry is known by its index.
 */
export interface WitnessEntry {
  /**
   * Equal exactly when two entries say the same: role, decoded content (null reads as ""), parsed tool calls,
   * tool_call_id. Opaque here. Of a `session_meta`: equal exactly when the payload is.
   */
  readonly fingerprint: string
  /**
   * An id the gateway or the agent gave the entry itself. Where both entries of a pair bear one, it alone decides
   * whether they match; otherwise the fingerprints do.
   */
  readonly nativeId?: string | undefined
  /** Whether the entry can be an anchor alone: a native id, a tool_call_id, tool calls, or 16 characters and more. */
  readonly distinctive: boolean
  /**
   * Milliseconds since the epoch; a naive local stamp is read as UTC. It never orders anything: it can only forbid an
   * anchor (26 hours) and bound a stutter (half a second).
   */
  readonly stamp?: number | undefined
  /** Of a `session_meta` only: whether it still has its payload or a writer has flattened it away. */
  readonly meta?: 'payload' | 'flattened' | undefined
  /**
   * Name and short hash of every member that is not part of the fingerprint and has a value: reasoning,
   * finish_reason, mirror … Never a timestamp, never a null.
   */
  readonly fields?: ReadonlyMap<string, string>
}

/** One telling of a conversation, in its own order. */
export interface Witness {
  /** What the conversation says, `session_meta` included, in the witness's order. */
  readonly entries: readonly WitnessEntry[]
  /**
   * Of the canonical witness: what was said and withdrawn (undone, compacted away, replaced by a retry, a stutter's
   * repeats), in the order it was written. A legacy entry that matches one counts as matched and never lives again.
   * An older form of an entry that is still live is not withdrawn and must not be listed here.
   */
  readonly history?: readonly WitnessEntry[]
  /** A digest of what the witness was read from. Only carried into the certificate. */
  readonly digest?: string
}
