/**
 * What is wrong with a certificate. Stable: branch on it, never on the words.
 *
 * - `malformed`: not a certificate of version 1, or an index that the witnesses do not have
 * - `digest`: it was made for other witnesses
 * - `not-a-merge`: an entry is missing, told twice, or out of its order
 * - `unmatched-pair`: it pairs two entries that do not match
 * - `not-shortest`: there is a shorter merge, or `length` is not that of the runs
 * - `several-orders`: another merge as short says something else
 * - `two-owners`: both witnesses have entries of their own between two matched ones, and they say different things
 * - `certainty`: a pair is called certain that equally short merges do not all have, or the other way round
 * - `withdrawn`: what it calls withdrawn is not, something withdrawn returns, or which was withdrawn is not known
 * - `repeats`: what it calls a stutter is none
 * - `session-meta`: a `session_meta` is lost, told twice, or paired with one that it is not
 * - `anchor`: an anchor is none, or there are some where it names none, or none where the verdict needs one
 * - `contested`: what it calls two orders are not two shortest merges of one stretch that say different things
 * - `verdict`: another verdict, or another reason, follows from what it shows
 * - `unchecked`: not a fault of the certificate: the budget did not allow to check a claim, and it is not proven
 */
export type CertificateFaultCode =
  | 'malformed'
  | 'digest'
  | 'not-a-merge'
  | 'unmatched-pair'
  | 'not-shortest'
  | 'several-orders'
  | 'two-owners'
  | 'certainty'
  | 'withdrawn'
  | 'repeats'
  | 'session-meta'
  | 'anchor'
  | 'contested'
  | 'verdict'
  | 'unchecked'

/** A claim of a certificate that does not hold, or could not be checked. */
export interface CertificateFault {
  readonly code: CertificateFaultCode
  /** For people: which claim, and at which indices. Never text of an entry. */
  readonly detail: string
}
