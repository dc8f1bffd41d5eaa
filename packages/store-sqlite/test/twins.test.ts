import type { TranscriptSearch, TranscriptStore } from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { openSqliteStore } from '@faircopy/store-sqlite'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { all, temporaryFolder } from './temporary.ts'

/** So many histories are played, and fewer where the machine is too busy for them; `TWINS=5000` for a long run, to its end. */
const HISTORIES = 60
const MOST_MS = 20_000
const LONG = Number(process.env['TWINS'] ?? 0)
/** The SQLite store of an earlier commit, as `.ci/beside` gives it. */
const BESIDE = process.env['TWINS_BESIDE'] ?? ''
const DAY = 24 * 60 * 60 * 1000

type Store = TranscriptStore & TranscriptSearch
/** Calls without types, as a caller may have them. */
type Untyped = Record<string, (...given: unknown[]) => unknown>

const STREAMS: ReadonlySet<string> = new Set([
  'read',
  'sessions',
  'history',
  'readGeneration',
  'ledger',
  'quarantined',
  'imports',
])

/** Texts that stand for what only the store at hand can tell. */
const HEAD = '@head'
const cursorOf = (what: string, nth: number): string => `@cursor ${what} ${nth}`

const session = fc.constantFrom<unknown[]>('s', 's', 't', 'u', { namespace: 'work', id: 's' })
const id = fc.constantFrom('s', 't', 'u', 'v')
const namespace = fc.constantFrom('default', 'work')
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined })
const some = (members: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> =>
  fc.record(members, { requiredKeys: [] })

const record = fc.constantFrom<unknown[]>(
  { role: 'user', content: 'a' },
  { role: 'user', content: 'secret' },
  '{"role":"user","content":"b"}',
  '{"role": "user", "content": "b"}',
)
const key = fc.constantFrom('k1', 'k2', 'k3')
const entry = fc.record(
  {
    record,
    kind: fc.constantFrom('message', 'delivery', 'delivery', 'note'),
    at: fc.constantFrom(null, 1),
    idempotencyKey: key,
    correlation: key,
  },
  { requiredKeys: ['record'] },
)
const entries = fc.oneof(entry, fc.array(entry, { maxLength: 4 }))
const origin = fc.record(
  {
    platform: fc.constantFrom('telegram', 'telegram', 'slack'),
    chat: fc.constantFrom('1', '2'),
    thread: fc.constant('7'),
    user: fc.constantFrom('ann', 'bob'),
    userAlt: fc.constantFrom('ann', '+1'),
  },
  { requiredKeys: ['platform'] },
)
const parent = fc.record(
  { id, why: fc.constantFrom('reset', 'compaction'), namespace, entry: fc.constantFrom(null, 1) },
  { requiredKeys: ['id', 'why'] },
)
const facts = {
  origin: fc.option(origin),
  title: fc.constantFrom(null, 'one', 'two'),
  meta: fc.constantFrom({}, { a: 1 }, { a: 2, b: [2] }),
  endedAt: fc.constantFrom(null, null, 5),
  endReason: fc.constantFrom(null, 'reset'),
}
const born = {
  ...facts,
  codec: fc.constantFrom('openai-chat', 'hermes'),
  startedAt: fc.constantFrom(null, 3),
}
const about = some({ ...born, parent: fc.option(parent) })
const create = fc.tuple(id, about).map(([id, about]) => ({ create: { id, ...about } }))
const revision = { expectedRevision: fc.nat(3) }
const place = fc.integer({ min: 1, max: 6 })
const run = fc.record({ id: fc.constantFrom('r1', 'r2', 'r3'), at: fc.constant(5), about: fc.constant({}) })
const note = fc.record({
  key: fc.constantFrom('n1', 'n2', 'n3', 'n4'),
  verdict: fc.constantFrom('imported', 'ambiguous'),
  reason: fc.constantFrom(null, 'why'),
  report: fc.constantFrom({}, { settles: ['r1'] }),
  certificate: fc.constantFrom(null, { proof: 1 }),
})
const imported = fc.tuple(entry, fc.nat(3)).map(([entry, line]) => ({
  ...entry,
  provenance: { importId: 'r1', witness: 'file', line },
}))
const importStep = fc.oneof(
  fc.record({ live: imported }),
  fc.record({ live: imported }),
  fc.record({ history: imported }),
  fc.tuple(place, fc.nat(2)).map(([from, more]) => ({ keep: { from, to: from + more } })),
  fc.record({
    quarantine: fc.record({
      reason: fc.constantFrom('torn-tail', 'metadata'),
      line: fc.nat(3),
      offset: fc.nat(3),
      length: fc.constant(4),
      bytes: fc.constantFrom<unknown[]>(null, Uint8Array.from(Buffer.from('torn')), Buffer.from('a secret')),
    }),
  }),
)
const pageCursor = fc.nat(2).map((nth) => cursorOf('page', nth))
const listCursor = fc.nat(2).map((nth) => cursorOf('list', nth))
const changeCursor = fc.nat(3).map((nth) => cursorOf('changes', nth))
const range = { from: place, to: fc.nat(6), direction: fc.constantFrom('forward', 'backward') }
const listed = {
  namespace,
  origin: some({ platform: fc.constant('telegram'), chat: fc.constant('1') }),
  parent: session,
  state: fc.constantFrom('live', 'ended'),
  activeSince: fc.constant(DAY),
  title: fc.constantFrom('o', 'two'),
  order: fc.constantFrom('address', 'recent'),
}
const target = fc.record(
  { origins: fc.array(origin, { minLength: 1, maxLength: 2 }), namespace },
  { requiredKeys: ['origins'] },
)
const originTarget = fc.record(
  { origin, namespace, whenAbsent: fc.oneof(fc.constantFrom<unknown[]>('refuse', 'hold', 'hold'), create) },
  { requiredKeys: ['origin'] },
)
const appendOptions = some({
  ...revision,
  writer: fc.constantFrom('agent', 'mirror'),
  onConflict: fc.constantFrom('refuse', 'first'),
  create: about,
})
const creating = appendOptions.map((options) => ({ create: {}, ...options }))

/** The arguments of every call, as a caller may well give them. */
const CALLS: Readonly<Record<string, fc.Arbitrary<unknown[]>>> = {
  get: fc.tuple(session),
  read: fc.tuple(session, maybe(some(range))),
  page: fc.tuple(session, some({ ...range, limit: fc.integer({ min: 1, max: 3 }), cursor: pageCursor })),
  list: fc.tuple(some({ ...listed, limit: fc.integer({ min: 1, max: 3 }), cursor: listCursor })),
  sessions: fc.tuple(some(listed)),
  history: fc.tuple(session),
  generations: fc.tuple(session),
  readGeneration: fc.tuple(session, place),
  locate: fc.tuple(session, place),
  search: fc.tuple(
    fc.constantFrom('a', 'secret', 'b', ''),
    some({ namespace, session: id, limit: fc.constant(1), order: fc.constantFrom('newest', 'best') }),
  ),
  changes: fc.tuple(maybe(changeCursor), maybe(some({ limit: fc.integer({ min: 1, max: 3 }) }))),
  waitForChange: fc.tuple(changeCursor, fc.record({ keepAlive: fc.boolean() })),
  create: fc.tuple(session, about),
  append: fc.tuple(fc.oneof(session, originTarget), entries, fc.oneof(appendOptions, creating)),
  appender: fc.tuple(
    fc.record({
      writer: fc.constant('mirror'),
      kinds: fc.constantFrom(['delivery'], ['delivery', 'message'], ['note']),
    }),
    fc.oneof(session, originTarget),
    entries,
    fc.oneof(appendOptions, creating),
  ),
  update: fc.tuple(session, some(facts), maybe(some(revision))),
  replace: fc.tuple(
    session,
    fc.record(
      {
        from: place,
        entries: fc.array(entry, { maxLength: 3 }),
        dropDeliveries: fc.array(place, { maxLength: 1 }),
      },
      { requiredKeys: ['from', 'entries'] },
    ),
    some({ ...revision, operationKey: fc.constantFrom('o1', 'o2'), writer: fc.constant('agent') }),
  ),
  fork: fc.tuple(
    session,
    fc.tuple(id, some({ ...born, through: fc.nat(4) })).map(([id, about]) => ({ id, ...about })),
    some({ ...revision, operationKey: fc.constantFrom('o1', 'o2') }),
  ),
  resolve: fc.tuple(origin, maybe(namespace)),
  route: fc.tuple(origin, session),
  routes: fc.tuple(session),
  opened: fc.tuple(target),
  open: fc.tuple(
    target,
    fc.record(
      {
        session: fc.oneof(
          create,
          fc.tuple(id, id, some(born)).map(([id, of, about]) => ({ fork: { id, of, ...about } })),
          fc.record({ reopen: id }),
        ),
        end: fc.record({ session: id, at: fc.constant(7), reason: fc.constantFrom(null, 'reset') }),
        entries: fc.array(fc.record({ record, kind: fc.constant('note') }), { maxLength: 1 }),
      },
      { requiredKeys: ['session'] },
    ),
    some({ ...revision, writer: fc.constant('agent') }),
  ),
  delete: fc.tuple(session, some(revision)),
  undelete: fc.tuple(session),
  prune: fc.tuple(
    some({
      historyOlderThan: fc.constant(DAY / 2),
      endedOlderThan: fc.constant(DAY / 2),
      hold: fc.array(session, { maxLength: 1 }),
      dryRun: fc.boolean(),
    }),
    fc.constant({}),
  ),
  redact: fc.tuple(session, place, fc.constantFrom('secret', 'a')),
  import: fc.tuple(
    fc.record(
      {
        session,
        run,
        about,
        note,
        expectedHead: fc.constantFrom(HEAD, HEAD, HEAD, HEAD, null, 'ff'),
        steps: fc.option(fc.array(importStep, { maxLength: 6 }), { freq: 8 }),
        alsoNote: fc.array(fc.record({ session, note }), { maxLength: 2 }),
      },
      { requiredKeys: ['session', 'run', 'about', 'note', 'expectedHead', 'steps'] },
    ),
  ),
  undoImport: fc.tuple(
    fc.record(
      {
        importId: fc.constantFrom('r1', 'r2', 'r3'),
        session,
        run: fc.record({ id: fc.constantFrom('u1', 'u2', 'r1'), at: fc.constant(6), about: fc.constant({}) }),
        text: fc.constant('why'),
      },
      { requiredKeys: ['importId', 'session', 'run'] },
    ),
  ),
  claimImport: fc.tuple(session),
  ledgerNote: fc.tuple(session, fc.constantFrom('n1', 'n2')),
  ledger: fc.tuple(maybe(some({ session, importId: fc.constantFrom('r1', 'u1') }))),
  quarantined: fc.tuple(session, maybe(some({ settled: fc.boolean() }))),
  imports: fc.constant([]),
  verify: fc.tuple(some({ session })),
  facts: fc.constant([]),
  close: fc.constant([]),
}

/** Where a call's options take a signal: the argument. */
const SIGNALS: Readonly<Record<string, number>> = { waitForChange: 1, import: 0, prune: 1, verify: 0 }

/** What a caller without types puts where something else belongs. */
const WRONG: readonly unknown[] = [
  undefined,
  undefined,
  null,
  Number.NaN,
  -1,
  0,
  1.5,
  1e20,
  7n,
  true,
  '',
  'x',
  '\ud83c',
  'nul\0',
  'x'.repeat(256),
  '%5B1%5D',
  [],
  [[]],
  {},
  { id: 's' },
  new Date(0),
  () => 1,
  Symbol('s'),
  cursorOf('page', 0),
  cursorOf('list', 0),
  cursorOf('changes', 0),
]

const call = fc.oneof(
  ...Object.entries(CALLS).map(([method, args]) => ({
    weight: { append: 8, import: 5, close: 1, create: 3, replace: 3, fork: 3, open: 3 }[method] ?? 2,
    arbitrary: fc.record({
      method: fc.constant(method),
      args,
      /** Which part of the arguments is other than it should be, and how; none in half of the calls. */
      spoilt: fc.option(
        fc.record({
          part: fc.nat(1000),
          how: fc.constantFrom('wrong', 'wrong', 'wrong', 'missing', 'more', 'getter', 'proto'),
          with: fc.nat(WRONG.length - 1),
        }),
        { freq: 2 },
      ),
      abort: fc.constantFrom('none', 'none', 'none', 'before', 'meanwhile'),
      days: fc.constantFrom(0, 0, 0, 1, 20),
    }),
  })),
)
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never

/** A store, and what it told that later calls may name. */
interface Player {
  readonly store: Store
  readonly cursors: Record<string, string[]>
  /** Where a follower stands. */
  followed: string | undefined
}

/** How often a getter was asked. */
interface Asked {
  count: number
}

/** A copy of the arguments for one store, spoilt where they shall be. */
async function argumentsFor(
  player: Player,
  { method, args, spoilt }: Call,
  asked: Asked,
): Promise<unknown[]> {
  const copy = (await settled(player, args)) as unknown[]
  if (spoilt) spoil(copy, spoilt, asked, method === 'appender' ? 0 : -1)
  return copy
}

/** A deep copy with the texts that stand for something put in. */
async function settled(player: Player, value: unknown): Promise<unknown> {
  if (typeof value === 'string' && value.startsWith('@cursor ')) {
    const [, what = '', nth] = value.split(' ')
    return player.cursors[what]?.at(-1 - Number(nth)) ?? 'none'
  }
  if (Array.isArray(value)) return Promise.all(value.map((one) => settled(player, one)))
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  const copy: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) copy[name] = await settled(player, member)
  if (copy['expectedHead'] === HEAD)
    copy['expectedHead'] = (await player.store.get(copy['session'] as string).catch(() => null))?.head ?? null
  return copy
}

