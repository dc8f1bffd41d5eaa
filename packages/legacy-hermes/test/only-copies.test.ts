import type { LegacySession, LegacySource } from '@faircopy/legacy-jsonl'
import { describe, expect, test } from 'vitest'
import { HomeBuilder } from './home-builder.ts'
import { open, readAll, sessionOf } from './read-home.ts'

const S = '20260302_100000_7dd70216'
const call = (name: string, args = '{}'): object => ({ id: 'c', function: { name, arguments: args } })
const user = (content: string): { role: string; content: string } => ({ role: 'user', content })

function homeWith(snapshot: unknown): HomeBuilder {
  const text = typeof snapshot === 'string' ? snapshot : JSON.stringify({ messages: snapshot })
  return new HomeBuilder().write(`session_${S}.json`, text)
}

/** What is told of the snapshot once these witnesses were read to their ends. */
async function toldAfter(
  home: HomeBuilder,
  read: (session: LegacySession) => LegacySession['file'][] = ({ database, file }) => [database, file],
): Promise<string[]> {
  const source = await open(home.done())
  for (const witness of read(await sessionOf(source, S))) if (witness) await readAll(witness)
  return told(source)
}

function told({ problems }: LegacySource): string[] {
  return problems
    .filter(({ code }) => code === 'only-copy')
    .map(({ detail }) => detail.split(/ are told by|, so/)[0] ?? '')
}

const only = (count: number): string[] => [`${count} of its messages`]

describe('a snapshot of a session', () => {
  test.each<[what: string, snapshot: object[], lines: object[], rows: number]>([
    ['that rows and lines tell between them', [user('a'), user('b')], [user('a')], 0],
    ['with one message more', [user('a'), user('b'), user('c')], [user('a')], 1],
    ['with several more', [user('x'), user('a'), user('y'), user('b'), user('z')], [user('a')], 3],
    ['that says something once more than is told', [user('a'), user('a'), user('b')], [user('a')], 1],
    ['that says something as often as one of them', [user('a'), user('a')], [user('a'), user('a')], 0],
    ['that says the same in another role', [{ role: 'assistant', content: 'a' }], [user('a')], 1],
    ['with an answer of a tool', [{ role: 'tool', content: 'done' }], [user('a')], 1],
    ['with what nobody says', [{ role: 'system', content: 'Be brief.' }, user('')], [user('a')], 0],
    [
      'with calls that are told, and one that is not',
      [
        { role: 'assistant', content: null, tool_calls: [call('ls'), call('cat')] },
        { role: 'assistant', content: '', tool_calls: [call('ls')] },
      ],
      [{ role: 'assistant', content: '', tool_calls: [call('ls'), call('cat')] }],
      1,
    ],
    [
      'with other arguments of a call',
      [{ role: 'assistant', content: null, tool_calls: [call('ls', '{"a": 1}')] }],
      [{ role: 'assistant', content: '', tool_calls: [call('ls', '{"a": 2}')] }],
      1,
    ],
    [
      'cleaned of spaces and of what was thought',
      [{ role: 'assistant', content: 'a\n\nb' }],
      [{ role: 'assistant', content: '<REASONING_SCRATCHPAD>hm\nhm</REASONING_SCRATCHPAD>a b' }],
      0,
    ],
  ])('%s', async (_, snapshot, lines, missing) => {
    const home = homeWith(snapshot)
      .session(S)
      .rows(S, user('b'))
      .transcript(S, ...lines)
    expect(await toldAfter(home)).toEqual(missing === 0 ? [] : only(missing))
  })

  test('is settled once all witnesses of its session were read to their ends, and not before', async () => {
    const home = homeWith([user('a'), user('b'), user('c')])
      .session(S)
      .rows(S, user('b'))
      .transcript(S, user('a'))
    expect(await toldAfter(home, ({ file }) => [file, file])).toEqual([])
    expect(await toldAfter(home, ({ database }) => [database])).toEqual([])
    expect(await toldAfter(home, ({ file, database }) => [file, database, file])).toEqual(only(1))
  })

  test('of a session that the home has nothing else of is an only copy at once', async () => {
    const source = await open(homeWith([user('a'), user('b')]).path)
    expect(told(source)).toEqual(only(2))
    expect(source.problems.find(({ code }) => code === 'only-copy')?.detail).toContain(S)
  })

  test('is compared with its own session, of its own profile', async () => {
    const home = homeWith([user('a')])
      .transcript(S, user('a'))
      .transcript('20260302_100000_00000001', user('b'))
    home.write('session_20260302_100000_00000001.json', JSON.stringify({ messages: [user('a')] }))
    home.profile('work').write(`session_${S}.json`, JSON.stringify({ messages: [user('a')] }))
    const source = await open(home.path)
    for await (const { file } of source.sessions()) if (file) await readAll(file)
    expect(source.problems.flatMap(({ code, path }) => (code === 'only-copy' ? [path] : []))).toEqual([
      `${home.path}/sessions/session_20260302_100000_00000001.json`,
      `${home.path}/profiles/work/sessions/session_${S}.json`,
    ])
  })

  test.each([
    ['that is no JSON', '{"messages": ['],
    ['that is no object', '[1]'],
  ])('%s may be one, and says so', async (_, text) => {
    const home = homeWith(text).transcript(S, user('a'))
    expect(await toldAfter(home)).toEqual(['it is no JSON object'])
  })

  test('that Python wrote with NaN in it is read', async () => {
    const text =
      '{"cost": NaN, "messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]}'
    expect(await toldAfter(homeWith(text).transcript(S, user('a')))).toEqual(only(1))
  })
})
