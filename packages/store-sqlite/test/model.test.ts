import type { OpenedSession, Origin, OriginTarget, TranscriptStore } from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import type { ImportStep } from '@faircopy/store-core/operator'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noThreads } from './no-threads.ts'
import { all, said, temporaryStore } from './temporary.ts'

noThreads()

const DAY = 24 * 60 * 60 * 1000
const RUNS = { numRuns: process.env['LONG'] === '1' ? 1000 : 60 }

const session = fc.constantFrom('s', 't', 'u')
const key = fc.constantFrom('k1', 'k2', 'k3', 'k4')
const entry = fc.record(
  {
    record: fc.constantFrom('a', 'b', 'secret').map(said),
    kind: fc.constantFrom('message', 'delivery', 'delivery', 'note'),
    at: fc.constantFrom(null, 1),
    idempotencyKey: key,
    correlation: key,
  },
  { requiredKeys: ['record'] },
)
const entries = fc.array(entry, { maxLength: 4 })
const origin: fc.Arbitrary<Origin> = fc.record(
  {
    platform: fc.constantFrom('telegram', 'slack'),
    chat: fc.constantFrom('1', '2'),
    user: fc.constantFrom('ann', 'bob'),
    userAlt: fc.constantFrom('ann', '+1'),
  },
  { requiredKeys: ['platform'] },
)
const about = fc.record(
  {
    origin,
    endedAt: fc.constantFrom(null, null, 5),
    title: fc.constantFrom('one', 'two'),
    meta: fc.constantFrom({ a: 1 }, { a: 2, b: [2] }),
  },
  { requiredKeys: [] },
)
const revision = fc.option(fc.nat(4), { nil: undefined })
const operationKey = fc.option(fc.constantFrom('o1', 'o2'), { nil: undefined })
const of = <const T extends string>(type: T): fc.Arbitrary<T> => fc.constant(type)

