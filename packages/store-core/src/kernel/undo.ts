import { countEntries, type EntryRange, pushRange, sliceRanges } from '../generation.ts'
import { EMPTY_HEAD } from '../hash.ts'
import type { LedgerRecord, UndoReceipt, UndoRefusal } from '../importer.ts'
import { saysTheSame, sharedPlaces } from '../rewrite.ts'
import type { CheckedUndo } from '../schemas.ts'
import { isUndoNote, undoKey, undoNote } from '../undo-note.ts'
import type { Effect } from './effects.ts'
import type { Address, Facts, Imported, KnownList, KnownSession, LookUps } from './look-ups.ts'
import { ask, type Context, type Decision, type Gathering, type Rule } from './rule.ts'
import { type Draft, type NewDraft, sessionOf, tipOf } from './session.ts'

/** Lists that leave what an import made it contain as it is: a redaction's, and that of the undo of a later import. */
const SAYING_THE_SAME: readonly string[] = ['redact', 'undo']

/** Takes back what one run did to one session, and notes it in the ledger, in one step (S9). */
export function* undoImport(undo: CheckedUndo, context: Context): Rule<UndoReceipt> {
  const { session, importId } = undo
  const found = yield* ask(undoRound(undo))
  const [known = null] = found.sessions
  const notes = found.notesOfRun[0]?.found.filter((note) => !isUndoNote(note)) ?? []
  const last = notes.at(-1)
  if (!last) {
    const isDone = found.notes[0]?.found !== null
    return answered(session, known, isDone ? { status: 'already' } : refused('not-imported'))
  }
  if (!known) return decideUndo(undo, { known, notes, last, after: null, effects: [], removed: 0 })
  if (!known.isLiving) return answered(session, known, refused('deleted'))
  const all = found.imported[0] ?? []
  const parts = all.filter((one) => one.importId === importId)
  const facts = { known, all, parts, lists: found.generations[0] ?? [], lines: found.lineCounts[0] ?? 0 }
  const rest = yield* askRest(session, facts)
  if (typeof rest === 'string') return answered(session, known, refused(rest))
  return decideUndo(undo, { known, notes, last, ...(yield* askUndone(undo, facts, rest, context)) })
}

interface UndoRound {
  readonly sessions: readonly Address[]
  readonly generations: readonly Address[]
  readonly imported: readonly Address[]
  readonly lineCounts: readonly LookUps['lineCounts']['asked'][]
  readonly notes: readonly LookUps['notes']['asked'][]
  readonly notesOfRun: readonly LookUps['notesOfRun']['asked'][]
}

function undoRound({ session, importId }: CheckedUndo): UndoRound {
  return {
    sessions: [session],
    generations: [session],
    imported: [session],
    lineCounts: [{ session, importId }],
    notes: [{ session, key: undoKey(importId) }],
    notesOfRun: [{ session, importId }],
  }
}

type Undone = Pick<UndoReceipt, 'status' | 'reason'>

function refused(reason: UndoRefusal): Undone {
  return { status: 'refused', reason }
}

/** An undo that writes nothing. */
function answered(session: Address, known: KnownSession | null, undone: Undone): Decision<UndoReceipt> {
  const view = known?.isLiving ? sessionOf(session, known.facts, known) : null
  return { effects: [], answer: { ...undone, session: view, removed: 0 } }
}

/** A session, and what imports did to it. */
interface ImportedSession {
  readonly known: KnownSession
  readonly all: readonly Imported[]
  /** What the run did that is undone. */
  readonly parts: readonly Imported[]
  readonly lists: readonly KnownList[]
  /** How many lines the run keeps. */
  readonly lines: number
}

/** What a session contains once the imports of a run are taken back. */
interface Rest {
  /** What it says now. */
  readonly live: readonly EntryRange[]
  readonly ranges: readonly EntryRange[]
  /** So many places of that it contained before, and what they come to. */
  readonly listed: number
  readonly head: string
  /** Up to which list its own stay. */
  readonly through: number
}

