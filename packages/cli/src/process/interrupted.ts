import { CliError } from './cli-error.ts'
import { ExitCode } from './exit-code.ts'

/** What a signal left, and what to do next: two sentences, the first without its full stop. */
export interface Leaving {
  readonly left: string
  readonly advice: string
}

const LEAVING: Leaving = {
  left: 'what was finished before stays',
  advice: 'Run the same command again to go on.',
}

/** The reason of an abort by a signal; a command that knows better says what it left. */
export class Interrupted extends CliError {
  readonly signal: 'SIGINT' | 'SIGTERM'

  constructor(signal: 'SIGINT' | 'SIGTERM', { left, advice }: Leaving = LEAVING) {
    super('INTERRUPTED', `Stopped by ${signal}; ${left}.`, {
      exitCode: signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated,
      advice,
    })
    this.signal = signal
  }
}
