/** What {@link combineRecords} made of two records of one entry. */
export interface CombinedRecord {
  /** The file's exact text, with the members it lacked added before its closing brace. */
  readonly text: string
  /** Names of the members added, in the other record's order. */
  readonly added: readonly string[]
  /** Names of members whose values differ; the file's stand. */
  readonly conflicts: readonly string[]
}

export function combineRecords(_fileText: string, _otherText: string): CombinedRecord {
  throw new Error('not yet')
}
