import type { ChangeKind } from '../changes.ts'
import type { CheckedEntry } from '../checked-entry.ts'
import type { CheckedImport, CheckedStep } from '../checked-import.ts'
import { KeyConflict, RevisionConflict, SessionDeleted } from '../errors.ts'
import { countEntries, type EntryRange, pushRange, sliceRanges } from '../generation.ts'
import { EMPTY_HEAD } from '../hash.ts'
import type { ImportReceipt, LedgerRecord } from '../importer.ts'
import { orAborted } from '../or-aborted.ts'
import { saysTheSame, sharedPlaces } from '../rewrite.ts'
import { isSameAddress } from '../session-ref.ts'
import type { Effect } from './effects.ts'
import { heldForSession, heldSince, placed } from './held.ts'
import { deliveryKey } from './keys.ts'
import {
  type Address,
  type Facts,
  type Imported,
  type KnownSession,
  type LookUps,
  OWN,
  type Tip,
} from './look-ups.ts'
import { type Answers, ask, type Context, type Decision, type Gathering, type Rule } from './rule.ts'
import { blank, checkRoom, type Draft, factsOf, type NewDraft, sessionOf, tipOf } from './session.ts'
import { type BaseList, type ImportEngine, type KeyedEntry, type Taken, takeSteps } from './steps.ts'

/** An import with everything about it checked that needs no store, but its steps. */
export type ImportPlan = Omit<CheckedImport, 'signal'>

/**
 * Makes one session contain what a plan's steps give (S9): asks whether it may, takes the steps, and asks again when all of it
 * becomes visible at once. Whatever of the caller's it waits for, an abort ends it. Of one that fails nothing is left.
 */
export async function runImport(
  plan: ImportPlan,
  steps: AsyncIterable<CheckedStep> | null,
  ended: AbortSignal,
  engine: ImportEngine,
): Promise<ImportReceipt> {
  const begun = await engine.answer(() => beginImport(plan))
  if ('status' in begun) return begun
  const { before } = begun
  await engine.sweep()
  const place = { session: plan.session, token: engine.newToken(), owner: before?.owner ?? null }
  try {
    const taken = steps && (await takeSteps(steps, { place, before }, engine))
    await orAborted(plan.confirm?.(), ended)
    ended.throwIfAborted()
    const receipt = await engine.decide(
      (context) => endImport({ plan, before, taken }, context),
      newEntries(taken),
    )
    if (receipt.status === 'already') await engine.unstage(place)
    return receipt
  } catch (error) {
    // The error that ended the import is the one to tell; what cannot be taken away now is swept by another import.
    await engine.unstage(place).catch(() => {})
    throw error
  }
}

/** The session as the plan was made on it, if there was one. */
export interface Begun {
  readonly before: BaseList | null
}

/** What speaks against an import, or is there already in its place, before any of its steps is asked for (S9, S27). */
export function* beginImport(plan: ImportPlan): Rule<Begun | ImportReceipt> {
  const { session, note } = plan
  const known = yield* ask({ notes: [{ session, key: note.key }], sessions: [session] })
  const [found = null] = known.sessions
  const answer = known.notes[0]?.found ? already(session, found) : { before: checkImportable(plan, found) }
  return { effects: [], answer }
}

/** What an import is answered with that the ledger knows. */
function already(session: Address, known: KnownSession | null): ImportReceipt {
  const isLiving = known?.isLiving === true
  return { status: 'already', session: isLiving ? sessionOf(session, known.facts, known) : null, added: 0 }
}

/** The session to import into, or null. Fails where it may not be, or has not the head that the plan was made on. */
function checkImportable(
  { session, expectedHead }: ImportPlan,
  known: KnownSession | null,
): KnownSession | null {
  if (known && !known.isLiving && !isEmptyTombstone(known)) throw new SessionDeleted(session)
  const before = known?.isLiving ? known : null
  const head = before?.head ?? null
  if (head !== expectedHead) throw new RevisionConflict(session, expectedHead, head)
  return before
}

/** Whether a pruned session never had an entry, so that nothing of it was lost: it bars no import (S27). */
function isEmptyTombstone({ isLiving, deletedAt, nextId }: KnownSession): boolean {
  return !isLiving && deletedAt === null && nextId === 1
}

