import { chmod, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { SourceChanged, SourceUnreadable } from '@faircopy/legacy-jsonl'
import { CopyFailed, copyFiles } from './copy-files.ts'
import { type Driver, sqliteCode } from './driver.ts'
import { isOpenElsewhere, isReadableInPlace } from './open-elsewhere.ts'
import { makePrivateFolder } from './private-folder.ts'
import { type SourceStamp, sourceStamp } from './source-stamp.ts'

/** A private copy of a database as it was at one moment. */
export interface Snapshot {
  readonly file: string
  /** What the database was when it was taken. */
  readonly stamp: string
  remove(): Promise<void>
}

const ATTEMPTS = 6
/** Two writes within one tick of a file system's clock can't be told apart by their times. */
const CLOCK_TICK_MS = 25
const PAGES_PER_STEP = 1024
/** A lock is waited for with the whole thread, so only for a moment while a copy can be tried instead. */
const PATIENCE_MS = 100
const LAST_PATIENCE_MS = 5000

/**
 * Takes a private copy of a database with everything that its journals hold.
 *
 * The files are copied, and copied again if anything about them moved meanwhile. A database that another process has
 * open is read through SQLite instead, read-only and in one transaction: then, and where it never rests, its own locks
 * are the only thing that makes a copy whole. Nothing is written beside the source either way.
 *
 * Fails with `SourceUnreadable` where it can't be read or there is no room for the copy, with `SourceChanged` where it
 * kept changing.
 */
export async function takeSnapshot(path: string, driver: Driver): Promise<Snapshot> {
  const folder = await makePrivateFolder()
  const file = join(folder, basename(path))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    return { file, stamp: await copyWhole(path, file, driver), remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function copyWhole(path: string, file: string, driver: Driver): Promise<string> {
  let isBusy = false
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt > ATTEMPTS
    const stamp = await stampOf(path)
    if ((isLast || isBusy || (await isOpenElsewhere(path))) && (await isReadableInPlace(path, isBusy))) {
      try {
        await backUp(path, file, driver, stamp, isLast ? LAST_PATIENCE_MS : PATIENCE_MS)
        return stamp.text
      } catch (error) {
        // Another user's -shm, a lock held for long: a copy between two writes is as good.
        if (isLast || error instanceof NoRoom) throw error
      }
    } else if (isLast) throw new SourceChanged(path)
    const age = Date.now() - stamp.writtenAt
    if (age >= 0 && age < CLOCK_TICK_MS) await wait(CLOCK_TICK_MS)
    await copy(path, file, stamp)
    // Looks again: whether the database was written to since the copy began.
    if ((await stampOf(path)).text === stamp.text) return stamp.text
    // Between its transactions a connection with a rollback journal holds no lock by which it could be seen.
    isBusy = await hasRollbackJournal(file)
    await wait(CLOCK_TICK_MS * attempt)
  }
}

async function stampOf(path: string): Promise<SourceStamp> {
  try {
    return await sourceStamp(path)
  } catch (cause) {
    throw new SourceUnreadable(path, `it failed with ${(cause as NodeJS.ErrnoException).code}`, cause)
  }
}

async function copy(path: string, file: string, stamp: SourceStamp): Promise<void> {
  for (const old of [file, `${file}-wal`, `${file}-journal`]) await rm(old, { force: true })
  try {
    await copyFiles(stamp.files.map((from) => [from, file + from.slice(path.length)]))
  } catch (cause) {
    if (!(cause instanceof CopyFailed)) throw cause
    if (isFull(cause.code)) throw new NoRoom(path, stamp, cause.code)
    throw new SourceUnreadable(path, `copying it failed with ${cause.code}`, cause)
  }
}

/** Whether a private copy that nobody has open says so: the file format's read and write versions are both 1. */
async function hasRollbackJournal(copy: string): Promise<boolean> {
  const file = await open(copy)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(20), 0, 20, 0)
    return bytesRead === 20 && buffer[18] === 1 && buffer[19] === 1
  } finally {
    await file.close()
  }
}

/** Reads the pages through SQLite. One transaction holds the state still; it ends as soon as they are copied. */
async function backUp(
  path: string,
  file: string,
  driver: Driver,
  stamp: SourceStamp,
  timeout: number,
): Promise<void> {
  await writeFile(file, '', { mode: 0o600 })
  let source: InstanceType<Driver> | null = null
  try {
    source = new driver(path, { readonly: true, fileMustExist: true, timeout })
    source.exec('BEGIN')
    source.prepare('SELECT count(*) FROM sqlite_schema').get()
    await source.backup(file, { progress: () => PAGES_PER_STEP })
  } catch (cause) {
    const code = sqliteCode(cause) ?? (cause as NodeJS.ErrnoException).code ?? 'an unknown error'
    if (isFull(code)) throw new NoRoom(path, stamp, code)
    throw new SourceUnreadable(path, `reading it while it is in use failed with ${code}`, cause)
  } finally {
    source?.close()
  }
  await chmod(file, 0o600)
}

function isFull(code: string): boolean {
  return ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'].includes(code)
}

class NoRoom extends SourceUnreadable {
  constructor(path: string, { bytes }: SourceStamp, code: string) {
    super(
      path,
      `there is no room for a private copy of ${bytes} bytes in ${tmpdir()} (${code}); free some, or point TMPDIR elsewhere`,
    )
  }
}
