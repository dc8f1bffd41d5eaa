import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { deletionDocument, importDocument, listDocument } from './schemas.ts'
import { storeDump } from './store-dump.ts'
import { temporaryFolder } from './temporary-folder.ts'

const two = () =>
  sampleStore(
    { session: 'a', entries: [message('user', 'one'), message('assistant', 'two')] },
    { session: 'b', entries: [message('user', 'three')] },
    { session: { namespace: 'work', id: 'a' }, entries: [] },
  )

async function ids(db: string): Promise<string[]> {
  const { stdout } = await runHere(['list', '--json', '--db', db])
  return listDocument.parse(JSON.parse(stdout)).sessions.map(({ namespace, id }) => `${namespace}/${id}`)
}

test('without --yes it says what would go, and writes nothing', async () => {
  const db = await two()
  const before = storeDump(db)
  const { stdout, code } = await runHere(['delete', 'a', '--json', '--db', db])
  expect(code).toBe(0)
  expect(deletionDocument.parse(JSON.parse(stdout))).toMatchObject({ dryRun: true, id: 'a', entries: 2 })
  const told = await faircopy(['delete', 'a', '--db', db])
  expect(told.stdout).toContain('A dry run: a  2 entries would be deleted. Nothing was written.')
  expect(told.stdout).toContain('faircopy delete a --yes')
  expect(storeDump(db)).toBe(before)
})

test('with --yes the session is gone, and the others are not', async () => {
  const db = await two()
  const { stdout, code } = await runHere(['delete', 'a', '--yes', '--json', '--db', db])
  expect(code).toBe(0)
  expect(deletionDocument.parse(JSON.parse(stdout))).toMatchObject({
    dryRun: false,
    namespace: 'default',
    id: 'a',
  })
  expect(await ids(db)).toEqual(['default/b', 'work/a'])
  expect((await runHere(['show', 'a', '--db', db])).stderr).toMatch(/^NO_SESSION: /)
  const again = await runHere(['delete', 'a', '--yes', '--db', db])
  expect(again).toMatchObject({ code: 0, stdout: 'a  was deleted before; nothing was written.\n' })
  expect((await runHere(['delete', 'nobody', '--yes', '--db', db])).stderr).toMatch(/^NO_SESSION: /)
})

test('--namespace names one that is not the default', async () => {
  const db = await two()
  await runHere(['delete', 'a', '--yes', '--namespace', 'work', '--db', db])
  expect(await ids(db)).toEqual(['default/a', 'default/b'])
})

test('--undo brings it back as it was', async () => {
  const db = await two()
  const show = () => runHere(['show', 'a', '--json', '--db', db])
  const before = await show()
  await runHere(['delete', 'a', '--yes', '--db', db])
  const { stdout, code } = await runHere(['delete', 'a', '--undo', '--db', db])
  expect(code).toBe(0)
  expect(stdout).toContain('is there again')
  expect(await show()).toEqual(before)
  expect((await runHere(['delete', 'a', '--undo', '--yes', '--db', db])).code).toBe(64)
  expect((await runHere(['delete', 'never', '--undo', '--db', db])).stderr).toMatch(/^NO_SESSION: /)
})

test('an import does not bring it back', async () => {
  const id = '20260302_100000_aaaaaaaa'
  const home = join(temporaryFolder(), 'home')
  writeHome(home, [{ id, file: Buffer.from('{"role":"user","content":"hello there"}\n'), rows: null }])
  const db = join(temporaryFolder(), 'faircopy.db')
  await runHere(['import', home, '--db', db])
  await runHere(['delete', id, '--yes', '--db', db])
  const again = await runHere(['import', home, '--json', '--db', db])
  expect(importDocument.parse(JSON.parse(again.stdout)).sessions[0]?.action).toBe('unchanged')
  expect(await ids(db)).toEqual([])
})

test('what a dry run and an audit say of a deleted session that its source goes on with is what an import does', async () => {
  const id = '20260302_100000_aaaaaaaa'
  const home = join(temporaryFolder(), 'home')
  writeHome(home, [{ id, file: Buffer.from('{"role":"user","content":"hello there"}\n'), rows: null }])
  const db = join(temporaryFolder(), 'faircopy.db')
  await runHere(['import', home, '--db', db])
  await runHere(['delete', id, '--yes', '--db', db])
  appendFileSync(join(home, 'sessions', `${id}.jsonl`), '{"role":"user","content":"and more"}\n')
  for (const command of [['import', '--dry-run'], ['audit'], ['import']]) {
    const { code, stdout } = await runHere([...command, home, '--json', '--db', db])
    const { sessions, sources } = JSON.parse(stdout)
    expect([code, sessions[0].verdict, sessions[0].lines.imported]).toEqual([2, 'failed', 0])
    expect(sources[0].problems).toMatchObject([{ code: 'session-deleted' }])
  }
  await runHere(['delete', id, '--undo', '--db', db])
  expect((await runHere(['import', home, '--db', db])).code).toBe(0)
})

