import {
  BESIDE_KINDS,
  type BesideCount,
  besideCounts,
  type ImportReport,
  type SessionComparison,
  type SessionReport,
  type SourceReport,
} from '@faircopy/legacy-jsonl'
import type { CommandOptions } from '../context/next-command.ts'
import { type ReportCommands, reportCommands } from '../context/report-commands.ts'
import { zoneCommand } from './times-text.ts'

/**
 * The document that `import --json` and `audit --json` print. Its members are a promise; more may come. Each problem, and
 * each session that is not brought over whole, has as `next` the command that leads on, or null where no command
 * leads on.
 *
 * @param options what its commands have to repeat
 * @param compared how the sessions stand in the store there is
 */
export function importReportJson(
  report: ImportReport,
  options: CommandOptions = {},
  compared: readonly SessionComparison[] | null = null,
): string {
  const { importId, dryRun, totals } = report
  const commands = reportCommands(report, options)
  const inStore = new Map((compared ?? []).map((one) => [JSON.stringify([one.namespace, one.id]), one]))
  return JSON.stringify(
    {
      importId,
      dryRun,
      sources: report.sources.map((source) => sourceMembers(source, commands)),
      sessions: report.sessions.map((session) => ({
        ...sessionMembers(session, commands),
        ...storeMember(inStore.get(JSON.stringify([session.namespace, session.id]))),
      })),
      totals: { sessions: totals.sessions, byVerdict: totals.byVerdict, lines: totals.lines },
      times: { undated: totals.undated, dated: totals.dated, next: zoneCommand(report, options) },
      facts: totals.facts,
    },
    null,
    2,
  )
}

function storeMember(comparison: SessionComparison | undefined): object {
  if (!comparison) return {}
  const { same, messages, differences } = comparison
  return {
    store: {
      same,
      messages: { source: messages.source, store: messages.store },
      differences: differences.map(({ code, messages: count }) => ({ code, messages: count })),
    },
  }
}

/** How many files lie beside the transcripts of a source, by their kinds. */
export function besideMembers(counts: readonly BesideCount[]): object[] {
  return counts.map(({ kind, files }) => ({ kind, files, hasMessages: BESIDE_KINDS[kind].hasMessages }))
}

function sourceMembers({ path: source, format, problems }: SourceReport, commands: ReportCommands): object {
  return {
    path: source,
    format,
    beside: besideMembers(besideCounts(problems)),
    problems: problems.map((problem) => {
      const { code, kind, path, line, offset, count, detail } = problem
      return { code, kind, path, line, offset, count, detail, next: commands.ofProblem(source, problem) }
    }),
  }
}

function sessionMembers(session: SessionReport, commands: ReportCommands): object {
  const { id, verdict, action, reason, entries, lines, namespace, stutter, combined, decided } = session
  const { undated, dated, facts } = session
  return {
    id,
    verdict,
    action,
    reason,
    entries: {
      canonical: entries.canonical,
      legacy: entries.legacy,
      merged: entries.merged,
      added: entries.added,
    },
    lines: {
      total: lines.total,
      imported: lines.imported,
      matched: lines.matched,
      withheld: lines.withheld,
      metadata: lines.metadata,
      blank: lines.blank,
      quarantined: lines.quarantined,
      tornTail: lines.tornTail,
    },
    namespace,
    stutter,
    combined,
    undated,
    dated,
    facts: facts && { filled: facts.filled, kept: facts.kept },
    decided,
    next: reason && commands.ofSession(session),
  }
}
