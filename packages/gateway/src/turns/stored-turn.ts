import {
  type Entry,
  type NewEntry,
  NoSession,
  type Receipt,
  type ReceiptEntry,
  type SessionAddress,
  StoreError,
} from '@faircopy/store-core'
import { checkArgument } from '@faircopy/store-core/arguments'
import { abandonOptions } from '../calls/arguments.ts'
import { GatewayError } from '../calls/gateway-error.ts'
import type { GatewayStore } from '../calls/gateway-store.ts'
import type { Turn, TurnRecord, TurnState } from '../calls/turn.ts'
import { backward } from '../entries/backward.ts'
import { type TurnEnd, turnEnd } from '../entries/marker.ts'
import { type TurnEntries, turnEntries } from '../entries/turn-entries.ts'
import { isSameTurn, keyAt, type TurnName, turnOfKey } from '../entries/turn-name.ts'
import { metaOf } from './session-meta.ts'

/** What a turn works with. */
export interface TurnTools {
  readonly store: GatewayStore
  readonly clock: () => number
  readonly writer: string
}

/** A turn whose first entry is stored. */
export interface BegunTurn {
  readonly session: Required<SessionAddress>
  readonly turn: TurnName
  /** What became of the first entry. */
  readonly first: Pick<ReceiptEntry, 'id' | 'seq' | 'already' | 'differs'>
}

/** The turn as it is stored: read if it was begun before. */
export async function storedTurn(tools: TurnTools, begun: BegunTurn): Promise<Turn> {
  const { session, turn, first } = begun
  const isDropped = first.seq === null
  const told: TurnEntries =
    first.already && first.seq !== null
      ? await turnEntries(tools.store, session, turn, first.seq)
      : { entries: [], end: null }
  return new StoredTurn(tools, begun, isDropped ? 'dropped' : (told.end ?? 'open'), told.entries)
}

class StoredTurn implements Turn {
  readonly already: boolean
  readonly differs: boolean
  readonly stored: readonly Entry[]
  readonly #tools: TurnTools
  readonly #turn: TurnName
  readonly #firstId: number
  #session: Required<SessionAddress>
  #state: TurnState
  #next: number
  /** The last of its messages that is known to be stored: as long as that one stands, all before it do. */
  #lastId: number
  #last: Promise<unknown> = Promise.resolve()

  constructor(
    tools: TurnTools,
    { session, turn, first }: BegunTurn,
    state: TurnState,
    stored: readonly Entry[],
  ) {
    this.already = first.already
    this.differs = first.differs
    this.stored = stored
    this.#tools = tools
    this.#turn = turn
    this.#firstId = first.id
    this.#session = session
    this.#state = state
    this.#lastId = stored.at(-1)?.id ?? first.id
    this.#next = 1 + Math.max(0, ...stored.map(({ idempotencyKey }) => turnOfKey(idempotencyKey)?.index ?? 0))
  }

  get session(): Required<SessionAddress> {
    return this.#session
  }

  get state(): TurnState {
    return this.#state
  }

