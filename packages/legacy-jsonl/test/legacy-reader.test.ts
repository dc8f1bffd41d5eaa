import { appendFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { storeConformance } from '@faircopy/conformance'
import {
  openJsonlSource,
  openLegacyReader,
  planImport,
  runImport,
  SourceUnreadable,
} from '@faircopy/legacy-jsonl'
import { StoreError } from '@faircopy/store-core'
import { CAPABILITY_METHODS } from '@faircopy/store-core/backend'
import { createMemoryStore } from '@faircopy/store-core/memory'
import fc from 'fast-check'
import { afterAll, describe, expect, it, test } from 'vitest'
import { readerSubject } from './reader-subject.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { said, type Told, toldSource, turn } from './told-source.ts'

const made: string[] = []
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})
storeConformance(
  { describe, it },
  readerSubject((folder) => made.push(folder)),
)

const lines = (told: readonly Told[]): string => told.map(({ text }) => `${text}\n`).join('')
const textOf = (told: readonly Told[]): string[] => told.map(({ text }) => text)

function folderOf(files: { readonly [id: string]: readonly Told[] }): string {
  const folder = temporaryFolder()
  for (const [id, told] of Object.entries(files)) writeFileSync(join(folder, `${id}.jsonl`), lines(told))
  return folder
}

test('S12 what is read is what an import would store: records, kinds, times, places, and the head', async () => {
  const folder = folderOf({ s: [said('user', 'hello'), said('session_meta', 'x'), ...turn('a')] })
  appendFileSync(join(folder, 's.jsonl'), 'broken\n\n{"role":"user","content":"torn')
  const source = await openJsonlSource(folder)
  const reader = await openLegacyReader(source)
  const store = createMemoryStore()
  await runImport(await planImport(source, store))
  const told = await Array.fromAsync(reader.read('s'))
  const stored = await Array.fromAsync(store.read('s'))
  const facts = (entries: typeof told): unknown[] =>
    entries.map(({ id, seq, kind, at, record, hash, provenance }) => {
      const { importId: _, ...place } = provenance ?? { importId: '' }
      return { id, seq, kind, at, record, hash, place }
    })
  expect(facts(told)).toEqual(facts(stored))
  const [own, other] = [await reader.get('s'), await store.get('s')]
  expect([own?.head, own?.entryCount, own?.codec]).toEqual([other?.head, other?.entryCount, other?.codec])
  const asides = (await Array.fromAsync(reader.told('s'))).flatMap((item) =>
    item.as === 'aside' && item.item.as === 'quarantined' ? [item.item.line.reason] : [],
  )
  expect(asides).toEqual(['invalid-json', 'torn-tail'])
})

test('one witness tells a session: the file, else the database, or the one that was asked for', async () => {
  const source = toldSource([
    { id: 'both', database: turn('d'), file: turn('f') },
    { id: 'rows', database: [...turn('d'), { ...said('user', 'undone'), withdrawn: true }] },
    { id: 'file', file: turn('f') },
  ])
  const ids = async (witness?: 'file' | 'database'): Promise<string[]> => {
    const reader = await openLegacyReader(source, witness ? { witness } : {})
    return Promise.all(
      (await reader.list()).sessions.map(async ({ id }) => `${id} ${(await reader.witnessOf(id))?.kind}`),
    )
  }
  expect(await ids()).toEqual(['both file', 'file file', 'rows database'])
  expect(await ids('file')).toEqual(['both file', 'file file'])
  expect(await ids('database')).toEqual(['both database', 'rows database'])
  const rows = await openLegacyReader(source)
  expect((await Array.fromAsync(rows.read('rows'))).map(({ record }) => record)).toEqual(textOf(turn('d')))
  expect((await Array.fromAsync(rows.told('rows'))).map(({ as }) => as)).toEqual([
    'entry',
    'entry',
    'withdrawn',
  ])
})

test('writing is refused by name, whatever the type of the caller, and nothing is left behind', async () => {
  const folder = folderOf({ s: turn('a') })
  const before = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs])
  const reader = await openLegacyReader(await openJsonlSource(folder))
  const untyped = reader as unknown as Record<string, (...args: unknown[]) => unknown>
  const writes = [
    'append',
    'create',
    'update',
    'replace',
    'fork',
    'route',
    'import',
    'undoImport',
    'claimImport',
  ]
  for (const name of [...writes, ...CAPABILITY_METHODS.remove]) {
    expect(name in reader, name).toBe(false)
    const error = await Promise.resolve(untyped[name]?.('s', { record: {} })).catch(
      (thrown: unknown) => thrown,
    )
    expect(StoreError.is(error) && [error.code, error.outcome], name).toEqual(['READ_ONLY', 'not-stored'])
  }
  expect(() => untyped['appender']?.({ writer: 'x', kinds: [] })).toThrow(/never written/)
  expect(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs])).toEqual(before)
})

