import type { NewSession } from '@faircopy/store-core'
import { newSessionSchema } from '@faircopy/store-core/arguments'
import { describe, expect, test } from 'vitest'
import { HomeBuilder, insert, type Row } from './home-builder.ts'
import { open, sessionOf } from './read-home.ts'

const S = '20260302_100000_7dd70216'

async function aboutOf(home: string, timeZone?: string): Promise<NewSession> {
  const source = await open(home, timeZone === undefined ? {} : { timeZone })
  const { about } = await sessionOf(source, S)
  newSessionSchema.parse(about)
  return about
}

describe('origin', () => {
  test('is what the index spells out, part by part', async () => {
    const entry = {
      session_id: S,
      platform: 'Telegram',
      chat_type: 'group',
      display_name: 'The chat',
      origin: {
        platform: 'Telegram',
        chat_id: 'a:b',
        chat_name: 'The chat',
        chat_type: 'group',
        user_id: 'u:1',
        user_id_alt: '+1',
        thread_id: null,
        colour: 'red',
      },
    }
    const about = await aboutOf(new HomeBuilder().index({ 'agent:main:telegram:group:a:b': entry }).path)
    expect(about.origin).toEqual({
      platform: 'telegram',
      chatType: 'group',
      chat: 'a:b',
      user: 'u:1',
      userAlt: '+1',
    })
    expect(about.title).toBe('The chat')
    expect(about.meta).toEqual({
      hermes: {
        sessionKey: 'agent:main:telegram:group:a:b',
        index: { 'agent:main:telegram:group:a:b': entry },
      },
    })
  })

  test('is of the key only what the key can tell', async () => {
    const of = async (key: string, entry: object = {}): Promise<NewSession['origin']> =>
      (await aboutOf(new HomeBuilder().index({ [key]: { session_id: S, ...entry } }).path)).origin
    expect(await of('agent:main:telegram:dm')).toEqual({ platform: 'telegram', chatType: 'dm' })
    expect(await of('agent:main:telegram:dm:12:34')).toEqual({ platform: 'telegram', chatType: 'dm' })
    expect(await of('agent:main:x:dm', { platform: 'Matrix', chat_type: 'room' })).toEqual({
      platform: 'matrix',
      chatType: 'room',
    })
    expect(await of('whatever')).toBeUndefined()
  })

  test('is of the row what its columns tell', async () => {
    expect(
      (await aboutOf(new HomeBuilder().session(S, { source: 'cli', user_id: 'u1' }).done())).origin,
    ).toEqual({
      platform: 'cli',
      user: 'u1',
    })
    const home = new HomeBuilder()
    home.database(19)
    home.session(S, { chat_id: '1', chat_type: 'dm', origin_json: '{"chat_id": "2", "user_id": "u"}' })
    expect((await aboutOf(home.done())).origin).toEqual({
      platform: 'telegram',
      chatType: 'dm',
      chat: '2',
      user: 'u',
    })
  })

  test('loses no digit of a number and leaves out what no store takes', async () => {
    const home = new HomeBuilder().write(
      'sessions.json',
      `{"k": {"session_id": "${S}", "origin": {"platform": "discord", "chat_id": 1234567890123456789, "thread_id": 7,
        "user_id": "${'u'.repeat(256)}"}}}`,
    )
    expect((await aboutOf(home.path)).origin).toEqual({
      platform: 'discord',
      chat: '1234567890123456789',
      thread: '7',
    })
  })
})

describe('keys', () => {
  test('several that lead to one session are all kept, the newest first', async () => {
    const home = new HomeBuilder().index({
      a: { session_id: S, updated_at: '2026-03-01T00:00:00', origin: { platform: 'slack' } },
      b: { session_id: S, updated_at: '2026-03-02T00:00:00', origin: { platform: 'telegram' } },
    })
    const about = await aboutOf(home.path)
    expect(about.origin).toEqual({ platform: 'telegram' })
    expect(about.meta).toMatchObject({ hermes: { sessionKey: 'b', index: { a: {}, b: {} } } })
  })

  test('the routing table comes before its mirror, and nothing of either is lost', async () => {
    const home = new HomeBuilder()
    const database = home.database(19)
    const route = (scope: string, key: string, entry: object): void =>
      insert(database, 'gateway_routing', {
        scope,
        session_key: key,
        entry_json: JSON.stringify(entry),
        updated_at: 1.5,
      })
    route('/somewhere/sessions', 'a', { session_id: S, origin: { platform: 'slack', chat_id: '1' } })
    route('', 'orphan', { session_id: 'gone' })
    database.exec('ALTER TABLE gateway_routing ADD COLUMN note TEXT')
    home
      .session(S)
      .index({ b: { session_id: S, updated_at: '2026-03-02T00:00:00', origin: { platform: 'telegram' } } })
    const about = await aboutOf(home.done())
    expect(about.origin).toEqual({ platform: 'slack', chat: '1' })
    expect(about.meta).toMatchObject({
      hermes: {
        sessionKey: 'a',
        routing: [
          {
            scope: '/somewhere/sessions',
            session_key: 'a',
            updated_at: 1.5,
            entry: { session_id: S, origin: { platform: 'slack', chat_id: '1' } },
          },
        ],
        index: { b: { session_id: S } },
      },
    })
  })

  test('a routing table with a column for the session is understood as well', async () => {
    const home = new HomeBuilder().session(S)
    home.database().exec(`CREATE TABLE gateway_routing (session_key TEXT, session_id TEXT, mode TEXT);
      INSERT INTO gateway_routing VALUES ('k', '${S}', 'both'), (NULL, '${S}', ''), ('x', NULL, '')`)
    expect((await aboutOf(home.done())).meta).toMatchObject({
      hermes: { sessionKey: 'k', routing: [{ session_key: 'k', mode: 'both' }] },
    })
  })
})

