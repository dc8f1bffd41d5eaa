import type { SessionAddress } from '@faircopy/store-core'
import { sessionArguments } from './session-name.ts'
import { shellWord } from './shell-word.ts'

/** What the placeholders of a command stand for; what is not known stays a placeholder. */
export interface CommandWords {
  readonly source?: string | undefined
  readonly file?: string | undefined
  readonly session?: Required<SessionAddress> | undefined
  readonly manifest?: string | undefined
}

/** A command of a table of codes as it can be pasted into a shell; null where there is none. */
export function nextCommand(command: string | null, words: CommandWords): string | null {
  if (command === null) return null
  const { source, file, session, manifest } = words
  return command
    .replace(/\bSOURCE\b/, (word) => (source === undefined ? word : shellWord(source)))
    .replace(/\bFILE\b/, (word) => (file === undefined ? word : shellWord(file)))
    .replace(/\bMANIFEST\b/, (word) => (manifest === undefined ? word : shellWord(manifest)))
    .replace(/\bSESSION\b/, (word) => (session === undefined ? word : sessionArguments(session)))
}
