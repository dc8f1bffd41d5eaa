import type { ImportReport, SessionReport, SourceReport } from '@faircopy/legacy-jsonl'

/** The document that `import --json` and `audit --json` print. Its members are a promise; more may come. */
export function importReportJson(report: ImportReport): string {
  const { importId, dryRun, totals } = report
  return JSON.stringify(
    {
      importId,
      dryRun,
      sources: report.sources.map(sourceMembers),
      sessions: report.sessions.map(sessionMembers),
      totals: { sessions: totals.sessions, byVerdict: totals.byVerdict, lines: totals.lines },
    },
    null,
    2,
  )
}

function sourceMembers({ path, format, problems }: SourceReport): object {
  return {
    path,
    format,
    problems: problems.map(({ code, path, line, offset, detail }) => ({ code, path, line, offset, detail })),
  }
}

function sessionMembers(session: SessionReport): object {
  const { id, verdict, action, reason, entries, lines, namespace, stutter, combined, decided } = session
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
    decided,
  }
}
