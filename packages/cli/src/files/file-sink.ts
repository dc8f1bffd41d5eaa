import type { FileHandle } from 'node:fs/promises'
import type { TextSink } from './text-sink.ts'

const BATCH = 256 * 1024

/** Writes text to a file, little pieces together. What is held is written by {@link flush}. */
export class FileSink implements TextSink {
  readonly closed = false
  readonly #file: FileHandle
  #pending = ''

  constructor(file: FileHandle) {
    this.#file = file
  }

  async write(text: string): Promise<void> {
    this.#pending += text
    if (this.#pending.length >= BATCH) await this.flush()
  }

  async flush(): Promise<void> {
    const text = this.#pending
    this.#pending = ''
    await this.#file.writeFile(text)
  }
}
