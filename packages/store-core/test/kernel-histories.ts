import * as fc from 'fast-check'
import type { NewSession, OpenedSession, OpenTarget, Origin } from '../src/index.ts'

/** The few names that random calls are made of, so that they meet. */
const id = fc.constantFrom('a', 'a', 'a', 'b', 'b', 'c', 'f', 'g')
const newId = fc.constantFrom('f', 'g', 'h', 'b', 'c')
const namespace = fc.constantFrom(...Array<string>(9).fill('default'), 'other')
const key = fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5', 'k6')
const operationKey = fc.option(fc.constantFrom('o1', 'o2'), { nil: undefined })
const revision = fc.constantFrom(...Array<undefined>(8).fill(undefined), 0, 1, 2)

export interface SessionName {
  readonly namespace: string
  readonly id: string
}
const session: fc.Arbitrary<SessionName> = fc.record({ namespace, id })

const origin: fc.Arbitrary<Origin> = fc
  .record({
    platform: fc.constant('p'),
    chat: fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
    user: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
    thread: fc.option(fc.constant('t'), { nil: undefined, freq: 5 }),
  })
  .map(defined)

/** An object without its members that are undefined. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined),
  ) as unknown as Defined<T>
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

export interface GivenEntry {
  readonly kind: string
  readonly record: string
  readonly at: number | null
  readonly idempotencyKey?: string
  readonly correlation?: string
}

const entry: fc.Arbitrary<GivenEntry> = fc
  .record({
    kind: fc.constantFrom('message', 'delivery'),
    record: fc.constantFrom(...Array<string>(5).fill('{"n":1}'), '{"n":2}'),
    at: fc.constantFrom(null, 7),
    idempotencyKey: fc.option(key, { nil: undefined, freq: 4 }),
    correlation: fc.option(key, { nil: undefined, freq: 2 }),
  })
  .map(defined)
const entries = fc.array(entry, { maxLength: 4 })
const deliveries = entries.map((all) => all.map((one) => ({ ...one, kind: 'delivery' })))

const about: fc.Arbitrary<NewSession> = fc
  .record({
    origin: fc.option(origin, { nil: undefined, freq: 2 }),
    title: fc.constantFrom(undefined, null, 'title'),
    endedAt: fc.constantFrom(undefined, undefined, undefined, 5),
    codec: fc.constantFrom(undefined, 'openai-chat', 'plain'),
    meta: fc.constantFrom(undefined, { m: 1 }),
  })
  .map(defined)

const whenAbsent = fc.oneof(
  fc.constantFrom('refuse' as const, 'hold' as const, 'hold' as const, undefined),
  fc.tuple(newId, about).map(([to, facts]) => ({ create: { id: to, ...facts } })),
)

const appendOptions = fc
  .record({
    onConflict: fc.constantFrom('first' as const, 'refuse' as const, undefined),
    expectedRevision: revision,
    create: fc.option(about, { nil: undefined }),
  })
  .map(defined)

const forkOf = fc
  .record({
    id: newId,
    through: fc.constantFrom(undefined, undefined, 0, 1, 2, 3, 9),
    why: fc.constantFrom(undefined, 'compaction' as const),
    origin: fc.option(origin, { nil: undefined }),
    codec: fc.constantFrom(undefined, undefined, 'plain'),
  })
  .map(defined)

const opened = fc.oneof(
  fc.tuple(newId, about).map(([to, facts]) => ({ create: { id: to, ...facts } })),
  fc.tuple(id, forkOf).map(([of, fork]) => ({ fork: { of, ...fork } })),
  id.map((reopen) => ({ reopen })),
) as fc.Arbitrary<OpenedSession>

const target = fc
  .record({
    namespace: fc.option(namespace, { nil: undefined }),
    origins: fc.array(origin, { minLength: 1, maxLength: 2 }),
  })
  .map(defined) as unknown as fc.Arbitrary<OpenTarget>

const noteKey = fc.constantFrom('n1', 'n2', 'n3', 'n4', 'n5')
const importId = fc.constantFrom('r1', 'r1', 'r2')
const verdict = fc.constantFrom('imported', 'imported', 'indexed')

/** A step of an import. `to`: null is the end. */
export type GivenStep =
  | { readonly keep: { readonly from: number; readonly to: number | null } }
  | { readonly live: GivenEntry }
  | { readonly history: GivenEntry }
  | { readonly line: string }

