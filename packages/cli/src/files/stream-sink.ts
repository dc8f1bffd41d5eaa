import type { TextSink } from './text-sink.ts'

const BATCH = 64 * 1024

/**
 * Writes to a stream with back-pressure: little pieces go together, and the next batch waits until the stream has taken
 * the one before. A reader that went away (EPIPE) closes the sink quietly; any other failure is thrown.
 */
export class StreamSink implements TextSink {
  readonly #stream: NodeJS.WritableStream
  #pending = ''
  #closed = false
  #isAtLineStart = true

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream
    // A failed write is told by its callback; without a listener the event that follows would end the process.
    stream.on('error', () => {})
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Whether what was written ends with a line. */
  get isAtLineStart(): boolean {
    return this.#isAtLineStart
  }

  async write(text: string): Promise<void> {
    if (text !== '') this.#isAtLineStart = text.endsWith('\n')
    this.#pending += text
    if (this.#pending.length >= BATCH) await this.flush()
  }

  /** Hands over what is held, and resolves once the stream has taken it. */
  async flush(): Promise<void> {
    const text = this.#pending
    this.#pending = ''
    if (text === '' || this.#closed) return
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(text, (error) => {
        if (error && !isGone(error)) reject(error)
        else {
          this.#closed ||= error != null
          resolve()
        }
      })
    })
  }
}

function isGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED'
}
