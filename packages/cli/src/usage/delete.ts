import type { Command } from 'commander'
import type { DeleteOptions } from '../commands/delete.ts'
import type { Action } from '../context/context.ts'

/** How `faircopy delete` is called. */
export function deleteCommand(program: Command, action: Action): void {
  program
    .command('delete')
    .description('delete a session; imports never bring it back. Without --yes only says what would go')
    .argument('<session>', 'the id of a session')
    .option('--yes', 'do it')
    .option('--undo', 'bring a deleted session back, within 30 days of its deletion')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy delete 20260302_100000_7dd70216
  $ faircopy delete 20260302_100000_7dd70216 --yes
  $ faircopy delete 20260302_100000_7dd70216 --undo`,
    )
    .action(action<DeleteOptions>(async () => (await import('../commands/delete.ts')).runDelete))
}
