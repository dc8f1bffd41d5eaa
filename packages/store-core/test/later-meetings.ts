import type { Call, GivenEntry } from './kernel-histories.ts'

/** Calls of two callers that meet in what one of them rests on. */
export interface Meeting {
  readonly name: string
  readonly before: readonly Call[]
  /** By caller. */
  readonly atOnce: readonly (readonly Call[])[]
}

const a = { namespace: 'default', id: 'a' }
const b = { namespace: 'default', id: 'b' }
const f = { namespace: 'default', id: 'f' }
const origin = { platform: 'p' }
const target = { origins: [origin] } as const
const message: GivenEntry = { kind: 'message', record: '{"n":1}', at: null }
const delivery: GivenEntry = { ...message, kind: 'delivery', idempotencyKey: 'k1' }

type Given<N extends Call['name']> = Extract<Call, { readonly name: N }>['given']

function append(session: Given<'append'>['target'], ...entries: GivenEntry[]): Call {
  return { name: 'append', given: { target: session, entries, options: { create: {} } }, pass: 0 }
}

function deliver(whenAbsent: 'refuse' | 'hold', ...entries: GivenEntry[]): Call {
  const given: Given<'appendToOrigin'> = { target: { origin, whenAbsent }, entries, options: {} }
  return { name: 'appendToOrigin', given, pass: 0 }
}

function create(session: Given<'create'>['session'], about: Given<'create'>['about'] = {}): Call {
  return { name: 'create', given: { session, about }, pass: 0 }
}

function open(id: string): Call {
  const opened = { create: { id, origin } }
  return { name: 'open', given: { target, opened, end: undefined, entries: [], options: {} }, pass: 0 }
}

function redact(session: Given<'redact'>['session'], text: Given<'redact'>['text']): Call {
  return { name: 'redact', given: { session, entryId: 1, text, maxBytes: 100 }, pass: 0 }
}

function emptied(session: Given<'replace'>['session']): Call {
  return {
    name: 'replace',
    given: { session, from: 1, entries: [], dropDeliveries: [], options: {} },
    pass: 0,
  }
}

function imported(session: Given<'import'>['session'], more: Partial<Given<'import'>>): Call {
  const run = { importId: 'r1', key: 'n1', verdict: 'imported', on: 'now' } as const
  const given: Given<'import'> = { ...run, session, about: {}, steps: [{ live: message }], also: [], ...more }
  return { name: 'import', given, pass: 0 }
}

const forked: Call = { name: 'fork', given: { session: a, fork: { id: 'f' }, options: {} }, pass: 0 }
const deleted: Call = { name: 'delete', given: { session: b, condition: {} }, pass: 0 }
const undone: Call = { name: 'undo', given: { session: a, importId: 'r1', by: 'u1' }, pass: 0 }
const routed: Call = { name: 'route', given: { session: b, origin }, pass: 0 }
const pruned: Call = {
  name: 'prune',
  given: { policy: { endedOlderThan: 0, dryRun: false }, hold: [] },
  pass: 0,
}

/** For each ground that random calls meet in too seldom, calls that meet in it. */
export const meetings: readonly Meeting[] = [
  {
    name: 'a session is created, and another of its name comes and is gone again',
    before: [],
    atOnce: [[create(a)], [imported(a, {}), undone]],
  },
  {
    name: 'a delivery is repeated, and its session deleted',
    before: [append(b, delivery)],
    atOnce: [[append(a, message, delivery)], [deleted]],
  },
  {
    name: 'a delivery is made twice at once',
    before: [create(a), create(b)],
    atOnce: [[append(a, message, delivery)], [append(b, message, delivery)]],
  },
  {
    name: 'a delivery is made to a session, and held for one',
    before: [create(a)],
    atOnce: [[append(a, message, delivery)], [deliver('hold', delivery)]],
  },
  {
    name: 'a delivery is held, and its session comes',
    before: [],
    atOnce: [[deliver('hold', delivery)], [create(a, { origin })]],
  },
  {
    name: 'a delivery finds its session, and another one comes to be found',
    before: [create(a, { origin })],
    atOnce: [[deliver('refuse', delivery)], [create(b, { origin })]],
  },
  {
    name: 'an origin is opened twice at once',
    before: [],
    atOnce: [[open('a')], [open('b')]],
  },
  {
    name: 'an origin is opened, and led to another session',
    before: [create(b)],
    atOnce: [[open('a')], [routed]],
  },
  {
    name: 'two texts go from one entry, which two sessions said',
    before: [append(a, message), forked, emptied(a), emptied(f)],
    atOnce: [[redact(a, '1')], [redact(f, 'n')]],
  },
  {
    name: 'a text goes from an entry, and a fork comes to say it',
    before: [append(a, message)],
    atOnce: [[redact(a, '1')], [forked]],
  },
  {
    name: 'a text goes from an entry, and the fork that says it goes on',
    before: [append(a, message), forked],
    atOnce: [[redact(a, '1')], [append(f, message)]],
  },
  {
    name: 'an import is undone, and a fork comes to say what it brought',
    before: [imported(a, {})],
    atOnce: [[undone], [forked]],
  },
  {
    name: 'an ended session is pruned, and comes to wait for an import',
    before: [create(a, { endedAt: 5 })],
    atOnce: [[pruned], [imported(a, { steps: null, verdict: 'indexed' })]],
  },
]
