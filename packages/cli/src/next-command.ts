import type { SessionAddress } from '@faircopy/store-core'
import type { Context } from './context.ts'
import { databasePath } from './database-path.ts'
import { sessionArguments } from './session-name.ts'
import { shellWord } from './shell-word.ts'

/** What the placeholders of a command stand for; what is not known stays a placeholder. */
export interface CommandWords {
  readonly source?: string | undefined
  readonly file?: string | undefined
  readonly session?: Required<SessionAddress> | undefined
  readonly manifest?: string | undefined
  /** The store's file, where it is not the one that a command finds by itself. */
  readonly db?: string | undefined
}

/** A command of a table of codes as it can be pasted into a shell; null where there is none. */
export function nextCommand(command: string | null, words: CommandWords): string | null {
  if (command === null) return null
  const { source, file, session, manifest, db } = words
  const filled = command
    .replace(/\bSOURCE\b/, (word) => (source === undefined ? word : shellWord(source)))
    .replace(/\bFILE\b/, (word) => (file === undefined ? word : shellWord(file)))
    .replace(/\bMANIFEST\b/, (word) => (manifest === undefined ? word : shellWord(manifest)))
    .replace(/\bSESSION\b/, (word) => (session === undefined ? word : sessionArguments(session)))
  const importsOneFile = command.startsWith('faircopy import FILE') && session !== undefined
  const namespace = importsOneFile ? sessionArguments(session).slice(shellWord(session.id).length) : ''
  return `${filled}${namespace}${db === undefined ? '' : ` --db ${shellWord(db)}`}`
}

/** The store's file as a command has to be told it; undefined where the command finds it by itself. */
export function storeToName({
  databasePath: path,
  io,
}: Pick<Context, 'databasePath' | 'io'>): string | undefined {
  return databasePath(undefined, io.env) === path ? undefined : path
}
