import type {
  CheckedEntry,
  CheckedImport,
  CheckedStep,
  ImportReceipt,
  LedgerRecord,
  QuarantinedLine,
} from '../internals.ts'
import {
  type Address,
  countEntries,
  currentGeneration,
  EMPTY_HEAD,
  type EntryRange,
  findSession,
  headOf,
  InvalidArgument,
  KeyConflict,
  liveRanges,
  type MemoryImport,
  type MemorySession,
  type MemoryState,
  type NewSession,
  pushRange,
  RevisionConflict,
  SessionDeleted,
  type StoreClock,
  saysTheSame,
  sessionView,
  sliceRanges,
  type Written,
} from '../internals.ts'
import { addSession, blankSession } from './create.ts'
import { withGeneration, withStored } from './extend.ts'
import { deliveredElsewhere } from './keys.ts'
import { withKeys, withSession } from './state.ts'
import { withoutRoutes } from './undo.ts'

type ImportPlan = Omit<CheckedImport, 'signal'>

/** What the steps of an import came to. */
interface Taken {
  /** Entries that are new, and places that are kept, as they shall stand. */
  readonly live: readonly (CheckedEntry | { readonly from: number; readonly to: number })[]
  readonly history: readonly CheckedEntry[]
  readonly lines: readonly QuarantinedLine[]
}

/** The note of a session under a key (S9). */
export function ledgerNote(state: MemoryState, { namespace, id }: Address, key: string): LedgerRecord | null {
  const isIt = (note: LedgerRecord): boolean =>
    note.session.id === id && note.session.namespace === namespace && note.key === key
  return state.ledger.find(isIt) ?? null
}

/** What an import that the ledger knows is answered with. */
function importedAlready(state: MemoryState, address: Address): ImportReceipt {
  const session = findSession(state, address)
  return {
    status: 'already',
    session: session?.state === 'living' ? sessionView(state, session) : null,
    added: 0,
  }
}

/** What an import begins with: the session as it is, if it is. */
export interface Begun {
  readonly before: MemorySession | null
}

/** What speaks against an import, or already stands for it, before any of its steps is asked for. */
export function beginImport(state: MemoryState, plan: ImportPlan): Begun | ImportReceipt {
  const address = plan.session
  if (ledgerNote(state, address, plan.note.key)) return importedAlready(state, address)
  const found = findSession(state, address)
  if (found && found.state !== 'living' && !isEmptyTombstone(found)) throw new SessionDeleted(address)
  const before = found?.state === 'living' ? found : null
  const head = before && headOf(state, liveRanges(before))
  if (head !== plan.expectedHead) throw new RevisionConflict(address, plan.expectedHead, head)
  return { before }
}

/** Takes the steps, and checks what can be told of them by the session as it was. */
export async function takeSteps(
  { session: address }: ImportPlan,
  { before }: Begun,
  steps: AsyncIterable<CheckedStep>,
): Promise<Taken> {
  const count = before ? countEntries(liveRanges(before)) : 0
  const live: Taken['live'][number][] = []
  const history: CheckedEntry[] = []
  const lines: QuarantinedLine[] = []
  for await (const step of steps) {
    if ('quarantine' in step) lines.push(step.quarantine)
    else if ('history' in step) history.push(step.history)
    else if ('live' in step) live.push(step.live)
    else if (step.keep.to > count)
      throw new InvalidArgument('plan.steps: keeps places that the session does not have')
    else live.push(step.keep)
  }
  const taken = { live, history, lines }
  const used = new Set<string>()
  for (const { idempotencyKey } of entriesOf(taken)) {
    if (idempotencyKey === null) continue
    if (used.has(idempotencyKey)) throw new KeyConflict(address, idempotencyKey)
    used.add(idempotencyKey)
  }
  return taken
}

/** Makes a session say what the steps say, and notes it in the ledger, in one step (S9). */
export function importSession(
  state: MemoryState,
  plan: ImportPlan,
  begun: Begun,
  taken: Taken | null,
  clock: StoreClock,
): Written<ImportReceipt> {
  const address = plan.session
  const now = beginImport(state, plan)
  if ('status' in now) return { state, result: now }
  const { before } = now
  const headBefore = before && headOf(state, liveRanges(before))
  if (before?.number !== begun.before?.number || !isSameList(before, begun.before))
    throw new RevisionConflict(address, plan.expectedHead, headBefore)

  const { state: next, result: after } = taken
    ? said(withoutTombstone(state, findSession(state, address)), plan, before, taken, clock)
    : { state, result: before }
  const headAfter = after && headOf(next, liveRanges(after))
  const about = { importId: plan.run.id, at: plan.run.at }
  const note: LedgerRecord = { ...plan.note, ...about, session: address, headBefore, headAfter }
  const others = plan.alsoNote.map(({ session, note }): LedgerRecord => {
    const found = findSession(next, session)
    const head = found && headOf(next, liveRanges(found))
    return { ...note, ...about, session, headBefore: head, headAfter: head }
  })
  return {
    state: {
      ...next,
      ledger: others.reduce(withNote, [...next.ledger, note]),
      runs: next.runs.some(({ id }) => id === plan.run.id) ? next.runs : [...next.runs, plan.run],
    },
    result: {
      status: 'imported',
      session: after && sessionView(next, after),
      added: taken?.live.filter((one) => 'record' in one).length ?? 0,
    },
  }
}

