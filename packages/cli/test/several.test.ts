// Several of what a test elsewhere has one of: sources, holds, imports, namespaces, pages.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, test } from 'vitest'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { importDocument, listDocument, pruneDocument, statusDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const line = (content: string): string => `{"role":"user","content":"${content}"}\n`

/** Folders with a transcript each, named alike. */
function folders(...names: string[]): { readonly paths: readonly string[]; readonly db: string } {
  const here = temporaryFolder()
  const paths = names.map((name) => {
    mkdirSync(join(here, name))
    writeFileSync(join(here, name, `${name}.jsonl`), line(`${name}, at length`))
    return join(here, name)
  })
  return { paths, db: join(here, 'f.db') }
}

async function ids(db: string): Promise<string[]> {
  const { stdout } = await runHere(['list', '--json', '--db', db])
  return listDocument
    .parse(JSON.parse(stdout))
    .sessions.map(({ namespace, id }) => `${namespace}/${id}`)
    .sort()
}

describe('sources', () => {
  test('are all imported, into a new store as into one that is there', async () => {
    const { paths, db } = folders('a', 'b', 'c', 'd')
    const { code, stdout } = await runHere(['import', ...paths, '--json', '--db', db])
    expect([code, importDocument.parse(JSON.parse(stdout)).totals.sessions]).toEqual([0, 4])
    expect(await ids(db)).toEqual(['default/a', 'default/b', 'default/c', 'default/d'])
  })

  test('are all held against the store, and one of them that is not proven is told', async () => {
    const { paths, db } = folders('a', 'b', 'c')
    const [a = '', b = '', c = ''] = paths
    await runHere(['import', a, b, '--db', db])
    const proof = async (...of: string[]) => {
      const { code, stdout } = await runHere([
        'verify',
        ...of.flatMap((path) => ['--against', path]),
        '--json',
        '--db',
        db,
      ])
      const against = JSON.parse(stdout).against as { readonly path: string; readonly proven: boolean }[]
      return [code, against.map(({ proven }) => proven)]
    }
    expect(await proof(a, b)).toEqual([0, [true, true]])
    expect(await proof(a, b, c)).toEqual([2, [true, true, false]])
    expect(await proof(c, a)).toEqual([2, [false, true]])
  })

  test('that tell one session differently are not said to be foreseen, and are not once one was imported', async () => {
    const { paths, db } = folders('a', 'b')
    const [a = '', b = ''] = paths
    for (const path of paths) writeFileSync(join(path, 's.jsonl'), line(`a conversation of ${path} alone`))
    const said = /1 session of these is told by several of the sources/
    for (const plan of [['audit'], ['import', '--dry-run']]) {
      expect((await runHere([...plan, a, b, '--db', db])).stdout).toMatch(said)
      expect((await runHere([...plan, a, '--db', db])).stdout).not.toMatch(said)
    }
    const imported = await runHere(['import', a, b, '--db', db])
    expect(imported.code).toBe(2)
    expect(imported.stdout).toMatch(/1 undecided|ambiguous +1/)
    expect(imported.stdout).not.toMatch(said)
    expect((await runHere(['audit', a, b, '--db', db])).stdout).not.toMatch(said)
  })

  test('tell of each line that is none where it stands, by its number and its first byte', async () => {
    const { paths, db } = folders('a')
    const [a = ''] = paths
    const texts = [line('\u00fc, at length'), '{"torn\n', '\n', line('more'), 'none\n']
    writeFileSync(join(a, 'a.jsonl'), texts.join(''))
    const { stdout } = await runHere(['import', ...paths, '--json', '--db', db])
    const { problems } = JSON.parse(stdout).sources[0]
    const place = (at: number) => [at + 1, Buffer.byteLength(texts.slice(0, at).join(''))]
    expect(problems.map((one: { line: number; offset: number }) => [one.line, one.offset])).toEqual([
      place(1),
      place(4),
    ])
  })

  test('of which one has nothing are not nowhere', async () => {
    const { paths, db } = folders('a')
    const empty = join(temporaryFolder(), 'empty')
    mkdirSync(empty)
    expect((await runHere(['import', empty, '--db', db])).code).toBe(66)
    expect((await runHere(['import', empty, ...paths, '--db', db])).code).toBe(2)
  })

  test('of which one cannot be read are not nowhere either, whichever it is', async () => {
    const folder = temporaryFolder()
    const [db, empty, home] = ['t.db', 'empty', 'home'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    for (const each of [empty, home]) mkdirSync(each)
    writeFileSync(join(home, 'state.db'), 'no database'.repeat(1000))
    const exits = async (...sources: readonly string[]): Promise<number[]> => {
      const codes: number[] = []
      for (const command of ['import', 'audit'])
        codes.push((await runHere([command, ...sources, '--db', db])).code)
      return codes
    }
    expect(await exits(empty)).toEqual([66, 66])
    expect(await exits(home)).toEqual([2, 2])
    expect(await exits(empty, home)).toEqual([2, 2])
    expect(await exits(home, empty)).toEqual([2, 2])
  })
})

describe('sessions', () => {
  test('of more pages than one are all listed, and each once', async () => {
    const path = join(temporaryFolder(), 'f.db')
    const store = await openSqliteStore({ path })
    await Promise.all(Array.from({ length: 501 }, (_, i) => store.create(`s${i}`, {})))
    await store.close()
    const listed = await ids(path)
    expect([listed.length, new Set(listed).size]).toEqual([501, 501])
    const { stdout } = await runHere(['list', '--db', path])
    expect(stdout.trimEnd().split('\n')).toHaveLength(501)
  })

  test('of one id in two namespaces are deleted, and brought back, each for itself', async () => {
    const db = await sampleStore(
      { session: 'a', entries: [message('user', 'one')] },
      { session: { namespace: 'work', id: 'a' }, entries: [message('user', 'two')] },
    )
    const run = (...args: string[]) => runHere([...args, '--db', db])
    const inWork = ['--namespace', 'work']
    await run('delete', 'a', '--yes', ...inWork)
    expect((await run('delete', 'a', '--yes', ...inWork)).stdout).toContain('was deleted before')
    expect(await ids(db)).toEqual(['default/a'])
    expect((await run('delete', 'a', '--undo', ...inWork)).code).toBe(0)
    expect(await ids(db)).toEqual(['default/a', 'work/a'])
    await run('delete', 'a', '--yes')
    await run('delete', 'a', '--undo', ...inWork)
    expect(await ids(db)).toEqual(['work/a'])
  })

  test('that a session was compacted into are no forks of it', async () => {
    const db = await sampleStore({ session: 'a', entries: [message('user', 'one')] })
    const store = await openSqliteStore({ path: db })
    await store.fork('a', { id: 'fork', through: 1 })
    await store.create('next', { parent: { namespace: 'default', id: 'a', entry: 1, why: 'reset' } })
    await store.close()
    expect((await runHere(['delete', 'a', '--db', db])).stdout).toContain('1 fork of it keep')
  })

  test('that are held are all held; one that is not there lets nothing go', async () => {
    const ended = (id: string) => ({ session: id, about: { endedAt: 1 }, entries: [message('user', id)] })
    const db = await sampleStore(ended('a'), ended('b'), ended('c'))
    const prune = (...holds: string[]) =>
      runHere([
        'prune',
        '--ended-older-than',
        '1d',
        ...holds.map((id) => `--hold=${id}`),
        '--yes',
        '--json',
        '--db',
        db,
      ])
    const policy = ['--ended-older-than', '1d', '--hold=a', '--hold=b']
    const { stdout: dry } = await runHere(['prune', ...policy, '--db', db])
    expect(dry).toContain(` ${policy.join(' ')}`)
    const slip = await prune('a', 'nobody')
    expect([slip.code, slip.stderr.split(':')[0]]).toEqual([1, 'NO_SESSION'])
    expect(await ids(db)).toEqual(['default/a', 'default/b', 'default/c'])
    expect(pruneDocument.parse(JSON.parse((await prune('a', 'b')).stdout))).toMatchObject({
      sessions: 1,
      held: 2,
    })
    expect(await ids(db)).toEqual(['default/a', 'default/b'])
  })
})

describe('imports', () => {
  test('of which the newest ten are shown', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `folder-${i}`)
    const { paths, db } = folders(...names)
    for (const path of paths) await runHere(['import', path, '--db', db])
    const { stdout } = await runHere(['status', '--db', db])
    expect(stdout).toContain('2 older ones; --json lists all')
    expect(names.filter((name) => new RegExp(`/${name}\\b`).test(stdout))).toEqual(names.slice(2))
    const json = (await runHere(['status', '--json', '--db', db])).stdout
    expect(statusDocument.parse(JSON.parse(json)).imports).toHaveLength(12)
  })

  test('that are undone in part say what is left, and count what was removed of each session', async () => {
    const { paths, db } = folders('a', 'b', 'c')
    const imported = await runHere(['import', ...paths, '--json', '--db', db])
    const { importId } = importDocument.parse(JSON.parse(imported.stdout))
    const store = await openSqliteStore({ path: db })
    await store.replace('b', { from: 1, entries: [message('user', 'said instead')] })
    await store.close()
    const undo = ['import', '--undo', importId ?? '', '--yes', '--json', '--db', db]
    const { code, stdout } = await runHere(undo)
    const { totals } = JSON.parse(stdout)
    expect([code, totals]).toEqual([
      2,
      { sessions: 3, undone: 2, already: 0, refused: 1, failed: 0, removed: 2 },
    ])
    const again = await runHere(undo)
    expect([again.code, JSON.parse(again.stdout).totals.removed]).toEqual([2, 0])
  })
})

describe('hits', () => {
  test('fewer than were asked for are all there are', async () => {
    const db = await sampleStore(
      { session: 'a', entries: [message('user', 'a bookcase'), message('user', 'another bookcase')] },
      { session: { namespace: 'work', id: 'a' }, entries: [message('user', 'their bookcase')] },
    )
    const search = async (...more: string[]) =>
      (await runHere(['search', 'bookcase', ...more, '--db', db])).stderr
    expect(await search()).toBe('3 hits.\n')
    expect(await search('--limit', '3')).toBe('3 hits; there may be more, see --limit.\n')
    expect(await search('--namespace', 'work')).toBe('1 hit.\n')
  })
})
