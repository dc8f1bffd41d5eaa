import { readlinkSync } from 'node:fs'
import { StoreError } from '@faircopy/store-core'

/** What stands under a store's name while a restore moves its files: a link through a file, so that nothing can be behind it. */
const GUARD = /^([^/]+)\/manifest\.json\/restore-at-work$/

/** What a guard says, for the folder beside the store that the restore's manifest is in. */
export function guardFor(aside: string): string {
  return `${aside}/manifest.json/restore-at-work`
}

/** The folder whose restore was stopped half-way, where that is why the path is a link; else null. */
export function guardedBy(path: string): string | null {
  try {
    return GUARD.exec(readlinkSync(path))?.[1] ?? null
  } catch {
    return null
  }
}

/** A restore of the store was stopped half-way, so that nothing can open it until it is completed. Nothing is lost. */
export class RestoreUnfinished extends StoreError {
  /** The manifest of the restore, with which it can be undone. */
  readonly manifest: string
  constructor(path: string, manifest: string) {
    super(
      'RESTORE_UNFINISHED',
      `The store at ${path} cannot be opened: a restore of it was stopped half-way, whose manifest is ${manifest}.`,
    )
    this.manifest = manifest
  }
}
