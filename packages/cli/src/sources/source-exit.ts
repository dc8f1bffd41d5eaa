import { hasFindings, type ImportReport, isFinding, type SourceVerification } from '@faircopy/legacy-jsonl'
import { ExitCode } from '../process/exit-code.ts'

/** How an import, or its plan, ends. */
export function importExit(report: ImportReport): ExitCode {
  if (!hasFindings(report)) return ExitCode.done
  return isNowhere(report) ? ExitCode.noInput : ExitCode.findings
}

/** Whether no source has anything, not even something that could not be read, and no store knows sessions of one. */
export function isNowhere({ sessions, sources }: ImportReport): boolean {
  return foundNothing(sessions, sources.flatMap(({ problems }) => problems).filter(isFinding))
}

/** How a proof ends. Of sources in which nothing is, nothing is proven, and nothing is to be looked at. */
export function proofExit(sources: readonly SourceVerification[]): ExitCode {
  const sessions = sources.flatMap((source) => source.sessions)
  const findings = sources.flatMap((source) => source.findings)
  if (findings.length === 0) return ExitCode.done
  return foundNothing(sessions, findings) ? ExitCode.noInput : ExitCode.findings
}

function foundNothing(sessions: readonly unknown[], findings: readonly { readonly code: string }[]): boolean {
  return sessions.length === 0 && findings.every(({ code }) => code === 'no-transcript')
}