/** Whether a session has the list that it had: of another one the places mean something else. */
function isSameList(now: MemorySession | null, before: MemorySession | null): boolean {
  return (
    now === before ||
    (now && currentGeneration(now).generation) === (before && currentGeneration(before).generation)
  )
}

/** What an import brings, in the order of the ids that it gets. */
function entriesOf({ live, history }: Taken): CheckedEntry[] {
  return [...live.filter((one) => 'record' in one), ...history]
}

/** Whether a pruned session never had an entry, so that nothing of it was lost: it bars no import (S27). */
function isEmptyTombstone({ state, nextId }: MemorySession): boolean {
  return state === 'gone' && nextId === 1
}

function withoutTombstone(state: MemoryState, found: MemorySession | null): MemoryState {
  if (found?.state !== 'gone') return state
  return { ...state, sessions: state.sessions.with(found.number - 1, { ...found, state: 'undone' }) }
}

/** The ledger with a note, unless its session has one under its key. */
function withNote(ledger: readonly LedgerRecord[], note: LedgerRecord): LedgerRecord[] {
  const { namespace, id } = note.session
  const isKnown = ledger.some(
    ({ session, key }) => session.namespace === namespace && session.id === id && key === note.key,
  )
  return isKnown ? [...ledger] : [...ledger, note]
}

function said(
  state: MemoryState,
  { session: address, about, run }: ImportPlan,
  before: MemorySession | null,
  taken: Taken,
  clock: StoreClock,
): Written<MemorySession> {
  const base = before ?? blankSession(state, address, about, { now: clock.now, at: run.at })
  const entries = entriesOf(taken)
  const live: EntryRange[] = []
  let next = base.nextId
  for (const one of taken.live) {
    if ('record' in one) pushRange(live, { owner: base.number, first: next, last: next++ })
    else for (const range of sliceRanges(liveRanges(base), one.from, one.to)) pushRange(live, range)
  }
  const last = base.nextId + entries.length - 1
  const aside = next <= last ? [{ owner: base.number, first: next, last }] : []
  const quarantined = taken.lines.map((line) => ({ ...line, importId: run.id }))
  refuseUsedKeys(state, base, entries)

  const filled = before ? gaps(base.about, about) : {}
  const changes = !before || !saysTheSame(live, liveRanges(base))
  let after: MemorySession = {
    ...withStored(base, entries),
    about: withFacts(base.about, filled),
    quarantined: [...base.quarantined, ...quarantined],
  }
  if (aside.length > 0) after = withGeneration(after, aside, 'originals', run.at)
  if (changes || aside.length > 0) after = withGeneration(after, live, 'import', run.at)
  const isSeen = changes || aside.length > 0 || Object.keys(filled).length > 0
  after = {
    ...after,
    revision: base.revision + (changes ? 1 : 0),
    updatedAt: isSeen ? clock.now : base.updatedAt,
  }
  const done: MemoryImport = {
    importId: run.id,
    before: before && currentGeneration(before).generation,
    headBefore: before ? headOf(state, liveRanges(before)) : EMPTY_HEAD,
    made:
      changes || aside.length > 0
        ? { generation: currentGeneration(after).generation, count: countEntries(live) }
        : null,
    brought: entries.length > 0 ? [{ owner: base.number, first: base.nextId, last: after.nextId - 1 }] : [],
    filled: filled as MemoryImport['filled'],
  }
  after = { ...after, imports: [...base.imports, done] }
  // As the file does: no route of a session that was pruned leads to the one that takes its name.
  if (!before) return addSession(withoutRoutes(state, after), after, clock)
  if (!isSeen) return { state: withKeys(state, after), result: after }
  return { state: withSession(state, after, changes ? 'replaced' : 'updated'), result: after }
}

function refuseUsedKeys(state: MemoryState, session: MemorySession, entries: readonly CheckedEntry[]): void {
  for (const entry of entries) {
    const key = entry.idempotencyKey
    if (key !== null && (session.keys.has(key) || deliveredElsewhere(state, session, entry)))
      throw new KeyConflict(session.address, key)
  }
}

function withFacts(about: NewSession, filled: NewSession): NewSession {
  const meta = { ...about.meta, ...filled.meta }
  return { ...about, ...filled, ...(filled.meta && { meta }) }
}

/** Facts that are not known yet: an import fills them in and overwrites nothing. Of meta, the members. */
function gaps(known: NewSession, { meta = {}, ...about }: NewSession): NewSession {
  const facts = known as Readonly<Record<string, unknown>>
  const isGap = ([name, value]: readonly [string, unknown]): boolean =>
    (facts[name] ?? null) === null && value !== null && value !== undefined
  const members = Object.entries(meta).filter(([name]) => !Object.hasOwn(known.meta ?? {}, name))
  return {
    ...Object.fromEntries(Object.entries(about).filter(isGap)),
    ...(members.length > 0 && { meta: Object.fromEntries(members) }),
  }
}
