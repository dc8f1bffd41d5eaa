import { CliError } from './cli-error.ts'
import { ExitCode } from './exit-code.ts'

/** The reason of an abort by a signal. */
export class Interrupted extends CliError {
  readonly signal: 'SIGINT' | 'SIGTERM'

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super('INTERRUPTED', `Stopped by ${signal}; what was finished before stays.`, {
      exitCode: signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated,
      advice: 'Run the same command again to go on.',
    })
    this.signal = signal
  }
}
