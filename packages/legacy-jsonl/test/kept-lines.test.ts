import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type FormatAdapter,
  hermesJsonl,
  type ImportReport,
  openaiChatJsonl,
  openJsonlSource,
  planImport,
  planResolution,
  runImport,
  runResolution,
  type SourceVerification,
  undoImport,
  verifySource,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import type { ImportStep, QuarantinedLine, SessionImport } from '@faircopy/store-core/operator'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'
import { type Told, type ToldSession, toldSource } from './told-source.ts'

type KeptLine = QuarantinedLine & { readonly importId: string }

const HEADER =
  '{"_type":"metadata", "chat_id":12345678901234567890,"ratio":1e2,"theme":"dark","theme":"light"}'
const SECOND = '{"_type":"metadata","last":-0,"note":"caf\\u00e9"}'
const user = (text: string, more = ''): string => `{"role":"user","content":"${text}, at some length"${more}}`

/** A folder with one transcript. */
function folderOf(text: string): { readonly folder: string; readonly file: string } {
  const folder = join(temporaryFolder(), 'sessions')
  mkdirSync(folder)
  const file = join(folder, 'a.jsonl')
  writeFileSync(file, text)
  return { folder, file }
}

async function bringIn(
  path: string,
  store: MemoryStore,
  adapter: FormatAdapter = openaiChatJsonl(),
): Promise<ImportReport> {
  await using source = await opened(path, adapter)
  return await runImport(await planImport(source.source, store))
}

async function prove(
  path: string,
  store: MemoryStore,
  adapter: FormatAdapter = openaiChatJsonl(),
): Promise<SourceVerification> {
  await using source = await opened(path, adapter)
  return await verifySource(source.source, store, { witnesses: true })
}

async function opened(path: string, adapter: FormatAdapter) {
  const source = await openJsonlSource(path, { adapter })
  return { source, [Symbol.asyncDispose]: () => source.close() }
}

async function kept(store: MemoryStore): Promise<readonly string[]> {
  const lines = await Array.fromAsync(store.quarantined('a'))
  return lines.map(
    ({ reason, line, offset, bytes }) =>
      `${reason} ${line} ${offset} ${bytes && Buffer.from(bytes).toString()}`,
  )
}

const words = ({ findings }: SourceVerification): readonly string[] =>
  findings.map(({ code, line }) => `${code} ${line ?? ''}`.trim())

const lacks = ({ sessions }: SourceVerification): readonly unknown[] =>
  sessions.flatMap(({ witnesses }) =>
    witnesses.map(({ note, lack }) => (note ? (lack?.code ?? null) : 'no note')),
  )

test('S9 of a line that stands twice each is an entry, also where it came later', async () => {
  const meta = '{"role":"session_meta","tools":[],"model":"m"}'
  const begun = `${[meta, user('one'), user('two')].join('\n')}\n`
  const { folder, file } = folderOf(begun)
  const store = createMemoryStore()
  await bringIn(folder, store, hermesJsonl())
  appendFileSync(file, `${meta}\n`)
  expect(words(await prove(folder, store, hermesJsonl()))).toEqual(['source-grown 4'])
  await bringIn(folder, store, hermesJsonl())
  expect(await kept(store)).toEqual([])
  const entries = []
  for await (const session of store.sessions())
    for await (const { record } of store.read(session)) entries.push(record)
  expect(entries).toEqual(`${begun}${meta}`.split('\n'))
  const proven = await prove(folder, store, hermesJsonl())
  expect([words(proven), lacks(proven)]).toEqual([[], [null]])
  expect((await bringIn(folder, store, hermesJsonl())).importId).toBeNull()
})

