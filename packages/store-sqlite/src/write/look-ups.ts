import {
  type Address,
  type ChainedEntry,
  type EntryAddress,
  type HeldDelivery,
  type KeyUse,
  type KnownSession,
  type Lead,
  type LookUpName,
  type LookUps,
  type LookUpsNow,
  type OfPlace,
  OWN,
  type Saying,
  type Stand,
  type Standing,
  type StoredDelivery,
  standOf,
} from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { entryId, entryKey } from '../file/schema.ts'
import { headAt, type PassedHead } from '../rows/head-chain.ts'
import { findKey, readDelivery, type KeyUse as StoredUse, usedRecord } from '../rows/key-row.ts'
import { readOperation } from '../rows/operation-row.ts'
import { readOpeningWays, readOriginWays, readRoutesOf } from '../rows/origin-ways.ts'
import { ownerOf, readRangesBetween, readSeq } from '../rows/ranges.ts'
import {
  findSession,
  firstGeneration,
  knownFacts,
  readSessionRow,
  type SessionRow,
} from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Transaction } from '../rows/transaction.ts'
import { countHeld, findHeld, readHeldFor } from './holding.ts'

type Asked<N extends LookUpName> = readonly LookUps[N]['asked'][]

const DELIVERIES = `SELECT key, hash FROM entry WHERE key BETWEEN ? AND ? AND kind = 'delivery' ORDER BY key`
/** Live sessions that may say an entry: its owner, and those of which a list says or said it. */
const LIVE_SAYING = `SELECT number FROM session WHERE state = 'live' AND number = ? UNION
  SELECT s.number FROM range AS r JOIN session AS s ON s.number = r.session AND s.state = 'live'
    WHERE r.owner = ? AND r.owner <> r.session AND ? BETWEEN r.first AND r.last`

/**
 * What the rule of one call asks, answered from the rows and from where earlier calls of the transaction left the sessions.
 * Whoever asks holds the store's lock or a snapshot, so nothing is given a version.
 */
export class RowLookUps implements Partial<LookUpsNow> {
  /** Heads that were passed on the way to one that was asked for. */
  readonly passed: PassedHead[] = []
  readonly #transaction: Transaction
  readonly #connection: Connection

  constructor(transaction: Transaction) {
    this.#transaction = transaction
    this.#connection = transaction.connection
  }

