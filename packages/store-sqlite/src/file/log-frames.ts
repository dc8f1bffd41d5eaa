import { closeSync, constants, openSync, readSync } from 'node:fs'
import { PAGE_SIZE } from './schema.ts'

const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
const FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_SIZE

/** How long a log of so many frames is, at least. */
export function logBytes(frames: number): number {
  return frames === 0 ? 0 : HEADER_BYTES + frames * FRAME_BYTES
}

/** The header of a log. */
export interface LogHeader {
  readonly bytes: Buffer
  /** What each frame of the log's current run repeats. */
  readonly salts: Buffer
  /** Whether it is the one that was written: SQLite takes none of a log where it isn't. */
  readonly isWhole: boolean
}

/** One page in a log. */
export interface LogFrame {
  readonly page: number
  readonly salts: Buffer
  /** Whether it ends a commit. */
  readonly isCommit: boolean
  /** The last bytes of the page. */
  readonly tail: (length: number) => Buffer
}

/** The header of a log; null where there is none, or it can't be read. */
export function readLogHeader(path: string): LogHeader | null {
  let handle: number
  try {
    handle = openLog(path)
  } catch {
    return null
  }
  try {
    const bytes = readAt(handle, 0, HEADER_BYTES)
    if (bytes.length < HEADER_BYTES) return null
    return { bytes, salts: bytes.subarray(16, 24), isWhole: isSummed(bytes) }
  } finally {
    closeSync(handle)
  }
}

/** Every whole frame that lies in a log, without SQLite: also those that it does not reach, or of an earlier run. */
export function* readLogFrames(path: string): Generator<LogFrame> {
  const handle = openLog(path)
  try {
    for (let end = HEADER_BYTES + FRAME_BYTES; readAt(handle, end - 1, 1).length === 1; end += FRAME_BYTES) {
      const header = readAt(handle, end - FRAME_BYTES, FRAME_HEADER_BYTES)
      yield {
        page: header.readUInt32BE(0),
        salts: header.subarray(8, 16),
        isCommit: header.readUInt32BE(4) > 0,
        tail: (length) => readAt(handle, end - length, length),
      }
    }
  } finally {
    closeSync(handle)
  }
}

/** A handle on a log may be closed at any time: no lock lies on that file. */
function openLog(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
}

function readAt(handle: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(handle, bytes, 0, length, at))
}

/** Whether a header has the check sum that SQLite wrote into it. */
function isSummed(header: Buffer): boolean {
  const magic = header.readUInt32BE(0)
  if ((magic & ~1) >>> 0 !== 0x377f0682) return false
  const word = (at: number): number => ((magic & 1) === 1 ? header.readUInt32BE(at) : header.readUInt32LE(at))
  let [one, two] = [0, 0]
  for (let at = 0; at < 24; at += 8) {
    one = (one + word(at) + two) >>> 0
    two = (two + word(at + 4) + one) >>> 0
  }
  return one === header.readUInt32BE(24) && two === header.readUInt32BE(28)
}