/** Spoils one part of a tree. */
function spoil(
  tree: object,
  { part, how, with: nth }: NonNullable<Call['spoilt']>,
  asked: Asked,
  besides: number,
): void {
  const parts: { readonly of: object; readonly name: string }[] = []
  const visit = (of: object): void => {
    for (const name of Object.keys(of)) {
      if (of !== tree || Number(name) !== besides) parts.push({ of, name })
      const member: unknown = Reflect.get(of, name)
      if (typeof member === 'object' && member !== null && !ArrayBuffer.isView(member)) visit(member)
    }
  }
  visit(tree)
  const chosen = parts[part % parts.length]
  if (!chosen) return
  const { of, name } = chosen
  const value: unknown = Reflect.get(of, name)
  if (how === 'missing') Reflect.deleteProperty(of, name)
  else if (how === 'more' && typeof value === 'object' && value !== null)
    Reflect.set(value, 'recrod', WRONG[nth])
  else if (how === 'proto' && typeof value === 'object' && value !== null)
    Object.defineProperty(value, '__proto__', { value: WRONG[nth], enumerable: true })
  else if (how === 'getter' && of !== tree)
    Object.defineProperty(of, name, {
      enumerable: true,
      get: () => (asked.count++ === 0 ? value : WRONG[nth]),
    })
  else Reflect.set(of, name, WRONG[nth])
}

