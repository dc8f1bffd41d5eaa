/** What the process ends with. */
export const ExitCode = {
  done: 0,
  failed: 1,
  /** Done, and something wants a person's eye: ambiguous, quarantined, unreadable, damaged. */
  findings: 2,
  usage: 64,
  /** No transcript was found where one was looked for. */
  noInput: 66,
  busy: 69,
  /** Reading or writing failed, or the disk is full. */
  io: 74,
  /** Wrong Node, or a place where no store is or can be. */
  configuration: 78,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]
