import { hash } from 'node:crypto'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { openJsonlSource, planImport, runImport, verifySource, withLegacy } from '@faircopy/legacy-jsonl'
import { createMemoryPlace, createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'
import { said, type Told, type ToldSession, toldSource, turn } from './told-source.ts'

const textOf = (told: readonly Told[]): string[] => told.map(({ text }) => text)
const lines = (told: readonly Told[]): string => told.map(({ text }) => `${text}\n`).join('')
const ok = said('user', 'ok')
/** Waits for the list of sessions, and for no other importer. */
const impatient = {
  async patience(_: number, forWhat: 'source' | 'session'): Promise<boolean> {
    await nextTurn()
    return forWhat === 'source'
  },
}

async function texts(store: MemoryStore): Promise<string[]> {
  return (await Array.fromAsync(store.read('s'))).map(({ record }) => record)
}

async function history(store: MemoryStore): Promise<string[]> {
  return (await Array.fromAsync(store.history('s'))).map(({ record }) => record)
}

/** A file, and a gateway that appends while another importer has its session. */
function fileOf(told: readonly Told[]) {
  const path = join(temporaryFolder(), 's.jsonl')
  writeFileSync(path, lines(told))
  const place = createMemoryPlace()
  const store = createMemoryStore({ place })
  return {
    store,
    grow: (more: readonly Told[]) => appendFileSync(path, lines(more)),
    async appendUnimported(more: readonly Told[]): Promise<void> {
      const claiming = await store.claimImport('s')
      const gateway = withLegacy(createMemoryStore({ place }), await openJsonlSource(path), impatient)
      for (const { text } of more) await gateway.append('s', { record: text })
      await gateway.legacy.settled()
      if ('claim' in claiming) await claiming.claim.release()
    },
    async bringIn() {
      return (await runImport(await planImport(await openJsonlSource(path), store))).sessions[0]
    },
    async findings() {
      return (await verifySource(await openJsonlSource(path), store)).findings
    },
  }
}

describe('the first entry behind a boundary', () => {
  test('that was undone is not brought back by a line which came behind the boundary', async () => {
    const { store, grow, appendUnimported, bringIn, findings } = fileOf(turn('a'))
    await appendUnimported([ok])
    await store.replace('s', { from: 1, entries: [] })
    grow([ok, ...turn('b')])
    await bringIn()
    expect(await texts(store)).toEqual(textOf([...turn('a'), ...turn('b')]))
    expect(await findings()).toEqual([])
  })

  test('that was undone is not the line of the same words which stood before the boundary', async () => {
    const { store, grow, appendUnimported, bringIn, findings } = fileOf([...turn('a'), ok])
    await appendUnimported([ok])
    await store.replace('s', { from: 1, entries: [] })
    grow(turn('b'))
    await bringIn()
    expect(await texts(store)).toEqual(textOf([...turn('a'), ok, ...turn('b')]))
    expect(await findings()).toEqual([])
  })

  test('that was undone is not the row of the same words which the database had withdrawn', async () => {
    const place = createMemoryPlace()
    const store = createMemoryStore({ place })
    const session: ToldSession = { id: 's', database: [...turn('a'), { ...ok, withdrawn: true }] }
    const claiming = await store.claimImport('s')
    const gateway = withLegacy(createMemoryStore({ place }), toldSource([session]), impatient)
    await gateway.append('s', { record: ok.text })
    await store.replace('s', { from: 1, entries: [] })
    if ('claim' in claiming) await claiming.claim.release()
    await runImport(await planImport(toldSource([session]), store))
    expect(await texts(store)).toEqual(textOf(turn('a')))
    expect(await history(store)).toEqual(textOf([ok, ok]))
    expect((await verifySource(toldSource([session]), store)).findings).toEqual([])
  })

  test('is matched by the line of the same words behind it, and by none before', async () => {
    const { store, grow, appendUnimported, bringIn, findings } = fileOf([...turn('a'), ok])
    await appendUnimported([ok, ...turn('b')])
    grow([ok, ...turn('b'), ...turn('c')])
    await bringIn()
    expect(await texts(store)).toEqual(textOf([...turn('a'), ok, ok, ...turn('b'), ...turn('c')]))
    expect(await findings()).toEqual([])
  })
})

describe('the first line behind a boundary', () => {
  test('that was undone since does not return, nor does the last before it', async () => {
    const { store, grow, appendUnimported, bringIn, findings } = fileOf([...turn('a'), ok])
    await appendUnimported(turn('b'))
    grow([...turn('b'), ok, ...turn('c')])
    await bringIn()
    expect(await texts(store)).toEqual(textOf([...turn('a'), ok, ...turn('b'), ok, ...turn('c')]))
    await store.replace('s', { from: 6, entries: [] })
    grow(turn('d'))
    await bringIn()
    expect(await texts(store)).toEqual(textOf([...turn('a'), ok, ...turn('b'), ...turn('d')]))
    expect(await findings()).toEqual([])
  })

  test('of the same words as the one before it is another', async () => {
    const { store, grow, appendUnimported, bringIn, findings } = fileOf([ok])
    await appendUnimported(turn('b'))
    grow([ok, ...turn('b')])
    await bringIn()
    grow([ok])
    await bringIn()
    expect(await texts(store)).toEqual(textOf([ok, ok, ...turn('b'), ok]))
    expect(await findings()).toEqual([])
  })
})

test('of two boundaries each holds, and a line between them meets only what was said between them', async () => {
  const { store, grow, appendUnimported, bringIn, findings } = fileOf([ok])
  await appendUnimported([ok])
  grow([ok])
  await appendUnimported([ok])
  await bringIn()
  expect(await texts(store)).toEqual(textOf([ok, ok, ok]))
  const [note] = (await Array.fromAsync(store.ledger({ session: 's' }))).slice(-1)
  expect(note?.certificate?.['boundaries']).toEqual([
    { store: 0, told: 1, entry: 1, limit: Buffer.byteLength(lines([ok])) },
    { store: 1, told: 2, entry: 2, limit: null },
  ])
  expect(await findings()).toEqual([])
})

describe('boundaries that the ledger has', () => {
  /** A store with some live entries, and with notes that say where the file ended when which of them was written. */
  async function noted(
    live: readonly Told[],
    boundaries: readonly { entry: number; told: readonly Told[] }[],
  ) {
    const store = createMemoryStore()
    await store.append(
      's',
      live.map(({ text }) => ({ record: text })),
      { create: {} },
    )
    for (const [i, { entry, told }] of boundaries.entries()) {
      const bytes = lines(told)
      const file = { size: Buffer.byteLength(bytes), digest: hash('sha256', bytes) }
      const expectedHead = (await store.get('s'))?.head ?? null
      const report = { boundary: { entry, file, database: null } }
      await store.import({
        run: { id: `noted ${i}`, at: i, about: {} },
        session: 's',
        about: {},
        expectedHead,
        steps: null,
        note: { key: `boundary ${i}`, verdict: 'boundary', reason: null, report, certificate: null },
      })
    }
    return store
  }

  async function bringIn(store: MemoryStore, file: readonly Told[]) {
    const path = join(temporaryFolder(), 's.jsonl')
    writeFileSync(path, lines(file))
    return (await runImport(await planImport(await openJsonlSource(path), store))).sessions[0]
  }

  async function cutsIn(store: MemoryStore) {
    const [note] = (await Array.fromAsync(store.ledger({ session: 's' }))).slice(-1)
    return (note?.certificate?.['boundaries'] ?? []) as { readonly entry: number }[]
  }

  test('are taken in the order of their entries, whatever their place in it', async () => {
    const store = await noted(
      [said('user', 'one'), said('user', 'two')],
      [
        { entry: 2, told: [ok, ok] },
        { entry: 1, told: [ok] },
      ],
    )
    await bringIn(store, [ok, ok])
    expect((await cutsIn(store)).map(({ entry }) => entry)).toEqual([1, 2])
  })

  test('that say that the file was longer before are not all taken', async () => {
    const store = await noted(
      [said('user', 'one'), said('user', 'two')],
      [
        { entry: 1, told: [ok, ok] },
        { entry: 2, told: [ok] },
      ],
    )
    await bringIn(store, [ok, ok, ok])
    expect((await cutsIn(store)).map(({ entry }) => entry)).toEqual([1])
  })

  test('of what has all been said, with more behind them in the file: the session was extended', async () => {
    const store = await noted(turn('a'), [{ entry: 3, told: turn('a') }])
    expect(await bringIn(store, [...turn('a'), ...turn('b')])).toMatchObject({
      verdict: 'extended',
      action: 'extended',
      entries: { canonical: 2, legacy: 4, merged: 4, added: 2 },
    })
    const other = await noted(turn('a'), [{ entry: 1, told: [ok] }])
    expect(await bringIn(other, [ok, ...turn('a')])).toMatchObject({
      verdict: 'extended',
      action: 'replaced',
      entries: { canonical: 2, legacy: 3, merged: 3, added: 1 },
    })
  })

  test('of the same file, and of other rows, are two', async () => {
    const place = createMemoryPlace()
    const store = createMemoryStore({ place })
    const session: ToldSession = { id: 's', database: turn('a'), file: turn('a') }
    const claiming = await store.claimImport('s')
    const rows = [turn('a'), [...turn('a'), ...turn('b')]]
    for (const database of rows) {
      session.database = database
      const gateway = withLegacy(createMemoryStore({ place }), toldSource([session]), impatient)
      await gateway.append('s', { record: ok.text })
    }
    if ('claim' in claiming) await claiming.claim.release()
    const notes = await Array.fromAsync(store.ledger({ session: 's' }))
    expect(notes.map(({ verdict }) => verdict)).toEqual(['indexed', 'boundary', 'boundary'])
  })
})
