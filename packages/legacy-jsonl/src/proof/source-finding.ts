/**
 * What keeps a session from being proven, or from being read. Stable: branch on it, never on the words.
 *
 * Of the source:
 * - `never-imported`: the store knows nothing of the session
 * - `not-imported-yet`: the store knows of the session, and not yet what it says
 * - `undecided`: its order is not known, and nobody has decided; the lines of the file are withheld
 * - `unreadable-session`: no line and no row of it is a usable entry
 * - `no-message`: none of its records is a message, or fewer than half are; that does not keep it from being proven
 * - `several-files`: another file of the source tells the session differently
 * - `source-unreadable`: a witness can't be read, or kept changing while it was
 * - `source-problem`: the source has something that can't be told apart into sessions
 * - `source-grown`: it tells what was imported, and more: behind it, or a line that is not kept byte for byte yet
 * - `source-changed`: it is not what was imported
 * - `no-transcript`: it tells no session at all, so nothing is proven
 * - `source-gone`: it tells no session, and the store knows sessions of it
 * - `bytes-not-kept`: a line of it was too long to be kept
 *
 * Of the store:
 * - `session-gone`: it was imported or made known, and the store does not have it any more: it was deleted, or pruned
 * - `line-missing`: a line, or a row, stands nowhere in the session
 * - `line-pruned`: the same of a session of whose past something was pruned, or taken back with an import
 * - `line-moved`: it stands in the session, out of the source's order
 * - `line-differs`: the entry that was made of it does not say what it says
 * - `line-doubled`: several entries of the session were made of one line or row
 * - `foreign-entry`: an entry is said to come from a line or row of the source that it does not come from
 * - `withheld-written`: an entry was made of a line of a session whose order is not known
 * - `quarantine-differs`: the bytes of a line that is no entry's record are not kept as they were
 * - `left-out`: an import left out, or put in another order, what the session contained before
 * - `entry-hash`: an entry, or the session's head, does not match its own hash
 *
 * Of the ledger:
 * - `head-unproven`: it names a head that the session never had
 * - `note-differs`: what it says was done is not what was done
 * - `certificate-missing`, `certificate-refuted`: the verdict is not proven
 * - `boundary-refuted`: where the source ended before a live append is not proven
 * - `certificate-unchecked`: it would take more work than is allowed to prove it
 */
export type SourceFindingCode =
  | 'never-imported'
  | 'not-imported-yet'
  | 'undecided'
  | 'unreadable-session'
  | 'no-message'
  | 'several-files'
  | 'source-unreadable'
  | 'source-problem'
  | 'source-grown'
  | 'source-changed'
  | 'no-transcript'
  | 'source-gone'
  | 'bytes-not-kept'
  | 'session-gone'
  | 'line-missing'
  | 'line-pruned'
  | 'line-moved'
  | 'line-differs'
  | 'line-doubled'
  | 'foreign-entry'
  | 'withheld-written'
  | 'quarantine-differs'
  | 'left-out'
  | 'entry-hash'
  | 'head-unproven'
  | 'note-differs'
  | 'certificate-missing'
  | 'certificate-refuted'
  | 'boundary-refuted'
  | 'certificate-unchecked'

/** Something that keeps a session from being proven. Never transcript text. */
export interface SourceFinding {
  readonly code: SourceFindingCode
  readonly namespace?: string
  readonly session?: string
  /** The file or the database that it is about. */
  readonly path?: string
  /** 1-based line of the file. */
  readonly line?: number
  /** Row of the database. */
  readonly row?: number
  /** Entry of the store. */
  readonly entry?: number
  readonly detail: string
}
