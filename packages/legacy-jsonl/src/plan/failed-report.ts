import type { LegacySession } from '../source/legacy-source.ts'
import type { SourceProblemCode } from '../source/source-problem.ts'
import type { SessionReport } from './session-report.ts'

/** The report of a session that could not be imported: nothing of it was written, and why. */
export function failedReport(
  report: SessionReport,
  session: LegacySession,
  code: SourceProblemCode,
  detail: string,
): SessionReport {
  const problem = { code, path: session.file?.path ?? session.database?.path ?? '', detail }
  const { combined: _, dated: __, entries, lines, ...rest } = report
  return {
    ...rest,
    verdict: 'failed',
    action: 'unchanged',
    reason: 'failed',
    entries: { ...entries, merged: null, added: 0 },
    lines: { ...lines, imported: 0, withheld: lines.withheld + lines.imported },
    problems: [...report.problems, problem],
  }
}
