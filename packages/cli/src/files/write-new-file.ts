import { open } from 'node:fs/promises'
import { FileSink } from './file-sink.ts'
import type { TextSink } from './text-sink.ts'

/** Writes a file that is not there yet, for its owner only. It is not synced: see {@link syncFiles}. */
export async function writeNewFile(path: string, write: (sink: TextSink) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    const sink = new FileSink(file)
    await write(sink)
    await sink.flush()
  } finally {
    await file.close()
  }
}
