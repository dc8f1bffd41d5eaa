import type { SessionReport } from '../ledger/session-report.ts'
import type { LegacySession } from '../source/legacy-source.ts'
import type { SourceProblemCode } from '../source/source-codes.ts'

/**
 * The report of a session that could not be imported: nothing of it was written, and why. Of one that the store does not
 * have, no line is matched by anything.
 */
export function failedReport(
  report: SessionReport,
  session: LegacySession,
  code: SourceProblemCode,
  detail: string,
): SessionReport {
  const problem = { code, path: session.file?.path ?? session.database?.path ?? '', detail }
  const { combined: _, dated: __, facts: ___, entries, lines, ...rest } = report
  const matched = code === 'session-deleted' ? 0 : lines.matched
  return {
    ...rest,
    verdict: 'failed',
    action: 'unchanged',
    reason: 'failed',
    entries: { ...entries, merged: null, added: 0 },
    lines: {
      ...lines,
      imported: 0,
      matched,
      withheld: lines.withheld + lines.imported + lines.matched - matched,
    },
    problems: [...report.problems, problem],
  }
}
