import type { ImportReport, SessionComparison, SessionReport, SourceReport } from '@faircopy/legacy-jsonl'

/**
 * The document that `import --json` and `audit --json` print. Its members are a promise; more may come. `compared`: how
 * the sessions stand in the store there is.
 */
export function importReportJson(
  report: ImportReport,
  compared: readonly SessionComparison[] | null = null,
): string {
  const { importId, dryRun, totals } = report
  const inStore = new Map((compared ?? []).map((one) => [JSON.stringify([one.namespace, one.id]), one]))
  return JSON.stringify(
    {
      importId,
      dryRun,
      sources: report.sources.map(sourceMembers),
      sessions: report.sessions.map((session) => ({
        ...sessionMembers(session),
        ...storeMember(inStore.get(JSON.stringify([session.namespace, session.id]))),
      })),
      totals: { sessions: totals.sessions, byVerdict: totals.byVerdict, lines: totals.lines },
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
