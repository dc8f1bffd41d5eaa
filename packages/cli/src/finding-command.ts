import { SOURCE_FINDING_CODES, type SourceFinding } from '@faircopy/legacy-jsonl'
import { DEFAULT_NAMESPACE } from '@faircopy/store-core'
import { sessionArguments } from './session-name.ts'
import { shellWord } from './shell-word.ts'

/** The command that leads out of a finding, fit to be pasted into a shell. */
export function findingCommand(
  source: string,
  { code, session, namespace = DEFAULT_NAMESPACE }: SourceFinding,
): string {
  return SOURCE_FINDING_CODES[code].command
    .replace(/\bSOURCE\b/, () => shellWord(source))
    .replace(/\bSESSION\b/, (word) =>
      session === undefined ? word : sessionArguments({ namespace, id: session }),
    )
}
