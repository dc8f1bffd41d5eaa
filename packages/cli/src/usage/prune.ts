import type { Command } from 'commander'
import type { PruneOptions } from '../commands/prune.ts'
import type { Action } from '../context/context.ts'
import { duration } from '../text/duration.ts'

/** How `faircopy prune` is called. */
export function pruneCommand(program: Command, action: Action): void {
  program
    .command('prune')
    .description(
      'remove old history, ended sessions, and what was deleted long ago, for good. Without --yes only says what would go',
    )
    .option('--history-older-than <time>', 'what left its transcript longer ago, such as 30d', duration)
    .option('--ended-older-than <time>', 'sessions that ended longer ago, such as 90d', duration)
    .option('--hold <ids...>', 'sessions that are kept whole, in every namespace, whatever the policy says')
    .option('--yes', 'do it')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy prune --history-older-than 30d
  $ faircopy prune --history-older-than 30d --ended-older-than 90d --hold 20260302_100000_7dd70216 --yes
  $ faircopy prune --yes`,
    )
    .action(action<PruneOptions>(async () => (await import('../commands/prune.ts')).runPrune))
}
