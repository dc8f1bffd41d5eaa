import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, test } from 'vitest'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { restoredStoreDocument, undoneRestoreDocument } from './schemas.ts'

// As root every process is seen; elsewhere this is the tester's word.
const CLOSED = ['--closed']

/** A store, and a backup of it from before its second message. */
async function backedUp() {
  const db = await sampleStore({ session: 's', entries: [message('user', 'one')] })
  const backup = `${db}.backup`
  const store = await openSqliteStore({ path: db })
  await store.backup(backup)
  await store.append('s', message('user', 'two'))
  await store.close()
  return { db, backup, folder: dirname(db) }
}

const entriesIn = async (db: string): Promise<string[]> => {
  const { stdout } = await runHere(['export', 's', '--db', db])
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).content)
}

test('says what it would do, does it with --yes, and each tells the command that goes on from there', async () => {
  const { db, backup, folder } = await backedUp()
  const names = readdirSync(folder)
  const dry = await runHere(['restore', backup, '--db', db, ...CLOSED])
  expect(dry.code).toBe(0)
  expect(dry.stdout).toContain('A dry run: ')
  expect(dry.stdout).toContain(`faircopy restore ${backup} --yes --closed --db ${db}`)
  expect(readdirSync(folder)).toEqual(names)
  expect(await entriesIn(db)).toEqual(['one', 'two'])

  const done = await runHere(['restore', backup, '--db', db, '--yes', ...CLOSED])
  expect(done.code).toBe(0)
  expect(await entriesIn(db)).toEqual(['one'])
  const undo = /faircopy (restore --undo (\S+) --yes)/.exec(done.stdout)
  expect(dirname(dirname(undo?.[2] ?? ''))).toBe(folder)
  const would = await runHere(['restore', '--undo', undo?.[2] ?? '', ...CLOSED])
  expect(would.stdout).toMatch(/A dry run: faircopy[.]db.* would be back in/)
  expect(would.stdout).toContain(`${undo?.[0]} --closed`)
  expect(await entriesIn(db)).toEqual(['one'])
  const undone = await runHere([...(undo?.[1] ?? '').split(' '), ...CLOSED])
  expect(undone.code).toBe(0)
  expect(await entriesIn(db)).toEqual(['one', 'two'])
  const again = await runHere([...(undo?.[1] ?? '').split(' '), ...CLOSED])
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('nothing of it is aside')])
})

test('--json tells the same', async () => {
  const { db, backup } = await backedUp()
  const run = async (...args: string[]) => JSON.parse((await runHere([...args, '--json', ...CLOSED])).stdout)
  const dry = restoredStoreDocument.parse(await run('restore', backup, '--db', db))
  expect(dry).toMatchObject({ path: db, backup, dryRun: true, sessions: 1, entries: 1, manifest: null })
  expect(dry.aside[0]).toBe(basename(db))
  const done = restoredStoreDocument.parse(await run('restore', backup, '--db', db, '--yes'))
  expect(done).toMatchObject({ dryRun: false, aside: dry.aside, bytes: lstatSync(db).size })
  const undone = undoneRestoreDocument.parse(await run('restore', '--undo', done.manifest ?? '', '--yes'))
  expect(undone).toMatchObject({ path: db, dryRun: false, back: dry.aside, aside: [basename(db)] })
})

test('a backup that is none, a store that is open and a wrong call are told by name', async () => {
  const { db, backup } = await backedUp()
  const told = async (...args: string[]) => {
    const { code, stderr } = await runHere(['restore', ...args, '--db', db])
    return [code, stderr.split('\n')[0]]
  }
  expect(await told(`${backup}.absent`)).toEqual([1, `RESTORE_REFUSED: There is no file ${backup}.absent.`])
  writeFileSync(`${db}.text`, 'hello')
  expect(await told(`${db}.text`)).toEqual([78, expect.stringMatching(/^NOT_A_STORE: .*[.]text is not/)])
  expect(await told()).toEqual([64, "USAGE: missing required argument 'backup'."])
  expect(await told(backup, backup)).toEqual([64, expect.stringMatching(/^USAGE: too many arguments/)])
  expect(await told(backup, '--undo', backup)).toEqual([64, expect.stringMatching(/^USAGE: --undo takes/)])
  expect(await told('--undo', backup)).toEqual([
    1,
    expect.stringMatching(/^RESTORE_REFUSED: .* is no manifest/),
  ])
  const store = await openSqliteStore({ path: db })
  expect(await told(backup, '--yes', ...CLOSED)).toEqual([1, `RESTORE_REFUSED: This process has ${db} open.`])
  await store.close()
})

test('a store whose restore was stopped half-way says so, whatever is asked, and sqlite makes no file of it', async () => {
  const { backup, folder } = await backedUp()
  const half = join(folder, 'half.db')
  const aside = `${half}.aside-20261130T120000Z-00000000`
  mkdirSync(aside)
  writeFileSync(
    join(aside, 'manifest.json'),
    JSON.stringify({
      faircopyRestore: 1,
      at: 0,
      by: { host: 'x', boot: 'x', pids: 'x', pid: 1, thread: 0, started: '1' },
      store: 'half.db',
      files: [],
      backup: null,
      comes: 'half.db.000000000000.restoring',
      undoes: null,
    }),
  )
  symlinkSync(`${basename(aside)}/manifest.json/restore-at-work`, half)
  for (const command of ['list', 'status', 'verify', 'search x']) {
    const { code, stderr } = await runHere([...command.split(' '), '--db', half])
    expect([code, stderr]).toEqual([78, expect.stringContaining('a restore of it was stopped half-way')])
    expect(stderr).toContain(`: faircopy restore --undo ${join(aside, 'manifest.json')} --yes\n`)
  }
  const doctor = await runHere(['doctor', '--db', half])
  expect(doctor.stdout).toContain('a restore of it was stopped half-way')
  expect(spawnSync('sqlite3', [half, 'CREATE TABLE t (x)']).status).not.toBe(0)
  expect(lstatSync(half).isSymbolicLink()).toBe(true)
  expect((await runHere(['restore', backup, '--yes', '--db', half, ...CLOSED])).code).toBe(0)
  expect(await entriesIn(half)).toEqual(['one'])
})
