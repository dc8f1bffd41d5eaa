import { setImmediate as turn } from 'node:timers/promises'
import { StoreReplaced } from '@faircopy/store-core'
import type { Connection } from './connection.ts'
import type { OpenFile } from './open-file.ts'
import { faultOf, isBusy } from './outcome.ts'
import { setPragmas } from './pragmas.ts'
import { openFresh, proveBeforeFold, proveUnderLock } from './proof.ts'
import { giveRoomBack } from './room.ts'
import type { StatementThread } from './statements.ts'
import { RESEAL_STORE, readStoreRow, type StoreRow } from './store-row.ts'
import { NoThread } from './thread.ts'
import { type Watch, walCounters } from './watch.ts'

const ANNOUNCE = 'UPDATE store SET beacon = beacon + 1, beacon_frame = ? WHERE one = 1'

/** `TRUNCATE` also cuts the log off, where no reader is in the way. */
type How = 'PASSIVE' | 'TRUNCATE'

/** Takes the log into the main file: checkpoints, each announced in the log before it is made (S21). */
export class Folding {
  readonly #file: OpenFile
  readonly #thread: StatementThread
  /** What the last checkpoint was announced with; null where there was no room for it. */
  #announced: StoreRow | null = null
  #hasFailed = false

  constructor(file: OpenFile, thread: StatementThread) {
    this.#file = file
    this.#thread = thread
  }

  /** Whether the last checkpoint failed, for another reason than a reader. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /**
   * Announces a checkpoint in the log, then makes it. The loop has a turn between any two waits for the disk (S20).
   * Never fails; that it did not work is told. `apart`: whether on a thread, where there can be one.
   */
  async fold(how: How, apart = true): Promise<void> {
    const file = this.#file
    const { watch } = file
    if (file.mode !== 'wal' || file.stopped || file.isClosed || !watch) return
    const begun = performance.now()
    try {
      await turn()
      this.#announced = null
      const connection = file.connected()
      // Looks again: what opens a stranger under our name takes our log into it, at the latest when it is closed.
      proveBeforeFold(file, watch, connection)
      this.#announce(connection)
      await turn()
      if (!apart || !(await this.#foldApart(how, watch))) this.#foldHere(how, watch)
      file.emit({ type: 'checkpoint', durationMs: performance.now() - begun })
      this.#hasFailed = false
    } catch (error) {
      file.rollback()
      if (isBusy(error)) return
      if (error instanceof StoreReplaced) file.stop(error)
      this.#hasFailed = true
      file.emit({ type: 'checkpoint-failed', cause: error })
    }
  }

  /**
   * Makes a checkpoint on a thread, looking under the lock whether the file is ours. The thread keeps its connections for the
   * next one, unless this one fails. False: there is no thread.
   */
  async #foldApart(how: How, watch: Watch): Promise<boolean> {
    const thread = this.#thread
    try {
      await thread.run('lock', 'BEGIN IMMEDIATE')
      // Looks again: whether the file was replaced since the checkpoint was announced.
      proveUnderLock(this.#file, watch)
      const isMade = this.#mayFold(watch)
      if (isMade) {
        await thread.run('work', 'PRAGMA wal_checkpoint(PASSIVE)')
        watch.checkpointed()
      }
      await thread.run('lock', 'ROLLBACK')
      if (how === 'PASSIVE' || !isMade) return true
      // That one takes the lock itself.
      await thread.run('work', 'PRAGMA wal_checkpoint(TRUNCATE)')
      watch.checkpointed()
      return true
    } catch (error) {
      await thread.letGo()
      if (error instanceof NoThread) return false
      throw error
    }
  }

  #foldHere(how: How, watch: Watch): void {
    const fresh = openFresh(this.#file, setPragmas)
    try {
      let isMade = false
      this.#file.underLock(() => {
        watch.prove(fresh)
        isMade = this.#mayFold(watch)
        if (!isMade) return
        fresh.db.pragma('wal_checkpoint(PASSIVE)')
        watch.checkpointed()
      })
      if (how === 'PASSIVE' || !isMade) return
      fresh.db.pragma('wal_checkpoint(TRUNCATE)')
      watch.checkpointed()
    } finally {
      fresh.close()
    }
  }

  /**
   * Whether what was announced was not made by somebody else meanwhile: then the log is short, and a checkpoint that nobody
   * announced would look like a stranger's write. Where there was no room to announce it, it is made all the same.
   */
  #mayFold(watch: Watch): boolean {
    // Looks again: whether the checkpoint that was announced is made already.
    return this.#announced === null || watch.awaits(this.#announced)
  }

  /** Says in the log that the main file will be written; on a full disk in the room that the main file has in reserve. */
  #announce(connection: Connection): void {
    if (this.#tryAnnounce(connection, () => {})) return
    // Where even that is gone, an earlier announcement stands, or SQLite's own counters tell once it is through.
    this.#tryAnnounce(connection, () => giveRoomBack(this.#file, connection))
  }

  /** False: there is no room for it, though `makeRoom` made some under the same lock. */
  #tryAnnounce(connection: Connection, makeRoom: () => void): boolean {
    try {
      this.#file.begin(connection)
      makeRoom()
      connection.run(ANNOUNCE, walCounters(this.#file.guard ?? connection).frames)
      connection.run(RESEAL_STORE)
      const row = readStoreRow(connection)
      connection.run('COMMIT')
      this.#announced = row
      return true
    } catch (error) {
      this.#file.rollback()
      if (faultOf(error) === 'full') return false
      throw error
    }
  }
}
