import { lstat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Context } from '../context/context.ts'
import { nextCommand } from '../context/next-command.ts'
import { writeLines } from '../files/text-sink.ts'
import { CliError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import { failureOf } from '../reports/failure.ts'
import { withReader } from '../store/open-store.ts'
import { isSessionDamage } from '../store/store-harm.ts'
import { bytesText } from '../text/bytes-text.ts'
import { allEntriesText } from '../text/contents-text.ts'
import { shortPath } from '../text/short-path.ts'

/** Options of `faircopy backup`. */
export interface BackupCommandOptions {
  readonly compact?: boolean
}

/** `faircopy backup FILE`: a checked copy, made while the store is used. */
export async function runBackup(
  context: Context,
  args: readonly string[],
  { compact = false }: BackupCommandOptions,
): Promise<ExitCode> {
  const { out, ink, json, signal } = context
  const path = resolve(args[0] ?? '')
  await refuseExisting(path)
  const { bytes, entries } = await withReader(context, (store) =>
    store.backup(path, { compact, signal }).catch((error: unknown) => {
      throw asFailure(error)
    }),
  )
  if (json) await writeLines(out, [JSON.stringify({ path, bytes, entries }, null, 2)])
  else {
    await writeLines(out, [
      `${ink.bold(shortPath(path))}  ${allEntriesText(entries)}, ${bytesText(bytes)}, ${ink.green('checked')}`,
      ink.dim(`  It is a store of its own: ${nextCommand('faircopy verify', { db: path })}`),
    ])
  }
  return ExitCode.done
}

/** Damage of single sessions leaves nothing done here: there is no backup. */
function asFailure(error: unknown): unknown {
  if (!isSessionDamage(error)) return error
  const { code, message, advice } = failureOf(error)
  return new CliError(code, message, { advice, cause: error })
}

async function refuseExisting(path: string): Promise<void> {
  const existing = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (!existing) return
  throw new CliError('FILE_EXISTS', `${path} exists already.`, {
    advice: 'Name another file: a backup never takes the place of one.',
  })
}
