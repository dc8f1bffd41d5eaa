import { planImport, runImport, type SourceFinding, verifySource } from '@faircopy/legacy-jsonl'
import type { JsonObject } from '@faircopy/store-core'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import type { ImportedEntry, ImportStep, LedgerRecord, QuarantinedLine } from '@faircopy/store-core/operator'
import { describe, expect, test } from 'vitest'
import { said, type Told, type ToldSession, toldSource, turn } from './told-source.ts'

/** What an import wrote, to be written otherwise. */
interface Written {
  readonly live: ImportedEntry[]
  readonly history: ImportedEntry[]
  readonly aside: QuarantinedLine[]
  note: LedgerRecord
}

type Forgery = (written: Written) => void

/** A file and a database that tell each other's holes: pairs, lines and rows of their own, one withdrawn, one no entry. */
function merged(): ToldSession {
  const [first, second, third, fourth] = [...turn('a'), ...turn('c')] as [Told, Told, Told, Told]
  const withReason = said('assistant', 'a: I think so, too.', { finish_reason: 'stop', model: 'm' })
  return {
    id: 's',
    database: [
      { ...said('user', 'what was taken back'), withdrawn: true, at: 1 },
      { ...first, at: 1000 },
      { ...withReason, at: 2000 },
      { ...third, at: 3000 },
      { ...fourth, at: 4000 },
      ...turn('d'),
    ],
    file: [first, second, ...turn('b'), { text: 'broken' }, third, fourth],
  }
}

async function imported(session: ToldSession): Promise<MemoryStore> {
  const store = createMemoryStore()
  await runImport(await planImport(toldSource([session]), store))
  return store
}

async function writtenIn(store: MemoryStore, id: string): Promise<Written> {
  const [note] = await Array.fromAsync(store.ledger({ session: id }))
  if (!note) throw new Error('nothing was noted')
  const entry = ({ kind, record, at, provenance }: ImportedEntry): ImportedEntry => ({
    kind: kind ?? 'message',
    record,
    at: at ?? null,
    provenance,
  })
  return {
    live: (await Array.fromAsync(store.read(id))).map((each) => entry(each as ImportedEntry)),
    history: (await Array.fromAsync(store.history(id))).map((each) => entry(each as ImportedEntry)),
    aside: await Array.fromAsync(store.quarantined(id)),
    note,
  }
}

/** A store with sound hashes in which an import wrote something else than it should have. */
async function forgedStore(session: ToldSession, forge: Forgery): Promise<MemoryStore> {
  const written = await writtenIn(await imported(session), session.id)
  forge(written)
  const { live, history, aside, note } = written
  const steps = async function* (): AsyncGenerator<ImportStep> {
    for (const each of history) yield { history: each }
    for (const each of live) yield { live: each }
    for (const { line, offset, reason, length, bytes } of aside)
      yield { quarantine: { line, offset, reason, length, bytes } }
  }
  const { key, verdict, reason, report, certificate } = note
  const store = createMemoryStore()
  await store.import({
    run: { id: note.importId, at: 1, about: {} },
    session: session.id,
    about: {},
    expectedHead: null,
    steps: steps(),
    note: { key, verdict, reason, report, certificate },
  })
  return store
}

const words = (findings: readonly SourceFinding[]): string[] =>
  findings.map(({ code, line, row, entry }) =>
    [
      code,
      ...(line === undefined ? [] : [`line ${line}`]),
      ...(row === undefined ? [] : [`row ${row}`]),
      ...(entry === undefined ? [] : [`entry ${entry}`]),
    ].join(' '),
  )

async function found(session: ToldSession, forge: Forgery): Promise<string[]> {
  return words((await verifySource(toldSource([session]), await forgedStore(session, forge))).findings)
}

function edit(
  list: ImportedEntry[],
  at: number,
  change: (entry: ImportedEntry) => Partial<ImportedEntry>,
): void {
  const entry = list[at]
  if (!entry) throw new Error(`nothing at ${at}`)
  list[at] = { ...entry, ...change(entry) }
}

const placed =
  (members: object) =>
  ({ provenance }: ImportedEntry): Partial<ImportedEntry> => ({ provenance: { ...provenance, ...members } })

const worded =
  (from: string, to: string) =>
  ({ record }: ImportedEntry): Partial<ImportedEntry> => ({ record: String(record).replace(from, to) })

const reported =
  (members: (report: JsonObject) => JsonObject): Forgery =>
  (written) => {
    const { note } = written
    written.note = { ...note, report: { ...note.report, ...members(note.report) } }
  }
const counted = (name: string): Forgery =>
  reported(({ lines }) => ({
    lines: { ...(lines as JsonObject), [name]: Number((lines as JsonObject)[name]) + 1 },
  }))