const importedEntry = entry.map(({ correlation: _, idempotencyKey, ...one }): GivenEntry => {
  return idempotencyKey === 'k1' || idempotencyKey === 'k2' ? { ...one, idempotencyKey } : one
})
const step: fc.Arbitrary<GivenStep> = fc.oneof(
  fc
    .record({ from: fc.constantFrom(1, 1, 1, 2), to: fc.constantFrom(null, null, null, 1, 2) })
    .map((keep) => ({ keep })),
  importedEntry.map((live) => ({ live })),
  importedEntry.map((live) => ({ live })),
  importedEntry.map((history) => ({ history })),
  fc.constantFrom('1', '2').map((line) => ({ line })),
)

/** How long ago what is pruned was left, and ended. Sessions end at 5 or 9. */
const policy = fc
  .record({
    historyOlderThan: fc.constantFrom(0, 0, 20, undefined),
    endedOlderThan: fc.constantFrom(undefined, undefined, 0, 5000),
  })
  .map(defined)

function merged<A extends object, B extends object>([a, b]: readonly [A, B]): A & B {
  return { ...a, ...b }
}

/** A call at a time: `pass` ms after the one before. */
export type Call = ReturnType<typeof call> extends fc.Arbitrary<infer T> ? T : never

function call() {
  const named = <N extends string, T>(name: N, given: fc.Arbitrary<T>) =>
    fc.record({ name: fc.constant(name), given, pass: fc.constantFrom(0, 1, 1, 1, 30, 70) })
  const condition = fc.record({ expectedRevision: revision }).map(defined)
  const operation = fc.record({ operationKey, expectedRevision: revision }).map(defined)
  const toOrigin = fc
    .record({
      namespace: fc.option(namespace, { nil: undefined }),
      origin,
      whenAbsent,
    })
    .map(defined)
  return fc.oneof(
    { weight: 4, arbitrary: named('create', fc.record({ session, about })) },
    {
      weight: 8,
      arbitrary: named('append', fc.record({ target: session, entries, options: appendOptions })),
    },
    {
      weight: 6,
      arbitrary: named(
        'appendToOrigin',
        fc.record({
          target: toOrigin,
          entries: fc.oneof(entries, deliveries, deliveries),
          options: appendOptions.map(({ create: _, ...options }) => options),
        }),
      ),
    },
    { weight: 2, arbitrary: named('update', fc.record({ session, patch: about.map(patchOf), condition })) },
    { weight: 1, arbitrary: named('delete', fc.record({ session, condition })) },
    { weight: 1, arbitrary: named('undelete', fc.record({ session })) },
    { weight: 2, arbitrary: named('route', fc.record({ session, origin })) },
    { weight: 1, arbitrary: named('resolve', fc.record({ namespace, origin })) },
    { weight: 1, arbitrary: named('opened', target) },
    {
      weight: 1,
      arbitrary: named(
        'prune',
        fc.record({
          policy: fc.tuple(policy, fc.constantFrom({ dryRun: false }, { dryRun: false }, {})).map(merged),
          hold: fc.array(session, { maxLength: 1 }),
        }),
      ),
    },
    { weight: 1, arbitrary: named('pruneSession', fc.record({ session, policy })) },
    {
      weight: 7,
      arbitrary: named(
        'import',
        fc.record({
          session,
          about,
          importId,
          key: noteKey,
          verdict,
          /** The head that it is made on, of the session as it is, or of none. */
          on: fc.constantFrom('now' as const, 'now' as const, 'now' as const, 'none' as const),
          steps: fc.option(fc.array(step, { maxLength: 4 }), { nil: null, freq: 5 }),
          also: fc.array(fc.record({ session, key: noteKey, verdict }), { maxLength: 1 }),
        }),
      ),
    },
    {
      weight: 5,
      arbitrary: named('undo', fc.record({ session, importId, by: fc.constantFrom('u1', 'u2') })),
    },
    {
      weight: 1,
      arbitrary: named('claim', fc.record({ session, token: fc.constantFrom('c1', 'c2') })),
    },
    {
      weight: 1,
      arbitrary: named('release', fc.record({ session, token: fc.constantFrom('c1', 'c2') })),
    },
    {
      weight: 3,
      arbitrary: named(
        'redact',
        fc.record({
          session,
          entryId: fc.constantFrom(1, 1, 2, 2, 3, 4),
          text: fc.constantFrom('1', '1', '2', 'n', 'redacted', 'x'),
          maxBytes: fc.constantFrom(100, 100, 100, 8),
        }),
      ),
    },
    { weight: 3, arbitrary: named('fork', fc.record({ session, fork: forkOf, options: operation })) },
    {
      weight: 4,
      arbitrary: named(
        'open',
        fc.record({
          target,
          opened,
          end: fc.option(fc.record({ session: id, at: fc.constant(9), reason: fc.constantFrom(null, 'r') }), {
            nil: undefined,
            freq: 3,
          }),
          entries: fc.array(
            entry.map((one) => ({ kind: 'message', record: one.record, at: one.at })),
            { maxLength: 2 },
          ),
          options: condition,
        }),
      ),
    },
    {
      weight: 5,
      arbitrary: named(
        'replace',
        fc.record({
          session,
          from: fc.constantFrom(1, 1, 2, 2, 3, 4, 6),
          entries,
          dropDeliveries: fc.constantFrom<number[]>([], [], [], [1], [2], [3]),
          options: operation,
        }),
      ),
    },
  )
}

