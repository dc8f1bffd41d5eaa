/** How two processes tell each other JSON values: `process.send` and `process.on('message')`, say. */
export interface ProcessChannel {
  send(message: unknown): void
  /** The listener gets every message from now on. */
  receive(listener: (message: unknown) => void): void
}
