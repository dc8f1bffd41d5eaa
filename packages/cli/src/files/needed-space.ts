import { lstat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ImportPlan, SessionPlan } from '@faircopy/legacy-jsonl'
import { StoreFull } from '@faircopy/store-core'

/** Bytes of the store for each byte of a source. Lines of 3 kB took 1.2, pages filled in part among them. */
const GROWTH = 1.5
/** Bytes of the store for an entry whatever it says: its row, hash and place. Lines of 190 bytes took 187 more each. */
const ENTRY_BYTES = 250
/** For the write-ahead log, which took 7 MB, and the beginning of the search index. */
const RESERVE = 16 * 1024 * 1024

/** How many bytes carrying out a plan may take on the store's disk, from what it will write. An estimate, and generous. */
async function neededSpace(plan: ImportPlan): Promise<number> {
  const sizes = new Map<string, number>()
  const rows = new Map<string, number>()
  const size = async (path: string): Promise<number> => {
    const known = sizes.get(path) ?? (await sizeOf(path))
    sizes.set(path, known)
    return known
  }
  for (const { session, report } of plan.sessions) {
    const path = session.database?.path
    if (path !== undefined) rows.set(path, (rows.get(path) ?? 0) + report.entries.canonical + 1)
  }
  let bytes = 0
  let entries = 0
  for (const { session, report, work } of plan.sessions) {
    const brought = newEntries(work)
    if (brought === 0) continue
    entries += brought
    const file = work?.file ? await size(work.file.witness.path) : 0
    const database = session.database?.path
    const share = database === undefined ? 0 : (report.entries.canonical + 1) / (rows.get(database) ?? 1)
    // What two witnesses tell together is stored with what either told.
    const own = file + (database === undefined ? 0 : (await size(database)) * share)
    const told = Math.max(report.entries.canonical, report.entries.legacy, brought)
    bytes += own * Math.min(1, brought / told)
  }
  return entries === 0 ? 0 : Math.ceil(bytes * GROWTH + entries * ENTRY_BYTES + RESERVE)
}

/**
 * Fails with `StoreFull`, before anything is written, where the disk of the store has no room for what an import may
 * take. A disk that does not tell how much room it has is taken to have enough.
 */
export async function refuseWithoutRoom(databasePath: string, plan: ImportPlan): Promise<void> {
  const needed = await neededSpace(plan)
  if (needed === 0) return
  const free = await freeSpace(dirname(databasePath))
  if (free === null || free >= needed) return
  throw new NoRoomForImport(databasePath, free, needed)
}

/** What an import may take is more than what is free. */
export class NoRoomForImport extends StoreFull {
  readonly neededBytes: number
  constructor(path: string, free: number, needed: number) {
    super(path, free, 'not-stored')
    this.neededBytes = needed
    this.message = `No room to write ${path}: the import may take ${needed} bytes, and ${free} are free; --no-space-check tries all the same. ${this.advice}`
  }
}

async function freeSpace(folder: string): Promise<number | null> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path)
      return bavail * bsize
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || path === dirname(path)) return null
    }
  }
}

/** With its log, which is read as well. */
async function sizeOf(path: string): Promise<number> {
  const sizes = await Promise.all(
    [path, `${path}-wal`].map((one) =>
      lstat(one).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, one) => sum + one, 0)
}

function newEntries(work: SessionPlan['work']): number {
  const { placement } = work ?? {}
  if (!placement) return 0
  return placement.store.reduce((sum, seq, i) => sum + Number(seq === 0 || placement.combine[i] === 1), 0)
}
