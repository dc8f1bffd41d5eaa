import { Option } from 'commander'
import { formatNames } from './open-source.ts'

/** `--format NAME` of a command that reads sources: told apart, unless it is given. */
export function formatOption(description: string): Option {
  return new Option('--format <name>', description).choices(formatNames()).default('auto')
}
