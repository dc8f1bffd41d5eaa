// A database and its log are one thing: what is committed stands in either.
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { beforeStep } from './between.ts'
import { folderState } from './folder-state.ts'
import { pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { archiveDocument, restoreDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ID = '20260302_100000_aaaaaaaa'
const TEXTS = ['a name for a grey cat who sleeps in the bookcase', 'Folio, Quire, or Octavo?']

/** An imported home; its database has its rows in a log beside it. */
async function importedHome(rowsInWal = true) {
  const folder = temporaryFolder()
  const [source, db] = [join(folder, 'home'), join(folder, 'faircopy.db')]
  const said = TEXTS.map((content) => ({ role: 'user', content }))
  const file = Buffer.from(said.map((each) => `${pythonJson(each)}\n`).join(''))
  const rows = said.map((each, i) => ({ ...each, timestamp: 1_772_445_600 + i }))
  writeHome(source, [{ id: ID, file, rows }], { rowsInWal })
  rmSync(join(source, 'live.db'), { force: true })
  expect((await runHere(['import', source, '--db', db])).code).toBe(0)
  return { source, db, archive: `${source}-archive` }
}

function namesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('state.db'))
}

function manifestIn(archive: string): string {
  return join(archive, readdirSync(archive).find((name) => name.startsWith('manifest-')) ?? '')
}

test('a log stays where its database stays', async () => {
  const { source, db, archive } = await importedHome()
  const before = folderState(source)
  mkdirSync(archive)
  writeFileSync(join(archive, 'state.db'), 'something else')
  const { code, stdout } = await runHere(['archive', source, '--database', '--json', '--db', db])
  const { stays } = archiveDocument.parse(JSON.parse(stdout))
  expect(code).toBe(2)
  expect(stays.map(({ code, path }) => [code, path])).toEqual([
    ['target-taken', join(source, 'state.db')],
    ['target-taken', join(source, 'state.db-wal')],
  ])
  expect(folderState(source).filter((line) => line.startsWith('state.db'))).toEqual(
    before.filter((line) => line.startsWith('state.db')),
  )
  expect(namesIn(archive)).toEqual(['state.db'])
})

test('a log does not come back beside another database', async () => {
  const { source, db, archive } = await importedHome()
  await runHere(['archive', source, '--database', '--db', db])
  expect(namesIn(source)).toEqual([])
  const aside = namesIn(archive)
  expect(aside).toEqual(['state.db', 'state.db-wal'])
  const manifest = manifestIn(archive)
  const other = new Database(join(source, 'state.db'))
  other.exec("CREATE TABLE theirs (said TEXT); INSERT INTO theirs VALUES ('by a gateway since')")
  other.close()
  for (const more of [[], ['--yes']]) {
    const { code, stdout } = await runHere(['archive', '--undo', manifest, ...more, '--json'])
    const { restored, stays } = restoreDocument.parse(JSON.parse(stdout))
    expect(code).toBe(2)
    expect(stays.map(({ code, path }) => [code, path])).toEqual([
      ['target-taken', join(source, 'state.db-wal')],
      ['target-taken', join(source, 'state.db')],
    ])
    expect(restored.map(({ target }) => target)).toEqual([join('sessions', `${ID}.jsonl`)])
  }
  expect([namesIn(source), namesIn(archive)]).toEqual([['state.db'], aside])
  const now = new Database(join(source, 'state.db'), { readonly: true })
  expect(now.prepare('SELECT said FROM theirs').pluck().all()).toEqual(['by a gateway since'])
  now.close()
  rmSync(join(source, 'state.db'))
  expect((await runHere(['archive', '--undo', manifest, '--yes'])).code).toBe(0)
  expect(namesIn(source)).toEqual(aside)
})

