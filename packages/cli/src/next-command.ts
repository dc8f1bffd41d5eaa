import type { SessionAddress } from '@faircopy/store-core'
import type { Context } from './context.ts'
import { databasePath } from './store/database-path.ts'
import { sessionArguments } from './text/session-name.ts'
import { shellWord } from './text/shell-word.ts'

/** What the placeholders of a command stand for; what is not known stays a placeholder. */
export interface CommandWords {
  readonly source?: string | readonly string[] | undefined
  readonly file?: string | undefined
  readonly session?: Required<SessionAddress> | undefined
  readonly importId?: string | undefined
  readonly manifest?: string | undefined
  /** Options that go with it, ready for a shell, with a space before each. */
  readonly more?: string | undefined
  /** The store's file, where it is not the one that a command finds by itself. */
  readonly db?: string | undefined
}

/** A command of a table of codes as it can be pasted into a shell; null where there is none. */
export function nextCommand(command: string, words: CommandWords): string
export function nextCommand(command: string | null, words: CommandWords): string | null
export function nextCommand(command: string | null, words: CommandWords): string | null {
  if (command === null) return null
  const { source, file, session, importId, manifest, more = '', db } = words
  const known: { readonly [placeholder: string]: string | undefined } = {
    SOURCE: source === undefined ? undefined : [source].flat().map(shellWord).join(' '),
    FILE: file && shellWord(file),
    SESSION: session && sessionArguments(session),
    IMPORT: importId && shellWord(importId),
    MANIFEST: manifest && shellWord(manifest),
  }
  const filled = command.replace(
    /\b(?:SOURCE|FILE|SESSION|IMPORT|MANIFEST)\b/g,
    (word) => known[word] ?? word,
  )
  const importsOneFile = command.startsWith('faircopy import FILE') && session !== undefined
  const namespace = importsOneFile ? sessionArguments(session).slice(shellWord(session.id).length) : ''
  const store = db === undefined || command.includes(' --db ') ? '' : ` --db ${shellWord(db)}`
  return `${filled}${namespace}${more}${store}`
}

/** Advice whose commands name the store's file, where it is not the one that a command finds by itself. */
export function namingStore(advice: string, db: string | undefined): string {
  if (db === undefined) return advice
  return advice.replace(/\bfaircopy (?:restore BACKUP|verify|status)/g, (command) =>
    nextCommand(command, { db }),
  )
}

/** The store's file as a command has to be told it; undefined where the command finds it by itself. */
export function storeToName({
  databasePath: path,
  io,
}: Pick<Context, 'databasePath' | 'io'>): string | undefined {
  return databasePath(undefined, io.env) === path ? undefined : path
}
