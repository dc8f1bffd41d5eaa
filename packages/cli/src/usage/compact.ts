import type { Command } from 'commander'
import type { Action } from '../context/context.ts'

/** How `faircopy compact` is called. */
export function compactCommand(program: Command, action: Action): void {
  program
    .command('compact')
    .description('make the file of the store small again after prune and redact; it may be used meanwhile')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy compact
  $ faircopy compact --db old.db --json`,
    )
    .action(action<object>(async () => (await import('../commands/compact.ts')).runCompact))
}