/** What an import brings that is not staged, in the order of the ids that it gets. */
function newEntries(taken: Taken | null): CheckedEntry[] {
  return taken ? [...taken.live.filter((one) => 'record' in one), ...taken.history] : []
}

/** What an import began with and came to. Without steps nothing but notes is written. */
export interface ImportCall extends Begun {
  readonly plan: ImportPlan
  readonly taken: Taken | null
}

/** Makes a session contain what the steps give, and notes it in the ledger, in one step (S9). */
export function* endImport(call: ImportCall, context: Context): Rule<ImportReceipt> {
  const { plan, taken } = call
  const { session } = plan
  const entries = newEntries(taken)
  const keyed = [...(taken?.staged?.keys ?? []), ...entries]
  const found = yield* ask(endRound(call, keyed, context))
  const [known = null] = found.sessions
  // Looks again: whether another importer was first.
  if (found.notes[0]?.found) return { effects: [], answer: already(session, known) }
  const base = checkBegun(call, known, found)
  // Looks again: whether a key is taken since.
  refuseUsed(session, keyed, found)
  const nextId = base?.nextId ?? found.staged[0]?.nextId ?? 1
  checkRoom(session, { nextId }, entries.length, context.lastEntryId)
  const after = yield* askAfter(call, { base, known, nextId }, context)
  return decideImport(call, { before: base, after, found })
}

/** What an import finds at its session's address. */
interface Target {
  readonly base: KnownSession | null
  /** The same, or a tombstone. */
  readonly known: KnownSession | null
  /** The next id, behind what is staged. */
  readonly nextId: number
}

/** Asks for what becomes of the session: nothing, where only notes are written. */
function* askAfter(
  { plan, taken }: ImportCall,
  target: Target,
  context: Context,
): Gathering<ImportedDraft | null> {
  const { base } = target
  if (taken && base) return yield* askRewritten({ plan, taken }, base, context)
  if (taken) return yield* askMade({ plan, taken }, target, context)
  return base && { session: plan.session, facts: base.facts, tip: tipOf(base), effects: [], change: null }
}

interface EndRound {
  readonly sessions: readonly Address[]
  readonly notes: readonly LookUps['notes']['asked'][]
  readonly keys: readonly LookUps['keys']['asked'][]
  readonly deliveries: readonly string[]
  readonly heldUnder: readonly LookUps['heldUnder']['asked'][]
  readonly staged: readonly LookUps['staged']['asked'][]
}

function endRound({ plan, taken }: ImportCall, entries: readonly KeyedEntry[], context: Context): EndRound {
  const { session, note, alsoNote } = plan
  const deliveries = entries.flatMap((entry) => deliveryKey(entry) ?? [])
  const notes = [{ session, note }, ...alsoNote]
  return {
    sessions: notes.map((one) => one.session),
    notes: notes.map((one) => ({ session: one.session, key: one.note.key })),
    keys: entries.flatMap(({ idempotencyKey: key }) => (key === null ? [] : [{ session, key }])),
    deliveries,
    heldUnder: deliveries.map((key) => ({ key, since: heldSince(context) })),
    staged: taken?.staged ? [taken.staged.place] : [],
  }
}

/** The session as it was when the import began, with all there that was staged for it. */
function checkBegun(
  { plan, before, taken }: ImportCall,
  known: KnownSession | null,
  { staged }: Answers<EndRound>,
): KnownSession | null {
  // Looks again: whether the session came, went, or contains something else since.
  const base = checkImportable(plan, known)
  // Looks again: whether all that was staged is there.
  const isThere = (staged[0]?.count ?? 0) === countEntries(taken?.staged?.ranges ?? [])
  if (!isThere || base?.owner !== before?.owner || base?.generation !== before?.generation)
    throw new RevisionConflict(plan.session, plan.expectedHead, base?.head ?? null)
  return base
}

