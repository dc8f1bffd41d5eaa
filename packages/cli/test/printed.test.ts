// Every line that the commands print of a store that has several of everything, unlike each other.
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { driftScenarios } from './drift-scenarios.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { message } from './sample-store.ts'
import { temporaryFolder } from './temporary-folder.ts'

const onLinux = process.platform === 'linux'
const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2026, 2, 10, 8)

const here = temporaryFolder()
const at = (name: string): string => join(here, name)
const DB = at('faircopy.db')
const EMPTY = at('empty.db')

let imports: readonly string[] = []

/** Without what differs from one run to the next: what is no word is named by its place among its like. */
function plain(text: string): string {
  const known = new Map(imports.map((id, i) => [id, `IMPORT-${i + 1}`]))
  const named = (kind: string) => (found: string) => {
    const long = [...known.keys()].find((id) => id.startsWith(found)) ?? found
    const name = known.get(long) ?? `${kind}-${known.size + 1}`
    known.set(long, name)
    return name
  }
  return (
    text
      .replaceAll(here, 'HERE')
      .replaceAll(hostname(), 'HOST')
      .replaceAll(/"(pid|bytes|walBytes|freeBytes)": ?\d+/g, '"$1": N')
      .replaceAll(/\b(bytes|walBytes|freeBytes) \d+/g, '$1 N')
      .replaceAll(/\b\d(?:[\d,.]*\d)? (?:bytes|KiB|MiB)\b/g, 'N bytes')
      .replaceAll(/(?<=(?:faircopy|Node|SQLite|"(?:faircopy|node|sqlite)":) "?)\d+\.\d+\.\d+/g, 'VERSION')
      .replaceAll(`${process.platform} ${process.arch}`, 'PLATFORM')
      .replaceAll(`--time-zone ${Intl.DateTimeFormat().resolvedOptions().timeZone}`, '--time-zone ZONE')
      .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, named('ID'))
      .replaceAll(/(?<=~)[0-9a-f]{16}\b/g, named('BRANCH'))
      .replaceAll(/\b[0-9a-f]{32}\b/g, named('STORE'))
      .replaceAll(/\b[0-9a-f]{12}\b/g, named('SESSION'))
      .replaceAll(/(?<=import |--undo | {2}|Z-)[0-9a-f]{8}\b/g, named('ID'))
      // Small values of a document stand on one line.
      .replaceAll(/([[{])\n\s+([^[\]{}]{1,110}?)\n\s+([\]}])/g, (_, begin, inner: string, end) =>
        [begin, inner.replaceAll(/\s*\n\s+/g, ' '), end].join(''),
      )
  )
}

async function printed(args: readonly string[], db = DB): Promise<string> {
  const words = args.map((word) => word.replace('HOME', at('home')).replace('CHATS', at('chats')))
  const { code, stdout, stderr } = await runHere([...words, '--db', db])
  return plain(`exit ${code}\n${stdout}${stderr === '' ? '' : `--- stderr\n${stderr}`}`)
}

const line = (content: string, more: object = {}): string =>
  `${JSON.stringify({ role: 'user', content, ...more })}\n`

async function importIds(): Promise<readonly string[]> {
  const { stdout } = await runHere(['status', '--json', '--db', DB])
  return (JSON.parse(stdout).imports as { readonly id: string }[]).map(({ id }) => id)
}

/** Sessions as gateways write them: rewritten, compacted, forked, ended, deleted, in two namespaces. */
async function written(): Promise<void> {
  const store = await openSqliteStore({ path: DB })
  const telegram = { platform: 'telegram', chat: '7', chatType: 'dm', user: 'ada' }
  const call = { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"place":"Porto"}' } }
  await store.append(
    'live',
    [
      { kind: 'session_meta', record: { role: 'session_meta', model: 'some/model', tools: [{}, {}] } },
      { ...message('user', 'the first question,\n\tin two lines'), at: START - DAY },
      { ...message('assistant', 'an answer | with *marks* and a needle'), at: START - DAY + 1000 },
      message('user', 'what is the weather?'),
      { record: { role: 'assistant', content: null, tool_calls: [call] } },
      { record: { role: 'tool', tool_call_id: 'c1', content: 'sunny ```' } },
      {
        kind: 'delivery',
        record: { role: 'assistant', content: 'the report', mirror: true, mirror_source: 'cron' },
      },
      {
        record: {
          role: 'user',
          content: [
            { type: 'text', text: 'see' },
            { type: 'image_url', image_url: {} },
          ],
        },
      },
    ],
    {
      create: {
        title: 'A live one',
        origin: telegram,
        startedAt: START - DAY,
        meta: { model: 'some/model' },
      },
    },
  )
  await store.replace('live', {
    from: 8,
    entries: [message('user', 'said instead'), message('user', 'and more')],
  })
  await store.fork('live', { id: 'fork', through: 3 })
  await store.append('live', {
    kind: 'compaction',
    record: { role: 'assistant', content: 'a summary', first_kept: 7 },
  })
  await store.append('live', message('assistant', 'behind the needle'))
  await store.replace('live', { from: 10, entries: [message('assistant', 'the last needle')] })
  for (const id of ['a', 'b']) {
    const origin = { platform: 'slack', chat: `C${id}`, chatType: 'channel', thread: 'T', user: 'bob' }
    const entries = Array.from({ length: id === 'a' ? 12 : 1 }, (_, i) =>
      message('user', `${id} at work ${i}`),
    )
    await store.append({ namespace: 'work', id }, entries, { create: { origin } })
  }
  const ended = { endedAt: START - 200 * DAY, endReason: 'reset' }
  await store.append('ended', [message('user', 'the needle of old'), message('user', 'x')], { create: ended })
  await store.create('ended without a word', ended)
  for (const id of ['deleted', 'deleted too']) {
    await store.append(id, message('user', 'gone'), { create: {} })
    await store.delete(id)
  }
  await store.close()
}

/** Transcripts: one with no zone, one with lines that are none, one that names its times. */
function chats(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const said = (name: string, i: number) => `${name} said sentence number ${i}, at length`
  writeFileSync(
    join(folder, 'one.jsonl'),
    [1, 2, 3].map((i) => line(said('one', i), { timestamp: `2026-03-02T10:0${i}:00` })).join(''),
  )
  writeFileSync(
    join(folder, 'two.jsonl'),
    `{"_type":"metadata","n":1}\n${line(said('two', 1))}none\n\n{"torn\n${line(said('two', 2))}{"role":"us`,
  )
  writeFileSync(join(folder, 'three.jsonl'), line(said('three', 1), { timestamp: 1_772_445_600 }))
  writeFileSync(join(folder, 'notes.txt'), 'no transcript')
}

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
  const tick = (): void => void vi.setSystemTime(Date.now() + HOUR)
  await written()
  writeHome(at('home'), driftScenarios())
  chats(at('chats'))
  for (const args of [
    ['import', at('home')],
    ['import', at('chats'), '--namespace', 'work'],
    ['import', at('chats')],
  ]) {
    tick()
    await runHere([...args, '--db', DB])
  }
  tick()
  const store = await openSqliteStore({ path: DB })
  await store.replace('two', { from: 2, entries: [message('user', 'rewritten')] })
  await store.close()
  tick()
  imports = await importIds()
  await runHere(['import', '--undo', imports[2] ?? '', '--yes', '--db', DB])
  const status = JSON.parse((await runHere(['status', '--json', '--db', DB])).stdout)
  tick()
  const [first] = status.undecided as readonly { readonly id: string }[]
  await runHere(['resolve', first?.id ?? '', '--branch', '--note', 'both are right', '--db', DB])
  const begun = { sources: [at('home'), at('more')], reading: { namespace: 'work' } }
  for (const [i, id] of ['id-b', 'id-a'].entries()) {
    const process = { host: 'elsewhere', pid: 7 + i, started: '1' }
    const note = { ...begun, id, at: START - i * HOUR, process }
    writeFileSync(`${DB}.import-${id}.json`, JSON.stringify(note))
  }
  tick()
}, 120_000)

