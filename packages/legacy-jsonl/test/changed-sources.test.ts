import { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type FormatAdapter,
  type ImportReport,
  type ImportTarget,
  openaiChatJsonl,
  openJsonlSource,
  planImport,
  runImport,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

const ID = '20260302_100000_aaaaaaaa'
const said = (...texts: readonly string[]): string =>
  texts.map((text) => `{"role":"user","content":"${text}, at some length"}\n`).join('')

async function bringIn(path: string, store: ImportTarget, adapter?: FormatAdapter): Promise<ImportReport> {
  const source = await openJsonlSource(path, adapter ? { adapter } : {})
  try {
    return await runImport(await planImport(source, store))
  } finally {
    await source.close()
  }
}

const codesOf = ({ sources }: ImportReport): readonly string[] =>
  sources.flatMap(({ problems }) => problems.map(({ code }) => code))

async function says(store: ImportTarget, id = ID): Promise<string> {
  const records: string[] = []
  for await (const { record } of store.read(id)) records.push(`${record}\n`)
  return records.join('')
}

/** A folder with one transcript that was imported. */
async function imported(text: string) {
  const folder = join(temporaryFolder(), 'sessions')
  mkdirSync(folder)
  const file = join(folder, `${ID}.jsonl`)
  writeFileSync(file, text)
  const store = createMemoryStore()
  await bringIn(folder, store)
  return { folder, file, store }
}

describe('a file that changed since it was imported', () => {
  test('grew: its new lines join, and nothing is reported', async () => {
    const { folder, file, store } = await imported(said('one', 'two'))
    appendFileSync(file, said('three'))
    const report = await bringIn(folder, store)
    expect(report.sessions).toMatchObject([{ verdict: 'extended', entries: { added: 1 } }])
    expect(codesOf(report)).toEqual([])
    expect(await says(store)).toBe(said('one', 'two', 'three'))
  })

  test.for<[string, string]>([
    ['in the middle', said('one', 'TWO', 'three')],
    ['at its end', said('one', 'two', 'THREE')],
    ['and grew', said('ONE', 'two', 'three', 'four')],
  ])('was edited %s: it is reported once, overwrites nothing, and blocks no other', async ([, text]) => {
    const { folder, file, store } = await imported(said('one', 'two', 'three'))
    writeFileSync(file, text)
    writeFileSync(join(folder, 'other.jsonl'), said('of another'))
    const report = await bringIn(folder, store)
    expect(codesOf(report)).toEqual(['source-edited'])
    expect(report.sessions.map(({ verdict }) => verdict)).toEqual(['ambiguous', 'imported'])
    expect(await says(store)).toBe(said('one', 'two', 'three'))
    expect(codesOf(await bringIn(folder, store))).toEqual([])
  })

  test('was cut short: it is reported, and the store keeps all of it', async () => {
    const { folder, file, store } = await imported(said('one', 'two', 'three'))
    writeFileSync(file, said('one', 'two'))
    const report = await bringIn(folder, store)
    expect(codesOf(report)).toEqual(['source-truncated'])
    expect(report.sessions).toMatchObject([{ verdict: 'kept', action: 'unchanged' }])
    expect(await says(store)).toBe(said('one', 'two', 'three'))
  })

  test('goes back to what it was: nothing is reported and nothing written', async () => {
    const { folder, file, store } = await imported(said('one', 'two', 'three'))
    writeFileSync(file, said('one', 'TWO', 'three'))
    await bringIn(folder, store)
    writeFileSync(file, said('one', 'two', 'three'))
    const report = await bringIn(folder, store)
    expect(codesOf(report)).toEqual([])
    expect(report).toMatchObject({ importId: null })
  })

  test('grew behind a torn line that its writer completed', async () => {
    const torn = `${said('one')}{"role":"user","con`
    const { folder, file, store } = await imported(torn)
    appendFileSync(file, 'tent":"two, at some length"}\n')
    const report = await bringIn(folder, store)
    expect(codesOf(report)).toEqual([])
    expect(await says(store)).toBe(said('one', 'two'))
  })
})

describe('two files that claim one session', () => {
  async function claiming(name: string, text: string) {
    const made = await imported(said('one', 'two'))
    const store = createMemoryStore()
    const copy = join(made.folder, name)
    writeFileSync(copy, text)
    return { ...made, copy, store }
  }

  test.for([
    `${ID} (1).jsonl`,
    `${ID} copy.jsonl`,
    `${ID} - Copy (2).jsonl`,
    `${ID}.bak.jsonl`,
    `${ID}-old.jsonl`,
    `${ID}.sync-conflict-20260303-101010-ABCDEFG.jsonl`,
    `${ID} (conflicted copy 2026-03-03).jsonl`,
  ])('%s, equal: they are one', async (name) => {
    const { folder, store } = await claiming(name, said('one', 'two'))
    const report = await bringIn(folder, store)
    expect(report.sessions).toMatchObject([{ id: ID, verdict: 'imported' }])
    expect(codesOf(report)).toEqual(['covered-file'])
    expect(await says(store)).toBe(said('one', 'two'))
  })

  test.for([
    { longer: 'the copy', text: said('one', 'two', 'three'), whole: said('one', 'two', 'three') },
    { longer: 'the original', text: said('one'), whole: said('one', 'two') },
  ])('one the beginning of the other: the longer tells the session, $longer', async ({ text, whole }) => {
    const { folder, store } = await claiming(`${ID} (1).jsonl`, text)
    const report = await bringIn(folder, store)
    expect(report.sessions).toHaveLength(1)
    expect(codesOf(report)).toEqual(['covered-file'])
    expect(await says(store)).toBe(whole)
    expect(await bringIn(folder, store)).toMatchObject({ importId: null })
  })

  test('else nothing of either is written, every line counts as withheld, and importing one decides', async () => {
    const { folder, file, copy, store } = await claiming(`${ID} (1).jsonl`, said('one', 'else', 'more'))
    const report = await bringIn(folder, store)
    expect(report.sessions).toMatchObject([
      { id: ID, verdict: 'ambiguous', reason: 'several-files', lines: { total: 5, withheld: 5 } },
    ])
    expect(report.sources[0]?.problems).toMatchObject([
      { code: 'several-files', path: file },
      { code: 'several-files', path: copy },
    ])
    expect(await store.get(ID)).toBeNull()
    const again = await bringIn(folder, store)
    expect(again.sessions).toMatchObject([{ verdict: 'ambiguous', reason: 'several-files' }])
    expect(again.importId).toBeNull()

    await bringIn(copy, store)
    const decided = await bringIn(folder, store)
    expect(decided.sessions[0]).not.toHaveProperty('reason')
    expect(decided.sources[0]?.problems).toMatchObject([{ code: 'other-file', path: file }])
    expect(await says(store)).toBe(said('one', 'else', 'more'))
    rmSync(copy)
    expect((await bringIn(folder, store)).sessions).toMatchObject([{ id: ID, verdict: 'ambiguous' }])
  })

  test('one that was imported by itself and is undecided has decided nothing', async () => {
    const { folder, copy, store } = await claiming(`${ID} (1).jsonl`, said('one', 'else'))
    const entries = ['one', 'live'].map((text) => ({ kind: 'message', record: said(text).trimEnd() }))
    await store.append(ID, entries, { create: {} })
    expect((await bringIn(copy, store)).sessions).toMatchObject([{ verdict: 'ambiguous' }])
    expect((await bringIn(folder, store)).sessions).toMatchObject([{ reason: 'several-files' }])
  })

  test('a name that is no transcript’s with a mark of copies is a session of its own', async () => {
    const { folder } = await imported(said('one'))
    writeFileSync(join(folder, 'chat (1).jsonl'), said('of one chat'))
    writeFileSync(join(folder, 'chat (2).jsonl'), said('of another chat'))
    const report = await bringIn(folder, createMemoryStore())
    expect(report.sessions.map(({ id }) => id)).toEqual([ID, 'chat (1)', 'chat (2)'])
  })
})

describe('records that name their session', () => {
  const adapter: FormatAdapter = {
    ...openaiChatJsonl(),
    name: 'headed',
    claimedId: (beginning) => {
      const id = beginning.find((record) => record['session'] !== undefined)?.['session']
      return typeof id === 'string' ? id : null
    },
    fits: (record) => 'session' in record || 'role' in record,
    decode: (line) => ('session' in line.record ? { as: 'metadata' } : openaiChatJsonl().decode(line)),
  }

  test('count before the name of the file, and a name that says otherwise is reported', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'x.jsonl'), `{"session":"x"}\n${said('one')}`)
    writeFileSync(join(folder, 'renamed.jsonl'), `{"session":"y"}\n${said('two')}`)
    writeFileSync(join(folder, 'silent.jsonl'), said('three'))
    const report = await bringIn(folder, createMemoryStore(), adapter)
    expect(report.sessions.map(({ id }) => id)).toEqual(['y', 'silent', 'x'])
    expect(report.sources[0]?.problems).toMatchObject([
      { code: 'id-mismatch', path: join(folder, 'renamed.jsonl') },
    ])
  })

  test('make a renamed copy one with its original', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'x.jsonl'), `{"session":"x"}\n${said('one')}`)
    copyFileSync(join(folder, 'x.jsonl'), join(folder, 'moved.jsonl'))
    appendFileSync(join(folder, 'moved.jsonl'), said('two'))
    const store = createMemoryStore()
    const report = await bringIn(folder, store, adapter)
    expect(codesOf(report)).toEqual(['id-mismatch', 'covered-file'])
    expect(await says(store, 'x')).toBe(said('one', 'two'))
    expect(readFileSync(join(folder, 'x.jsonl'), 'utf8')).toContain('one')
  })
})
