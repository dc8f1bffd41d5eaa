import type { Command } from 'commander'
import type { Action } from '../context/context.ts'

/** How `faircopy report` is called. */
export function reportCommand(program: Command, action: Action): void {
  program
    .command('report')
    .description('the state of the store and its imports for a bug report, without transcript text or names')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy report
  $ faircopy report --json > report.json`,
    )
    .action(action<object>(async () => (await import('../commands/report.ts')).runReport))
}
