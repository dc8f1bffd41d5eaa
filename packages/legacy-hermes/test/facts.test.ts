import type { LegacySession } from '@faircopy/legacy-jsonl'
import { describe, expect, test } from 'vitest'
import { HomeBuilder, insert, type Row } from './home-builder.ts'
import { entriesOf, open, readAll, sessionOf, sessionsOf } from './read-home.ts'
import type { SchemaVersion } from './schemas.ts'

const PARENT = '20260301_100000_00000001'
const S = '20260302_100000_7dd70216'
const USER = { role: 'user', content: 'hi' }

function homeOf(version: SchemaVersion): HomeBuilder {
  const home = new HomeBuilder()
  home.database(version)
  return home
}

async function aboutOf(home: HomeBuilder, timeZone?: string): Promise<LegacySession['about']> {
  const source = await open(home.done(), timeZone === undefined ? {} : { timeZone })
  return (await sessionOf(source, S)).about
}

describe('why a session has its parent', () => {
  async function whyOf(parent: Row, child: Row): Promise<string | undefined> {
    const home = homeOf(19).session(PARENT, { started_at: 1000, ...parent })
    home.session(S, { started_at: 2000, parent_session_id: PARENT, ...child })
    return (await aboutOf(home)).parent?.why
  }

  test.each(['session_reset', 'session_switch', 'idle', 'daily', 'suspended', 'resume_pending_expired'])(
    'a reset, where the parent ended with %s before or just when it began',
    async (end_reason) => {
      expect(await whyOf({ end_reason, ended_at: 1999.999 }, {})).toBe('reset')
      expect(await whyOf({ end_reason, ended_at: 2000 }, {})).toBe('reset')
      expect(await whyOf({ end_reason, ended_at: 2000.001 }, {})).toBe('subagent')
    },
  )

  test.each<[why: string, parent: Row, child: Row]>([
    ['subagent', { session_key: '' }, { session_key: '' }],
    ['subagent', { session_key: 'k' }, { session_key: 'l' }],
    ['subagent', {}, {}],
    ['reset', { session_key: 'k' }, { session_key: 'k' }],
  ])('a %s, where it began before that end, by their keys', async (why, parent, child) => {
    const ended = { end_reason: 'idle', ended_at: 3000 }
    expect(await whyOf({ ...ended, ...parent }, child)).toBe(why)
  })

  test('what its own marker says, before what the parent’s end does', async () => {
    const marked = (...names: string[]): Row => ({
      model_config: JSON.stringify(Object.fromEntries(names.map((name) => [name, PARENT]))),
    })
    const parent = { end_reason: 'compression', ended_at: 1999 }
    expect(await whyOf(parent, marked('_reset_from'))).toBe('reset')
    expect(await whyOf(parent, marked('_delegate_from'))).toBe('subagent')
    expect(await whyOf(parent, marked('_delegate_from', '_branched_from'))).toBe('fork')
    expect(await whyOf(parent, marked())).toBe('compaction')
  })

  test('in a profile it is one of that profile, whoever else has that id', async () => {
    const home = homeOf(19).session(PARENT, { end_reason: 'compression' })
    const work = home.profile('work')
    work.session(PARENT, { end_reason: 'branched' }).session(S, { parent_session_id: PARENT }).done()
    const source = await open(home.done())
    expect((await sessionOf(source, S)).about.parent).toEqual({ id: PARENT, namespace: 'work', why: 'fork' })
  })
})

