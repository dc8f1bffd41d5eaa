import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_STORE_POLICY } from '../src/backend.ts'
import type { CheckedEntry } from '../src/checked-entry.ts'
import type { CheckedStep } from '../src/checked-import.ts'
import { StoreError } from '../src/index.ts'
import { append } from '../src/kernel/append.ts'
import { claimImport, releaseClaim } from '../src/kernel/claim.ts'
import { create } from '../src/kernel/create.ts'
import { deleteSession, undelete } from '../src/kernel/delete.ts'
import { type LookUpsLater, type LookUpsNow, type Ran, runLater, runNow } from '../src/kernel/drive.ts'
import type { Effect } from '../src/kernel/effects.ts'
import { fork } from '../src/kernel/fork.ts'
import { type ImportPlan, runImport } from '../src/kernel/import.ts'
import { open } from '../src/kernel/open.ts'
import { type Deadlines, type PruneEngine, prune, pruneSession } from '../src/kernel/prune.ts'
import { redact } from '../src/kernel/redact.ts'
import { replace } from '../src/kernel/replace.ts'
import { opened, resolve } from '../src/kernel/resolve.ts'
import { route } from '../src/kernel/route.ts'
import type { Context, Rule } from '../src/kernel/rule.ts'
import { tipOf } from '../src/kernel/session.ts'
import type { ImportEngine } from '../src/kernel/steps.ts'
import { undoImport } from '../src/kernel/undo.ts'
import { update } from '../src/kernel/update.ts'
import { withoutStaged, written } from '../src/memory/effects.ts'
import { readEntries, readGeneration, readHistory } from '../src/memory/reading.ts'
import { emptyState, findSession, type MemoryState, type Written } from '../src/memory/state.ts'
import { unlistedWithout, withoutUnlisted } from '../src/memory/unlisted.ts'
import { addressesOf, sessionView } from '../src/memory/view.ts'
import { entryHash, type PrunePolicy } from '../src/operator.ts'
import type { CheckedUndo } from '../src/schemas.ts'
import { type Call, type GivenEntry, histories, rareHistories } from './kernel-histories.ts'
import { holds, versionedLookUps as lookUpsIn } from './later-grounds.ts'

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
type RunCall = Extract<Call, { readonly name: 'prune' | 'import' }>

/** What a runner over several rules hands an engine. */
type RuleOf = (context: Context) => Rule<unknown>

/** How an engine carries out what a runner hands it. */
interface Engine extends PruneEngine, ImportEngine {
  readonly state: () => MemoryState
}

/** So much of an import is written at once: everything, or hardly anything. */
const WHOLE = { units: Number.POSITIVE_INFINITY, count: Number.POSITIVE_INFINITY }
const PIECES = { units: Number.POSITIVE_INFINITY, count: 1 }

let tokens = 0

/** An engine that has its answers at once. `rules`: what it was handed. */
function engineOn(
  before: MemoryState,
  context: Context,
  { batch, rules = [] }: { readonly batch: ImportEngine['batch']; readonly rules?: RuleOf[] },
): Engine {
  let state = before
  const write = <T>({ state: next, result }: Written<T>): T => {
    state = next
    return result
  }
  const decide: ImportEngine['decide'] = async (rule) => {
    rules.push(rule)
    const { effects, answer } = runNow(rule(context), lookUpsIn(state))
    const next = effects.reduce(written, state)
    expectShared(state, next, effects)
    expectStands(next, effects)
    return write({ state: next, result: answer })
  }
  return {
    state: () => state,
    batch,
    decide,
    answer: (rule) => decide(rule),
    stage: (rule) => decide(rule),
    newToken: () => `token ${++tokens}`,
    unstage: async ({ token }) => write({ state: withoutStaged(state, token), result: undefined }),
    sweep: async () => {},
    maybeDue: async function* () {
      for (const address of addressesOf(state)) yield [address]
    },
    unlistedWithout: async (going) => unlistedWithout(state, going),
    removeUnlisted: async () => {
      const { state: next, removed: result } = withoutUnlisted(state)
      return write({ state: next, result })
    },
  }
}

/** What a rule tells of the list that a session had is so. */
function expectShared(before: MemoryState, after: MemoryState, effects: readonly Effect[]): void {
  for (const effect of effects) {
    if (effect.effect !== 'rewrite') continue
    const { session, shared: to } = effect
    const [had, has] = [before, after].map((state) =>
      lookUpsIn(state)
        .lists([{ session, from: 1, to }])
        .flat(),
    )
    expect(has).toEqual(had)
  }
}

