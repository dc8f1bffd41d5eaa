import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { entryLine } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const RECORD =
  '{ "role" : "user", "content":"\\ud83c and \\u0000", "n": 12345678901234567890.10, "n": -0, "__proto__": {"x": 1},\n "z":[1.0, 1e400] }'

const calls = (id: string) => ({
  record: {
    role: 'assistant',
    content: '',
    tool_calls: [{ id, function: { name: 'weather', arguments: '{"place":"Porto"}' } }],
  },
})
const result = (id: string, content: string) => ({ record: { role: 'tool', content, tool_call_id: id } })
const delivery = {
  kind: 'delivery',
  record: { role: 'assistant', content: 'the report', mirror: true, mirror_source: 'cron' },
}
const meta = { kind: 'session_meta', record: { role: 'session_meta', model: 'some/model', tools: [{}, {}] } }

async function lines(db: string, ...args: readonly string[]): Promise<string[]> {
  const { stdout, code } = await runHere(['show', 'a', '--json', '--db', db, ...args])
  expect(code).toBe(0)
  return stdout.split('\n').slice(0, -1)
}

test('--json gives a record in its exact text, on one line', async () => {
  const db = await sampleStore({ session: 'a', entries: [{ record: RECORD, at: 5, idempotencyKey: 'k1' }] })
  expect(await lines(db)).toEqual([
    `{"session":"a","id":1,"seq":1,"kind":"message","role":"user","at":5,"idempotencyKey":"k1","writer":"gateway","provenance":null,"record":${RECORD.replace('\n', ' ')}}`,
  ])
})

describe('projections', () => {
  const store = sampleStore({
    session: 'a',
    entries: [
      meta,
      message('system', 'be brief'),
      message('user', 'before it was compacted'),
      message('user', 'the first that is kept'),
      { kind: 'compaction', record: { role: 'assistant', content: 'a summary', first_kept: 4 } },
      calls('c1'),
      delivery,
      result('c1', 'sunny'),
      { kind: 'note', record: { role: 'note', content: 'an unknown kind' } },
      message('assistant', 'it is sunny'),
    ],
  })
  const said = async (...args: readonly string[]) =>
    (await lines(await store, ...args)).map((line) => {
      const { kind, seq } = entryLine.parse(JSON.parse(line))
      return kind === 'message' ? seq : `${seq} ${kind}`
    })

  test('audit shows all', async () => {
    expect(await said()).toEqual([
      '1 session_meta',
      2,
      3,
      4,
      '5 compaction',
      6,
      '7 delivery',
      8,
      '9 note',
      10,
    ])
  })

  test('display shows what people said and got', async () => {
    expect(await said('--projection', 'display')).toEqual([3, 4, '5 compaction', 6, '7 delivery', 8, 10])
  })

  test('model begins with the last compaction and keeps tool exchanges together', async () => {
    expect(await said('--projection', 'model')).toEqual(['5 compaction', 4, 6, 8, '7 delivery', 10])
  })

  test('--tail counts what is shown', async () => {
    expect(await said('--tail', '2')).toEqual(['9 note', 10])
    expect(await said('--tail', '3', '--projection', 'display')).toEqual(['7 delivery', 8, 10])
    expect(await said('--tail', '2', '--projection', 'model')).toEqual(['7 delivery', 10])
    expect(await said('--tail', '99')).toHaveLength(10)
  })

  test('people see who spoke, what was called, and what was delivered from where', async () => {
    const { stdout } = await faircopy(['show', 'a', '--db', await store])
    expect(stdout).toContain('model some/model, 2 tools')
    expect(stdout).toMatch(/7 {2}assistant {2}\[delivered from cron\]\n {6}the report\n/)
    expect(stdout).toMatch(/6 {2}assistant\n {6}→ weather {"place":"Porto"}\n/)
    expect(stdout).toMatch(/8 {2}tool {2}answers c1\n {6}sunny\n/)
  })

  test('people see a delivery labelled for the model as it would be', async () => {
    const { stdout } = await runHere(['show', 'a', '--projection', 'model', '--db', await store])
    expect(stdout).toContain('[Delivered from cron] the report')
  })
})

describe('a legacy witness', () => {
  const user = (content: string) => ({ role: 'user', content })
  const id = '20260302_100000_aaaaaaaa'
  const home = join(temporaryFolder(), 'home')
  const file = (...said: string[]) =>
    Buffer.from(
      said.map((content) => (content === '' ? 'no json\n' : `${JSON.stringify(user(content))}\n`)).join(''),
    )
  const row = (content: string) => ({ ...user(content), timestamp: 1772445600 })
  writeHome(home, [{ id, file: file('one', '', 'two', 'three'), rows: [row('one'), row('zwei')] }])
  writeHome(join(home, 'profiles', 'work'), [{ id, file: file('at work'), rows: null }])

  test('is read as it stands, with the places of its entries', async () => {
    const { stdout, stderr, code } = await faircopy([
      'show',
      id,
      '--witness',
      'file',
      '--from',
      home,
      '--json',
    ])
    expect(code).toBe(0)
    const told = stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => entryLine.parse(JSON.parse(line)))
    expect(told.map(({ record, provenance }) => [record['content'], provenance?.['line']])).toEqual([
      ['one', 1],
      ['two', 3],
      ['three', 4],
    ])
    expect(told[0]).toMatchObject({ id: null, writer: null, seq: 1 })
    expect(stderr).toMatch(/^line 2 is no entry: invalid-json, 7 bytes at offset \d+\n$/)

    const database = await runHere(['show', id, '--witness', 'database', '--from', home])
    expect(database.stdout).toMatch(/2 {2}user .*row 2\n {6}zwei\n/)
  })

  test('--tail takes its last entries', async () => {
    const { stdout } = await runHere(['show', id, '--witness', 'file', '--from', home, '--tail', '2'])
    expect(stdout).not.toContain('one\n')
    expect(stdout).toMatch(/two\n.*three\n/s)
  })

  test("--namespace is a profile's, or the one that an import gave", async () => {
    const said = async (...args: string[]) =>
      (await runHere(['show', id, '--witness', 'file', '--from', home, '--tail', '1', ...args])).stdout
    expect(await said()).toContain('three\n')
    expect(await said('--namespace', 'work')).toContain('at work\n')
    expect(await said('--namespace', 'imported')).toContain('three\n')
    expect(await said('--namespace', 'imported/work')).toContain('at work\n')
  })

  test('a session or a side that the source does not have is a failure', async () => {
    const unknown = await runHere(['show', 'nobody', '--witness', 'file', '--from', home])
    expect(unknown).toMatchObject({ code: 1, stdout: '' })
    expect(unknown.stderr).toMatch(/^NO_SESSION: /)
    const oneSided = await runHere([
      'show',
      id,
      '--namespace',
      'work',
      '--witness',
      'database',
      '--from',
      home,
    ])
    expect(oneSided.stderr).toMatch(/^NO_WITNESS: /)
  })
})
