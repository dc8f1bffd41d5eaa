import { type Command, Option } from 'commander'
import type { ResolveOptions } from '../commands/resolve.ts'
import type { Action } from '../context/context.ts'
import { FORMAT_NAMES } from '../text/format-names.ts'

/** How `faircopy resolve` is called. */
export function resolveCommand(program: Command, action: Action): void {
  program
    .command('resolve')
    .description(
      'decide a session whose order is not known; without a choice show both sides and what is possible',
    )
    .argument('<session>', 'the id of a session')
    .option('--from <source>', 'where its legacy side is (default: what was imported)')
    .addOption(new Option('--format <name>', 'how the source is read').choices(FORMAT_NAMES))
    .option('--time-zone <zone>', 'the zone of stamps that name none, such as Europe/Berlin')
    .option('--keep-canonical', 'leave it as it is, and its legacy side where it is')
    .option('--adopt-legacy', 'let it say what the legacy side says; the rest becomes history')
    .option('--legacy-first', 'in each contested gap the legacy side, then the canonical one')
    .option('--branch', 'leave it as it is, and make the legacy side a session linked to it')
    .option('--by-time', 'in each contested gap the earlier side first')
    .option('--note <text>', 'a remark that is kept with the decision')
    .option('--undo', 'take the decision back: it says what it said before, and is undecided again')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy resolve 20260302_100000_7dd70216
  $ faircopy resolve 20260302_100000_7dd70216 --legacy-first --note 'the phone was offline'
  $ faircopy resolve 20260302_100000_7dd70216 --undo`,
    )
    .action(action<ResolveOptions>(async () => (await import('../commands/resolve.ts')).runResolve))
}