test('status and verify say which of the entries they count are no longer said', async () => {
  const db = await two()
  const said = async () => [
    (await runHere(['status', '--db', db])).stdout.split('\n')[0],
    (await runHere(['verify', '--db', db])).stdout.trimEnd(),
  ]
  const whole = `${db}: 3 sessions, 3 entries`
  expect(await said()).toEqual([whole, `${whole}: all as written`])
  await runHere(['delete', 'a', '--yes', '--db', db])
  const one = `${db}: 2 sessions and 1 deleted, 3 entries (2 no longer said)`
  expect(await said()).toEqual([one, `${one}: all as written`])
  await runHere(['delete', 'b', '--yes', '--db', db])
  await runHere(['delete', 'a', '--namespace', 'work', '--yes', '--db', db])
  const none = `${db}: 0 sessions and 3 deleted, 3 entries (3 no longer said)`
  expect(await said()).toEqual([none, `${none}: all as written`])
})

const ROW = { role: 'user', content: 'hello there', timestamp: 1_772_445_600 }

test.for([
  ['only in a file', null],
  ['in a file and the database', [ROW]],
] as const)(
  'a session %s, gone while its source stays as it was, is told so by every command, until it is brought back',
  async ([, rows]) => {
    const id = '20260302_100000_aaaaaaaa'
    const home = join(temporaryFolder(), 'home')
    writeHome(home, [{ id, file: Buffer.from('{"role":"user","content":"hello there"}\n'), rows }])
    const db = join(temporaryFolder(), 'faircopy.db')
    const json = async (...args: string[]) => {
      const { code, stdout } = await runHere([...args, '--json', '--db', db])
      return { code, told: JSON.parse(stdout) }
    }
    await runHere(['import', home, '--db', db])
    await runHere(['delete', id, '--yes', '--db', db])
    for (const command of [['import', '--dry-run'], ['audit'], ['import']]) {
      const { code, told } = await json(...command, home)
      expect([code, told.importId]).toEqual([2, null])
      expect(told.totals).toMatchObject({ byVerdict: { failed: 1 }, lines: { matched: 0, withheld: 1 } })
      expect(told.sources[0].problems).toMatchObject([
        { code: 'session-deleted', next: `faircopy delete ${id} --undo --db ${db}` },
      ])
      expect(told.sessions[0].next).toBe(`faircopy delete ${id} --undo --db ${db}`)
      if (command[0] === 'audit')
        expect(told.sessions[0].store).toMatchObject({ same: false, differences: [{ code: 'deleted' }] })
    }
    const text = await faircopy(['import', home, '--db', db])
    expect(text.stdout).toContain(`Nothing was imported of ${home} (hermes) into ${db}; 1 failed`)
    expect(text.stdout).toContain(`\n    faircopy delete ${id} --undo --db ${db}\n`)
    expect((await faircopy(['audit', home, '--db', db])).stdout).toContain(
      "0 sessions can be brought over whole, 1 can't",
    )
    const proof = await json('verify', '--against', home)
    expect(proof.code).toBe(2)
    expect(proof.told.against[0].findings).toMatchObject([
      { code: 'session-gone', next: `faircopy delete ${id} --undo --db ${db}` },
    ])
    const archived = await json('archive', home)
    expect([archived.code, archived.told.moved]).toEqual([2, []])
    expect(archived.told.stays).toMatchObject([{ code: 'session-deleted' }])

    await runHere(['delete', id, '--undo', '--db', db])
    for (const command of [
      ['audit', home],
      ['import', home],
      ['verify', '--against', home],
    ])
      expect((await json(...command)).code).toBe(0)
    expect((await json('archive', home, '--dry-run', '--unanchored')).told.moved).toHaveLength(1)
  },
)

