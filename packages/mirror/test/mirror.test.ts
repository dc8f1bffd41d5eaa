import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  createMirror,
  type Delivery,
  MIRROR_CHANNEL,
  type MirrorEvent,
  type MirrorOptions,
} from '@faircopy/mirror'
import { type Entry, InvalidArgument, openaiChat, project, StoreFull, StoreIo } from '@faircopy/store-core'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recordingAppender } from './recording-appender.ts'

const chat = { platform: 'telegram', chat: '1001' }
const scope = { writer: 'mirror', kinds: ['delivery'] } as const

function delivery(more: Partial<Delivery> = {}): Delivery {
  return {
    deliveryId: 'cron-42',
    target: { origin: chat },
    text: 'Stand-up at ten.',
    deliveredFrom: 'cron',
    at: 1_772_818_461_230,
    ...more,
  } as Delivery
}

async function entriesOf(store: MemoryStore, id: string): Promise<Entry[]> {
  return Array.fromAsync(store.read(id))
}

test('a delivery becomes an entry of the session that received it, marked with where it came from', async () => {
  const store = createMemoryStore()
  await store.create('ada', { origin: { ...chat, user: '7' } })
  const { store: appender, calls } = recordingAppender(store.appender(scope))
  const result = await createMirror({ store: appender }).record(delivery())
  expect(result).toMatchObject({ outcome: 'written', session: { id: 'ada' }, entry: { id: 1, seq: 1 } })
  const [entry] = await entriesOf(store, 'ada')
  expect(entry).toMatchObject({ kind: 'delivery', writer: 'mirror', at: 1_772_818_461_230 })
  expect(JSON.parse(entry?.record ?? '')).toEqual({
    role: 'assistant',
    content: 'Stand-up at ten.',
    mirror: true,
    mirror_source: 'cron',
  })
  expect(calls).toHaveLength(1)
})

test('S4 the same delivery again is stored once, also when its words were formatted anew', async () => {
  const store = createMemoryStore()
  await store.create('ada', { origin: chat })
  const mirror = createMirror({ store: store.appender(scope) })
  expect((await mirror.record(delivery())).outcome).toBe('written')
  expect(await mirror.record(delivery({ at: 5 }))).toMatchObject({ outcome: 'already', differs: false })
  expect((await mirror.record(delivery({ text: 'Stand-up at [redacted].' }))).outcome).toBe('already')
  const parts = [1, 2, 3, 10, 11]
  for (const outcome of ['written', 'already'])
    for (const part of parts) expect(await mirror.record(delivery({ part }))).toMatchObject({ outcome })
  expect((await mirror.record(delivery({ deliveryId: 'cron-43' }))).outcome).toBe('written')
  expect(await entriesOf(store, 'ada')).toHaveLength(2 + parts.length)
})

test('S4 the same delivery with another text says that it differs, and the first stands', async () => {
  const store = createMemoryStore()
  await store.create('ada', { origin: chat })
  const mirror = createMirror({ store: store.appender(scope) })
  const events: unknown[] = []
  const listen = (event: unknown) => events.push((event as MirrorEvent).result)
  subscribe(MIRROR_CHANNEL, listen)
  try {
    expect(await mirror.record(delivery({ text: 'Stand' }))).toMatchObject({
      outcome: 'written',
      differs: false,
    })
    const whole = await mirror.record(delivery())
    expect(whole).toMatchObject({ outcome: 'already', differs: true, entry: { id: 1, seq: 1 } })
    expect(events.at(-1)).toBe(whole)
    const elsewhere = delivery({ target: { origin: { ...chat, chat: '2' }, whenAbsent: 'hold' } })
    expect(await mirror.record(elsewhere)).toMatchObject({ outcome: 'already', differs: true })
  } finally {
    unsubscribe(MIRROR_CHANNEL, listen)
  }
  expect((await entriesOf(store, 'ada')).map(({ record }) => JSON.parse(record).content)).toEqual(['Stand'])
})