test('what was not forged is proven, line by line and row by row', async () => {
  const session = merged()
  const verified = await verifySource(toldSource([session]), await forgedStore(session, () => {}))
  expect(verified.findings).toEqual([])
  expect(verified.sessions).toMatchObject([
    {
      proven: true,
      lines: { total: 7, imported: 2, matched: 4, quarantined: 1, withheld: 0 },
      rows: { total: 7, stored: 7 },
      certificates: { proven: 1, bygone: 0 },
    },
  ])
})

// An import's live entries get their ids first, then its history: of `merged()` 1 to 8, and 9 to 11.
describe('a forged entry is found, at its line and row', () => {
  test.each<[what: string, forge: Forgery, found: string[]]>([
    [
      'the text of two lines',
      ({ live }) => {
        edit(live, 2, worded('think', 'thunk'))
        edit(live, 3, worded('think', 'thunk'))
      },
      ['line-differs line 3 entry 3', 'line-differs line 4 entry 4'],
    ],
    ['the time of a row', ({ live }) => edit(live, 0, () => ({ at: 999 })), ['line-differs row 2 entry 1']],
    [
      'a time that is lost',
      ({ live }) => edit(live, 5, () => ({ at: null })),
      ['line-differs row 5 entry 6'],
    ],
    [
      'a time for a row that has none',
      ({ live }) => edit(live, 7, () => ({ at: 5000 })),
      ['line-differs row 7 entry 8'],
    ],
    [
      'the number of a line',
      ({ live }) => edit(live, 2, placed({ line: 4 })),
      ['foreign-entry line 4 entry 3'],
    ],
    [
      'the number of a line that a row tells as well',
      ({ live }) => edit(live, 0, placed({ line: 2 })),
      ['foreign-entry line 2 entry 1'],
    ],
    [
      'the offset of a line',
      ({ live }) => edit(live, 2, placed({ offset: 201 })),
      ['foreign-entry line 3 entry 3'],
    ],
    ['a row', ({ live }) => edit(live, 4, placed({ row: 99 })), ['foreign-entry row 99 entry 5']],
    [
      'a row that is another entry’s',
      ({ live }) => edit(live, 4, placed({ row: 5 })),
      ['line-missing row 4', 'line-differs row 5 entry 5', 'line-doubled row 5 entry 6'],
    ],
    [
      'two lines in each other’s place',
      ({ live }) => void live.splice(2, 2, ...live.slice(2, 4).reverse()),
      ['line-moved line 3 entry 4'],
    ],
    [
      'two rows in each other’s place',
      ({ live }) => void live.splice(6, 2, ...live.slice(6, 8).reverse()),
      ['line-moved row 6 entry 8'],
    ],
    [
      'two lines that are lost',
      ({ live }) => void live.splice(2, 2),
      ['note-differs', 'note-differs', 'line-missing line 3', 'line-missing line 4'],
    ],
    ['a row that is lost', ({ live }) => void live.splice(6, 1), ['note-differs', 'line-missing row 6']],
    [
      'a line that was taken twice',
      ({ live }) => void live.push(...live.slice(2, 3)),
      ['note-differs', 'note-differs', 'line-doubled line 3 entry 9'],
    ],
    [
      'a row that was taken twice',
      ({ live }) => void live.push(...live.slice(7)),
      ['note-differs', 'line-doubled row 7 entry 9'],
    ],
    ['a withdrawn row that is lost', ({ history }) => void history.splice(0, 1), ['line-missing row 1']],
    [
      'a withdrawn row’s text',
      ({ history }) => edit(history, 0, worded('back', 'bank')),
      ['line-differs row 1 entry 9'],
    ],
    [
      'the original of a row',
      ({ history }) => edit(history, 1, worded('think', 'thunk')),
      ['line-differs row 3 entry 10'],
    ],
    [
      'the original of a line',
      ({ history }) => edit(history, 2, worded('think', 'thunk')),
      ['line-differs line 2 entry 11'],
    ],
    [
      'the first member that a row added',
      ({ live }) => edit(live, 1, worded('"stop"', '"tool"')),
      ['line-differs row 3 entry 2'],
    ],
    [
      'a member that is stated to be another, of a row that was not kept',
      ({ live, history }) => {
        history.splice(1, 1)
        edit(live, 1, worded('"model":"m"', '"model":"n"'))
        edit(live, 1, placed({ conflicts: ['model'] }))
      },
      ['line-differs row 3 entry 2'],
    ],
    [
      'the last member that a row added',
      ({ live }) => edit(live, 1, worded('"model":"m"', '"model":"n"')),
      ['line-differs row 3 entry 2'],
    ],
  ])('%s', async (_, forge, expected) => {
    expect(await found(merged(), forge)).toEqual(expected)
  })

  test('of a line alone also in white space', async () => {
    const session: ToldSession = { id: 's', file: turn('a') }
    expect(await found(session, ({ live }) => edit(live, 1, worded('{', '{ ')))).toEqual([
      'line-differs line 2 entry 2',
    ])
  })

  test('of a line whose order is not known: it was not to be written', async () => {
    const session: ToldSession = {
      id: 's',
      database: [...turn('a'), ...turn('x')],
      file: [...turn('a'), ...turn('y')],
    }
    expect(await found(session, () => {})).toEqual(['undecided'])
    const forge: Forgery = ({ live }) => {
      for (const at of [2, 3]) edit(live, at, placed({ witness: 'file', line: at + 1, offset: at * 100 }))
    }
    expect((await found(session, forge)).filter((each) => each.startsWith('withheld-written'))).toEqual([
      'withheld-written line 3 entry 3',
      'withheld-written line 4 entry 4',
    ])
  })
})

