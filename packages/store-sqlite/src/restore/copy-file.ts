import { createHash } from 'node:crypto'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** The bytes of a file, summed up. */
export interface Digest {
  readonly bytes: number
  /** Hex. */
  readonly sha256: string
}

const CHUNK = 1024 * 1024
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** Copies a file into one that is there and empty, and syncs it. Fails with the signal's reason when it is aborted. */
export async function copyInto(from: string, to: string, signal: AbortSignal | undefined): Promise<Digest> {
  const target = await open(to, 'r+')
  try {
    const digest = await digestOf(from, signal, target)
    await target.sync()
    return digest
  } finally {
    await target.close()
  }
}

/** The first bytes of a file, or fewer where it is shorter. */
export function headOf(path: string, length: number): Buffer {
  const handle = openSync(path, READ)
  try {
    const bytes = Buffer.alloc(length)
    return bytes.subarray(0, readSync(handle, bytes, 0, length, 0))
  } finally {
    closeSync(handle)
  }
}

/** Sums a file up. No link is followed, and a process that has a store on it open must not do this (S21). */
export async function digestOf(path: string, signal?: AbortSignal, copy?: FileHandle): Promise<Digest> {
  const file = await open(path, READ)
  try {
    const sha256 = createHash('sha256')
    const chunk = Buffer.allocUnsafe(CHUNK)
    for (let bytes = 0; ; ) {
      signal?.throwIfAborted()
      const { bytesRead } = await file.read(chunk, 0, CHUNK, bytes)
      if (bytesRead === 0) return { bytes, sha256: sha256.digest('hex') }
      sha256.update(chunk.subarray(0, bytesRead))
      await copy?.writeFile(chunk.subarray(0, bytesRead))
      bytes += bytesRead
    }
  } finally {
    await file.close()
  }
}
