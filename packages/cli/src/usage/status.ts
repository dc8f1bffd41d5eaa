import type { Command } from 'commander'
import type { Action } from '../context/context.ts'

/** How `faircopy status` is called. */
export function statusCommand(program: Command, action: Action): void {
  program
    .command('status')
    .description('sessions, imports, what is undecided and what to do about it')
    .action(action<object>(async () => (await import('../commands/status.ts')).runStatus))
}
