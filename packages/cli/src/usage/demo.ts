import type { Command } from 'commander'
import type { Action } from '../context/context.ts'

/** How `faircopy demo` is called. */
export function demoCommand(program: Command, action: Action): void {
  program
    .command('demo')
    .description('import a sample home into a temporary store, and see what came of it')
    .action(action<object>(async () => (await import('../commands/demo.ts')).runDemo))
}
