import type { Command } from 'commander'
import type { ImportOptions } from '../commands/import.ts'
import type { Action } from '../context/context.ts'
import { formatOption } from './format-option.ts'

/** How `faircopy import` is called. */
export function importCommand(program: Command, action: Action): void {
  program
    .command('import')
    .description('bring legacy transcripts into the store; the sources stay as they are')
    .argument('[sources...]', 'a home, a folder of transcripts, or a file')
    .addOption(formatOption('how sources are read'))
    .option('--time-zone <zone>', 'the zone of stamps that name none, such as Europe/Berlin')
    .option('--dry-run', 'print the plan and write nothing')
    .option(
      '--undo <import>',
      'take an import back: its id, or what it begins with. Without --yes only says what would be',
    )
    .option('--yes', 'undo it')
    .option('--no-space-check', 'import although the disk seems too full for it')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy import ~/.hermes --dry-run
  $ faircopy import ~/.hermes --time-zone America/Los_Angeles
  $ faircopy import old/*.jsonl --format openai-chat --namespace work
  $ faircopy import --undo 4f1c2a90
  $ faircopy import --undo 4f1c2a90 --yes`,
    )
    .action(action<ImportOptions>(async () => (await import('../commands/import.ts')).runImportCommand))
}