/** Memory computes where a session stands: that has to be what the rule told last, unless the session is gone. */
function expectStands(state: MemoryState, effects: readonly Effect[]): void {
  const stands = effects.filter((effect) => effect.effect === 'tip')
  const last = new Map(stands.map(({ session, tip }) => [JSON.stringify(session), { session, tip }]))
  for (const { session, tip } of last.values()) {
    const [found] = lookUpsIn(state).tips([session])
    if (found?.isLiving) expect(tipOf(found)).toEqual(tipOf(tip))
  }
}

/** Runs a call that is several rules on an engine. `before`: what an import is planned on. */
function run(call: RunCall, before: MemoryState, context: Context, engine: Engine): Promise<unknown> {
  if (call.name === 'prune') return prune({ ...call.given, signal: undefined }, context, engine)
  const { plan, steps } = planOf(call.given, before)
  return runImport(plan, steps && stepsOf(steps), new AbortController().signal, engine)
}

/** An import as it would be planned on a state. */
function planOf(
  given: Extract<Call, { readonly name: 'import' }>['given'],
  state: MemoryState,
): { readonly plan: ImportPlan; readonly steps: readonly CheckedStep[] | null } {
  const { session, about, importId, key, verdict, on, steps, also } = given
  const found = findSession(state, session)
  const before = found?.state === 'living' ? sessionView(state, found) : null
  const noteOf = (name: string, said: string) => {
    return { key: name, verdict: said, reason: null, report: {}, certificate: null }
  }
  const plan: ImportPlan = {
    run: { id: importId, at: 500, about: {} },
    session,
    about,
    expectedHead: on === 'now' && before ? before.head : null,
    note: noteOf(key, verdict),
    alsoNote: also.map((one) => ({ session: one.session, note: noteOf(one.key, one.verdict) })),
  }
  const checked = (entry: GivenEntry): CheckedEntry => checkedOf([entry])[0] as CheckedEntry
  const taken = steps?.map((step): CheckedStep => {
    if ('live' in step) return { live: checked(step.live) }
    if ('history' in step) return { history: checked(step.history) }
    if ('keep' in step) {
      const { from, to } = step.keep
      return { keep: { from, to: Math.max(from, to ?? before?.entryCount ?? 1) } }
    }
    const bytes = new TextEncoder().encode(step.line)
    return { quarantine: { reason: 'invalid-json', line: 1, offset: 0, length: 1, bytes } }
  })
  return { plan, steps: taken ?? null }
}

async function* stepsOf(steps: readonly CheckedStep[]): AsyncGenerator<CheckedStep> {
  yield* steps
}

/** What a call comes to on a state, and the rules that it is. */
interface CarriedOut {
  readonly state: MemoryState
  readonly outcome: Outcome
  readonly rules: readonly RuleOf[]
}

async function carriedOut(
  call: Call,
  before: MemoryState,
  context: Context,
  batch: ImportEngine['batch'] = WHOLE,
): Promise<CarriedOut> {
  const rules: RuleOf[] = []
  const engine = engineOn(before, context, { batch, rules })
  const outcome = await outcomeOf(async () => {
    if (isRun(call)) return run(call, before, context, engine)
    return engine.decide((now) => ruleOf(call, now))
  })
  return { state: engine.state(), outcome, rules }
}

function isRun(call: Call): call is RunCall {
  return call.name === 'prune' || call.name === 'import'
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
    case 'undo':
      return undoImport(undoOf(given), context)
    case 'claim':
      return claimImport(given.session, given.token, context)
    case 'release':
      return releaseClaim(given.session, given.token)
  }
}

function undoOf({ session, importId, by }: Extract<Call, { readonly name: 'undo' }>['given']): CheckedUndo {
  return { session, importId, run: { id: by, at: 600, about: {} } }
}

type Outcome = { readonly answer: unknown } | { readonly error: unknown }

async function outcomeOf(call: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { answer: await call() }
  } catch (error) {
    if (!StoreError.is(error)) throw error
    return { error: toldOfError(error) }
  }
}

function toldOfError(error: StoreError): unknown {
  return { ...error, message: error.message }
}

/** All that a reader can find out, and what later calls depend on. */
function seen(state: MemoryState): unknown {
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
        generations: session.generations
          .filter(({ generation }) => generation > 0)
          .map(({ generation, at, reason }) => ({
            generation,
            at,
            reason,
            entries: isLiving ? [...readGeneration(state, session.address, generation)] : [],
          })),
        keys: new Map([...session.keys].sort()),
        operations: session.operations,
        change: session.change.kind,
        quarantined: session.quarantined,
        imports: session.imports.map(({ brought, ...imported }) => {
          return { ...imported, brought: brought.map(({ first, last }) => [first, last]) }
        }),
      }
    }),
    ledger: state.ledger,
    runs: state.runs,
    changes: state.sessions
      .toSorted((a, b) => a.change.position - b.change.position)
      .map(({ address }) => address),
    routes: state.routes,
    held: state.held,
    log: state.log,
  }
}

