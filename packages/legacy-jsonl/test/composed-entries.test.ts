import { planImport, runImport, verifySource } from '@faircopy/legacy-jsonl'
import type { Entry, HistoryEntry } from '@faircopy/store-core'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { said, type Told, type ToldSession, toldSource, turn } from './told-source.ts'

async function bringIn(store: MemoryStore, session: ToldSession) {
  return (await runImport(await planImport(toldSource([session]), store))).sessions[0]
}

/** What an import made of a session: time, place and standing of each entry. */
async function madeOf(store: MemoryStore) {
  const live = await Array.fromAsync(store.read('s'))
  const history = await Array.fromAsync(store.history('s'))
  return { live: live.map(told), history: history.map(told) }
}

function told({ at, record, provenance }: Entry | HistoryEntry) {
  const { importId: _, ...place } = provenance ?? { importId: '' }
  return { at, record, ...place }
}

const at = (time: number, told: Told): Told => ({ ...told, at: time })

const [ask, answer] = turn('a') as [Told, Told]

test('of two witnesses a pair has the row’s time, and the line’s where the row has none', async () => {
  const store = createMemoryStore()
  const session: ToldSession = {
    id: 's',
    database: [at(1, ask), answer, ...turn('row')],
    file: [at(2, ask), at(3, answer), at(4, said('user', 'only a line says this')), ...turn('row')],
  }
  expect(await bringIn(store, session)).toMatchObject({ verdict: 'extended', action: 'created' })
  const { live, history } = await madeOf(store)
  expect(history).toEqual([])
  expect(live.map(({ record: _, ...rest }) => rest)).toEqual([
    { at: 1, witness: 'both', line: 1, offset: 0, row: 1, rowTime: '0.5' },
    { at: 3, witness: 'both', line: 2, offset: 100, row: 2, rowTime: '1.5' },
    { at: 4, witness: 'file', line: 3, offset: 200 },
    { at: null, witness: 'both', line: 4, offset: 300, row: 3, rowTime: '2.5' },
    { at: null, witness: 'both', line: 5, offset: 400, row: 4, rowTime: '3.5' },
  ])
  expect((await verifySource(toldSource([session]), store)).findings).toEqual([])
})

describe('where a line can be either of two rows, or a row either of two lines', () => {
  const ok = (more: object = {}): Told => said('user', 'ok', more)

  test.each<[what: string, session: Omit<ToldSession, 'id'>, live: object[], originals: object[]]>([
    [
      'it is none of them for certain: the line stands as it is, with its own time',
      {
        database: [ask, at(1, ok({ row: 1 })), at(2, ok({ row: 2 })), answer],
        file: [ask, at(3, ok({ line: 1 })), answer],
      },
      [
        { at: 3, record: ok({ line: 1 }).text, witness: 'both', line: 2, offset: 100 },
        { at: 2, record: ok({ row: 2 }).text, witness: 'database', row: 3, rowTime: '2.5' },
      ],
      [
        {
          at: 1,
          record: ok({ row: 1 }).text,
          witness: 'database',
          row: 2,
          rowTime: '1.5',
          standing: 'original',
        },
      ],
    ],
    [
      'a line without a time gets none from a row',
      { database: [ask, at(1, ok()), at(2, ok()), answer], file: [ask, ok(), answer] },
      [
        { at: null, record: ok().text, witness: 'both', line: 2, offset: 100 },
        { at: 2, record: ok().text, witness: 'database', row: 3, rowTime: '2.5' },
      ],
      [],
    ],
    [
      'so of lines',
      { database: [ask, at(1, ok()), answer], file: [ask, at(3, ok()), at(4, ok()), answer] },
      [
        { at: 3, record: ok().text, witness: 'both', line: 2, offset: 100 },
        { at: 4, record: ok().text, witness: 'file', line: 3, offset: 200 },
      ],
      [],
    ],
  ])('%s', async (_, witnesses, live, originals) => {
    const store = createMemoryStore()
    const session = { id: 's', ...witnesses }
    await bringIn(store, session)
    const made = await madeOf(store)
    expect(made.live.slice(1, -1)).toEqual(live)
    expect(made.history).toEqual(originals)
    expect((await verifySource(toldSource([session]), store)).findings).toEqual([])
  })
})

describe('a witness that is imported later', () => {
  const weather = (more: object = {}): Told => said('assistant', 'a: It rains, as it does.', more)

  test('gives a stored entry its members, and its time where that was unknown', async () => {
    const store = createMemoryStore()
    const session: ToldSession = {
      id: 's',
      database: [at(1, ask), weather({ model: 'm', tokens: 1 }), at(2, answer)],
    }
    await bringIn(store, session)
    session.file = [
      at(3, { ...ask, text: `${ask.text.slice(0, -1)},"first":1,"second":2}` }),
      at(4, weather({ tokens: 2, mirror: true })),
      at(5, answer),
    ]
    expect(await bringIn(store, session)).toMatchObject({ action: 'replaced', combined: 2 })
    const { live } = await madeOf(store)
    expect(live).toMatchObject([
      { at: 1, witness: 'both', line: 1, offset: 0, row: 1, rowTime: '0.5', supersedes: 1 },
      { witness: 'both', line: 2, offset: 100, row: 2, rowTime: '1.5', supersedes: 2 },
      { at: 2, witness: 'database', row: 3 },
    ])
    expect(live.slice(0, 2).map(({ record }) => JSON.parse(record))).toEqual([
      { role: 'user', content: 'a: what do you think?', first: 1, second: 2 },
      { role: 'assistant', content: 'a: It rains, as it does.', tokens: 2, mirror: true, model: 'm' },
    ])
    expect(live[1]).toMatchObject({ at: 4, conflicts: ['tokens'] })
    expect((await verifySource(toldSource([session]), store)).findings).toEqual([])
  })
})

test('a stored entry that is more than a message stays what it is, and says of all who told a member otherwise', async () => {
  const store = createMemoryStore()
  const [delivered, noted] = [
    said('assistant', 'what was delivered', { model: 'a', other: 1 }),
    said('user', 'a note on it', { model: 'a' }),
  ]
  const session: ToldSession = {
    id: 's',
    database: [...turn('a'), { ...delivered, kind: 'delivery' }, { ...noted, kind: 'message' }],
  }
  await bringIn(store, session)
  session.file = [
    ...turn('a'),
    said('assistant', 'what was delivered', { model: 'b', more: 2 }),
    { ...said('user', 'a note on it', { model: 'a', more: 2 }), kind: 'session_note' },
  ]
  await bringIn(store, session)
  const live = await Array.fromAsync(store.read('s'))
  expect(live.slice(2).map(({ kind }) => kind)).toEqual(['delivery', 'session_note'])
  expect(live[2]?.provenance).toMatchObject({ conflicts: ['model'] })
  expect((await verifySource(toldSource([session]), store)).findings).toEqual([])
})

test('of a row that got a member since, and a line that tells it otherwise, both are told of', async () => {
  const store = createMemoryStore()
  const rain = (more: object): Told => said('assistant', 'it rains, as it does', more)
  const session: ToldSession = { id: 's', database: [...turn('a'), rain({ model: 'a' })] }
  await bringIn(store, session)
  session.database = [...turn('a'), rain({ model: 'a', tokens: 1 })]
  session.file = [...turn('a'), rain({ model: 'b', tokens: 2 })]
  await bringIn(store, session)
  const live = await Array.fromAsync(store.read('s'))
  expect(live[2]?.provenance?.conflicts?.toSorted()).toEqual(['model', 'tokens'])
})
