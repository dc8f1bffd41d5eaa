import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { searchDocument } from './schemas.ts'
import { storeDump } from './store-dump.ts'
import { temporaryFolder } from './temporary-folder.ts'

const RECORD = '{"role":"user",  "content":"Das Café öffnet um 9", "n": 12345678901234567890.10}'
const long = `${'so it goes '.repeat(40)}until the needle ${'and so on '.repeat(40)}`

const store = () =>
  sampleStore(
    {
      session: 'a',
      entries: [{ record: RECORD, at: 5 }, message('assistant', 'noted: the gate code is 4711')],
    },
    { session: 'b', entries: [message('user', 'the code of the gate'), message('user', long)] },
    {
      session: { namespace: 'work', id: 'a' },
      entries: [
        message('user', '東京の天気は？'),
        {
          kind: 'delivery',
          record: { role: 'assistant', content: 'gate report', mirror: true, mirror_source: 'cron' },
        },
      ],
    },
  )

async function found(db: string, ...args: readonly string[]) {
  const { stdout, code } = await runHere(['search', '--json', '--db', db, ...args])
  const document = searchDocument.parse(JSON.parse(stdout))
  expect(code).toBe(0)
  expect(document).toMatchObject({ complete: true, behind: 0 })
  return document.hits.map(
    ({ namespace, session, seq }) => `${namespace ? `${namespace}: ` : ''}${session} ${seq}`,
  )
}

describe('with --json', () => {
  test('hits are entries, their records in their exact text, the newest first', async () => {
    const db = await store()
    expect(await found(db, 'gate')).toEqual(['work: a 2', 'b 1', 'a 2'])
    const { stdout } = await runHere(['search', 'CAFE', '--json', '--db', db])
    expect(stdout).toContain(`"record":${RECORD}`)
  })

  test('--limit, --session, --namespace and --order narrow and order them', async () => {
    const db = await store()
    expect(await found(db, 'gate', '--limit', '1')).toEqual(['work: a 2'])
    expect(await found(db, 'gate', '--session', 'a')).toEqual(['a 2'])
    expect(await found(db, 'gate', '--session', 'a', '--namespace', 'work')).toEqual(['work: a 2'])
    expect(await found(db, 'gate', '--namespace', 'default')).toEqual(['b 1', 'a 2'])
    expect((await found(db, 'gate', 'code', '--order', 'best')).sort()).toEqual(['a 2', 'b 1'])
  })

  test.for([
    ['"gate code"', ['a 2']],
    ['気', ['work: a 1']],
    ['東京', ['work: a 1']],
    ['"', []],
    ['*', []],
    ["'; DROP TABLE entry", []],
    ['AND OR NOT NEAR(', []],
  ] as const)('any text is a query: %s', async ([query, hits]) => {
    expect(await found(await store(), query)).toEqual(hits)
  })
})

test('a search can be asked for as many as a thousand, and for one at least', async () => {
  const db = await store()
  const codes = ['0', '1', '1000', '1001', '-1', 'x'].map(async (limit) => {
    return (await runHere(['search', 'gate', '--limit', limit, '--db', db])).code
  })
  expect(await Promise.all(codes)).toEqual([64, 0, 0, 64, 64, 64])
})