/** Makes a call, and gives its answer or its error in a form that two stores can be compared by. */
async function play(player: Player, one: Call): Promise<unknown> {
  const { method, abort } = one
  const asked: Asked = { count: 0 }
  const given = await argumentsFor(player, one, asked)
  const store = player.store as unknown as Untyped
  const controller = new AbortController()
  const at = SIGNALS[method]
  const options: unknown = at === undefined ? undefined : given[at]
  const isEnded =
    method === 'waitForChange' && (await player.store.changes(given[0] as string).catch(() => null))
  if (typeof options === 'object' && options !== null && (abort !== 'none' || method === 'waitForChange'))
    Reflect.set(options, 'signal', controller.signal)
  if (abort === 'before') controller.abort(new Error('stop'))
  if (abort === 'meanwhile' && method === 'import' && typeof options === 'object' && options !== null)
    Reflect.set(options, 'confirm', () => controller.abort(new Error('stop')))
  const answer = await outcome(async () => {
    if (method === 'appender') {
      const [scope, ...rest] = given
      const narrow = player.store.appender(scope as never) as unknown as Untyped
      return narrow['append']?.(...rest)
    }
    const working = store[method]?.(...given)
    if (STREAMS.has(method)) return all(working as AsyncIterable<unknown>)
    if (isEnded && isEnded.changes.length === 0) controller.abort(new Error('stop'))
    return working
  })
  expect(asked.count, `${method}: how often a member was read`).toBeLessThanOrEqual(1)
  return told(player, method, answer)
}

