import { StoreError } from '@faircopy/store-core'
import type { SqliteStore } from '@faircopy/store-sqlite'
import { ADA, AWAITED, ROUTED, said } from './full-store.ts'

/** What one call answered: the answer, or the code of its error. */
export interface Answer {
  readonly call: string
  readonly told: string
  /** `answer`: it has one; `error`: one of the contract; `untyped`: another. */
  readonly as: 'answer' | 'error' | 'untyped'
}

const SESSIONS: readonly string[] = [
  'ada',
  'bob',
  'branch',
  'child',
  'claimed',
  'cyd',
  'fresh',
  'gone',
  'heir',
  'long',
  'merged',
  'parent',
  'rewritten',
  'staged',
  'undone',
]
const LIVE: readonly string[] = SESSIONS.filter(
  (id) => !['claimed', 'gone', 'parent', 'staged', 'undone'].includes(id),
)

/** Every public read of a store. */
export async function readAll(store: SqliteStore): Promise<Answer[]> {
  const answers: Answer[] = []
  const ask = asking(answers)
  await ask('list', () => store.list({ limit: 100 }))
  await ask('list recent', () => store.list({ order: 'recent', limit: 5 }))
  await ask('sessions', () => all(store.sessions()))
  await ask('changes', () => store.changes(undefined, { limit: 1000 }))
  await ask('ledger', () => all(store.ledger()))
  await ask('imports', () => all(store.imports()))
  await ask('facts', async () => {
    const { path, bytes, walBytes, freeBytes, ...facts } = await store.facts()
    return facts
  })
  for (const origin of [ADA, AWAITED, ROUTED]) {
    await ask(`resolve ${origin.chat}`, () => store.resolve(origin))
    await ask(`opened ${origin.chat}`, () => store.opened({ origins: [origin] }))
  }
  for (const word of ['says', 'interest', 'brought', 'goes', 'anew', 'once', 'words', 'torn', 'linked']) {
    await ask(`search ${word}`, async () => {
      const { hits, complete } = await store.search(word, { limit: 1000, budget: 20_000 })
      return complete ? hits : 'not all of it'
    })
  }
  for (const id of SESSIONS) {
    await ask(`get ${id}`, () => store.get(id))
    await ask(`read ${id}`, () => all(store.read(id)))
    await ask(`read back ${id}`, () => all(store.read(id, { direction: 'backward' })))
    await ask(`page ${id}`, () => store.page(id, { limit: 7 }))
    await ask(`history ${id}`, () => all(store.history(id)))
    await ask(`generations ${id}`, async () => {
      const generations = await store.generations(id)
      const said: unknown[] = []
      for (const { generation } of generations) said.push(await all(store.readGeneration(id, generation)))
      return [generations, said]
    })
    await ask(`locate ${id}`, () => store.locate(id, 9))
    await ask(`routes ${id}`, () => store.routes(id))
    await ask(`quarantined ${id}`, () => all(store.quarantined(id)))
    await ask(`note ${id}`, () => store.ledgerNote(id, `note of ${id}`))
  }
  return answers
}

/** Writes of every kind that a damaged store may get, and what each session says then. */
export async function writeAll(store: SqliteStore): Promise<Answer[]> {
  const answers: Answer[] = []
  const ask = asking(answers)
  for (const id of LIVE) {
    await ask(`append ${id}`, () =>
      store.append(id, { record: said(`more of ${id}`), idempotencyKey: `more-${id}` }),
    )
    await ask(`retry ${id}`, () =>
      store.append(id, { record: said(`more of ${id}`), idempotencyKey: `more-${id}` }),
    )
  }
  await ask('retry of a key', () =>
    store.append(
      'long',
      { record: said('long says 7 words of interest interest '), idempotencyKey: 'long-7' },
      { onConflict: 'first' },
    ),
  )
  await ask('retry of a delivery', () =>
    store.append(
      'bob',
      { kind: 'delivery', record: said('x'), idempotencyKey: 'ada-4' },
      { onConflict: 'first' },
    ),
  )
  await ask('retry of an operation', () =>
    store.replace('bob', { from: 20, entries: [{ record: said('bob anew') }] }, { operationKey: 'op-1' }),
  )
  await ask('append to an origin', () => store.append({ origin: ADA }, { record: said('by origin') }))
  await ask('append by a route', () => store.append({ origin: ROUTED }, { record: said('by route') }))
  await ask('placed', () => store.create('placed', { origin: AWAITED }))
  await ask('update', () => store.update('merged', { title: 'another title' }))
  await ask('fork', () => store.fork('long', { id: 'late', through: 300 }))
  await ask('replace', () => store.replace('long', { from: 400, entries: [{ record: said('cut') }] }))
  for (const id of [...LIVE, 'placed', 'late']) await ask(`then ${id}`, () => all(store.read(id)))
  return answers
}

function asking(answers: Answer[]): (call: string, work: () => Promise<unknown>) => Promise<void> {
  return async (call, work) => {
    try {
      answers.push({ call, told: JSON.stringify((await work()) ?? null), as: 'answer' })
    } catch (error) {
      const told = StoreError.is(error) ? error.code : String(error instanceof Error ? error.stack : error)
      answers.push({ call, told, as: StoreError.is(error) ? 'error' : 'untyped' })
    }
  }
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}
