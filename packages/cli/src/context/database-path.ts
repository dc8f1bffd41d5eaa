import { join, resolve } from 'node:path'
import envPaths from 'env-paths'
import { UsageError } from '../process/cli-error.ts'
import type { Io } from '../process/io.ts'

/** The store's file: `--db`, else `FAIRCOPY_DB`, else `faircopy.db` in the user's data folder. */
export function databasePath(option: string | undefined, env: Io['env']): string {
  if (option === '') throw new UsageError('--db needs the path of a file.')
  const chosen = option ?? env['FAIRCOPY_DB']
  return chosen ? resolve(chosen) : defaultPath()
}

function defaultPath(): string {
  return join(envPaths('faircopy', { suffix: '' }).data, 'faircopy.db')
}
