import { hasFindings, type ImportReport, isFinding } from '@faircopy/legacy-jsonl'
import { ExitCode } from '../exit-code.ts'

/** How an import, or its plan, ends. */
export function importExit(report: ImportReport): ExitCode {
  if (!hasFindings(report)) return ExitCode.done
  return isNowhere(report) ? ExitCode.noInput : ExitCode.findings
}

/** Whether no source has anything, not even something that could not be read, and no store knows sessions of one. */
export function isNowhere({ sessions, sources }: ImportReport): boolean {
  const found = sources.flatMap(({ problems }) => problems).filter(isFinding)
  return sessions.length === 0 && found.every(({ code }) => code === 'no-transcript')
}
