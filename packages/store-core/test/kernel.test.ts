import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CheckedEntry } from '../src/checked-entry.ts'
import {
  DEFAULT_STORE_POLICY,
  entryHash,
  type PrunePolicy,
  type PruneReport,
  StoreError,
} from '../src/index.ts'
import { append } from '../src/kernel/append.ts'
import { create } from '../src/kernel/create.ts'
import { deleteSession, undelete } from '../src/kernel/delete.ts'
import { type LookUpsLater, type LookUpsNow, type Ran, runLater } from '../src/kernel/drive.ts'
import { fork } from '../src/kernel/fork.ts'
import type { Ground } from '../src/kernel/grounds.ts'
import { OWN } from '../src/kernel/look-ups.ts'
import { open } from '../src/kernel/open.ts'
import { type Deadlines, prune, pruneSession } from '../src/kernel/prune.ts'
import { redact } from '../src/kernel/redact.ts'
import { replace } from '../src/kernel/replace.ts'
import { opened, resolve } from '../src/kernel/resolve.ts'
import { route } from '../src/kernel/route.ts'
import type { Context, Rule } from '../src/kernel/rule.ts'
import { update } from '../src/kernel/update.ts'
import { carryOut, written } from '../src/memory/effects.ts'
import { lookUpsIn } from '../src/memory/look-ups.ts'
import { readEntries, readGeneration, readHistory } from '../src/memory/reading.ts'
import {
  emptyState,
  findSession,
  type MemorySession,
  type MemoryState,
  type Written,
} from '../src/memory/state.ts'
import type { StoreClock } from '../src/memory/store-clock.ts'
import { unsaidWithout, withoutUnsaid } from '../src/memory/unsaid.ts'
import { addressesOf, entryOf, sessionView } from '../src/memory/view.ts'
import { type Call, type GivenEntry, histories, rareHistories } from './kernel-histories.ts'
import * as old from './oracle/oracle.ts'

const policy = { ...DEFAULT_STORE_POLICY, heldPerOrigin: 2, heldForMs: 60, undeleteForMs: 60 }

function contextAt(now: number): Context {
  return { now, policy, lastEntryId: Number.MAX_SAFE_INTEGER }
}

function checkedOf(entries: readonly GivenEntry[]): CheckedEntry[] {
  return entries.map(({ kind, at, record, idempotencyKey = null, correlation }) => ({
    kind,
    at,
    record,
    idempotencyKey,
    hash: entryHash(kind, at, record),
    writer: 'w',
    provenance: null,
    ...(correlation === undefined ? {} : { correlation }),
  }))
}

/** A call that is several rules. */
type RunCall = Extract<Call, { readonly name: 'prune' }>

/** What the rules of a pruning come to, one after the other. */
async function pruned(
  before: MemoryState,
  { given: { policy, hold } }: RunCall,
  context: Context,
): Promise<Written<PruneReport>> {
  let state = before
  const write = <T>({ state: next, result }: Written<T>): T => {
    state = next
    return result
  }
  const result = await prune({ policy, hold, signal: undefined }, context, {
    decide: async (rule) => write(carryOut(state, rule(context))),
    maybeDue: async function* () {
      for (const address of addressesOf(state)) yield [address]
    },
    unsaidWithout: async (going) => unsaidWithout(state, going),
    removeUnsaid: async () => {
      const { state: next, removed } = withoutUnsaid(state)
      return write({ state: next, result: removed })
    },
  })
  return { state, result }
}

/** What is to go by a policy now. */
function deadlinesAt(now: number, { endedOlderThan, historyOlderThan }: PrunePolicy): Deadlines {
  return {
    deletedBefore: now - policy.undeleteForMs,
    endedBefore: endedOlderThan === undefined ? null : now - endedOlderThan,
    leftBefore: historyOlderThan === undefined ? null : now - historyOlderThan,
  }
}

/** A call that is a rule. */
type RuleCall = Exclude<Call, RunCall>