/** A key that an import brings was never used before in the session; that of a delivery nowhere, nor is it held (S4, S11). */
function refuseUsed(
  session: Address,
  entries: readonly KeyedEntry[],
  { keys, deliveries, heldUnder }: Answers<EndRound>,
): void {
  let used = 0
  let delivered = 0
  for (const entry of entries) {
    if (entry.idempotencyKey === null) continue
    const isUsed = keys[used++] !== null
    const place = deliveryKey(entry) === null ? null : delivered++
    const isDelivered = place !== null && (deliveries[place]?.length !== 0 || heldUnder[place] !== null)
    if (isUsed || isDelivered) throw new KeyConflict(session, entry.idempotencyKey)
  }
}

/** A session as an import leaves it, and what is told of that. */
interface ImportedDraft extends NewDraft {
  readonly change: ChangeKind | null
}

/** Asks for what a session begins with that the import makes. An empty tombstone of its name gives way. */
function* askMade(
  { plan, taken }: Steps,
  { known: tombstone, nextId }: Target,
  context: Context,
): Gathering<ImportedDraft> {
  const { session, about, run } = plan
  const facts = factsOf(about)
  const { firstGenerations, heldFor } = yield* ask({
    firstGenerations: [session],
    heldFor: heldForSession(session, facts, context),
  })
  const begun = { ...blank(firstGenerations[0] ?? 1, context.now), nextId }
  const list = { generation: begun.generation, at: run.at, reason: 'create', ranges: [] }
  const brought = bring({ plan, taken }, { tip: begun, before: null, kept: [], filled: {} })
  const whole = placed(session, brought.tip, heldFor[0]?.found ?? [], context)
  const freed: Effect[] = tombstone ? [{ effect: 'vacate', session, generation: tombstone.generation }] : []
  const staged = taken.staged && { staged: taken.staged.place }
  const made: Effect = { effect: 'insert', session, facts, list, parent: null, ...staged }
  const effects = [...freed, made, ...brought.effects, ...whole.effects]
  return { session, facts, tip: whole.tip, effects, change: 'created' }
}

/** Asks for what a session contains that the import goes on from. What is known of it stays; what is not is filled in. */
function* askRewritten(
  { plan, taken }: Steps,
  base: KnownSession,
  { now }: Context,
): Gathering<ImportedDraft> {
  const { session } = plan
  const { lists } = yield* ask({ lists: [{ session, from: 1, to: base.entryCount }] })
  const filled = gaps(base.facts, factsOf(plan.about))
  const brought = bring({ plan, taken }, { tip: tipOf(base), before: base, kept: lists[0] ?? [], filled })
  const isFilled = Object.keys(filled).length > 0
  const change = brought.change ?? (isFilled ? 'updated' : null)
  const facts = isFilled ? withFilled(base.facts, filled) : base.facts
  return {
    session,
    facts,
    tip: { ...brought.tip, updatedAt: change ? now : base.updatedAt },
    effects: [...(isFilled ? [{ effect: 'facts', session, facts } as const] : []), ...brought.effects],
    change,
  }
}

/** An import, and what its steps came to. */
interface Steps {
  readonly plan: ImportPlan
  readonly taken: Taken
}

/** What an import finds. */
interface Place {
  readonly tip: Tip
  /** The same, unless the import makes the session. */
  readonly before: BaseList | null
  /** What the session contains. */
  readonly kept: readonly EntryRange[]
  readonly filled: Imported['filled']
}

/** Brings entries and lines, and makes the lists that the steps give. */
function bring(
  { plan: { session, run }, taken }: Steps,
  { tip, before, kept, filled }: Place,
): Draft & Pick<ImportedDraft, 'change'> {
  const { nextId: firstId } = tip
  const entries = newEntries(taken)
  const { live, aside } = listsOf(taken, firstId, kept)
  const changes = before === null || !saysTheSame(live, kept)
  const isListed = changes || aside.length > 0
  const count = countEntries(live)
  const original = tip.generation + 1
  const generation = tip.generation + (aside.length > 0 ? 1 : 0) + (isListed ? 1 : 0)
  const { id: importId, at } = run
  const imported: Imported = {
    importId,
    before: before?.generation ?? null,
    headBefore: before?.head ?? EMPTY_HEAD,
    made: isListed ? { generation, count } : null,
    brought: [...(taken.staged?.ranges ?? []), ...rangeOf(firstId, entries.length)],
    filled,
  }
  const effects: (Effect | false)[] = [
    taken.staged !== null && { effect: 'show', importId, place: taken.staged.place, keys: taken.staged.keys },
    entries.length > 0 && { effect: 'store', session, firstId, entries },
    aside.length > 0 && {
      effect: 'history',
      session,
      list: { generation: original, at, reason: 'originals', ranges: aside },
    },
    isListed && {
      effect: 'rewrite',
      session,
      list: { generation, at, reason: 'import', ranges: live },
      shared: sharedPlaces(kept, live),
    },
    taken.lines.length > 0 && { effect: 'quarantine', session, importId, lines: taken.lines },
    { effect: 'imported', session, imported },
  ]
  return {
    tip: {
      ...tip,
      revision: tip.revision + (changes ? 1 : 0),
      generation,
      nextId: firstId + entries.length,
      entryCount: count,
      head: taken.head,
    },
    effects: effects.filter((effect) => effect !== false),
    change: changes ? 'replaced' : isListed ? 'updated' : null,
  }
}

