// A command that is printed repeats what was given: with an option less it would do something else.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, test } from 'vitest'
import { follow } from './follow.ts'
import { pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { statusDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ID = '20260302_100000_aaaaaaaa'

/** The commands that a call prints. */
async function printed(...args: string[]): Promise<string[]> {
  const { stdout } = await runHere(args)
  return [...stdout.matchAll(/faircopy .*$/gm)].map(([command]) => command)
}

/** A home of which the database and the file tell one session differently. */
function contestedHome(): string {
  const home = join(temporaryFolder(), 'a home')
  const file = Buffer.from(`${pythonJson({ role: 'user', content: 'as the file has it, at length' })}\n`)
  const rows = [{ role: 'user', content: 'as the rows have it, at length', timestamp: 1e9 }]
  writeHome(home, [{ id: ID, file, rows }])
  return home
}

test('archive, after its dry run', async () => {
  const here = temporaryFolder()
  const [source, db, to] = [join(here, 'chats'), join(here, 'f.db'), join(here, 'else where')]
  mkdirSync(source)
  writeFileSync(join(source, 'a.jsonl'), '{"role":"user","content":"one, at length"}\n')
  await runHere(['import', source, '--db', db])
  const more = ['--to', to, '--unanchored', '--database', '--db', db]
  expect(await printed('archive', source, '--dry-run', ...more)).toEqual([
    `faircopy archive ${source} --to '${to}' --database --unanchored --db ${db}`,
  ])
  expect(await printed('archive', source, ...more)).toEqual([
    expect.stringMatching(/^faircopy archive --undo '.*\/else where\/manifest-.*\.json' --yes$/),
  ])
})

test('prune, with every hold and the namespace', async () => {
  const of = (id: string) => ({
    session: { namespace: 'the team', id },
    about: { endedAt: 1 },
    entries: [message('user', id)],
  })
  const db = await sampleStore(of('a b'), of('b'), of('c'))
  const policy = ['--history-older-than', '2w', '--ended-older-than', '36h', '--hold', 'a b', '--hold', 'b']
  expect(await printed('prune', ...policy, '--namespace', 'the team', '--db', db)).toEqual([
    `faircopy prune --yes --history-older-than 2w --ended-older-than 36h --hold='a b' --hold=b --namespace 'the team' --db ${db}`,
  ])
})

test('prune, where only history would go', async () => {
  const db = await sampleStore({ session: 'a', entries: [message('user', 'one')] })
  const store = await openSqliteStore({ path: db, now: () => Date.now() - 1e10 })
  await store.replace('a', { from: 1, entries: [message('user', 'two')] })
  await store.close()
  expect(await printed('prune', '--history-older-than', '1d', '--db', db)).toEqual([
    `faircopy prune --yes --history-older-than 1d --db ${db}`,
  ])
})

test('prune, where only sessions that say nothing would go, and none where nothing would', async () => {
  const db = await sampleStore({ session: 'a', about: { endedAt: 1 }, entries: [] })
  const command = `faircopy prune --yes --ended-older-than 1d --db ${db}`
  expect(await printed('prune', '--ended-older-than', '1d', '--db', db)).toEqual([command])
  expect((await follow(command)).code).toBe(0)
  expect(await printed('prune', '--ended-older-than', '1d', '--db', db)).toEqual([])
})

test('resolve, where its source was named', async () => {
  const home = contestedHome()
  const db = join(temporaryFolder(), 'f.db')
  const zone = ['--time-zone', 'Europe/Berlin']
  await runHere(['import', home, ...zone, '--db', db])
  const commands = await printed('resolve', ID, '--from', home, '--format', 'hermes', ...zone, '--db', db)
  expect(commands.length).toBeGreaterThan(1)
  for (const command of commands)
    expect(command).toMatch(
      new RegExp(
        `^faircopy resolve ${ID} --[a-z-]+ --from '${home}' --format hermes --time-zone Europe/Berlin --db ${db}$`,
      ),
    )
})

test('import, of several sources', async () => {
  const here = temporaryFolder()
  const names = ['a', 'b c', 'd'].map((name) => {
    mkdirSync(join(here, name))
    writeFileSync(join(here, name, `${name}.jsonl`), `{"role":"user","content":"${name}"}\n`)
    return join(here, name)
  })
  const db = join(here, 'f.db')
  const [a = '', b = '', d = ''] = names
  expect(await printed('import', a, b, d, '--dry-run', '--namespace', 'team', '--db', db)).toEqual([
    `faircopy import ${a} '${b}' ${d} --namespace team --db ${db}`,
  ])
})

test('restore, with what a person made sure of', async () => {
  const db = await sampleStore({ session: 'a', entries: [message('user', 'one')] })
  const backup = `${db}.backup`
  await runHere(['backup', backup, '--db', db])
  expect(await printed('restore', backup, '--closed', '--db', db)).toEqual([
    `faircopy restore ${backup} --yes --closed --db ${db}`,
  ])
  const done = await runHere(['restore', backup, '--closed', '--yes', '--json', '--db', db])
  const { manifest } = JSON.parse(done.stdout)
  expect(await printed('restore', '--undo', manifest, '--closed')).toEqual([
    `faircopy restore --undo ${manifest} --yes --closed`,
  ])
})

test('the store, unless a command finds it by itself in any folder', async () => {
  const db = await sampleStore({ session: 'a', entries: [message('user', 'one')] })
  const told = async (FAIRCOPY_DB: string) =>
    (await runHere(['delete', 'a'], { env: { FAIRCOPY_DB } })).stdout
  expect(await told(relative(process.cwd(), db))).toContain(`faircopy delete a --yes --db ${db}\n`)
  expect(await told(db)).toContain('faircopy delete a --yes\n')
})

test('of a session that is not decided the command that leads out of its state, whichever that is', async () => {
  const home = contestedHome()
  const [db, other] = [`${home}.db`, '20260302_110000_bbbbbbbb']
  for (const [name, text] of [
    [other, 'told one way'],
    [`${other} (1)`, 'told another way'],
  ])
    writeFileSync(
      join(home, 'sessions', `${name}.jsonl`),
      `${pythonJson({ role: 'user', content: `${text}, at length` })}\n`,
    )
  await runHere(['import', home, '--db', db])
  const { stdout } = await runHere(['status', '--json', '--db', db])
  const told = statusDocument.parse(JSON.parse(stdout)).undecided.map(({ reason, next }) => [reason, next])
  expect(Object.fromEntries(told)).toEqual({
    'several-orders': `faircopy resolve ${ID} --db '${db}'`,
    'several-files': `faircopy import FILE --db '${db}'`,
  })
})
