import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { StoreCorrupt } from '@faircopy/store-core'
import type { VerifyOptions, VerifyReport } from '@faircopy/store-core/operator'
import { locate, statOrNull } from '../file/location.ts'
import { contractError } from '../file/outcome.ts'
import { guardedBy } from '../file/restore-guard.ts'
import { checkRuntime } from '../file/runtime.ts'
import { copyChecked, refuseNoBackup, type Verifying, verified } from './checked-backup.ts'
import type { Digest } from './copy-file.ts'
import { type MovedAside, settle, swapStore } from './moving-aside.ts'
import { presentFiles, refuseOpen } from './present-store.ts'
import { manifestOrNull } from './restore-manifest.ts'
import { removeFiles } from './store-files.ts'

/** How a store is put in another's place. */
export interface RestoreOptions extends Pick<VerifyOptions, 'signal' | 'onProgress'> {
  /** The store's file, whether there is one or not. */
  readonly path: string
  /** Checks all and says what would be moved, and moves nothing. Defaults to false. */
  readonly dryRun?: boolean
  /**
   * You made sure that no process has the store open, and this is to go on where that cannot be seen: on anything but
   * Linux, and where processes of other users may not be looked into. One that is seen is refused all the same. Defaults
   * to false.
   */
  readonly closed?: boolean
  /** As for opening a store (S24). Defaults to false. */
  readonly allowUnsafeFileSystem?: boolean
}

/** Which backup is put in a store's place, and how. */
export interface RestoreBackupOptions extends RestoreOptions {
  /** A file that a backup was written to. It is only read. */
  readonly backup: string
}

/** What a restore did. */
export interface RestoreReport {
  readonly path: string
  readonly backup: string
  readonly dryRun: boolean
  /** What the backup has, checked from its first entry to its last. */
  readonly sessions: number
  readonly entries: number
  /** Of the file. */
  readonly bytes: number
  /** What was put aside, or would be: the store and all that lay beside it. */
  readonly aside: readonly string[]
  /** Where that is told, for {@link undoRestore}; null in a dry run. */
  readonly manifest: string | null
}

/**
 * Puts a backup in a store's place. The backup is copied beside the store and the copy checked whole, with an id of its
 * own: cursors of every store before it are stale (S19), also where the same backup is restored twice. Refused while a
 * process has the present store open, which is not opened to find out; so nothing is folded into it. Then the present
 * store goes aside with all that lies beside it, into a folder that a manifest tells of, and the copy gets its name; it
 * is opened, and checked again. Nothing is overwritten or deleted.
 *
 * Killed at any moment, the old store is as it was; or nothing can open either, and the next restore or undo completes
 * it; or the backup is in place. A process in another container is not seen: stop it first.
 *
 * Cost: the backup is read twice and copied once; the present store is read once.
 *
 * Fails with `RestoreRefused`, `NotAStore`, `SchemaTooNew`, `UnsafeLocation`, `StoreFull`, `StoreIo`; with `StoreCorrupt`
 * where what was put in place is not what was checked.
 *
 * @example
 * ```ts
 * import { restoreStore } from '@faircopy/store-sqlite'
 *
 * const { manifest } = await restoreStore({ backup: '/backup/transcripts.db', path: 'transcripts.db' })
 * console.log(`what was there is told of in ${manifest}`)
 * ```
 */
export async function restoreStore(options: RestoreBackupOptions): Promise<RestoreReport> {
  checkRuntime(process.versions)
  const { dryRun = false, signal } = options
  try {
    return await (dryRun ? lookAt(options) : restore(options))
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error
    throw contractError(error, options.path, 'before-commit')
  }
}

async function lookAt(options: RestoreBackupOptions): Promise<RestoreReport> {
  const { backup, closed = false } = options
  const isPlaced = statOrNull(dirname(resolve(options.path))) !== null
  const path = isPlaced ? placeOf(options, false) : resolve(options.path)
  refuseNoBackup(backup, path)
  const present = guardedBy(path) === null ? presentFiles(path) : []
  await refuseOpen(path, present, closed)
  const scratch = isPlaced ? null : mkdtempSync(join(tmpdir(), 'faircopy-restore-'))
  const copy = copyOf(scratch === null ? path : join(scratch, basename(path)))
  try {
    const { report } = await copyChecked(backup, copy, verifyingOf(options))
    return reported(options, path, { report, bytes: sizeOf(copy), aside: present, manifest: null })
  } finally {
    removeFiles(copy)
    if (scratch !== null) rmdirSync(scratch)
  }
}

async function restore(options: RestoreBackupOptions): Promise<RestoreReport> {
  const { backup, closed = false, signal } = options
  const path = placeOf(options, true)
  refuseNoBackup(backup, path)
  if (guardedBy(path) === null) await refuseOpen(path, presentFiles(path), closed)
  const copy = copyOf(path)
  try {
    const { digest, report } = await copyChecked(backup, copy, verifyingOf(options))
    const coming = { backup: { path: resolve(backup), ...digest }, comes: basename(copy), undoes: null }
    const { manifest, files } = completed(path, digest) ?? (await swapStore(path, coming, { closed, signal }))
    const bytes = sizeOf(path)
    // Looks again: whether what has the store’s name is what was checked.
    await prove(path, options)
    return reported(options, path, { report, bytes, aside: files, manifest })
  } finally {
    // One that a guard tells of is still to come.
    if (!isAwaited(path, copy)) removeFiles(copy)
  }
}

/** What a restore of the same backup was doing when it was stopped, completed; null where it was another, or none. */
function completed(path: string, { sha256 }: Digest): MovedAside | null {
  const settled = settle(path)
  if (!settled?.isThere || settled.manifest.backup?.sha256 !== sha256) return null
  return { manifest: settled.path, files: settled.manifest.files }
}

function isAwaited(path: string, copy: string): boolean {
  const aside = guardedBy(path)
  return aside !== null && manifestOrNull(join(dirname(path), aside))?.comes === basename(copy)
}

/** Not to be stopped any more: what is told has to be how it came out. */
async function prove(path: string, { onProgress }: RestoreOptions): Promise<void> {
  const { findings } = await verified(path, { ...(onProgress && { onProgress }) })
  const [finding] = findings
  if (finding) throw new StoreCorrupt(path, 'not-stored', new Error(`${finding.code}: ${finding.detail}`))
}

function placeOf({ path, allowUnsafeFileSystem = false }: RestoreOptions, create: boolean): string {
  return locate(path, { create, allowUnsafeFileSystem, halfRestored: true }).path
}

function verifyingOf({ signal, onProgress }: RestoreOptions): Verifying {
  return { ...(signal && { signal }), ...(onProgress && { onProgress }) }
}

function copyOf(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.restoring`
}

function sizeOf(path: string): number {
  return Number(statOrNull(path)?.size ?? 0)
}

function reported(
  { backup, dryRun = false }: RestoreBackupOptions,
  path: string,
  done: {
    readonly report: VerifyReport
    readonly bytes: number
    readonly aside: readonly { readonly name: string }[]
    readonly manifest: string | null
  },
): RestoreReport {
  const { report, bytes, aside, manifest } = done
  return {
    path,
    backup: resolve(backup),
    dryRun,
    sessions: report.sessions,
    entries: report.entries,
    bytes,
    aside: aside.map(({ name }) => name),
    manifest,
  }
}
