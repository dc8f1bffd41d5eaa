import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { driftScenarios, saidBy } from './drift-scenarios.ts'
import { faircopy } from './faircopy.ts'
import { folderState } from './folder-state.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { type EntryLine, entryLine, type ImportDocument, importDocument, listDocument } from './schemas.ts'
import { storeDump } from './store-dump.ts'
import { temporaryFolder } from './temporary-folder.ts'

const scenarios = driftScenarios()

describe.each([
  { rowsInWal: false, home: 'a home' },
  { rowsInWal: true, home: 'a home whose rows are in a -wal alone, its writer killed,' },
])('$home that drifted in every known way', ({ rowsInWal }) => {
  let report: ImportDocument
  let plan: ImportDocument
  let exitCode: number | null
  let homeBefore: string[]
  let homeAfter: string[]
  let entries: Map<string, EntryLine[]>
  let heads: Map<string, string>
  let again: { report: ImportDocument; code: number | null; sameRows: boolean }[]

  beforeAll(async () => {
    const folder = temporaryFolder()
    const home = join(folder, 'home')
    const db = join(folder, 'faircopy.db')
    writeHome(home, scenarios, { rowsInWal })
    homeBefore = folderState(home)
    plan = importDocument.parse(
      JSON.parse((await faircopy(['import', home, '--dry-run', '--json', '--db', db])).stdout),
    )
    const imported = await faircopy(['import', home, '--json', '--db', db])
    report = importDocument.parse(JSON.parse(imported.stdout))
    exitCode = imported.code
    entries = await readAll(db)
    heads = await headsOf(db)

    const elsewhere = join(folder, 'copy', 'of the home')
    cpSync(home, elsewhere, { recursive: true })
    again = []
    for (const path of [home, elsewhere]) {
      const rows = storeDump(db)
      const { stdout, code } = await runHere(['import', path, '--json', '--db', db])
      const after = storeDump(db)
      again.push({ report: importDocument.parse(JSON.parse(stdout)), code, sameRows: rows === after })
      expect(await headsOf(db)).toEqual(heads)
    }
    homeAfter = folderState(home)
  })

  test.for(scenarios)(
    '$name: $verdict',
    ({ id, verdict, reason, says, metas, kinds = {}, lines = {}, stutter }) => {
      const session = report.sessions.find((each) => each.id === id)
      expect(session).toMatchObject({ verdict, action: 'created', lines })
      expect(session?.reason).toBe(reason)
      expect(session?.stutter).toBe(stutter)
      expect(session?.entries.merged).toBe(verdict === 'ambiguous' ? null : says.length)

      const told = entries.get(id) ?? []
      const messages = told.filter(({ kind }) => kind !== 'session_meta')
      expect(messages.map(({ record }) => saidBy(record))).toEqual(says)
      expect(told.map(({ seq }) => seq)).toEqual(told.map((_, i) => i + 1))
      const platforms = told
        .filter(({ kind }) => kind === 'session_meta')
        .map(({ record }) => record['platform'] ?? null)
      expect(platforms).toEqual(metas)
      for (const { kind, record } of messages) expect(kind).toBe(kinds[saidBy(record)] ?? 'message')
    },
  )

  test('a payload of session_meta survives whole, before the message that it was written for', () => {
    const first = entries.get(scenarios[0]?.id ?? '')?.[0]
    expect(first?.record).toMatchObject({
      model: 'some/model',
      tools: [{ function: { description: 'Ein Befehl — ✓' } }],
    })
  })

  test('deliveries keep their marks', () => {
    const deliveries = [...entries.values()].flat().filter(({ kind }) => kind === 'delivery')
    expect(deliveries.map(({ record }) => [record['mirror'], record['mirror_source']])).toEqual([
      [true, 'cron'],
      [true, 'cron'],
    ])
  })

  test('what a row has and its line lacks is added to the line', () => {
    const undone = scenarios.find(({ name }) => name.startsWith('an undo'))
    const answer = entries
      .get(undone?.id ?? '')
      ?.find(({ record }) => record['content'] === 'the first answer')
    expect(answer?.record).toEqual({ role: 'assistant', content: 'the first answer', finish_reason: 'stop' })
    expect(answer?.provenance).toMatchObject({ witness: 'both', line: 2 })
  })

  test('every problem is reported by file and line, and the import ends with findings', () => {
    for (const { id, problems = [] } of scenarios) {
      const found = report.sources[0]?.problems.filter(({ path }) => path.endsWith(`${id}.jsonl`)) ?? []
      expect(found.map(({ code }) => code)).toEqual(problems)
      for (const { line } of found) expect(line).toBeGreaterThan(0)
    }
    expect(exitCode).toBe(2)
  })

  test('a dry run prints the very plan', () => {
    expect(plan).toEqual({ ...report, importId: null, dryRun: true })
  })

  test('the totals are those of the sessions', () => {
    expect(report.totals.sessions).toBe(scenarios.length)
    const byVerdict: Record<string, number> = {}
    for (const { verdict } of scenarios) byVerdict[verdict] = (byVerdict[verdict] ?? 0) + 1
    expect(report.totals.byVerdict).toEqual(byVerdict)
  })

  test('the home is as it was, byte for byte, and nothing new lies in it', () => {
    expect(homeAfter).toEqual(homeBefore)
  })

  test('the same home again, and a copy of it elsewhere, write nothing', () => {
    for (const { report: second, code, sameRows } of again) {
      expect(sameRows).toBe(true)
      expect(second.importId).toBeNull()
      expect(second.sessions.map(({ action }) => action)).toEqual(scenarios.map(() => 'unchanged'))
      expect(second.totals.byVerdict.ambiguous).toBe(2)
      expect(code).toBe(2)
    }
  })
})

async function readAll(db: string): Promise<Map<string, EntryLine[]>> {
  const { stdout, code } = await faircopy(['export', '--all', '--format', 'ndjson', '--db', db])
  expect(code).toBe(0)
  const entries = new Map<string, EntryLine[]>()
  for (const line of stdout.split('\n').slice(0, -1)) {
    const entry = entryLine.parse(JSON.parse(line))
    entries.set(entry.session, [...(entries.get(entry.session) ?? []), entry])
  }
  return entries
}

async function headsOf(db: string): Promise<Map<string, string>> {
  const { stdout } = await runHere(['list', '--json', '--db', db])
  return new Map(listDocument.parse(JSON.parse(stdout)).sessions.map(({ id, head }) => [id, head]))
}
