import { closeSync, constants, openSync, readSync } from 'node:fs'
import { PAGE_SIZE } from '../file/schema.ts'
import { walCounters } from '../file/watch.ts'
import type { Findings } from './findings.ts'
import { NOWHERE } from './findings.ts'
import type { Snapshot } from './snapshot.ts'

const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
const FRAME_BYTES = PAGE_SIZE + FRAME_HEADER_BYTES
/** A log that begins anew while it is read is read again so often. */
const TRIES = 3

/**
 * Looks for commits in the write-ahead log that SQLite does not reach, since something before them can't be read. A commit
 * that is the last of the log may be one that a kill or a cut of power tore before it was acknowledged, and is none.
 */
export async function checkLog(path: string, snapshot: Snapshot, findings: Findings): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const log = await readLog(`${path}-wal`, snapshot)
    if (log === null) return
    // Behind the look: what was committed meanwhile is reached as well.
    snapshot.renew()
    const { frames } = walCounters(snapshot.connection)
    if (headerOf(`${path}-wal`)?.equals(log.header) !== true) continue
    const cut = cutFrom(log, log.isWhole ? frames : 0)
    if (cut > 0)
      findings.add(
        'log-cut',
        NOWHERE,
        `The write-ahead log holds ${cut === 1 ? 'a commit' : `${cut} commits`} behind a place that cannot be read`,
      )
    return
  }
}

interface Log {
  readonly header: Buffer
  /** Whether its header is the one that was written: SQLite takes none of a log where it isn't. */
  readonly isWhole: boolean
  /** Of each frame: whether it is of this log's current run, and ends a commit. */
  readonly frames: readonly { readonly isOurs: boolean; readonly isCommit: boolean }[]
}

/** How many commits there are behind the last frame that is reached; 0 where the only one may be torn. */
function cutFrom({ frames, isWhole }: Log, reached: number): number {
  const behind = frames.slice(reached)
  const first = behind.findIndex(({ isOurs, isCommit }) => isOurs && isCommit)
  if (first === -1) return 0
  const goesOn = behind.slice(first + 1).some(({ isOurs }) => isOurs)
  if (isWhole && !goesOn) return 0
  return behind.filter(({ isOurs, isCommit }) => isOurs && isCommit).length
}

/** SQLite keeps no lock on this file that a closed handle could drop. */
async function readLog(path: string, snapshot: Snapshot): Promise<Log | null> {
  const header = headerOf(path)
  if (!header) return null
  const isWhole = isSummed(header)
  let salts = isWhole ? header.subarray(16, 24) : null
  const frames: Log['frames'][number][] = []
  const handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const frame = Buffer.alloc(FRAME_HEADER_BYTES)
    const end = Buffer.alloc(1)
    for (let at = HEADER_BYTES; ; at += FRAME_BYTES) {
      if (readSync(handle, end, 0, 1, at + FRAME_BYTES - 1) < 1) break
      if (readSync(handle, frame, 0, FRAME_HEADER_BYTES, at) < FRAME_HEADER_BYTES) break
      salts ??= Buffer.from(frame.subarray(8, 16))
      frames.push({ isOurs: frame.subarray(8, 16).equals(salts), isCommit: frame.readUInt32BE(4) > 0 })
      await snapshot.breathe()
    }
  } finally {
    closeSync(handle)
  }
  return { header, isWhole, frames }
}

/** The header of a log; null where there is none, or it can't be read. */
function headerOf(path: string): Buffer | null {
  let handle: number
  try {
    handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch {
    return null
  }
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    return readSync(handle, header, 0, HEADER_BYTES, 0) === HEADER_BYTES ? header : null
  } finally {
    closeSync(handle)
  }
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