describe('lines that tell of the session', () => {
  test('are kept with their bytes and their place, and proven by them', async () => {
    const text = [HEADER, user('one'), SECOND, user('two'), SECOND].join('\n')
    const { folder } = folderOf(text)
    const store = createMemoryStore()
    await bringIn(folder, store)
    expect(await kept(store)).toEqual([
      `metadata 1 0 ${HEADER}`,
      `metadata 3 ${text.indexOf(SECOND)} ${SECOND}`,
      `metadata 5 ${text.lastIndexOf(SECOND)} ${SECOND}`,
    ])
    const proven = await prove(folder, store)
    expect([words(proven), lacks(proven)]).toEqual([[], [null]])
  })

  test('are not proven where the store has other bytes, or none', async () => {
    const { folder } = folderOf(`${HEADER}\n${user('one')}\n`)
    const store = createMemoryStore()
    await bringIn(folder, store)
    for (const change of [
      (): readonly KeptLine[] => [],
      (lines: readonly KeptLine[]) =>
        lines.map((line) => ({ ...line, bytes: Buffer.from(HEADER.replace('1e2', '100')) })),
    ]) {
      const lines = change(await Array.fromAsync(store.quarantined('a')))
      const lost = overriding(store, 'quarantined', async function* () {
        yield* lines
      })
      const proven = await prove(folder, lost)
      expect([words(proven), lacks(proven)]).toEqual([['quarantine-differs 1'], ['no note']])
    }
  })

  test('join with the next import of a file that an earlier version imported without them', async () => {
    const { folder } = folderOf(`${HEADER}\n${user('one')}\n${SECOND}\n`)
    const store = createMemoryStore()
    await bringIn(folder, asEarlier(store))
    expect(await kept(store)).toEqual([])
    const before = await prove(folder, store)
    expect([words(before), lacks(before)]).toEqual([['source-grown 1', 'source-grown 3'], ['no note']])
    expect((await bringIn(folder, store)).importId).not.toBe(null)
    expect(words(await prove(folder, store))).toEqual([])
    expect((await bringIn(folder, store)).importId).toBe(null)
  })

  test('of a file that grew are kept once, and taken back with the import that brought them', async () => {
    const { folder, file } = folderOf(`${HEADER}\n${user('one')}\n`)
    const store = createMemoryStore()
    await bringIn(folder, store)
    appendFileSync(file, `${user('two')}\n${SECOND}\n`)
    const second = await bringIn(folder, store)
    expect((await kept(store)).map((line) => line.slice(0, 12))).toEqual(['metadata 1 0', 'metadata 4 1'])
    expect(words(await prove(folder, store))).toEqual([])
    await undoImport(store, second.importId ?? '')
    expect((await kept(store)).map((line) => line.slice(0, 12))).toEqual(['metadata 1 0'])
    expect(words(await prove(folder, store))).not.toEqual([])
  })

  test('alone make no session, and join one that is there', async () => {
    const { folder } = folderOf(`${HEADER}\n`)
    const store = createMemoryStore()
    await bringIn(folder, store)
    expect(words(await prove(folder, store))).toEqual(['unreadable-session'])
    await store.create('a')
    await store.append('a', [{ record: user('live') }])
    expect(words(await prove(folder, store))).toEqual(['source-grown 1'])
    await bringIn(folder, store)
    expect(await kept(store)).toEqual([`metadata 1 0 ${HEADER}`])
    expect(words(await prove(folder, store))).toEqual([])
  })
})

/** A store that takes in what an earlier version did: its ledger keys were others, and metadata was not kept. */
function asEarlier(store: MemoryStore): MemoryStore {
  return overriding(store, 'import', (plan: SessionImport) =>
    store.import({
      ...plan,
      note: { ...plan.note, key: `earlier ${plan.note.key}` },
      steps: plan.steps && entriesOf(plan.steps),
    }),
  )
}

async function* entriesOf(steps: NonNullable<SessionImport['steps']>): AsyncGenerator<ImportStep> {
  for await (const step of steps) if (!('quarantine' in step)) yield step
}

/** A store of which one method is another. */
function overriding<M extends keyof MemoryStore>(
  store: MemoryStore,
  method: M,
  by: MemoryStore[M],
): MemoryStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === method) return by
      const own: unknown = Reflect.get(target, name)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}

