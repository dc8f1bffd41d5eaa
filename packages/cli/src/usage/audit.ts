import type { Command } from 'commander'
import type { AuditOptions } from '../commands/audit.ts'
import type { Action } from '../context/context.ts'
import { formatOption } from './format-option.ts'

/** How `faircopy audit` is called. */
export function auditCommand(program: Command, action: Action): void {
  program
    .command('audit')
    .description(
      'what an import would do, and whether an existing store says the same, without transcript text: fit to share',
    )
    .argument('<sources...>', 'a home, a folder of transcripts, or a file')
    .addOption(formatOption('how sources are read'))
    .option('--time-zone <zone>', 'the zone of stamps that name none, such as Europe/Berlin')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy audit ~/.hermes
  $ faircopy audit ~/.hermes --json > audit.json`,
    )
    .action(action<AuditOptions>(async () => (await import('../commands/audit.ts')).runAudit))
}
