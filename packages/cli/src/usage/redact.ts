import type { Command } from 'commander'
import type { RedactOptions } from '../commands/redact.ts'
import type { Action } from '../context/context.ts'
import { positiveInteger } from './positive-integer.ts'

/** How `faircopy redact` is called. */
export function redactCommand(program: Command, action: Action): void {
  program
    .command('redact')
    .description(
      'remove a text from an entry, its history and the search index, for good. Without --yes only says where it stands',
    )
    .argument('<session>', 'the id of a session')
    .argument('<entry>', 'the id of an entry, as show --json tells it', positiveInteger)
    .option('--text <text>', 'the text; without it stdin, which keeps it out of the history of a shell')
    .option('--yes', 'do it')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy redact 20260302_100000_7dd70216 7 < secret.txt
  $ pass show bank | faircopy redact 20260302_100000_7dd70216 7 --yes`,
    )
    .action(action<RedactOptions>(async () => (await import('../commands/redact.ts')).runRedact))
}
