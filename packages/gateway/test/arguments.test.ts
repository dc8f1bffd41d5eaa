import { createGateway, type GatewayOptions, turnKey } from '@faircopy/gateway'
import { type Entry, InvalidArgument } from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, it } from 'vitest'
import { assistant, converse, dm, fixture, said, user } from './fixture.ts'

/** As plain JavaScript calls: without types. */
// biome-ignore lint/suspicious/noExplicitAny: what is given here is wrong on purpose
type Untyped = any

/** Calls and what they are refused by. */
type Wrong = readonly (readonly [named: RegExp, given: unknown])[]

const invalid = { code: 'INVALID_ARGUMENT', outcome: 'not-stored' }

describe('a turn without a key', () => {
  it.each([
    ['none', {}],
    ['undefined', { idempotencyKey: undefined }],
    ['null', { idempotencyKey: null }],
    ['a number', { idempotencyKey: 42 }],
    ['an empty one', { idempotencyKey: '' }],
    ['one under another name', { idempotency_key: 'm1' }],
  ])('S3 S4 is refused before anything is stored: %s', async (_what, key) => {
    const { gateway, store } = fixture()
    const opened = await gateway.open(dm)
    for (const where of [opened, opened.session]) {
      for (const text of ['first', 'second']) {
        const turn: Untyped = { ...key, record: user(text) }
        await expect(gateway.beginTurn(where, turn)).rejects.toMatchObject({
          ...invalid,
          message: expect.stringMatching(/^turn.*idempotency_?[kK]ey/),
        })
      }
    }
    expect(await said(store, opened.session.id)).toEqual([])
  })

  it('S4 has no key for its messages either', () => {
    for (const turn of [undefined, null, 42] as Untyped[]) {
      expect(() => turnKey(turn, 1)).toThrow(InvalidArgument)
    }
    for (const index of [undefined, -1, 0.5, '0'] as Untyped[]) {
      expect(() => turnKey('m1', index)).toThrow(InvalidArgument)
    }
  })
})

describe('the options of a gateway', () => {
  const store = createMemoryStore()
  const { opened: _, ...withoutOpened } = {
    ...Object.fromEntries(
      ['get', 'read', 'page', 'list', 'sessions', 'history', 'generations', 'readGeneration', 'locate']
        .concat(['append', 'replace', 'resolve', 'route', 'routes', 'open', 'opened'])
        .map((name) => [name, () => {}]),
    ),
  }
  const wrong: Wrong = [
    [/^options: /, undefined],
    [/^options: /, 'store'],
    [/^options\.store: .*read\(\)/, {}],
    [/^options\.store: /, { store: null }],
    [/^options\.store: .*opened\(\)/, { store: withoutOpened }],
    [/"stroe"/, { stroe: store }],
    [/"resets"/, { store, resets: {} }],
    [/^options\.namespace: /, { store, namespace: 7 }],
    [/^options\.writer: /, { store, writer: '' }],
    [/^options\.clock: /, { store, clock: Date.now() }],
    [/^options\.newId: /, { store, newId: 'id' }],
    [/^options\.isBusy: /, { store, isBusy: true }],
    [/^options\.codecs\.0: /, { store, codecs: [{ name: 'mine' }] }],
    [/^options\.keys: .*"group"/, { store, keys: { group: 'shared' } }],
    [/^options\.keys\.groups: /, { store, keys: { groups: 'everybody' } }],
    [
      /^options\.keys\.byPlatform\.slack: .*"thread"/,
      { store, keys: { byPlatform: { slack: { thread: 'shared' } } } },
    ],
    [/^options\.reset: .*"idleMinutes"/, { store, reset: { idleMinutes: 5 } }],
    [/^options\.reset\.default: .*"idleMinuts"/, { store, reset: { default: { idleMinuts: 5 } } }],
    [/^options\.reset\.default\.idleMinutes: /, { store, reset: { default: { idleMinutes: '5' } } }],
    [/^options\.reset\.byChatType\.dm: /, { store, reset: { byChatType: { dm: 'nevre' } } }],
    [/^options\.reset\.default\.daily\.timeZone: /, { store, reset: { default: { daily: { hour: 4 } } } }],
  ]
  it.each(wrong)('are refused by name: %s', (named, given) => {
    const make = (): unknown => createGateway(given as GatewayOptions)
    expect(make).toThrow(InvalidArgument)
    expect(make).toThrow(named)
  })
})

