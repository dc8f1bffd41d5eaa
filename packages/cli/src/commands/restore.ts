import { dirname, resolve } from 'node:path'
import { type RestoreReport, restoreStore, type UndoRestoreReport, undoRestore } from '@faircopy/store-sqlite'
import type { Context } from '../context/context.ts'
import { nextCommand, storeToName } from '../context/next-command.ts'
import { progressOn } from '../context/progress.ts'
import { writeLines } from '../files/text-sink.ts'
import { UsageError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import { bytesText } from '../text/bytes-text.ts'
import { allEntriesText } from '../text/contents-text.ts'
import { plural } from '../text/plural.ts'
import { shortPath } from '../text/short-path.ts'

/** Options of `faircopy restore`. */
export interface RestoreCommandOptions {
  readonly yes?: boolean
  readonly undo?: string
  readonly closed?: boolean
}

/** `faircopy restore BACKUP`: a backup in the store's place, and the store aside; `--undo` puts it back. */
export async function runRestore(
  context: Context,
  args: readonly string[],
  { yes = false, undo, closed = false }: RestoreCommandOptions,
): Promise<ExitCode> {
  const [backup] = args
  const how = { closed, dryRun: !yes, signal: context.signal }
  if (undo !== undefined) {
    if (backup !== undefined) throw new UsageError('--undo takes a manifest, and no backup is named.')
    const report = await undoRestore({ ...how, manifest: resolve(undo) })
    await tell(context, report, () => undoLines(context, report, { named: resolve(undo), closed }))
    return ExitCode.done
  }
  if (backup === undefined) throw new UsageError("missing required argument 'backup'.")
  const progress = progressOn(context.io)
  try {
    const { verified: onProgress } = progress
    const path = context.databasePath
    const report = await restoreStore({ ...how, path, backup: resolve(backup), onProgress })
    progress.stop()
    await tell(context, report, () => restoreLines(context, report, closed))
    return ExitCode.done
  } finally {
    progress.stop()
  }
}

async function tell(context: Context, report: object, lines: () => string[]): Promise<void> {
  await writeLines(context.out, context.json ? [JSON.stringify(report, null, 2)] : lines())
}

function restoreLines(context: Context, report: RestoreReport, closed: boolean): string[] {
  const { ink } = context
  const { path, backup, dryRun, sessions, entries, bytes, aside, manifest } = report
  const what = `${plural(sessions, 'session')}, ${allEntriesText(entries)}, ${bytesText(bytes)}`
  const checked = `${ink.bold(shortPath(backup))}  ${what}, ${ink.green('checked')}`
  if (dryRun) {
    const words = { file: backup, more: closed ? ' --closed' : '', db: storeToName(context) }
    const next = nextCommand('faircopy restore FILE --yes', words)
    return [
      `A dry run: ${checked}`,
      ink.plain(`  It would take the place of ${shortPath(path)}. Nothing was moved.`),
      ...asideLines(context, aside, 'would go aside'),
      `  To do it: ${ink.cyan(next)}`,
    ]
  }
  return [
    checked,
    ink.plain(`  It is in the place of ${shortPath(path)}, and was checked again there.`),
    ...asideLines(context, aside, `went to ${shortPath(dirname(manifest ?? path))}`),
    ...takeBackLines(context, manifest),
  ]
}

function undoLines(
  context: Context,
  report: UndoRestoreReport,
  { named, closed }: { readonly named: string; readonly closed: boolean },
): string[] {
  const { ink } = context
  const { path, dryRun, back, aside, manifest } = report
  if (back.length + aside.length === 0)
    return [ink.plain(`${shortPath(named)}: nothing of it is aside; ${shortPath(path)} stays as it is.`)]
  const what = back.length === 0 ? 'no file' : back.join(', ')
  if (dryRun) {
    const words = { manifest: named, more: closed ? ' --closed' : '' }
    const next = nextCommand('faircopy restore --undo MANIFEST --yes', words)
    return [
      ink.plain(`A dry run: ${what} would be back in ${shortPath(dirname(path))}. Nothing was moved.`),
      ...asideLines(context, aside, 'would go aside'),
      `  To do it: ${ink.cyan(next)}`,
    ]
  }
  return [
    ink.plain(
      `${what}: back in ${shortPath(dirname(path))}, as ${back.length > 1 ? 'they were' : 'it was'}.`,
    ),
    ...asideLines(context, aside, `went to ${shortPath(dirname(manifest ?? path))}`),
    ...takeBackLines(context, manifest),
  ]
}

function asideLines({ ink }: Context, aside: readonly string[], where: string): string[] {
  if (aside.length === 0) return [ink.dim('  Nothing is there that has to go aside.')]
  return [ink.plain(`  ${aside.join(', ')} ${where}.`)]
}

function takeBackLines({ ink }: Context, manifest: string | null): string[] {
  if (manifest === null) return []
  const command = nextCommand('faircopy restore --undo MANIFEST --yes', { manifest })
  return [ink.dim('  To take it back:'), `    ${ink.cyan(command)}`]
}
