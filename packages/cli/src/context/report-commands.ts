import {
  BESIDE_KINDS,
  type ImportReport,
  type SessionReport,
  type SourceProblem,
} from '@faircopy/legacy-jsonl'
import { SESSION_COMMANDS, SOURCE_COMMANDS } from './code-commands.ts'
import { type CommandOptions, nextCommand } from './next-command.ts'

/** The commands that lead on from what a report tells; null where none does. */
export interface ReportCommands {
  ofProblem(source: string, problem: SourceProblem): string | null
  /** Of a session that is not brought over whole. `command`: another than its reason has. */
  ofSession(session: SessionReport, command?: string): string | null
}

/** @param options what the commands have to repeat */
export function reportCommands(report: ImportReport, options: CommandOptions): ReportCommands {
  const { sources, sessions } = report
  const owners = new Map(sessions.flatMap((session) => session.problems.map((one) => [one, session])))
  const sourceOf = (session: SessionReport): string | undefined =>
    sources.find(({ problems }) => session.problems.some((one) => problems.includes(one)))?.path ??
    (sources.length === 1 ? sources[0]?.path : undefined)
  return {
    ofProblem(source, problem) {
      const { code, kind, path } = problem
      const isNowhere = code === 'no-transcript' && path === source
      if (isNowhere || (kind !== undefined && !BESIDE_KINDS[kind].mayBeImported)) return null
      const words = { ...options, source, file: path, folder: path, session: owners.get(problem) }
      return nextCommand(SOURCE_COMMANDS[code], words)
    },
    ofSession(session, command) {
      const { reason, problems } = session
      if (reason === undefined) return null
      const file = problems.find(({ code }) => code === 'several-files')?.path
      const words = { ...options, source: sourceOf(session), file, session }
      // The last problem of one that failed says why.
      const failure = reason === 'failed' ? problems.at(-1) : undefined
      return nextCommand(
        command ?? (failure ? SOURCE_COMMANDS[failure.code] : SESSION_COMMANDS[reason]),
        words,
      )
    },
  }
}
