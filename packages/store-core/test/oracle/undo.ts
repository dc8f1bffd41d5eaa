import type {
  ImportUndo,
  LedgerRecord,
  NewSession,
  StoreClock,
  UndoReceipt,
  UndoRefusal,
} from '../internals.ts'
import {
  type Address,
  addressesIn,
  countEntries,
  currentGeneration,
  type EntryRange,
  findSession,
  headOf,
  isUndoNote,
  liveRanges,
  type MemoryImport,
  type MemorySession,
  type MemoryState,
  pushRange,
  saysTheSame,
  sessionView,
  sliceRanges,
  undoKey,
  undoNote,
  type Written,
} from '../internals.ts'
import { withGeneration } from './extend.ts'
import { ledgerNote } from './import.ts'
import { withoutUnsaid } from './prune.ts'
import { withSession } from './state.ts'

/** Lists that leave what an import made it say as it is: a redaction's, and that of the undo of a later import. */
const SAYING_THE_SAME: readonly string[] = ['redact', 'undo']

/** Takes back what one run did to one session, and notes it in the ledger, in one step (S9). */
export function undoImport(
  state: MemoryState,
  address: Address,
  undo: Omit<ImportUndo, 'session'>,
  clock: StoreClock,
): Written<UndoReceipt> {
  const found = findSession(state, address)
  const view = (to: MemoryState): UndoReceipt['session'] => {
    const session = findSession(to, address)
    return session?.state === 'living' ? sessionView(to, session) : null
  }
  const notes = state.ledger.filter(
    (note) =>
      note.importId === undo.importId &&
      note.session.namespace === address.namespace &&
      note.session.id === address.id &&
      !isUndoNote(note),
  )
  const last = notes.at(-1)
  const answered = (answer: Pick<UndoReceipt, 'status' | 'reason'>): Written<UndoReceipt> => ({
    state,
    result: { ...answer, session: view(state), removed: 0 },
  })
  if (!last) {
    const isDone = ledgerNote(state, address, undoKey(undo.importId)) !== null
    return answered(isDone ? { status: 'already' } : { status: 'refused', reason: 'not-imported' })
  }
  if (found && found.state !== 'living') return answered({ status: 'refused', reason: 'deleted' })
  const parts = found?.imports.filter(({ importId }) => importId === undo.importId) ?? []
  const left = found && parts.length > 0 ? rangesWithout(found, parts) : null
  if (typeof left === 'string') return answered({ status: 'refused', reason: left })

  const next = found && left ? takenBack(state, found, parts, left, undo.importId, clock) : state
  const after = findSession(next, address)
  const note: LedgerRecord = {
    ...undoNote(undo, last),
    importId: undo.run.id,
    session: address,
    at: undo.run.at,
    headBefore: found && headOf(state, liveRanges(found)),
    headAfter: after && headOf(next, liveRanges(after)),
  }
  const isReplaced = (one: LedgerRecord): boolean => notes.includes(one) || isSameNote(one, note)
  const noted: MemoryState = {
    ...next,
    ledger: [...next.ledger.filter((one) => !isReplaced(one)), note],
    runs: next.runs.some(({ id }) => id === undo.run.id) ? next.runs : [...next.runs, undo.run],
  }
  const removed = entryCount(state) - entryCount(noted)
  return { state: noted, result: { status: 'undone', session: view(noted), removed } }
}

/** What the session says without what a run's imports made it say, or why that cannot be told. */
function rangesWithout(
  { generations, imports }: MemorySession,
  parts: readonly MemoryImport[],
): EntryRange[] | UndoRefusal {
  const listOf = (number: number): readonly EntryRange[] | null =>
    generations.find(({ generation }) => generation === number)?.ranges ?? null
  const since = imports.slice(imports.indexOf(parts[0] as MemoryImport))
  if (since.some((one) => !parts.includes(one))) return 'rewritten'
  let upTo = Number.POSITIVE_INFINITY
  let ranges = [...(generations.at(-1)?.ranges ?? [])]
  for (const { before, made } of parts.toReversed()) {
    if (!made) continue
    const later = generations.filter(({ generation }) => generation > made.generation && generation <= upTo)
    if (later.some(({ reason }) => !SAYING_THE_SAME.includes(reason))) return 'rewritten'
    const own = listOf(made.generation)
    const earlier = before === null ? [] : listOf(before)
    if (!own || !earlier) return 'pruned'
    if (!saysTheSame(sliceRanges(ranges, 1, made.count), sliceRanges(own, 1, made.count))) return 'rewritten'
    const appended = sliceRanges(ranges, made.count + 1, countEntries(ranges))
    ranges = [...earlier]
    for (const range of appended) pushRange(ranges, range)
    upTo = before ?? 0
  }
  return ranges
}

