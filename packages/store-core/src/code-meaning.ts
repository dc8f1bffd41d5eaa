/**
 * What a stable code of an error or a report means, and what leads out of the state that it names. Of these tables
 * `docs/codes.md` is made.
 */
export interface CodeMeaning {
  /** `remark`: nothing is missing. `finding`: something wants a person's eye. `failure`: the call failed. */
  readonly severity: 'remark' | 'finding' | 'failure'
  /** One sentence. */
  readonly meaning: string
  /** What to do, in words for whoever calls a library or runs a command; where nothing has to be done, it says so. */
  readonly step: string
}
