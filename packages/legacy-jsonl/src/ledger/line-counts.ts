/**
 * What became of a source line. Each line has exactly one, and they sum to the file's line count.
 *
 * - `imported`: became an entry
 * - `matched`: was an entry of the canonical side already, live or history
 * - `withheld`: an entry of an ambiguous session or of one that failed, left where it is
 * - `metadata`: tells of the session and becomes no entry
 * - `blank`, `quarantined`, `tornTail`: no entry
 */
export type LineDisposition =
  | 'imported'
  | 'matched'
  | 'withheld'
  | 'metadata'
  | 'blank'
  | 'quarantined'
  | 'tornTail'

/** How many lines a file has, and how many of each disposition. */
export type LineCounts = { readonly [D in LineDisposition | 'total']: number }

/** The counts of a session without a file. */
export const NO_LINES: LineCounts = {
  total: 0,
  imported: 0,
  matched: 0,
  withheld: 0,
  metadata: 0,
  blank: 0,
  quarantined: 0,
  tornTail: 0,
}
