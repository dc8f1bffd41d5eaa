import type { Command } from 'commander'
import type { BackupCommandOptions } from '../commands/backup.ts'
import type { Action } from '../context/context.ts'

/** How `faircopy backup` is called. */
export function backupCommand(program: Command, action: Action): void {
  program
    .command('backup')
    .description('a checked copy of the store, made while it is used, that only you can read')
    .argument('<file>', 'a file that does not exist yet')
    .option('--compact', 'without what is free inside the file')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy backup faircopy-backup.db
  $ faircopy list --db faircopy-backup.db`,
    )
    .action(action<BackupCommandOptions>(async () => (await import('../commands/backup.ts')).runBackup))
}
