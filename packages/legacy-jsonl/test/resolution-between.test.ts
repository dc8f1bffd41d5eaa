import {
  alignedRows,
  type LegacySession,
  planImport,
  planResolution,
  type ResolutionChoice,
  type ResolutionPlan,
  ResolutionRefused,
  runImport,
  runResolution,
  undoResolution,
} from '@faircopy/legacy-jsonl'
import type { JsonObject } from '@faircopy/store-core'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { said, type Told, type ToldSession, toldSource, turn } from './told-source.ts'

const live = said('user', 'said meanwhile')
const textOf = (...told: Told[][]): string[] => told.flat().map(({ text }) => text)

const divergent = (): ToldSession => ({
  id: 's',
  database: [...turn('a'), ...turn('x')],
  file: [...turn('a'), ...turn('y')],
})

async function texts(store: MemoryStore, id = 's'): Promise<string[]> {
  return (await Array.fromAsync(store.read(id))).map(({ record }) => record)
}

/** An undecided session, and a plan whose decision somebody comes before: right before its last look, the first time. */
async function planned(
  session: ToldSession,
  act: (store: MemoryStore) => unknown,
  times = 1,
): Promise<{ readonly store: MemoryStore; readonly plan: ResolutionPlan; readonly looks: () => number }> {
  const store = createMemoryStore()
  await runImport(await planImport(toldSource([session]), store))
  let looks = 0
  const importing: MemoryStore['import'] = (given) =>
    store.import({
      ...given,
      confirm: async () => {
        if (++looks <= times) await act(store)
        await given.confirm?.()
      },
    })
  const between = new Proxy(store, {
    get: (target, name) => {
      const value: unknown = name === 'import' ? importing : Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const [legacy] = await Array.fromAsync(toldSource([session]).sessions())
  return { store, plan: await planResolution(legacy as LegacySession, between), looks: () => looks }
}

async function decisionIn(store: MemoryStore): Promise<JsonObject | undefined> {
  const [note] = (await Array.fromAsync(store.ledger({ session: 's' }))).slice(-1)
  return note?.report['decision'] as JsonObject | undefined
}

const append = (store: MemoryStore): unknown => store.append('s', { record: live.text })

describe('a session that goes on while it is decided about', () => {
  test.each<[choice: ResolutionChoice, says: string[]]>([
    ['keep-canonical', textOf(turn('a'), turn('x'), [live])],
    ['adopt-legacy', textOf(turn('a'), turn('y'), [live])],
    ['legacy-first', textOf(turn('a'), turn('y'), turn('x'), [live])],
    ['branch', textOf(turn('a'), turn('x'), [live])],
  ])('%s: it is decided about what it says now', async (choice, says) => {
    const { store, plan, looks } = await planned(divergent(), append)
    const { session, branch } = await runResolution(plan, choice)
    expect(looks()).toBe(2)
    expect(await texts(store)).toEqual(says)
    expect(session.entryCount).toBe(says.length)
    if (choice === 'branch') expect(await texts(store, branch?.id)).toEqual(textOf(turn('a'), turn('y')))
    // What was there when it was decided about: what was said meanwhile as well.
    expect(await decisionIn(store)).toMatchObject({ choice, entry: 6 })
  })

  test.each(['legacy-first', 'branch'] as const)(
    'each time, and %s: it is tried three times',
    async (choice) => {
      const { store, plan, looks } = await planned(divergent(), append, 9)
      await expect(runResolution(plan, choice)).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
      expect(looks()).toBe(3)
      expect(await decisionIn(store)).toBeUndefined()
      expect(await Array.fromAsync(store.sessions())).toHaveLength(1)
    },
  )

  test.each(['keep-canonical', 'branch'] as const)(
    'and is decided about by somebody else, %s: no branch of the second one is left',
    async (choice) => {
      const session = divergent()
      const { store, plan } = await planned(session, async (own) => {
        const [legacy] = await Array.fromAsync(toldSource([session]).sessions())
        await runResolution(await planResolution(legacy as LegacySession, own), choice, { note: 'first' })
      })
      await expect(runResolution(plan, 'branch')).rejects.toMatchObject({ code: 'ALREADY_DECIDED' })
      expect(await decisionIn(store)).toMatchObject({ choice, note: 'first' })
      expect(await Array.fromAsync(store.sessions())).toHaveLength(choice === 'branch' ? 2 : 1)
    },
  )

  test('and was deleted: nothing is decided, and no branch is left', async () => {
    const { store, plan } = await planned(divergent(), (own) => own.delete('s'))
    await expect(runResolution(plan, 'branch')).rejects.toThrow(ResolutionRefused)
    expect(await Array.fromAsync(store.sessions())).toEqual([])
  })
})

describe('a witness that changes while it is decided about', () => {
  test.each<[side: 'database' | 'file', choice: ResolutionChoice]>([
    ['database', 'adopt-legacy'],
    ['database', 'branch'],
    ['file', 'adopt-legacy'],
    ['file', 'branch'],
    ['file', 'keep-canonical'],
  ])('the %s, and %s: nothing is decided', async (side, choice) => {
    const session = divergent()
    const { store, plan } = await planned(session, () => {
      session[side] = [...(session[side] ?? []), ...turn('z')]
    })
    await expect(runResolution(plan, choice)).rejects.toMatchObject({ code: 'SOURCE_MOVED_ON' })
    expect(await decisionIn(store)).toBeUndefined()
    expect(await texts(store)).toEqual(textOf(turn('a'), turn('x')))
    expect(await Array.fromAsync(store.sessions())).toHaveLength(1)
  })
})

test('a decision that is stopped before its last look leaves nothing', async () => {
  const stop = new AbortController()
  const { store, plan } = await planned(divergent(), () => stop.abort(new Error('enough')))
  await expect(runResolution(plan, 'legacy-first', { signal: stop.signal })).rejects.toThrow('enough')
  expect(await decisionIn(store)).toBeUndefined()
  expect(await texts(store)).toEqual(textOf(turn('a'), turn('x')))
})

test('what was said last before a decision, and was taken back since, is not what a file tells since', async () => {
  const store = createMemoryStore()
  const session = divergent()
  const bringIn = async () => runImport(await planImport(toldSource([session]), store))
  await bringIn()
  await append(store)
  const [legacy] = await Array.fromAsync(toldSource([session]).sessions())
  await runResolution(await planResolution(legacy as LegacySession, store), 'keep-canonical')
  await store.replace('s', { from: 5, entries: [] })
  session.file = [...(session.file ?? []), live, ...turn('z')]
  expect((await bringIn()).sessions[0]).toMatchObject({ entries: { added: 3 } })
  expect(await texts(store)).toEqual(textOf(turn('a'), turn('x'), [live], turn('z')))
})

test('the undo of a branch tells how much of it was removed, and a branch bears as much of the id as it can', async () => {
  const id = `${'ä'.repeat(127)}1`
  const session = { ...divergent(), id }
  const store = createMemoryStore()
  await runImport(await planImport(toldSource([session]), store))
  const [legacy] = await Array.fromAsync(toldSource([session]).sessions())
  const { branch } = await runResolution(await planResolution(legacy as LegacySession, store), 'branch')
  expect(branch?.id).toMatch(/^ä{119}~[0-9a-f]{16}$/)
  expect(await undoResolution({ namespace: 'default', id }, store)).toMatchObject({ removed: 4 })
})

test('a pair is shown, and counts, with the time of its row', async () => {
  const at = (time: number, told: Told): Told => ({ ...told, at: time })
  const [ask, answer] = turn('p') as [Told, Told]
  const session: ToldSession = {
    id: 's',
    database: [at(100, ask), at(200, answer)],
    file: [at(900, ask), at(901, answer)],
  }
  const store = createMemoryStore()
  await store.append(
    's',
    turn('x').map(({ text }, i) => ({ record: text, at: 300 + i })),
    { create: {} },
  )
  await runImport(await planImport(toldSource([session]), store))
  const [legacy] = await Array.fromAsync(toldSource([session]).sessions())
  const plan = await planResolution(legacy as LegacySession, store)
  const rows = await Array.fromAsync(alignedRows(plan))
  expect(rows.map((row) => row.as === 'gap' && [row.canonical?.at, row.legacy?.at])).toEqual([
    [300, 100],
    [301, 200],
  ])
  await runResolution(plan, 'by-time')
  expect(await texts(store)).toEqual(textOf([ask, answer], turn('x')))
})

test.each(['legacy-first', 'adopt-legacy'] as const)(
  'what %s brought is behind it, also where originals of it are kept: a source that grows goes on from there',
  async (choice) => {
    const [ask, answer] = turn('p') as [Told, Told]
    const more = (told: Told, members: string): Told => ({ text: `${told.text.slice(0, -1)},${members}}` })
    const session: ToldSession = {
      id: 's',
      database: [more(ask, '"a":1'), more(answer, '"b":1'), ...turn('x')],
      file: [more(ask, '"c":1'), more(answer, '"d":1'), ...turn('y')],
    }
    const store = createMemoryStore()
    await store.append(
      's',
      turn('live').map(({ text }) => ({ record: text })),
      { create: {} },
    )
    const bringIn = async () => runImport(await planImport(toldSource([session]), store))
    await bringIn()
    const [legacy] = await Array.fromAsync(toldSource([session]).sessions())
    await runResolution(await planResolution(legacy as LegacySession, store), choice)
    expect(await Array.fromAsync(store.history('s'))).toHaveLength(4)
    const before = await texts(store)
    session.file = [...(session.file ?? []), ...turn('z')]
    const { sessions, sources } = await bringIn()
    expect(sessions).toMatchObject([{ verdict: 'extended', entries: { added: 2 } }])
    expect(sources[0]?.problems.map(({ code }) => code)).toEqual([])
    expect(await texts(store)).toEqual([...before, ...textOf(turn('z'))])
  },
)

test('by time is not offered where any gap has a message without one', async () => {
  const at = (time: number, told: Told[]): Told[] => told.map((one, i) => ({ ...one, at: time + i }))
  const obstacle = async (last: Told[]) => {
    const store = createMemoryStore()
    const session: ToldSession = {
      id: 's',
      database: [...turn('a'), ...at(10, turn('x')), ...turn('b'), ...at(50, turn('p'))],
      file: [...turn('a'), ...at(20, turn('y')), ...turn('b'), ...last],
    }
    await runImport(await planImport(toldSource([session]), store))
    const [legacy] = await Array.fromAsync(toldSource([session]).sessions())
    const { offers } = await planResolution(legacy as LegacySession, store)
    return offers.find(({ choice }) => choice === 'by-time')?.obstacle
  }
  expect(await obstacle(at(60, turn('q')))).toBeNull()
  expect(await obstacle(turn('q'))).toBe('no-times')
  expect(await obstacle(at(50, turn('q')))).toBe('times-overlap')
})
