import { type SessionAddress, StoreCorrupt, StoreError } from '@faircopy/store-core'

/**
 * Damage of single sessions that a command met and passed over. It goes on with everything else, and tells of them at its
 * end: what is damaged is never left out in silence.
 */
export class StoreHarm {
  readonly #path: string
  readonly #sessions = new Map<string, Required<SessionAddress>>()
  #first: StoreError | null = null

  /** @param path the store's file */
  constructor(path: string) {
    this.#path = path
  }

  /** The damaged sessions, each once. */
  get sessions(): readonly Required<SessionAddress>[] {
    return [...this.#sessions.values()]
  }

  /** Whether there is any damage. */
  get found(): boolean {
    return this.#first !== null
  }

  /** What a stream of a store's gives, without what it cannot read. */
  async *without<T>(stream: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    try {
      yield* stream
    } catch (error) {
      this.add(error)
    }
  }

  /** Notes damage of a session. Throws everything else. */
  add(error: unknown): void {
    if (!isSessionDamage(error)) throw error
    this.#first ??= error
    for (const session of error.sessions) this.#sessions.set(JSON.stringify(session), session)
  }

  /** Notes the damaged sessions that an answer of the store's names. */
  name(sessions: readonly Required<SessionAddress>[] | undefined): void {
    if (sessions && sessions.length > 0)
      this.add(new StoreCorrupt(this.#path, 'not-stored', undefined, { sessions }))
  }

  /** All of it in one error. */
  get error(): StoreCorrupt {
    return new StoreCorrupt(this.#path, 'not-stored', this.#first, { sessions: this.sessions })
  }

  /** Fails with `StoreCorrupt` that names all of it, if there was any. */
  tell(): void {
    if (this.found) throw this.error
  }
}

/** Whether an error tells of damage that leaves everything but the sessions it names as it was. */
export function isSessionDamage(error: unknown): error is StoreCorrupt {
  return StoreError.is(error) && error.code === 'STORE_CORRUPT' && !(error as StoreCorrupt).isStructural
}
