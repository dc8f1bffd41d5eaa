import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { importDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const S = '20260420_160455_1e415720'
const LONE = '20260403_010601_1c9711'

interface Said {
  readonly role: string
  readonly content: string | null
  readonly tool_calls?: readonly object[]
  readonly tool_call_id?: string
}

const user = (content: string): Said => ({ role: 'user', content })
const assistant = (content: string): Said => ({ role: 'assistant', content })
const lines = (...said: readonly Said[]): Buffer =>
  Buffer.from(said.map((one) => `${pythonJson(one)}\n`).join(''))

describe('files beside transcripts', () => {
  test('a folder is told as that, whatever its name, and no import of it is advised', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a.jsonl'), lines(user('hello there, everybody')))
    for (const name of ['older', 'b.jsonl', '.hidden', 'backup.gz']) mkdirSync(join(folder, name))
    const { stdout } = await runHere(['audit', folder, '--json', '--db', join(folder, 'none.db')])
    const [source] = importDocument.parse(JSON.parse(stdout)).sources
    expect(source?.beside).toEqual([{ kind: 'folder', files: 4, hasMessages: false }])
    expect(source?.problems.map(({ next }) => next)).toEqual([null, null, null, null])
  })

  test('are listed by kind, and those that have messages are not said to be none', async () => {
    const folder = temporaryFolder()
    const names = [
      'a.jsonl',
      'b.jsonl.reset.2026-03-17T00-05-49.203Z',
      'c.jsonl.reset.2026-03-18T00-05-49.203Z',
      'd.jsonl.deleted.2026-04-27T18-06-20.564Z',
      'e.checkpoint.83c43e67-df89-4f9a-b721-000000000002.jsonl',
      'f.jsonl.gz',
      'g.jsonl.zst',
      'h.jsonl.bak',
      'session_i.json',
      'k.jsonl.imported-1774000000',
      'request_dump_1.json',
      'l.trajectory.jsonl',
      'm.jsonl.lock',
      'sessions.json',
      'notes.txt',
    ]
    for (const name of names) writeFileSync(join(folder, name), lines(user('hello there, everybody')))
    const db = join(temporaryFolder(), 'faircopy.db')
    const { stdout } = await runHere(['audit', folder, '--db', db])
    expect(stdout).toContain(
      '9 files beside them hold messages, as their names say, and were not read: 2 transcripts that were reset, 1 deleted transcript, 1 check-point of a transcript, 1 transcript that was put aside, 1 backup of a transcript, 2 compressed files, 1 snapshot of a session',
    )
    expect(stdout).toContain(
      '5 files beside them are no transcript and were not read: 1 dump of a request, 1 trajectory beside a transcript, 1 temporary file, 1 JSON document, 1 file of another name',
    )
    for (const command of ['audit', 'import']) {
      const { stdout: json } = await runHere([command, folder, '--json', '--db', db])
      const [source] = importDocument.parse(JSON.parse(json)).sources
      const followed = source?.problems.filter(({ next }) => next !== null).map(({ kind }) => kind)
      expect(new Set(followed)).toEqual(
        new Set(['reset', 'deleted', 'checkpoint', 'put-aside', 'backup', 'other']),
      )
      expect(source?.beside.map(({ kind, files, hasMessages }) => [kind, files, hasMessages])).toEqual([
        ['reset', 2, true],
        ['deleted', 1, true],
        ['checkpoint', 1, true],
        ['put-aside', 1, true],
        ['backup', 1, true],
        ['compressed', 2, true],
        ['snapshot', 1, true],
        ['request-dump', 1, false],
        ['trajectory', 1, false],
        ['temporary', 1, false],
        ['json', 1, false],
        ['other', 1, false],
      ])
    }
  })

  test.each([
    'b.jsonl.reset.2026-03-17T00-05-49.203Z',
    'b.jsonl.deleted.2026-04-27T18-06-20.564Z',
    'b.checkpoint.83c43e67-df89-4f9a-b721-000000000002.jsonl',
    'b.jsonl.imported-1774000000',
    'b.jsonl.bak',
  ])('as %s are imported by their paths, as the advice says', async (name) => {
    const folder = temporaryFolder()
    const path = join(folder, name)
    writeFileSync(path, lines(user('hello there, everybody'), assistant('hello yourself, all of you')))
    const db = join(temporaryFolder(), 'faircopy.db')
    const { code } = await runHere(['import', path, '--db', db])
    expect(code).toBe(0)
    expect((await runHere(['search', 'everybody', '--db', db])).stdout).toContain('everybody')
    writeFileSync(join(folder, 'a.jsonl'), lines(user('hello again, everybody')))
    await runHere(['import', folder, '--db', db])
    const { stdout } = await runHere(['verify', '--against', folder, '--json', '--db', db])
    expect(JSON.parse(stdout).against[0].beside).toMatchObject([{ files: 1, hasMessages: true }])
    expect((await runHere(['verify', '--against', folder, '--db', db])).stdout).toContain(
      '1 file beside them holds messages, as its name says, and was not read: 1 ',
    )
  })
})

