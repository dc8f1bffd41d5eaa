import { randomUUID } from 'node:crypto'
import { type Address, claimImport, releaseClaim } from '@faircopy/store-core/backend'
import type { ImportClaim, ImportClaiming } from '@faircopy/store-core/operator'
import { beginWork, endWork } from '../file/process-identity.ts'
import type { StoreFile } from '../file/store-file.ts'
import { carryOut } from './effects.ts'
import type { Writer } from './writer.ts'

/**
 * The claims of one open store on sessions, among importers of all processes (S9). They don't wait for the disk: no power
 * cut leaves a process that could have one.
 */
export class Claims {
  readonly #file: StoreFile
  readonly #writer: Writer
  readonly #held = new Map<string, Address>()
  #closed = false

  constructor(file: StoreFile, writer: Writer) {
    this.#file = file
    this.#writer = writer
  }

  async claim(session: Address): Promise<ImportClaiming> {
    this.#file.checkWritable()
    const token = randomUUID()
    beginWork(token)
    try {
      const heldBy = await this.#writer.submit(
        carryOut((context) => claimImport(session, token, context)),
        { durable: false },
      )
      if (heldBy) {
        endWork(token)
        return { heldBy }
      }
    } catch (error) {
      // If it was stored all the same, nobody is at work under it.
      endWork(token)
      throw error
    }
    this.#held.set(token, session)
    const claim: ImportClaim = { release: () => this.#release(token) }
    return { claim }
  }

  /** Lets all of them go. One that cannot be let go now is nobody's: this thread is not at work under it any more. */
  async close(): Promise<void> {
    const releases = [...this.#held.keys()].map((token) => this.#release(token).catch(() => {}))
    this.#closed = true
    await Promise.all(releases)
    for (const token of this.#held.keys()) endWork(token)
    this.#held.clear()
  }

  async #release(token: string): Promise<void> {
    const session = this.#held.get(token)
    if (!session || this.#closed) return
    await this.#writer.submit(
      carryOut(() => releaseClaim(session, token)),
      { durable: false },
    )
    this.#held.delete(token)
    endWork(token)
  }
}
