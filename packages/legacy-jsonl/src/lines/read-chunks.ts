import type { FileHandle } from 'node:fs/promises'

const CHUNK_BYTES = 256 * 1024

/**
 * A file's bytes from its beginning. A chunk holds until the next one is asked for; then its memory is used again.
 *
 * @param expected How many bytes are likely wanted: a small file is not given the memory of a large one.
 */
export async function* readChunks(
  file: FileHandle,
  expected: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(CHUNK_BYTES, expected)))
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
