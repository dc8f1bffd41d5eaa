import {
  type Address,
  type ChainedEntry,
  type Containing,
  countEntries,
  type EntryAddress,
  type EntryRange,
  type HeldDelivery,
  type Imported,
  type KeyUse,
  type KnownClaim,
  type KnownList,
  type KnownSession,
  type Lead,
  type LookUpName,
  type LookUps,
  type LookUpsNow,
  type OfOrigin,
  OWN,
  type StoredDelivery,
  type StoredTip,
  type Tip,
  tipOf,
} from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { entryId, entryKey } from '../file/schema.ts'
import { readClaim } from '../rows/claim-row.ts'
import { readGenerations } from '../rows/generation-row.ts'
import { headAt, headBehind, type PassedHead } from '../rows/head-chain.ts'
import { readImported } from '../rows/imported-row.ts'
import { findKey, readDelivery, type KeyUse as StoredUse, usedRecord } from '../rows/key-row.ts'
import { readLastNote, readNote, readNotesOf, readRunNumber } from '../rows/ledger.ts'
import { hasGeneration } from '../rows/missing-place.ts'
import { readOperation } from '../rows/operation-row.ts'
import { readOpeningWays, readOriginWays, readRoutesOf } from '../rows/origin-ways.ts'
import { countLines } from '../rows/quarantine.ts'
import { ownerOf, readRanges, readRangesBetween, readSeq } from '../rows/ranges.ts'
import {
  findSession,
  firstGeneration,
  knownFacts,
  readSessionRow,
  type SessionRow,
} from '../rows/session-row.ts'
import { readStaged } from '../rows/staging-row.ts'
import type { SessionTip } from '../rows/tip.ts'
import type { Transaction } from '../rows/transaction.ts'
import { listName, unlisted } from '../rows/unlisted.ts'
import { countHeld, findHeld, readHeldFor } from './holding.ts'

type Asked<N extends LookUpName> = readonly LookUps[N]['asked'][]

const DELIVERIES = `SELECT key, hash FROM entry WHERE key BETWEEN ? AND ? AND kind = 'delivery' ORDER BY key`
const COUNT = 'SELECT count(*) AS count FROM entry WHERE key BETWEEN ? AND ?'
/** Live sessions that may contain an entry: its owner, and those of which a list contains or contained it. */
const LIVE_SAYING = `SELECT number FROM session WHERE state = 'live' AND number = ? UNION
  SELECT s.number FROM range AS r JOIN session AS s ON s.number = r.session AND s.state = 'live'
    WHERE r.owner = ? AND r.owner <> r.session AND ? BETWEEN r.first AND r.last`

/** How the texts of a redaction are looked for: see `redacting.ts`. */
type Texts = 'entriesHolding' | 'linesHolding'

/**
 * What the rule of one call asks, answered from the rows and from where earlier calls of the transaction left the sessions.
 * Whoever asks holds the store's lock or a snapshot, so nothing is given a version.
 */
export class RowLookUps implements Omit<LookUpsNow, Texts> {
  /** Heads that were passed on the way to one that was asked for. */
  readonly passed: PassedHead[] = []
  readonly #transaction: Transaction
  readonly #connection: Connection

  constructor(transaction: Transaction) {
    this.#transaction = transaction
    this.#connection = transaction.connection
  }