test('S11 a held delivery with another text says that it differs, also where it is placed', async () => {
  const store = createMemoryStore()
  const mirror = createMirror({ store: store.appender(scope) })
  const waiting = delivery({ target: { origin: chat, whenAbsent: 'hold' } })
  expect(await mirror.record(waiting)).toEqual({ outcome: 'held', waiting: 1, differs: false })
  const other = { ...waiting, text: 'Stand-up at eleven.' }
  expect(await mirror.record(other)).toEqual({ outcome: 'held', waiting: 1, differs: true })
  await store.create('elsewhere')
  expect(await mirror.record({ ...other, target: 'elsewhere' })).toMatchObject({
    outcome: 'written',
    differs: true,
  })
  const [entry] = await entriesOf(store, 'elsewhere')
  expect(JSON.parse(entry?.record ?? '')).toMatchObject({ content: 'Stand-up at ten.' })
})

test('S4 a long id in any script is recorded, and once', async () => {
  const store = createMemoryStore()
  await store.create('ada', { origin: chat })
  const mirror = createMirror({ store: store.appender(scope) })
  for (const deliveryId of [
    '夜'.repeat(120),
    '🌙'.repeat(60),
    'x'.repeat(200),
    'x'.repeat(201),
    'x'.repeat(5000),
  ]) {
    expect((await mirror.record(delivery({ deliveryId }))).outcome).toBe('written')
    expect((await mirror.record(delivery({ deliveryId }))).outcome).toBe('already')
  }
})

