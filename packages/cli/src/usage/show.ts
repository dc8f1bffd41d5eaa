import { type Command, Option } from 'commander'
import type { ShowOptions } from '../commands/show.ts'
import type { Action } from '../context/context.ts'
import { formatOption } from './format-option.ts'
import { positiveInteger } from './positive-integer.ts'

/** How `faircopy show` is called. */
export function showCommand(program: Command, action: Action): void {
  program
    .command('show')
    .description('read a session; with --json one entry a line, its record in its exact text')
    .argument('<session>', 'the id of a session')
    .addOption(
      new Option('--projection <name>', 'everything, what a person reads, or what a model is given')
        .choices(['audit', 'display', 'model'])
        .default('audit'),
    )
    .addOption(
      new Option('--witness <name>', 'whose telling: the store, or a side of --from')
        .choices(['store', 'database', 'file'])
        .default('store'),
    )
    .option('--from <source>', 'the source of --witness database and file')
    .addOption(formatOption('how --from is read'))
    .option('--time-zone <zone>', 'the zone of stamps in --from that name none')
    .option('--tail <n>', 'only the last n entries', positiveInteger)
    .option('--history', 'what it said before: its generations, and what left the transcript, with why')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy show 20260302_100000_7dd70216 --tail 20
  $ faircopy show 20260302_100000_7dd70216 --projection display
  $ faircopy show 20260302_100000_7dd70216 --history
  $ faircopy show 20260302_100000_7dd70216 --witness file --from ~/.hermes`,
    )
    .action(action<ShowOptions>(async () => (await import('../commands/show.ts')).runShow))
}