test('S13 a cursor goes on behind appended lines and is stale where what it passed was rewritten (property)', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 's.jsonl')
  const reader = await openLegacyReader(await openJsonlSource(folder))
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 9 }),
      fc.integer({ min: 1, max: 8 }),
      fc.nat({ max: 8 }),
      fc.constantFrom('forward', 'backward'),
      async (length, limit, edited, direction) => {
        const told = Array.from({ length }, (_, i) => said('user', `message ${i}`))
        writeFileSync(path, lines(told))
        const first = await reader.page('s', { limit, direction })
        if (first.next === null) return
        const more = [...told, said('user', 'more')]
        writeFileSync(path, lines(more))
        const second = await reader.page('s', { limit: 100, direction, cursor: first.next })
        const read = [...first.entries, ...second.entries].map(({ record }) => record)
        expect(read).toEqual(direction === 'forward' ? textOf(more) : textOf(told).reverse())
        const at = edited % length
        writeFileSync(path, lines(more.map((one, i) => (i === at ? said('user', 'edited') : one))))
        const again = await reader.page('s', { limit: 100, direction, cursor: first.next }).then(
          () => 'read',
          (error: unknown) => (StoreError.is(error) ? error.code : String(error)),
        )
        const passed = direction === 'forward' ? at < limit : true
        expect(again).toBe(passed ? 'CURSOR_STALE' : 'read')
      },
    ),
    { numRuns: 100 },
  )
})

test('S13 a stream gives what the file said when it began, whatever is appended meanwhile', async () => {
  const told = Array.from({ length: 3000 }, (_, i) => said('user', `message ${i}`))
  const folder = folderOf({ s: told })
  const reader = await openLegacyReader(await openJsonlSource(folder))
  for (const direction of ['forward', 'backward'] as const) {
    const read: string[] = []
    for await (const { record } of reader.read('s', { direction, to: 3000 })) {
      if (read.push(record) % 1000 === 1) appendFileSync(join(folder, 's.jsonl'), lines(turn('more')))
    }
    expect(read).toEqual(direction === 'forward' ? textOf(told) : textOf(told).reverse())
  }
})

test('S13 a stream whose file is rewritten under it fails by name and never ends short', async () => {
  const told = Array.from({ length: 3000 }, (_, i) =>
    said('user', `message ${i} ${'of so many '.repeat(20)}`),
  )
  for (const direction of ['forward', 'backward'] as const) {
    const folder = folderOf({ s: told })
    const reader = await openLegacyReader(await openJsonlSource(folder))
    const read = async (): Promise<void> => {
      let count = 0
      for await (const _ of reader.read('s', { direction })) {
        if (count++ > 0) continue
        // The same lengths, so that only what is said tells.
        writeFileSync(join(folder, 's.jsonl'), lines(told).replaceAll('of so many', 'of too few'))
      }
    }
    await expect(read()).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
  }
})

test('S15 a file that cannot be read is an error and no empty transcript; lists go on without it', async () => {
  const folder = folderOf({ good: turn('a'), bad: turn('b') })
  const reader = await openLegacyReader(await openJsonlSource(folder))
  rmSync(join(folder, 'bad.jsonl'))
  expect((await reader.list()).sessions.map(({ id }) => id)).toEqual(['good'])
  expect(await reader.get('bad')).toBeNull()
  const source = toldSource([{ id: 'good', file: turn('a') }])
  const problem = { code: 'unreadable-file', path: '/made/up/bad.jsonl', detail: 'EACCES' } as const
  const locked = await openLegacyReader({ ...source, path: source.path, problems: [problem] })
  await expect(locked.get('bad')).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  await expect(locked.page('nobody')).rejects.toMatchObject({ code: 'NO_SESSION' })
})

test('S14 a session that cannot be read stands among the problems and takes no other with it', async () => {
  const source = toldSource([
    { id: 'a', file: turn('a') },
    { id: 'b', file: turn('b') },
  ])
  const failing = {
    ...source,
    path: source.path,
    async *sessions() {
      for await (const session of source.sessions()) {
        const { file } = session
        if (session.id === 'a' || !file) yield session
        else {
          const read = (): never => {
            throw new SourceUnreadable(file.path, 'it failed with EIO')
          }
          yield { ...session, file: { ...file, read } }
        }
      }
    },
  }
  const reader = await openLegacyReader(failing)
  expect((await reader.list()).sessions.map(({ id }) => id)).toEqual(['a'])
  expect(reader.problems).toMatchObject([{ code: 'unreadable-file', path: '/made/up/b.file' }])
  await expect(reader.page('b')).rejects.toThrow(SourceUnreadable)
})

test('a session that came since is found, and one that changed is told as it is now', async () => {
  const folder = folderOf({ a: turn('a') })
  const reader = await openLegacyReader(await openJsonlSource(folder))
  expect(await reader.get('b')).toBeNull()
  writeFileSync(join(folder, 'b.jsonl'), lines(turn('b')))
  expect((await reader.get('b'))?.entryCount).toBe(2)
  const before = await reader.get('a')
  appendFileSync(join(folder, 'a.jsonl'), lines(turn('more')))
  const after = await reader.get('a')
  expect([before?.revision, after?.revision]).toEqual([2, 4])
  // Also where someone puts the times back.
  const { atime, mtime } = statSync(join(folder, 'a.jsonl'))
  writeFileSync(join(folder, 'a.jsonl'), lines([...turn('b'), ...turn('more')]))
  utimesSync(join(folder, 'a.jsonl'), atime, mtime)
  expect((await reader.get('a'))?.head).not.toBe(after?.head)
})