test.for([true, false])(
  'a database does not come back beside a log that is not its own: %s',
  async (rowsInWal) => {
    const { source, db, archive } = await importedHome(rowsInWal)
    await runHere(['archive', source, '--database', '--db', db])
    const [aside, manifest] = [namesIn(archive), manifestIn(archive)]
    const stray = join(source, 'state.db-wal')
    writeFileSync(stray, 'of another database')
    for (const more of [[], ['--yes']]) {
      const { code, stdout } = await runHere(['archive', '--undo', manifest, ...more, '--json'])
      const { stays } = restoreDocument.parse(JSON.parse(stdout))
      expect(code).toBe(2)
      expect(stays.map(({ code, path }) => [code, basename(path)])).toEqual(
        aside.toReversed().map((name) => ['target-taken', name]),
      )
      expect(stays.at(-1)?.detail).toContain(stray)
    }
    expect([namesIn(source), namesIn(archive)]).toEqual([['state.db-wal'], aside])
    rmSync(stray)
    expect((await runHere(['archive', '--undo', manifest, '--yes'])).code).toBe(0)
    expect(namesIn(source)).toEqual(aside)
  },
)

test.for(['state.db', 'state.db-wal'])(
  'what comes beside a database as it comes back keeps it aside, with its log: %s',
  async (name) => {
    const { source, db, archive } = await importedHome(name === 'state.db')
    await runHere(['archive', source, '--database', '--db', db])
    const [aside, manifest] = [namesIn(archive), manifestIn(archive)]
    const waiting = beforeStep('state.db', 1, () => writeFileSync(join(source, name), 'of another'))
    const { code, stdout } = await runHere(['archive', '--undo', manifest, '--yes', '--json'])
    expect(waiting.undo()).toBe(true)
    const { restored, stays } = restoreDocument.parse(JSON.parse(stdout))
    expect(code).toBe(2)
    expect(stays.map(({ code, path }) => [code, basename(path)])).toEqual(
      aside.toReversed().map((each) => ['target-taken', each]),
    )
    expect(restored.map(({ target }) => target)).toEqual([join('sessions', `${ID}.jsonl`)])
    expect([namesIn(source), namesIn(archive)]).toEqual([[name], aside])
  },
)

test('a database that is opened while the files before it are moved stays, with its log', async () => {
  const { source, db, archive } = await importedHome(false)
  const log = join(source, 'state.db-wal')
  const waiting = beforeStep(`${ID}.jsonl`, 20, () => writeFileSync(log, 'a log'))
  const { code, stdout } = await runHere(['archive', source, '--database', '--json', '--db', db])
  expect(waiting.undo()).toBe(true)
  const { moved, stays } = archiveDocument.parse(JSON.parse(stdout))
  expect(moved.map(({ target }) => target)).toEqual([join('sessions', `${ID}.jsonl`)])
  expect([code, stays.map(({ code, path }) => [code, path])]).toEqual([
    2,
    [['in-use', join(source, 'state.db')]],
  ])
  expect([namesIn(source), namesIn(archive)]).toEqual([['state.db', 'state.db-wal'], []])
})

test('a database that is told more stays, whenever that is', { timeout: 300_000 }, async () => {
  const made = await importedHome(false)
  for (let nth = 1; ; nth++) {
    const source = join(temporaryFolder(), 'home')
    cpSync(made.source, source, { recursive: true, preserveTimestamps: true })
    let told = 0
    const waiting = beforeStep('state.db', nth, () => {
      const other = new Database(join(source, 'state.db'), { timeout: 0 })
      const { changes } = other.prepare("UPDATE messages SET content = 'told meanwhile, at length'").run()
      told = changes
      other.close()
    })
    const { stdout } = await runHere(['archive', source, '--database', '--json', '--db', made.db])
    if (!waiting.undo()) return expect(nth).toBeGreaterThan(15)
    const { moved, stays } = archiveDocument.parse(JSON.parse(stdout))
    const [step] = waiting.steps[nth - 1] ?? []
    const isGone = moved.some(({ target }) => target === 'state.db')
    // After the last look nobody can know; what was told is in the archive then.
    if (step === 'unlink') expect(isGone).toBe(true)
    else
      expect(
        stays.map(({ path }) => path),
        `${nth}: ${step}`,
      ).toContain(join(source, 'state.db'))
    const kept = new Database(join(isGone ? `${source}-archive` : source, 'state.db'), { readonly: true })
    const texts = kept.prepare('SELECT DISTINCT content FROM messages').pluck().all()
    kept.close()
    expect([told, texts]).toEqual([2, ['told meanwhile, at length']])
    if (step === 'unlink') return
  }
})
