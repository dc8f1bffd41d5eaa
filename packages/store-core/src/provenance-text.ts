import type { Provenance } from './entry.ts'
import { InvalidArgument, InvalidRecord } from './errors.ts'
import { recordText } from './record-text.ts'

/** The JSON text of where an entry was found, within a record's default limits. Fails with `InvalidArgument`. */
export function provenanceText(provenance: Provenance): string {
  try {
    return recordText({ ...provenance })
  } catch (error) {
    if (!(error instanceof InvalidRecord)) throw error
    throw new InvalidArgument(`plan.steps: a provenance is ${error.reason}`)
  }
}
