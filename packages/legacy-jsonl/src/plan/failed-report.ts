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
  return { ...report, action: 'unchanged', reason: 'failed', problems: [...report.problems, problem] }
}
