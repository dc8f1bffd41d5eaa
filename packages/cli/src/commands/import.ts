import { randomUUID } from 'node:crypto'
import type { ImportReport, ImportTarget, LegacySource } from '@faircopy/legacy-jsonl'
import type { Context } from '../context/context.ts'
import {
  type CommandOptions,
  commandOptions,
  nextCommand,
  notedReading,
  type Reading,
  readingAbout,
} from '../context/next-command.ts'
import { writeLines } from '../files/text-sink.ts'
import { UsageError } from '../process/cli-error.ts'
import type { ExitCode } from '../process/exit-code.ts'
import { importReportJson } from '../reports/import-report-json.ts'
import {
  isGone,
  isUnread,
  problemAdvice,
  problemLines,
  undecidedAdvice,
  undecidedLines,
  unforeseenLines,
  unreadHeadline,
  unreadLines,
  verdictTable,
} from '../reports/import-report-text.ts'
import { timesLines } from '../reports/times-text.ts'
import { importSources, planSources } from '../sources/import-sources.ts'
import { knownTo, withSources } from '../sources/open-source.ts'
import { importExit } from '../sources/source-exit.ts'
import { noteBegun, noteDone, noteFinished } from '../store/begun-imports.ts'
import { storeExists, withReaderOrNull, withWriter } from '../store/open-store.ts'
import { factsLines } from '../text/facts-text.ts'
import { plural } from '../text/plural.ts'
import { shortPath } from '../text/short-path.ts'
import { undoCommand, undoing } from './undo-import.ts'

/** Options of `faircopy import`. */
export interface ImportOptions {
  readonly format: string
  readonly timeZone?: string
  readonly dryRun?: boolean
  readonly undo?: string
  /** Goes with `undo`, which without it only says what would be undone. */
  readonly yes?: boolean
  /** False with `--no-space-check`. */
  readonly spaceCheck: boolean
}

/** `faircopy import SOURCE…`: brings legacy transcripts into the store. */
export async function runImportCommand(
  context: Context,
  paths: readonly string[],
  { format, timeZone, dryRun = false, undo, yes = false, spaceCheck }: ImportOptions,
): Promise<ExitCode> {
  if (undo !== undefined) {
    if (paths.length > 0) throw new UsageError('--undo takes back a whole import, and no source is named.')
    if (yes && dryRun) throw new UsageError('--dry-run writes nothing, and --yes does it: give one of them.')
    return undoCommand(context, undo, !yes)
  }
  if (yes) throw new UsageError('--yes goes with --undo.')
  if (paths.length === 0) throw new UsageError("missing required argument 'sources'.")
  const { namespace } = context
  const importing = { anyRoom: !spaceCheck, reading: { format, timeZone, namespace } }
  const reading = { format, namespace, timeZone, known: knownTo(context) }
  const report = await withSources(paths, reading, async (sources) => {
    if (dryRun) return withReaderOrNull(context, (store) => planSources(context, sources, store))
    return (await storeExists(context))
      ? withWriter(context, (store) => importNoted(context, sources, store, importing))
      : importNoted(context, sources, null, importing)
  })
  const options = commandOptions(context, { format, timeZone })
  if (context.json) await writeLines(context.out, [importReportJson(report, options)])
  else await writeLines(context.out, reportLines(context, report, options))
  return importExit(report)
}

/** Imports the sources. Until all is written, a note beside the store tells of it. */
async function importNoted(
  { databasePath, ...context }: Context,
  sources: readonly LegacySource[],
  store: ImportTarget | null,
  { anyRoom, reading }: { readonly anyRoom: boolean; readonly reading: Reading },
): Promise<ImportReport> {
  const about = readingAbout(reading)
  const run = { id: randomUUID(), at: Date.now(), about }
  const paths = sources.map(({ path }) => path)
  const begun = { id: run.id, at: run.at, sources: paths, reading: notedReading(about) ?? {} }
  const begins = (): Promise<void> => noteBegun(databasePath, begun)
  const report = await importSources({ databasePath, ...context }, sources, store, { anyRoom, run, begins })
  await noteDone(databasePath, run.id)
  await noteFinished(databasePath, begun)
  return report
}

function reportLines(context: Context, report: ImportReport, options: CommandOptions): string[] {
  const { ink, databasePath } = context
  const sources = report.sources.map(({ path, format }) => `${shortPath(path)} (${format})`).join(', ')
  const store = shortPath(databasePath)
  const undecided = undecidedLines(ink, report)
  const problems = problemLines(ink, report.sources)
  const unread = unreadHeadline(context, report)
  const times = timesLines(ink, report, options)
  const facts = factsLines(report)
  return [
    ink.bold(unread ?? headline(report, sources, store)),
    ...unreadLines(ink, report, 'faircopy import FOLDER', options),
    ...(report.sessions.length === 0 || isGone(report) ? [] : ['', ...verdictTable(ink, report)]),
    ...unforeseenLines(report),
    ...(undecided.length > 0
      ? ['', ink.bold('Needs a person'), ...undecided, ...undecidedAdvice(ink, report, options)]
      : []),
    ...(problems.length > 0
      ? ['', ink.bold('In the sources'), ...problems, ...problemAdvice(ink, report, options)]
      : []),
    ...(times.length > 0 ? ['', ink.bold('Times'), ...times] : []),
    ...(facts.length > 0 ? ['', ink.bold('What is known of sessions'), ...facts] : []),
    ...(unread === null ? ['', ink.plain(nextLine(report, options))] : []),
    ...(report.importId === null ? [] : [ink.dim(`To take it back: ${undoing(context, report.importId)}`)]),
  ]
}

function headline(report: ImportReport, sources: string, store: string): string {
  if (report.dryRun)
    return `A dry run: what importing ${sources} into ${store} would do. Nothing was written.`
  const { sessions, byVerdict } = report.totals
  const failed = byVerdict.failed ?? 0
  const andFailed = failed > 0 ? `; ${failed.toLocaleString('en')} failed` : ''
  const isPart =
    report.sessions.some(({ reason }) => reason === 'partly-read') ||
    report.sources.some(({ problems }) => problems.some(isUnread))
  const read = isPart ? `what could be read of ${sources}` : sources
  if (report.importId === null)
    return failed > 0
      ? `Nothing was imported of ${sources} into ${store}${andFailed}`
      : `Nothing new in ${read}: ${store} stays as it is.`
  const brought = report.sessions.filter(({ action }) => action !== 'unchanged').length
  const undecided = byVerdict.ambiguous ?? 0
  if (brought === 0 && undecided > 0)
    return `No message of ${sources} was brought into ${store}, which notes what was read; ${undecided.toLocaleString('en')} undecided${andFailed}`
  if (brought === 0)
    return `No message is new in ${read}: ${store} notes it, and keeps any line that it lacked${andFailed}`
  const which = brought === sessions ? '' : `${brought.toLocaleString('en')} of `
  return `Imported ${which}${plural(sessions, 'session')} of ${sources} into ${store}${andFailed}`
}

function nextLine({ dryRun, sources }: ImportReport, options: CommandOptions): string {
  const words = { ...options, source: sources.map(({ path }) => path) }
  return `Next: ${nextCommand(dryRun ? 'faircopy import SOURCE' : 'faircopy list', words)}`
}
