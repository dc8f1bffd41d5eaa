/**
 * What a stable code of an error or a report means, and what leads out of the state that it names. Of these tables
 * `docs/codes.md` is made.
 */
export interface CodeMeaning {
  /** `remark`: nothing is missing. `finding`: something wants a person's eye. `failure`: the call failed. */
  readonly severity: 'remark' | 'finding' | 'failure'
  /** One sentence. */
  readonly meaning: string
  /** What to do, one sentence; where nothing has to be done, it says so. */
  readonly step: string
  /**
   * The command that does it, or that goes on after the step; null where there is none. `SOURCE`, `FILE`, `SESSION`,
   * `IMPORT`, `FOLDER` and `STORE` stand for what the report names.
   */
  readonly command: string | null
}
