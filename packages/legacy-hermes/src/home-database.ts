import type { RecordLimits } from '@faircopy/store-core'
import { type Driver, loadDriver } from './driver.ts'
import { isOpenElsewhere, isReadableInPlace } from './open-elsewhere.ts'
import { sessionDigest } from './session-digest.ts'
import { type Snapshot, takeSnapshot } from './snapshot.ts'
import { sourceStamp } from './source-stamp.ts'
import { NoStateDatabase, StateDatabase } from './state-database.ts'

/** The database of a home: where it lies, and a snapshot of it that all its sessions are read from. */
export class HomeDatabase {
  readonly path: string
  readonly limits: RecordLimits
  readonly state: StateDatabase
  readonly #driver: Driver
  readonly #snapshot: Snapshot
  #isClosed = false

  private constructor(
    path: string,
    limits: RecordLimits,
    driver: Driver,
    snapshot: Snapshot,
    state: StateDatabase,
  ) {
    this.path = path
    this.limits = limits
    this.state = state
    this.#driver = driver
    this.#snapshot = snapshot
  }

  /** Fails with `NoStateDatabase`, and as `takeSnapshot` does. */
  static async open(path: string, limits: RecordLimits): Promise<HomeDatabase> {
    const driver = await loadDriver(path)
    for (let attempt = 1; ; attempt++) {
      const snapshot = await takeSnapshot(path, driver)
      try {
        const state = new StateDatabase(snapshot.file, driver, { readonly: false, maxBytes: limits.maxBytes })
        return new HomeDatabase(path, limits, driver, snapshot, state)
      } catch (error) {
        await snapshot.remove()
        // A read that failed once looks like damage: look again before saying so.
        if (!(error instanceof NoStateDatabase) || attempt === 2) throw error
      }
    }
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * Whether a session's rows are still what they were in the snapshot. Where nobody wrote, the files tell. Where
   * somebody did who has it open, that session's rows are read again in place, in one short transaction.
   */
  async stillTells(sessionId: string, digest: string): Promise<boolean> {
    try {
      if ((await sourceStamp(this.path)).text === this.#snapshot.stamp) return true
      if ((await isOpenElsewhere(this.path)) === false || !(await isReadableInPlace(this.path))) return false
      const live = new StateDatabase(this.path, this.#driver, {
        readonly: true,
        maxBytes: this.limits.maxBytes,
      })
      try {
        return (await sessionDigest(live.messages(sessionId), this.limits)) === digest
      } finally {
        live.close()
      }
    } catch {
      return false
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.state.close()
    await this.#snapshot.remove()
  }
}
