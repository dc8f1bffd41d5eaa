import type { Command } from 'commander'
import type { Action } from '../context/context.ts'

/** How `faircopy doctor` is called. */
export function doctorCommand(program: Command, action: Action): void {
  program
    .command('doctor')
    .description('whether the store is in good health, and what mends it; reads only')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy doctor
  $ faircopy doctor --json`,
    )
    .action(action<object>(async () => (await import('../commands/doctor.ts')).runDoctor))
}
