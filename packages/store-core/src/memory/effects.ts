import type { CheckedEntry } from '../checked-entry.ts'
import { type EntryRange, pushRange } from '../generation.ts'
import type { QuarantinedLine } from '../importer.ts'
import { type LookUpsNow, runNow } from '../kernel/drive.ts'
import type { Effect, EffectName, List } from '../kernel/effects.ts'
import { type Address, OWN } from '../kernel/look-ups.ts'
import type { Rule } from '../kernel/rule.ts'
import { isSameOrigin } from '../origin-match.ts'
import { isSameAddress } from '../session-ref.ts'
import { lookUpsIn } from './look-ups.ts'
import {
  findSession,
  type KeyUse,
  type MemoryGeneration,
  type MemorySession,
  type MemoryState,
  type StoredEntry,
  type Written,
} from './state.ts'
import { addressesIn, currentGeneration } from './view.ts'

/** Runs a rule on a state: the next state, and the answer. */
export function carryOut<T>(state: MemoryState, rule: Rule<T>): Written<T> {
  const lookUps: LookUpsNow = lookUpsIn(state)
  const { effects, answer } = runNow(rule, lookUps)
  return { state: effects.reduce(written, state), result: answer }
}

/** The state with an effect written. */
export function written(state: MemoryState, effect: Effect): MemoryState {
  const write = WRITES[effect.effect] as (state: MemoryState, effect: Effect) => MemoryState
  return write(state, effect)
}

