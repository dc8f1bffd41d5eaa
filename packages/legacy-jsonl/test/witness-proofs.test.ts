import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type LegacySession,
  type LegacySource,
  openJsonlSource,
  planImport,
  planResolution,
  runImport,
  runResolution,
  verifySource,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'
import { said, type Told, type ToldSession, toldSource, turn } from './told-source.ts'

const hi: Told[] = [said('user', 'hi')]

/** A session whose file is one. */
async function sourceOf({ file, ...session }: ToldSession): Promise<LegacySource> {
  const path = join(temporaryFolder(), `${session.id}.jsonl`)
  writeFileSync(path, (file ?? []).map(({ text }) => `${text}\n`).join(''))
  const files = await openJsonlSource(path, { limits: { maxBytes: 500, maxDepth: 100 } })
  return {
    path,
    format: 'made-up',
    problems: [],
    close: () => files.close(),
    async *sessions(): AsyncGenerator<LegacySession> {
      for await (const told of toldSource([session]).sessions()) {
        if (file) for await (const { file: own } of files.sessions()) yield { ...told, file: own }
        else yield told
      }
    },
  }
}

async function bringIn(store: MemoryStore, session: ToldSession): Promise<void> {
  await runImport(await planImport(await sourceOf(session), store))
}

/** Of each witness what is proven: what only it has, and whether it is anchored. */
async function proofs(store: MemoryStore, session: ToldSession) {
  const { sessions } = await verifySource(await sourceOf(session), store, { witnesses: true })
  return Object.fromEntries(
    (sessions[0]?.witnesses ?? []).map(({ witness: { kind }, note, digest, lack, anchored }) => [
      kind,
      { noted: note !== null, read: digest !== null, lack: lack && `${lack.code}: ${lack.detail}`, anchored },
    ]),
  )
}

const whole = { noted: true, read: true, lack: null, anchored: true }

/** A store in which a gateway wrote these. */
async function writtenLive(told: readonly Told[]): Promise<MemoryStore> {
  const store = createMemoryStore()
  await store.append(
    's',
    told.map(({ text }) => ({ record: text })),
    { create: {} },
  )
  return store
}

describe('a witness that the store could do without', () => {
  test.each<[what: string, session: Omit<ToldSession, 'id'>]>([
    ['a file', { file: turn('a') }],
    ['a database', { database: turn('a') }],
    [
      'either, each with what the other lacks',
      { database: [...turn('a'), ...turn('c')], file: [...turn('a'), ...turn('b'), ...turn('c')] },
    ],
    [
      'either, with members of their own',
      {
        database: [...turn('a'), said('assistant', 'a: that is all.', { tokens: 1, model: 'm' })],
        file: [...turn('a'), said('assistant', 'a: that is all.', { tokens: 2, mirror: true })],
      },
    ],
    ['a file with lines that are no entry', { file: [...turn('a'), { text: 'broken' }, { text: '[1]' }] }],
  ])('%s', async (_, witnesses) => {
    const store = createMemoryStore()
    const session = { id: 's', ...witnesses }
    await bringIn(store, session)
    const { file, database } = session
    expect(await proofs(store, session)).toEqual({
      ...(file ? { file: whole } : {}),
      ...(database ? { database: whole } : {}),
    })
  })
})

test('rows that were written twice by mistake, or withdrawn, take no anchor away', async () => {
  const twice = [...turn('a'), ...turn('b')].flatMap((told, i) => [
    { ...told, at: i * 60_000 },
    { ...told, at: i * 60_000 + 1 },
  ])
  const withdrawn = turn('a').map((told) => ({ ...told, withdrawn: true }))
  for (const database of [twice, [...withdrawn, ...turn('a')]]) {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', database, file: [...turn('a'), ...turn('b')] }
    await bringIn(store, session)
    expect(await proofs(store, session)).toEqual({ database: whole, file: whole })
  }
})

describe('a file is anchored', () => {
  test.each<[what: string, first: Omit<ToldSession, 'id'>, then: Omit<ToldSession, 'id'>, anchored: boolean]>(
    [
      ['by having brought the session itself', { file: hi }, { file: hi }, true],
      ['not by a few words that the store said already', { database: hi }, { file: hi }, false],
      ['by a distinctive message', { database: turn('a') }, { file: turn('a') }, true],
      [
        'not by another file having brought the session',
        { file: [...hi, said('user', 'ho')] },
        { file: hi },
        false,
      ],
    ],
  )('%s', async (_, first, then, anchored) => {
    const store = createMemoryStore()
    await bringIn(store, { id: 's', ...first })
    await bringIn(store, { id: 's', ...then })
    expect(await proofs(store, { id: 's', ...then })).toEqual({ file: { ...whole, anchored } })
  })
})