/** The rule of a call. */
function ruleOf({ name, given }: RuleCall, context: Context): Rule<unknown> {
  switch (name) {
    case 'create':
      return create(given.session, given.about, context)
    case 'append':
    case 'appendToOrigin':
      return append({ ...given, entries: checkedOf(given.entries) }, context)
    case 'update':
      return update(given.session, given.patch, given.condition, context)
    case 'delete':
      return deleteSession(given.session, given.condition, context)
    case 'undelete':
      return undelete(given.session, context)
    case 'route':
      return route(given.origin, given.session, context)
    case 'resolve':
      return resolve(given)
    case 'opened':
      return opened(given)
    case 'fork':
      return fork({ parent: given.session, fork: given.fork, options: given.options }, context)
    case 'open': {
      const { opened: session, end, entries, ...rest } = given
      const call = { ...rest, session, entries: checkedOf(entries), ...(end && { end }) }
      return open(call, context)
    }
    case 'replace':
      return replace({ ...given, entries: checkedOf(given.entries) }, context)
    case 'pruneSession':
      return pruneSession(given.session, deadlinesAt(context.now, given.policy), context)
    case 'redact':
      return redact(given, context)
  }
}

/** The same call by the functions that were the rules before. What is held for too long is forgotten (S11). */
function oracleOf({ name, given }: Call, before: MemoryState, clock: StoreClock): Written<unknown> {
  const { now } = clock
  const state = { ...before, held: old.unexpired(before, clock) }
  const viewed = ({ state: next, result }: Written<MemorySession>) => ({
    state: next,
    result: sessionView(next, next.sessions[result.number - 1] ?? result),
  })
  const found = (session: MemorySession | null) => ({
    state: before,
    result: session && sessionView(before, session),
  })
  switch (name) {
    case 'create':
      return viewed(old.create(state, given.session, given.about, clock))
    case 'append':
    case 'appendToOrigin':
      return old.append(state, given.target, checkedOf(given.entries), given.options, clock)
    case 'update':
      return viewed(old.update(state, given.session, given.patch, given.condition, now))
    case 'delete':
      return old.deleteSession(state, given.session, given.condition, now)
    case 'undelete':
      return viewed(old.undelete(state, given.session, clock))
    case 'route':
      return old.route(state, given.origin, given.session, now)
    case 'resolve':
      return found(old.resolve(state, given.origin, given.namespace))
    case 'opened':
      return found(old.openedSession(state, given))
    case 'fork':
      return viewed(old.fork(state, given.session, given.fork, given.options, clock))
    case 'open': {
      const { target, opened: session, end, entries, options } = given
      return old.open(state, target, { session, ...(end && { end }) }, checkedOf(entries), options, clock)
    }
    case 'replace': {
      const { session, from, dropDeliveries, entries, options } = given
      return old.replace(state, session, { from, dropDeliveries }, checkedOf(entries), options, now)
    }
    case 'prune':
      return old.prune(before, given.policy, given.hold, clock)
    case 'pruneSession': {
      const others = addressesOf(before).filter(({ namespace, id }) => {
        return namespace !== given.session.namespace || id !== given.session.id
      })
      const { state: next, result } = old.prune(before, { ...given.policy, dryRun: false }, others, clock)
      return { state: next, result: result.sessions === 1 }
    }
    case 'redact':
      return old.redact(before, given.session, given, now)
  }
}

type Outcome = { readonly answer: unknown } | { readonly error: unknown }

function outcomeOf(run: () => Written<unknown>): {
  readonly state: MemoryState | null
  readonly outcome: Outcome
} {
  try {
    const { state, result } = run()
    return { state, outcome: { answer: result } }
  } catch (error) {
    if (!StoreError.is(error)) throw error
    return { state: null, outcome: { error: toldOfError(error) } }
  }
}

function toldOfError(error: StoreError): unknown {
  return { ...error, message: error.message }
}

