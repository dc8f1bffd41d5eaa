import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { driftScenarios, saidBy } from './drift-scenarios.ts'
import { faircopy } from './faircopy.ts'
import { writeHome } from './hermes-home.ts'
import { hasPython, type ReadProfile, readIndependently } from './independent-reader.ts'
import { runHere } from './run-here.ts'
import { message, type SampleSession, sampleStore } from './sample-store.ts'
import { type EntryLine, entryLine, exportDocument, importDocument, listDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const SETTLED = new Set(['identical', 'kept'])

async function exported(db: string, ...args: readonly string[]): Promise<string> {
  const out = join(temporaryFolder(), 'home')
  const { code, stderr } = await runHere(['export', '--format', 'hermes', '--out', out, '--db', db, ...args])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return out
}

async function entriesIn(db: string): Promise<Map<string, EntryLine[]>> {
  const { stdout } = await runHere(['export', '--all', '--format', 'ndjson', '--db', db])
  const lines = stdout.split('\n').slice(0, -1)
  return Map.groupBy(
    lines.map((line) => entryLine.parse(JSON.parse(line))),
    ({ session, namespace }) => `${namespace ?? ''}/${session}`,
  ) as Map<string, EntryLine[]>
}

async function reimported(home: string) {
  const db = join(temporaryFolder(), 'again.db')
  const { stdout, code } = await runHere(['import', home, '--json', '--db', db])
  return { db, code, report: importDocument.parse(JSON.parse(stdout)) }
}

const said = (records: readonly Readonly<Record<string, unknown>>[]) =>
  records.filter(({ role }) => role !== 'session_meta').map(saidBy)

/** What the database of that version could not take is in the file alone. */
const isForBothSides = ({ role, content }: EntryLine['record']) =>
  typeof role === 'string' && (content === undefined || content === null || typeof content === 'string')

const messagesOf = (entries: readonly EntryLine[] = []) => said(entries.map(({ record }) => record))

describe('a home that had drifted, imported and exported again', () => {
  const scenarios = driftScenarios()
  let home: string
  let before: Map<string, EntryLine[]>
  let again: Awaited<ReturnType<typeof reimported>>
  let after: Map<string, EntryLine[]>

  beforeAll(async () => {
    const old = join(temporaryFolder(), 'old')
    writeHome(old, scenarios)
    const db = join(temporaryFolder(), 'faircopy.db')
    await runHere(['import', old, '--db', db])
    before = await entriesIn(db)
    home = await exported(db, '--all')
    again = await reimported(home)
    after = await entriesIn(again.db)
  })

  test.runIf(hasPython)('says the same on both sides to a reader that shares nothing with us', () => {
    const profile = readIndependently(home)[''] as ReadProfile
    expect(profile.checks).toMatchObject({ integrity: ['ok'], foreign_keys: 0, journal: 'wal', version: 6 })
    for (const { id, says, metas, kinds = {} } of scenarios) {
      const session = profile.sessions[id]
      expect(said(session?.lines ?? [])).toEqual(says)
      if (session?.loaded === 'database') expect(said(session.rows)).toEqual(says)
      expect(session?.row['message_count']).toBe(session?.rows.length)
      const payloads = (session?.lines ?? []).filter(({ role }) => role === 'session_meta')
      expect(payloads.map(({ platform }) => platform ?? null)).toEqual(metas)
      const mirrored = (session?.lines ?? []).filter(({ mirror }) => mirror === true)
      expect(mirrored.map(saidBy)).toEqual(says.filter((text) => kinds[text] === 'delivery'))
    }
  })

  test('is settled when it is imported again, whatever it was before', () => {
    expect(again.report.sources[0]?.problems).toEqual([])
    for (const { id, verdict, entries } of again.report.sessions) {
      const holds = (before.get(`/${id}`) ?? []).every(({ record }) => isForBothSides(record))
      if (holds) expect(SETTLED).toContain(verdict)
      else expect([verdict, entries.merged]).toEqual(['extended', entries.legacy])
    }
    expect(again.code).toBe(0)
  })

  test('gives a store that says the same', () => {
    expect([...after.keys()]).toEqual([...before.keys()])
    for (const [id, entries] of before) {
      expect(messagesOf(after.get(id))).toEqual(messagesOf(entries))
      expect(after.get(id)?.map(({ kind }) => kind)).toEqual(entries.map(({ kind }) => kind))
    }
  })

  test('is for its owner only, and nothing lies beside it', () => {
    expect(readdirSync(join(home, '..'))).toEqual(['home'])
    expect(readdirSync(home).sort()).toEqual(['sessions', 'state.db'])
    expect(statSync(home).mode & 0o777).toBe(0o700)
    for (const name of ['state.db', 'sessions/sessions.json'])
      expect(statSync(join(home, name)).mode & 0o777).toBe(0o600)
  })
})

describe.runIf(hasPython)('what one side can hold and the other not', () => {
  const parts = [
    { type: 'text', text: 'what is this?' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
  ]
  const awkward = 'NUL \0, \u2028, é, 猫, 🐈, "quotes" and \\'
  const entries = [
    { at: 5_000, record: { role: 'user', content: awkward } },
    { at: 3_000, record: { role: 'user', content: parts } },
    {
      at: null,
      record:
        '{"role":"assistant","content":null,"tool_calls":[{"id":"c1","function":{"name":"猫","arguments":"{\\"n\\": 12345678901234567890}"},"big":12345678901234567890.10,"lone":"\\ud83d"}]}',
    },
    { at: 4_000, record: { role: 'tool', content: '', tool_call_id: 'c1', tool_name: 'cat' } },
    { at: 8e15, record: { role: 'assistant', content: 'ok', finish_reason: 'stop', reasoning: 'thought' } },
    { at: 9_000, record: { role: 'assistant', content: 'ok' } },
    { record: '{"role":"user","content":"\\ud83d alone"}' },
    { kind: 'delivery', record: { role: 'assistant', content: 'bare' } },
    { kind: 'compaction', record: { role: 'assistant', content: 'a summary', first_kept: 3 } },
  ]
  let profile: ReadProfile
  let home: string

  beforeAll(async () => {
    home = await exported(await sampleStore({ session: 'a', entries }), 'a')
    profile = readIndependently(home, '猫', 'ok')[''] as ReadProfile
  })

  test('the file has every message, in order, with its exact text', () => {
    const text = readFileSync(join(home, 'sessions', 'a.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
    expect(text).toHaveLength(9)
    expect(text[2]).toBe(entries[2]?.record)
    expect(profile.sessions['a']?.lines[0]?.['content']).toBe(awkward)
    expect(profile.sessions['a']?.lines[1]?.['content']).toEqual(parts)
  })

  test('the database has what it can bind, in the order in which it is read', () => {
    const rows = profile.sessions['a']?.rows ?? []
    expect(rows.map(({ content }) => content)).toEqual([awkward, null, '', 'ok', 'ok', 'bare', 'a summary'])
    expect(rows[1]?.['tool_calls']).toMatchObject([{ id: 'c1', function: { name: '猫' } }])
    expect(rows[2]).toMatchObject({ role: 'tool', tool_call_id: 'c1', tool_name: 'cat' })
    expect(rows[3]).toMatchObject({ finish_reason: 'stop', reasoning: 'thought' })
  })

  test('the file is longer then, so that it is the side which is read', () => {
    expect(profile.sessions['a']?.loaded).toBe('file')
  })

  test('numbers keep their digits, and columns of JSON are ASCII', async () => {
    const { default: Database } = await import('better-sqlite3')
    const database = new Database(join(home, 'state.db'), { readonly: true })
    const calls = database
      .prepare('SELECT tool_calls FROM messages WHERE tool_calls IS NOT NULL')
      .pluck()
      .get()
    database.close()
    expect(calls).toContain('"big":12345678901234567890.10,"lone":"\\ud83d"')
    expect(calls).toMatch(/^[\x20-\x7e]*$/)
  })

  test('a delivery is marked, also where its record did not say so', () => {
    expect(profile.sessions['a']?.lines[7]).toEqual({
      role: 'assistant',
      content: 'bare',
      mirror: true,
      mirror_source: 'elsewhere',
    })
  })

  test('the full-text index knows the rows', () => {
    expect(profile.checks.found['猫']).toHaveLength(1)
    expect(profile.checks.found['ok']).toHaveLength(2)
  })

  test('an image and text around it come back', async () => {
    const { db, report } = await reimported(home)
    expect(report.totals.byVerdict.ambiguous).toBeUndefined()
    expect(messagesOf((await entriesIn(db)).get('/a'))).toHaveLength(9)
    expect((await entriesIn(db)).get('/a')?.[1]?.record['content']).toEqual(parts)
  })
})

describe.runIf(hasPython)('what is known of sessions', () => {
  const telegram = { platform: 'telegram', chatType: 'dm', chat: '100', user: '100' }
  const hour = 3_600_000
  const start = Date.UTC(2026, 3, 1)
  const sessions: SampleSession[] = [
    {
      session: 'parent',
      about: {
        title: 'Trip',
        startedAt: start,
        endedAt: start + hour,
        endReason: 'compaction',
        origin: telegram,
      },
      entries: [message('user', 'hello')],
    },
    {
      session: 'child',
      about: {
        title: 'Trip',
        startedAt: start + hour,
        origin: telegram,
        parent: { id: 'parent', why: 'compaction' },
      },
      entries: [{ at: start + 2 * hour, record: { role: 'user', content: 'on' } }],
    },
    {
      session: 'routed',
      about: {
        title: 'Ada',
        startedAt: start,
        origin: { platform: 'discord', chatType: 'group', chat: '7', user: '9' },
        meta: {
          hermes: {
            sessionKey: 'agent:main:discord:group:7:9',
            index: {
              'agent:main:discord:group:7:9': {
                session_id: 'old',
                display_name: 'Ada',
                updated_at: '2026-04-09T10:00:00.123456',
                total_tokens: 77,
                origin: { platform: 'discord', chat_id: '7', chat_name: 'Ada' },
              },
            },
            session: {
              source: 'discord',
              model: 'some/model',
              input_tokens: 5,
              api_call_count: 3,
              user_id: '9',
            },
          },
        },
      },
      entries: [],
    },
    {
      session: 'before',
      about: {
        origin: { platform: 'slack', chatType: 'dm', chat: 'D' },
        endedAt: start,
        endReason: 'session_reset',
        meta: { hermes: { index: { 'agent:main:slack:dm:D': { session_id: 'before' } } } },
      },
      entries: [],
    },
    {
      session: 'since',
      about: { origin: { platform: 'slack', chatType: 'dm', chat: 'D' } },
      entries: [],
    },
    {
      session: 'over',
      about: { origin: { platform: 'slack', chatType: 'dm', chat: 'E' }, endedAt: start },
      entries: [],
    },
    {
      session: 'group',
      about: { origin: { platform: 'slack', chatType: 'channel', chat: 'C', user: 'U', userAlt: 'A' } },
      entries: [message('user', 'hi')],
    },
    {
      session: 'thread',
      about: { origin: { platform: 'slack', chatType: 'channel', chat: 'C', thread: 'T', user: 'U' } },
      entries: [message('user', 'hi')],
    },
    {
      session: 'private',
      about: { origin: { platform: 'telegram', chatType: 'private', chat: '300', user: '300' } },
      entries: [message('user', 'hi')],
    },
    { session: '../../etc/passwd', about: { origin: { platform: 'cli' } }, entries: [message('user', 'x')] },
    { session: 'ABC', entries: [message('user', 'upper')] },
    { session: 'abc', entries: [message('user', 'lower')] },
    { session: { namespace: 'work', id: 'at-work' }, entries: [message('user', 'w')] },
    { session: { namespace: 'a/b', id: 'odd' }, entries: [message('user', 'o')] },
  ]
  let home: string
  let read: Record<string, ReadProfile>

  beforeAll(async () => {
    home = await exported(await sampleStore(...sessions), '--all')
    read = readIndependently(home)
  })
  const row = (id: string) => read['']?.sessions[id]?.row

  test('parents come with the end that says why there is a child', async () => {
    expect(row('parent')).toMatchObject({ end_reason: 'compression', ended_at: (start + hour) / 1000 })
    expect(row('child')).toMatchObject({ parent_session_id: 'parent', end_reason: null })
    const { db } = await reimported(home)
    const { stdout } = await runHere(['list', '--json', '--db', db])
    const child = listDocument.parse(JSON.parse(stdout)).sessions.find(({ id }) => id === 'child')
    expect(child?.['parent']).toMatchObject({ id: 'parent', why: 'compaction' })
  })

  test('titles are unique, and a name that only the index had stays there', () => {
    expect([row('child')?.['title'], row('parent')?.['title']].sort()).toEqual(['Trip', 'Trip #2'])
    expect(row('routed')?.['title']).toBeNull()
  })

  test('what its row had is still there, as far as that version knows it', () => {
    expect(row('routed')).toMatchObject({
      model: 'some/model',
      input_tokens: 5,
      user_id: '9',
      output_tokens: 0,
    })
    expect(row('routed')).not.toHaveProperty('api_call_count')
  })

  test('keys lead to live sessions: those it had, and those its origins have by that version', () => {
    const index = read['']?.index ?? {}
    expect(Object.fromEntries(Object.entries(index).map(([key, entry]) => [key, entry.session_id]))).toEqual({
      'agent:main:telegram:dm:100': 'child',
      'agent:main:discord:group:7:9': 'routed',
      'agent:main:slack:dm:D': 'since',
      'agent:main:slack:channel:C:A': 'group',
      'agent:main:slack:channel:C:T': 'thread',
      'agent:main:telegram:dm:300': 'private',
    })
    expect(index['agent:main:discord:group:7:9']).toMatchObject({
      display_name: 'Ada',
      updated_at: '2026-04-09T10:00:00.123456',
      total_tokens: 77,
      origin: { chat_name: 'Ada' },
    })
    expect(index['agent:main:telegram:dm:100']?.['origin']).toMatchObject({
      platform: 'telegram',
      chat_id: '100',
      user_id: '100',
    })
  })

  test('no id becomes a path, and no two a file where case is ignored', () => {
    const names = readdirSync(join(home, 'sessions')).filter((name) => name.endsWith('.jsonl'))
    for (const name of names) expect(name).toMatch(/^[\w~-]+\.jsonl$/)
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
    expect(names.length).toBe(8)
    expect(Object.keys(read['']?.sessions ?? {})).toEqual(
      expect.arrayContaining(names.map((name) => name.slice(0, -'.jsonl'.length))),
    )
  })

  test('namespaces are profiles', () => {
    expect(Object.keys(read)).toEqual(['', expect.stringMatching(/^a_b-[0-9a-f]{16}$/), 'work'])
    expect(read['work']?.sessions['at-work']?.lines).toHaveLength(1)
  })

  test('a namespace that is asked for is the home itself', async () => {
    const only = readIndependently(
      await exported(await sampleStore(...sessions), '--all', '--namespace', 'work'),
    )
    expect(Object.keys(only)).toEqual([''])
    expect(Object.keys(only['']?.sessions ?? {})).toEqual(['at-work'])
  })
})

test('the document names each file; a session that says nothing has none', async () => {
  const db = await sampleStore(
    { session: 'a', entries: [message('user', 'x')] },
    { session: 'b', entries: [] },
  )
  const out = join(temporaryFolder(), 'new', 'home')
  const { stdout } = await faircopy([
    'export',
    'a',
    'b',
    '--format',
    'hermes',
    '--out',
    out,
    '--json',
    '--db',
    db,
  ])
  expect(exportDocument.parse(JSON.parse(stdout))).toMatchObject({
    format: 'hermes',
    sessions: [
      { id: 'a', entries: 1, path: join(out, 'sessions', 'a.jsonl') },
      { id: 'b', entries: 0, path: null },
    ],
  })
  expect(existsSync(join(out, 'sessions', 'b.jsonl'))).toBe(false)
})

test('an empty store is an empty home', async () => {
  const home = await exported(await sampleStore(), '--all')
  expect(readdirSync(home).sort()).toEqual(['sessions', 'state.db'])
})

test('nothing that is there is written over, and what fails leaves nothing', async () => {
  const db = await sampleStore({ session: 'a', entries: [message('user', 'x')] })
  const folder = temporaryFolder()
  const made = (name: string) => join(folder, name)
  mkdirSync(made('folder'))
  writeFileSync(made('file'), 'mine')
  symlinkSync(made('nowhere'), made('link'))
  const names = readdirSync(folder)
  for (const name of names) {
    const { code, stderr } = await runHere([
      'export',
      '--all',
      '--format',
      'hermes',
      '--out',
      made(name),
      '--db',
      db,
    ])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^FILE_EXISTS: /)
  }
  const aborted = await runHere(
    ['export', '--all', '--format', 'hermes', '--out', made('home'), '--db', db],
    {
      signal: AbortSignal.abort(new Error('stopped')),
    },
  )
  expect(aborted.code).toBe(1)
  expect(readdirSync(folder)).toEqual(names)
  expect(readFileSync(made('file'), 'utf8')).toBe('mine')
  for (const args of [[], ['--out', made('home'), '--force']]) {
    const { code } = await runHere(['export', '--all', '--format', 'hermes', ...args, '--db', db])
    expect(code).toBe(64)
  }
})

test('whatever text chat messages say, the home that is made of them is imported as it was', async () => {
  const text = fc.oneof(
    fc.constantFrom('ok', '', 'again', '\0json:[1]x', '\u2028', '猫'),
    fc.string({ unit: 'binary', maxLength: 30 }),
  )
  const content = fc.oneof({ weight: 6, arbitrary: text }, { weight: 1, arbitrary: fc.constant(null) })
  const record = fc.record(
    {
      role: fc.constantFrom('user', 'assistant', 'system'),
      content,
      finish_reason: fc.constantFrom('stop', null, ''),
      reasoning: fc.oneof(text, fc.constant(null)),
      extra: fc.jsonValue({ maxDepth: 2 }),
    },
    { requiredKeys: ['role', 'content'] },
  )
  const entry = fc.record({
    record,
    at: fc.option(fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 })),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 12 }), async (entries) => {
      const db = await sampleStore({
        session: 'a',
        entries: entries.map(({ record, at }) => ({ at, record: JSON.stringify(record) })),
      })
      const { db: again, report } = await reimported(await exported(db, '--all'))
      const [first, second] = await Promise.all([db, again].map(recordsIn))
      expect(report.sessions.map(({ verdict }) => verdict)).toEqual(['identical'])
      expect(second).toEqual(first)
    }),
    { numRuns: 12 },
  )
})

async function recordsIn(path: string): Promise<string[]> {
  const store = await openSqliteStore({ path, readOnly: true })
  const records: string[] = []
  for await (const { record } of store.read('a')) records.push(record)
  await store.close()
  return records
}
