import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isHermesHome, openHermesHome } from '@faircopy/legacy-hermes'
import { isFinding, SourceUnreadable } from '@faircopy/legacy-jsonl'
import { describe, expect, test } from 'vitest'
import { HomeBuilder, insert, temporaryFolder } from './home-builder.ts'
import { open, readAll, sessionOf, sessionsOf } from './read-home.ts'

const USER = { role: 'user', content: 'hi' }

describe('which sessions a home has', () => {
  test('those of the folder, the index and the database, each once, in a stable order', async () => {
    const home = new HomeBuilder()
      .transcript('20260302_100000_00000002', USER)
      .transcript('20260302_100000_00000003', USER)
      .index({
        'agent:main:telegram:dm:1': { session_id: '20260302_100000_00000003' },
        'agent:main:telegram:dm:2': { session_id: '20260302_100000_00000004' },
        'agent:main:telegram:dm:3': { session_id: '20260302_100000_00000001' },
      })
      .session('20260302_100000_00000003')
      .rows('20260302_100000_00000003', USER)
      .session('20260302_100000_00000001')
    home.database().pragma('foreign_keys = OFF')
    home.rows('20260302_100000_00000005', USER)

    const source = await open(home.done())
    const sessions = await sessionsOf(source)
    expect(
      sessions.map(({ namespace, id, database, file }) => [namespace, id.at(-1), database?.kind, file?.kind]),
    ).toEqual([
      ['default', '1', 'database', undefined],
      ['default', '2', undefined, 'file'],
      ['default', '3', 'database', 'file'],
      ['default', '4', undefined, undefined],
      ['default', '5', 'database', undefined],
    ])
    expect(sessions[1]?.about).toEqual({})
    expect(source.problems).toMatchObject([{ code: 'missing-transcript' }])
    expect(await sessionsOf(source)).toHaveLength(5)
    expect(source.problems).toHaveLength(1)
    expect(source.format).toBe('hermes')
  })

  test('a transcript that is there and not understood is not said to be missing; a folder of its name is none', async () => {
    const ids = [1, 2, 3].map((n) => `20260302_100000_0000000${n}`)
    const [other = '', folder = '', none = ''] = ids
    const home = new HomeBuilder()
      .index(Object.fromEntries(ids.map((id, i) => [`agent:main:telegram:dm:${i}`, { session_id: id }])))
      .write(`${other}.jsonl`, '{"type":"session","id":"x","version":3}\n{"type":"message"}\n')
    mkdirSync(join(home.path, 'sessions', `${folder}.jsonl`))
    const { problems } = await open(home.path)
    const missing = problems.filter(({ code }) => code === 'missing-transcript')
    expect(missing.map(({ detail }) => detail)).toEqual(
      [folder, none].map((id) => `the home has nothing else of session "${id}"`),
    )
    const own = join(home.path, 'sessions', `${other}.jsonl`)
    expect(problems.filter(({ path }) => path === own).map(({ code }) => code)).toEqual(['not-understood'])
  })

  test('profiles have namespaces of their own', async () => {
    const home = new HomeBuilder().transcript('20260302_100000_00000001', USER)
    home.profile('work').session('20260302_100000_00000001').rows('20260302_100000_00000001', USER).done()
    home.profile('default').transcript('20260302_100000_00000001', USER)
    home.write('profiles/empty/config.yaml', '')
    symlinkSync(join(home.path, 'profiles/work'), join(home.path, 'profiles/linked'))

    const source = await open(home.path)
    const found = async (namespace?: string): Promise<string[]> => {
      const sessions = await sessionsOf(await open(home.path, namespace === undefined ? {} : { namespace }))
      return sessions.map((session) => `${session.namespace} ${session.database ? 'database' : 'file'}`)
    }
    expect(await found()).toEqual(['default file', 'profiles/default file', 'work database'])
    expect(await found('mine')).toEqual(['mine file', 'mine/default file', 'mine/work database'])
    expect(source.problems).toMatchObject([
      { code: 'symbolic-link', path: join(home.path, 'profiles', 'linked') },
    ])
  })

  test('a file whose lines are not those of Hermes is refused, whatever its name, and says what it is', async () => {
    const claude = { type: 'user', uuid: 'u', parentUuid: null, sessionId: 's', message: USER }
    const source = await open(
      new HomeBuilder()
        .transcript('20260302_100000_00000001', USER)
        .transcript('20260302_100000_00000002', claude)
        .transcript('kept-by-hand', USER, { role: 'assistant', content: 'hello' })
        .transcript('nanobot', { _type: 'metadata' }, USER)
        .write('20260302_100000_00000003.jsonl', JSON.stringify([USER, USER], null, 2))
        .write('20260302_100000_00000004.jsonl', `${'\0'.repeat(64)}\n${JSON.stringify(USER)}\n`).path,
    )
    const ids = (await sessionsOf(source)).map(({ id }) => id)
    expect(ids).toEqual(['20260302_100000_00000001', '20260302_100000_00000004', 'kept-by-hand'])
    expect(source.problems).toMatchObject([
      { code: 'not-understood', detail: expect.stringContaining('a Claude Code transcript') },
      { code: 'not-understood', detail: expect.stringContaining('one JSON document') },
      { code: 'other-format', detail: 'its lines are of openai-chat, not of hermes-jsonl' },
    ])
  })

  test('files that are no transcripts are listed and not read', async () => {
    const noise = ['.sessions_x.tmp', 'a.jsonl.bak', 'request_dump_1.json', 'session_20260302_100000_1.json']
    const home = new HomeBuilder().transcript('20260302_100000_00000001', USER).index({})
    for (const name of noise) home.write(name, '{"role": "user", "content": "no transcript"}\n')
    home.write('./state.db.bak', 'x')
    mkdirSync(join(home.path, 'sessions', 'folder.jsonl'))
    const source = await open(home.path)
    expect(await sessionsOf(source)).toHaveLength(1)
    expect(
      source.problems.map(({ code, path }) => `${code} ${path.slice(home.path.length + 1)}`).sort(),
    ).toEqual([
      'ignored sessions/.sessions_x.tmp',
      'ignored sessions/a.jsonl.bak',
      'ignored sessions/folder.jsonl',
      'ignored sessions/request_dump_1.json',
      'ignored sessions/session_20260302_100000_1.json',
      'ignored state.db.bak',
    ])
    expect(source.problems.some(isFinding)).toBe(false)
  })

  test('ids that no store takes are told and passed over', async () => {
    const home = new HomeBuilder().index({ 'agent:main:cli:dm': { session_id: 'x'.repeat(256) } })
    home.database().pragma('foreign_keys = OFF')
    home.session('a\0b').session('').rows('good', USER).rows('\ud83d', USER)
    insert(home.database(), 'messages', { session_id: Buffer.from('blob'), ...USER, timestamp: 1 })
    const source = await open(home.done())
    expect((await sessionsOf(source)).map(({ id }) => id)).toEqual(['good'])
    expect(source.problems.map(({ code }) => code)).toEqual(
      Array.from({ length: 5 }, () => 'unusable-session-id'),
    )
  })

  test('a folder that is no home is refused; what looks like one is found', async () => {
    const nothing = temporaryFolder()
    await expect(openHermesHome(nothing)).rejects.toThrow(SourceUnreadable)
    await expect(openHermesHome(join(nothing, 'absent'))).rejects.toThrow(SourceUnreadable)
    const sessions = (name: string, content: string): string => new HomeBuilder().write(name, content).path
    expect(
      await Promise.all(
        [
          nothing,
          join(nothing, 'absent'),
          sessions('rollout-1.jsonl', '{}\n'),
          sessions('sessions.json', '{"main": {"sessionId": "x"}}'),
          sessions('20260302_100000_7dd70216.jsonl', ''),
          sessions('sessions.json', '{"agent:main:cli:dm": {"session_id": "x"}}'),
          new HomeBuilder().session('x').done(),
          sessions('profiles/work/state.db', ''),
          sessions('old.jsonl', '{"role":"user","content":"hi"}\n{"role":"assis'),
          sessions('old.jsonl', '{"_type":"metadata"}\n{"role":"user","content":"hi"}\n'),
        ].map(isHermesHome),
      ),
    ).toEqual([false, false, false, false, true, true, true, true, true, false])
    const chats = new HomeBuilder().write('old.jsonl', '{"role":"user","content":"hi"}\n').path
    writeFileSync(join(chats, 'a.jsonl'), '{"role":"user","content":"hi"}\n')
    expect(await isHermesHome(chats)).toBe(false)
  })
})

