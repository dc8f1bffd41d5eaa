/** Something that is not as it should be, and how to mend it. Never transcript text. */
export interface HealthFinding {
  /** Stable. Branch on it, never on the words. */
  readonly code:
    | 'not-readable'
    | 'file-mode'
    | 'folder-mode'
    | 'hard-links'
    | 'large-log'
    | 'low-disk-space'
    | 'damaged'
    | 'search-index-damaged'
    | 'undecided'
    | 'source-gone'
    | 'quarantined'
    | 'import-unfinished'
    | 'staged-leftovers'
    | 'held-deliveries'
  readonly detail: string
  /** A command, or a step. */
  readonly mend: string
  /** The command, where it is another than that of the code. */
  readonly next?: string | null
}
