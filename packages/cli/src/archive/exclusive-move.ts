import { createHash } from 'node:crypto'
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncFolder } from '../files/sync-files.ts'

/** What a file was when it was read. */
export interface FileFacts {
  /** In bytes. */
  readonly size: number
  /** Of all its bytes, hex. */
  readonly sha256: string
  /** Nanoseconds since the epoch, as text: a number would round them. */
  readonly mtimeNs: string
  /** The permission bits. */
  readonly mode: number
  readonly dev: bigint
  readonly ino: bigint
}

/**
 * How a move ended. Nothing is ever overwritten, and what was read is gone from where it was only once it is safe where it
 * is. What somebody puts in its place between the last look and the removal goes with it: `docs/threat-model.md`.
 */
export type MoveOutcome =
  | 'moved'
  /** The file is not what it was when it was read; it stays where it is. */
  | 'changed'
  /** Something else has the target's name. */
  | 'taken'

// Windows has neither flag, and neither FIFOs nor such links to fear.
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
const CHUNK = 256 * 1024

/** A file cannot be linked there: another file system, or one without hard links. */
const NO_LINK: ReadonlySet<string> = new Set(['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/**
 * Reads a regular file whole; null where there is none of that name. Fails with the system's error, and with `ELOOP` for
 * a symbolic link. A file that is written to meanwhile is read again, at most three times; then it is `changed`.
 */
export async function fileFacts(path: string): Promise<FileFacts | 'changed' | 'not-a-file' | null> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    const seen = await statsOf(path)
    if (seen === null) return null
    if (!seen.isFile()) return 'not-a-file'
    const file = await open(path, READ).catch(ifMissing)
    if (file === null) return null
    try {
      const before = await file.stat({ bigint: true })
      const { sha256, size } = await digestOf(file)
      const after = await statsOf(path)
      if (after && isSame(before, after) && BigInt(size) === before.size) {
        const { dev, ino, mtimeNs, mode } = before
        return { size, sha256, mtimeNs: String(mtimeNs), mode: Number(mode) & 0o7777, dev, ino }
      }
    } finally {
      await file.close()
    }
  }
  return 'changed'
}

/**
 * Moves a file that was read to a name that is free, and syncs it and both folders. On one file system the file itself
 * gets its new name before it loses the old one; elsewhere, and where it has yet another name, it is copied, the copy is
 * synced and read back, and only then the original goes: what is done to it here is not done to the file of that name.
 * Killed anywhere, the same call again completes it: it takes a target that is the same file, or has the same bytes, for
 * its own.
 *
 * The folder of `target` must exist. The target keeps the time of modification, across file systems to the microsecond,
 * and gets `mode`.
 */
export async function moveExclusively(
  source: string,
  facts: FileFacts,
  target: string,
  mode: number,
): Promise<MoveOutcome> {
  const placed = await place(source, facts, target)
  if (placed !== 'moved') return placed
  await syncFolder(dirname(target))
  // Looks again: whether the file was written to or replaced while it got its other name.
  const now = await statsOf(source)
  if (now !== null) {
    if (!isWhatWasRead(now, facts)) {
      // Whoever wrote to it wrote to this name: it stays, and what was to be its other name goes.
      await unlink(target)
      await syncFolder(dirname(target))
      return 'changed'
    }
    await unlink(source).catch(ifMissing)
    await syncFolder(dirname(source))
  }
  await setMode(target, mode)
  return 'moved'
}

/** Sets the permission bits of a file that has no other name; a link is not followed. */
export async function setMode(path: string, mode: number): Promise<void> {
  const file = await open(path, READ)
  try {
    if ((await file.stat()).nlink === 1) await file.chmod(mode)
  } finally {
    await file.close()
  }
}

