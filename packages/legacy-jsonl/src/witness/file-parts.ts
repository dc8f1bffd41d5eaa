import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { FilePart } from '../ledger/note.ts'
import { openRegularFile } from '../lines/open-regular-file.ts'
import { readChunks } from '../lines/read-chunks.ts'
import { readLines } from '../lines/read-lines.ts'

/** A file of more is remembered without its parts: mending a line of it is then an edit like any other. */
const MOST_PARTS = 1000
/** How many times its own size may be read of a file to find where its parts stand. */
const MOST_READ = 16
const BLOCK_BYTES = 256 * 1024

/**
 * What a file has between its lines that became no entry, or null where they are too many or there is no such file.
 *
 * @param aside the offsets of these lines
 */
export function partsOf(path: string, aside: readonly number[]): Promise<readonly FilePart[] | null> {
  return withFile(path, async (file, starts) => {
    const isAside = new Set(aside)
    // What is left behind the records of a line begins within it.
    const places = [...new Set([...starts, ...aside])].sort((a, b) => a - b)
    const bounds: { from: number; to: number }[] = []
    let from = 0
    for (const [i, offset] of places.entries()) {
      if (!isAside.has(offset) && i < places.length - 1) continue
      if (offset > from) bounds.push({ from, to: offset })
      from = places[i + 1] ?? offset
    }
    if (bounds.length > MOST_PARTS) return null
    const parts: FilePart[] = []
    for (const { from, to } of bounds)
      parts.push({ from, bytes: to - from, sha256: await digestAt(file, from, to - from) })
    return parts
  })
}

/** Where the parts of an earlier file stand in one as it is now. */
export interface PlacedParts {
  /** The byte offset of each. */
  readonly at: readonly number[]
  /** Where the line ends that is behind the last. */
  readonly nextEnd: number
}

/**
 * Looks for the parts of an earlier file, byte for byte and in order, with any whole lines in the place of each line
 * between them, and anything behind the last. Null where they are not all there, or are not found within the budget.
 */
export function placeParts(path: string, parts: readonly FilePart[]): Promise<PlacedParts | null> {
  return withFile(path, async (file, starts) => {
    const end = starts.at(-1) ?? 0
    const lineOf = new Map(starts.map((offset, i) => [offset, i]))
    const lineFrom = (offset: number): number =>
      lineOf.get(offset) ?? starts.findIndex((start) => start > offset)
    const at: number[] = []
    let budget = MOST_READ * end
    const isAt = async ({ bytes, sha256 }: FilePart, offset: number, isLast: boolean): Promise<boolean> => {
      const to = offset + bytes
      if (to > end || !(isLast || lineOf.has(to) || (await endsRecord(file, to)))) return false
      budget -= bytes
      return budget >= 0 && (await digestAt(file, offset, bytes)) === sha256
    }
    const place = async (i: number, line: number): Promise<boolean> => {
      const part = parts[i]
      if (!part) return true
      for (const offset of part.from === 0 ? [0] : candidates(starts, line)) {
        if (!(await isAt(part, offset, i === parts.length - 1))) continue
        at[i] = offset
        if (await place(i + 1, lineFrom(offset + part.bytes))) return true
      }
      return false
    }
    if (!(await place(0, 0))) return null
    const last = parts.at(-1)
    const behind = last ? (at.at(-1) ?? 0) + last.bytes : (starts[0] ?? 0)
    // The rest of a line that was mended can stand on a line of its own now.
    const begins = [behind, behind + 1, behind + 2].find((offset) => lineOf.has(offset)) ?? behind
    return { at, nextEnd: starts.find((offset) => offset > begins) ?? end }
  })
}

/** Where a part can begin whose predecessor ends at a line: behind one line most likely, or none, or any number. */
function* candidates(starts: readonly number[], line: number): Generator<number> {
  const first = starts[line]
  const second = starts[line + 1]
  if (second !== undefined) yield second
  if (first !== undefined) yield first
  for (let i = line + 2; i < starts.length; i++) yield starts[i] as number
}

/** Opens a file, with the offsets of its lines and of its end; null where there is none. */
async function withFile<T>(
  path: string,
  use: (file: FileHandle, starts: readonly number[]) => Promise<T>,
): Promise<T | null> {
  const { file, stats, not } = await openRegularFile(path)
  if (not) return null
  try {
    const starts: number[] = []
    let end = 0
    for await (const lines of readLines(readChunks(file, Number(stats.size)), 0)) {
      for (const line of lines) {
        starts.push(line.offset)
        end = line.offset + line.length + line.end.length
      }
    }
    return await use(file, [...starts, end])
  } finally {
    await file.close()
  }
}

/** Whether what ends there can be a record within a line. */
async function endsRecord(file: FileHandle, offset: number): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, offset - 1)
  return bytesRead === 1 && buffer[0] === 0x7d
}

async function digestAt(file: FileHandle, from: number, bytes: number): Promise<string> {
  const sha256 = createHash('sha256')
  const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, bytes))
  for (let at = from; at < from + bytes; ) {
    const { bytesRead } = await file.read(block, 0, Math.min(block.length, from + bytes - at), at)
    if (bytesRead === 0) return ''
    sha256.update(block.subarray(0, bytesRead))
    at += bytesRead
  }
  return sha256.digest('hex')
}
