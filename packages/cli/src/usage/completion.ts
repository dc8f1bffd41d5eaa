import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { completePath } from '../files/complete-path.ts'

const PATH_OPTIONS: ReadonlySet<string> = new Set(['against', 'db', 'from', 'out', 'to', 'undo'])
const PATH_ARGUMENTS: ReadonlySet<string> = new Set(['sources', 'source', 'file', 'backup'])

/** `faircopy completion SHELL`: a script that completes commands, options, their values and paths. */
export function completionCommand(program: Command): void {
  const completions = tab(program, { completionCommandName: 'completion' })
  for (const command of completions.commands.values()) {
    for (const option of program.options) {
      const name = option.long?.slice(2) ?? ''
      if (option.required) command.option(name, option.description, () => {})
      else command.option(name, option.description)
    }
    for (const [name, option] of command.options) if (PATH_OPTIONS.has(name)) option.handler = completePath
    for (const name of PATH_ARGUMENTS) {
      const argument = command.arguments.get(name)
      if (argument) argument.handler = completePath
    }
  }
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('a script that completes commands, options, their values and paths')
    .addHelpText(
      'after',
      `
For bash the package bash-completion has to be there: the script calls its functions.

Examples:
  $ source <(faircopy completion bash)
  $ faircopy completion fish > ~/.config/fish/completions/faircopy.fish`,
    )
}
