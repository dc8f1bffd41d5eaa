import { isAbsolute } from 'node:path'
import { DEFAULT_NAMESPACE, isJsonObject, type JsonObject, type SessionAddress } from '@faircopy/store-core'
import { sessionArguments } from '../text/session-name.ts'
import { shellWord } from '../text/shell-word.ts'
import type { Context } from './context.ts'
import { databasePath } from './database-path.ts'

/** How sources were read, and where their sessions went: what was given for it. */
export interface Reading {
  readonly format?: string | undefined
  readonly timeZone?: string | undefined
  readonly namespace?: string | undefined
}

/** What a command has to say besides its own words to do the same, wherever it is pasted. */
export interface CommandOptions {
  /** The store's file, where it is not the one that a command finds by itself. */
  readonly db?: string | undefined
  /** Goes with commands that read a source. */
  readonly reading?: Reading | undefined
}

/** What the placeholders of a command stand for; what is not known stays a placeholder. */
export interface CommandWords extends CommandOptions {
  readonly source?: string | readonly string[] | undefined
  readonly file?: string | undefined
  readonly folder?: string | undefined
  readonly session?: Required<SessionAddress> | undefined
  readonly importId?: string | undefined
  readonly manifest?: string | undefined
  /** Options that go with it, ready for a shell, with a space before each. */
  readonly more?: string | undefined
}

/** A command of a table of codes as it can be pasted into a shell; null where there is none. */
export function nextCommand(command: string, words: CommandWords): string
export function nextCommand(command: string | null, words: CommandWords): string | null
export function nextCommand(command: string | null, words: CommandWords): string | null {
  if (command === null) return null
  const { source, file, folder, session, importId, manifest, more = '' } = words
  // An id that begins like an option stands at the end, behind what ends the options.
  const isLast = session !== undefined && /\bSESSION\b/.test(command) && session.id.startsWith('-')
  const known: { readonly [placeholder: string]: string | undefined } = {
    SOURCE: source === undefined ? undefined : [source].flat().map(shellWord).join(' '),
    FILE: file && shellWord(file),
    FOLDER: folder && shellWord(folder),
    SESSION: session && (isLast ? namespaceOption(session.namespace).trim() : sessionArguments(session)),
    IMPORT: importId && shellWord(importId),
    MANIFEST: manifest && shellWord(manifest),
  }
  const filled = command
    .replace(/\b(?:SOURCE|FILE|FOLDER|SESSION|IMPORT|MANIFEST)\b/g, (word) => known[word] ?? word)
    .replace(/ +(?= |$)/g, '')
  const last = isLast ? ` -- ${shellWord(session.id)}` : ''
  return `${filled}${readingOptions(command, words)}${more}${storeOption(command, words)}${last}`
}

/** A step with the command that does it, or goes on after it. */
export function withCommand(step: string, command: string | null): string {
  return command === null ? step : `${step.replace(/\.$/, '')}: ${command}`
}

/** Advice whose commands name the store's file, where it is not the one that a command finds by itself and none names it yet. */
export function namingStore(advice: string, db: string | undefined): string {
  if (db === undefined || advice.includes(' --db ')) return advice
  return advice.replace(COMMAND_IN_PROSE, (command, at: number) =>
    // One that goes on with a word of its own says already what it is about.
    /^ (?:--[a-z-]+ )*['"/]/.test(advice.slice(at + command.length)) ? command : nextCommand(command, { db }),
  )
}

const COMMAND_IN_PROSE =
  /\bfaircopy (?:audit|compact|delete|doctor|import|list|resolve|restore|show|status|verify)(?: [A-Z]{2,}\b)*/g

/** The store's file as a command has to be told it; undefined where the command finds it by itself, in any folder. */
export function storeToName({
  databasePath: path,
  io: { env },
}: Pick<Context, 'databasePath' | 'io'>): string | undefined {
  const chosen = env['FAIRCOPY_DB']
  const isFound = databasePath(undefined, env) === path && (!chosen || isAbsolute(chosen))
  return isFound ? undefined : path
}

/** What commands that go on from one of this context have to repeat. */
export function commandOptions(
  context: Pick<Context, 'databasePath' | 'io' | 'namespace'>,
  { format, timeZone }: Reading = {},
): CommandOptions {
  return { db: storeToName(context), reading: { format, timeZone, namespace: context.namespace } }
}

/** What was given for the reading of a source, for the ledger: no member where nothing was. */
export function readingAbout({ format, timeZone, namespace }: Reading): JsonObject {
  const given = Object.entries({ format: format === 'auto' ? undefined : format, timeZone, namespace })
  const told = given.filter((member): member is [string, string] => member[1] !== undefined)
  return told.length === 0 ? {} : { reading: Object.fromEntries(told) }
}

/** How a source was read, as the ledger notes it; null where nothing was given for it. */
export function notedReading(about: JsonObject): Reading | null {
  const noted = about['reading']
  if (!isJsonObject(noted)) return null
  const text = (name: string): string | undefined =>
    typeof noted[name] === 'string' ? noted[name] : undefined
  return { format: text('format'), timeZone: text('timeZone'), namespace: text('namespace') }
}

/** What commands that read a source have to repeat. A session that is named says itself where it is. */
function readingOptions(command: string, { session, reading = {} }: CommandWords): string {
  const takesSources = /^faircopy (?:audit|import|verify|archive)\b.* (?:SOURCE|FILE|FOLDER)\b/.test(command)
  if (!takesSources && !/ --from SOURCE\b/.test(command)) return ''
  // What was found instead of a source is what it looks like, whatever was named.
  const isFound = / FOLDER\b/.test(command) && !/ SOURCE\b/.test(command)
  const { format = 'auto', timeZone, namespace = DEFAULT_NAMESPACE } = reading
  const ofSession = command.startsWith('faircopy import FILE') && session !== undefined
  return [
    isFound || format === 'auto' || / --format /.test(command) ? '' : ` --format ${shellWord(format)}`,
    timeZone === undefined || / --time-zone /.test(command) ? '' : ` --time-zone ${shellWord(timeZone)}`,
    takesSources ? namespaceOption(ofSession ? session.namespace : namespace) : '',
  ].join('')
}

function namespaceOption(namespace: string): string {
  return namespace === DEFAULT_NAMESPACE ? '' : ` --namespace ${shellWord(namespace)}`
}

function storeOption(command: string, { db }: CommandWords): string {
  return db === undefined || command.includes(' --db ') ? '' : ` --db ${shellWord(db)}`
}
