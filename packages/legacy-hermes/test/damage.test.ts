import type { LegacyEntry } from '@faircopy/legacy-jsonl'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { DamagedHome, PAGE } from './damaged-database.ts'
import { HomeBuilder, insert } from './home-builder.ts'
import { open, readAll, sessionsOf } from './read-home.ts'

const S = '20260301_100000_dddddddd'

interface Read {
  /** By session. */
  readonly rows: Readonly<Record<string, number[]>>
  readonly remarks: readonly string[]
  readonly problems: readonly string[]
}

/** All that a home's database tells, and all that is said of what it doesn't. */
async function read(path: string): Promise<Read> {
  const source = await open(path)
  const rows: Record<string, number[]> = {}
  const remarks: string[] = []
  for (const { id, database } of await sessionsOf(source)) {
    if (!database) continue
    const { items } = await readAll(database)
    rows[id] = items.flatMap((item) => (item.as === 'entry' ? [rowOf(item.entry)] : []))
    for (const item of items) {
      if (item.as === 'remark') remarks.push(`${item.problem.code}: ${item.problem.detail}`)
      if (item.as === 'quarantined') remarks.push(`${item.line.reason}: row ${item.line.line}`)
    }
  }
  return { rows, remarks, problems: source.problems.map(({ code, detail }) => `${code}: ${detail}`) }
}

function rowOf({ place }: LegacyEntry): number {
  return 'row' in place ? place.row : -1
}

