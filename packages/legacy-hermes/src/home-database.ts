import type { RecordLimits } from '@faircopy/store-core'
import { type Driver, loadDriver } from './driver.ts'
import { isOpenElsewhere, isReadableInPlace } from './open-elsewhere.ts'
import type { RowRuns } from './rows-by-session.ts'
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
  #later: { readonly snapshot: Snapshot; readonly state: StateDatabase } | null = null
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
   * Whether a session's rows of the snapshot are still what they were; rows that came since are no part of it. Where
   * nobody wrote, the files tell. Where somebody did who has it open, the session's rows are read again in place, in one
   * short transaction, otherwise from a copy taken now.
   */
  async stillTells(sessionId: string, runs: RowRuns, digest: string): Promise<boolean> {
    try {
      const { text: stamp } = await sourceStamp(this.path)
      // Looks again: whether the rows are what they were when they were read.
      if (stamp === this.#snapshot.stamp) return true
      const digestIn = (state: StateDatabase): Promise<string> =>
        sessionDigest(state.messages(sessionId, runs), this.limits)
      if ((await isOpenElsewhere(this.path)) === false || !(await isReadableInPlace(this.path))) {
        return (await digestIn(await this.#stateAt(stamp))) === digest
      }
      const live = this.#open(this.path, true)
      try {
        return (await digestIn(live)) === digest
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
    await this.#forgetLater()
  }

  /** The database as it is now, kept until it has changed again. */
  async #stateAt(stamp: string): Promise<StateDatabase> {
    if (this.#later?.snapshot.stamp === stamp) return this.#later.state
    await this.#forgetLater()
    const snapshot = await takeSnapshot(this.path, this.#driver)
    try {
      const state = this.#open(snapshot.file, false)
      this.#later = { snapshot, state }
      return state
    } catch (error) {
      await snapshot.remove()
      throw error
    }
  }

  async #forgetLater(): Promise<void> {
    const later = this.#later
    this.#later = null
    later?.state.close()
    await later?.snapshot.remove()
  }

  #open(file: string, readonly: boolean): StateDatabase {
    return new StateDatabase(file, this.#driver, { readonly, maxBytes: this.limits.maxBytes })
  }
}