describe('a witness that alone has something', () => {
  const lacks = (kind: 'file' | 'database', lack: string) => ({ [kind]: expect.objectContaining({ lack }) })

  test('the first row with a member that the store does not have', async () => {
    const rows = [...turn('a'), ...turn('b')]
    const store = await writtenLive(rows)
    const more = ({ text }: Told): Told => ({ text: `${text.slice(0, -1)},"more":1}` })
    const session: ToldSession = {
      id: 's',
      database: rows.map((row, i) => (i === 1 || i === 3 ? more(row) : row)),
    }
    await bringIn(store, session)
    expect(await proofs(store, session)).toEqual(
      lacks('database', 'not-whole: row 2 is not in the store with all that it tells'),
    )
  })

  test('the first line whose text was removed from the store', async () => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', file: [...turn('a'), ...turn('b')] }
    await bringIn(store, session)
    for (const seq of [4, 2]) await store.redact('s', seq, 'think')
    expect(await proofs(store, session)).toEqual(
      lacks('file', 'redacted: a text of line 2 was redacted in the store'),
    )
  })

  test.each<[what: string, seq: number, lack: string]>([
    ['another entry', 4, 'not-whole: row 2 is not in the store with all that it tells'],
    ['its own entry', 2, 'redacted: a text of row 2 was redacted in the store'],
  ])('a row with a member of its own, where a text was redacted from %s', async (_, seq, lack) => {
    const rows = [...turn('a'), ...turn('b')]
    const store = await writtenLive(rows)
    const database = rows.map(({ text }, i) => ({ text: i === 1 ? `${text.slice(0, -1)},"more":1}` : text }))
    await bringIn(store, { id: 's', database })
    await store.redact('s', seq, 'think')
    expect(await proofs(store, { id: 's', database })).toEqual(lacks('database', lack))
  })

  test.each<[what: string, text: string, lack: string]>([
    ['a line with white space of its own, whose kept bytes were redacted', 'think', 'a text of line 2'],
    ['a line of an entry that was written live', 'b: I', 'a text of line 4'],
  ])('%s', async (_, text, lack) => {
    const lines = [...turn('a'), ...turn('b')]
    const store = await writtenLive(lines)
    const file = lines.map(({ text }, i) => ({ text: i === 1 ? text.replace('{', '{ ') : text }))
    await bringIn(store, { id: 's', file })
    expect(await proofs(store, { id: 's', file })).toEqual({ file: whole })
    await store.redact('s', 4, text)
    expect(await proofs(store, { id: 's', file })).toEqual(
      lacks('file', `redacted: ${lack} was redacted in the store`),
    )
  })

  test('lines that a person left where they are', async () => {
    const store = createMemoryStore()
    const session: ToldSession = {
      id: 's',
      database: [...turn('a'), ...turn('x')],
      file: [...turn('a'), ...turn('y')],
    }
    const source = await sourceOf(session)
    await runImport(await planImport(source, store))
    for await (const each of source.sessions())
      await runResolution(await planResolution(each, store), 'keep-canonical')
    const { sessions } = await verifySource(source, store, { witnesses: true })
    expect(
      sessions[0]?.witnesses.map(({ witness, lack, anchored }) => [witness.kind, lack?.detail, anchored]),
    ).toEqual([
      ['file', '2 of its lines stay where they are', true],
      ['database', undefined, true],
    ])
  })

  test('a line that is too long to be kept: nothing is proven of it', async () => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', file: [...turn('a'), said('user', 'x'.repeat(600))] }
    await bringIn(store, session)
    const { findings } = await verifySource(await sourceOf(session), store)
    expect(findings.map(({ code, line }) => [code, line])).toEqual([['bytes-not-kept', 3]])
    expect(await proofs(store, session)).toEqual({
      file: { noted: false, read: true, lack: null, anchored: false },
    })
  })

  test('what came since its import: nothing is proven of it', async () => {
    const store = createMemoryStore()
    await bringIn(store, { id: 's', file: turn('a') })
    expect(await proofs(store, { id: 's', file: [...turn('a'), ...turn('b')] })).toEqual({
      file: { noted: false, read: true, lack: null, anchored: false },
    })
  })
})
