import { type LineCounts, NO_LINES } from '../ledger/line-counts.ts'
import type { SessionReport } from '../ledger/session-report.ts'
import { countTold, type ScannedWitness } from '../witness/scanned-witness.ts'

/** What was read of a session's witnesses, as the ledger remembers it. */
export function readOf({
  database,
  file,
}: {
  readonly database: ScannedWitness | null
  readonly file: ScannedWitness | null
}): Pick<SessionReport, 'file' | 'rows'> {
  return {
    ...(file?.bytes === undefined ? {} : { file: { bytes: file.bytes, sha256: file.digest } }),
    ...(database ? { rows: countTold(database) } : {}),
  }
}

/** `withheld`: lines that stay where they are; `'withheld'` for all of them. */
export function countLines(
  file: ScannedWitness | null,
  imported: number | 'withheld',
  withheld = 0,
): LineCounts {
  if (!file) return NO_LINES
  const entries = file.entries.length + file.history.length
  const { metadata, blank, quarantined, tornTail } = file.lines
  return {
    total: entries + metadata + blank + quarantined + tornTail,
    imported: imported === 'withheld' ? 0 : imported,
    matched: imported === 'withheld' ? 0 : entries - imported - withheld,
    withheld: imported === 'withheld' ? entries : withheld,
    metadata,
    blank,
    quarantined,
    tornTail,
  }
}
