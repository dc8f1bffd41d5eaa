import { Option } from 'commander'
import { FORMAT_NAMES } from '../text/format-names.ts'

/** `--format NAME` of a command that reads sources: told apart, unless it is given. */
export function formatOption(description: string): Option {
  return new Option('--format <name>', description).choices(FORMAT_NAMES).default('auto')
}