/** Without what two stores cannot have in common, and with the cursors noted. */
function told(player: Player, method: string, answer: unknown): unknown {
  const { did } = answer as { did?: Record<string, unknown> }
  if (typeof did !== 'object' || did === null) return answer
  const note = (what: string, cursor: unknown): void => {
    if (typeof cursor === 'string') player.cursors[what]?.push(cursor)
  }
  if (method === 'page') note('page', did['next'])
  if (method === 'list') note('list', did['next'])
  if (method === 'changes') {
    note('changes', did['cursor'])
    return did['changes']
  }
  if (method === 'claimImport') return 'claim' in did
  if (method === 'facts') {
    const { sessions, endedSessions, deletedSessions, entries, historyEntries, heldDeliveries } = did
    return { sessions, endedSessions, deletedSessions, entries, historyEntries, heldDeliveries }
  }
  return did
}

async function outcome(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return { did: await work() }
  } catch (error) {
    if (!(error instanceof Error)) return { threw: error }
    const { path: _, cause: __, ...members } = error as Error & { path?: string }
    const message = error.message.replace(/The store at \S+/, 'The store at …')
    return { ...members, name: error.name, message }
  }
}

/** What a follower sees that asks after each call. */
async function follow(player: Player): Promise<unknown> {
  return outcome(async () => {
    const { changes, cursor } = await player.store.changes(player.followed)
    player.followed = cursor
    return changes
  })
}