async function place(source: string, facts: FileFacts, target: string): Promise<MoveOutcome> {
  if (await hasOtherName(source, target)) {
    if ((await statsOf(target)) === null) return copy(source, facts, target)
    return (await isOwn(target, facts)) ? 'moved' : 'taken'
  }
  try {
    await link(source, target)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') {
      if (!(await isOwn(target, facts))) return 'taken'
      await unlink(partOf(target, facts)).catch(ifMissing)
      return 'moved'
    }
    if (code === 'ENOENT') return 'changed'
    if (!NO_LINK.has(code)) throw error
    return copy(source, facts, target)
  }
  // Looks again: whether what was linked is what was read.
  const linked = await statsOf(target)
  if (linked === null || !isWhatWasRead(linked, facts)) {
    await unlink(target)
    return 'changed'
  }
  await syncFile(target)
  return 'moved'
}

async function hasOtherName(source: string, target: string): Promise<boolean> {
  const [own, there] = [await statsOf(source), await statsOf(target)]
  if (own === null) return false
  const isBoth = there?.ino === own.ino && there.dev === own.dev
  return own.nlink > (isBoth ? 2n : 1n)
}

/** Whether a killed move left the target: it is the very file, or has its bytes. An empty one was only reserved. */
async function isOwn(target: string, facts: FileFacts): Promise<boolean> {
  const stats = await statsOf(target)
  if (!stats?.isFile()) return false
  if (isWhatWasRead(stats, facts)) return true
  const own = await fileFacts(target)
  return typeof own === 'object' && own?.sha256 === facts.sha256 && own.size === facts.size
}

/** The copy gets its name once it is whole, so that a partial one never stands under it. */
async function copy(source: string, facts: FileFacts, target: string): Promise<MoveOutcome> {
  const part = partOf(target, facts)
  await unlink(part).catch(ifMissing)
  const from = await open(source, READ)
  try {
    const to = await open(part, 'wx', 0o600)
    try {
      for (let position = 0; ; ) {
        const { bytesRead, buffer } = await from.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, position)
        if (bytesRead === 0) break
        await to.writeFile(buffer.subarray(0, bytesRead))
        position += bytesRead
      }
      const seconds = Number(BigInt(facts.mtimeNs) / 1000n) / 1e6
      await to.utimes(seconds, seconds)
      await to.sync()
    } finally {
      await to.close()
    }
    const written = await fileFacts(part)
    if (typeof written !== 'object' || written?.sha256 !== facts.sha256) {
      await unlink(part)
      return 'changed'
    }
    return await nameExclusively(part, target)
  } catch (error) {
    await unlink(part).catch(() => {})
    throw error
  } finally {
    await from.close()
  }
}

async function nameExclusively(part: string, target: string): Promise<MoveOutcome> {
  try {
    await link(part, target)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') {
      await unlink(part)
      return 'taken'
    }
    if (!NO_LINK.has(code)) throw error
    // Without hard links: the name is reserved first, so that what is replaced is ours.
    try {
      await (await open(target, 'wx', 0o600)).close()
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
      await unlink(part)
      return 'taken'
    }
    await rename(part, target)
    return 'moved'
  }
  await unlink(part)
  return 'moved'
}

/** The name of a copy that is not whole yet; the same for the same file, so that a later run finds it. */
function partOf(target: string, { sha256 }: FileFacts): string {
  return join(dirname(target), `.${sha256.slice(0, 32)}.part`)
}

async function digestOf(file: FileHandle): Promise<{ readonly sha256: string; readonly size: number }> {
  const sha256 = createHash('sha256')
  const buffer = Buffer.allocUnsafe(CHUNK)
  let size = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, size)
    if (bytesRead === 0) return { sha256: sha256.digest('hex'), size }
    sha256.update(buffer.subarray(0, bytesRead))
    size += bytesRead
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, READ)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function statsOf(path: string): Promise<BigIntStats | null> {
  return lstat(path, { bigint: true }).catch(ifMissing)
}

function ifMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
  throw error
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.ctimeNs === b.ctimeNs && a.dev === b.dev && a.ino === b.ino && a.size === b.size
}

/** A new name moves the time of change, so that one is no part of it. */
function isWhatWasRead(stats: BigIntStats, { dev, ino, size, mtimeNs }: FileFacts): boolean {
  return (
    stats.isFile() &&
    stats.dev === dev &&
    stats.ino === ino &&
    stats.size === BigInt(size) &&
    String(stats.mtimeNs) === mtimeNs
  )
}