function from(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

/** The ids in a page of messages. */
function idsIn(home: DamagedHome, page: number): number[] {
  const told = Buffer.from(home.bytesOf(page))
    .toString('latin1')
    .matchAll(/row (\d+) lorem/g)
  return [...told].map(([, i]) => Number(i) + 1).sort((a, b) => a - b)
}

describe('a page of messages', () => {
  test.each([
    ['zeroes', () => 0],
    ['garbage', () => 0xee],
    ['an earlier page', (home: DamagedHome) => home.bytesOf(home.pages('messages').leaves[3] ?? 0)],
    ['a later page', (home: DamagedHome) => home.bytesOf(home.pages('messages').leaves[30] ?? 0)],
    ['the first page', (home: DamagedHome) => home.bytesOf(home.pages('messages').leaves[0] ?? 0)],
    ['a page without rows', () => Uint8Array.from({ length: PAGE }, (_, i) => ({ 0: 13, 5: 16 })[i] ?? 0)],
  ])('that is overwritten with %s costs its own rows, and they are named', async (_what, content) => {
    const home = new DamagedHome().say(S, 600).rest()
    const page = home.pages('messages').leaves[20] ?? 0
    const lost = idsIn(home, page)
    home.overwrite(page, content(home))
    const { rows, remarks, problems } = await read(home.path)
    expect(lost.length).toBeGreaterThan(5)
    expect(rows[S]).toEqual(from(1, 600).filter((id) => !lost.includes(id)))
    expect(remarks).toEqual([
      `database-unreadable: ${600 - lost.length} of 600 rows of session "${S}" could be read; missing: ${lost.length} from row ${lost[0]} to row ${lost.at(-1)}`,
    ])
    expect(problems).toEqual([])
  })

  test.each([
    ['first', (leaves: readonly number[]) => leaves[0]],
    ['last', (leaves: readonly number[]) => leaves.at(-1)],
  ])('that is the %s', async (_what, which) => {
    const home = new DamagedHome().say(S, 600).rest()
    const page = which(home.pages('messages').leaves) ?? 0
    const lost = idsIn(home, page)
    const { rows, remarks } = await read(home.overwrite(page).path)
    expect(rows[S]).toEqual(from(1, 600).filter((id) => !lost.includes(id)))
    expect(remarks).toEqual([expect.stringContaining(`${600 - lost.length} of 600 rows`)])
  })

  test('every other one of them: each row between is read', async () => {
    const home = new DamagedHome().say(S, 600).rest()
    const lost = home.pages('messages').leaves.flatMap((page, i) => {
      const ids = i % 2 ? idsIn(home, page) : []
      if (i % 2) home.overwrite(page)
      return ids
    })
    const { rows, remarks } = await read(home.path)
    expect(rows[S]).toEqual(from(1, 600).filter((id) => !lost.includes(id)))
    expect(remarks[0]).toContain(`${600 - lost.length} of 600 rows`)
    expect(remarks[0]).toMatch(/\d+ more behind them$/)
    const told = [...(remarks[0] ?? '').matchAll(/(\d+) from row|[,:] (row) \d+|(\d+) more behind/g)]
    const counts = told.map(([, some, one, more]) => (one ? 1 : Number(some ?? more)))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(lost.length)
  })

  test('is not missed where sessions take turns: each is told what it lacks', async () => {
    const home = new DamagedHome()
    for (let i = 0; i < 300; i++)
      home.say(['a', 'b', 'c'][i % 3] ?? '', 2, (j) => `row ${2 * i + j} ${'lorem '.repeat(40)}`)
    const page = home.rest().pages('messages').leaves[20] ?? 0
    const lost = idsIn(home, page)
    const { rows, remarks } = await read(home.overwrite(page).path)
    expect([...(rows['a'] ?? []), ...(rows['b'] ?? []), ...(rows['c'] ?? [])].sort((a, b) => a - b)).toEqual(
      from(1, 600).filter((id) => !lost.includes(id)),
    )
    const told = remarks.map((remark) => /(\d+) of (\d+) rows of session "(.)"/.exec(remark)?.slice(1) ?? [])
    expect(told.map(([, , id]) => id)).toEqual(['a', 'b', 'c'])
    expect(told.reduce((sum, [some, all]) => sum + Number(all) - Number(some), 0)).toBe(lost.length)
  })

  test('with no index left: the rows are read, and it is said that nobody knows whose the others were', async () => {
    const home = new DamagedHome().say(S, 600)
    home.home.database().exec('DROP INDEX idx_messages_session')
    const page = home.rest().pages('messages').leaves[20] ?? 0
    const lost = idsIn(home, page)
    const { rows, remarks, problems } = await read(home.overwrite(page).path)
    expect(rows[S]).toEqual(from(1, 600).filter((id) => !lost.includes(id)))
    expect(remarks).toEqual([])
    expect(problems).toEqual([
      `database-unreadable: rows of its table of messages could not be read, and nothing tells how many they are, or whose: row ${lost[0]} to row ${lost.at(-1)}`,
    ])
  })

  test('many of them, with no index left: each row between is read', async () => {
    const home = new DamagedHome().say(S, 600)
    home.home.database().exec('DROP INDEX idx_messages_session')
    const lost = home
      .rest()
      .pages('messages')
      .leaves.flatMap((page, i) => {
        const ids = [0, 3, 11, 26, 30].includes(i) ? [] : idsIn(home, page)
        if (ids.length > 0) home.overwrite(page)
        return ids
      })
    const { rows, problems } = await read(home.path)
    expect(rows[S]).toEqual(from(1, 600).filter((id) => !lost.includes(id)))
    expect(problems).toEqual([expect.stringContaining('nothing tells how many they are, or whose: row ')])
  })

  test('that is an older state of itself lacks its newest rows, and they are named', async () => {
    const home = new DamagedHome().say(S, 600).rest()
    const page = home.pages('messages').leaves[20] ?? 0
    const lost = idsIn(home, page).slice(-5)
    const older = Buffer.from(home.bytesOf(page))
    older.writeUInt16BE(older.readUInt16BE(3) - 5, 3)
    const { rows, remarks } = await read(home.overwrite(page, older).path)
    expect(rows[S]).toEqual(from(1, 600).filter((id) => !lost.includes(id)))
    expect(remarks).toEqual([expect.stringContaining(`missing: 5 from row ${lost[0]} to row ${lost[4]}`)])
  })

  test('beside a -wal whose rows are read as well', async () => {
    const home = new DamagedHome().say(S, 600)
    home.home.database().pragma('wal_checkpoint(TRUNCATE)')
    const page = home.pages('messages').leaves[20] ?? 0
    const lost = idsIn(home, page)
    home.overwrite(page)
    // Another program, so that the rows stay in its log.
    const writer = new Database(home.file)
    writer.pragma('wal_autocheckpoint = 0')
    insert(writer, 'messages', { session_id: S, role: 'user', content: 'in the log', timestamp: 1 })
    const { rows, remarks } = await read(home.path)
    writer.close()
    expect(rows[S]).toEqual(from(1, 601).filter((id) => !lost.includes(id)))
    expect(remarks[0]).toContain(`${601 - lost.length} of 601 rows`)
  })

  test('that is an inner one costs what hangs from it', async () => {
    const home = new DamagedHome().say(S, 3000, (i) => `row ${i} lorem ${'ipsum '.repeat(20)}`).rest(512)
    const { inner, root } = home.pages('messages')
    const page = inner.filter((each) => each !== root)[2] ?? 0
    const { rows, remarks, problems } = await read(home.overwrite(page).path)
    const read1 = rows[S] ?? []
    const lost = from(1, 3000).filter((id) => !read1.includes(id))
    expect(lost.length).toBeGreaterThan(20)
    expect(lost).toEqual(from(lost[0] ?? 0, lost.at(-1) ?? 0))
    expect(remarks).toEqual([
      `database-unreadable: ${3000 - lost.length} of 3000 rows of session "${S}" could be read; missing: ${lost.length} from row ${lost[0]} to row ${lost.at(-1)}`,
    ])
    expect(problems).toEqual([])
  })

  test('that is the root costs them all, and the index says whose they were', async () => {
    const home = new DamagedHome().say(S, 600).say('b', 3).rest()
    const { rows, remarks } = await read(home.overwrite(home.pages('messages').root).path)
    expect(rows).toEqual({ [S]: [], b: [] })
    expect(remarks).toEqual([
      expect.stringContaining(
        `0 of 600 rows of session "${S}" could be read; missing: 600 from row 1 to row 600`,
      ),
      expect.stringContaining('0 of 3 rows of session "b"'),
    ])
  })
})

describe('other pages', () => {
  test.each([
    ['between others', 100, 100],
    ['that is the first', 0, 100],
    ['that is the last', 100, 0],
    ['that is the only one', 0, 0],
  ])('of an overflowing row %s: that row is lost, or kept aside, and no other', async (_, before, after) => {
    const long = `start ${'lorem ipsum '.repeat(1500)} ${'dolor sit '.repeat(2000)}`
    const own = before + 1
    for (const content of [0xee, 0]) {
      const home = new DamagedHome()
        .say(S, before)
        .say(S, 1, () => long)
        .say(S, after)
        .rest()
      const overflow = home.pageOf('dolor sit '.repeat(100))
      expect(overflow).not.toBe(home.pageOf('start lorem'))
      const { rows, remarks } = await read(home.overwrite(overflow, content).path)
      expect(rows[S] ?? []).toEqual(from(1, own + after).filter((id) => id !== own))
      expect(remarks).toHaveLength(1)
      expect(remarks[0]).toMatch(new RegExp(`missing: row ${own}$|^invalid-utf8: row ${own}$`))
    }
  })

  test('the last of an overflowing row: what is left of its text is kept aside', async () => {
    const home = new DamagedHome()
      .say(S, 1, () => `${'lorem ipsum '.repeat(1500)}the very end`)
      .say(S, 10)
      .rest()
    const { rows, remarks } = await read(home.overwrite(home.pageOf('the very end')).path)
    expect(rows[S]).toEqual(from(2, 11))
    expect(remarks).toEqual(['nul-bytes: row 1'])
  })

  test('of the index cost nothing', async () => {
    for (const which of ['leaf', 'root'] as const) {
      const home = new DamagedHome().say(S, 600).rest()
      const { leaves, root } = home.pages('idx_messages_session')
      const { rows, remarks, problems } = await read(
        home.overwrite(which === 'leaf' ? (leaves[1] ?? 0) : root).path,
      )
      expect(rows[S]).toEqual(from(1, 600))
      expect([...remarks, ...problems]).toEqual([])
    }
  })

  test.each([0, -1])('of the index and of messages: what either still has is used (%i)', async (leaf) => {
    const home = new DamagedHome().say(S, 600).rest()
    const { leaves } = home.pages('idx_messages_session')
    const page = home.pages('messages').leaves[20] ?? 0
    const lost = idsIn(home, page)
    const { rows, remarks, problems } = await read(home.overwrite(page).overwrite(leaves.at(leaf) ?? 0).path)
    expect(rows[S]).toEqual(from(1, 600).filter((id) => !lost.includes(id)))
    expect(remarks[0]).toContain(`missing: ${lost.length} from row ${lost[0]}`)
    expect(problems).toEqual([expect.stringContaining(`row ${lost[0]} to row ${lost.at(-1)}`)])
  })

  test('of sessions: what is known of them is named as unread, and their messages are there', async () => {
    const home = new DamagedHome()
    for (let i = 0; i < 60; i++)
      home.home
        .session(`s${i}`, { title: `title ${i}`, system_prompt: 'p'.repeat(500) })
        .rows(`s${i}`, { role: 'user', content: `c${i}` })
    home.rest().overwrite(home.pages('sessions').leaves[2] ?? 0)
    const source = await open(home.path)
    const sessions = await sessionsOf(source)
    expect(sessions).toHaveLength(60)
    const untitled = sessions.filter(({ about }) => about.title === undefined).map(({ id }) => id)
    expect(untitled.length).toBeGreaterThan(2)
    expect(untitled.length).toBeLessThan(20)
    expect(source.problems.map(({ code, detail }) => `${code}: ${detail}`).sort()).toEqual(
      untitled
        .map(
          (id) =>
            `database-unreadable: the row of session "${id}" in its table of sessions: it could not be read`,
        )
        .sort(),
    )
    for (const { database } of sessions) expect((await readAll(database)).items).toHaveLength(1)
  })

  test('of the index of sessions cost nothing', async () => {
    const home = new DamagedHome().say(S, 5)
    home.home.database().exec(`UPDATE sessions SET title = 'a title'`)
    home.rest().overwrite(home.pages('sqlite_autoindex_sessions_1').root)
    const source = await open(home.path)
    expect((await sessionsOf(source)).map(({ id, about }) => [id, about.title])).toEqual([[S, 'a title']])
    expect(source.problems).toEqual([])
  })

  test('of a free list cost nothing', async () => {
    const home = new DamagedHome().say('gone', 300).say(S, 50)
    home.home.database().pragma('foreign_keys = OFF')
    home.home
      .database()
      .exec(`DELETE FROM messages WHERE session_id = 'gone'; DELETE FROM sessions WHERE id = 'gone'`)
    home.rest()
    const database = new Database(home.file, { readonly: true })
    expect(database.pragma('freelist_count', { simple: true })).toBeGreaterThan(5)
    database.close()
    const trunk = Buffer.from(home.bytesOf(1)).readUInt32BE(32)
    const { rows, remarks, problems } = await read(home.overwrite(trunk, 0xee).path)
    expect(rows).toEqual({ [S]: from(301, 350) })
    expect([...remarks, ...problems]).toEqual([])
  })

  test('that are missing at the end of a file', async () => {
    const home = new DamagedHome().say(S, 600).rest()
    const { rows, remarks, problems } = await read(home.cut(4).path)
    const read1 = rows[S]?.length ?? 0
    expect(read1).toBeGreaterThan(500)
    expect(read1).toBeLessThan(600)
    const told = [...remarks, ...problems].join('\n')
    expect(told).toContain('what can still be reached of it was read')
    expect(told).toMatch(/rows of session|nothing tells how many/)
  })
})

describe('a schema', () => {
  test('of which the row of an index is bad is read as far as it can be', async () => {
    const home = new DamagedHome().say(S, 50)
    const database = home.home.database()
    database.unsafeMode().exec(`PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = 'CREATE INDEX idx_messages_session ON mess' WHERE name = 'idx_messages_session'`)
    const { rows, problems } = await read(home.rest().path)
    expect(rows[S]).toEqual(from(1, 50))
    expect(problems).toEqual([expect.stringContaining('malformed database schema (idx_messages_session)')])
  })

  test.each([
    [
      'CREATE TABLE messages (id INTEGER, session_id TEXT, role TEXT, content TEXT, timestamp REAL, PRIMARY KEY (session_id, id)) WITHOUT ROWID',
      'table of messages',
    ],
    [
      'CREATE TABLE messages (id INTEGER, session_id TEXT, role TEXT, content TEXT, timestamp REAL, PRIMARY KEY (session_id, id))',
      'none of its 2 rows',
    ],
    [
      'CREATE TABLE messages (id INTEGER PRIMARY KEY DESC, session_id TEXT, role TEXT, content TEXT, timestamp REAL)',
      'none of its 2 rows',
    ],
    [
      'CREATE TABLE messages (id TEXT PRIMARY KEY, session_id TEXT, role TEXT, content TEXT, timestamp REAL)',
      'none of its 2 rows',
    ],
    [
      'CREATE TABLE messages (id INT, session_id TEXT, role TEXT, content TEXT, timestamp REAL)',
      'none of its 2 rows',
    ],
  ])('whose messages have another key is named: %s', async (sql, named) => {
    const home = new HomeBuilder().session('a').session('b')
    home.database().exec(`DROP TABLE messages; ${sql};
      INSERT INTO messages VALUES (1, 'a', 'user', 'x', 1), (${sql.includes('session_id, id') ? 1 : 2}, 'b', 'user', 'y', 1)`)
    const { rows, problems } = await read(home.done())
    expect(rows).toEqual({})
    expect(problems).toEqual([expect.stringMatching(/^database-unreadable: .*nothing of it was read$/)])
    expect(problems[0]).toContain(named)
  })

  test('without a table of sessions, or with a view for it, says so', async () => {
    for (const [instead, named] of [
      ['', 'it has no table of sessions'],
      ["CREATE VIEW sessions AS SELECT 'ghost' AS id", 'its sessions are a view'],
      [
        'CREATE TABLE sessions (id TEXT PRIMARY KEY) WITHOUT ROWID',
        'its sessions are a table without row ids',
      ],
    ]) {
      const home = new HomeBuilder().session('x').rows('x', { role: 'user', content: 'hi' })
      home.database().exec(`PRAGMA foreign_keys = OFF; DROP TABLE sessions; ${instead}`)
      const { rows, problems } = await read(home.done())
      expect(rows).toEqual({ x: [1] })
      expect(problems).toEqual([expect.stringContaining(`database-unreadable: ${named}`)])
    }
  })
})

describe('row ids', () => {
  test('are any that a number holds; those beyond are named', async () => {
    const home = new HomeBuilder().session('x').session('y')
    const ids = [0n, -1n, -5n, 1n, BigInt(Number.MIN_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER)]
    const beyond = [
      -(2n ** 63n),
      BigInt(Number.MIN_SAFE_INTEGER) - 1n,
      2n ** 53n,
      2n ** 53n + 1n,
      2n ** 63n - 1n,
    ]
    for (const id of [...ids, ...beyond]) home.rows('x', { id, role: 'user', content: `${id}` })
    home.rows('y', { id: 7, role: 'user', content: '7' })
    const { rows, remarks, problems } = await read(home.done())
    expect(rows).toEqual({ x: ids.map(Number).sort((a, b) => a - b), y: [7] })
    expect(remarks).toEqual([
      'database-unreadable: 6 of 11 rows of session "x" could be read; missing: 2 from row -9223372036854775808 to row -9007199254740992, 3 from row 9007199254740992 to row 9223372036854775807',
    ])
    expect(problems).toEqual([])
  })
})

test('what cannot be read of a session is named in the order of its rows, for whatever reason', async () => {
  const home = new DamagedHome().say(S, 600)
  for (const id of [-(2n ** 60n), 2n ** 60n]) home.home.rows(S, { id, role: 'user', content: 'beyond' })
  home.rest()
  const pages = [30, 10].map((i) => home.pages('messages').leaves[i] ?? 0)
  const lost = pages.map((page) => idsIn(home, page)).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))
  for (const page of pages) home.overwrite(page)
  const { remarks } = await read(home.path)
  const named = lost.map((ids) => `${ids.length} from row ${ids[0]} to row ${ids.at(-1)}`)
  expect(remarks).toEqual([
    expect.stringContaining(`missing: row ${-(2n ** 60n)}, ${named.join(', ')}, row ${2n ** 60n}`),
  ])
})