/** Everything that a store tells. */
async function everything({ store }: Player): Promise<unknown> {
  const sessions = await all(store.sessions())
  const of = async (one: (typeof sessions)[number]): Promise<unknown> => ({
    live: await all(store.read(one)),
    past: await all(store.history(one)),
    generations: await store.generations(one),
    said: await Promise.all(
      Array.from({ length: one.generation }, (_, i) =>
        outcome(() => all(store.readGeneration(one, i + 1))).then(inCode),
      ),
    ),
    routes: await store.routes(one),
    lines: (await all(store.quarantined(one, { settled: true }))).map(({ bytes, ...line }) => [
      line,
      bytes && Buffer.from(bytes).toString(),
    ]),
  })
  return {
    sessions,
    each: await Promise.all(sessions.map(of)),
    ledger: await all(store.ledger()),
    runs: await all(store.imports()),
    changes: (await store.changes()).changes,
    findings: (await store.verify()).findings,
  }
}

/** What an error is for a program: texts and details may have changed since. */
function inCode(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('code' in answer)) return answer
  const { code, outcome } = answer as { code: unknown; outcome?: unknown }
  return { code, outcome }
}

/** Plays the same calls on two stores, and compares every answer, what a follower sees and all that is left. */
async function playBoth(
  calls: readonly Call[],
  compared: (answer: unknown) => unknown,
  open: (options: StoreOptions) => readonly [Promise<Store>, Promise<Store>],
): Promise<void> {
  const clock = { now: 1 }
  const stores = open({ now: () => clock.now, policy: { heldPerOrigin: 3 } })
  const [one, other] = (await Promise.all(stores)).map(
    (store): Player => ({ store, cursors: { page: [], list: [], changes: [] }, followed: undefined }),
  ) as [Player, Player]
  let isOpen = true
  try {
    for (const call of calls) {
      clock.now += call.days * DAY
      expect(compared(await play(one, call)), call.method).toEqual(compared(await play(other, call)))
      expect(await follow(one), `the changes after ${call.method}`).toEqual(await follow(other))
      isOpen &&= call.method !== 'close'
    }
    if (isOpen) expect(await everything(one)).toEqual(await everything(other))
  } finally {
    await Promise.all([one.store.close(), other.store.close()])
  }
}

interface StoreOptions {
  readonly now: () => number
  readonly policy: { readonly heldPerOrigin: number }
}

const RUNS = LONG > 0 ? { numRuns: LONG } : { numRuns: HISTORIES, interruptAfterTimeLimit: MOST_MS }
const TIMEOUT = { timeout: 600_000 + LONG * 10_000 }
const histories = fc.array(call, { minLength: 8, maxLength: 30, size: 'max' })

it('S28 any history of calls, right or wrong, gets the same answers from both stores', TIMEOUT, async () => {
  const folder = temporaryFolder()
  let played = 0
  await fc.assert(
    fc.asyncProperty(histories, (calls) =>
      playBoth(
        calls,
        (answer) => answer,
        (options) => [
          openSqliteStore({ path: `${folder}/${played++}.db`, ...options }),
          Promise.resolve(createMemoryStore(options)),
        ],
      ),
    ),
    RUNS,
  )
})

it.runIf(BESIDE)('what an earlier commit answers to right calls is still so', TIMEOUT, async () => {
  const earlier = (await import(BESIDE)) as { openSqliteStore: typeof openSqliteStore }
  const folder = temporaryFolder()
  let played = 0
  await fc.assert(
    fc.asyncProperty(histories, (calls) =>
      playBoth(
        // An abort that comes before is told before all else now, and a wrong argument before that the store is closed.
        calls
          .filter(({ method }) => method !== 'close')
          .map((one) => ({ ...one, spoilt: null, abort: one.abort === 'before' ? 'none' : one.abort })),
        inCode,
        (options) => [
          openSqliteStore({ path: `${folder}/${played++}.db`, ...options }),
          earlier.openSqliteStore({ path: `${folder}/${played++}.db`, ...options }),
        ],
      ),
    ),
    RUNS,
  )
})