describe('what the row tells', () => {
  test('title, start, end and everything that the contract does not name', async () => {
    const home = new HomeBuilder().session(S, {
      title: 'A title',
      started_at: 1772474400.014,
      ended_at: 1772474500,
      end_reason: 'session_reset',
      model_config: '{"temperature": 1.0}',
      system_prompt: 'Be brief.',
      message_count: 2n ** 60n,
    })
    expect(await aboutOf(home.done())).toEqual({
      origin: { platform: 'telegram' },
      title: 'A title',
      startedAt: 1772474400014,
      endedAt: 1772474500000,
      endReason: 'session_reset',
      meta: {
        hermes: {
          session: {
            id: S,
            source: 'telegram',
            title: 'A title',
            started_at: 1772474400.014,
            ended_at: 1772474500,
            end_reason: 'session_reset',
            model_config: '{"temperature": 1.0}',
            system_prompt: 'Be brief.',
            message_count: '1152921504606846976',
            input_tokens: 0,
          },
        },
      },
    })
  })

  test('a prompt that the schema keeps apart is put in', async () => {
    const home = new HomeBuilder()
    home.database(19).exec(`ALTER TABLE sessions ADD COLUMN system_prompt_hash TEXT;
      CREATE TABLE system_prompts (hash TEXT PRIMARY KEY, prompt TEXT NOT NULL);
      INSERT INTO system_prompts VALUES ('h', 'Be brief.')`)
    home.session(S, { system_prompt_hash: 'h' })
    expect((await aboutOf(home.done())).meta).toMatchObject({
      hermes: { session: { system_prompt: 'Be brief.', system_prompt_hash: 'h' } },
    })
  })

  test('a start that names no zone is a time only where the zone is given', async () => {
    const at = (created_at: string): string =>
      new HomeBuilder().index({ k: { session_id: S, created_at } }).path
    expect((await aboutOf(at('2026-03-02T10:00:00.001000'))).startedAt).toBeUndefined()
    expect((await aboutOf(at('2026-03-02T10:00:00.001000'), 'America/New_York')).startedAt).toBe(
      Date.parse('2026-03-02T15:00:00.001Z'),
    )
    expect((await aboutOf(at('2026-03-02T10:00:00+01:00'))).startedAt).toBe(
      Date.parse('2026-03-02T09:00:00Z'),
    )
  })
})

describe('parent', () => {
  const PARENT = '20260301_100000_00000001'

  async function whyOf(parent: Row, child: Row): Promise<string | undefined> {
    const home = new HomeBuilder()
    home.database(19)
    home.session(PARENT, { started_at: 1000, ...parent }).session(S, {
      started_at: 2000,
      parent_session_id: PARENT,
      ...child,
    })
    const { parent: told } = await aboutOf(home.done())
    expect(told).toMatchObject({ id: PARENT, namespace: 'default' })
    return told?.why
  }

  test.each([
    ['compaction', { end_reason: 'compression', ended_at: 1999 }, {}],
    ['fork', { end_reason: 'branched', ended_at: 1999 }, {}],
    ['fork', {}, { model_config: `{"_branched_from": "${PARENT}"}` }],
    ['reset', { end_reason: 'daily', ended_at: 1999 }, {}],
    ['reset', { end_reason: 'idle', ended_at: 2001, session_key: 'k' }, { session_key: 'k' }],
    ['reset', {}, { model_config: `{"_reset_from": "${PARENT}"}` }],
    ['subagent', { end_reason: 'session_reset', ended_at: 5000 }, {}],
    ['subagent', {}, {}],
    ['subagent', { end_reason: 'compression' }, { model_config: `{"_delegate_from": "${PARENT}"}` }],
    ['compaction', { end_reason: 'compression' }, { model_config: '{"_branched_from": "another"}' }],
    ['subagent', {}, { model_config: 'no JSON' }],
  ])('%s', async (why, parent, child) => {
    expect(await whyOf(parent, child)).toBe(why)
  })

  test('one that is gone is still named', async () => {
    const home = new HomeBuilder()
    home.database().pragma('foreign_keys = OFF')
    home.session(S, { parent_session_id: 'gone' })
    expect((await aboutOf(home.done())).parent).toEqual({ id: 'gone', namespace: 'default', why: 'subagent' })
  })

  test('nobody is their own', async () => {
    expect(
      (await aboutOf(new HomeBuilder().session(S, { parent_session_id: S }).done())).parent,
    ).toBeUndefined()
  })
})