describe('what is large', () => {
  test('is named with its size, and what is beside it is read', async () => {
    const home = new HomeBuilder()
      .session('x', { system_prompt: 'p'.repeat(2_000_000), model: 'm', title: 'a title' })
      .session('y', { system_prompt: '\u0001'.repeat(200_000), user_id: 'u'.repeat(100_000) })
      .rows(
        'x',
        { role: 'user', content: 'hi', timestamp: 'late'.repeat(1000) },
        { role: 'user', content: 'ho' },
      )

    home.database().pragma('foreign_keys = OFF')
    home.rows('s'.repeat(5000), { role: 'user', content: 'of nobody' })
    const source = await open(home.done())
    const [x, y] = await sessionsOf(source)
    expect(x?.about).toMatchObject({ title: 'a title', meta: { hermes: { session: { model: 'm' } } } })
    expect(x?.about.meta).not.toHaveProperty('hermes.session.system_prompt')
    expect(y?.about.meta).toHaveProperty('hermes.session.user_id')
    expect(y?.about.meta).not.toHaveProperty('hermes.session.system_prompt')
    expect((await readAll(x?.database ?? null)).items.map(({ as }) => as)).toEqual(['quarantined', 'entry'])
    expect(source.problems.map(({ code, detail }) => `${code}: ${detail}`)).toEqual([
      'unusable-session-id: some messages have a session id that is no text, or too long',
      'facts-left-out: the row of session "x" in its table of sessions: its column system_prompt has 2000000 bytes, more than is kept of it',
      expect.stringMatching(
        /^facts-left-out: .*session "y" .* its column system_prompt has \d+ bytes, more than is kept of it$/,
      ),
    ])
  })
})