function patchOf({ codec: _, ...patch }: NewSession): Omit<NewSession, 'codec'> {
  return patch
}

const first = fc.record({ entries, about }).map(({ entries: given, about: create }): Call => {
  const target = { namespace: 'default', id: 'a' }
  return { name: 'append', given: { target, entries: given, options: { create } }, pass: 1 }
})

/** What follows a call: nothing, the same again, or the undo of an import. */
const CONTINUATIONS: readonly ((one: Call) => readonly Call[])[] = [
  () => [],
  () => [],
  (one) => [one],
  (one) => {
    if (one.name !== 'import') return []
    const { session: undone, importId: run } = one.given
    return [{ name: 'undo', given: { session: undone, importId: run, by: 'u1' }, pass: 1 }]
  },
]

/**
 * Calls that meet in few sessions, of few keys and few origins. Some are made again at once, as a retry is, and some imports
 * are undone.
 */
export const histories: fc.Arbitrary<readonly Call[]> = fc
  .tuple(
    fc.boolean(),
    first,
    fc.array(fc.tuple(call(), fc.constantFrom(...CONTINUATIONS)), {
      minLength: 1,
      maxLength: 50,
      size: 'max',
    }),
  )
  .map(([isNarrow, begun, calls]) => {
    const all = [begun, ...calls.flatMap(([one, next]) => [one, ...next(one)])]
    return isNarrow ? all.map(narrowed) : all
  })

/** The same call among fewer names still. */
function narrowed(one: Call): Call {
  const text = JSON.stringify(one)
    .replaceAll(/"[ch]"/g, '"b"')
    .replaceAll(/"k[3-6]"/g, '"k1"')
    .replaceAll('"chat":"2"', '"chat":"1"')
    .replaceAll('"user":"y"', '"user":"x"')
  return JSON.parse(text)
}

const a = { namespace: 'default', id: 'a' }
const message: GivenEntry = { kind: 'message', record: '{"n":1}', at: null }
const delivery: GivenEntry = { ...message, kind: 'delivery', idempotencyKey: 'k1' }