describe('the options of its calls', () => {
  const wrong: Wrong = [
    [/"forcenew"/, (of: Untyped) => of.gateway.open(dm, { forcenew: true })],
    [/^options\.forceNew: /, (of: Untyped) => of.gateway.open(dm, { forceNew: 'no' })],
    [/^options: /, (of: Untyped) => of.gateway.open(dm, null)],
    [/^options\.idempotencyKey: /, (of: Untyped) => of.gateway.reset(dm, { idempotencyKey: 42 })],
    [/"from"/, (of: Untyped) => of.gateway.resume(dm, of.session, { from: 1 })],
    [/"upTo"/, (of: Untyped) => of.gateway.fork(dm, of.session, { upTo: 1 })],
    [/"namespace"/, (of: Untyped) => of.gateway.list({ namespace: 'other' })],
    [/"namespace"/, (of: Untyped) => of.gateway.openTurns({ namespace: 'other' })],
    [/^turn\.firstKey: /, (of: Untyped) => of.gateway.resumeTurn(of.session)],
    [/^session/, (of: Untyped) => of.gateway.beginTurn(null, { idempotencyKey: 'm', record: user('x') })],
    [/"text"/, (of: Untyped) => of.gateway.beginTurn(of.session, { idempotencyKey: 'm', text: 'x' })],
    [/^turn\.record: /, (of: Untyped) => of.gateway.beginTurn(of.session, { idempotencyKey: 'm' })],
    [/^options\.idempotencyKey: /, (of: Untyped) => of.gateway.retry(of.session, {})],
    [/^options: /, (of: Untyped) => of.gateway.retry(of.session)],
    [/^options\.record: /, (of: Untyped) => of.gateway.edit(of.session, { idempotencyKey: 'e' })],
    ...[0, -1, 1.5, Number.NaN, '1'].map(
      (turns) => [/^options\.turns: /, (of: Untyped) => of.gateway.undo(of.session, { turns })] as const,
    ),
    [/"turn"/, (of: Untyped) => of.gateway.undo(of.session, { turn: 2 })],
    [/^options\.summary: /, (of: Untyped) => of.gateway.compact(of.session, { summary: 'so far' })],
    [
      /^options\.keepTurns: /,
      (of: Untyped) => of.gateway.compact(of.session, { summary: user('x'), keepTurns: -1 }),
    ],
    [
      /"dorp"/,
      async (of: Untyped) => (await of.gateway.resumeTurn(of.session, 'open')).abandon({ dorp: true }),
    ],
  ]
  it.each(wrong)('S3 are refused by name, and nothing is stored: %s', async (named, call) => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    await converse(gateway, session.id, 'u1')
    await gateway.beginTurn(session, { idempotencyKey: 'open', record: user('u2') })
    const all = async (): Promise<Entry[]> => Array.fromAsync(store.read(session))
    const before = await all()
    await expect((call as Untyped)({ gateway, session })).rejects.toMatchObject({
      ...invalid,
      message: expect.stringMatching(named),
    })
    expect(await all()).toEqual(before)
    expect((await store.list()).sessions).toHaveLength(1)
  })
})

describe('a known key with another text', () => {
  const hello = { idempotencyKey: 'm1', record: user('hello') }

  it('is told, wherever the first is found, and the first stands', async () => {
    const { gateway, another, store, clock } = fixture()
    const before = await gateway.open(dm)
    await (await gateway.beginTurn(before, hello)).commit(assistant('hi'))
    clock.now += 5000
    const after = await gateway.open(dm, { forceNew: true })
    for (const where of [before.session, after]) {
      expect(await another().beginTurn(where, hello)).toMatchObject({ already: true, differs: false })
      const edited = await another().beginTurn(where, { ...hello, record: user('hello, edited') })
      expect(edited).toMatchObject({ already: true, differs: true, state: 'committed' })
    }
    expect(await said(store, before.session.id)).toEqual(['hello', 'hi'])
  })

  it('is told of an edit', async () => {
    const { gateway, another, store } = fixture()
    const { session } = await gateway.open(dm)
    await converse(gateway, session.id, 'u1')
    const edit = { idempotencyKey: 'e', record: user('u1, rather') }
    expect((await gateway.edit(session, edit))?.turn).toMatchObject({ already: false, differs: false })
    expect((await another().edit(session, edit))?.turn).toMatchObject({ already: true, differs: false })
    const other = await another().edit(session, { ...edit, record: user('u1, or else') })
    expect(other).toMatchObject({ text: 'u1, rather', turn: { already: true, differs: true } })
    expect(await said(store, session.id)).toEqual(['u1, rather'])
    expect(await gateway.resumeTurn(session, 'e')).toMatchObject({ already: true, differs: false })
  })
})