function takenBack(
  state: MemoryState,
  session: MemorySession,
  parts: readonly MemoryImport[],
  ranges: readonly EntryRange[],
  importId: string,
  { now }: StoreClock,
): MemoryState {
  const brought = new Set(parts.flatMap((part) => addressesIn(part.brought).map(({ id }) => id)))
  const made = parts.find((part) => part.made !== null)
  const isCreated = parts[0]?.before === null
  if (isCreated && ranges.length === 0)
    return withoutUnsaid(withSession(withoutRoutes(state, session), gone(session, now), 'deleted'))
  const rest: MemorySession = {
    ...session,
    keys: new Map([...session.keys].filter(([, { id }]) => !brought.has(id))),
    about: isCreated ? session.about : parts.reduceRight(unfilled, session.about),
    imports: session.imports.filter((one) => !parts.includes(one)),
    quarantined: session.quarantined.filter((line) => line.importId !== importId),
  }
  if (!made) {
    const isSeen = rest.about !== session.about || rest.quarantined.length !== session.quarantined.length
    if (isSeen) return withSession(state, { ...rest, updatedAt: now }, 'updated')
    return { ...state, sessions: state.sessions.with(session.number - 1, rest) }
  }
  const changes = !saysTheSame(ranges, liveRanges(session))
  const { generation } = currentGeneration(session)
  const kept = session.generations.filter((one) => one.generation <= (made.before ?? 0))
  const after = {
    ...rest,
    generations: [...kept, { generation: generation + 1, at: now, reason: 'undo', ranges }],
    revision: session.revision + (changes ? 1 : 0),
    updatedAt: now,
  }
  return withoutUnsaid(withSession(state, after, changes ? 'replaced' : 'updated'))
}

/** Nothing is left of it but what `changes` tells, and entries that forks say. */
function gone(session: MemorySession, now: number): MemorySession {
  const { generations, ...after } = withGeneration(session, [], 'undo', now)
  return {
    ...after,
    generations: generations.slice(-1),
    state: 'undone',
    about: {},
    keys: new Map(),
    operations: new Map(),
    imports: [],
    quarantined: [],
  }
}

export function withoutRoutes(state: MemoryState, { address }: MemorySession): MemoryState {
  const leadsHere = ({ namespace, id }: Address): boolean =>
    namespace === address.namespace && id === address.id
  return { ...state, routes: state.routes.filter(({ session }) => !leadsHere(session)) }
}

/** Facts without those that an import filled in and nobody changed since; the very same where there are none. */
function unfilled(about: NewSession, { filled }: MemoryImport): NewSession {
  const { meta: members = {}, ...facts } = filled
  const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
  const known = about as Readonly<Record<string, unknown>>
  const going = Object.entries(facts).filter(([name, value]) => isSame(known[name], value))
  const meta = Object.entries(members).filter(([name, value]) => isSame(about.meta?.[name], value))
  if (going.length + meta.length === 0) return about
  const without = (from: object, names: readonly (readonly [string, unknown])[]): object =>
    Object.fromEntries(Object.entries(from).filter(([name]) => !names.some(([one]) => one === name)))
  return {
    ...without(about, going),
    ...(about.meta && { meta: without(about.meta, meta) as NonNullable<NewSession['meta']> }),
  }
}

function isSameNote(a: LedgerRecord, b: LedgerRecord): boolean {
  return a.session.namespace === b.session.namespace && a.session.id === b.session.id && a.key === b.key
}

function entryCount({ sessions }: MemoryState): number {
  return sessions.reduce((sum, { entries }) => sum + entries.size, 0)
}
