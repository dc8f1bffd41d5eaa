/**
 * What a person can decide about a session whose order is not known.
 *
 * - `keep-canonical`: the session stays as it is, the legacy side where it is
 * - `adopt-legacy`: it says what the legacy side says; what only an import had brought becomes history, what a gateway
 *   wrote live stands behind, or in the place of the line that says the same
 * - `legacy-first`: in each contested gap the legacy side, then the canonical one
 * - `branch`: it stays as it is, and the legacy side becomes a session of its own, linked to it
 * - `by-time`: in each contested gap the earlier side first
 */
export type ResolutionChoice = 'keep-canonical' | 'adopt-legacy' | 'legacy-first' | 'branch' | 'by-time'

/** Every choice, in the order in which they are offered. */
export const RESOLUTION_CHOICES: readonly ResolutionChoice[] = [
  'keep-canonical',
  'adopt-legacy',
  'legacy-first',
  'branch',
  'by-time',
]
