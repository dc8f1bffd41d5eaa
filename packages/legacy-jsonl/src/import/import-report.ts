import { type LineCounts, NO_LINES } from '../ledger/line-counts.ts'
import type { SessionReport } from '../ledger/session-report.ts'
import type { ImportPlan } from '../plan/import-plan.ts'
import { isFinding, type SourceProblem } from '../source/source-problem.ts'

/** A source as a report names it. */
export interface SourceReport {
  readonly path: string
  readonly format: string
  readonly problems: readonly SourceProblem[]
}

/** Sums over all sessions. */
export interface ImportTotals {
  readonly sessions: number
  /** Each session once: one that failed as `failed`, whatever was planned for it. */
  readonly byVerdict: { readonly [V in SessionReport['verdict']]?: number }
  readonly lines: LineCounts
  /** Entries whose time is unknown: their lines name no zone, and no zone was named. */
  readonly undated: number
  /** Entries that got a time which was unknown when they were imported. */
  readonly dated: number
  /** Facts of sessions that the store had and that it lacked until now, and such of which it has another that stays. */
  readonly facts: { readonly filled: number; readonly kept: number }
}

/** What an import did, or in a dry run would do. Holds no transcript text. */
export interface ImportReport {
  /** Null where nothing was written. */
  readonly importId: string | null
  readonly dryRun: boolean
  readonly sources: readonly SourceReport[]
  readonly sessions: readonly SessionReport[]
  readonly totals: ImportTotals
}

/** The report of a plan that is not carried out. */
export function reportPlan(plan: ImportPlan): ImportReport {
  return composeReport(
    plan,
    plan.sessions.map(({ report }) => report),
    null,
    true,
  )
}

/** Puts together the report of one source. */
export function composeReport(
  plan: ImportPlan,
  sessions: readonly SessionReport[],
  importId: string | null,
  dryRun: boolean,
): ImportReport {
  // What of the source could not be read is told of it, and of every session that it may tell of.
  const problems = [...new Set([...plan.problems, ...sessions.flatMap((session) => session.problems)])]
  return {
    importId,
    dryRun,
    sources: [{ path: plan.source.path, format: plan.source.format, problems }],
    sessions,
    totals: totalsOf(sessions),
  }
}

/** Several sources' reports as one. */
export function joinReports(reports: readonly ImportReport[]): ImportReport {
  const sessions = reports.flatMap((report) => report.sessions)
  return {
    importId: reports.find((report) => report.importId !== null)?.importId ?? null,
    dryRun: reports.some((report) => report.dryRun),
    sources: reports.flatMap((report) => report.sources),
    sessions,
    totals: totalsOf(sessions),
  }
}

/** Whether anything wants a person's eye: an undecided or unreadable session, or a problem that is a finding. */
export function hasFindings(report: ImportReport): boolean {
  return (
    report.sessions.some(
      ({ verdict, reason }) => verdict === 'ambiguous' || verdict === 'unreadable' || reason !== undefined,
    ) || report.sources.some((source) => source.problems.some(isFinding))
  )
}

function totalsOf(sessions: readonly SessionReport[]): ImportTotals {
  const byVerdict: { [V in SessionReport['verdict']]?: number } = {}
  const lines: { -readonly [K in keyof LineCounts]: number } = { ...NO_LINES }
  for (const session of sessions) {
    byVerdict[session.verdict] = (byVerdict[session.verdict] ?? 0) + 1
    for (const name of Object.keys(lines) as (keyof LineCounts)[]) lines[name] += session.lines[name]
  }
  const sum = (name: 'undated' | 'dated'): number =>
    sessions.reduce((total, session) => total + (session[name] ?? 0), 0)
  const count = (name: 'filled' | 'kept'): number =>
    sessions.reduce((total, { facts }) => total + (facts?.[name].length ?? 0), 0)
  return {
    sessions: sessions.length,
    byVerdict,
    lines,
    undated: sum('undated'),
    dated: sum('dated'),
    facts: { filled: count('filled'), kept: count('kept') },
  }
}