describe('a line that an entry with another text stands for', () => {
  const written = [
    ['spaces', `{ "role":"user","content":"one, at some length" }`],
    ['the order of members', `{"content":"one, at some length","role":"user"}`],
    ['escapes', `{"role":"user","content":"one, at some l\\u0065ngth"}`],
    ['a member that stands twice', user('one', ',"n":1,"n":2')],
    ['a number that a double cannot hold', user('one', ',"n":12345678901234567890')],
    ['a number written otherwise', user('one', ',"n":1e2')],
    ['a zero below zero', user('one', ',"n":-0')],
  ] as const

  test.for(written)('is kept beside it: %s', async ([, line]) => {
    const { folder } = folderOf(`${line}\n${user('two')}\n`)
    const store = createMemoryStore()
    await store.create('a')
    const stored = JSON.stringify({ role: 'user', content: '', ...JSON.parse(line) })
    await store.append('a', [{ record: stored }, { record: user('two') }])
    await bringIn(folder, store)
    const records = (await Array.fromAsync(store.read('a'))).map(({ record }) => record)
    expect(records).toEqual([stored, user('two')])
    expect(await kept(store)).toEqual([`text 1 0 ${line}`])
    const proven = await prove(folder, store)
    expect([words(proven), lacks(proven)]).toEqual([[], [null]])
    expect((await bringIn(folder, store)).importId).toBe(null)
  })

  test('is kept once, however often its file grows', async () => {
    const { folder, file } = folderOf(`${written[0][1]}\n${user('two')}\n`)
    const store = createMemoryStore()
    await store.create('a')
    await store.append('a', [{ record: user('one') }, { record: user('two') }])
    await bringIn(folder, store)
    for (const text of ['three', 'four']) {
      appendFileSync(file, `${user(text)}\n`)
      await bringIn(folder, store)
    }
    expect(await kept(store)).toEqual([`text 1 0 ${written[0][1]}`])
    expect(words(await prove(folder, store))).toEqual([])
  })

  test('is not proven where its text is gone', async () => {
    const { folder } = folderOf(`${written[0][1]}\n${user('two')}\n`)
    const store = createMemoryStore()
    await store.create('a')
    await store.append('a', [{ record: user('one') }, { record: user('two') }])
    await bringIn(folder, store)
    const lost = overriding(store, 'quarantined', async function* () {})
    expect(words(await prove(folder, lost))).toEqual(['quarantine-differs 1'])
    await store.redact('a', 1, 'one')
    expect(await kept(store)).toEqual(['text 1 0 null'])
    const proven = await prove(folder, store)
    expect([words(proven), lacks(proven)]).toEqual([[], ['redacted']])
  })
})

test('a line that is too long to be kept is not proven', async () => {
  const long = `{"role":"user","content":"${'x'.repeat(17 * 1024 * 1024)}"}`
  const { folder } = folderOf(`${user('one')}\n${long}\n`)
  const store = createMemoryStore()
  await bringIn(folder, store)
  expect(words(await prove(folder, store))).toEqual(['bytes-not-kept 2'])
})

