import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { hermesHomeOfPart, isHermesHome } from '@faircopy/legacy-hermes'
import type { WitnessItem } from '@faircopy/legacy-jsonl'
import { describe, expect, test } from 'vitest'
import { HomeBuilder, insert } from './home-builder.ts'
import { open, readAll, sessionOf, sessionsOf } from './read-home.ts'

const S = '20260302_100000_7dd70216'
const T = '20260302_100000_00000002'
const USER = { role: 'user', content: 'hi' }

const reason = (item: WitnessItem): string => (item.as === 'quarantined' ? item.line.reason : item.as)

describe('a row that is as large as a row may be', () => {
  const record = (content: string): number => Buffer.byteLength(JSON.stringify({ role: 'user', content }))

  test.each(['x', 'é', '\u2028', '"'])('of %j, and one that is larger by one', async (character) => {
    const content = character.repeat(500)
    const home = new HomeBuilder()
      .session(S)
      .rows(S, { ...USER, content }, { ...USER, content: `${content}x` })
    home.done()
    const readWith = async (maxBytes: number): Promise<string[]> => {
      const source = await open(home.path, { limits: { maxBytes, maxDepth: 10 } })
      return (await readAll((await sessionOf(source, S)).database)).items.map(reason)
    }
    expect(await readWith(record(content) + 1)).toEqual(['entry', 'entry'])
    expect(await readWith(record(content))).toEqual(['entry', 'too-long'])
    expect(await readWith(record(content) - 1)).toEqual(['too-long', 'too-long'])
  })

  test('of 64 NULs, which nobody wrote, and of one less, which somebody may have', async () => {
    const home = new HomeBuilder()
      .session(S)
      .rows(S, ...[63, 64].map((count) => ({ ...USER, content: `a${'\0'.repeat(count)}b` })))
    const { database } = await sessionOf(await open(home.done()), S)
    expect((await readAll(database)).items.map(reason)).toEqual(['entry', 'nul-bytes'])
  })

  test.each([1, 63, 64, 65, 128, 129, 200])('%i of them come once each and in order', async (count) => {
    const content = (i: number): string => `${i} ${i % 50 === 7 ? 'x'.repeat(140_000) : ''}`
    const home = new HomeBuilder().session(S)
    home.database().exec('BEGIN')
    home.rows(S, ...Array.from({ length: count }, (_, i) => ({ ...USER, content: content(i) })))
    home.database().exec('COMMIT')
    const { database } = await sessionOf(await open(home.done()), S)
    const { items } = await readAll(database)
    expect(items.map((item) => item.as === 'entry' && JSON.parse(item.entry.record).content)).toEqual(
      Array.from({ length: count }, (_, i) => content(i)),
    )
  })
})

test.each([
  ['known', [22], []],
  ['known, of several', [1, 22, 6], []],
  ['new', [23], ['database-too-new']],
  ['new, of several', [23, 6], ['database-too-new']],
])('a schema version that is %s', async (_, versions, told) => {
  const home = new HomeBuilder().session(S)
  home.database().exec('DELETE FROM schema_version')
  for (const version of versions) insert(home.database(), 'schema_version', { version })
  expect((await open(home.done())).problems.map(({ code }) => code)).toEqual(told)
})