/** Where an import brings several keys that were used, any of them may be the one that is named. */
function besidesWhichKey(outcome: object): object {
  if (!('error' in outcome) || (outcome.error as { code?: unknown }).code !== 'KEY_CONFLICT') return outcome
  return { error: { ...(outcome.error as object), idempotencyKey: null } }
}

test('an import that is staged comes to what one comes to that is not', async () => {
  let staged = 0
  await fc.assert(
    fc.asyncProperty(histories, async (calls) => {
      const context = contextAt(1000)
      let state = emptyState('one')
      for (const call of calls) {
        const whole = await carriedOut(call, state, context)
        if (call.name === 'import') {
          const pieces = await carriedOut(call, state, context, PIECES)
          expect(besidesWhichKey(pieces.outcome)).toEqual(besidesWhichKey(whole.outcome))
          expect(besidesIds(pieces.state)).toEqual(besidesIds(whole.state))
          expect(pieces.state.staged).toEqual([])
          if (pieces.rules.length > 2 && 'answer' in pieces.outcome) staged++
          const { session, importId } = call.given
          const undo: Call = { name: 'undo', given: { session, importId, by: 'u1' }, pass: 1 }
          const [one, other] = [
            await carriedOut(undo, pieces.state, context),
            await carriedOut(undo, whole.state, context),
          ]
          expect(one.outcome).toEqual(other.outcome)
          expect(besidesIds(one.state)).toEqual(besidesIds(other.state))
        }
        state = whole.state
      }
    }),
    { numRuns: 60 },
  )
  expect(staged).toBeGreaterThan(5)
})

test('an import of which something was swept meanwhile is refused, and leaves nothing', async () => {
  const context = contextAt(1000)
  const engine = engineOn(emptyState('one'), context, { batch: PIECES })
  const session = { namespace: 'default', id: 'a' }
  const entry = { kind: 'message', record: '{}', at: null }
  const said = { importId: 'r1', key: 'n1', verdict: 'imported', on: 'now' } as const
  const given = { ...said, session, about: {}, also: [], steps: [{ live: entry }, { live: entry }] }
  const { plan, steps } = planOf(given, engine.state())
  const confirm = async (): Promise<void> => {
    expect(engine.state().staged).toHaveLength(1)
    for (const { token } of engine.state().staged) await engine.unstage({ session, token, owner: null })
  }
  const swept = runImport({ ...plan, confirm }, stepsOf(steps ?? []), new AbortController().signal, engine)
  await expect(swept).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
  expect(engine.state()).toEqual(emptyState('one'))
})

/** What is seen of a state but for ids: a staged import gives them batch by batch, and one that fails leaves a gap. */
function besidesIds(state: MemoryState): unknown {
  const text = JSON.stringify(seen(state), (name, value: unknown) => {
    if (['id', 'nextId', 'brought', 'log', 'operations'].includes(name) && typeof value !== 'string')
      return undefined
    if (value instanceof Map) return [...value].map(([key, use]) => [key, use])
    return name === 'history'
      ? (value as readonly { record: string }[]).map(({ record }) => record).sort()
      : value
  })
  return JSON.parse(text)
}

test('a decision is the same for as long as its grounds hold, and is made in three rounds', async () => {
  let held = 0
  await fc.assert(
    fc.asyncProperty(histories, async (calls) => {
      let now = 1000
      let earlier = emptyState('one')
      let state = earlier
      for (const call of calls) {
        now += call.pass
        const context = contextAt(now)
        for (const rule of (await carriedOut(call, earlier, context, PIECES)).rules) {
          const ran = await runLater(rule(context), later(lookUpsIn(earlier)))
          if (!ran.grounds.every((ground) => holds(state, ground))) continue
          held += 1
          const again = await runLater(inThreeRounds(rule(context)), later(lookUpsIn(state)))
          expect(plain(again)).toEqual(plain(ran))
        }
        earlier = state
        state = (await carriedOut(call, state, context, PIECES)).state
      }
    }),
    { numRuns: 100, examples: rareHistories.map((calls) => [calls]) },
  )
  expect(held).toBeGreaterThan(100)
})

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

test('a rule yields only what it asks for', () => {
  const files = globSync('../src/kernel/*.ts', { cwd: import.meta.dirname })
  const sources = files.map((file) => {
    const text = readFileSync(join(import.meta.dirname, file), 'utf8')
    // Its methods have the names of the rules; what they do with these is looked at as everywhere.
    return file.endsWith('/calls.ts') ? text.replace(/^ {2}\w+\(/gm, '') : text
  })
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
