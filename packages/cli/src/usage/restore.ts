import type { Command } from 'commander'
import type { RestoreCommandOptions } from '../commands/restore.ts'
import type { Action } from '../context/context.ts'

/** How `faircopy restore` is called. */
export function restoreCommand(program: Command, action: Action): void {
  program
    .command('restore')
    .description(
      'put a backup in the place of the store, which goes aside with all that lies beside it. Without --yes only says what would be done',
    )
    .argument('[backup]', 'a file that faircopy backup wrote')
    .option('--yes', 'do it')
    .option('--undo <manifest>', 'put back what a restore put aside')
    .option('--closed', 'I made sure that no process has the store open, where that cannot be seen')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy restore /backup/faircopy.db
  $ faircopy restore /backup/faircopy.db --yes
  $ faircopy restore --undo faircopy.db.aside-20260302T100000Z-4f1c2a90/manifest.json --yes`,
    )
    .action(action<RestoreCommandOptions>(async () => (await import('../commands/restore.ts')).runRestore))
}
