import type { Command } from 'commander'
import type { ArchiveOptions } from '../commands/archive.ts'
import type { Action } from '../context/context.ts'
import { formatOption } from './format-option.ts'

/** How `faircopy archive` is called. */
export function archiveCommand(program: Command, action: Action): void {
  program
    .command('archive')
    .description('move files aside whose every line is proven to be in the store; --undo puts them back')
    .argument('[source]', 'a home, a folder of transcripts, or a file')
    .option('--to <folder>', "the archive's folder (default: beside the source, its name with -archive)")
    .option('--database', "the gateway's database too, once all its sessions can go")
    .option('--unanchored', 'also files in which nothing is distinctive')
    .option('--dry-run', 'say what would be moved and write nothing')
    .option(
      '--undo <manifest>',
      'put everything of a manifest back where it was. Without --yes only says what would be',
    )
    .option('--yes', 'undo it')
    .addOption(formatOption('how the source is read'))
    .option('--time-zone <zone>', 'the zone that the source was imported with')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy archive ~/.hermes --dry-run
  $ faircopy archive ~/.hermes --database --to /backup/hermes
  $ faircopy archive --undo ~/.hermes-archive/manifest-20260302T100000Z-4f1c2a90.json --yes`,
    )
    .action(action<ArchiveOptions>(async () => (await import('../commands/archive.ts')).runArchiveCommand))
}
