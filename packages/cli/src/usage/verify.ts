import type { Command } from 'commander'
import type { VerifyCommandOptions } from '../commands/verify.ts'
import type { Action } from '../context/context.ts'
import { formatOption } from './format-option.ts'

/** How `faircopy verify` is called. */
export function verifyCommand(program: Command, action: Action): void {
  program
    .command('verify')
    .description('re-hash every entry, re-chain every session, check the file itself; reads only')
    .option('--against <sources...>', 'prove that every line of these sources is in the store')
    .addOption(formatOption('how sources are read'))
    .option('--time-zone <zone>', 'the zone of stamps that name none, as it was imported with')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy verify
  $ faircopy verify --against ~/.hermes
  $ faircopy verify --against ~/.hermes --json > proof.json`,
    )
    .action(action<VerifyCommandOptions>(async () => (await import('../commands/verify.ts')).runVerify))
}