afterAll(() => void vi.useRealTimers())

const SCENARIO = driftScenarios()

describe.runIf(onLinux)('what is printed of a store that has several of everything, by', () => {
  const undecided = SCENARIO.filter(({ verdict }) => verdict === 'ambiguous').map(({ id }) => id)
  const merged = SCENARIO.find(({ verdict }) => verdict === 'merged')?.id ?? ''

  test.each(
    [
      ['list'],
      ['list', '--namespace', 'work'],
      ['list', '--json'],
      ['status'],
      ['status', '--json'],
      ['show', 'live'],
      ['show', 'live', '--json'],
      ['show', 'live', '--projection', 'model'],
      ['show', 'live', '--projection', 'display', '--tail', '3'],
      ['show', 'live', '--history'],
      ['show', 'live', '--history', '--json'],
      ['show', merged, '--history'],
      ['show', merged, '--witness', 'database', '--from', 'HOME', '--tail', '2'],
      ['show', 'two', '--witness', 'file', '--from', 'CHATS'],
      ['search', 'needle'],
      ['search', 'needle', '--limit', '2'],
      ['search', 'sentence', '--namespace', 'work', '--json'],
      ['export', 'live', '--format', 'markdown'],
      ['export', '--all', '--namespace', 'work', '--format', 'ndjson'],
      ['export', 'live', 'two', 'ended', '--format', 'ndjson'],
      ['verify'],
      ['verify', '--json'],
      ['verify', '--against', 'CHATS', '--against', 'HOME'],
      ['verify', '--against', 'CHATS', '--json', '--namespace', 'work'],
      ['audit', 'HOME', 'CHATS'],
      ['audit', 'CHATS', '--json'],
      ['import', 'CHATS', 'HOME', '--dry-run'],
      ['resolve', undecided[1] ?? ''],
      ['resolve', undecided[1] ?? '', '--json'],
      ['delete', 'live'],
      ['delete', 'a', '--namespace', 'work', '--json'],
      ['prune', '--history-older-than', '1m', '--ended-older-than', '90d', '--hold', 'live'],
      ['prune', '--ended-older-than', '90d', '--json'],
      ['redact', 'live', '3', '--text', 'needle'],
      ['redact', 'live', '3', '--text', 'needle', '--json'],
      ['archive', 'CHATS', '--dry-run'],
      ['archive', 'HOME', '--database', '--dry-run'],
      ['report'],
      ['report', '--json'],
      ['doctor'],
      ['doctor', '--json'],
    ].map((args) => [args.join(' '), args] as const),
  )('%s', async (_, args) => {
    expect(await printed(args)).toMatchSnapshot()
  })

  test('export into files', async () => {
    expect(await printed(['export', '--all', '--namespace', 'work', '--out', at('out')])).toMatchSnapshot()
    expect(readdirSync(at('out'), { recursive: true }).sort()).toMatchSnapshot()
  })

  test('an undo of imports, before it is made', async () => {
    for (const id of imports) expect(await printed(['import', '--undo', id, '--dry-run'])).toMatchSnapshot()
  })
})

