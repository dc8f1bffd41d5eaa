import { type Command, Option } from 'commander'
import type { SearchCommandOptions } from '../commands/search.ts'
import type { Action } from '../context/context.ts'
import { positiveInteger } from './positive-integer.ts'

/** How `faircopy search` is called. */
export function searchCommand(program: Command, action: Action): void {
  program
    .command('search')
    .description('find what was said, in any case, width and accents; any text is a query')
    .argument('<text...>', 'words that all have to be there; "words in a row" in quotes, the beginn* of one')
    .option('--limit <n>', 'at most so many hits, up to 1000', positiveInteger, 20)
    .option('--session <id>', 'only in this session')
    .addOption(
      new Option('--order <name>', 'the newest first, or the best match')
        .choices(['newest', 'best'])
        .default('newest'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy search sourdough
  $ faircopy search '"gate code"' --limit 5
  $ faircopy search deploy --session 20260302_100000_7dd70216 --json`,
    )
    .action(action<SearchCommandOptions>(async () => (await import('../commands/search.ts')).runSearch))
}