describe('rows of gateway_routing', () => {
  test('that can not be read, or are too large, are named, and the others lead to their sessions', async () => {
    const home = new HomeBuilder()
    const database = home.database(19)
    const route = (key: string, entry: string | Uint8Array): void =>
      insert(database, 'gateway_routing', { session_key: key, entry_json: entry, updated_at: 1 })
    route('agent:main:telegram:dm:1', '{"session_id": "x", "display_name": "one"}')
    route('agent:main:telegram:dm:2', '{"session_id": "x"')
    route('agent:main:telegram:dm:3', Buffer.from('{"session_id": "x"}'))
    route('agent:main:telegram:dm:4', `{"session_id": "x", "more": "${'m'.repeat(300_000)}"}`)
    route('agent:main:telegram:dm:5', `{"session_id": "x", "more": "${'m'.repeat(150_000)}"}`)
    route('agent:main:telegram:dm:6', `{"session_id": "x", "more": "${'m'.repeat(150_000)}"}`)
    route('agent:main:telegram:dm:7', '{"session_id": "x"} and more')
    route('agent:main:telegram:dm:8', '{"session_id": "x"}{"session_id": "y"}')
    home.session('x').rows('x', { role: 'user', content: 'hi' })
    const source = await open(home.done())
    const [x] = await sessionsOf(source)
    expect(x?.about.meta).toMatchObject({
      hermes: {
        routing: [
          { session_key: 'agent:main:telegram:dm:1', entry: { display_name: 'one' } },
          { session_key: 'agent:main:telegram:dm:5' },
        ],
      },
    })
    const named = (n: number): string =>
      `index-unreadable: its row of "agent:main:telegram:dm:${n}" in gateway_routing: `
    expect(source.problems.map(({ code, detail }) => `${code}: ${detail}`)).toEqual([
      `${named(2)}its entry_json is no JSON object; it names no session, so it was left out`,
      `${named(3)}its entry_json is no JSON object; it names no session, so it was left out`,
      expect.stringMatching(
        /dm:4" in gateway_routing: its column entry_json has 30\d+ bytes, more than is kept of it; it names no session/,
      ),
      `${named(6)}it takes those of its session past 196608 bytes, so it was left out`,
      `${named(7)}its entry_json is no JSON object; it names no session, so it was left out`,
      `${named(8)}its entry_json is no JSON object; it names no session, so it was left out`,
    ])
  })

  test('of a damaged page are named, and the messages are there', async () => {
    const home = new DamagedHome()
    const database = home.home.database(19)
    for (let i = 0; i < 200; i++)
      insert(database, 'gateway_routing', {
        session_key: `agent:main:telegram:dm:${i}`,
        entry_json: JSON.stringify({ session_id: `s${i}`, note: 'n'.repeat(200) }),
        updated_at: 1,
      })
    home.say(S, 10).rest()
    home.overwrite(home.pages('gateway_routing').leaves[3] ?? 0)
    const source = await open(home.path)
    const sessions = await sessionsOf(source)
    const lost = source.problems.filter(({ code }) => code === 'index-unreadable')
    expect(lost.length).toBeGreaterThan(5)
    expect(sessions).toHaveLength(201 - lost.length)
    expect(lost[0]?.detail).toMatch(/^a row of key "agent:main:telegram:dm:\d+" could not be read$/)
    expect((await readAll(sessions.find(({ id }) => id === S)?.database ?? null)).items).toHaveLength(10)
  })
})

test(`a page has ${PAGE} bytes`, () => {
  expect(new HomeBuilder().database().pragma('page_size', { simple: true })).toBe(PAGE)
})