describe('what is known of a session as far as there is room for it', () => {
  test('entries of the index: 512 KiB, and not a byte more', async () => {
    const member = (pad: number): string => `"k": {"session_id": "${S}", "a": "${'x'.repeat(pad)}"}`
    const room = 512 * 1024 - member(0).length
    for (const [pad, problems] of [
      [room, 0],
      [room + 1, 1],
    ] as const) {
      const source = await open(
        new HomeBuilder().transcript(S, USER).write('sessions.json', `{${member(pad)}}`).path,
      )
      expect(source.problems).toHaveLength(problems)
      const { about } = await sessionOf(source, S)
      expect(about.meta === undefined).toBe(problems === 1)
    }
  })

  test('entries of two sessions have each their own room', async () => {
    const entry = (session_id: string): object => ({ session_id, a: 'x'.repeat(300_000) })
    const home = new HomeBuilder().index({ k: entry(S), l: entry(T), m: entry(S) })
    const { problems } = await open(home.path)
    expect(problems.filter(({ code }) => code === 'index-unreadable').map(({ detail }) => detail)).toEqual([
      'its entry "m" takes those of its session past 524288 bytes',
    ])
  })

  test('its row: 256 KiB, and of a larger one the largest columns are left out, one by one', async () => {
    const kept = async (
      columns: Readonly<Record<string, string>>,
    ): Promise<readonly [string[], string[]]> => {
      const source = await open(new HomeBuilder().session(S, columns).done())
      const { meta } = (await sessionOf(source, S)).about
      const row = Object.keys((meta as { hermes: { session: object } }).hermes.session)
      const told = source.problems.map(({ detail }) => /its column (\w+)/.exec(detail)?.[1] ?? '')
      return [Object.keys(columns).filter((name) => row.includes(name)), told]
    }
    const others = Object.entries({
      id: S,
      source: 'telegram',
      started_at: 1772474400.014,
      message_count: 0,
      input_tokens: 0,
      model: '',
    }).reduce((sum, [name, value]) => sum + JSON.stringify(name).length + JSON.stringify(value).length + 2, 0)
    const room = 256 * 1024 - others
    expect(await kept({ model: 'x'.repeat(room) })).toEqual([['model'], []])
    expect(await kept({ model: 'x'.repeat(room + 1) })).toEqual([[], ['model']])
    const [small, large, larger] = ['x'.repeat(90_000), 'x'.repeat(120_000), 'x'.repeat(140_000)] as const
    expect(await kept({ model: small, model_config: larger, system_prompt: large })).toEqual([
      ['model', 'system_prompt'],
      ['model_config'],
    ])
    expect(await kept({ model: larger, model_config: larger, system_prompt: larger })).toEqual([
      ['model'],
      ['system_prompt', 'model_config'],
    ])
  })

  test('its rows of gateway_routing: 192 KiB together, those of another session beside', async () => {
    const home = new HomeBuilder()
    home.database(19)
    home.session(S).session(T)
    for (const [session_key, session_id] of [
      ['a', S],
      ['b', T],
      ['c', S],
      ['d', S],
    ] as const) {
      const entry_json = JSON.stringify({ session_id, a: 'x'.repeat(session_key === 'd' ? 10 : 100_000) })
      insert(home.database(), 'gateway_routing', { session_key, entry_json, updated_at: 1 })
    }
    const source = await open(home.done())
    const routed = (await sessionsOf(source)).map(({ id, about }) => [
      id,
      (about.meta as { hermes: { routing: { session_key: string }[] } }).hermes.routing.map(
        ({ session_key }) => session_key,
      ),
    ])
    expect(routed).toEqual([
      [T, ['b']],
      [S, ['a', 'd']],
    ])
    expect(source.problems.map(({ detail }) => detail)).toEqual([
      'its row of "c" in gateway_routing: it takes those of its session past 196608 bytes, so it was left out',
    ])
  })
})

describe('files of a home', () => {
  test('several that claim one session come one after the other, that of its own name first', async () => {
    const home = new HomeBuilder()
    for (const name of [`${S} (1)`, `${S} copy`, S, `${S}.bak`]) home.transcript(name, USER)
    const files = (await sessionsOf(await open(home.path))).map(({ id, file }) => [
      id,
      file?.path.slice(home.path.length + '/sessions/'.length),
    ])
    expect(files.map(([id]) => id)).toEqual([S, S, S, S])
    expect(files[0]?.[1]).toBe(`${S}.jsonl`)
    expect(new Set(files.map(([, path]) => path)).size).toBe(4)
  })

  test('a transcript that nothing reads is told with its session, which has rows', async () => {
    const foreign = { type: 'user', uuid: 'u', parentUuid: null, sessionId: 's', message: USER }
    const home = new HomeBuilder().session(S).session(T).transcript(S, foreign).transcript(T, USER)
    const sessions = await sessionsOf(await open(home.done()))
    expect(
      sessions.map(({ id, file, refused }) => [id, file?.kind, refused?.map(({ code }) => code)]),
    ).toEqual([
      [T, 'file', undefined],
      [S, undefined, ['not-understood']],
    ])
  })

  test('profiles that are links are each told, by name', async () => {
    const home = new HomeBuilder().transcript(S, USER)
    mkdirSync(join(home.path, 'profiles'))
    for (const name of ['c', 'a', 'b']) symlinkSync(home.path, join(home.path, 'profiles', name))
    expect((await open(home.path)).problems.map(({ path }) => path.slice(-1))).toEqual(['a', 'b', 'c'])
  })

  test.each<[what: string, files: string[], part: string, isPart: boolean]>([
    ['its transcripts', ['state.db'], 'sessions', true],
    ['its transcripts, with an index alone', ['sessions/sessions.json'], 'sessions', true],
    ['a profile', ['state.db'], 'profiles/work', true],
    ['the transcripts of a profile', ['profiles/work/state.db'], 'profiles/work/sessions', true],
    ['a profile of a home that has nothing', [], 'profiles/work', false],
    ['another folder of it', ['state.db'], 'logs', false],
    ['itself', ['state.db'], '', false],
  ])('a part of a home: %s', async (_, files, part, isPart) => {
    const home = new HomeBuilder()
    for (const file of files) home.write(file.includes('/') ? file : `./${file}`, '{}')
    const own = part.startsWith('profiles/work/') ? join(home.path, 'profiles/work') : home.path
    expect(await hermesHomeOfPart(join(home.path, part))).toBe(isPart ? own : null)
  })

  test('one of which only a profile has anything is a home', async () => {
    const write = (name: string): string =>
      new HomeBuilder().write(name, '{"role":"user","content":"hi"}\n').path
    expect(await isHermesHome(write('profiles/a/config.yaml'))).toBe(false)
    expect(await isHermesHome(write('profiles/a/sessions/old.jsonl'))).toBe(true)
    expect(await isHermesHome(write(`profiles/a/sessions/${S}.jsonl`))).toBe(true)
  })
})
