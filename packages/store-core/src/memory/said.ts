import type { NewEntry } from '../entry.ts'
import { entryHash } from '../hash.ts'
import { type RecordLimits, recordText } from '../record-text.ts'
import { checkArgument, newEntrySchema } from '../schemas.ts'
import type { SaidEntry } from './state.ts'

/** Checks the entries of a call and takes their records' exact texts and hashes (S12). */
export function saidEntries(
  given: NewEntry | readonly NewEntry[],
  writer: string,
  limits: RecordLimits,
): SaidEntry[] {
  return [given].flat().map((one) => {
    const {
      kind = 'message',
      at = null,
      idempotencyKey = null,
      correlation,
      record,
    } = checkArgument(newEntrySchema, one, 'entry')
    const text = recordText(record, limits)
    return {
      kind,
      at,
      idempotencyKey,
      record: text,
      hash: entryHash(kind, at, text),
      writer,
      provenance: null,
      ...(correlation === undefined ? {} : { correlation }),
    }
  })
}
