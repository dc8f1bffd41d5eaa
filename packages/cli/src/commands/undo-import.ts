import { UNDO_REFUSALS, type UndoneSession, type UndoReport, undoImport } from '@faircopy/legacy-jsonl'
import type { ImportRun, TranscriptImporter } from '@faircopy/store-core/operator'
import { UNDO_COMMANDS } from '../context/code-commands.ts'
import type { Context } from '../context/context.ts'
import { nextCommand, notedReading, storeToName } from '../context/next-command.ts'
import { progressOn } from '../context/progress.ts'
import { writeLines } from '../files/text-sink.ts'
import { CliError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import { noteDone } from '../store/begun-imports.ts'
import { withExisting, withReader } from '../store/open-store.ts'
import { SOURCE_NOW_WORDS, sourceNow } from '../store/source-now.ts'
import { shortImportId } from '../text/import-id.ts'
import { plural } from '../text/plural.ts'
import { sessionName } from '../text/session-name.ts'
import { shortPath } from '../text/short-path.ts'
import { type Cell, table } from '../text/table.ts'

/** The command that takes an import back. */
export function undoing(context: Context, importId: string): string {
  return nextCommand('faircopy import --undo IMPORT --yes', {
    importId: shortImportId(importId),
    db: storeToName(context),
  })
}

/**
 * `faircopy import --undo ID`: each session says again what it said before, followed by what was appended since. A dry run
 * says what would be.
 */
export async function undoCommand(context: Context, id: string, dryRun: boolean): Promise<ExitCode> {
  const open = dryRun ? withReader : withExisting
  const progress = progressOn(context.io)
  const [run, report] = await open(context, async (store) => {
    const run = await findImport(store, id)
    try {
      const options = { dryRun, signal: context.signal, onProgress: progress.undone }
      return [run, await undoImport(store, run.id, options)] as const
    } finally {
      progress.stop()
    }
  })
  // Nothing of it is left to go on with.
  if (!dryRun && !report.sessions.some(isLeft)) await noteDone(context.databasePath, run.id)
  if (context.json) await writeLines(context.out, [undoJson(context, report)])
  else
    await writeLines(context.out, [...undoLines(context, run, report), ...(await sourceLines(context, run))])
  return report.sessions.some(isLeft) ? ExitCode.findings : ExitCode.done
}

/** The import of an id, or of the only id that begins so. Fails with `NO_IMPORT` or `AMBIGUOUS_IMPORT`. */
async function findImport(store: TranscriptImporter, id: string): Promise<ImportRun> {
  const found: ImportRun[] = []
  for await (const run of store.imports()) {
    if (run.id === id) return run
    if (id !== '' && run.id.startsWith(id)) found.push(run)
  }
  const [run, ...others] = found
  if (run && others.length === 0) return run
  const which = JSON.stringify(id)
  if (!run) {
    throw new CliError('NO_IMPORT', `The store knows of no import ${which}.`, {
      advice: 'Which there are: faircopy status --json',
    })
  }
  throw new CliError('AMBIGUOUS_IMPORT', `${found.length} imports begin with ${which}.`, {
    exitCode: ExitCode.usage,
    advice: `Give more of the id: ${found.map((one) => one.id).join(', ')}.`,
  })
}

function isLeft({ status }: UndoneSession): boolean {
  return status === 'refused' || status === 'failed'
}

function undoJson(context: Context, { importId, undoId, dryRun, sessions }: UndoReport): string {
  const db = storeToName(context)
  const members = sessions.map((session) => {
    const { namespace, id, status, reason, detail, entries, removed } = session
    const next = reason && nextCommand(UNDO_COMMANDS[reason], { session, db })
    return { id, status, reason, detail, entries, removed, namespace, next }
  })
  const counts = { sessions: sessions.length, undone: 0, already: 0, refused: 0, failed: 0, removed: 0 }
  for (const { status, removed } of sessions) {
    counts[status]++
    counts.removed += removed
  }
  return JSON.stringify({ importId, undoId, dryRun, sessions: members, totals: counts }, null, 2)
}

/** That the source of an import cannot bring back now what is taken back. */
async function sourceLines({ ink }: Context, { about }: ImportRun): Promise<string[]> {
  const { path } = about
  const words = typeof path === 'string' ? SOURCE_NOW_WORDS[await sourceNow(path)] : ''
  if (typeof path !== 'string' || words === '') return []
  return [
    ink.plain(
      `  ${shortPath(path)}: ${words}. Until its files are back (faircopy archive --undo, where they were archived), no import brings this in again.`,
    ),
  ]
}

function undoLines(context: Context, run: ImportRun, { importId, dryRun, sessions }: UndoReport): string[] {
  const { ink } = context
  const source = typeof run.about['path'] === 'string' ? run.about['path'] : null
  const what = `import ${shortImportId(importId)}${source === null ? '' : ` of ${shortPath(source)}`}`
  const done = sessions.filter(({ status }) => status === 'undone')
  const removed = sessions.reduce((sum, session) => sum + session.removed, 0)
  const left = sessions.filter(isLeft)
  const already = sessions.length - done.length - left.length
  const gone = done.filter(({ entries }) => entries === null).length
  const rows = left.map((session): Cell[] => [
    [sessionName(session), 'bold'],
    [session.reason ?? session.status, 'yellow'],
    [session.reason ? UNDO_REFUSALS[session.reason].meaning : (session.detail ?? ''), 'dim'],
  ])
  const headline = dryRun
    ? `A dry run: ${plural(done.length, 'session')} of ${what} would be undone. Nothing was written.`
    : `Undid ${what} in ${plural(done.length, 'session')}; ${plural(removed, 'entry', 'entries')} removed.`
  return [
    ink.bold(headline),
    ...(gone > 0 && !dryRun
      ? [
          ink.plain(
            `  ${plural(gone, 'session')} did not exist before it, and ${gone === 1 ? 'is' : 'are'} gone.`,
          ),
        ]
      : []),
    ...(already > 0 ? [ink.dim(`  In ${plural(already, 'session')} it was undone before.`)] : []),
    ...(left.length > 0
      ? [
          '',
          ink.bold(dryRun ? 'Would be refused' : 'Refused'),
          ...table(ink, [{ heading: '' }, { heading: '' }, { heading: '' }], rows),
        ]
      : []),
    ...(dryRun
      ? done.length > 0
        ? ['', `To do it: ${ink.cyan(undoing(context, importId))}`]
        : []
      : [
          '',
          ink.plain(
            `To bring it in again: ${nextCommand('faircopy import SOURCE', { source: source ?? undefined, reading: notedReading(run.about) ?? {}, db: storeToName(context) })}`,
          ),
        ]),
  ]
}