  standings(asked: Asked<'standings'>): (Standing | null)[] {
    return asked.map((address) => {
      const found = this.#transaction.find(address)
      return found && standing(this.#transaction.tip(found.number), found.number, found.isLive)
    })
  }

  sessions(asked: Asked<'sessions'>): (KnownSession | null)[] {
    return asked.map((address) => {
      const row = findSession(this.#connection, address)
      if (!row) return null
      const { number, state } = row
      return {
        ...standing(this.#transaction.knownTip(number) ?? standOfRow(row), number, state === 'live'),
        facts: knownFacts(this.#connection, row),
        deletedAt: row.deleted_at,
      }
    })
  }

  firstGenerations(asked: Asked<'firstGenerations'>): number[] {
    return asked.map((address) => {
      // A damaged row of that name is `StoreCorrupt`, not a free name (S22).
      findSession(this.#connection, address)
      return firstGeneration(this.#connection, address)
    })
  }

  keys(asked: Asked<'keys'>): (KeyUse | null)[] {
    return asked.map(({ session, key }) => {
      const found = this.#transaction.find(session)
      const use = found && findKey(this.#connection, found.number, key)
      return use && this.#useIn(found.number, use)
    })
  }

  deliveries(asked: Asked<'deliveries'>): StoredDelivery[][] {
    return asked.map((key) => {
      const found = readDelivery(this.#connection, key)
      if (!found) return []
      return found.sessions.map(({ number, namespace, id, state }) => ({
        session: { namespace, id },
        isLiving: state === 'live',
        version: null,
        use: this.#useIn(number, found.use),
      }))
    })
  }

  kept(asked: Asked<'kept'>): boolean[] {
    return asked.map(({ session, id }) => {
      const tip = this.#tip(session)
      return tip !== null && ownerOf(this.#connection, tip, id) !== null
    })
  }

  heldUnder(asked: Asked<'heldUnder'>): (HeldDelivery | null)[] {
    return asked.map(({ key, since }) => findHeld(this.#connection, key, since))
  }

  heldFor(asked: Asked<'heldFor'>): OfPlace<HeldDelivery[]>[] {
    return asked.map((at) => ofPlace(readHeldFor(this.#connection, at)))
  }

  heldCounts(asked: Asked<'heldCounts'>): OfPlace<number>[] {
    return asked.map((at) => ofPlace(countHeld(this.#connection, at)))
  }

  originWays(asked: Asked<'originWays'>): LookUps['originWays']['answer'][] {
    return asked.map((at) => ofPlace(readOriginWays(this.#connection, at)))
  }

  openingWays(asked: Asked<'openingWays'>): LookUps['openingWays']['answer'][] {
    return asked.map((at) => ofPlace(readOpeningWays(this.#connection, at)))
  }

  routes(asked: Asked<'routes'>): OfPlace<Lead | null>[] {
    return asked.map((at) => {
      const [route] = readRoutesOf(this.#connection, at)
      return ofPlace(route ? leadOf(readSessionRow(this.#connection, route.session)) : null)
    })
  }

  operations(asked: Asked<'operations'>): LookUps['operations']['answer'][] {
    return asked.map(({ session, key }) => {
      const found = this.#transaction.find(session)
      return found && readOperation(this.#connection, found.number, key)
    })
  }

  lists(asked: Asked<'lists'>): LookUps['lists']['answer'][] {
    return asked.map(({ session, from, to }) => {
      const tip = this.#tip(session)
      if (!tip) return []
      const ranges = readRangesBetween(this.#connection, tip, tip.generation, from, to)
      return ranges.map((range) => ({ ...range, owner: ownerIn(tip.session, range.owner) }))
    })
  }

  heads(asked: Asked<'heads'>): string[] {
    return asked.map(({ session, seq }) => {
      const tip = this.#tip(session)
      return tip ? headAt(this.#connection, tip, seq, (head) => this.passed.push(head)) : ''
    })
  }

  deliveriesFrom(asked: Asked<'deliveriesFrom'>): ChainedEntry[][] {
    return asked.map(({ session, from }) => {
      const tip = this.#tip(session)
      if (!tip) return []
      const ranges = readRangesBetween(this.#connection, tip, tip.generation, from, tip.entryCount)
      return ranges.flatMap(({ owner, first, last }) =>
        this.#connection
          .all<{ key: number; hash: Buffer }>(DELIVERIES, entryKey(owner, first), entryKey(owner, last))
          .map(({ key, hash }) => ({
            owner: ownerIn(tip.session, owner),
            id: entryId(key),
            hash: hash.toString('hex'),
          })),
      )
    })
  }

  sayings(asked: Asked<'sayings'>): Saying[][] {
    return asked.map(({ session, entries }) => {
      const own = this.#transaction.find(session)?.number ?? 0
      const saying = new Set(
        entries.flatMap(({ owner, id }) => this.#sayingOf({ owner: owner === OWN ? own : owner, id })),
      )
      return [...saying].sort((a, b) => a - b).map((number) => this.#saying(number))
    })
  }

  /** The live sessions that say an entry now. */
  #sayingOf({ owner, id }: EntryAddress): number[] {
    return this.#connection
      .values<number>(LIVE_SAYING)
      .all(owner, owner, id)
      .filter((number) => readSeq(this.#connection, this.#transaction.tip(number), id) !== null)
  }

  #saying(number: number): Saying {
    const { namespace, id } = readSessionRow(this.#connection, number)
    return { session: { namespace, id }, standing: standing(this.#transaction.tip(number), number, true) }
  }

  #tip(address: Address): Tip | null {
    const found = this.#transaction.find(address)
    return found && this.#transaction.tip(found.number)
  }

  #useIn(session: number, use: StoredUse): KeyUse {
    const { owner, id } = use
    const seq = readSeq(this.#connection, this.#transaction.tip(session), id)
    return { owner: ownerIn(session, owner), id, ...usedRecord(this.#connection, use), seq }
  }
}

function standing(stand: Stand, owner: number, isLiving: boolean): Standing {
  return { ...standOf(stand), isLiving, owner, version: null }
}

function standOfRow(row: SessionRow): Stand {
  const { revision, generation, next_id, entry_count, head, updated_at } = row
  return {
    revision,
    generation,
    nextId: next_id,
    entryCount: entry_count,
    head: head.toString('hex'),
    updatedAt: updated_at,
  }
}

function ownerIn(session: number, owner: number): number {
  return owner === session ? OWN : owner
}

function ofPlace<T>(found: T): OfPlace<T> {
  return { found, version: null }
}

function leadOf({ namespace, id, state, ended_at }: SessionRow): Lead {
  return { session: { namespace, id }, isOpen: state === 'live' && ended_at === null }
}
