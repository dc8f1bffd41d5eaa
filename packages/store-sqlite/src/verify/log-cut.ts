import { type LogHeader, readLogFrames, readLogHeader } from '../file/log-frames.ts'
import { walCounters } from '../file/watch.ts'
import type { Findings } from './findings.ts'
import { NOWHERE } from './findings.ts'
import type { Snapshot } from './snapshot.ts'

/** A log that begins anew while it is read is read again so often. */
const TRIES = 3

/**
 * Looks for commits in the write-ahead log that SQLite does not reach, since something before them can't be read. A commit
 * that is the last of the log may be one that a kill or a cut of power tore before it was acknowledged, and is none.
 */
export async function findCutLog(path: string, snapshot: Snapshot, findings: Findings): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const log = await readLog(`${path}-wal`, snapshot)
    if (log === null) return
    // Behind the look: what was committed meanwhile is reached as well.
    snapshot.renew()
    const { frames } = walCounters(snapshot.connection)
    if (readLogHeader(`${path}-wal`)?.bytes.equals(log.header.bytes) !== true) continue
    const cut = cutFrom(log, log.header.isWhole ? frames : 0)
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
  readonly header: LogHeader
  /** Of each frame: whether it is of this log's current run, and ends a commit. */
  readonly frames: readonly { readonly isOurs: boolean; readonly isCommit: boolean }[]
}

/** How many commits there are behind the last frame that is reached; 0 where the only one may be torn. */
function cutFrom({ header, frames }: Log, reached: number): number {
  const behind = frames.slice(reached)
  const first = behind.findIndex(({ isOurs, isCommit }) => isOurs && isCommit)
  if (first === -1) return 0
  const goesOn = behind.slice(first + 1).some(({ isOurs }) => isOurs)
  if (header.isWhole && !goesOn) return 0
  return behind.filter(({ isOurs, isCommit }) => isOurs && isCommit).length
}

async function readLog(path: string, snapshot: Snapshot): Promise<Log | null> {
  const header = readLogHeader(path)
  if (!header) return null
  let run = header.isWhole ? header.salts : null
  const frames: Log['frames'][number][] = []
  for (const { salts, isCommit } of readLogFrames(path)) {
    run ??= salts
    frames.push({ isOurs: salts.equals(run), isCommit })
    await snapshot.breathe()
  }
  return { header, frames }
}