test('no two deliveries share a key, however odd their ids', async () => {
  const unit = fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 300,
  })
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(unit, fc.nat(2)), { maxLength: 6, selector: ([id, part]) => `${part} ${id}` }),
      async (ids) => {
        const store = createMemoryStore()
        await store.create('ada', { origin: chat })
        const mirror = createMirror({ store: store.appender(scope) })
        for (const [deliveryId, part] of ids) {
          expect((await mirror.record(delivery({ deliveryId, part }))).outcome).toBe('written')
        }
        for (const [deliveryId, part] of ids) {
          expect((await mirror.record(delivery({ deliveryId, part }))).outcome).toBe('already')
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('S10 a chat of several people is refused with the candidates, never given to the newest', async () => {
  const store = createMemoryStore()
  await store.create('ada', { origin: { ...chat, user: '7' } })
  await store.create('bob', { origin: { ...chat, user: '8' } })
  const mirror = createMirror({ store: store.appender(scope) })
  const refused = await mirror.record(delivery())
  expect(refused).toMatchObject({ outcome: 'refused', reason: 'ambiguous-origin' })
  expect(refused.outcome === 'refused' && refused.candidates).toHaveLength(2)
  const told = await mirror.record(delivery({ target: { origin: { ...chat, user: '8' } } }))
  expect(told).toMatchObject({ outcome: 'written', session: { id: 'bob' } })
  expect(await entriesOf(store, 'ada')).toEqual([])
})

test('S10 either of a person\u2019s two ids finds them', async () => {
  const store = createMemoryStore()
  await store.create('ada', { origin: { ...chat, user: '+49 170', userAlt: 'ada@example' } })
  await store.create('bob', { origin: { ...chat, user: '+49 171', userAlt: 'bob@example' } })
  const mirror = createMirror({ store: store.appender(scope) })
  const told = await mirror.record(delivery({ target: { origin: { ...chat, user: 'bob@example' } } }))
  expect(told).toMatchObject({ outcome: 'written', session: { id: 'bob' } })
})

test('S11 a delivery for nobody yet is held, and placed once and first in the session that comes', async () => {
  const store = createMemoryStore()
  const mirror = createMirror({ store: store.appender(scope) })
  const waiting = delivery({ target: { origin: chat, whenAbsent: 'hold' } })
  expect(await mirror.record(waiting)).toEqual({ outcome: 'held', waiting: 1, differs: false })
  expect(await mirror.record(waiting)).toEqual({ outcome: 'held', waiting: 1, differs: false })
  await store.append('ada', { record: { role: 'user', content: 'hello' } }, { create: { origin: chat } })
  expect((await entriesOf(store, 'ada')).map(({ kind }) => kind)).toEqual(['delivery', 'message'])
  expect((await mirror.record(waiting)).outcome).toBe('already')
  expect(await entriesOf(store, 'ada')).toHaveLength(2)
})

test('without a session to go to it is refused, and never in an ended or deleted one', async () => {
  const store = createMemoryStore()
  const mirror = createMirror({ store: store.appender(scope) })
  expect(await mirror.record(delivery())).toMatchObject({
    outcome: 'refused',
    reason: 'no-session',
    candidates: [],
  })
  expect(await mirror.record(delivery({ target: 'nobody' }))).toMatchObject({
    outcome: 'refused',
    reason: 'no-session',
  })
  await store.create('old', { origin: chat, endedAt: 1, endReason: 'reset' })
  expect(await mirror.record(delivery())).toMatchObject({ outcome: 'refused', reason: 'no-session' })
  await store.create('gone', { origin: chat })
  await store.delete('gone')
  expect(await mirror.record(delivery())).toMatchObject({ outcome: 'refused', reason: 'no-session' })
  expect(await mirror.record(delivery({ target: 'gone' }))).toMatchObject({
    outcome: 'refused',
    reason: 'session-deleted',
  })
})

test('S4 a delivery that correlates with a stored turn is linked to it and not told twice', async () => {
  const store = createMemoryStore()
  const reply = { record: { role: 'assistant', content: 'Stand-up at ten.' }, idempotencyKey: 'turn-9:1' }
  await store.append('ada', reply, { create: { origin: chat } })
  const mirror = createMirror({ store: store.appender(scope) })
  const linked = await mirror.record(delivery({ correlation: 'turn-9:1' }))
  expect(linked).toMatchObject({ outcome: 'already', entry: { id: 1, seq: 1 } })
  expect((await mirror.record(delivery())).outcome).toBe('already')
  expect(await entriesOf(store, 'ada')).toHaveLength(1)
  expect((await mirror.record(delivery({ deliveryId: 'cron-44', correlation: 'turn-77:1' }))).outcome).toBe(
    'written',
  )
})

test('a record that is given keeps its text, and gains the marks that it lacks', async () => {
  const store = createMemoryStore()
  await store.create('ada', { origin: chat })
  const mirror = createMirror({ store: store.appender(scope) })
  const { text: _, ...facts } = delivery() as Delivery & { text: string }
  const given = '{ "role" : "assistant", "content": "Ten.", "n": 9007199254740993 }'
  await mirror.record({ ...facts, record: given })
  await mirror.record({
    ...facts,
    deliveryId: 'b',
    record: '{"mirror":true,"mirror_source":"slack","role":"user"}',
  })
  await mirror.record({ ...facts, deliveryId: 'c', record: '{}' })
  expect((await entriesOf(store, 'ada')).map(({ record }) => record)).toEqual([
    '{ "role" : "assistant", "content": "Ten.", "n": 9007199254740993 ,"mirror":true,"mirror_source":"cron"}',
    '{"mirror":true,"mirror_source":"slack","role":"user"}',
    '{"mirror":true,"mirror_source":"cron"}',
  ])
})

test('marks that a record has stay as they are, whatever they hold, and so does the rest of its text', async () => {
  const store = createMemoryStore()
  await store.create('ada', { origin: chat })
  const mirror = createMirror({ store: store.appender(scope) })
  const { text: _, ...facts } = delivery() as Delivery & { readonly text: string }
  const given = [
    '{"mirror":null,"role":"assistant","content":"a","n":12345678901234567890}',
    '{ "mirror": false, "mirror_source": "", "cost": 1e2, "content": "\\u0061" }',
  ]
  for (const [part, record] of given.entries()) await mirror.record({ ...facts, part, record })
  expect((await entriesOf(store, 'ada')).map(({ record }) => record)).toEqual([
    '{"mirror":null,"role":"assistant","content":"a","n":12345678901234567890,"mirror_source":"cron"}',
    given[1],
  ])
})

test('what it is told names the entry by its id and by its place in what the session says now', async () => {
  const store = createMemoryStore()
  await store.append(
    'ada',
    ['one', 'two', 'three'].map((content) => ({ record: { role: 'user', content } })),
    { create: { origin: chat } },
  )
  await store.replace('ada', { from: 1, entries: [{ record: { role: 'user', content: 'all of it' } }] })
  const mirror = createMirror({ store: store.appender(scope) })
  expect(await mirror.record(delivery())).toMatchObject({ outcome: 'written', entry: { id: 5, seq: 2 } })
  expect(await mirror.record(delivery())).toMatchObject({ outcome: 'already', entry: { id: 5, seq: 2 } })
  await store.replace('ada', { from: 1, entries: [] })
  expect(await mirror.record(delivery())).toMatchObject({ outcome: 'already', entry: { id: 5, seq: 1 } })
})

test('S16 what is stored keeps its role, and the model is told where it came from', async () => {
  const store = createMemoryStore()
  await store.append(
    'ada',
    { record: { role: 'assistant', content: 'Hello.' } },
    { create: { origin: chat } },
  )
  await createMirror({ store: store.appender(scope) }).record(delivery())
  const shown = project(await entriesOf(store, 'ada'), 'model', openaiChat)
  expect(shown.map(({ view }) => `${view.role}: ${view.text}`)).toEqual([
    'assistant: Hello.',
    'assistant: [Delivered from cron] Stand-up at ten.',
  ])
})

test('it never throws, and its result is that of the commit', async () => {
  const failing = (error: unknown) =>
    createMirror({ store: { append: () => Promise.reject(error) as Promise<never> } })
  const full = new StoreFull('/x', 0, 'not-stored')
  expect(await failing(full).record(delivery())).toEqual({ outcome: 'failed', error: full })
  const io = new StoreIo('/x', 'unknown')
  expect(await failing(io).record(delivery())).toEqual({ outcome: 'failed', error: io })
  const bug = new TypeError('x is not a function')
  expect(await failing(bug).record(delivery())).toEqual({ outcome: 'failed', error: bug })
  const throwing = createMirror({
    store: {
      append() {
        throw bug
      },
    },
  })
  expect(await throwing.record(delivery())).toEqual({ outcome: 'failed', error: bug })
  const store = createMemoryStore()
  await store.create('ada', { origin: chat })
  const mirror = createMirror({ store: store.appender(scope) })
  expect(await mirror.record({ ...delivery(), record: 'not json', text: undefined } as never)).toMatchObject({
    outcome: 'refused',
    reason: 'invalid',
  })
  expect(await mirror.record(delivery({ at: Number.NaN }))).toMatchObject({
    outcome: 'refused',
    reason: 'invalid',
  })
})

const throwing = (name: string) =>
  Object.defineProperty(delivery(), name, {
    get() {
      throw new Error('Stand-up at ten.')
    },
  })

const nobody = new Proxy(
  {},
  {
    get() {
      throw new TypeError('no')
    },
  },
)

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable(delivery(), {})
  revoke()
  return proxy
}

test.each([
  ['undefined', undefined],
  ['null', null],
  ['a text', 'Stand-up at ten.'],
  ['a number', 7],
  ['a list', [delivery()]],
  ['a promise', Promise.resolve(delivery())],
  ['no id', delivery({ deliveryId: undefined as never })],
  ['an empty id', delivery({ deliveryId: '' })],
  ['an id that is a number', delivery({ deliveryId: 42 as never })],
  ['a part that is no place', delivery({ part: Number.NaN })],
  ['no target', delivery({ target: undefined as never })],
  ['a target that is null', delivery({ target: null as never })],
  ['no source', delivery({ deliveredFrom: undefined as never })],
  ['a misspelt member', { ...delivery(), corelation: 'turn-9:1' }],
  ['neither text nor record', { ...delivery(), text: undefined }],
  ['a text that throws', throwing('text')],
  ['an id that throws', throwing('deliveryId')],
  ['a target that throws', throwing('target')],
  ['a proxy that throws', nobody],
  ['a revoked proxy', revoked()],
])('it never rejects, and says that it is invalid: %s', async (_what, given) => {
  const events: MirrorEvent[] = []
  const listen = (event: unknown) => events.push(event as MirrorEvent)
  subscribe(MIRROR_CHANNEL, listen)
  try {
    const store = createMemoryStore()
    await store.create('ada', { origin: chat })
    const told = await createMirror({ store: store.appender(scope) }).record(given as Delivery)
    expect(told).toMatchObject({
      outcome: 'refused',
      reason: 'invalid',
      candidates: [],
      error: { outcome: 'not-stored' },
    })
    expect(events.map(({ result }) => result)).toEqual([told])
    expect(String(told.outcome === 'refused' && told.error)).not.toContain('Stand-up')
    expect(await entriesOf(store, 'ada')).toEqual([])
  } finally {
    unsubscribe(MIRROR_CHANNEL, listen)
  }
})

test('it never rejects: a target or a record that throws when it is looked into', async () => {
  const store = createMemoryStore()
  await store.create('ada', { origin: chat })
  const mirror = createMirror({ store: store.appender(scope) })
  const { text: _, ...facts } = delivery() as Delivery & { text: string }
  const evil = new Proxy(
    {},
    {
      get() {
        throw revoked()
      },
    },
  )
  for (const given of [
    evil as never,
    delivery({ target: evil as never }),
    delivery({ target: nobody as never }),
    delivery({ target: { origin: nobody as never } }),
    { ...facts, record: nobody as never },
    {
      ...facts,
      record: {
        toJSON() {
          throw new Error('no')
        },
      } as never,
    },
  ]) {
    expect((await mirror.record(given)).outcome).toMatch(/^(refused|failed)$/)
  }
  expect(await entriesOf(store, 'ada')).toEqual([])
})

test.each([
  [/^options: /, undefined],
  [/^options: /, null],
  [/^options\.store: .*append\(\)/, {}],
  [/^options\.store: .*append\(\)/, { store: {} }],
  [/^options\.store: .*append\(\)/, { store: null }],
  [/"sotre"/, { sotre: createMemoryStore() }],
  [/"writer"/, { store: createMemoryStore(), writer: 'me' }],
])('its options are refused by name: %s', (named, given) => {
  const make = () => createMirror(given as unknown as MirrorOptions)
  expect(make).toThrow(InvalidArgument)
  expect(make).toThrow(named)
})

test('it can write deliveries and nothing else', async () => {
  const store = createMemoryStore()
  await store.create('ada', { origin: chat })
  const messagesOnly = createMirror({ store: store.appender({ writer: 'x', kinds: ['message'] }) })
  expect(await messagesOnly.record(delivery())).toMatchObject({ outcome: 'refused', reason: 'kind-refused' })
  expect(await entriesOf(store, 'ada')).toEqual([])
})

test('each outcome is published, without the words', async () => {
  const events: MirrorEvent[] = []
  const listen = (event: unknown): void => {
    events.push(event as MirrorEvent)
  }
  subscribe(MIRROR_CHANNEL, listen)
  try {
    const store = createMemoryStore()
    const mirror = createMirror({ store: store.appender(scope) })
    await mirror.record(delivery())
    await store.create('ada', { origin: chat })
    await mirror.record(delivery({ part: 3 }))
  } finally {
    unsubscribe(MIRROR_CHANNEL, listen)
  }
  expect(events.map(({ deliveryId, part, result }) => `${deliveryId} ${part} ${result.outcome}`)).toEqual([
    'cron-42 0 refused',
    'cron-42 3 written',
  ])
  expect(JSON.stringify(events)).not.toContain('Stand-up')
})
