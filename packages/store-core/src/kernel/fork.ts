import { InvalidArgument, KeyConflict } from '../errors.ts'
import type { EntryRange } from '../generation.ts'
import { forkDigest } from '../operation.ts'
import type { Fork, ForkOptions } from '../rewriter.ts'
import type { Session } from '../session.ts'
import { type Beginning, beginningOf, beginningRound } from './create.ts'
import type { Effect } from './effects.ts'
import { placed } from './held.ts'
import { type Address, type KnownSession, type Operation, OWN, type Tip } from './look-ups.ts'
import { ask, type Context, type Gathering, type Rule } from './rule.ts'
import { blank, checkRevision, checkWritable, factsOf, type NewDraft, sessionOf } from './session.ts'

/** A fork with everything about it checked that needs no store. */
export interface ForkCall {
  readonly parent: Address
  readonly fork: Fork
  readonly options: ForkOptions
}

/** A new session that contains a parent's entries up to a place, by reference (S8). */
export function* fork(call: ForkCall, context: Context): Rule<Session> {
  const { parent, options } = call
  const { operationKey: key } = options
  const { sessions, operations } = yield* ask({
    sessions: [parent],
    operations: key === undefined ? [] : [{ session: parent, key }],
  })
  const known = checkWritable(parent, sessions[0])
  const done = forkedBefore(call, operations[0])
  if (done) return yield* answerForked(done)
  const { session, facts, tip, effects } = forked(call, known, yield* askFork(call, known, context), context)
  const operation = { digest: digestOf(call), answer: { fork: session } }
  const remembered: Effect[] =
    key === undefined ? [] : [{ effect: 'operation', session: parent, key, operation }]
  return {
    effects: [...effects, { effect: 'tip', session, tip, change: 'created' }, ...remembered],
    answer: sessionOf(session, facts, tip),
  }
}

function* answerForked(session: Address): Rule<Session> {
  const { sessions } = yield* ask({ sessions: [session] })
  const known = checkWritable(session, sessions[0])
  return { effects: [], answer: sessionOf(session, known.facts, known) }
}

function digestOf({ fork: { id, through, why = 'fork' } }: ForkCall): string {
  return forkDigest({ id, why, ...(through !== undefined && { through }) })
}

/** The fork that was made under the call's operation key, or null. Another call under it is `KeyConflict` (S4). */
function forkedBefore(call: ForkCall, done: Operation | null | undefined): Address | null {
  if (!done) return null
  if (done.digest === digestOf(call) && 'fork' in done.answer) return done.answer.fork
  throw new KeyConflict(call.parent, call.options.operationKey ?? '', 'call')
}

function childOf({ parent, fork: { id } }: ForkCall): Address {
  return { namespace: parent.namespace, id }
}

/** What a fork contains of its parent. */
interface ForkedPart {
  readonly count: number
  readonly ranges: readonly EntryRange[]
  readonly head: string
}

/** What a fork is made of. */
interface ForkFacts {
  readonly beginning: Beginning
  readonly part: ForkedPart
}

/** Asks for what a fork is made of. Fails where it can't be: for its name, for `through` and for the parent's revision. */
export function* askFork(call: ForkCall, parent: Tip, context: Context): Gathering<ForkFacts> {
  const { entryCount } = parent
  const { through = entryCount } = call.fork
  const count = Math.min(through, entryCount)
  const child = childOf(call)
  const { lists, heads, ...answers } = yield* ask({
    ...beginningRound(child, factsOf(call.fork), context),
    lists: [{ session: call.parent, from: 1, to: count }],
    heads: [{ session: call.parent, seq: count }],
  })
  const beginning = beginningOf(child, answers)
  if (through > entryCount) throw new InvalidArgument(`fork.through: the session has ${entryCount} entries`)
  checkRevision(call.parent, parent, call.options)
  return { beginning, part: { count, ranges: lists[0] ?? [], head: heads[0] ?? '' } }
}

/** A session that contains what another one contains up to a place, and behind that what was held for it. */
export function forked(
  call: ForkCall,
  parent: KnownSession,
  { beginning: { firstGeneration: generation, held }, part: { count, ranges, head } }: ForkFacts,
  context: Context,
): NewDraft {
  const { now } = context
  const { parent: from } = call
  const { id: _, through, why = 'fork', ...about } = call.fork
  const session = childOf(call)
  const entry = ranges.at(-1)?.last ?? null
  const codec = about.codec ?? parent.facts.codec
  const facts = factsOf({ ...about, codec, parent: { ...from, entry, why } })
  const said = ranges.map((range) => (range.owner === OWN ? { ...range, owner: parent.owner } : range))
  const nextId = Math.max(0, ...ranges.map(({ last }) => last)) + 1
  const begun = { ...blank(generation, now), nextId, entryCount: count, head }
  const { tip, effects } = placed(session, begun, held, context)
  const list = { generation, at: now, reason: 'fork', ranges: said }
  return {
    session,
    facts,
    tip,
    effects: [{ effect: 'insert', session, facts, list, parent: from }, ...effects],
  }
}
