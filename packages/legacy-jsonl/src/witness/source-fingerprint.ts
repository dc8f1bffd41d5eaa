import { createHash } from 'node:crypto'
import type { SourceFingerprint } from '../ledger/note.ts'
import { openRegularFile } from '../lines/open-regular-file.ts'
import { readChunks } from '../lines/read-chunks.ts'
import type { LegacySession, LegacyWitness } from '../source/legacy-source.ts'
import { SourceUnreadable } from '../source/source-error.ts'

/**
 * What the witnesses of a session tell now. A file that is being appended to is taken as far as it goes. Fails with
 * `SourceUnreadable`, or `SourceChanged` where rows did not rest.
 *
 * Cost: reads each witness once.
 */
export async function sourceFingerprint({ file, database }: LegacySession): Promise<SourceFingerprint> {
  return {
    file: file && (await fileFingerprint(file)),
    database: database && { digest: await digestOf(database) },
  }
}

/** SHA-256 of a file's first `size` bytes; null where it is shorter, or is no readable file. */
export async function prefixDigest(path: string, size: number): Promise<string | null> {
  const read = await hashFile(path, size).catch(() => null)
  return read && read.size === size ? read.digest : null
}

async function fileFingerprint(
  witness: LegacyWitness,
): Promise<{ readonly size: number | null; readonly digest: string }> {
  const read = await hashFile(witness.path, Number.POSITIVE_INFINITY)
  return read ?? { size: null, digest: await digestOf(witness) }
}

/** Null: there is no file of that name, so the witness is not made of one. */
async function hashFile(path: string, end: number): Promise<{ size: number; digest: string } | null> {
  const { file, not } = await openRegularFile(path)
  if (not) {
    if ((not.cause as { code?: string } | undefined)?.code === 'ENOENT') return null
    throw new SourceUnreadable(path, not.what, not.cause)
  }
  try {
    const sha256 = createHash('sha256')
    let size = 0
    for await (const chunk of readChunks(file, end)) {
      const part = chunk.subarray(0, Math.min(chunk.length, end - size))
      sha256.update(part)
      size += part.length
      if (size >= end) break
    }
    return { size, digest: sha256.digest('hex') }
  } finally {
    await file.close()
  }
}

async function digestOf(witness: LegacyWitness): Promise<string> {
  const reading = witness.read()
  for await (const _ of reading);
  return reading.digest
}