describe('a snapshot of a session', () => {
  function homeWith(
    snapshots: Readonly<Record<string, unknown>>,
    file: readonly Said[],
    rows: readonly Said[] | null,
  ) {
    const folder = temporaryFolder()
    const home = join(folder, 'home')
    writeHome(home, [
      {
        id: S,
        file: file.length > 0 ? lines(...file) : null,
        rows:
          rows === null
            ? null
            : rows.map((row, i) => ({ role: row.role, content: row.content, timestamp: 1000 + i })),
      },
    ])
    for (const [id, messages] of Object.entries(snapshots)) {
      const text =
        typeof messages === 'string' ? messages : JSON.stringify({ session_id: id, messages }, null, 2)
      writeFileSync(join(home, 'sessions', `session_${id}.json`), text)
    }
    return { home, db: join(folder, 'faircopy.db') }
  }

  async function onlyCopies(home: string, db: string, command = 'audit'): Promise<string[]> {
    const { stdout } = await runHere([command, home, '--json', '--db', db])
    return importDocument
      .parse(JSON.parse(stdout))
      .sources.flatMap(({ problems }) => problems)
      .filter(({ code }) => code === 'only-copy')
      .map(({ path, detail }) => `${path.slice(home.length + 1)}: ${detail}`)
  }

  const told = [
    user('which ferry goes on Sundays?'),
    assistant('the one at ten'),
    user('ok'),
    assistant('fine'),
  ]

  test('that has nothing which rows or lines lack is no finding, however it was cleaned', async () => {
    const rows = [
      told[0] as Said,
      assistant('<REASONING_SCRATCHPAD>hm</REASONING_SCRATCHPAD>\n\nthe one at ten  '),
    ]
    const snapshot = [told[0], assistant('<think>hm</think>\nthe one at ten'), user('ok'), assistant('fine')]
    const { home, db } = homeWith({ [S]: snapshot }, told.slice(2), rows)
    expect(await onlyCopies(home, db)).toEqual([])
    expect((await runHere(['audit', home, '--db', db])).stdout).toContain('1 snapshot of a session')
  })

  test.each([
    ['rows and a file', told.slice(0, 2), told.slice(0, 1)],
    ['a file alone', told.slice(0, 2), null],
    ['rows alone', [], told.slice(0, 2)],
  ])('beside %s is the only copy of what they lack', async (_what, file, rows) => {
    const more = [
      ...told,
      user('ok'),
      { role: 'tool', content: '42', tool_call_id: 'c' },
      { role: 'system', content: 'x' },
    ]
    const { home, db } = homeWith({ [S]: more }, file, rows)
    const named = `sessions/session_${S}.json: 4 of its messages are told by neither rows nor a transcript of session "${S}"; it is the home's only copy of them, and is not imported`
    for (const command of ['audit', 'import', 'import'])
      expect(await onlyCopies(home, db, command)).toEqual([named])
    expect((await runHere(['import', home, '--db', db])).code).toBe(2)
    const proof = await runHere(['verify', '--against', home, '--db', db])
    expect([proof.code, proof.stdout.includes('all proven'), proof.stdout.includes('only-copy')]).toEqual([
      2,
      false,
      true,
    ])
    await runHere(['archive', home, '--database', '--unanchored', '--db', db])
    expect(existsSync(join(home, 'sessions', `session_${S}.json`))).toBe(true)
  })

  test('of a session that nothing else has: what is put back takes the finding away', async () => {
    const { home, db } = homeWith({ [LONE]: told }, told, told)
    expect(await onlyCopies(home, db)).toEqual([
      expect.stringContaining(`session_${LONE}.json: 4 of its messages`),
    ])
    const { code, stdout } = await runHere(['import', home, '--db', db])
    expect([code, stdout]).toEqual([2, expect.stringContaining('only-copy')])
    writeFileSync(join(home, 'sessions', `${LONE}.jsonl`), lines(...told))
    expect(await onlyCopies(home, db, 'import')).toEqual([])
    expect((await runHere(['import', home, '--db', db])).code).toBe(0)
    expect((await runHere(['verify', '--against', home, '--db', db])).stdout).toContain('all proven')
  })

  test('that cannot be read is told as that', async () => {
    const { home, db } = homeWith({ [S]: '{"messages": [', [LONE]: 'x' }, told, told)
    mkdirSync(join(home, 'sessions', 'session_x.json'))
    writeFileSync(
      join(home, 'sessions', 'session_nan.json'),
      '{"cost": NaN, "messages": [{"role": "user", "content": "hi"}]}',
    )
    expect((await onlyCopies(home, db)).sort()).toEqual([
      `sessions/session_${LONE}.json: it is no JSON object, so nothing tells whether it is an only copy`,
      `sessions/session_${S}.json: it is no JSON object, so nothing tells whether it is an only copy`,
      expect.stringContaining('session_nan.json: 1 of its messages'),
      expect.stringContaining('session_x.json: it is no regular file'),
    ])
    renameSync(join(home, 'sessions', 'session_x.json'), join(home, 'sessions', 'x'))
  })
})
