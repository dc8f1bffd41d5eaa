import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, test } from 'vitest'
import { driftScenarios } from './drift-scenarios.ts'
import { faircopy } from './faircopy.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { historyDocument, importDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

async function history(db: string, id: string) {
  const { stdout, code } = await runHere(['show', id, '--history', '--json', '--db', db])
  expect(code).toBe(0)
  return historyDocument.parse(JSON.parse(stdout))
}

describe('after an import', () => {
  const scenarios = driftScenarios()
  const idOf = (name: string) => scenarios.find((each) => each.name.startsWith(name))?.id ?? ''
  const imported = (async () => {
    const home = join(temporaryFolder(), 'home')
    writeHome(home, scenarios)
    const db = join(temporaryFolder(), 'faircopy.db')
    await runHere(['import', home, '--db', db])
    return db
  })()

  test('what was written twice by mistake is there as a repeat', async () => {
    const { generations, history: past } = await history(await imported, idOf('a stutter'))
    expect(generations.map(({ reason }) => reason)).toContain('import')
    expect(past.length).toBeGreaterThan(0)
    expect(new Set(past.map(({ left }) => left.why))).toEqual(new Set(['repeat']))
  })

  test('what each witness told of an entry that both made is there as an original', async () => {
    const { history: past } = await history(await imported, idOf('an undo'))
    expect(past.map(({ left }) => left.why)).toContain('original')
    expect(past.every(({ writer, provenance }) => writer === 'import' && provenance !== null)).toBe(true)
  })

  test('what a later import knew more of is superseded, by the entry that says it now', async () => {
    const id = '20260302_100000_aaaaaaaa'
    const record = { role: 'assistant', content: 'an answer long enough to be known again' }
    const row = { ...record, timestamp: 1772445600, finish_reason: 'stop' }
    const line = Buffer.from(`${JSON.stringify(record)}\n`)
    const db = join(temporaryFolder(), 'faircopy.db')
    for (const session of [
      { id, file: line, rows: null },
      { id, file: line, rows: [row] },
    ]) {
      const home = join(temporaryFolder(), 'home')
      writeHome(home, [session])
      await runHere(['import', home, '--db', db])
    }
    const { history: past } = await history(db, id)
    expect(past.find(({ id: entry }) => entry === 1)?.left).toEqual({
      why: 'superseded',
      by: expect.any(Number),
    })
    const told = await faircopy(['show', id, '--history', '--db', db])
    expect(told.stdout).toMatch(/superseded: told again, with what another witness knew of it, entry \d+\)/)
  })
})

test('what was told again, and again, is superseded each time, by the entry that told it next', async () => {
  const path = join(temporaryFolder(), 'faircopy.db')
  const store = await openSqliteStore({ path })
  let expectedHead: string | null = null
  for (const n of [1, 2, 3]) {
    const provenance = { importId: `run ${n}`, witness: 'file' as const, ...(n > 1 && { supersedes: n - 1 }) }
    await store.import({
      run: { id: `run ${n}`, at: n, about: {} },
      session: 'a',
      about: {},
      expectedHead,
      steps: (async function* () {
        yield { live: { record: { role: 'user', content: 'hi', known: n }, provenance } }
      })(),
      note: { key: `${n}`, verdict: 'merged', reason: null, report: {}, certificate: null },
    })
    expectedHead = (await store.get('a'))?.head ?? null
  }
  await store.close()
  const { history: past } = await history(path, 'a')
  expect(past.map(({ id, left }) => [id, left])).toEqual([
    [1, { why: 'superseded', by: 2 }],
    [2, { why: 'superseded', by: 3 }],
  ])
})

test('a session that never changed its mind has one generation and no history', async () => {
  const db = await sampleStore({ session: 'a', entries: [message('user', 'hello')] })
  expect(await history(db, 'a')).toMatchObject({
    id: 'a',
    generations: [{ generation: 1, reason: 'create', entryCount: 1 }],
    history: [],
  })
  const { stdout } = await runHere(['show', 'a', '--history', '--db', db])
  expect(stdout).toContain('Nothing that was ever said has left it.')
  expect(stdout).toMatch(/1 {2}\d{4}-\d\d-\d\d .* create +1 entry +it began/)
})