  append(records: TurnRecord | readonly TurnRecord[]): Promise<Receipt> {
    return this.#inOrder(async () => {
      if (this.#state !== 'open') throw this.#over()
      const entries = this.#entriesOf(records)
      const receipt = await this.#write(entries, this.#lastId)
      this.#next += entries.length
      this.#lastId = receipt.entries.at(-1)?.id ?? this.#lastId
      return receipt
    })
  }

  commit(records: TurnRecord | readonly TurnRecord[] = []): Promise<void> {
    return this.#end('committed', records)
  }

  async abandon(how: { readonly drop?: boolean } = {}): Promise<void> {
    const { drop = false } = checkArgument(abandonOptions, how, 'options')
    return drop ? this.#inOrder(() => this.#drop()) : this.#end('abandoned', [])
  }

  #end(end: TurnEnd, records: TurnRecord | readonly TurnRecord[]): Promise<void> {
    return this.#inOrder(async () => {
      if (this.#state === end) return
      if (this.#state !== 'open') throw this.#over()
      const entries = this.#entriesOf(records)
      const anchor = end === 'committed' ? this.#lastId : this.#firstId
      const receipt = await this.#write([...entries, turnEnd(this.#turn, end, this.#tools.clock())], anchor)
      this.#next += entries.length
      // Somebody else may have ended it first, and otherwise.
      this.#state = end
      if (receipt.entries.at(-1)?.differs) {
        this.#state = end === 'committed' ? 'abandoned' : 'committed'
        throw this.#over()
      }
    })
  }

  /** Takes the turn out of what the session says. */
  async #drop(): Promise<void> {
    if (this.#state === 'dropped') return
    if (this.#state === 'committed') throw this.#over()
    const { store, writer } = this.#tools
    await this.#untilUndisturbed(this.#firstId, async ({ session }) => {
      const replaced: Entry[] = []
      for await (const { entry, revision } of backward(store, session)) {
        replaced.push(entry)
        const key = turnOfKey(entry.idempotencyKey)
        const isOwn = key !== null && isSameTurn(key, this.#turn)
        if (!isOwn && entry.kind === 'message') break
        if (entry.id !== this.#firstId) continue
        const replacement = { from: entry.seq, entries: metaOf(replaced) }
        return store.replace(session, replacement, { expectedRevision: revision, writer })
      }
      throw new GatewayError('TURN_OVER', session)
    })
    this.#state = 'dropped'
  }

  #entriesOf(records: TurnRecord | readonly TurnRecord[]): NewEntry[] {
    const at = this.#tools.clock()
    const list = Array.isArray(records) ? (records as readonly TurnRecord[]) : [records as TurnRecord]
    return list.map((record, i) => ({ record, at, idempotencyKey: keyAt(this.#turn, this.#next + i) }))
  }

  async #write(entries: readonly NewEntry[], anchor: number): Promise<Receipt> {
    const { store, writer } = this.#tools
    const receipt = await this.#untilUndisturbed(anchor, ({ session, revision }) =>
      store.append(session, entries, { writer, onConflict: 'first', expectedRevision: revision }),
    )
    // What another holder of the turn stored, and somebody undid.
    if (receipt.entries.some(({ seq }) => seq === null)) throw new GatewayError('TURN_DROPPED', this.#session)
    return receipt
  }

  /**
   * Writes where the turn is said, on the very revision at which it was seen to be said: never behind something that
   * was undone meanwhile, and never into a session that another took over.
   */
  async #untilUndisturbed<T>(
    anchor: number,
    write: (place: { readonly session: Required<SessionAddress>; readonly revision: number }) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const place = await placeOfTurn(this.#tools.store, this.#session, this.#turn, anchor)
      if (!place) {
        if (anchor === this.#firstId) this.#state = 'dropped'
        throw new GatewayError('TURN_DROPPED', this.#session)
      }
      this.#session = place.session
      try {
        return await write(place)
      } catch (error) {
        if (!isDisturbance(error)) throw error
      }
    }
  }

  #over(): GatewayError {
    return new GatewayError(this.#state === 'dropped' ? 'TURN_DROPPED' : 'TURN_OVER', this.#session)
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work, work)
    this.#last = done
    return done
  }
}

function isDisturbance(error: unknown): boolean {
  return StoreError.is(error) && (error.code === 'REVISION_CONFLICT' || error.code === 'CURSOR_STALE')
}

/** The session that says an entry by now: the one in which it was stored, or one that this was compacted into. */
async function placeOfTurn(
  store: GatewayStore,
  session: Required<SessionAddress>,
  turn: TurnName,
  entryId: number,
): Promise<{ readonly session: Required<SessionAddress>; readonly revision: number } | null> {
  const found = await store.get(session)
  if (!found) throw new NoSession(session)
  if (found.endedAt !== null) {
    const children = await store.list({ namespace: session.namespace, parent: session, order: 'recent' })
    for (const { namespace, id, parent } of children.sessions) {
      const place =
        parent?.why === 'compaction' && (await placeOfTurn(store, { namespace, id }, turn, entryId))
      if (place) return place
    }
  }
  // Asked after the revision was read: if nothing moved since, it still holds when the write is made.
  // Looks again: whether the turn is still said in the session, whose revision was read before.
  const seq = await store.locate(session, entryId)
  if (seq === null) return null
  // A session that was compacted earlier has entries of its own under the ids that this one gave out later.
  const { entries } = await store.page(session, { from: seq, limit: 1 })
  const key = turnOfKey(entries[0]?.idempotencyKey ?? null)
  return key && isSameTurn(key, turn) ? { session, revision: found.revision } : null
}
