import { StoreError } from '@faircopy/store-core'

/** Why a backup was not put in a store's place, or a store not put back. */
export type RestoreRefusal =
  /** There is no such file, or it is a link, or no regular file. */
  | 'no-backup'
  /** A log lies beside it, so that the file alone is not all that was said. */
  | 'backup-has-log'
  /** It was written to while it was copied. */
  | 'backup-changed'
  /** It is not as it was written. */
  | 'backup-damaged'
  /** It is the very file of the store. */
  | 'same-file'
  /** Something of the store's name, or beside it, is no regular file. */
  | 'not-a-file'
  /** A process has the store open. */
  | 'in-use'
  /** Whether a process has the store open cannot be known here, and nobody said that none has. */
  | 'unseen'
  /** The file names no store that was put aside. */
  | 'not-a-manifest'
  /** What was put aside is not as it was then. */
  | 'aside-differs'

const ADVICE: { readonly [R in RestoreRefusal]: string } = {
  'no-backup': 'Name the file that a backup was written to.',
  'backup-has-log':
    'It is a store that is in use or was killed, not a backup: back the store up, and restore that backup.',
  'backup-changed': 'Copy it where nobody writes to it, and restore the copy.',
  'backup-damaged': 'Nothing was touched; restore an older backup.',
  'same-file': 'Name the backup, and the store that it is to take the place of.',
  'not-a-file': 'Move it away, or name another file; nothing was touched.',
  'in-use': 'Stop that process; nothing was touched.',
  unseen:
    'Make sure that no process has the store open, say so (the option closed), and try again; nothing was touched.',
  'not-a-manifest': 'Name the manifest.json in the folder beside the store that the restore told.',
  'aside-differs':
    'Nothing was touched. If something wrote to that store where it is aside, restore it as a backup.',
}

/** A restore, or its undo, that was refused. The store is what it was. */
export class RestoreRefused extends StoreError {
  readonly reason: RestoreRefusal
  /** @param what a sentence without its full stop, that names the file or the process */
  constructor(reason: RestoreRefusal, what: string, cause?: unknown) {
    super('RESTORE_REFUSED', `${what}.`, { advice: ADVICE[reason], cause })
    this.reason = reason
  }
}