describe('a line that holds several records', () => {
  const one = user('one', ',"n":12345678901234567890,"s":"}{\\"}{"')
  const two = user('two')
  const three = user('three')
  const torn = '{"role":"user","content":"fo'
  const inText = (text: string, part: string): number => Buffer.byteLength(text.slice(0, text.indexOf(part)))

  test.for<[string, string, readonly string[], readonly string[]]>([
    ['two', `${one}${two}\n`, [one, two], []],
    [
      'three, and a line behind them',
      `${one}${two}${three}\n${user('four')}\n`,
      [one, two, three, user('four')],
      [],
    ],
    ['space between and around them', ` ${one} \t${two} \n`, [` ${one}`, ` \t${two} `], []],
    ['a carriage return between them', `${one}\r${two}\r\n`, [one, `\r${two}`], []],
    ['letters of several bytes', `${user('é🦀')}${two}${three}`, [user('é🦀'), two, three], []],
    ['a torn one at the end of the file', `${one}${two}${torn}`, [one, two], [`torn-tail ${torn}`]],
    ['a torn one in the middle of the file', `${one}${torn}\n${two}\n`, [one, two], [`invalid-json ${torn}`]],
    [
      'one that is no JSON in the middle',
      `${one}${two}{x}${three}\n`,
      [one, two],
      [`invalid-json {x}${three}`],
    ],
    ['something else at the end', `${one}${two} 3\n`, [one, two], ['not-an-object  3']],
    ['metadata', `${HEADER}${one}${SECOND}\n`, [one], [`metadata ${HEADER}`, `metadata ${SECOND}`]],
    ['a record and a number', `${one} 3\n${two}\n`, [two], [`several-values ${one} 3`]],
    ['a record and a comma', `${one},\n${two}\n`, [two], [`invalid-json ${one},`]],
    ['a torn record and a whole one', `${torn}${one}\n${two}\n`, [two], [`invalid-json ${torn}${one}`]],
  ])('%s', async ([, text, records, aside]) => {
    const { folder, file } = folderOf(text)
    const store = createMemoryStore()
    const report = await bringIn(folder, store)
    const entries = await Array.fromAsync(store.read('a'))
    expect(entries.map(({ record }) => record)).toEqual(records)
    expect(entries.map(({ provenance }) => provenance?.offset)).toEqual(
      records.map((record) => inText(text, record)),
    )
    const lines = await Array.fromAsync(store.quarantined('a'))
    expect(lines.map(({ reason, bytes }) => `${reason} ${Buffer.from(bytes ?? [])}`)).toEqual(aside)
    for (const { offset, length, bytes } of lines)
      expect(Buffer.from(text).subarray(offset, offset + length)).toEqual(Buffer.from(bytes ?? []))
    expect(report.sessions[0]?.lines.total).toBe(records.length + aside.length)
    const proven = await prove(folder, store)
    expect([words(proven), lacks(proven)]).toEqual([[], [null]])
    expect((await bringIn(folder, store)).importId).toBe(null)

    appendFileSync(file, `${text.endsWith('\n') ? '' : '"}\n'}${user('the end')}\n`)
    await bringIn(folder, store)
    expect(words(await prove(folder, store))).toEqual([])
  })

  test('is recognised by its records, and told as a remark', async () => {
    const { folder } = folderOf(`${one}${two}`)
    const store = createMemoryStore()
    const source = await openJsonlSource(folder)
    const report = await runImport(await planImport(source, store))
    expect(report.sources[0]?.problems.map(({ code, line }) => `${code} ${line}`)).toEqual([
      'several-records 1',
    ])
    expect(report.sessions).toMatchObject([{ verdict: 'imported', lines: { total: 2, imported: 2 } }])
  })

  test('gives them all with the next import where an earlier version quarantined it', async () => {
    const { folder } = folderOf(`${one}${two}\n${three}\n`)
    const store = createMemoryStore()
    await store.create('a')
    await store.append('a', [{ record: three }])
    await bringIn(folder, store)
    expect((await Array.fromAsync(store.read('a'))).map(({ record }) => record)).toEqual([one, two, three])
  })
})