describe('for people', () => {
  test('who said it, where, and the words around it', async () => {
    const { stdout, stderr, code } = await faircopy(['search', 'needle', '--db', await store()])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^b {2}2 {2}user\n {6}…[so itge]* until the needle and so on .*…\n$/)
    expect(stderr).toBe('1 hit.\n')
  })

  test('a hit is told with its place, which is not the number of its entry where something left before it', async () => {
    const db = await sampleStore({ session: 'a', entries: [message('user', 'one'), message('user', 'two')] })
    const own = await openSqliteStore({ path: db })
    await own.replace('a', { from: 2, entries: [message('user', 'the needle'), message('user', 'a needle')] })
    await own.close()
    const { stdout } = await runHere(['search', 'needle', '--db', db])
    expect(stdout.match(/^a {2}\d+/gm)).toEqual(['a  3', 'a  2'])
    expect(await found(db, 'needle')).toEqual(['a 3', 'a 2'])
  })

  test('what was found is shown wherever it stands, also in a text without a space', async () => {
    const texts = [0, 10, 23, 24, 25, 26, 60, 300].flatMap((before) => [
      `${'あ'.repeat(before)}気${'い'.repeat(300)}`,
      `${'あ'.repeat(before)}気${'い'.repeat(30)} und noch etwas`,
      `${'und '.repeat(before)}${'あ'.repeat(before)}気${'い'.repeat(30)} und ${'noch '.repeat(before)}`,
    ])
    const db = await sampleStore({ session: 'a', entries: texts.map((text) => message('user', text)) })
    const { stdout } = await runHere(['search', '気', '--limit', '100', '--db', db])
    const shown = stdout.split('\n').filter((line) => line.startsWith('      '))
    expect(shown).toHaveLength(texts.length)
    for (const line of shown) expect(line).toContain('気')
  })

  test('a match is shown as it stands, whatever its case and accents', async () => {
    const db = await sampleStore({
      session: 'a',
      entries: [message('user', `${'x '.repeat(60)}im CAFÉ dort`)],
    })
    expect((await runHere(['search', 'cafe', '--db', db])).stdout).toContain('im CAFÉ dort')
  })

  test('a delivery says that it is one', async () => {
    expect((await runHere(['search', 'report', '--db', await store()])).stdout).toMatch(
      /^work: a {2}2 {2}assistant \(delivered\)\n {6}gate report\n$/,
    )
  })

  test('nothing found is no failure', async () => {
    expect(await runHere(['search', 'unheard-of', '--db', await store()])).toEqual({
      code: 0,
      stdout: 'Nothing found.\n',
      stderr: '',
    })
  })

  test('what was said cannot move the terminal', async () => {
    const db = await sampleStore({ session: 'a', entries: [message('user', 'red \u001b[31m alert \u202e')] })
    expect((await runHere(['search', 'alert', '--db', db])).stdout).toContain(
      'red \\u{1b}[31m alert \\u{202e}',
    )
  })

  test('a limit that was reached is said', async () => {
    const { stderr } = await runHere(['search', 'gate', '--limit', '2', '--db', await store()])
    expect(stderr).toBe('2 hits; there may be more, see --limit.\n')
  })
})

test('the store itself is not written to, and its index may be damaged', async () => {
  const db = await store()
  const before = storeDump(db)
  expect(await found(db, 'gate')).toHaveLength(3)
  expect(existsSync(`${db}.search`)).toBe(true)
  writeFileSync(`${db}.search`, 'no index at all')
  expect(await found(db, 'gate')).toHaveLength(3)
  expect(storeDump(db)).toBe(before)
})

test.skipIf(process.getuid?.() === 0)(
  'a store in a folder where nothing can be written is searched',
  async () => {
    const db = await store()
    chmodSync(dirname(db), 0o500)
    chmodSync(db, 0o400)
    try {
      expect(await found(db, 'gate')).toHaveLength(3)
    } finally {
      chmodSync(dirname(db), 0o700)
    }
  },
)

test('what cannot be asked is said so', async () => {
  expect((await runHere(['search', '--db', await store()])).code).toBe(64)
  expect((await runHere(['search', 'x', '--limit', '1001', '--db', await store()])).code).toBe(64)
  expect((await runHere(['search', 'x', '--limit', '0', '--db', await store()])).code).toBe(64)
  const absent = join(temporaryFolder(), 'nothing.db')
  expect((await runHere(['search', 'x', '--db', absent])).stderr).toMatch(/^NO_STORE: /)
  expect(existsSync(absent)).toBe(false)
})
