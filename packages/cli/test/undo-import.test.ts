import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openJsonlSource, planImport, runImport } from '@faircopy/legacy-jsonl'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, test } from 'vitest'
import { driftScenarios } from './drift-scenarios.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { archiveDocument, importDocument, listDocument, statusDocument, undoDocument } from './schemas.ts'
import { storeDump } from './store-dump.ts'
import { temporaryFolder } from './temporary-folder.ts'

const line = (content: string): string => `{"role":"user","content":"${content}"}\n`

function folderOfChats(): string {
  const source = join(temporaryFolder(), 'chats')
  mkdirSync(source)
  for (const name of ['a', 'b', 'c'])
    writeFileSync(
      join(source, `${name}.jsonl`),
      line(`what ${name} said, at length`) + line(`and what ${name} added to it`),
    )
  return source
}

async function imported(source: string, db: string): Promise<string> {
  const { stdout } = await runHere(['import', source, '--json', '--db', db])
  return importDocument.parse(JSON.parse(stdout)).importId ?? ''
}

async function undone(args: readonly string[]) {
  const done = args.includes('--dry-run') ? [] : ['--yes']
  const { code, stdout } = await runHere(['import', '--undo', ...args, ...done, '--json'])
  return { code, document: undoDocument.parse(JSON.parse(stdout)) }
}

/** What a store says: each session's head, and its records byte for byte. */
async function saysOf(db: string): Promise<unknown> {
  const { sessions } = listDocument.parse(JSON.parse((await runHere(['list', '--json', '--db', db])).stdout))
  const said: unknown[] = []
  for (const { id, head } of sessions)
    said.push([id, head, (await runHere(['export', id, '--format', 'jsonl', '--db', db])).stdout])
  return said
}