describe.each([1, 6, 12, 19, 20, 21, 22] as const)('state.db of schema version %i', (version) => {
  test('is read', async () => {
    const home = new HomeBuilder()
    home.database(version)
    home.session('s', { model: 'm' }).rows('s', USER, USER)
    if (version >= 20) insert(home.database(), 'session_model_usage', { session_id: 's', model: 'm' })
    const source = await open(home.done())
    const session = await sessionOf(source, 's')
    expect((await readAll(session.database)).items).toMatchObject([
      { entry: { record: '{"role":"user","content":"hi"}', withdrawn: false } },
      { entry: { record: '{"role":"user","content":"hi"}', withdrawn: false } },
    ])
    expect(session.about.meta).toMatchObject({ hermes: { session: { model: 'm' } } })
    expect(source.problems).toEqual([])
  })
})

describe('state.db of another kind', () => {
  test('a newer schema is read by its columns, and remarked once', async () => {
    const home = new HomeBuilder()
    const database = home.database(19)
    database.exec(`UPDATE schema_version SET version = 31;
      ALTER TABLE messages ADD COLUMN mood TEXT;
      ALTER TABLE messages ADD COLUMN weight INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE messages ADD COLUMN display_order INTEGER`)
    home
      .session('s')
      .rows(
        's',
        { ...USER, mood: 'glad', observed: 1, display_order: 7 },
        { ...USER, platform_message_id: '7' },
      )
    const source = await open(home.done())
    expect((await readAll((await sessionOf(source, 's')).database)).items).toMatchObject([
      { entry: { record: '{"role":"user","content":"hi","mood":"glad","observed":1}' } },
      { entry: { record: '{"role":"user","content":"hi","platform_message_id":"7"}' } },
    ])
    expect(source.problems).toMatchObject([{ code: 'database-too-new', path: home.databasePath }])
    expect(source.problems.some(isFinding)).toBe(false)
  })

  test('what a column holds by default is no member of a record, however the default is written', async () => {
    const home = new HomeBuilder()
    const defaults = [
      "mood TEXT DEFAULT 'it''s ''so'''",
      'ratio REAL DEFAULT 1.50',
      'depth INTEGER DEFAULT -2',
    ]
    const database = home.database(19)
    for (const column of defaults) database.exec(`ALTER TABLE messages ADD COLUMN ${column}`)
    home.session('s').rows('s', USER, { ...USER, mood: "it''s ''so''", ratio: 1.25, depth: 2 })
    const source = await open(home.done())
    expect((await readAll((await sessionOf(source, 's')).database)).items).toMatchObject([
      { entry: { record: '{"role":"user","content":"hi"}' } },
      {
        entry: { record: `{"role":"user","content":"hi","depth":2,"mood":"it''s ''so''","ratio":1.25}` },
      },
    ])
  })

  test.each([
    ['is no database', (home: HomeBuilder) => home.write('./state.db', 'not a database, '.repeat(500))],
    ['is empty', (home: HomeBuilder) => home.write('./state.db', '')],
    [
      'has no messages',
      (home: HomeBuilder) => {
        home.session('x').database().exec('DROP TABLE messages')
        return home
      },
    ],
    [
      'keeps their content elsewhere',
      (home: HomeBuilder) => {
        home.database(22).exec(`UPDATE schema_version SET version = 41; DROP TRIGGER messages_fts_insert;
          ALTER TABLE messages RENAME COLUMN content TO content_id`)
        return home.session('x').rows('x', { role: 'user', content_id: '7' })
      },
    ],
    [
      'has a view in their place',
      (home: HomeBuilder) => {
        home
          .session('x')
          .database()
          .exec(
            "DROP TABLE messages; CREATE VIEW messages AS SELECT 1 AS id, 'x' AS session_id, 'user' AS role",
          )
        return home
      },
    ],
  ])('one that %s is a finding, and the transcripts are there', async (_what, build) => {
    const home = build(new HomeBuilder().transcript('20260302_100000_00000001', USER))
    const source = await open(home.done())
    expect((await sessionsOf(source)).map(({ id, database }) => [id, database])).toEqual([
      ['20260302_100000_00000001', null],
    ])
    expect(source.problems).toMatchObject([{ code: 'database-unreadable', path: home.databasePath }])
    expect(source.problems.some(isFinding)).toBe(true)
  })

  test('a view in the place of its sessions is not asked', async () => {
    const home = new HomeBuilder().session('x').rows('x', USER)
    home
      .database()
      .exec(
        "PRAGMA foreign_keys = OFF; DROP TABLE sessions; CREATE VIEW sessions AS SELECT 'ghost' AS id, 'cli' AS source",
      )
    expect((await sessionsOf(await open(home.done()))).map(({ id, about }) => [id, about])).toEqual([
      ['x', {}],
    ])
  })

  test('a link in its place is not followed', async () => {
    const elsewhere = new HomeBuilder().session('x')
    elsewhere.done()
    const home = new HomeBuilder().transcript('20260302_100000_00000001', USER)
    symlinkSync(elsewhere.databasePath, home.databasePath)
    const source = await open(home.path)
    expect(await sessionsOf(source)).toHaveLength(1)
    expect(source.problems).toMatchObject([{ code: 'symbolic-link' }])
  })
})