/** What each effect is to a state that is never changed in place. */
const WRITES: {
  readonly [N in EffectName]: (
    state: MemoryState,
    effect: Extract<Effect, { readonly effect: N }>,
  ) => MemoryState
} = {
  insert: (state, { session: address, facts, list, parent }) => {
    const number = state.sessions.length + 1
    const ids = new Set(addressesIn(list.ranges).map(({ id }) => id))
    const inherited = parent ? [...sessionAt(state, parent).keys].filter(([, { id }]) => ids.has(id)) : []
    const session: MemorySession = {
      number,
      address,
      about: facts,
      entries: new Map(),
      nextId: 1,
      keys: new Map(inherited),
      operations: new Map(),
      generations: [generationOf(list, number)],
      imports: [],
      quarantined: [],
      revision: 0,
      updatedAt: list.at,
      state: 'living',
      deletedAt: 0,
      change: { position: 0, kind: 'created' },
    }
    return { ...state, sessions: [...state.sessions, session] }
  },
  store: (state, { session, firstId, entries }) =>
    withEntries(
      state,
      session,
      entries.map((entry, i) => storedEntry(firstId + i, entry)),
    ),
  extend: (state, { session: address, firstId, heads }) => {
    const session = sessionAt(state, address)
    const current = currentGeneration(session)
    const ranges = [...current.ranges]
    pushRange(ranges, { owner: session.number, first: firstId, last: firstId + heads.length - 1 })
    return withPart(state, address, {
      generations: [...session.generations.slice(0, -1), { ...current, ranges }],
    })
  },
  rewrite: (state, { session: address, list }) => {
    const { generations, number } = sessionAt(state, address)
    return withPart(state, address, { generations: [...generations, generationOf(list, number)] })
  },
  link: (state, { session: address, links }) => {
    const { keys } = sessionAt(state, address)
    const linked = links.map(({ key, isDelivery, use: { id, kind, at, hash } }) => {
      return [key, { id, kind, at, hash, isDelivery }] as const
    })
    return withPart(state, address, { keys: new Map([...keys, ...linked]) })
  },
  facts: (state, { session, facts }) => withPart(state, session, { about: facts }),
  tombstone: (state, { session, deletedAt }) =>
    withPart(
      state,
      session,
      deletedAt === null ? { state: 'living', deletedAt: 0 } : { state: 'deleted', deletedAt },
    ),
  tip: (state, { session, tip: { revision, nextId, updatedAt }, change: kind }) => {
    const position = state.position + 1
    const change = { position, kind }
    return { ...withPart(state, session, { revision, nextId, updatedAt, change }), position }
  },
  route: (state, { session, origin }) => {
    const others = state.routes.filter(
      (one) => one.session.namespace !== session.namespace || !isSameOrigin(one.origin, origin),
    )
    return { ...state, routes: [...others, { origin, session }] }
  },
  reroute: (state, { session, to }) => ({
    ...state,
    routes: state.routes.map((one) => (isSameAddress(one.session, session) ? { ...one, session: to } : one)),
  }),
  hold: (state, { namespace, origin, at: heldAt, entries }) => ({
    ...state,
    held: [...state.held, ...entries.map((entry) => ({ namespace, origin, heldAt, entry }))],
  }),
  release: (state, { numbers }) => ({ ...state, held: state.held.filter((one) => !numbers.includes(one)) }),
  expire: (state, { before }) => ({ ...state, held: state.held.filter(({ heldAt }) => heldAt >= before) }),
  operation: (state, { session: address, key, operation }) => {
    const { operations } = sessionAt(state, address)
    return withPart(state, address, { operations: new Map([...operations, [key, operation]]) })
  },
  redact: (state, { session, entry: { owner, id }, record, redaction }) => {
    const own = owner === OWN ? sessionAt(state, session) : state.sessions[owner - 1]
    const entry = own?.entries.get(id)
    if (!own || !entry) throw new Error('An effect on an entry that is not there')
    const entries = new Map([...own.entries, [id, { ...entry, record, redaction }] as const])
    return { ...state, sessions: state.sessions.with(own.number - 1, { ...own, entries }) }
  },
  clear: (state, { session: address, lines }) => {
    const { quarantined } = sessionAt(state, address)
    const cleared = quarantined.map((line) => (lines.includes(line) ? { ...line, bytes: null } : line))
    return withPart(state, address, { quarantined: cleared })
  },
  repeat: (state, { session: address, list }) => {
    const session = sessionAt(state, address)
    const { ranges } = currentGeneration(session)
    return withPart(state, address, { generations: [...session.generations, { ...list, ranges }] })
  },
  drop: (state, { session: address, generations: dropped }) => {
    const { generations } = sessionAt(state, address)
    return withPart(state, address, {
      generations: generations.filter(({ generation }) => !dropped.includes(generation)),
    })
  },
  bury: (state, { session, tip: { nextId, updatedAt } }) =>
    withoutRoutes(withPart(state, session, { ...EMPTY, state: 'gone', nextId, updatedAt }), session),
  history: (state, { session: address, list }) => {
    const { generations, number } = sessionAt(state, address)
    return withPart(state, address, { generations: [...generations, generationOf(list, number)] })
  },
  stage: (state, { place: { token, owner }, firstId, entries, lines }) => {
    const session = owner === null ? undefined : state.sessions[owner - 1]
    const before = state.staged.find((one) => one.token === token)
    const stored = entries.map((entry, i) => storedEntry(firstId + i, entry))
    const after = {
      token,
      entries: [...(before?.entries ?? []), ...stored],
      lines: [...(before?.lines ?? []), ...lines],
    }
    const moved = session && { ...session, nextId: firstId + entries.length }
    return {
      ...withoutStaged(state, token),
      staged: [...withoutStaged(state, token).staged, after],
      sessions: moved ? state.sessions.with(moved.number - 1, moved) : state.sessions,
    }
  },
  show: (state, { place: { session, token }, importId }) => {
    const { entries = [], lines = [] } = state.staged.find((one) => one.token === token) ?? {}
    return withLines(withEntries(withoutStaged(state, token), session, entries), session, importId, lines)
  },
  quarantine: (state, { session, importId, lines }) => withLines(state, session, importId, lines),
  imported: (state, { session: address, imported }) =>
    withPart(state, address, { imports: [...sessionAt(state, address).imports, imported] }),
  'forget-import': (state, { session: address, importId }) => {
    const { imports, quarantined } = sessionAt(state, address)
    return withPart(state, address, {
      imports: imports.filter((one) => one.importId !== importId),
      quarantined: quarantined.filter((line) => line.importId !== importId),
    })
  },
  free: (state, { session: address, ranges }) => {
    const freed = new Set(addressesIn(ranges).map(({ id }) => id))
    const keys = new Map([...sessionAt(state, address).keys].filter(([, { id }]) => !freed.has(id)))
    return withPart(state, address, { keys })
  },
  vacate: (state, { session: address, generation }) => {
    const { updatedAt } = sessionAt(state, address)
    const vacated = withPart(state, address, {
      ...EMPTY,
      state: 'undone',
      generations: [{ generation, at: updatedAt, reason: 'undo', ranges: [] }],
    })
    return withoutRoutes(vacated, address)
  },
  note: (state, { run, note }) => ({
    ...state,
    ledger: [...state.ledger, note],
    runs: state.runs.some(({ id }) => id === run.id) ? state.runs : [...state.runs, run],
  }),
  strike: (state, { session, keys }) => ({
    ...state,
    ledger: state.ledger.filter((note) => !keys.includes(note.key) || !isSameAddress(note.session, session)),
  }),
  claim: (state, { session, token, at: since }) => ({
    ...state,
    claims: [...claimsBesides(state, session), { session, token, since }],
  }),
  unclaim: (state, { session }) => ({ ...state, claims: claimsBesides(state, session) }),
}

