import { createHash } from 'node:crypto'
import type { JsonValue, LedgerNote, LedgerRecord } from '@faircopy/store-core'
import { openRegularFile } from '../lines/open-regular-file.ts'
import { readChunks } from '../lines/read-chunks.ts'
import type { LegacySession, LegacyWitness } from '../source/legacy-source.ts'
import { SourceUnreadable } from '../source/source-error.ts'

/** What the witnesses of a session told at one moment. Null for a witness that there was not. */
export interface SourceFingerprint {
  /** SHA-256 of the file's first `size` bytes; of all that its witness read, where its size is not known. */
  readonly file: { readonly size: number | null; readonly digest: string } | null
  /** SHA-256 of the session's rows. */
  readonly database: { readonly digest: string } | null
}

/**
 * That what was written live from an entry on came after everything that the witnesses told then. It is noted in the
 * ledger before the first of these entries is written, so it is proven and not guessed.
 */
export interface Boundary extends SourceFingerprint {
  /** Entries that were written live with this id or a greater one stand behind. */
  readonly entry: number
}

/** The verdict of a note that records a {@link Boundary}. It decides nothing by itself. */
export const BOUNDARY_VERDICT = 'boundary'

/** The note that records a boundary. The same fingerprint again is the same note: the first boundary stands. */
export function boundaryNote({ entry, file, database }: Boundary): LedgerNote {
  return {
    key: `boundary ${file?.digest ?? '-'} ${database?.digest ?? '-'}`,
    verdict: BOUNDARY_VERDICT,
    reason: null,
    report: { boundary: { entry, file: file && { ...file }, database: database && { ...database } } },
    certificate: null,
  }
}

/** The boundary that a note records, whatever else it says; null where it records none. */
export function boundaryOf({ report }: Pick<LedgerRecord, 'report'>): Boundary | null {
  const told = members(report['boundary'])
  const entry = told?.['entry']
  if (!told || typeof entry !== 'number') return null
  const file = members(told['file'])
  const database = members(told['database'])
  const size = file?.['size']
  return {
    entry,
    file: file && { size: typeof size === 'number' ? size : null, digest: String(file['digest']) },
    database: database && { digest: String(database['digest']) },
  }
}

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

function members(value: JsonValue | undefined): { readonly [name: string]: JsonValue } | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [name: string]: JsonValue })
    : null
}