/** What random calls come to too seldom. */
export const rareHistories: readonly (readonly Call[])[] = [
  // A session that has ended takes nothing of what is held for its origin.
  [
    {
      name: 'appendToOrigin',
      given: {
        target: { origin: { platform: 'p' }, whenAbsent: 'hold' },
        entries: [delivery],
        options: {},
      },
      pass: 1,
    },
    { name: 'create', given: { session: a, about: { origin: { platform: 'p' }, endedAt: 5 } }, pass: 1 },
  ],
  // The ids of a fork count on behind the greatest that it was forked with, which is not how many they are.
  [
    { name: 'append', given: { target: a, entries: [message, message], options: { create: {} } }, pass: 1 },
    {
      name: 'replace',
      given: { session: a, from: 1, entries: [message], dropDeliveries: [], options: {} },
      pass: 1,
    },
    { name: 'fork', given: { session: a, fork: { id: 'f' }, options: {} }, pass: 1 },
    {
      name: 'append',
      given: { target: { ...a, id: 'f' }, entries: [message], options: {} },
      pass: 1,
    },
  ],
  // What was pruned is stored anew, and so is what correlates with it.
  [
    {
      name: 'append',
      given: { target: a, entries: [{ ...message, idempotencyKey: 'k1' }], options: { create: {} } },
      pass: 1,
    },
    {
      name: 'replace',
      given: { session: a, from: 1, entries: [], dropDeliveries: [], options: {} },
      pass: 1,
    },
    { name: 'prune', given: { policy: { historyOlderThan: 0, dryRun: false }, hold: [] }, pass: 30 },
    {
      name: 'replace',
      given: {
        session: a,
        from: 1,
        entries: [
          { ...message, idempotencyKey: 'k2', correlation: 'k1' },
          { ...message, idempotencyKey: 'k1' },
        ],
        dropDeliveries: [],
        options: {},
      },
      pass: 1,
    },
  ],
  // Several sessions of an origin are no question where the one that is reopened is named.
  [
    { name: 'create', given: { session: a, about: { origin: { platform: 'p' } } }, pass: 1 },
    { name: 'create', given: { session: { ...a, id: 'b' }, about: { origin: { platform: 'p' } } }, pass: 1 },
    {
      name: 'open',
      given: {
        target: { origins: [{ platform: 'p' }] },
        opened: { reopen: 'b' },
        end: undefined,
        entries: [],
        options: {},
      },
      pass: 1,
    },
  ],
  // A route that leads to the session that is reopened stays where it is.
  [
    { name: 'create', given: { session: a, about: {} }, pass: 1 },
    { name: 'route', given: { session: a, origin: { platform: 'p' } }, pass: 1 },
    { name: 'route', given: { session: a, origin: { platform: 'p', chat: '1' } }, pass: 1 },
    { name: 'update', given: { session: a, patch: { endedAt: 5, endReason: 'r' }, condition: {} }, pass: 1 },
    {
      name: 'open',
      given: {
        target: { origins: [{ platform: 'p' }] },
        opened: { reopen: 'a' },
        end: undefined,
        entries: [],
        options: {},
      },
      pass: 1,
    },
  ],
  // What led to the session that ends leads on, in its order.
  [
    { name: 'create', given: { session: a, about: {} }, pass: 1 },
    { name: 'route', given: { session: a, origin: { platform: 'p' } }, pass: 1 },
    { name: 'route', given: { session: a, origin: { platform: 'p', chat: '1' } }, pass: 1 },
    {
      name: 'open',
      given: {
        target: { origins: [{ platform: 'p' }] },
        opened: { create: { id: 'f' } },
        end: { session: 'a', at: 9, reason: null },
        entries: [],
        options: {},
      },
      pass: 1,
    },
  ],
  // An entry that stands before the replaced part stays there.
  [
    {
      name: 'append',
      given: {
        target: a,
        entries: [{ ...message, idempotencyKey: 'k1' }, message],
        options: { create: {} },
      },
      pass: 1,
    },
    {
      name: 'replace',
      given: {
        session: a,
        from: 2,
        entries: [{ ...message, idempotencyKey: 'k1' }],
        dropDeliveries: [],
        options: {},
      },
      pass: 1,
    },
  ],
  // A delivery that is stored in another session rests on that session.
  [
    { name: 'append', given: { target: a, entries: [delivery], options: { create: {} } }, pass: 1 },
    { name: 'create', given: { session: { ...a, id: 'b' }, about: {} }, pass: 1 },
    { name: 'delete', given: { session: a, condition: {} }, pass: 1 },
    {
      name: 'append',
      given: { target: { ...a, id: 'b' }, entries: [delivery, message], options: {} },
      pass: 1,
    },
  ],
  // A text goes once from an entry that is history of its own session and of a fork.
  [
    { name: 'append', given: { target: a, entries: [message], options: { create: {} } }, pass: 1 },
    { name: 'fork', given: { session: a, fork: { id: 'f' }, options: {} }, pass: 1 },
    {
      name: 'replace',
      given: { session: { ...a, id: 'f' }, from: 1, entries: [], dropDeliveries: [], options: {} },
      pass: 1,
    },
    {
      name: 'replace',
      given: { session: a, from: 1, entries: [], dropDeliveries: [], options: {} },
      pass: 1,
    },
    { name: 'redact', given: { session: a, entryId: 1, text: '1', maxBytes: 100 }, pass: 1 },
    { name: 'redact', given: { session: { ...a, id: 'f' }, entryId: 1, text: '1', maxBytes: 100 }, pass: 1 },
  ],
  // Whoever says what is redacted reads it again, also who began to say it only now.
  [
    { name: 'append', given: { target: a, entries: [message], options: { create: {} } }, pass: 1 },
    { name: 'fork', given: { session: a, fork: { id: 'f' }, options: {} }, pass: 1 },
    { name: 'redact', given: { session: a, entryId: 1, text: '1', maxBytes: 100 }, pass: 1 },
  ],
  // Where only a fork says what is redacted, the session is told of as well.
  [
    { name: 'append', given: { target: a, entries: [message], options: { create: {} } }, pass: 1 },
    { name: 'fork', given: { session: a, fork: { id: 'f' }, options: {} }, pass: 1 },
    {
      name: 'replace',
      given: { session: a, from: 1, entries: [], dropDeliveries: [], options: {} },
      pass: 1,
    },
    { name: 'redact', given: { session: a, entryId: 1, text: '1', maxBytes: 100 }, pass: 1 },
  ],
  // What a fork says of an import is not removed with it, also where it began to say it only now.
  [
    {
      name: 'import',
      given: {
        session: a,
        about: {},
        importId: 'r1',
        key: 'n1',
        verdict: 'imported',
        on: 'now',
        steps: [{ live: message }],
        also: [],
      },
      pass: 1,
    },
    { name: 'fork', given: { session: a, fork: { id: 'f' }, options: {} }, pass: 1 },
    { name: 'undo', given: { session: a, importId: 'r1', by: 'u1' }, pass: 1 },
  ],
  // An ended session of which something is not imported yet stays.
  [
    {
      name: 'import',
      given: {
        session: a,
        about: { endedAt: 5 },
        importId: 'r1',
        key: 'n1',
        verdict: 'indexed',
        on: 'now',
        steps: [{ live: message }],
        also: [],
      },
      pass: 1,
    },
    { name: 'pruneSession', given: { session: a, policy: { endedOlderThan: 0 } }, pass: 1 },
  ],
  // What was held is placed once.
  [
    {
      name: 'appendToOrigin',
      given: {
        target: { origin: { platform: 'p' }, whenAbsent: 'hold' },
        entries: [delivery],
        options: {},
      },
      pass: 1,
    },
    { name: 'create', given: { session: a, about: { origin: { platform: 'p' } } }, pass: 1 },
  ],
]
