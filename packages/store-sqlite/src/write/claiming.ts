import { randomUUID } from 'node:crypto'
import type { ImportClaim, ImportClaiming } from '@faircopy/store-core/operator'
import { isAbandoned, type OwnedWork, ownIdentity } from '../file/process-identity.ts'
import { insertStatement } from '../file/seal.ts'
import { insertSealed } from '../file/sealed-row.ts'
import type { StoreFile } from '../file/store-file.ts'
import type { Address } from '../rows/session-row.ts'
import type { Write } from '../rows/transaction.ts'
import type { Writer } from './writer.ts'

const READ = `SELECT token, host, boot, pids, pid, thread, started, at FROM import_claim
  WHERE namespace = ? AND session = ?`
const TAKE = insertStatement('import_claim', 'OR REPLACE')
const RELEASE = 'DELETE FROM import_claim WHERE namespace = ? AND session = ? AND token = ?'

/** The claims that this thread has. */
const atWork = new Set<string>()

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

  async claim(address: Address): Promise<ImportClaiming> {
    this.#file.checkWritable()
    const token = randomUUID()
    atWork.add(token)
    try {
      const holder = await this.#writer.submit(taking(address, token), { durable: false })
      if (holder) {
        atWork.delete(token)
        return { heldBy: { host: holder.host, pid: holder.pid, since: holder.at } }
      }
    } catch (error) {
      // If it was stored all the same, nobody is at work under it.
      atWork.delete(token)
      throw error
    }
    this.#held.set(token, address)
    const claim: ImportClaim = { release: () => this.#release(token) }
    return { claim }
  }

  /** Lets all of them go. One that cannot be let go now is nobody's: this thread is not at work under it any more. */
  async close(): Promise<void> {
    const releases = [...this.#held.keys()].map((token) => this.#release(token).catch(() => {}))
    this.#closed = true
    await Promise.all(releases)
    for (const token of this.#held.keys()) atWork.delete(token)
    this.#held.clear()
  }

  async #release(token: string): Promise<void> {
    const address = this.#held.get(token)
    if (!address || this.#closed) return
    const write: Write<number> = ({ connection }) => ({
      apply: () => connection.run(RELEASE, address.namespace, address.id, token),
    })
    await this.#writer.submit(write, { durable: false })
    this.#held.delete(token)
    atWork.delete(token)
  }
}

/** The write that takes a claim, or says who has it. */
function taking({ namespace, id }: Address, token: string): Write<OwnedWork | null> {
  return ({ connection, now }) => {
    const holder = connection.get<OwnedWork>(READ, namespace, id)
    if (holder && !isAbandoned(holder, now, atWork)) return { answer: holder }
    return {
      apply: () => {
        const { host, boot, pids, pid, thread, started } = ownIdentity()
        insertSealed(connection, TAKE, namespace, id, token, host, boot, pids, pid, thread, started, now)
        return null
      },
    }
  }
}
