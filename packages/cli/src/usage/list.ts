import type { Command } from 'commander'
import type { Action } from '../context/context.ts'

/** How `faircopy list` is called. */
export function listCommand(program: Command, action: Action): void {
  program
    .command('list')
    .description('a line for each session, in the order of their ids')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy list --namespace work
  $ faircopy list --json`,
    )
    .action(action<object>(async () => (await import('../commands/list.ts')).runList))
}