  tips(asked: Asked<'tips'>): (StoredTip | null)[] {
    return asked.map((address) => {
      const found = this.#transaction.find(address)
      return found && tip(this.#transaction.tip(found.number), found.number, found.isLive)
    })
  }

  sessions(asked: Asked<'sessions'>): (KnownSession | null)[] {
    return asked.map((address) => {
      const row = findSession(this.#connection, address)
      if (!row) return null
      const { number, state } = row
      return {
        ...tip(this.#transaction.knownTip(number) ?? standOfRow(row), number, state === 'live'),
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

  retained(asked: Asked<'retained'>): boolean[] {
    return asked.map(({ session, id }) => {
      const tip = this.#tip(session)
      return tip !== null && ownerOf(this.#connection, tip, id) !== null
    })
  }

  heldUnder(asked: Asked<'heldUnder'>): (HeldDelivery | null)[] {
    return asked.map(({ key, since }) => findHeld(this.#connection, key, since))
  }

  heldFor(asked: Asked<'heldFor'>): OfOrigin<HeldDelivery[]>[] {
    return asked.map((at) => found(readHeldFor(this.#connection, at)))
  }

  heldCounts(asked: Asked<'heldCounts'>): OfOrigin<number>[] {
    return asked.map((at) => found(countHeld(this.#connection, at)))
  }

  originWays(asked: Asked<'originWays'>): LookUps['originWays']['answer'][] {
    return asked.map((at) => found(readOriginWays(this.#connection, at)))
  }

  openingWays(asked: Asked<'openingWays'>): LookUps['openingWays']['answer'][] {
    return asked.map((at) => found(readOpeningWays(this.#connection, at)))
  }

  routes(asked: Asked<'routes'>): OfOrigin<Lead | null>[] {
    return asked.map((at) => {
      const [route] = readRoutesOf(this.#connection, at)
      return found(route ? leadOf(readSessionRow(this.#connection, route.session)) : null)
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

  containing(asked: Asked<'containing'>): Containing[][] {
    return asked.map(({ session, entries }) => {
      const own = this.#transaction.find(session)?.number ?? 0
      const saying = new Set(
        entries.flatMap(({ owner, id }) => this.#containingOf({ owner: owner === OWN ? own : owner, id })),
      )
      return [...saying].sort((a, b) => a - b).map((number) => this.#containing(number))
    })
  }

  /** The live sessions that contain an entry now. */
  #containingOf({ owner, id }: EntryAddress): number[] {
    return this.#connection
      .values<number>(LIVE_SAYING)
      .all(owner, owner, id)
      .filter((number) => readSeq(this.#connection, this.#transaction.tip(number), id) !== null)
  }

  #containing(number: number): Containing {
    const { namespace, id } = readSessionRow(this.#connection, number)
    return { session: { namespace, id }, tip: tip(this.#transaction.tip(number), number, true) }
  }

  generations(asked: Asked<'generations'>): (readonly KnownList[])[] {
    return asked.map((session) => {
      const tip = this.#tip(session)
      // Of a pruned session there is no list.
      return tip && tip.generation > 0 ? readGenerations(this.#connection, tip) : []
    })
  }

  pastLists(asked: Asked<'pastLists'>): LookUps['pastLists']['answer'][] {
    return asked.map(({ session, generation }) => {
      const tip = this.#tip(session)
      if (!tip || !hasGeneration(this.#connection, tip.session, generation)) return null
      const ranges = readRanges(this.#connection, tip, generation)
      return ranges.map((range) => ({ ...range, owner: ownerIn(tip.session, range.owner) }))
    })
  }

  chains(asked: Asked<'chains'>): string[] {
    return asked.map(({ session, behind, ranges }) =>
      headBehind(this.#connection, behind, this.#owned(session, ranges)),
    )
  }

  unlisted(asked: Asked<'unlisted'>): number[] {
    // What is said is looked up in the rows, and what earlier calls of the transaction made of it is in its tips.
    this.#transaction.flush()
    return asked.map(({ session, ranges, without }) => {
      const number = this.#transaction.find(session)?.number ?? 0
      const left = unlisted(this.#connection, this.#owned(session, ranges), {
        sessions: new Set(without === null ? [number] : []),
        lists: new Set((without ?? []).map((generation) => listName(number, generation))),
      })
      return countStored(this.#connection, left)
    })
  }

  imported(asked: Asked<'imported'>): (readonly Imported[])[] {
    return asked.map((session) => {
      const found = this.#transaction.find(session)
      if (!found) return []
      return readImported(this.#connection, found.number).map(({ number, brought, ...imported }) => ({
        ...imported,
        brought: brought.map((range) => ({ ...range, owner: OWN })),
      }))
    })
  }

  lineCounts(asked: Asked<'lineCounts'>): number[] {
    return asked.map(({ session, importId }) => {
      const found = this.#transaction.find(session)
      const run = readRunNumber(this.#connection, importId)
      return found && run !== null ? countLines(this.#connection, found.number, run) : 0
    })
  }

  notes(asked: Asked<'notes'>): LookUps['notes']['answer'][] {
    return asked.map(({ session, key }) => found(readNote(this.#connection, session, key)))
  }

  notesOfRun(asked: Asked<'notesOfRun'>): LookUps['notesOfRun']['answer'][] {
    return asked.map(({ session, importId }) => found(readNotesOf(this.#connection, session, importId)))
  }

  lastNotes(asked: Asked<'lastNotes'>): LookUps['lastNotes']['answer'][] {
    return asked.map((session) => found(readLastNote(this.#connection, session)))
  }

  staged(asked: Asked<'staged'>): LookUps['staged']['answer'][] {
    return asked.map(({ token, owner }) => {
      const ranges = readStaged(this.#connection, token)
      const under = (owner as number | null) ?? ranges[0]?.owner ?? null
      const nextId = under === null ? 1 : this.#transaction.tip(under).nextId
      return { nextId, count: countEntries(ranges) }
    })
  }

  claims(asked: Asked<'claims'>): (KnownClaim | null)[] {
    return asked.map((session) => readClaim(this.#connection, session, this.#transaction.now))
  }

  #owned(session: Address, ranges: readonly EntryRange[]): EntryRange[] {
    return ownedBy(this.#transaction.find(session)?.number ?? 0, ranges)
  }

  #tip(address: Address): SessionTip | null {
    const found = this.#transaction.find(address)
    return found && this.#transaction.tip(found.number)
  }

  #useIn(session: number, use: StoredUse): KeyUse {
    const { owner, id } = use
    const seq = readSeq(this.#connection, this.#transaction.tip(session), id)
    return { owner: ownerIn(session, owner), id, ...usedRecord(this.#connection, use), seq }
  }
}

function tip(tip: Tip, owner: number, isLiving: boolean): StoredTip {
  return { ...tipOf(tip), isLiving, owner, version: null }
}

function standOfRow(row: SessionRow): Tip {
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

/** Ranges as rows have them: each with its owner's number. */
export function ownedBy(session: number, ranges: readonly EntryRange[]): EntryRange[] {
  return ranges.map((range) => (range.owner === OWN ? { ...range, owner: session } : range))
}

function found<T>(found: T): { readonly found: T; readonly version: null } {
  return { found, version: null }
}

function countStored(connection: Connection, ranges: readonly EntryRange[]): number {
  return ranges.reduce((sum, { owner, first, last }) => {
    const row = connection.get<{ count: number }>(COUNT, entryKey(owner, first), entryKey(owner, last))
    return sum + (row?.count ?? 0)
  }, 0)
}

function leadOf({ namespace, id, state, ended_at }: SessionRow): Lead {
  return { session: { namespace, id }, isOpen: state === 'live' && ended_at === null }
}