describe('times of a session', () => {
  test('are rounded to milliseconds, and an end is none where there was none', async () => {
    const started = (started_at: number, more: Row = {}): Promise<LegacySession['about']> =>
      aboutOf(homeOf(6).session(S, { started_at, ...more }))
    expect(await started(1772474400.0146)).toMatchObject({ startedAt: 1_772_474_400_015 })
    expect(await started(1772474400.0144, { ended_at: 1772474401.9996 })).toMatchObject({
      startedAt: 1_772_474_400_014,
      endedAt: 1_772_474_402_000,
    })
    expect(await started(1772474400)).not.toHaveProperty('endedAt')
  })

  test('of an index are when its newest entry that tells a start was created, never updated', async () => {
    const home = new HomeBuilder().index({
      newest: { session_id: S, updated_at: '2026-03-04T00:00:00Z' },
      newer: { session_id: S, updated_at: '2026-03-03T00:00:00Z', created_at: '2026-03-02T00:00:00Z' },
      old: { session_id: S, updated_at: '2026-03-01T00:00:00Z', created_at: '2026-02-01T00:00:00Z' },
    })
    expect((await aboutOf(home)).startedAt).toBe(Date.parse('2026-03-02T00:00:00Z'))
  })
})

describe('routes that lead to one session', () => {
  const entry = (updated_at: string, more: object = {}): object => ({ session_id: S, updated_at, ...more })

  test('stand by their time, those of one time by their keys, and all of them are kept', async () => {
    const home = new HomeBuilder().index({
      c: entry('2026-03-01', { display_name: 'Old' }),
      b: entry('2026-03-02'),
      a: entry('2026-03-02', { origin: { platform: 'slack', thread_id: '7' } }),
      d: entry('2026-03-01', { title: 'Older', origin: { platform: 'matrix' } }),
    })
    const about = await aboutOf(home)
    expect(about).toMatchObject({ title: 'Older', origin: { platform: 'slack', thread: '7' } })
    const { sessionKey, index } = (about.meta as { hermes: { sessionKey: string; index: object } }).hermes
    expect([sessionKey, Object.keys(index)]).toEqual(['a', ['a', 'b', 'c', 'd']])
  })

  test('of the table count by their column where their entry tells no time', async () => {
    const home = homeOf(19).session(S)
    for (const [key, updated_at] of [
      ['a', 1],
      ['b', 3],
      ['c', 2],
    ] as const) {
      const entry_json = JSON.stringify({ session_id: S })
      insert(home.database(), 'gateway_routing', { session_key: key, entry_json, updated_at })
    }
    const { meta } = await aboutOf(home)
    const { sessionKey, routing } = (
      meta as { hermes: { sessionKey: string; routing: { session_key: string }[] } }
    ).hermes
    expect([sessionKey, routing.map(({ session_key }) => session_key)]).toEqual(['b', ['b', 'c', 'a']])
  })

  test('an entry without an origin leaves it to the next, and a row’s columns to the end', async () => {
    const home = homeOf(19).index({
      a: entry('2026-03-03', { origin: {} }),
      b: entry('2026-03-02', { origin: { platform: 'slack', chat_id: '1', user_id: 'u' } }),
    })
    home.session(S, { source: 'cli', chat_id: '2' })
    expect((await aboutOf(home)).origin).toEqual({ platform: 'slack', chat: '1', user: 'u' })
    const row = { source: 'Telegram', chat_id: '2', chat_type: 'group', thread_id: '9', user_id: 'u' }
    expect(await aboutOf(homeOf(19).session(S, { ...row, session_key: 'agent:main:x:dm' }))).toMatchObject({
      origin: { platform: 'telegram', chatType: 'group', chat: '2', thread: '9', user: 'u' },
      meta: { hermes: { sessionKey: 'agent:main:x:dm' } },
    })
  })

  test('in the index and in the table, one key to two sessions: that is told, and once', async () => {
    const home = homeOf(19).session(S).session(PARENT)
    const entry_json = JSON.stringify({ session_id: S })
    for (const session_key of ['same', 'other'])
      insert(home.database(), 'gateway_routing', { session_key, entry_json, updated_at: 1 })
    home.index({ same: { session_id: S }, other: { session_id: PARENT }, lone: { session_id: PARENT } })
    const source = await open(home.done())
    expect(source.problems.map(({ code, detail }) => [code, detail])).toEqual([
      ['index-disagrees', `one key leads to "${PARENT}" here and to "${S}" in state.db`],
    ])
  })
})