/** Asks for what is left without what these imports made the session contain, or why that cannot be told. */
function* askRest(session: Address, imported: ImportedSession): Gathering<Rest | UndoRefusal> {
  const { known, parts } = imported
  const numbers = parts.flatMap(({ made, before }) => (made ? [made.generation, before ?? 0] : []))
  const { lists, pastLists } = yield* ask({
    lists: [{ session, from: 1, to: known.entryCount }],
    pastLists: numbers.map((generation) => ({ session, generation })),
  })
  const past = new Map(numbers.map((number, i) => [number, pastLists[i] ?? null]))
  return restOf(imported, lists[0] ?? [], past)
}

function restOf(
  { known, all, parts, lists }: ImportedSession,
  live: readonly EntryRange[],
  past: ReadonlyMap<number, readonly EntryRange[] | null>,
): Rest | UndoRefusal {
  const [first] = parts
  if (first && all.slice(all.indexOf(first)).some((one) => !parts.includes(one))) return 'rewritten'
  let rest: Rest = {
    live,
    ranges: live,
    listed: known.entryCount,
    head: known.head,
    through: known.generation,
  }
  for (const { before, headBefore, made } of parts.toReversed()) {
    if (!made) continue
    const later = lists.filter(({ generation }) => generation > made.generation && generation <= rest.through)
    if (later.some(({ reason }) => !SAYING_THE_SAME.includes(reason))) return 'rewritten'
    const own = past.get(made.generation)
    const earlier = before === null ? [] : past.get(before)
    if (!own || !earlier) return 'pruned'
    const { ranges } = rest
    if (!saysTheSame(sliceRanges(ranges, 1, made.count), sliceRanges(own, 1, made.count))) return 'rewritten'
    const left = [...earlier]
    for (const range of sliceRanges(ranges, made.count + 1, countEntries(ranges))) pushRange(left, range)
    const through = before ?? 0
    rest = { live, ranges: left, listed: countEntries(earlier), head: headBefore, through }
  }
  return rest
}

/** What an undo comes to. */
interface Undoing {
  /** The session as it is left; null: it is gone, or never was. */
  readonly after: Pick<NewDraft, 'facts' | 'tip'> | null
  readonly effects: readonly Effect[]
  /** How many entries go. */
  readonly removed: number
}

/** Asks for what the rest comes to, and for what no session contains without the imports. */
function* askUndone(
  { session, importId }: CheckedUndo,
  imported: ImportedSession,
  rest: Rest,
  { now }: Context,
): Gathering<Undoing> {
  const { known, parts, lists } = imported
  const brought = parts.flatMap((part) => part.brought)
  const isGone = parts[0]?.before === null && rest.ranges.length === 0
  const dropped = lists.map((list) => list.generation).filter((generation) => generation > rest.through)
  const appended = sliceRanges(rest.ranges, rest.listed + 1, countEntries(rest.ranges))
  const { chains, unlisted } = yield* ask({
    chains: [{ session, behind: rest.head, ranges: appended }],
    unlisted: brought.length > 0 ? [{ session, ranges: brought, without: isGone ? null : dropped }] : [],
  })
  const [removed = 0] = unlisted
  if (isGone) return { after: null, effects: gone(session, known, now), removed }
  const listed = parts.some(({ made }) => made !== null)
    ? { rest, dropped, head: chains[0] ?? rest.head }
    : null
  const { facts, tip, effects } = takenBack(session, imported, listed, now)
  const freed: Effect[] = brought.length > 0 ? [{ effect: 'free', session, ranges: brought }] : []
  const forgotten: Effect[] = parts.length > 0 ? [{ effect: 'forget-import', session, importId }] : []
  return { after: { facts, tip }, effects: [...freed, ...forgotten, ...effects], removed }
}