test('no other choice goes with --history', async () => {
  const db = await sampleStore({ session: 'a', entries: [] })
  for (const args of [
    ['--tail', '2'],
    ['--projection', 'model'],
    ['--witness', 'file', '--from', db],
  ]) {
    expect((await runHere(['show', 'a', '--history', ...args, '--db', db])).code).toBe(64)
  }
})

test('what a retry and an undo took away is there as replaced, with its generation where only one can be meant', async () => {
  const db = await sampleStore({
    session: 'a',
    entries: ['one', 'two', 'three'].map((text) => message('user', text)),
  })
  const replace = async (from: number, text: string) => {
    const store = await openSqliteStore({ path: db })
    await store.replace('a', { from, entries: [message('user', text)] })
    await store.close()
  }
  await replace(3, 'third')
  const once = await history(db, 'a')
  expect(once.generations.map(({ reason }) => reason)).toEqual(['create', 'replace'])
  expect(once.history.map(({ id, left }) => [id, left])).toEqual([[3, { why: 'replaced', generation: 2 }]])
  await replace(2, 'second')
  const twice = await history(db, 'a')
  expect(twice.history.map(({ id, left }) => [id, left])).toEqual([
    [2, { why: 'replaced' }],
    [3, { why: 'replaced' }],
    [4, { why: 'replaced' }],
  ])
})

describe('what is no longer kept is never said to be all there was', () => {
  const NOTHING_LEFT = 'Nothing that was ever said has left it.'
  const told = async (db: string) => (await runHere(['show', 'a', '--history', '--db', db])).stdout

  test('after a prune of history', async () => {
    const db = await sampleStore({ session: 'a', entries: [message('user', 'one')] })
    const store = await openSqliteStore({ path: db, now: () => Date.now() - 40 * 24 * 3_600_000 })
    for (const text of ['first', 'premier', 'erster'])
      await store.replace('a', { from: 1, entries: [message('user', text)] })
    await store.close()
    expect((await history(db, 'a')).gone).toEqual([])
    await runHere(['prune', '--history-older-than', '30d', '--yes', '--db', db])
    const why = 'pruned'
    expect(await history(db, 'a')).toMatchObject({
      gone: [1, 2, 3].map((generation) => ({ generation, why })),
      history: [],
    })
    expect(await told(db)).toContain('Generations 1 to 3 are gone (pruned), with what they alone said.')
    expect(await told(db)).not.toContain(NOTHING_LEFT)
  })

  test('after an import was undone', async () => {
    const db = await sampleStore({ session: 'a', entries: [message('user', 'hello there, all of you')] })
    const folder = temporaryFolder()
    const lines = ['hello there, all of you', 'and more'].map((content) =>
      JSON.stringify({ role: 'user', content }),
    )
    writeFileSync(join(folder, 'a.jsonl'), `${lines.join('\n')}\n`)
    const imported = await runHere(['import', folder, '--json', '--db', db])
    const { importId } = importDocument.parse(JSON.parse(imported.stdout))
    await runHere(['import', '--undo', importId ?? '', '--yes', '--db', db])
    expect((await history(db, 'a')).gone).toEqual([{ generation: 2, why: 'pruned-or-undone' }])
    expect(await told(db)).toContain('Generation 2 is gone (pruned, or an undone import had made it)')
    expect(await told(db)).not.toContain(NOTHING_LEFT)

    writeFileSync(join(folder, 'a.jsonl'), `${[...lines, lines[1]].join('\n')}\n`)
    const again = await runHere(['import', folder, '--json', '--db', db])
    const second = importDocument.parse(JSON.parse(again.stdout)).importId ?? ''
    await runHere(['import', '--undo', second, '--yes', '--db', db])
    const { generations, gone } = await history(db, 'a')
    const kept = generations.map(({ generation }) => generation)
    expect([gone.map(({ generation }) => generation), kept]).toEqual([
      [2, 4],
      [1, 3, 5],
    ])
    expect((await told(db)).match(/Generations? .* gone/g)).toEqual([
      'Generation 2 is gone',
      'Generation 4 is gone',
    ])
  })

  test('after a redaction', async () => {
    const db = await sampleStore({ session: 'a', entries: [message('user', 'a secret')] })
    await runHere(['redact', 'a', '1', '--text', 'secret', '--yes', '--db', db])
    expect(await told(db)).toContain('No entry has ever left it; texts that were redacted have.')
    expect(await told(db)).not.toContain(NOTHING_LEFT)
  })
})
