import {
  CursorStale,
  SessionDeleted,
  StoreBusy,
  StoreCorrupt,
  StoreFull,
  StoreIo,
  StoreReplaced,
} from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { STORE_CODES } from '@faircopy/store-core/operator'
import { expect, test } from 'vitest'

const said = (content: string) => ({ record: { role: 'user', content } })

test('S4 a conflict of operation keys speaks of calls, one of entries of records', async () => {
  const store = createMemoryStore()
  await store.append('s', { ...said('one'), idempotencyKey: 'k' }, { create: {} })
  await store.replace('s', { from: 1, entries: [] }, { operationKey: 'op' })
  const other = store.replace('s', { from: 1, entries: [said('x')] }, { operationKey: 'op' })
  await expect(other).rejects.toMatchObject({
    code: 'KEY_CONFLICT',
    message: expect.stringMatching(/^The operation key was used before .*, for another call\./),
    advice: expect.not.stringContaining('onConflict'),
  })
  await expect(store.append('s', { ...said('two'), idempotencyKey: 'k' })).rejects.toMatchObject({
    message: expect.stringMatching(/^The idempotency key was used before .*, for another record\./),
  })
})

test('S11 a call that brings more than is held says so, and not that so many are held', async () => {
  const store = createMemoryStore({ policy: { heldPerOrigin: 2 } })
  const entries = [1, 2, 3].map((n) => ({ ...said(`${n}`), kind: 'delivery' }))
  const target = { origin: { platform: 'p', chat: 'c' }, whenAbsent: 'hold' } as const
  await expect(store.append(target, entries)).rejects.toMatchObject({
    code: 'HOLD_FULL',
    message: expect.stringContaining('More than 2 deliveries would be held'),
  })
})

test('S3 what became of the write, whether to try again and what to do are as the code says, where it says it', async () => {
  const store = createMemoryStore()
  await store.append('s', said('one'), { create: {} })
  await store.delete('s')
  const failure = await store.append('s', said('two'), { create: {} }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(SessionDeleted)
  const { outcome, retryable, step } = STORE_CODES.SESSION_DELETED
  expect(failure).toMatchObject({
    outcome,
    retryable,
    advice: step,
    session: { namespace: 'default', id: 's' },
  })
  expect(new StoreBusy('/x.db', 5)).toMatchObject({ outcome: 'not-stored', retryable: true })
  expect(new StoreReplaced('/x.db', 'it is gone')).toMatchObject({ outcome: 'unknown', retryable: false })
  for (const outcome of ['not-stored', 'unknown'] as const) {
    expect(new StoreIo('/x.db', outcome)).toMatchObject({ outcome, retryable: outcome === 'unknown' })
    expect(new StoreCorrupt('/x.db', outcome)).toMatchObject({ outcome, retryable: false })
    expect(new StoreFull('/x.db', null, outcome)).toMatchObject({ outcome, retryable: true })
  }
  expect(new CursorStale(null)).not.toHaveProperty('session')
})
