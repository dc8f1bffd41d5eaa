import { InvalidArgument, NoSession, RevisionConflict, StoreError, StoreIo } from '@faircopy/store-core'
import {
  appendOptionsSchema,
  argument,
  checkArgument,
  checkSession,
  newEntrySchema,
  newSessionSchema,
  pageOptionsSchema,
} from '@faircopy/store-core/arguments'
import { decodePagePosition, encodePagePosition, refusal } from '@faircopy/store-core/backend'
import { createMemoryStore, type MemoryStoreOptions } from '@faircopy/store-core/memory'
import { expect, test } from 'vitest'

test('a session id is well-formed text of 1 to 255 bytes, whatever else it holds', () => {
  for (const id of [
    'a',
    '../../x',
    'CON',
    'a/b',
    'line\nbreak',
    '\u202eabc',
    'e\u0301',
    '\u00e9',
    'x'.repeat(255),
  ]) {
    expect(checkSession(id)).toEqual({ namespace: 'default', id })
  }
  for (const id of ['', 'x'.repeat(256), '\u65e5'.repeat(86), 'x\ud83c', 'nul\0', 3, null, undefined]) {
    expect(() => checkSession(id as never)).toThrow(InvalidArgument)
  }
  expect(checkSession({ namespace: 'work', id: 'a' })).toEqual({ namespace: 'work', id: 'a' })
})

test('arguments are checked, and the message names the member and never its value', () => {
  expect(() => checkArgument(newEntrySchema, { record: '{}', at: 1.5 }, 'entry')).toThrow(/entry\.at/)
  expect(() => checkArgument(newEntrySchema, { record: 7 }, 'entry')).toThrow(InvalidArgument)
  expect(() => checkArgument(appendOptionsSchema, { onConflict: 'last' }, 'options')).toThrow(
    /options\.onConflict/,
  )
  expect(() => checkArgument(appendOptionsSchema, { expectedRevison: 1 }, 'options')).toThrow(InvalidArgument)
  expect(() => checkArgument(pageOptionsSchema, { limit: 0 }, 'options')).toThrow(InvalidArgument)
  expect(() => checkArgument(newSessionSchema, { title: 'secret\ud83c' }, 'about')).toThrow(/^(?!.*secret)/)
  expect(checkArgument(newSessionSchema, { meta: { deep: [1, null, { x: 'y' }] } }, 'about')).toEqual({
    meta: { deep: [1, null, { x: 'y' }] },
  })
})

test('S3 what is told of an argument is what names most: a misspelt member, and the nearest of several shapes', () => {
  const shape = argument.members<{ readonly rule: 'never' | { readonly after: number } }>({
    rule: argument
      .oneOf('never')
      .or(argument.members<{ readonly after: number }>({ after: argument.number })),
  })
  const told = (given: unknown): string => {
    try {
      checkArgument(shape, given, 'options')
    } catch (error) {
      return (error as InvalidArgument).message
    }
    return 'taken'
  }
  expect(told({ rule: { after: 3 } })).toBe('taken')
  expect(told({ rule: 'never' })).toBe('taken')
  expect(told({ ruel: 'never' })).toMatch(/^options: .*"ruel"/)
  expect(told({})).toMatch(/^options\.rule: /)
  expect(told({ rule: { aftr: 3 } })).toMatch(/^options\.rule: .*"aftr"/)
  expect(told({ rule: { after: 'secret' } })).toMatch(/^options\.rule\.after: (?!.*secret)/)
  expect(told({ rule: 'secret' })).toMatch(/^options\.rule: (?!.*secret)/)
})

test('a store is told by its methods, whatever else it has, and is given back itself', () => {
  class Given {
    readonly other = 1
    append(): number {
      return this.other
    }
  }
  const given = new Given()
  const appender = argument.having<Given>('append')
  expect(checkArgument(appender, given, 'store')).toBe(given)
  const refusing = { append: refusal(() => 1) }
  for (const none of [null, undefined, 'append', {}, { append: 1 }, refusing]) {
    expect(() => checkArgument(appender, none, 'store')).toThrow(/^store: .*append\(\)/)
  }
})

test.each([
  [/^options: /, null],
  [/"plcae"/, { plcae: {} }],
  [/^options\.now: /, { now: 5 }],
  [/^options\.policy: .*"heldFor"/, { policy: { heldFor: 1 } }],
  [/^options\.policy\.heldPerOrigin: /, { policy: { heldPerOrigin: -1 } }],
  [/^options\.limits\.maxBytes: /, { limits: { maxBytes: '16' } }],
])('S3 the options of a memory store are refused by name: %s', (named, given) => {
  const make = () => createMemoryStore(given as unknown as MemoryStoreOptions)
  expect(make).toThrow(InvalidArgument)
  expect(make).toThrow(named)
})

test('a cursor comes back as it was made, and anything else is refused', () => {
  const position = { generation: 3, seq: 41, direction: 'backward', until: null } as const
  expect(decodePagePosition(encodePagePosition(position))).toEqual(position)
  for (const cursor of ['', 'x', '%', '[]', '%5B1%5D', encodeURIComponent('[1,2,"sideways",null]')]) {
    expect(() => decodePagePosition(cursor)).toThrow(InvalidArgument)
  }
})

test('S3 an error says its code, what became of the write, and what to do', () => {
  const conflict = new RevisionConflict('s', 3, 4)
  expect(conflict).toMatchObject({
    code: 'REVISION_CONFLICT',
    outcome: 'not-stored',
    retryable: false,
    expected: 3,
    actual: 4,
    name: 'RevisionConflict',
  })
  expect(conflict.message).toContain(conflict.advice)
  const cause = new Error('EIO')
  expect(new StoreIo('/x', 'unknown', cause)).toMatchObject({ outcome: 'unknown', retryable: true, cause })
  expect(String(new NoSession('a\u001b[31m'))).not.toContain('\u001b')
})

test('an error is recognised across copies of the package', () => {
  const foreign = Object.assign(new Error('x'), {
    [Symbol.for('@faircopy/store-core/StoreError')]: true,
    code: 'STORE_BUSY',
  })
  expect(StoreError.is(foreign)).toBe(true)
  expect(StoreError.is(new Error('x'))).toBe(false)
  expect(StoreError.is(null)).toBe(false)
})

test('S9 a line that is set aside keeps its bytes, whatever becomes of their memory', async () => {
  const store = createMemoryStore()
  const texts = ['one.', 'two.', 'six.']
  async function* steps() {
    const memory = Buffer.alloc(4)
    for (const [i, text] of texts.entries()) {
      memory.write(text)
      yield {
        quarantine: { reason: 'r', line: i + 1, offset: 4 * i, length: 4, bytes: memory.subarray(0, 4) },
      }
    }
  }
  await store.import({
    run: { id: 'run', at: 1, about: {} },
    session: 's',
    about: {},
    expectedHead: null,
    steps: steps(),
    note: { key: 'k', verdict: 'v', reason: null, report: {}, certificate: null },
  })
  const kept: string[] = []
  for await (const { bytes } of store.quarantined('s'))
    kept.push(new TextDecoder().decode(bytes ?? undefined))
  expect(kept).toEqual(texts)
})
