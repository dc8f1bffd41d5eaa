import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Entry } from '@faircopy/store-core'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, test } from 'vitest'
import { follow } from './follow.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { importDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ID = '20260302_100000_aaaaaaaa'
const BERLIN = ['--time-zone', 'Europe/Berlin']
/** 10:00 on the wall is 9:00 UTC in Berlin, on that day. */
const at = (minute: number): number => Date.UTC(2026, 2, 2, 9, minute)
const line = (content: string, minute: number, zone = ''): string =>
  `{"role":"user","content":"${content}, at length","timestamp":"2026-03-02T10:${String(minute).padStart(2, '0')}:00${zone}"}\n`
const row = (content: string, minute: number) => ({
  role: 'user',
  content: `${content}, at length`,
  timestamp: at(minute) / 1000,
})

interface Place {
  readonly source: string
  readonly db: string
  readonly file: string
}

function home(file: string, rows: readonly ReturnType<typeof row>[] | null = null): Place {
  const here = temporaryFolder()
  const source = join(here, 'home')
  writeHome(source, [{ id: ID, file: Buffer.from(file), rows }])
  return { source, db: join(here, 's.db'), file: join(source, 'sessions', `${ID}.jsonl`) }
}

async function bringIn({ source, db }: Place, ...options: string[]) {
  const ran = await runHere(['import', source, ...options, '--json', '--db', db])
  return importDocument.parse(JSON.parse(ran.stdout))
}

async function entriesOf({ db }: Place, history = false): Promise<Omit<Entry, 'seq'>[]> {
  const store = await openSqliteStore({ path: db, readOnly: true })
  try {
    const entries: Omit<Entry, 'seq'>[] = []
    for await (const entry of history ? store.history(ID) : store.read(ID)) entries.push(entry)
    return entries
  } finally {
    await store.close()
  }
}

const timesOf = async (place: Place) => (await entriesOf(place)).map((entry) => entry.at)
const textsOf = async (place: Place) => (await entriesOf(place)).map(({ record }) => record)

async function expectProven({ source, db }: Place, ...options: string[]): Promise<void> {
  for (const args of [['verify'], ['verify', '--against', source, ...options]]) {
    const { code, stdout } = await runHere([...args, '--db', db])
    expect([code, stdout]).toEqual([0, expect.not.stringContaining('finding')])
  }
}

