import type { Provenance } from '../entry.ts'
import { KeyConflict, RevisionConflict, SessionDeleted } from '../errors.ts'
import { countEntries, type EntryRange, pushRange, sliceRanges } from '../generation.ts'
import type { ImportReceipt, ImportStep, LedgerRecord, SessionImport } from '../importer.ts'
import { provenanceText } from '../provenance-text.ts'
import type { RecordLimits } from '../record-text.ts'
import { saysTheSame } from '../rewrite.ts'
import { checkSession } from '../schemas.ts'
import type { NewSession } from '../session.ts'
import { addSession, blankSession } from './create.ts'
import { withGeneration, withStored } from './extend.ts'
import { deliveredElsewhere } from './keys.ts'
import { saidEntries } from './said.ts'
import {
  type Address,
  findSession,
  type MemoryImport,
  type MemorySession,
  type MemoryState,
  type SaidEntry,
  type Written,
  withSession,
} from './state.ts'
import type { StoreClock } from './store-clock.ts'
import { currentGeneration, headOf, liveRanges, sessionView } from './view.ts'

/** The note of a session under a key (S9). */
export function ledgerNote(state: MemoryState, { namespace, id }: Address, key: string): LedgerRecord | null {
  const isIt = (note: LedgerRecord): boolean =>
    note.session.id === id && note.session.namespace === namespace && note.key === key
  return state.ledger.find(isIt) ?? null
}

/** What an import that the ledger knows is answered with. */
export function importedAlready(state: MemoryState, address: Address): ImportReceipt {
  const session = findSession(state, address)
  return {
    status: 'already',
    session: session?.state === 'living' ? sessionView(state, session) : null,
    added: 0,
  }
}

/** Makes a session say what the steps say, and notes it in the ledger, in one step (S9). */
export function importSession(
  state: MemoryState,
  address: Address,
  plan: SessionImport,
  steps: readonly ImportStep[] | null,
  limits: RecordLimits,
  clock: StoreClock,
): Written<ImportReceipt> {
  if (ledgerNote(state, address, plan.note.key)) return { state, result: importedAlready(state, address) }
  const found = findSession(state, address)
  if (found && found.state !== 'living' && !isEmptyTombstone(found)) throw new SessionDeleted(address)
  const before = found?.state === 'living' ? found : null
  const headBefore = before && headOf(state, liveRanges(before))
  if (headBefore !== plan.expectedHead) throw new RevisionConflict(address, plan.expectedHead, headBefore)

  const { state: next, result: after } = steps
    ? said(withoutTombstone(state, found), address, before, plan, steps, limits, clock)
    : { state, result: before }
  const headAfter = after && headOf(next, liveRanges(after))
  const about = { importId: plan.run.id, at: plan.run.at }
  const note: LedgerRecord = { ...plan.note, ...about, session: address, headBefore, headAfter }
  const others = (plan.alsoNote ?? []).map((also): LedgerRecord => {
    const session = checkSession(also.session)
    const found = findSession(next, session)
    const head = found && headOf(next, liveRanges(found))
    return { ...also.note, ...about, session, headBefore: head, headAfter: head }
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
      added: steps?.filter((step) => 'live' in step).length ?? 0,
    },
  }
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
  address: Address,
  before: MemorySession | null,
  { about, run }: SessionImport,
  steps: readonly ImportStep[],
  limits: RecordLimits,
  clock: StoreClock,
): Written<MemorySession> {
  const base = before ?? blankSession(state, address, about, clock.now)
  const aside: EntryRange[] = []
  const live: EntryRange[] = []
  const entries: SaidEntry[] = []
  const quarantined: MemorySession['quarantined'][number][] = []
  for (const step of steps) {
    if ('quarantine' in step) quarantined.push({ ...step.quarantine, importId: run.id })
    else if ('keep' in step) {
      for (const range of sliceRanges(liveRanges(base), step.keep.from, step.keep.to)) pushRange(live, range)
    } else {
      const { provenance, ...entry } = 'live' in step ? step.live : step.history
      const id = base.nextId + entries.length
      const found: Provenance = JSON.parse(provenanceText(provenance))
      entries.push(...saidEntries(entry, 'import', limits).map((one) => ({ ...one, provenance: found })))
      pushRange('live' in step ? live : aside, { owner: base.number, first: id, last: id })
    }
  }
  refuseUsedKeys(state, base, entries)

  const filled = before ? gaps(base.about, about) : {}
  const changes = !before || !saysTheSame(live, liveRanges(base))
  let after: MemorySession = {
    ...withStored(base, entries),
    about: before ? withFacts(base.about, filled) : about,
    quarantined: [...base.quarantined, ...quarantined],
    updatedAt: clock.now,
  }
  if (aside.length > 0) after = withGeneration(after, aside, 'originals', run.at)
  if (changes || aside.length > 0) after = withGeneration(after, live, 'import', run.at)
  after = { ...after, revision: base.revision + (changes ? 1 : 0), updatedAt: clock.now }
  const done: MemoryImport = {
    run: run.id,
    before: before && currentGeneration(before).generation,
    made:
      changes || aside.length > 0
        ? { generation: currentGeneration(after).generation, count: countEntries(live) }
        : null,
    brought: entries.length > 0 ? [{ owner: base.number, first: base.nextId, last: after.nextId - 1 }] : [],
    filled,
  }
  after = { ...after, imports: [...base.imports, done] }
  if (!before) return addSession(state, after, clock)
  return { state: withSession(state, after, changes ? 'replaced' : 'updated'), result: after }
}

function refuseUsedKeys(state: MemoryState, session: MemorySession, entries: readonly SaidEntry[]): void {
  const used = new Set(session.keys.keys())
  for (const entry of entries) {
    const key = entry.idempotencyKey
    if (key === null) continue
    if (used.has(key) || deliveredElsewhere(state, session, entry))
      throw new KeyConflict(session.address, key)
    used.add(key)
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
