import { randomBytes } from 'node:crypto'
import { linkSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DEFAULT_NAMESPACE, InvalidArgument, StoreCorrupt, StoreReplaced } from '@faircopy/store-core'
import { orAborted } from '@faircopy/store-core/backend'
import type { VerifyFinding } from '@faircopy/store-core/operator'
import { loadDriver } from '../file/driver.ts'
import { createFile, locate, SIDECARS, statOrNull, syncFolder } from '../file/location.ts'
import { contractError } from '../file/outcome.ts'
import { StoreFile } from '../file/store-file.ts'
import { readStoreId } from '../file/store-row.ts'
import { apart } from '../file/thread.ts'
import { COPY_STORE } from './copying.ts'
import { verifyStore } from './verifying.ts'

/**
 * Copies a store while it is used (S25): one snapshot, under a name that nobody takes for a backup; then with an id of
 * its own, checked from its first entry to its last, synced, and only then under its name. Killed anywhere, there is no
 * file of that name. Cost: the file is copied once and read once; other writers go on, and the log grows meanwhile. The
 * event loop is not held (S20).
 */
export async function backUp(
  file: StoreFile,
  target: string,
  { compact, signal }: { readonly compact: boolean; readonly signal: AbortSignal },
): Promise<{ readonly bytes: number; readonly entries: number }> {
  const { path } = locate(target, { create: true, allowUnsafeFileSystem: true })
  refuseThere(path)
  const partial = `${path}.${randomBytes(6).toString('hex')}.partial`
  try {
    createFile(partial)
    const copied = copy(file, partial, compact)
    // A thread that copies can't be stopped: what it makes behind an abort is taken away as well.
    signal.addEventListener('abort', () => void copied.catch(() => {}).finally(() => remove(partial)))
    await orAborted(copied, signal)
    const entries = await check(file, partial, signal)
    signal.throwIfAborted()
    name(partial, path)
    syncFolder(dirname(path))
    return { bytes: Number(statOrNull(path)?.size ?? 0), entries }
  } catch (error) {
    signal.throwIfAborted()
    throw contractError(error, path, 'before-commit')
  } finally {
    remove(partial)
  }
}

function remove(partial: string): void {
  for (const one of ['', ...SIDECARS]) rmSync(partial + one, { force: true })
}

function refuseThere(path: string): void {
  for (const one of [path, ...SIDECARS.map((suffix) => path + suffix)]) {
    if (statOrNull(one))
      throw new InvalidArgument('path: something is there already, and a backup overwrites nothing')
  }
}

/** Copies on a thread of its own, which also waits for the disk; where there can be none, here and in steps. */
async function copy(file: StoreFile, to: string, compact: boolean): Promise<void> {
  file.checkName()
  const storeId = await file.read(readStoreId)
  const driver = await loadDriver()
  const from = file.checkName()
  const isCopied = await apart(driver, COPY_STORE, { from, to, storeId, compact }).catch((error: unknown) => {
    file.checkName()
    throw error
  })
  if (!isCopied) throw new StoreReplaced(file.path, 'it is another store')
  if (file.stopped instanceof StoreReplaced) throw file.stopped
}

async function check(file: StoreFile, path: string, signal: AbortSignal): Promise<number> {
  const location = locate(path, { create: false, allowUnsafeFileSystem: true })
  const copied = await StoreFile.open(await loadDriver(), location, {
    ...file.options,
    readOnly: true,
    mustExist: true,
  })
  try {
    const { findings, entries } = await verifyStore(copied, null, { signal })
    refuseDamage(findings, file.path)
    return entries
  } finally {
    copied.close()
  }
}

function refuseDamage(findings: readonly VerifyFinding[], path: string): void {
  const [finding] = findings
  if (!finding) return
  const cause = new Error(`${finding.code}: ${finding.detail}`)
  if (findings.some(({ code }) => code === 'database-damaged'))
    throw new StoreCorrupt(path, 'not-stored', cause)
  const named = findings.flatMap(({ namespace = DEFAULT_NAMESPACE, session }) =>
    session === undefined ? [] : [{ namespace, id: session }],
  )
  const sessions = [...new Map(named.map((session) => [JSON.stringify(session), session])).values()]
  throw new StoreCorrupt(path, 'not-stored', cause, { sessions })
}

/** Gives the copy its name, and never takes it from another file. */
function name(partial: string, path: string): void {
  try {
    // Looks again: whether something has the name since: a link overwrites nothing.
    linkSync(partial, path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') refuseThere(path)
    throw error
  }
}
