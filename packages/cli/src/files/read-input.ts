/** All of a stream as text. Rejects with the signal's reason when aborted. */
export async function readInput(stream: NodeJS.ReadableStream, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) {
    signal.throwIfAborted()
    chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  }
  return Buffer.concat(chunks).toString()
}