describe('times whose lines name no zone', () => {
  test('are told as unknown by audit and import, with a command that makes them known', async () => {
    const place = home(line('a', 0) + line('b', 1, 'Z') + line('c', 2))
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    for (const command of ['audit', 'import']) {
      const { code, stdout } = await runHere([command, place.source, '--db', place.db])
      expect(code).toBe(0)
      expect(stdout).toContain('2 times are unknown: their lines name no zone.')
      expect(stdout).toContain(`faircopy import ${place.source} --time-zone ${timeZone} --db ${place.db}`)
    }
    const { times, sessions } = await bringIn(place)
    expect(times).toEqual({ undated: 2, dated: 0, next: expect.stringContaining(timeZone) })
    expect(sessions).toMatchObject([{ undated: 2, action: 'unchanged' }])
    const followed = await follow(times.next ?? '')
    expect(followed.stdout).toContain('2 times that were unknown are known now.')
    expect(followed.stdout).not.toContain('are unknown:')
    expect(await timesOf(place)).not.toContain(null)
    for (const command of ['audit', 'import']) {
      const { code, stdout } = await runHere([command, place.source, '--db', place.db])
      expect([code, stdout]).toEqual([0, expect.not.stringContaining('unknown')])
    }
    expect(await bringIn(place)).toMatchObject({
      importId: null,
      times: { undated: 0, dated: 0, next: null },
    })
  })

  test('are filled by a later import that names it, and nothing else changes', async () => {
    const place = home(line('a', 0) + line('b', 1, 'Z') + line('c', 2) + line('c', 2))
    await bringIn(place)
    const before = await textsOf(place)
    expect(await timesOf(place)).toEqual([null, Date.UTC(2026, 2, 2, 10, 1), null, null])
    const report = await bringIn(place, ...BERLIN)
    expect(report.times).toEqual({ undated: 0, dated: 3, next: null })
    expect(report.sessions).toMatchObject([{ action: 'replaced', dated: 3 }])
    expect(await textsOf(place)).toEqual(before)
    expect(await timesOf(place)).toEqual([at(0), Date.UTC(2026, 2, 2, 10, 1), at(2), at(2)])
    expect((await entriesOf(place, true)).map((entry) => entry.at)).toEqual([null, null, null])
    await expectProven(place, ...BERLIN)
    await expectProven(place)
    expect(await bringIn(place, ...BERLIN)).toMatchObject({ importId: null, times: { dated: 0 } })
    expect(await bringIn(place)).toMatchObject({ importId: null, times: { undated: 0 } })
    await runHere(['import', '--undo', report.importId ?? '', '--yes', '--db', place.db])
    expect(await timesOf(place)).toEqual([null, Date.UTC(2026, 2, 2, 10, 1), null, null])
    expect(await bringIn(place)).toMatchObject({ times: { undated: 3 } })
    await bringIn(place, ...BERLIN)
    expect(await timesOf(place)).not.toContain(null)
  })

  test('a dry run says what would be known, and writes nothing', async () => {
    const place = home(line('a', 0))
    await bringIn(place)
    const { stdout } = await runHere(['import', place.source, '--dry-run', ...BERLIN, '--db', place.db])
    expect(stdout).toContain('1 time that was unknown would be known.')
    expect(await timesOf(place)).toEqual([null])
  })

  test('of a home whose database has some of the messages', async () => {
    const place = home(line('a', 0) + line('b', 1) + line('c', 2), [row('a', 0), row('b', 1)])
    expect((await bringIn(place)).times).toMatchObject({ undated: 1 })
    expect(await timesOf(place)).toEqual([at(0), at(1), null])
    expect((await bringIn(place, ...BERLIN)).times).toMatchObject({ undated: 0, dated: 1 })
    expect(await timesOf(place)).toEqual([at(0), at(1), at(2)])
    await expectProven(place, ...BERLIN)
  })

  test('of a file that has grown, and in which a line was mended', async () => {
    const place = home(`${line('a', 0)}oops\n${line('b', 2)}`)
    await bringIn(place)
    writeFileSync(place.file, line('a', 0) + line('m', 1) + line('b', 2) + line('c', 3))
    expect((await bringIn(place, ...BERLIN)).times).toMatchObject({ undated: 0, dated: 2 })
    expect(await timesOf(place)).toEqual([at(0), at(1), at(2), at(3)])
    await expectProven(place, ...BERLIN)
    appendFileSync(place.file, line('d', 4))
    expect((await bringIn(place)).times).toMatchObject({ undated: 1, dated: 0 })
    expect((await bringIn(place, ...BERLIN)).times).toMatchObject({ undated: 0, dated: 1 })
    expect(await timesOf(place)).toEqual([at(0), at(1), at(2), at(3), at(4)])
    await expectProven(place, ...BERLIN)
  })

  test('another zone later fills only what is unknown, and says so', async () => {
    const place = home(line('a', 0))
    await bringIn(place, ...BERLIN)
    appendFileSync(place.file, line('b', 1))
    await bringIn(place)
    const { times, sources } = await bringIn(place, '--time-zone', 'America/New_York')
    expect(times).toMatchObject({ undated: 0, dated: 1 })
    expect(sources[0]?.problems).toMatchObject([
      { code: 'other-time-zone', detail: expect.stringContaining('Europe/Berlin') },
    ])
    expect(await timesOf(place)).toEqual([at(0), at(1) + 6 * 3_600_000])
    await expectProven(place)
  })

  test('what was redacted, or appended without a time, gets none', async () => {
    const place = home(line('a secret', 0) + line('b', 1))
    await bringIn(place)
    await runHere(['redact', ID, '1', '--text', 'secret', '--yes', '--db', place.db])
    const store = await openSqliteStore({ path: place.db })
    await store.append(ID, [{ record: { role: 'user', content: 'live' } }])
    await store.close()
    expect((await bringIn(place, ...BERLIN)).times).toMatchObject({ undated: 0 })
    expect(await timesOf(place)).toEqual([null, at(1), null])
    expect((await textsOf(place))[0]).toContain('[redacted]')
  })

  test('of a folder, read by a format and into a namespace: the command names both', async () => {
    const here = temporaryFolder()
    const source = join(here, 'chats')
    mkdirSync(source)
    writeFileSync(join(source, 'a.jsonl'), line('a', 0))
    const db = join(here, 's.db')
    const args = [source, '--format', 'openai-chat', '--namespace', 'work', '--db', db]
    const { stdout } = await runHere(['import', ...args])
    const command = /faircopy import .*--time-zone.*/.exec(stdout)?.[0] ?? ''
    expect((await follow(command)).stdout).toContain('1 time that was unknown is known now.')
    expect(readFileSync(join(source, 'a.jsonl'), 'utf8')).toBe(line('a', 0))
  })
})