/** All that a reader can find out, and what later calls depend on. */
function seen(state: MemoryState, clock: StoreClock): unknown {
  return {
    sessions: state.sessions.map((session) => {
      const isLiving = session.state === 'living'
      return {
        view: sessionView(state, session),
        state: session.state,
        deletedAt: isLiving ? null : session.deletedAt,
        nextId: session.nextId,
        entries: isLiving ? [...readEntries(state, session.address, {})] : [],
        history: isLiving ? [...readHistory(state, session.address)] : [],
        generations: session.generations.map(({ generation, at, reason }) => ({
          generation,
          at,
          reason,
          entries: isLiving ? [...readGeneration(state, session.address, generation)] : [],
        })),
        keys: new Map([...session.keys].sort()),
        operations: session.operations,
        change: session.change.kind,
      }
    }),
    changes: state.sessions
      .toSorted((a, b) => a.change.position - b.change.position)
      .map(({ address }) => address),
    routes: state.routes,
    held: old.unexpired(state, clock),
    log: state.log,
  }
}

test('a rule and the function that it was before say the same in every history', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (calls) => {
      let now = 1000
      let mine = emptyState('one')
      let theirs = emptyState('one')
      for (const call of calls) {
        now += call.pass
        const clock = { now, policy }
        const run = call.name === 'prune' ? await pruned(mine, call, contextAt(now)) : null
        const ours = outcomeOf(() => run ?? carryOut(mine, ruleOf(call as RuleCall, contextAt(now))))
        const wanted = outcomeOf(() => oracleOf(call, theirs, clock))
        expect(ours.outcome).toEqual(wanted.outcome)
        const before = [mine.position, theirs.position]
        mine = withoutUnsaid(ours.state ?? mine).state
        theirs = wanted.state ?? theirs
        expect(mine.position !== before[0]).toBe(theirs.position !== before[1])
        expect(seen(mine, clock)).toEqual(seen(theirs, clock))
      }
    }),
    { numRuns: 100, examples: rareHistories.map((calls) => [calls]) },
  )
})

test('a decision is the same for as long as its grounds hold, and is made in three rounds', async () => {
  let held = 0
  await fc.assert(
    fc.asyncProperty(histories, async (calls) => {
      let now = 1000
      let earlier = emptyState('one')
      let state = earlier
      for (const call of calls) {
        now += call.pass
        if (call.name === 'prune') {
          state = (await pruned(state, call, contextAt(now))).state
          continue
        }
        const rule = (): Rule<unknown> => ruleOf(call, contextAt(now))
        const ran = await runLater(rule(), later(lookUpsIn(earlier)))
        if (ran.grounds.every((ground) => holds(state, ground))) {
          held += 1
          const again = await runLater(inThreeRounds(rule()), later(lookUpsIn(state)))
          expect(plain(again)).toEqual(plain(ran))
        }
        earlier = state
        state = outcomeOf(() => carryOut(state, rule())).state ?? state
      }
    }),
    { numRuns: 100, examples: rareHistories.map((calls) => [calls]) },
  )
  expect(held).toBeGreaterThan(100)
})

test('calls that are made at once come to what they would come to one after the other', async () => {
  await fc.assert(
    fc.asyncProperty(histories, fc.scheduler(), async (calls, scheduler) => {
      const context = contextAt(1000)
      const engine = { state: emptyState('one') }
      const done: { readonly call: RuleCall; readonly outcome: Outcome }[] = []
      const write = async (call: RuleCall): Promise<void> => {
        for (;;) {
          const ran = await runLater(ruleOf(call, context), inMoments(engine, scheduler))
          await scheduler.schedule(Promise.resolve())
          if (!ran.grounds.every((ground) => holds(engine.state, ground))) continue
          if ('decision' in ran) engine.state = ran.decision.effects.reduce(written, engine.state)
          done.push({ call, outcome: toldOf(ran) })
          return
        }
      }
      const ruled = calls.filter((call) => call.name !== 'prune')
      for (let i = 0; i < ruled.length; i += 5) {
        await scheduler.waitFor(Promise.all(ruled.slice(i, i + 5).map(write)))
      }
      let state = emptyState('one')
      for (const { call, outcome } of done) {
        const again = outcomeOf(() => carryOut(state, ruleOf(call, context)))
        expect(outcome).toEqual(again.outcome)
        state = again.state ?? state
      }
      expect(seen(engine.state, context)).toEqual(seen(state, context))
    }),
    { numRuns: 60 },
  )
})