describe('what was redacted does not come back', () => {
  const SECRET = 'hunter-2'
  const header = `{"_type":"metadata","note":"${SECRET}"}`
  const spaced = `{ "role":"user","content":"${SECRET}, at some length"}`
  const broken = `${SECRET} is no JSON`

  const everything = async (store: MemoryStore): Promise<string> => {
    const records = await Array.fromAsync(store.read('a'), ({ record }) => record)
    const history = await Array.fromAsync(store.history('a'), ({ record }) => record)
    return [...records, ...history, ...(await kept(store))].join('\n')
  }

  test('with the file when it grows', async () => {
    const text = `${header}\n${user('one')}\n${user(SECRET)}\n${broken}\n`
    const { folder, file } = folderOf(text)
    const store = createMemoryStore()
    await bringIn(folder, store)
    await store.redact('a', 2, SECRET)
    expect(await everything(store)).not.toContain(SECRET)
    expect(words(await prove(folder, store))).toEqual([])
    for (const word of ['two', 'three']) {
      appendFileSync(file, `${user(word)}\n`)
      await bringIn(folder, store)
      expect(await everything(store)).toContain(word)
      expect(await everything(store)).not.toContain(SECRET)
      expect(words(await prove(folder, store))).toEqual([])
    }
  })

  test('as the text of a line that an entry from elsewhere stands for', async () => {
    const { folder } = folderOf(`${user('one')}\n${spaced}\n${user('two')}\n`)
    const store = createMemoryStore()
    await store.create('a')
    await store.append(
      'a',
      [user('one'), user(SECRET), user('two')].map((record) => ({ record })),
    )
    await bringIn(folder, store)
    await bringIn(folder, store)
    expect(await kept(store)).toHaveLength(1)
    await store.redact('a', 2, SECRET)
    expect(await everything(store)).not.toContain(SECRET)
    expect(words(await prove(folder, store))).toEqual([])
    await bringIn(folder, store)
    expect(await everything(store)).not.toContain(SECRET)
  })

  test('with the file when another line of it is edited', async () => {
    const { folder, file } = folderOf(`${user('one')}\n${user(SECRET)}\n${user('two')}\n`)
    const store = createMemoryStore()
    await bringIn(folder, store)
    await store.redact('a', 2, SECRET)
    writeFileSync(file, `${user('one')}\n${user(SECRET)}\n${user('two')}  \n${user('three')}\n`)
    expect((await bringIn(folder, store)).sessions).toMatchObject([{ verdict: 'extended' }])
    expect(await everything(store)).toContain('three')
    expect(await everything(store)).not.toContain(SECRET)
  })

  test('a header that is written anew at the same place is kept', async () => {
    const { folder, file } = folderOf(`${header}\n${user('one')}\n`)
    const store = createMemoryStore()
    await bringIn(folder, store)
    await store.redact('a', 1, SECRET)
    const anew = header.replace(SECRET, 'butter-3')
    writeFileSync(file, `${anew}\n${user('one')}\n`)
    expect(words(await prove(folder, store))).toEqual(['source-grown 1'])
    await bringIn(folder, store)
    expect(await kept(store)).toEqual(['metadata 1 0 null', `metadata 1 0 ${anew}`])
    expect(words(await prove(folder, store))).toEqual([])
  })
})

describe('no text is kept twice, and none that is to stay in its file', () => {
  const bringInTold = async (store: MemoryStore, session: ToldSession): Promise<ImportReport> =>
    runImport(await planImport(toldSource([session]), store))
  const line = (text: string): Told => ({ text: user(text) })

  test('of a line that took members of a row', async () => {
    const store = createMemoryStore()
    const file = [{ text: user('one', ',"x":1') }, line('two')]
    const database = [{ text: user('one', ',"finish_reason":"stop"') }, line('two')]
    await bringInTold(store, { id: 'a', database })
    await bringInTold(store, { id: 'a', file })
    const [first] = await Array.fromAsync(store.read('a'))
    expect(first?.provenance).toMatchObject({ added: ['finish_reason'] })
    await bringInTold(store, { id: 'a', file: [...file, line('three')] })
    expect(await kept(store)).toEqual([])
  })

  test('of a session whose order is not known, whatever else of it is new', async () => {
    const store = createMemoryStore()
    await store.create('a')
    await store.append(
      'a',
      [line('one'), line('left')].map(({ text }) => ({ record: text })),
    )
    const told = [line('one'), line('right')]
    const gone = { ...line('gone'), withdrawn: true }
    const session = { id: 'a', file: [...told, { text: 'broken' }], database: [gone, ...told] }
    const report = await bringInTold(store, session)
    expect(report.sessions).toMatchObject([{ verdict: 'ambiguous' }])
    expect((await Array.fromAsync(store.history('a'))).map(({ record }) => record)).toEqual([gone.text])
    expect(await kept(store)).toEqual([])
  })

  test('of lines that a person left in the file', async () => {
    const store = createMemoryStore()
    await store.create('a')
    await store.append(
      'a',
      [line('one'), line('left')].map(({ text }) => ({ record: text })),
    )
    const session = { id: 'a', file: [line('one'), line('right')] }
    await bringInTold(store, session)
    for await (const each of toldSource([session]).sessions())
      await runResolution(await planResolution(each, store), 'keep-canonical')
    session.file.push(line('three'))
    expect((await bringInTold(store, session)).sessions).toMatchObject([{ verdict: 'extended' }])
    expect(await kept(store)).toEqual([])
  })
})
