import type { ImportReport, SessionComparison } from '@faircopy/legacy-jsonl'
import type { Context } from '../context/context.ts'
import { type CommandOptions, commandOptions, nextCommand } from '../context/next-command.ts'
import { writeLines } from '../files/text-sink.ts'
import type { ExitCode } from '../process/exit-code.ts'
import { importReportJson } from '../reports/import-report-json.ts'
import {
  isGone,
  isUnread,
  oneSided,
  problemAdvice,
  problemLines,
  undecidedAdvice,
  undecidedLines,
  unforeseenLines,
  unreadHeadline,
  unreadLines,
  verdictTable,
} from '../reports/import-report-text.ts'
import { compareSources, comparisonLines } from '../reports/store-comparison.ts'
import { timesLines } from '../reports/times-text.ts'
import { planSources } from '../sources/import-sources.ts'
import { knownTo, withSources } from '../sources/open-source.ts'
import { importExit } from '../sources/source-exit.ts'
import { withReaderOrNull } from '../store/open-store.ts'
import { factsLines } from '../text/facts-text.ts'
import { plural } from '../text/plural.ts'
import { shortPath } from '../text/short-path.ts'

/** Options of `faircopy audit`. */
export interface AuditOptions {
  readonly format: string
  readonly timeZone?: string
}

/** `faircopy audit SOURCE…`: the plan of an import, as a report that can be shared. */
export async function runAudit(
  context: Context,
  paths: readonly string[],
  { format, timeZone }: AuditOptions,
): Promise<ExitCode> {
  const { namespace } = context
  const reading = { format, namespace, timeZone, known: knownTo(context) }
  const { report, compared } = await withSources(paths, reading, (sources) =>
    withReaderOrNull(context, async (store) => ({
      report: await planSources(context, sources, store),
      compared: store && (await compareSources(context, sources, store)),
    })),
  )
  const options = commandOptions(context, { format, timeZone })
  if (context.json) await writeLines(context.out, [importReportJson(report, options, compared)])
  else await writeLines(context.out, auditLines(context, report, compared, options))
  return importExit(report)
}

function auditLines(
  context: Context,
  report: ImportReport,
  compared: readonly SessionComparison[] | null,
  options: CommandOptions,
): string[] {
  const { ink, databasePath } = context
  const paths = report.sources.map(({ path }) => path)
  const sources = report.sources.map(({ path, format }) => `${shortPath(path)} (${format})`).join(', ')
  const { sessions, byVerdict, lines } = report.totals
  const undecidable = (byVerdict.ambiguous ?? 0) + (byVerdict.unreadable ?? 0) + (byVerdict.failed ?? 0)
  const partly = report.sessions.filter(
    ({ reason, problems }) =>
      reason === 'partly-read' ||
      (reason === undefined && problems.some((one) => isUnread(one) || one.code === 'pruned')),
  ).length
  const { canonical, file } = oneSided(report)
  const undecided = undecidedLines(ink, report)
  const problems = problemLines(ink, report.sources)
  const words = { ...options, source: paths }
  const unread = unreadHeadline(context, report)
  const headline = `Audit of ${sources}. Nothing was written, and no transcript text is in this report.`
  const times = timesLines(ink, report, options)
  const facts = factsLines(report)
  const sums = [
    `  ${ink.plain(plural(sessions - undecidable - partly, 'session'))} can be brought over whole, ${partly > 0 ? `${ink.plain(partly)} in part, ` : ''}${ink.plain(undecidable)} can't.`,
    `  Of the ${partly > 0 ? 'first two' : 'first'}: ${ink.plain(plural(file, 'message'))} only a file has, ${ink.plain(plural(canonical, 'message'))} only the other side has.`,
    `  ${ink.plain(plural(lines.total, 'line'))} in files: ${ink.plain(lines.imported)} bring an entry, ${ink.plain(lines.matched)} are known, ${ink.plain(lines.withheld)} withheld,`,
    `  ${ink.plain(lines.quarantined)} quarantined, ${ink.plain(lines.tornTail)} torn at the end, ${ink.plain(lines.metadata)} metadata, ${ink.plain(lines.blank)} blank.`,
  ]
  return [
    ink.bold(unread ?? headline),
    ...unreadLines(ink, report, 'faircopy audit FOLDER', options),
    ...(sessions === 0 || isGone(report) ? [] : ['', ...verdictTable(ink, report), '', ...sums]),
    ...unforeseenLines(report),
    ...(undecided.length > 0
      ? ['', ink.bold("Can't be brought over whole"), ...undecided, ...undecidedAdvice(ink, report, options)]
      : []),
    ...(compared && sessions > 0
      ? ['', ink.bold(`Beside ${shortPath(databasePath)}`), ...comparisonLines(ink, compared)]
      : []),
    ...(problems.length > 0
      ? ['', ink.bold('In the sources'), ...problems, ...problemAdvice(ink, report, options)]
      : []),
    ...(times.length > 0 ? ['', ink.bold('Times'), ...times] : []),
    ...(facts.length > 0 ? ['', ink.bold('What is known of sessions'), ...facts] : []),
    ...(unread === null ? ['', ink.plain(`Next: ${nextCommand('faircopy import SOURCE', words)}`)] : []),
  ]
}