describe.each([1, 6, 12, 19, 20, 21, 22] as const)('a home of schema version %i', (version) => {
  test('gives each session with all that is told of it, in all three places', async () => {
    const home = homeOf(version)
    home
      .session(PARENT, { user_id: 'u', ended_at: 1772474400.014, end_reason: 'compression' })
      .session(S, {
        parent_session_id: PARENT,
        model: 'm',
        ...(version >= 3 ? { title: 'A talk' } : {}),
        ...(version >= 19 ? { session_key: 'k', chat_id: '7', chat_type: 'dm' } : {}),
      })
      .rows(
        S,
        { ...USER, timestamp: 1772474410.5 },
        {
          role: 'assistant',
          content: 'hello',
          timestamp: 1772474411.25,
          token_count: 3,
          ...(version >= 2 ? { finish_reason: 'stop' } : {}),
          ...(version >= 6 ? { reasoning: 'because' } : {}),
          ...(version >= 12 ? { active: 1, reasoning_content: 'so' } : {}),
          ...(version >= 19 ? { observed: 1, display_kind: 'card' } : {}),
        },
        { role: 'user', content: 'taken back', ...(version >= 12 ? { active: 0 } : {}) },
        { role: 'user', content: 'compacted', ...(version >= 19 ? { compacted: 1 } : {}) },
      )
      .transcript(S, { ...USER, timestamp: '2026-03-02T18:00:10.500000' })
      .index({ 'agent:main:telegram:dm:7': { session_id: S, display_name: 'Ann', updated_at: '2026-03-02' } })
    const source = await open(home.done(), { timeZone: 'UTC' })
    const [parent, child, ...others] = await sessionsOf(source)
    expect([source.problems, others]).toEqual([[], []])

    expect(parent?.about).toMatchObject({
      origin: { platform: 'telegram', user: 'u' },
      startedAt: 1_772_474_400_014,
      endedAt: 1_772_474_400_014,
      endReason: 'compression',
    })
    expect([parent?.file, (await readAll(parent?.database ?? null)).items]).toEqual([null, []])
    expect(child?.about).toMatchObject({
      title: version >= 3 ? 'A talk' : 'Ann',
      parent: { id: PARENT, namespace: 'default', why: 'compaction' },
      origin: { platform: 'telegram', chatType: 'dm', ...(version >= 19 ? { chat: '7' } : {}) },
      meta: { hermes: { sessionKey: 'agent:main:telegram:dm:7', session: { id: S, model: 'm' } } },
    })
    const rows = await entriesOf(child?.database ?? null)
    expect(rows.map(({ at, withdrawn, place }) => [at, withdrawn, place])).toEqual([
      [1_772_474_410_500, false, { row: 1, rowTime: '1772474410.5' }],
      [1_772_474_411_250, false, { row: 2, rowTime: '1772474411.25' }],
      [1_772_474_412_500, version >= 12, { row: 3, rowTime: '1772474412.5' }],
      [1_772_474_413_500, version >= 19, { row: 4, rowTime: '1772474413.5' }],
    ])
    const last = [
      ...(version >= 2 ? ['"finish_reason":"stop"'] : []),
      ...(version >= 6 ? ['"reasoning":"because"'] : []),
      ...(version >= 12 ? ['"reasoning_content":"so"'] : []),
      ...(version >= 19 ? ['"display_kind":"card"', '"observed":1'] : []),
      '"token_count":3',
    ]
    expect(rows[1]?.record).toBe(`{"role":"assistant","content":"hello",${last.join(',')}}`)
    const [line] = await entriesOf(child?.file ?? null)
    expect(line).toMatchObject({ at: 1_772_474_410_500, place: { line: 1, offset: 0 } })
    expect(line?.traits.fingerprint).toBe(rows[0]?.traits.fingerprint)
  })
})
