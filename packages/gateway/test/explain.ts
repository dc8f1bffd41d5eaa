import type { Entry } from '@faircopy/store-core'
import { expect } from 'vitest'
import type { SaidEntry, Told } from './processes/recording.ts'

type Append = Extract<Told, { did: 'append' }>
type Replace = Extract<Told, { did: 'replace' }>
type Open = Extract<Told, { did: 'open' }>
type Acknowledged = Append | Replace | Open

/** What a session should say, given everything that processes were told. */
export interface Explained {
  readonly live: ReadonlyMap<string, readonly SaidEntry[]>
  /** Sessions that ended and were not taken up again. */
  readonly ended: ReadonlySet<string>
}

/**
 * Explains what processes were told by one order of everything that happened in each session, or fails.
 *
 * A session's revisions are that order: each is made by exactly one acknowledged write, and a write that makes none (of
 * deliveries) stands behind the one whose revision it tells, by its place. Each write is carried out on a plain list, and
 * every place that was told must be the one that it has there.
 */
export function explain(accounts: readonly (readonly Told[])[]): Explained {
  const acknowledged = accounts.flat().filter((told): told is Acknowledged => 'did' in told)
  const opens = acknowledged.filter((told): told is Open => told.did === 'open' && told.how !== 'found')
  const births = opens.filter(({ how }) => how !== 'reopened')
  const live = new Map<string, SaidEntry[]>()
  const last = new Map<string, 'ended' | 'opened'>()
  expect(births.map(({ session }) => session).length).toBe(new Set(births.map(({ session }) => session)).size)

  const carryOut = (session: string): SaidEntry[] => {
    const known = live.get(session)
    if (known) return known
    const birth = births.find((one) => one.session === session)
    expect(birth, `${session} was opened by somebody`).toBeDefined()
    const parent = birth?.of ? listAt(birth.of, (birth.ended as { revision: number }).revision) : []
    const list = [...parent, ...(birth?.entries ?? [])]
    expect(list.length, `what ${session} began with`).toBe(birth?.entryCount)
    const { entries, end } = replay(session, list, birth?.revision ?? 0, Number.POSITIVE_INFINITY)
    live.set(session, entries)
    last.set(session, end)
    return entries
  }

  /** What a session said when it ended at a revision. */
  const listAt = (session: string, revision: number): SaidEntry[] => {
    const birth = births.find((one) => one.session === session)
    const parent = birth?.of ? listAt(birth.of, (birth.ended as { revision: number }).revision) : []
    return replay(session, [...parent, ...(birth?.entries ?? [])], birth?.revision ?? 0, revision).entries
  }

  const replay = (
    session: string,
    begun: readonly SaidEntry[],
    first: number,
    until: number,
  ): { entries: SaidEntry[]; end: 'ended' | 'opened' } => {
    let entries = [...begun]
    let end: 'ended' | 'opened' = 'opened'
    const writes = acknowledged.filter((told) => told.session === session)
    const endings = opens.filter(({ ended }) => ended?.session === session)
    const beside = writes.filter(
      (told): told is Append => told.did === 'append' && told.entries.length > 0 && !moves(told),
    )
    const placeDeliveries = (revision: number): void => {
      const here = beside.filter((told) => told.revision === revision)
      for (const told of here.toSorted((a, b) => (a.entries[0]?.seq ?? 0) - (b.entries[0]?.seq ?? 0)))
        push(told)
    }
    const push = ({ entries: said }: Append): void => {
      for (const { seq, ...entry } of said) {
        entries.push(entry)
        expect(seq, `${session}: the place of ${entry.key}`).toBe(entries.length)
      }
    }
    let revision = first
    placeDeliveries(revision)
    for (;;) {
      const next = revision + 1
      if (next > until) break
      const made = writes.filter(
        (told) =>
          told.revision === next &&
          (told.did === 'replace' ||
            (told.did === 'append' && moves(told)) ||
            (told.did === 'open' && told.how === 'reopened')),
      )
      const endedBy = endings.filter(({ ended }) => ended?.revision === next)
      if (made.length + endedBy.length === 0) break
      const told = made[0]
      expect(made.length + endedBy.length, `${session}: what made revision ${next}`).toBe(1)
      revision = next
      if (endedBy.length > 0) end = 'ended'
      else if (told?.did === 'append') push(told)
      else if (told?.did === 'replace') {
        const carried = entries.slice(told.from - 1).filter(({ kind }) => kind === 'delivery')
        expect(carried.length, `${session}: deliveries carried over`).toBe(told.carried)
        entries = [...entries.slice(0, told.from - 1), ...carried, ...told.entries]
      } else if (told?.did === 'open') {
        entries.push(...told.entries)
        expect(entries.length, `${session}: what it said when it was taken up`).toBe(told.entryCount)
        end = 'opened'
      }
      if (next < until) placeDeliveries(next)
    }
    if (until === Number.POSITIVE_INFINITY) {
      const left = [...writes, ...beside].filter((told) => told.revision > revision)
      expect(left, `${session}: writes behind a revision that nobody made`).toEqual([])
    }
    return { entries, end }
  }

  for (const { session } of births) carryOut(session)
  return { live, ended: new Set([...last].flatMap(([session, end]) => (end === 'ended' ? [session] : []))) }
}

/** Whether an append makes a revision: deliveries don't. */
function moves({ entries }: Append): boolean {
  return entries.some(({ kind }) => kind !== 'delivery')
}

/** What a session says, as an account has it. */
export function accountOf(entries: readonly Entry[]): SaidEntry[] {
  return entries.map(({ kind, idempotencyKey, record }) => ({ kind, key: idempotencyKey, record }))
}

/** The places of the messages of each turn, as a session says them. */
export function turnsIn(entries: readonly SaidEntry[]): Map<string, number[]> {
  const turns = new Map<string, number[]>()
  for (const { key } of entries) {
    const [, place, turn] = /^turn:(\d+):(.*)$/s.exec(key ?? '') ?? []
    if (turn !== undefined) turns.set(turn, [...(turns.get(turn) ?? []), Number(place)])
  }
  return turns
}