describe('a line that became no entry is found by its bytes and its place', () => {
  test.each<[what: string, change: (line: QuarantinedLine) => QuarantinedLine | null]>([
    ['other bytes', (line) => ({ ...line, bytes: new TextEncoder().encode('brokem') })],
    ['another line', (line) => ({ ...line, line: 6 })],
    ['another offset', (line) => ({ ...line, offset: 401 })],
    ['none', () => null],
  ])('%s', async (_, change) => {
    const session = merged()
    session.file?.push({ text: 'broken as well' })
    const forge =
      (...which: readonly number[]): Forgery =>
      ({ aside }) => {
        const changed = aside.flatMap((line, i) => (which.includes(i) ? (change(line) ?? []) : line))
        aside.splice(0, aside.length, ...changed)
      }
    expect(await found(session, forge(0))).toEqual(['quarantine-differs line 5'])
    expect(await found(session, forge(1))).toEqual(['quarantine-differs line 8'])
    expect(await found(session, forge(0, 1))).toEqual([
      'quarantine-differs line 5',
      'quarantine-differs line 8',
    ])
  })
})

describe('a note that says otherwise is found', () => {
  test.each<[what: string, forge: Forgery]>([
    ...['total', 'imported', 'matched', 'withheld', 'metadata', 'blank', 'quarantined', 'tornTail'].map(
      (name): [string, Forgery] => [`one line more: ${name}`, counted(name)],
    ),
    [
      'a matched line as an imported one',
      (written) => {
        counted('imported')(written)
        reported(({ lines }) => ({ lines: { ...(lines as JsonObject), matched: 3 } }))(written)
      },
    ],
    ['one entry more', reported(({ entryCount }) => ({ entryCount: Number(entryCount) + 1 }))],
    ['another session', reported(() => ({ id: 't' }))],
    ['another namespace', reported(() => ({ namespace: 't' }))],
    ['another verdict in the report', reported(() => ({ verdict: 'extended' }))],
    ['another reason in the report', reported(() => ({ reason: 'no-anchor' }))],
    [
      'another verdict than its certificate',
      (written) => {
        reported(() => ({ verdict: 'extended' }))(written)
        written.note = { ...written.note, verdict: 'extended' }
      },
    ],
  ])('%s', async (_, forge) => {
    expect(await found(merged(), forge)).toEqual(['note-differs'])
  })

  test('one without its certificate', async () => {
    const forge: Forgery = (written) => {
      written.note = { ...written.note, certificate: null }
    }
    expect(await found(merged(), forge)).toEqual(['certificate-missing'])
  })
})

test('that one member is told differently says nothing of another whose name is a part of its own', async () => {
  const told = (members: object): string =>
    JSON.stringify({ role: 'user', content: 'what nobody else says in any session', ...members })
  const session: ToldSession = { id: 's', file: [{ text: told({ mode: 'x', model: 'm' }) }] }
  const written = async (record: string): Promise<MemoryStore> => {
    const store = createMemoryStore()
    await store.append('s', { record }, { create: {} })
    return store
  }
  const first = await written(told({ mode: 'x', model: 'n' }))
  await runImport(await planImport(toldSource([session]), first))
  const [note] = await Array.fromAsync(first.ledger({ session: 's' }))
  if (!note) throw new Error('no note')
  const { importId, key, verdict, reason, report, certificate } = note
  const differing = async (members: object): Promise<string[]> => {
    const store = await written(told(members))
    await store.import({
      run: { id: importId, at: 1, about: {} },
      session: 's',
      about: {},
      expectedHead: (await store.get('s'))?.head ?? null,
      steps: null,
      note: { key, verdict, reason, report, certificate },
    })
    const { findings } = await verifySource(toldSource([session]), store)
    return words(findings).filter((each) => each.startsWith('line-differs'))
  }
  expect(await differing({ mode: 'x', model: 'n' })).toEqual([])
  expect(await differing({ mode: 'y', model: 'n' })).toEqual(['line-differs line 1 entry 1'])
})