test('what was pruned, or deleted longer ago than it can be brought back, is told as gone', async () => {
  const id = '20260302_100000_aaaaaaaa'
  const home = join(temporaryFolder(), 'home')
  writeHome(home, [{ id, file: Buffer.from('{"role":"user","content":"hello there"}\n'), rows: null }])
  for (const how of ['deleted', 'ended']) {
    const db = join(temporaryFolder(), 'faircopy.db')
    await runHere(['import', home, '--db', db])
    const store = await openSqliteStore({ path: db, now: () => Date.now() - 40 * 24 * 3_600_000 })
    if (how === 'deleted') await store.delete(id)
    else await store.update(id, { endedAt: Date.now() - 40 * 24 * 3_600_000 })
    await store.close()
    await runHere(['prune', '--ended-older-than', '30d', '--yes', '--db', db])
    expect(await ids(db)).toEqual([])
    const { code, stdout } = await runHere(['import', home, '--json', '--db', db])
    expect([code, JSON.parse(stdout).sources[0].problems[0].code]).toEqual([2, 'session-deleted'])
    const fresh = join(temporaryFolder(), 'new.db')
    expect((await runHere(['import', home, '--db', fresh])).code).toBe(0)
  }
})

test('a deleted session is undecided no more, and is again once it is brought back', async () => {
  const id = '20260302_100000_aaaaaaaa'
  const home = join(temporaryFolder(), 'home')
  const file = Buffer.from('{"role":"user","content":"from the file"}\n')
  writeHome(home, [
    { id, file, rows: [{ role: 'user', content: 'from the database', timestamp: 1_772_445_600 }] },
  ])
  const db = join(temporaryFolder(), 'faircopy.db')
  await runHere(['import', home, '--db', db])
  const codes = async () => [
    (await runHere(['status', '--db', db])).code,
    (await runHere(['doctor', '--db', db])).code,
  ]
  expect(await codes()).toEqual([2, 2])
  await runHere(['delete', id, '--yes', '--db', db])
  expect(await codes()).toEqual([0, 0])
  await runHere(['import', home, '--db', db])
  expect(await codes()).toEqual([0, 0])
  await runHere(['delete', id, '--undo', '--db', db])
  expect(await codes()).toEqual([2, 2])
})

test('whether something of it is not imported is told by its last import', async () => {
  const id = '20260302_100000_aaaaaaaa'
  const home = join(temporaryFolder(), 'home')
  const line = (text: string) => `{"role":"user","content":"${text}, at length"}\n`
  const file = join(home, 'sessions', `${id}.jsonl`)
  writeHome(home, [{ id, file: Buffer.from(line('one')), rows: null }])
  const db = join(temporaryFolder(), 'faircopy.db')
  const awaits = async (text: string, isSound: boolean) => {
    appendFileSync(file, line(text))
    rmSync(join(home, 'state.db'), { force: true })
    if (!isSound) writeFileSync(join(home, 'state.db'), 'no database, '.repeat(500))
    await runHere(['import', home, '--db', db])
    const { stdout } = await runHere(['delete', id, '--json', '--db', db])
    const told = await runHere(['delete', id, '--db', db])
    expect(told.stdout.includes('Not all of it was imported')).toBe(stdout.includes('awaitsImport'))
    return deletionDocument.parse(JSON.parse(stdout)).awaitsImport ?? false
  }
  expect(await awaits('two', false)).toBe(true)
  expect(await awaits('three', true)).toBe(false)
  expect(await awaits('four', false)).toBe(true)
})

test('forks of it are counted, and keep what they say', async () => {
  const db = await two()
  const store = await openSqliteStore({ path: db })
  await store.fork('a', { id: 'fork', through: 1 })
  await store.close()
  const { stdout } = await runHere(['delete', 'a', '--yes', '--db', db])
  expect(stdout).toContain('1 fork of it keeps what it says.')
  expect((await runHere(['show', 'fork', '--db', db])).stdout).toContain('one')
})

test('a session that was pruned cannot be brought back: what is printed leads to a store that takes it in', async () => {
  const id = '20260302_100000_aaaaaaaa'
  const folder = temporaryFolder()
  const home = join(folder, 'home')
  writeHome(home, [{ id, file: null, rows: [ROW], about: { ended_at: 1772445700, end_reason: 'reset' } }])
  const db = join(folder, 'faircopy.db')
  await runHere(['import', home, '--db', db])
  expect((await runHere(['prune', '--ended-older-than', '1d', '--yes', '--db', db])).code).toBe(0)
  const { stdout } = await runHere(['import', home, '--json', '--db', db])
  expect(JSON.parse(stdout).sessions[0].next).toBe(`faircopy delete ${id} --undo --db ${db}`)
  const { code, stderr } = await runHere(['delete', id, '--undo', '--db', db])
  expect(code).toBe(1)
  const told = `faircopy import ${home} --db NEW`
  expect(stderr).toContain(`SESSION_DELETED: Nothing is left of session "${id}"`)
  expect(stderr).toContain(told)
  const other = join(folder, 'new.db')
  const words = told.replace('NEW', other).split(' ').slice(1)
  expect((await runHere(words)).code).toBe(0)
  expect((await runHere(['verify', '--against', home, '--db', other])).code).toBe(0)
})
