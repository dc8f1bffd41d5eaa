/** Takes text in order, however much of it. */
export interface TextSink {
  /** Nobody reads any more (EPIPE): whoever writes may stop. */
  readonly closed: boolean
  /** Resolves once there is room for more; rejects if what was written before failed. */
  write(text: string): Promise<void>
  /** Hands over what is held, and resolves once it is taken. */
  flush(): Promise<void>
}

/** Writes each line with its line end. */
export async function writeLines(sink: TextSink, lines: Iterable<string>): Promise<void> {
  for (const line of lines) await sink.write(`${line}\n`)
}
