import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { type HomeSession, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { importDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ID = '20260302_100000_aaaaaaaa'
const OTHER = '20260302_110000_bbbbbbbb'
const FILE = Buffer.from(
  '{"role":"user","content":"A question."}\n{"role":"assistant","content":"An answer."}\n',
)
const entry = (chat: string, title?: string) => ({
  platform: 'telegram',
  chat_type: 'dm',
  origin: { platform: 'telegram', chat_id: chat, chat_type: 'dm' },
  ...(title === undefined ? {} : { display_name: title }),
})

interface Place {
  readonly source: string
  readonly db: string
  readonly index: string
}

function home(...sessions: Partial<HomeSession>[]): Place {
  const here = temporaryFolder()
  const source = join(here, 'home')
  writeHome(
    source,
    sessions.map((session) => ({ id: ID, file: FILE, rows: null, ...session })),
  )
  return { source, db: join(here, 's.db'), index: join(source, 'sessions', 'sessions.json') }
}

async function bringIn({ source, db }: Place, ...options: string[]) {
  const { stdout } = await runHere(['import', source, ...options, '--json', '--db', db])
  return importDocument.parse(JSON.parse(stdout))
}

async function inStore<T>(
  { db }: Place,
  use: (store: Awaited<ReturnType<typeof openSqliteStore>>) => Promise<T>,
): Promise<T> {
  const store = await openSqliteStore({ path: db })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

const known = (place: Place, id = ID) => inStore(place, (store) => store.get(id))

/** Imports with the index broken, and puts the sound one in its place. */
async function mended(place: Place): Promise<void> {
  const sound = readFileSync(place.index)
  writeFileSync(place.index, '[]')
  const { sources } = await bringIn(place)
  expect(sources[0]?.problems).toMatchObject([{ code: 'index-unreadable' }])
  writeFileSync(place.index, sound)
}

describe('what an index tells of sessions that have nothing new otherwise', () => {
  test.each<[told: string, told: Partial<HomeSession>]>([
    ['a file', {}],
    [
      'rows alone',
      { file: null, rows: [{ role: 'user', content: 'A question.', timestamp: 1_772_445_600 }] },
    ],
  ])('joins once the index is mended, where %s tells them', async (_, told) => {
    const place = home({ ...told, index: entry('1001', 'Ferry') })
    await mended(place)
    expect((await known(place))?.origin?.chat).toBeUndefined()
    const before = await known(place)
    const foreseen = await bringIn(place, '--dry-run')
    expect(foreseen.facts.filled).toBeGreaterThan(0)
    expect(await known(place)).toEqual(before)
    const { stdout } = await runHere(['import', place.source, '--dry-run', '--db', place.db])
    expect(stdout).toContain('1 session would get what the store did not know of it: ')

    const report = await bringIn(place)
    expect(report.facts).toEqual(foreseen.facts)
    expect(report.sessions[0]?.facts?.filled).toEqual(expect.arrayContaining(['title']))
    const after = await known(place)
    expect(after).toMatchObject({ title: 'Ferry', head: before?.head, revision: before?.revision })

    expect(await bringIn(place)).toMatchObject({ importId: null, facts: { filled: 0, kept: 0 } })
    for (const args of [['verify'], ['verify', '--against', place.source], ['doctor']])
      expect([args, (await runHere([...args, '--db', place.db])).code]).toEqual([args, 0])
    const undo = ['import', '--undo', report.importId ?? '', '--yes', '--db', place.db]
    expect((await runHere(undo)).code).toBe(0)
    expect(await known(place)).toMatchObject({ title: null, head: before?.head })
    expect((await bringIn(place)).facts).toEqual(report.facts)
    expect((await known(place))?.title).toBe('Ferry')
  })

  test('bring the origin, by which a message finds its session', async () => {
    const place = home({ index: entry('1001') })
    await mended(place)
    expect((await known(place))?.origin).toBeNull()
    const { stdout } = await runHere(['import', place.source, '--db', place.db])
    expect(stdout).toContain('No message is new')
    expect(stdout).toMatch(/^ {2}1 session got what the store did not know of it: .*origin.*\.$/m)
    expect((await known(place))?.origin).toMatchObject({ platform: 'telegram', chat: '1001' })
  })

  test('an entry that was added, and one that was changed', async () => {
    const place = home({ index: entry('1001', 'Ferry') }, { id: OTHER })
    await bringIn(place)
    const index = JSON.parse(readFileSync(place.index, 'utf8'))
    const [[key, first]] = Object.entries(index) as [[string, object]]
    writeFileSync(
      place.index,
      JSON.stringify({
        [key]: { ...first, display_name: 'Harbour' },
        'agent:main:telegram:dm:1002': { session_id: OTHER, ...entry('1002', 'Train') },
      }),
    )
    const report = await bringIn(place)
    expect(report.sessions).toMatchObject([
      { id: ID, facts: { filled: [], kept: ['title'] } },
      { id: OTHER, facts: { filled: expect.arrayContaining(['origin', 'title']), kept: [] } },
    ])
    expect((await known(place))?.title).toBe('Ferry')
    expect(await known(place, OTHER)).toMatchObject({ title: 'Train', origin: { chat: '1002' } })
    expect(await bringIn(place)).toMatchObject({ importId: null, facts: { filled: 0, kept: 0 } })
  })

  test('overwrites nothing that was set since, and brings nothing back that was taken away', async () => {
    const place = home({ index: entry('1001', 'Ferry') }, { id: OTHER, index: entry('1002', 'Train') })
    await bringIn(place)
    await inStore(place, async (store) => {
      await store.update(ID, { title: null })
      await store.update(OTHER, { title: 'Mine' })
    })
    expect(await bringIn(place)).toMatchObject({ importId: null })
    const index = readFileSync(place.index, 'utf8')
    writeFileSync(place.index, index.replace('"1001"', '"1003"').replace('Train', 'Boat'))
    const report = await bringIn(place)
    expect(report.facts).toEqual({ filled: 0, kept: 2 })
    expect(await known(place)).toMatchObject({ title: null, origin: { chat: '1001' } })
    expect((await known(place, OTHER))?.title).toBe('Mine')
    expect(await bringIn(place)).toMatchObject({ importId: null })
  })

  test('does not end a session that was gone on with since', async () => {
    const rows = [{ role: 'user', content: 'A question.', timestamp: 1_772_445_600 }]
    const place = home({ file: null, rows }, { id: OTHER, file: null, rows })
    await bringIn(place)
    await inStore(place, (store) => store.append(ID, [{ record: '{"role":"user","content":"More."}' }]))
    const database = new Database(join(place.source, 'state.db'))
    database.exec("UPDATE sessions SET ended_at = 1772445700, end_reason = 'session_reset'")
    database.close()
    await bringIn(place)
    expect(await known(place)).toMatchObject({ endedAt: null, endReason: null })
    expect(await known(place, OTHER)).toMatchObject({ endedAt: 1_772_445_700_000 })
    expect(await bringIn(place)).toMatchObject({ importId: null })
  })

  test('does not end it where times become known at once', async () => {
    const said = {
      role: 'user',
      content: 'A question that nobody asks twice, about the ferry to Bergen at nine.',
    }
    const lines = [said, { role: 'assistant', content: 'An answer.', timestamp: '2026-03-02T10:00:05' }]
    const place = home({
      file: Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
      rows: [{ ...said, timestamp: 1_772_445_600 }],
    })
    await bringIn(place)
    await inStore(place, (store) => store.append(ID, [{ record: '{"role":"user","content":"More."}' }]))
    const database = new Database(join(place.source, 'state.db'))
    database.exec("UPDATE sessions SET ended_at = 1772445700, end_reason = 'session_reset'")
    database.close()
    const report = await bringIn(place, '--time-zone', 'Europe/Berlin')
    expect(report.times.dated).toBe(1)

    expect(await known(place)).toMatchObject({ endedAt: null, endReason: null })
  })

  test('goes with the import that brought the session, when that is taken back', async () => {
    const place = home({ index: entry('1001', 'Ferry') })
    await mended(place)
    const [first] = await inStore(place, (store) => Array.fromAsync(store.imports()))
    await bringIn(place)
    const undo = ['import', '--undo', first?.id ?? '', '--db', place.db]
    expect((await runHere(undo)).stdout).not.toContain('refused')
    expect((await runHere([...undo, '--yes'])).code).toBe(0)
    expect(await known(place)).toBeNull()
    await bringIn(place)
    expect((await known(place))?.title).toBe('Ferry')
  })
})