const step = fc.oneof(
  fc.record({ type: of('create'), session, about }),
  {
    weight: 4,
    arbitrary: fc.record({
      type: of('append'),
      session,
      entries,
      create: fc.option(about, { nil: undefined }),
      first: fc.boolean(),
      revision,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: of('append-to-origin'),
      origin,
      // One at most: of a stored and a new delivery in one call the reference would hold both.
      entries: fc.array(
        fc.oneof(
          entry,
          entry.map((one) => ({ ...one, kind: 'delivery' })),
        ),
        { maxLength: 1 },
      ),
      whenAbsent: fc.constantFrom('refuse', 'hold', 'create'),
      first: fc.boolean(),
      session,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: of('replace'),
      session,
      from: fc.integer({ min: 1, max: 6 }),
      entries,
      drop: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 1 }),
      revision,
      operationKey,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: of('fork'), session, to: session, through: revision, about, operationKey }),
  },
  fc.record({ type: of('update'), session, about, revision }),
  fc.record({ type: of('route'), session, origin }),
  {
    weight: 3,
    arbitrary: fc.record({
      type: of('open'),
      origins: fc.array(origin, { minLength: 1, maxLength: 2 }),
      how: fc.constantFrom('create', 'create', 'fork', 'reopen'),
      session,
      to: session,
      end: fc.option(session, { nil: undefined }),
      about,
      notes: fc.nat(1),
      revision,
    }),
  },
  fc.record({ type: of('delete'), session, revision }),
  fc.record({ type: of('undelete'), session }),
  fc.record({
    type: of('prune'),
    history: fc.boolean(),
    ended: fc.boolean(),
    hold: fc.array(session, { maxLength: 1 }),
    dryRun: fc.boolean(),
  }),
  fc.record({ type: of('redact'), session, entry: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ type: of('days'), days: fc.constantFrom(1, 20, 40) }),
  {
    weight: 2,
    arbitrary: fc.record({ type: of('undo'), session, run: fc.constantFrom('r1', 'r2', 'u') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: of('import'),
      session,
      run: fc.constantFrom('r1', 'r2'),
      about,
      also: fc.option(session, { nil: undefined }),
      key: fc.constantFrom('x', 'y', 'z'),
      picks: fc.array(
        fc.tuple(fc.constantFrom('keep', 'live', 'history', 'quarantine'), fc.nat(6), fc.nat(6), key),
        {
          maxLength: 6,
        },
      ),
      keyed: fc.boolean(),
      noSteps: fc.boolean(),
      stale: fc.boolean(),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const AROUND_UNDO: ReadonlySet<string> = new Set([
  'append',
  'import',
  'undo',
  'fork',
  'redact',
  'prune',
  'days',
])

interface Clock {
  now: number
}

async function carryOut(store: TranscriptStore, action: Step, clock: Clock): Promise<unknown> {
  const revised = 'revision' in action &&
    action.revision !== undefined && { expectedRevision: action.revision }
  const keyed = 'operationKey' in action &&
    action.operationKey !== undefined && { operationKey: action.operationKey }
  const first = 'first' in action && action.first && { onConflict: 'first' as const }
  switch (action.type) {
    case 'days':
      return undefined
    case 'create':
      return store.create(action.session, action.about)
    case 'append':
      return store.append(action.session, action.entries, {
        ...(action.create && { create: action.create }),
        ...first,
        ...revised,
      })
    case 'append-to-origin': {
      const whenAbsent =
        action.whenAbsent === 'create' ? { create: { id: action.session } } : action.whenAbsent
      return store.append({ origin: action.origin, whenAbsent } as OriginTarget, action.entries, { ...first })
    }
    case 'replace':
      return store.replace(
        action.session,
        { from: action.from, entries: action.entries, dropDeliveries: action.drop },
        { ...revised, ...keyed },
      )
    case 'fork': {
      const { to: id, through, about } = action
      return store.fork(
        action.session,
        { id, ...(through !== undefined && { through }), ...about },
        { ...keyed },
      )
    }
    case 'update':
      return store.update(action.session, action.about, { ...revised })
    case 'route':
      return store.route(action.origin, action.session)
    case 'open': {
      const { origins, how, session, to, end, about } = action
      const opened = {
        create: { create: { id: session, ...about } },
        fork: { fork: { id: session, of: to, ...about } },
        reopen: { reopen: session },
      }[how]
      return store.open(
        { origins: origins as [Origin, ...Origin[]] },
        {
          session: opened as OpenedSession,
          ...(end !== undefined && { end: { session: end, at: 7, reason: 'reset' } }),
          entries: action.notes ? [{ kind: 'note', record: said('a note') }] : [],
        },
        { ...revised },
      )
    }
    case 'delete':
      return store.delete(action.session, { ...revised })
    case 'undelete':
      return store.undelete(action.session)
    case 'prune':
      return store.prune({
        ...(action.history && { historyOlderThan: DAY / 2 }),
        ...(action.ended && { endedOlderThan: DAY / 2 }),
        hold: action.hold,
        dryRun: action.dryRun,
      })
    case 'redact':
      return store.redact(action.session, action.entry, 'secret')
    case 'undo': {
      const run = { id: 'u', at: clock.now, about: {} }
      return store.undoImport({
        importId: action.run,
        session: action.session,
        run: action.run === 'u' ? { ...run, id: 'v' } : run,
      })
    }
    case 'import':
      return importInto(store, action, clock)
  }
}

async function importInto(
  store: TranscriptStore,
  action: Extract<Step, { type: 'import' }>,
  clock: Clock,
): Promise<unknown> {
  const before = await store.get(action.session)
  const count = before?.entryCount ?? 0
  const steps = action.picks.flatMap(([what, a, b, idempotencyKey]): ImportStep[] => {
    const provenance = { importId: action.run, witness: 'file', line: a } as const
    const named = action.keyed && b === 6 ? { idempotencyKey, kind: 'delivery' } : {}
    if (what === 'live') return [{ live: { record: said(`live ${a}`), provenance, ...named } }]
    if (what === 'history') return [{ history: { record: said(`secret past ${a}`), provenance } }]
    if (what === 'quarantine') {
      const bytes = Buffer.from(a % 2 === 0 ? 'a secret' : 'torn')
      return [{ quarantine: { reason: 'torn', line: a, offset: 0, length: bytes.length, bytes } }]
    }
    const [from, to] = [Math.min(a, b) + 1, Math.max(a, b) + 1]
    return to <= count ? [{ keep: { from, to } }] : []
  })
  return store.import({
    run: { id: action.run, at: clock.now, about: {} },
    session: action.session,
    about: action.about,
    expectedHead: action.stale ? 'f'.repeat(64) : (before?.head ?? null),
    steps: action.noSteps
      ? null
      : (async function* () {
          yield* steps
        })(),
    note: { key: action.key, verdict: 'v', reason: null, report: {}, certificate: null },
    ...(action.also && {
      alsoNote: [
        {
          session: action.also,
          note: { key: `also ${action.key}`, verdict: 'v', reason: null, report: {}, certificate: null },
        },
      ],
    }),
  })
}

const ORIGINS: readonly Origin[] = [
  { platform: 'telegram' },
  { platform: 'slack', chat: '1' },
  { platform: 'telegram', user: 'ann' },
  { platform: 'telegram', chat: '2', userAlt: '+1' },
]

/** What a store says of everything, in a form that two stores can be compared by. */
async function seen(store: TranscriptStore): Promise<unknown> {
  const sessions = await all(store.sessions())
  const listings = [
    { order: 'recent' },
    { state: 'live' },
    { state: 'ended' },
    { parent: 's' },
    { origin: { platform: 'telegram' } },
    { activeSince: DAY },
  ] as const
  const facts = await store.facts()
  return {
    sessions: await Promise.all(
      sessions.map(async (one) => ({
        ...one,
        live: await all(store.read(one.id)),
        past: await all(store.history(one.id)),
        generations: await store.generations(one.id),
        said: await Promise.all(
          Array.from({ length: one.generation }, (_, i) => outcome(all(store.readGeneration(one.id, i + 1)))),
        ),
        routes: await store.routes(one.id),
        quarantined: (await all(store.quarantined(one.id))).map(({ bytes, ...line }) => [
          line,
          bytes && Buffer.from(bytes).toString(),
        ]),
      })),
    ),
    listed: await Promise.all(
      listings.map(async (options) => (await all(store.sessions(options))).map(({ id }) => id)),
    ),
    resolved: await Promise.all(
      ORIGINS.map(async (one) => outcome(store.resolve(one).then((got) => got?.id))),
    ),
    changes: (await store.changes()).changes,
    ledger: await all(store.ledger()),
    runs: await all(store.imports()),
    facts: [
      facts.sessions,
      facts.endedSessions,
      facts.deletedSessions,
      facts.entries,
      facts.historyEntries,
      facts.stagedEntries,
      facts.heldDeliveries,
    ],
  }
}

async function outcome(work: Promise<unknown>): Promise<unknown> {
  try {
    return { did: await work }
  } catch (error) {
    return { code: (error as { code?: string }).code ?? error }
  }
}

/** Carries out the same on both, and compares every answer and everything that is stored. Gives the answers. */
async function sameAsModel(actions: readonly Step[]): Promise<readonly unknown[]> {
  const clock: Clock = { now: 1 }
  const policy = { heldPerOrigin: 3 }
  const store = await temporaryStore({ now: () => clock.now, policy })
  const model = createMemoryStore({ now: () => clock.now, policy })
  const answers: unknown[] = []
  for (const action of actions) {
    if (action.type === 'days') clock.now += action.days * DAY
    const expected = await outcome(carryOut(model, action, clock))
    expect(await outcome(carryOut(store, action, clock))).toEqual(expected)
    expect(await seen(store)).toEqual(await seen(model))
    answers.push(expected)
  }
  const { findings } = await store.verify()
  expect(findings).toEqual([])
  await store.close()
  return answers
}

describe('S28 against the reference in memory', () => {
  it('any sequence of operations gives the same answers and leaves the same store', {
    timeout: 300_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (actions) => {
        await sameAsModel(actions)
      }),
      RUNS,
    )
  })

  it('S9 imports that are undone, whatever happened since', { timeout: 300_000 }, async () => {
    const around = step.filter(({ type }) => AROUND_UNDO.has(type))
    await fc.assert(
      fc.asyncProperty(fc.array(around, { minLength: 5, maxLength: 20 }), async (actions) => {
        await sameAsModel(actions)
      }),
      RUNS,
    )
  })

  it('S4 S5 appends and their receipts are those of the reference', { timeout: 120_000 }, async () => {
    const appends = fc.array(fc.record({ entries, first: fc.boolean() }), {
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(appends, async (calls) => {
        const store = await temporaryStore({ now: () => 1 })
        const model = createMemoryStore({ now: () => 1 })
        const call = (on: TranscriptStore) =>
          calls.map(({ entries, first }) =>
            outcome(on.append('s', entries, { create: {}, ...(first && { onConflict: 'first' as const }) })),
          )
        expect(await Promise.all(call(store))).toEqual(await Promise.all(call(model)))
        expect(await seen(store)).toEqual(await seen(model))
        await store.close()
      }),
      RUNS,
    )
  })
})
