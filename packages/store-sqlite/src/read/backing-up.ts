import { randomBytes } from 'node:crypto'
import { linkSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { InvalidArgument, StoreCorrupt, StoreReplaced } from '@faircopy/store-core'
import { Connection } from '../file/connection.ts'
import { loadDriver } from '../file/driver.ts'
import { createFile, locate, SIDECARS, statOrNull, syncFolder } from '../file/location.ts'
import { newMark } from '../file/mark.ts'
import { contractError } from '../file/outcome.ts'
import { setPragmas } from '../file/pragmas.ts'
import { resealStatement } from '../file/seal.ts'
import { StoreFile } from '../file/store-file.ts'
import { verifyStore } from './verifying.ts'

/** So many pages are copied before the event loop has its turn: 4 MiB. */
const PAGES_AT_ONCE = 256

/**
 * Copies a store while it is used (S25): one snapshot, under a name that nobody takes for a backup; then with an id of
 * its own, checked from its first entry to its last, synced, and only then under its name. Killed anywhere, there is no
 * file of that name. Cost: the file is copied once and read once; other writers go on, and the log grows meanwhile.
 */
export async function backUp(
  file: StoreFile,
  target: string,
): Promise<{ readonly bytes: number; readonly entries: number }> {
  const { path } = locate(target, { create: true, allowUnsafeFileSystem: true })
  refuseThere(path)
  const partial = `${path}.${randomBytes(6).toString('hex')}.partial`
  try {
    createFile(partial)
    await copy(file, partial)
    await giveOwnId(partial)
    const entries = await check(file, partial)
    name(partial, path)
    syncFolder(dirname(path))
    return { bytes: Number(statOrNull(path)?.size ?? 0), entries }
  } catch (error) {
    throw contractError(error, path, 'before-commit')
  } finally {
    for (const one of ['', ...SIDECARS]) rmSync(partial + one, { force: true })
  }
}

function refuseThere(path: string): void {
  for (const one of [path, ...SIDECARS.map((suffix) => path + suffix)]) {
    if (statOrNull(one))
      throw new InvalidArgument('path: something is there already, and a backup overwrites nothing')
  }
}

async function copy(file: StoreFile, to: string): Promise<void> {
  const source = await file.openReader()
  try {
    // One snapshot from the first page to the last: without it every commit of another process would begin it anew.
    source.run('BEGIN')
    source.get('SELECT id FROM store WHERE one = 1')
    await source.db.backup(to, { progress: () => PAGES_AT_ONCE })
    source.run('COMMIT')
  } finally {
    source.close()
  }
  if (file.stopped instanceof StoreReplaced) throw file.stopped
}

/** Cursors of the original mean nothing in the copy (S19), and a process that has one open would notice the other (S21). */
async function giveOwnId(path: string): Promise<void> {
  const connection = new Connection((await loadDriver()).open(path, { fileMustExist: true, timeout: 0 }))
  try {
    setPragmas(connection)
    connection.db.pragma('journal_mode = delete')
    connection.run(
      'UPDATE store SET id = ?, beacon = 0, beacon_frame = ?, mark = ?, log_base = NULL WHERE one = 1',
      randomBytes(16).toString('hex'),
      Number.MAX_SAFE_INTEGER,
      newMark(),
    )
    connection.run(resealStatement('store', 'one = 1'))
    // Whoever has a claim on a session has it in the original.
    connection.run('DELETE FROM import_claim')
  } finally {
    connection.close()
  }
}

async function check(file: StoreFile, path: string): Promise<number> {
  const location = locate(path, { create: false, allowUnsafeFileSystem: true })
  const copied = await StoreFile.open(await loadDriver(), location, {
    ...file.options,
    readOnly: true,
    mustExist: true,
  })
  try {
    const { findings, entries } = await verifyStore(copied, null, {})
    const [finding] = findings
    if (finding)
      throw new StoreCorrupt(file.path, 'not-stored', new Error(`${finding.code}: ${finding.detail}`))
    return entries
  } finally {
    copied.close()
  }
}

/** Gives the copy its name, and never takes it from another file. */
function name(partial: string, path: string): void {
  try {
    linkSync(partial, path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') refuseThere(path)
    throw error
  }
}