/** Nothing is left of it but what `changes` tells, and entries that forks contain. */
function gone(session: Address, known: KnownSession, now: number): Effect[] {
  const generation = known.generation + 1
  const nothing = { entryCount: 0, head: EMPTY_HEAD, updatedAt: now }
  const tip = { ...tipOf(known), ...nothing, revision: known.revision + 1, generation }
  return [
    { effect: 'tip', session, tip, change: 'deleted' },
    { effect: 'vacate', session, generation },
  ]
}

/** What a session contains from now on. */
interface Relisted {
  readonly rest: Rest
  readonly head: string
  /** The lists that it forgets. */
  readonly dropped: readonly number[]
}

/** A session without what imports filled in, and without what they made it contain, if they did. */
function takenBack(
  session: Address,
  { known, parts, lines }: ImportedSession,
  listed: Relisted | null,
  now: number,
): Omit<NewDraft, 'session'> {
  const isCreated = parts[0]?.before === null
  const facts = isCreated ? known.facts : parts.reduceRight(unfilled, known.facts)
  const changed: Effect[] = facts === known.facts ? [] : [{ effect: 'facts', session, facts }]
  if (listed) {
    const draft = relisted(session, known, listed, now)
    return { facts, tip: draft.tip, effects: [...changed, ...draft.effects] }
  }
  if (changed.length + lines === 0) return { facts, tip: known, effects: [] }
  const tip = { ...tipOf(known), updatedAt: now }
  return { facts, tip, effects: [...changed, { effect: 'tip', session, tip, change: 'updated' }] }
}

function relisted(
  session: Address,
  known: KnownSession,
  { rest: { live, ranges }, head, dropped }: Relisted,
  now: number,
): Draft {
  const changes = !saysTheSame(ranges, live)
  const tip = {
    ...tipOf(known),
    revision: known.revision + (changes ? 1 : 0),
    generation: known.generation + 1,
    entryCount: countEntries(ranges),
    head,
    updatedAt: now,
  }
  const list = { generation: tip.generation, at: now, reason: 'undo', ranges }
  return {
    tip,
    effects: [
      { effect: 'drop', session, generations: dropped },
      { effect: 'rewrite', session, list, shared: sharedPlaces(live, ranges) },
      { effect: 'tip', session, tip, change: changes ? 'replaced' : 'updated' },
    ],
  }
}

/** Facts without those that an import filled in and nobody changed since; the very same where there are none. */
function unfilled(facts: Facts, { filled: { meta: members = {}, ...about } }: Imported): Facts {
  const known: Readonly<Record<string, unknown>> = { ...facts }
  const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
  const going = Object.entries(about).filter(([name, value]) => isSame(known[name], value))
  const meta = Object.entries(facts.meta).filter(([name, value]) => {
    return !Object.hasOwn(members, name) || !isSame(value, members[name])
  })
  if (going.length === 0 && meta.length === Object.keys(facts.meta).length) return facts
  const none = Object.fromEntries(going.map(([name]) => [name, null]))
  return { ...facts, ...none, meta: Object.fromEntries(meta) }
}

/** An undo that is carried out. */
interface UndoFacts extends Undoing {
  readonly known: KnownSession | null
  /** The run's own, which give way. */
  readonly notes: readonly LedgerRecord[]
  readonly last: LedgerRecord
}

function decideUndo(undo: CheckedUndo, undone: UndoFacts): Decision<UndoReceipt> {
  const { session, run } = undo
  const { known, notes, last, after, effects, removed } = undone
  const note: LedgerRecord = {
    ...undoNote(undo, last),
    importId: run.id,
    session,
    at: run.at,
    headBefore: known?.head ?? null,
    headAfter: after?.tip.head ?? null,
  }
  const keys = [...notes.map(({ key }) => key), note.key]
  const noted: Effect[] = [
    { effect: 'strike', session, keys },
    { effect: 'note', run, note },
  ]
  const view = after && sessionOf(session, after.facts, after.tip)
  return { effects: [...effects, ...noted], answer: { status: 'undone', session: view, removed } }
}