describe('import --undo', () => {
  test('takes a first import back whole: no session, no tombstone, and the same source comes in again', async () => {
    const home = join(temporaryFolder(), 'home')
    writeHome(home, driftScenarios())
    const db = join(temporaryFolder(), 'faircopy.db')
    const id = await imported(home, db)
    const clean = await saysOf(db)
    const { code, document } = await undone([id.slice(0, 6), '--db', db])
    expect(code).toBe(0)
    expect(document.importId).toBe(id)
    expect(document.totals.undone).toBe(document.totals.sessions)
    expect(new Set(document.sessions.map(({ entries }) => entries))).toEqual(new Set([null]))
    expect(await saysOf(db)).toEqual([])
    await imported(home, db)
    expect(await saysOf(db)).toEqual(clean)
    expect(JSON.parse((await runHere(['verify', '--json', '--db', db])).stdout).findings).toEqual([])
  })

  test('says, before and after, when the source has nothing to bring in again', async () => {
    const source = folderOfChats()
    const db = join(temporaryFolder(), 'faircopy.db')
    const id = await imported(source, db)
    const undo = async (how: string) =>
      (await runHere(['import', '--undo', id, how, '--db', db])).stdout.includes(
        'no import brings this in again',
      )
    expect(await undo('--dry-run')).toBe(false)
    const archived = await runHere(['archive', source, '--unanchored', '--json', '--db', db])
    const { manifests } = archiveDocument.parse(JSON.parse(archived.stdout))
    expect(await undo('--dry-run')).toBe(true)
    expect(await undo('--yes')).toBe(true)
    await runHere(['archive', '--undo', manifests[0] ?? '', '--yes', '--db', db])
    expect(await undo('--yes')).toBe(false)
    expect((await runHere(['import', source, '--db', db])).code).toBe(0)
  })

  test('of a later import leaves what the first brought, and what was appended live since', async () => {
    const source = folderOfChats()
    const db = join(temporaryFolder(), 'faircopy.db')
    await imported(source, db)
    const before = await saysOf(db)
    appendFileSync(join(source, 'a.jsonl'), line('one thing more, told later'))
    const id = await imported(source, db)
    const store = await openSqliteStore({ path: db })
    await store.append('a', { kind: 'message', record: { role: 'user', content: 'live, since' } })
    await store.close()
    const told = async () =>
      statusDocument.parse(JSON.parse((await runHere(['status', '--json', '--db', db])).stdout)).imports
    expect((await told()).map((one) => one.undone)).toEqual([false, false])
    const { document } = await undone([id, '--db', db])
    expect(document.sessions).toMatchObject([{ id: 'a', status: 'undone', entries: 3, removed: 1 }])
    expect((await told()).map((one) => one.undone)).toEqual([false, true])
    expect((await runHere(['status', '--db', db])).stdout).toMatch(
      new RegExp(`${id.slice(0, 8)} .* undone$`, 'm'),
    )
    const { stdout } = await runHere(['export', 'a', '--format', 'jsonl', '--db', db])
    expect(stdout).not.toContain('told later')
    expect(stdout).toContain('live, since')
    const others = (says: unknown): unknown[] => (says as unknown[][]).filter(([name]) => name !== 'a')
    expect(others(await saysOf(db))).toEqual(others(before))
  })

  test('refuses a session that was rewritten since by name, with the next command, and the others go on', async () => {
    const source = folderOfChats()
    const db = join(temporaryFolder(), 'faircopy.db')
    const id = await imported(source, db)
    const store = await openSqliteStore({ path: db })
    await store.replace('b', {
      from: 2,
      entries: [{ kind: 'message', record: { role: 'user', content: 'rewritten' } }],
    })
    await store.close()
    const dry = await undone([id, '--dry-run', '--db', db])
    const { code, document } = await undone([id, '--db', db])
    expect([dry.code, code]).toEqual([2, 2])
    const verdicts = (one: typeof document): unknown =>
      one.sessions.map(({ id, status, reason }) => [id, status, reason])
    expect(verdicts(document)).toEqual([
      ['a', 'undone', undefined],
      ['b', 'refused', 'rewritten'],
      ['c', 'undone', undefined],
    ])
    expect(verdicts(dry.document)).toEqual(verdicts(document))
    expect(document.sessions[1]?.next).toBe(`faircopy show b --history --db ${db}`)
    const told = await runHere(['status', '--json', '--db', db])
    expect(statusDocument.parse(JSON.parse(told.stdout)).imports.map((one) => one.undone)).toEqual([false])
    expect((await runHere(['export', 'b', '--format', 'jsonl', '--db', db])).stdout).toContain('rewritten')
    const { stdout } = await runHere(['import', '--undo', id, '--yes', '--db', db])
    expect(stdout).toMatch(/b +rewritten/)
    expect(stdout).toContain('In 2 sessions it was undone before.')
  })

  test('a later import of the same session goes first', async () => {
    const source = folderOfChats()
    const db = join(temporaryFolder(), 'faircopy.db')
    const first = await imported(source, db)
    appendFileSync(join(source, 'a.jsonl'), line('one thing more, told later'))
    const second = await imported(source, db)
    const refused = await undone([first, '--dry-run', '--db', db])
    expect(refused.document.sessions[0]).toMatchObject({ id: 'a', status: 'refused', reason: 'rewritten' })
    await undone([second, '--db', db])
    expect((await undone([first, '--db', db])).code).toBe(0)
    expect(await saysOf(db)).toEqual([])
  })

  test('without --yes nothing is written, and what is printed does it; status names the id', async () => {
    const source = folderOfChats()
    const db = join(temporaryFolder(), 'faircopy.db')
    const id = await imported(source, db)
    const before = storeDump(db)
    const status = await runHere(['status', '--db', db])
    const shown = /^1 import\n +(\S+) .* openai-chat /m.exec(status.stdout)?.[1] ?? ''
    expect(id.startsWith(shown) && shown.length).toBe(8)
    const would = await runHere(['import', '--undo', shown, '--db', db])
    expect(would.code).toBe(0)
    expect(would.stdout).toMatch(
      /^A dry run: 3 sessions of import .* would be undone\. Nothing was written\./,
    )
    expect(storeDump(db)).toBe(before)
    const doing = /^To do it: faircopy (import .*)$/m.exec(would.stdout)?.[1] ?? ''
    expect((await runHere(doing.split(' '))).stdout).toMatch(/^Undid import .* in 3 sessions/)
    expect(await saysOf(db)).toEqual([])
    // What took it back is no import, and there is nothing left to do.
    expect((await runHere(['status', '--db', db])).stdout).toMatch(/^1 import$/m)
    expect((await runHere(['import', '--undo', shown, '--db', db])).stdout).not.toContain('To do it')
  })

  test('what an import prints takes it back; --yes is for nothing else', async () => {
    const source = folderOfChats()
    const db = join(temporaryFolder(), 'faircopy.db')
    const { stdout } = await runHere(['import', source, '--db', db])
    const taking = /^To take it back: faircopy (import .*)$/m.exec(stdout)?.[1] ?? ''
    expect((await runHere(taking.split(' '))).code).toBe(0)
    expect(await saysOf(db)).toEqual([])
    expect((await runHere(['import', source, '--yes', '--db', db])).code).toBe(64)
    expect((await runHere([...taking.split(' '), '--dry-run'])).code).toBe(64)
    expect(await saysOf(db)).toEqual([])
  })

  test('a dry run writes nothing; undoing twice changes nothing', async () => {
    const source = folderOfChats()
    const db = join(temporaryFolder(), 'faircopy.db')
    const id = await imported(source, db)
    const before = await saysOf(db)
    const dry = await undone([id, '--dry-run', '--db', db])
    expect(dry.document).toMatchObject({ dryRun: true, undoId: null, totals: { undone: 3, removed: 0 } })
    expect(await saysOf(db)).toEqual(before)
    await undone([id, '--db', db])
    const again = await undone([id, '--db', db])
    expect(again.document).toMatchObject({ undoId: null, totals: { already: 3, undone: 0 } })
    expect(again.code).toBe(0)
  })

  test('the beginning of an id that two imports have is refused with both', async () => {
    const source = folderOfChats()
    const db = join(temporaryFolder(), 'faircopy.db')
    const store = await openSqliteStore({ path: db })
    for (const id of ['feed-1', 'feed-2']) {
      const opened = await openJsonlSource(join(source, id === 'feed-1' ? 'a.jsonl' : 'b.jsonl'))
      await runImport(await planImport(opened, store), { run: { id, at: Date.now() } })
      await opened.close()
    }
    await store.close()
    const { code, stderr } = await runHere(['import', '--undo', 'feed', '--db', db])
    expect(code).toBe(64)
    expect(stderr).toMatch(/^AMBIGUOUS_IMPORT: 2 imports .*\n.*feed-1, feed-2/)
    expect((await undone(['feed-1', '--dry-run', '--db', db])).code).toBe(0)
  })

  test('an id that no import has, that two have, and a source beside it', async () => {
    const source = folderOfChats()
    const db = join(temporaryFolder(), 'faircopy.db')
    await imported(source, db)
    appendFileSync(join(source, 'a.jsonl'), line('one thing more, told later'))
    await imported(source, db)
    expect((await runHere(['import', '--undo', 'zzz', '--db', db])).stderr).toMatch(
      /^NO_IMPORT: .*\nWhich there are: faircopy status/,
    )
    expect((await runHere(['import', '--undo', '', '--db', db])).stderr).toContain('NO_IMPORT')
    expect((await runHere(['import', source, '--undo', 'a', '--db', db])).code).toBe(64)
    expect((await runHere(['import', '--db', db])).code).toBe(64)
    expect(
      (await runHere(['import', '--undo', 'a', '--db', join(temporaryFolder(), 'none.db')])).stderr,
    ).toContain('NO_STORE')
  })
})
