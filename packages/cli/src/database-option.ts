import type { Context } from './context.ts'
import { databasePath } from './database-path.ts'
import { shellWord } from './shell-word.ts'

/** `--db FILE` with a space before it, for a command that is to be run on the same store; nothing where it goes there by itself. */
export function databaseOption({ io, databasePath: path }: Pick<Context, 'io' | 'databasePath'>): string {
  return databasePath(undefined, io.env) === path ? '' : ` --db ${shellWord(path)}`
}
