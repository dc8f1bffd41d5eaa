// What a mirror says of everything that an appender may answer.
import { createMirror, type Delivery } from '@faircopy/mirror'
import {
  AmbiguousOrigin,
  HoldFull,
  InvalidArgument,
  InvalidRecord,
  KindRefused,
  NoSession,
  SessionDeleted,
  SessionFull,
  StoreIo,
  type TranscriptAppender,
} from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { expect, test } from 'vitest'

const chat = { platform: 'telegram', chat: '1001' }

function delivery(more: Partial<Delivery> = {}): Delivery {
  const own = {
    deliveryId: 'cron-42',
    target: { origin: chat },
    text: 'Ready.',
    deliveredFrom: 'cron',
    at: 5,
  }
  return { ...own, ...more } as Delivery
}

/** An appender that refuses everything. */
function refusing(error: unknown): TranscriptAppender {
  return { append: () => Promise.reject(error) } as TranscriptAppender
}

const a = { namespace: 'default', id: 'a' }

test.for([
  ['ambiguous-origin', new AmbiguousOrigin(['a', 'b'])],
  ['hold-full', new HoldFull(100)],
  ['invalid', new InvalidArgument('entry: no')],
  ['invalid', new InvalidRecord('not-object', 'no')],
  ['kind-refused', new KindRefused('delivery', ['message'])],
  ['no-session', new NoSession(a)],
  ['session-deleted', new SessionDeleted(a)],
  ['session-full', new SessionFull(a, 1)],
] as const)('a refusal is told by its reason, with the error that it was: %s', async ([reason, error]) => {
  const told = await createMirror({ store: refusing(error) }).record(delivery())
  const candidates = reason === 'ambiguous-origin' ? ['a', 'b'] : []
  expect(told).toEqual({ outcome: 'refused', reason, candidates, error })
  expect(told.outcome === 'refused' && told.error).toBe(error)
})

test.for([new StoreIo('/s', 'unknown', new Error()), new Error('any')])(
  'whatever else it is, is a failure with its error',
  async (error) => {
    const told = await createMirror({ store: refusing(error) }).record(delivery())
    expect(told).toEqual({ outcome: 'failed', error })
  },
)

test('S11 it says how many wait', async () => {
  const mirror = createMirror({ store: createMemoryStore() })
  const target = { origin: chat, whenAbsent: 'hold' } as const
  for (const waiting of [1, 2, 3])
    expect(await mirror.record(delivery({ target, deliveryId: `d${waiting}` }))).toEqual({
      outcome: 'held',
      waiting,
      differs: false,
    })
})

test.for([
  ['{"role":"assistant","content":"{}","meta":{"a":{"b":1}}}', ''],
  ['{"role":"assistant","meta":[{"a":1}] }\n', '\n'],
] as const)(
  'S12 a record keeps its text, with its own braces: the marks stand before the last: %s',
  async ([record, end]) => {
    const store = createMemoryStore()
    await store.create('ada', { origin: chat })
    const { text: _, ...facts } = delivery() as Delivery & { text: string }
    expect((await createMirror({ store }).record({ ...facts, record })).outcome).toBe('written')
    const [entry] = await Array.fromAsync(store.read('ada'))
    const own = record.slice(0, record.lastIndexOf('}'))
    expect(entry?.record).toBe(`${own},"mirror":true,"mirror_source":"cron"}${end}`)
  },
)