/** An engine whose rounds are answered from one moment each, while others write in between. */
function inMoments(engine: { readonly state: MemoryState }, scheduler: fc.Scheduler): LookUpsLater {
  let moment: Promise<LookUpsNow> | null = null
  const nextMoment = async (): Promise<LookUpsNow> => {
    await scheduler.schedule(Promise.resolve())
    moment = null
    return lookUpsIn(engine.state)
  }
  const names = Object.keys(lookUpsIn(engine.state)) as (keyof LookUpsNow)[]
  const later = names.map((name) => {
    const answer = async (asked: never[]): Promise<unknown> => {
      moment ??= nextMoment()
      return (await moment)[name](asked)
    }
    return [name, answer] as const
  })
  return Object.fromEntries(later) as unknown as LookUpsLater
}

/** An engine that answers later, each look-up in its own time. */
function later(lookUps: LookUpsNow): LookUpsLater {
  const slow = <A, R>(answer: (asked: A) => R) => {
    return async (asked: A): Promise<R> => {
      await Promise.resolve()
      return answer(asked)
    }
  }
  return Object.fromEntries(
    Object.entries(lookUps).map(([name, answer]) => [name, slow(answer as (asked: unknown) => unknown)]),
  ) as unknown as LookUpsLater
}

function toldOf(ran: Ran<unknown>): Outcome {
  return 'decision' in ran ? { answer: ran.decision.answer } : { error: toldOfError(ran.refusal) }
}

function* inThreeRounds<T>(rule: Rule<T>): Rule<T> {
  let step = rule.next({})
  for (let rounds = 1; !step.done; rounds++) {
    expect(rounds).toBeLessThanOrEqual(3)
    step = rule.next(yield step.value)
  }
  return step.value
}

function plain(ran: Ran<unknown>): unknown {
  return 'decision' in ran ? ran.decision : toldOfError(ran.refusal)
}

/** Whether something that a decision rests on is so in a state. */
function holds(state: MemoryState, ground: Ground): boolean {
  const lookUps = lookUpsIn(state)
  switch (ground.on) {
    case 'session':
      return (lookUps.standings([ground.session])[0]?.version ?? null) === ground.version
    case 'first-generation':
      return lookUps.firstGenerations([ground.session])[0] === ground.generation
    case 'no-delivery':
      return lookUps.deliveries([ground.key])[0]?.length === 0
    case 'not-held':
      return state.held.every(({ entry }) => entry.idempotencyKey !== ground.key)
    case 'held':
      return state.held.some((one) => one === ground.number)
    case 'place':
      return lookUps.openingWays([ground])[0]?.version === ground.version
    case 'entry': {
      const { owner, id } = ground.entry
      const number = owner === OWN ? findSession(state, ground.session)?.number : owner
      const entry = entryOf(state, { owner: number ?? 0, id })
      return entry !== null && entryHash(entry.kind, entry.at, entry.record) === ground.hash
    }
    case 'sayings': {
      const sessions = lookUps.sayings([ground])[0]?.map(({ session }) => session)
      return JSON.stringify(sessions) === JSON.stringify(ground.sessions)
    }
    case 'notes':
      return lookUps.lastNotes([ground.session])[0]?.version === ground.version
  }
}

test('a rule yields only what it asks for', () => {
  const files = globSync('../src/kernel/*.ts', { cwd: import.meta.dirname })
  const sources = files.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
  const source = sources.join('\n')
  const rules = [...source.matchAll(/function\* (\w+)/g)].map(([, name]) => name)
  expect(rules.length).toBeGreaterThan(15)
  // One `yield` asks, and what gathers is never called without `yield*`, but to be handed to an engine: its answer would be
  // lost in silence.
  expect(source.match(/\byield (?!\*)/g)).toHaveLength(1)
  for (const name of rules) {
    const calls =
      source.match(new RegExp(`(?:function\\* |yield\\* |=> )?\\b${name}(?:<[^>(]*>)?\\(`, 'g')) ?? []
    expect(calls.filter((call) => call.startsWith(`${name}`))).toEqual([])
  }
})