describe.runIf(onLinux)('what is printed of steps, one after the other, by', () => {
  test('a backup, a restore and its undo', async () => {
    cpSync(DB, EMPTY)
    const said = [
      await printed(['backup', at('backup.db')], EMPTY),
      await printed(['restore', at('backup.db'), '--closed'], EMPTY),
      await printed(['restore', at('backup.db'), '--closed', '--yes'], EMPTY),
    ]
    const aside = readdirSync(here).find((name) => name.startsWith('empty.db.aside-')) ?? ''
    const manifest = join(here, aside, 'manifest.json')
    said.push(await printed(['restore', '--undo', manifest, '--closed'], EMPTY))
    expect(said.join('').replaceAll(aside, 'ASIDE')).toMatchSnapshot()
  })

  test('a deletion that is repeated and taken back', async () => {
    const said = [
      await printed(['delete', 'live', '--yes']),
      await printed(['delete', 'live', '--yes']),
      await printed(['delete', 'live', '--undo']),
      await printed(['delete', 'nobody', '--yes']),
    ]
    expect(said.join('')).toMatchSnapshot()
  })

  test('an archive, what is left of it, and its undo', async () => {
    const said = [await printed(['archive', 'CHATS', '--namespace', 'work', '--unanchored'])]
    const manifests = readdirSync(at('chats-archive')).filter((name) => name.startsWith('manifest-'))
    writeFileSync(join(at('chats'), 'one.jsonl'), line('another one'))
    const manifest = join(at('chats-archive'), manifests[0] ?? '')
    for (const more of [[], ['--yes'], ['--yes', '--json']])
      said.push(await printed(['archive', '--undo', manifest, ...more]))
    rmSync(join(at('chats'), 'one.jsonl'))
    said.push(await printed(['archive', '--undo', manifest, '--yes']))
    expect(said.join('')).toMatchSnapshot()
  })
})
