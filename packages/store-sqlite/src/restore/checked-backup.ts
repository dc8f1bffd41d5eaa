import { NotAStore, StoreError } from '@faircopy/store-core'
import type { VerifyOptions, VerifyReport } from '@faircopy/store-core/operator'
import { Connection } from '../file/connection.ts'
import { loadDriver } from '../file/driver.ts'
import { checkHeader } from '../file/header.ts'
import { checkPath, createFile, statOrNull } from '../file/location.ts'
import { isOpenHere } from '../file/registry.ts'
import { openSqliteStore } from '../open-sqlite-store.ts'
import { giveOwnId } from '../read/copying.ts'
import { copyInto, type Digest, headOf } from './copy-file.ts'
import { RestoreRefused } from './restore-refused.ts'

/**
 * Refuses, by its name and before anything is copied, what is no backup: nothing, a link, another program's file, a
 * newer schema, the store itself, and a file that is not all of a store because a log lies beside it.
 */
export function refuseNoBackup(backup: string, path: string): void {
  checkPath(backup)
  const stat = statOrNull(backup)
  if (!stat) throw new RestoreRefused('no-backup', `There is no file ${backup}`)
  if (stat.isSymbolicLink()) throw new RestoreRefused('no-backup', `${backup} is a symbolic link`)
  if (!stat.isFile()) throw new RestoreRefused('no-backup', `${backup} is no regular file`)
  const store = statOrNull(path)
  if (store?.ino === stat.ino && store.dev === stat.dev)
    throw new RestoreRefused('same-file', `${backup} is the store at ${path} itself`)
  for (const suffix of ['-wal', '-journal']) {
    if ((statOrNull(backup + suffix)?.size ?? 0n) > 0n)
      throw new RestoreRefused('backup-has-log', `${backup}${suffix} lies beside ${backup}`)
  }
  if (isOpenHere(stat)) throw new RestoreRefused('in-use', `This process has ${backup} open`)
  checkHeader(backup, (most) => headOf(backup, most))
}

/** How it is told how far the checking is, and stopped. */
export type Verifying = Pick<VerifyOptions, 'signal' | 'onProgress'>

/** A copy of a backup that was checked whole. */
export interface CheckedCopy {
  /** Of the backup's own bytes. */
  readonly digest: Digest
  readonly report: VerifyReport
}

/**
 * Copies a backup to a file of its own, for its owner only, and checks the copy from its first entry to its last: what
 * was checked is then what is put in place. The copy gets an id of its own, so that cursors of any store before it are
 * stale (S19), and the schema of today.
 */
export async function copyChecked(backup: string, copy: string, verifying: Verifying): Promise<CheckedCopy> {
  const before = statOrNull(backup)
  createFile(copy)
  const digest = await copyInto(backup, copy, verifying.signal)
  const after = statOrNull(backup)
  if (!before || after?.ctimeNs !== before.ctimeNs || after.ino !== before.ino || after.size !== before.size)
    throw new RestoreRefused('backup-changed', `${backup} was written to while it was copied`)
  const report = await verified(copy, verifying).catch((error) => {
    throw ofBackup(error, backup)
  })
  const [finding, ...others] = report.findings
  if (finding) {
    const more = others.length > 0 ? ` and ${others.length} more` : ''
    throw new RestoreRefused('backup-damaged', `${backup} is damaged (${finding.code}${more})`)
  }
  const { open } = await loadDriver()
  giveOwnId(new Connection(open(copy, { fileMustExist: true, timeout: 0 })))
  return { digest, report }
}

/** Opens a store's file for reading and checks it from its first entry to its last. */
export async function verified(path: string, options: Verifying): Promise<VerifyReport> {
  const store = await openSqliteStore({ path, readOnly: true, allowUnsafeFileSystem: true })
  try {
    return await store.verify(options)
  } finally {
    await store.close()
  }
}

/** What was found in the copy is told of the file that was named. */
function ofBackup(error: unknown, backup: string): unknown {
  if (!StoreError.is(error)) return error
  if (error.code === 'STORE_CORRUPT')
    return new RestoreRefused('backup-damaged', `${backup} is damaged`, error)
  return error.code === 'NOT_A_STORE' ? new NotAStore(backup, 'its schema is not that of a store') : error
}
