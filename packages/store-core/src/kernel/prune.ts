import { EMPTY_HEAD } from '../hash.ts'
import { isAwaiting } from '../importer.ts'
import type { PrunePolicy, PruneReport } from '../remover.ts'
import { isSameAddress } from '../session-ref.ts'
import type { Effect } from './effects.ts'
import type { Address, KnownList, KnownSession, LookUps } from './look-ups.ts'
import { type Answers, ask, type Context, type Rule, type RuleEngine } from './rule.ts'

/** What goes has to be older than these, epoch ms. Null: nothing of that kind goes. */
export interface Deadlines {
  readonly deletedBefore: number
  readonly endedBefore: number | null
  readonly leftBefore: number | null
}

/** What a policy takes of a session. */
export interface Going {
  readonly session: Address
  /** The lists that it forgets; null: it goes. */
  readonly generations: readonly number[] | null
}

/** What went. */
export type Removed = Pick<PruneReport, 'entries' | 'bytes'>

/** What pruning asks of an engine. */
export interface PruneEngine extends RuleEngine {
  /** The sessions that may have something to go, in the order of their creation, in pages. Any others may be among them. */
  maybeDue(deadlines: Deadlines): AsyncIterable<readonly Address[]>
  /** S8: what would be removed: the entries that no list would contain without these. */
  unlistedWithout(going: readonly Going[]): Promise<Removed>
  /** S8: removes the entries that no list contains. */
  removeUnlisted(signal: AbortSignal | undefined): Promise<Removed>
}

/** A pruning with everything about it checked that needs no store. */
export interface PruneCall {
  readonly policy: Omit<PrunePolicy, 'hold'>
  readonly hold: readonly Address[]
  readonly signal: AbortSignal | undefined
}

/**
 * Drops what a policy lets go and no session contains any more (S27, S8): looks for it, then asks each session again in a transaction
 * of its own, and removes what no session contains behind them. An abort ends it between two of them, or two pages of the look.
 */
export async function prune(
  { policy, hold, signal }: PruneCall,
  context: Context,
  engine: PruneEngine,
): Promise<PruneReport> {
  signal?.throwIfAborted()
  const { dryRun = true } = policy
  const deadlines = deadlinesOf(policy, context)
  const touched: Going[] = []
  const awaiting: Address[] = []
  for await (const sessions of engine.maybeDue(deadlines)) {
    signal?.throwIfAborted()
    const found = await engine.answer(() => due(sessions, deadlines))
    touched.push(...found.going)
    awaiting.push(...found.awaiting)
  }
  const going = touched.filter(({ session }) => !hold.some((held) => isSameAddress(held, session)))
  const held = touched.length - going.length
  if (dryRun) {
    const sessions = going.filter(({ generations }) => generations === null).length
    return { dryRun, sessions, ...(await engine.unlistedWithout(going)), held, awaiting }
  }
  let sessions = 0
  for (const { session } of going) {
    signal?.throwIfAborted()
    if (await engine.decide((now) => pruneSession(session, deadlines, now))) sessions++
  }
  return { dryRun, sessions, ...(await engine.removeUnlisted(signal)), held, awaiting }
}

function deadlinesOf(
  { endedOlderThan, historyOlderThan }: PruneCall['policy'],
  { now, policy }: Context,
): Deadlines {
  return {
    deletedBefore: now - policy.undeleteForMs,
    endedBefore: endedOlderThan === undefined ? null : now - endedOlderThan,
    leftBefore: historyOlderThan === undefined ? null : now - historyOlderThan,
  }
}

/** What deadlines take of some sessions, and which of those stay because they wait for an import. */
export interface Due {
  readonly going: readonly Going[]
  readonly awaiting: readonly Address[]
}

/** Looks for what is to go (S27). */
export function* due(sessions: readonly Address[], deadlines: Deadlines): Rule<Due> {
  const found = dueIn(sessions, yield* ask(dueRound(sessions)), deadlines)
  return { effects: [], answer: found }
}

/** Drops what is to go of a session still (S27), and tells whether that was the session. */
export function* pruneSession(session: Address, deadlines: Deadlines, { now }: Context): Rule<boolean> {
  // Looks again: what of it goes still: it was continued, deleted, taken back, or waits for an import since.
  const found = yield* ask(dueRound([session]))
  const [going] = dueIn([session], found, deadlines).going
  const [known] = found.sessions
  if (!going || !known) return { effects: [], answer: false }
  const { generations } = going
  if (generations !== null) return { effects: [{ effect: 'drop', session, generations }], answer: false }
  return { effects: buried(session, known, now), answer: true }
}

/** What a person deleted stays barred, also where it never had an entry: its tombstone tells it by the next id. */
function buried(session: Address, { isLiving, revision, nextId }: KnownSession, now: number): Effect[] {
  const tip = {
    revision,
    generation: 0,
    nextId: isLiving ? nextId : Math.max(nextId, 2),
    entryCount: 0,
    head: EMPTY_HEAD,
    updatedAt: now,
  }
  const told: Effect[] = isLiving ? [{ effect: 'tip', session, tip, change: 'deleted' }] : []
  return [{ effect: 'bury', session, tip }, ...told]
}

interface DueRound {
  readonly sessions: readonly Address[]
  readonly generations: readonly Address[]
  readonly lastNotes: readonly Address[]
}

function dueRound(sessions: readonly Address[]): DueRound {
  return { sessions, generations: sessions, lastNotes: sessions }
}

function dueIn(asked: readonly Address[], found: Answers<DueRound>, deadlines: Deadlines): Due {
  const going: Going[] = []
  const awaiting: Address[] = []
  for (const [i, session] of asked.entries()) {
    const known = found.sessions[i]
    if (!known) continue
    const isDue = isOver(known, deadlines)
    const waits = isDue && known.isLiving && isWaiting(found.lastNotes[i])
    if (waits) awaiting.push(session)
    const generations = isDue && !waits ? null : listsLeft(known, found.generations[i] ?? [], deadlines)
    if (generations === null || generations.length > 0) going.push({ session, generations })
  }
  return { going, awaiting }
}

/** Whether a session was deleted or has ended long enough ago. */
function isOver({ isLiving, facts, deletedAt }: KnownSession, deadlines: Deadlines): boolean {
  if (!isLiving) return deletedAt !== null && deletedAt < deadlines.deletedBefore
  const { endedBefore } = deadlines
  return endedBefore !== null && facts.endedAt !== null && facts.endedAt < endedBefore
}

/** Whether something of a session is not imported yet, by the last note on it. */
function isWaiting(notes: LookUps['lastNotes']['answer'] | undefined): boolean {
  return notes !== undefined && notes.found !== null && isAwaiting(notes.found)
}

/** The lists that a live session left long enough ago: when the next one that it has still began. */
function listsLeft(
  { isLiving }: KnownSession,
  lists: readonly KnownList[],
  { leftBefore }: Deadlines,
): number[] {
  if (!isLiving || leftBefore === null) return []
  return lists
    .filter((_, i) => {
      const next = lists[i + 1]
      return next !== undefined && next.at < leftBefore
    })
    .map(({ generation }) => generation)
}
