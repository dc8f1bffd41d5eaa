import { hasFindings, type ImportReport } from '@faircopy/legacy-jsonl'
import { UsageError } from '../cli-error.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit-code.ts'
import { writeLines } from '../files/text-sink.ts'
import { importReportJson } from '../json/import-report-json.ts'
import { nextCommand, storeToName } from '../next-command.ts'
import { importSources, planSources } from '../sources/import-sources.ts'
import { withSources } from '../sources/open-source.ts'
import { withReaderOrNull, withWriter } from '../store/open-store.ts'
import { problemLines, undecidedAdvice, undecidedLines, verdictTable } from '../text/import-report-text.ts'
import { plural } from '../text/plural.ts'
import { shortPath } from '../text/short-path.ts'
import { undoCommand, undoing } from '../undo-command.ts'

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
  const report = await withSources(paths, { format, namespace, timeZone }, (sources) =>
    dryRun
      ? withReaderOrNull(context, (store) => planSources(context, sources, store))
      : withWriter(context, (store) => importSources(context, sources, store, { anyRoom: !spaceCheck })),
  )
  if (context.json) await writeLines(context.out, [importReportJson(report, storeToName(context))])
  else await writeLines(context.out, reportLines(context, report))
  return hasFindings(report) ? ExitCode.findings : ExitCode.done
}

function reportLines(context: Context, report: ImportReport): string[] {
  const { ink, databasePath } = context
  const sources = report.sources.map(({ path, format }) => `${shortPath(path)} (${format})`).join(', ')
  const store = shortPath(databasePath)
  const undecided = undecidedLines(ink, report)
  const problems = problemLines(ink, report.sources)
  const [only, ...others] = report.sources
  const source = only && others.length === 0 ? only.path : 'SOURCE'
  return [
    ink.bold(headline(report, sources, store)),
    '',
    ...verdictTable(ink, report),
    ...(undecided.length > 0
      ? [
          '',
          ink.bold('Needs a person'),
          ...undecided,
          ...undecidedAdvice(ink, report, source, storeToName(context)),
        ]
      : []),
    ...(problems.length > 0 ? ['', ink.bold('In the sources'), ...problems] : []),
    '',
    ink.plain(nextLine(context, report)),
    ...(report.importId === null ? [] : [ink.dim(`To take it back: ${undoing(context, report.importId)}`)]),
  ]
}

function headline(report: ImportReport, sources: string, store: string): string {
  if (report.dryRun)
    return `A dry run: what importing ${sources} into ${store} would do. Nothing was written.`
  const { sessions, byVerdict } = report.totals
  const failed = byVerdict.failed ?? 0
  const andFailed = failed > 0 ? `; ${failed.toLocaleString('en')} failed` : ''
  if (report.importId === null)
    return failed > 0
      ? `Nothing was imported of ${sources} into ${store}${andFailed}`
      : `Nothing new in ${sources}: ${store} stays as it is.`
  const brought = report.sessions.filter(({ action }) => action !== 'unchanged').length
  if (brought === 0) return `Nothing new in ${sources}: ${store} only notes what was read${andFailed}`
  const which = brought === sessions ? '' : `${brought.toLocaleString('en')} of `
  return `Imported ${which}${plural(sessions, 'session')} of ${sources} into ${store}${andFailed}`
}

function nextLine(context: Context, { dryRun, sources }: ImportReport): string {
  const words = { source: sources.map(({ path }) => path), db: storeToName(context) }
  return `Next: ${nextCommand(dryRun ? 'faircopy import SOURCE' : 'faircopy list', words)}`
}
