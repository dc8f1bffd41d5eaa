import { type SessionAddress, StoreCorrupt } from '@faircopy/store-core'

/** The damage that a listing met on its way, to be told behind what could be read (S22). */
export class Harm {
  readonly #path: string
  readonly #sessions = new Map<string, Required<SessionAddress>>()
  #first: StoreCorrupt | null = null

  constructor(path: string) {
    this.#path = path
  }

  /** The damaged sessions, each once, in the order in which they were met. */
  get sessions(): readonly Required<SessionAddress>[] {
    return [...this.#sessions.values()]
  }

  add(damage: StoreCorrupt): void {
    this.#first ??= damage
    for (const address of damage.sessions)
      this.#sessions.set(JSON.stringify([address.namespace, address.id]), address)
  }

  /** Does what may meet damage of a session, and notes it where it does. */
  spare(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof StoreCorrupt) || error.isStructural) throw error
      this.add(error)
    }
  }

  /** Fails with `StoreCorrupt` where there was any. */
  tell(): void {
    if (this.#first)
      throw new StoreCorrupt(this.#path, 'not-stored', this.#first.cause, { sessions: this.sessions })
  }
}