/** The lists that the steps come to, of a session that contains `kept`: what is live, and what never was. */
function listsOf(
  { live: steps, aside: staged, history }: Taken,
  nextId: number,
  kept: readonly EntryRange[],
): { readonly live: EntryRange[]; readonly aside: EntryRange[] } {
  const live: EntryRange[] = []
  let next = nextId
  for (const one of steps) {
    if ('record' in one) pushRange(live, { owner: OWN, first: next, last: next++ })
    else if ('owner' in one) pushRange(live, one)
    else for (const range of sliceRanges(kept, one.from, one.to)) pushRange(live, range)
  }
  const aside = [...staged]
  for (const range of rangeOf(next, history.length)) pushRange(aside, range)
  return { live, aside }
}

/** So many own entries from an id on. */
function rangeOf(first: number, count: number): EntryRange[] {
  return count > 0 ? [{ owner: OWN, first, last: first + count - 1 }] : []
}

/** Facts that are not known yet: an import fills them in and overwrites nothing. Of meta, the members. */
function gaps(known: Facts, { meta: members, ...about }: Facts): Imported['filled'] {
  const facts: Readonly<Record<string, unknown>> = { ...known }
  const missing = Object.entries(about).filter(([name, value]) => facts[name] === null && value !== null)
  const meta = Object.entries(members).filter(([name]) => !Object.hasOwn(known.meta, name))
  return { ...Object.fromEntries(missing), ...(meta.length > 0 && { meta: Object.fromEntries(meta) }) }
}

function withFilled(facts: Facts, filled: Imported['filled']): Facts {
  return { ...facts, ...filled, meta: { ...facts.meta, ...filled.meta } }
}

/** What an import is decided on. */
interface EndFacts {
  readonly before: KnownSession | null
  readonly after: ImportedDraft | null
  readonly found: Answers<EndRound>
}

function decideImport(
  { plan, taken }: ImportCall,
  { before, after, found }: EndFacts,
): Decision<ImportReceipt> {
  const { session, run, note, alsoNote } = plan
  const about = { importId: run.id, at: run.at }
  const [headBefore, headAfter] = [before?.head ?? null, after?.tip.head ?? null]
  const notes: LedgerRecord[] = [{ ...note, ...about, session, headBefore, headAfter }]
  for (const [i, also] of alsoNote.entries()) {
    const isIt = (one: LedgerRecord): boolean =>
      one.key === also.note.key && isSameAddress(one.session, also.session)
    if (found.notes[i + 1]?.found || notes.some(isIt)) continue
    const now = found.sessions[i + 1]?.head ?? null
    const head = isSameAddress(also.session, session) ? (headAfter ?? now) : now
    notes.push({ ...also.note, ...about, session: also.session, headBefore: head, headAfter: head })
  }
  const told: Effect[] = after?.change
    ? [{ effect: 'tip', session, tip: after.tip, change: after.change }]
    : []
  return {
    effects: [
      ...notes.map((one): Effect => ({ effect: 'note', run, note: one })),
      ...(after?.effects ?? []),
      ...told,
    ],
    answer: {
      status: 'imported',
      session: after && sessionOf(session, after.facts, after.tip),
      added: taken?.added ?? 0,
    },
  }
}