function withoutRoutes(state: MemoryState, address: Address): MemoryState {
  return { ...state, routes: state.routes.filter(({ session }) => !isSameAddress(session, address)) }
}

/** Nothing but that a session was there. */
const EMPTY = {
  about: {},
  keys: new Map(),
  operations: new Map(),
  generations: [],
  imports: [],
  quarantined: [],
} satisfies Partial<MemorySession>

/** The state without what an import staged under a token. */
export function withoutStaged(state: MemoryState, token: string): MemoryState {
  return { ...state, staged: state.staged.filter((one) => one.token !== token) }
}

/** The state with entries stored for a session, and their keys taken. */
function withEntries(state: MemoryState, address: Address, stored: readonly StoredEntry[]): MemoryState {
  const { number, entries, keys } = sessionAt(state, address)
  const used = stored.flatMap((entry) =>
    entry.idempotencyKey === null ? [] : [[entry.idempotencyKey, useOf(entry)] as const],
  )
  return {
    ...withPart(state, address, {
      entries: new Map([...entries, ...stored.map((entry) => [entry.id, entry] as const)]),
      keys: new Map([...keys, ...used]),
    }),
    log: [...state.log, ...stored.map(({ id }) => ({ owner: number, id }))],
  }
}

function withLines(
  state: MemoryState,
  address: Address,
  importId: string,
  lines: readonly QuarantinedLine[],
): MemoryState {
  const { quarantined } = sessionAt(state, address)
  const kept = lines.map((line) => ({ ...line, importId }))
  return withPart(state, address, { quarantined: [...quarantined, ...kept] })
}

function claimsBesides({ claims }: MemoryState, address: Address): MemoryState['claims'] {
  return claims.filter(({ session }) => !isSameAddress(session, address))
}

function sessionAt(state: MemoryState, address: Address): MemorySession {
  const session = findSession(state, address)
  if (!session) throw new Error('An effect on a session that is not there')
  return session
}

function withPart(state: MemoryState, address: Address, part: Partial<MemorySession>): MemoryState {
  const session = sessionAt(state, address)
  return { ...state, sessions: state.sessions.with(session.number - 1, { ...session, ...part }) }
}

function generationOf({ ranges, ...list }: List, number: number): MemoryGeneration {
  const named = ranges.map((range): EntryRange => (range.owner === OWN ? { ...range, owner: number } : range))
  return { ...list, ranges: named }
}

function storedEntry(id: number, { correlation: _, provenance, ...entry }: CheckedEntry): StoredEntry {
  return { id, ...entry, provenance: provenance === null ? null : JSON.parse(provenance) }
}

/** What is remembered under an entry's key. */
function useOf({ id, kind, at, hash }: StoredEntry): KeyUse {
  return { id, kind, at, hash, isDelivery: kind === 'delivery' }
}
