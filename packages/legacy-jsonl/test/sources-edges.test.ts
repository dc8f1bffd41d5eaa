import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  fileWitness,
  hasFindings,
  type ImportReport,
  joinReports,
  type LegacySource,
  type LegacyWitness,
  openaiChatJsonl,
  openJsonlSource,
  openLegacyReader,
  planImport,
  reportPlan,
  runImport,
  SourceChanged,
  type SourceProblem,
  sessionsOfSource,
  verifySource,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'
import { type Told, type ToldSession, toldSource, turn } from './told-source.ts'

const [a, b, c] = ['a', 'b', 'c'].map(turn) as [Told[], Told[], Told[]]
const lines = (told: readonly Told[]): string => told.map(({ text }) => `${text}\n`).join('')

/** A source whose witnesses of one kind change while they are read, so many times; and how often each was read. */
function restless(session: ToldSession, kind: 'file' | 'database', times: number) {
  let reads = 0
  const witnessOf = (witness: LegacyWitness): LegacyWitness => ({
    ...witness,
    read() {
      if (++reads <= times) throw new SourceChanged(witness.path)
      return witness.read()
    },
  })
  const own = toldSource([session])
  const source: LegacySource = {
    ...own,
    async *sessions() {
      for await (const each of own.sessions()) {
        const witness = each[kind]
        yield { ...each, [kind]: witness && witnessOf(witness) }
      }
    },
  }
  return { source, reads: () => reads }
}

describe.each(['file', 'database'] as const)('a %s that changes while it is read', (kind) => {
  const session = (): ToldSession => ({ id: 's', [kind]: a })

  test('twice, and then rests, is planned', async () => {
    const { source, reads } = restless(session(), kind, 2)
    expect(reportPlan(await planImport(source, null)).sessions).toMatchObject([{ problems: [] }])
    expect(reads()).toBe(3)
  })

  test('three times is left, and told', async () => {
    const { source, reads } = restless(session(), kind, 3)
    const { sessions } = reportPlan(await planImport(source, null))
    expect(sessions[0]?.problems.map(({ code }) => code)).toContain('source-changed')
    expect(reads()).toBe(3)
  })

  test('is proven after two times, and not after three', async () => {
    const store = createMemoryStore()
    await runImport(await planImport(toldSource([session()]), store))
    const findings = async (times: number) => {
      const { source, reads } = restless(session(), kind, times)
      const { findings } = await verifySource(source, store)
      return [findings.map(({ code }) => code), reads()]
    }
    expect(await findings(2)).toEqual([[], 3])
    expect(await findings(3)).toEqual([['source-unreadable'], 3])
  })

  test('is read by a reader after four times, and not after five', async () => {
    const facts = async (times: number) => {
      const { source } = restless(session(), kind, times)
      return (await openLegacyReader(source)).get('s').then(
        (known) => known?.entryCount,
        (error: unknown) => (error as { code?: string }).code,
      )
    }
    expect(await facts(4)).toBe(2)
    expect(await facts(5)).toBe('SOURCE_CHANGED')
  })
})

test('a source that only names what it told once tells nothing: nothing of it is proven', async () => {
  const store = createMemoryStore()
  await runImport(await planImport(toldSource([{ id: 's', file: a }]), store))
  const named = toldSource([{ id: 's' }])
  const { problems } = await planImport(named, store)
  expect(problems.map(({ code }) => code)).toEqual(['source-gone'])
  const { sessions, missing, findings } = await verifySource(named, store)
  expect([sessions, missing, findings.map(({ code }) => code)]).toEqual([[], 1, ['source-gone']])
})

test('a file of a session that is not read is one finding, of the session; a database is one of the source too', async () => {
  for (const [code, found] of [
    ['unreadable-file', ['source-unreadable']],
    ['database-unreadable', ['source-unreadable', 'source-problem']],
  ] as const) {
    const problem: SourceProblem = { code, path: '/made/up/s', detail: 'reading it failed with EACCES' }
    const told = toldSource([{ id: 's', database: a }])
    const source: LegacySource = {
      ...told,
      problems: [problem],
      async *sessions() {
        for await (const session of told.sessions()) yield { ...session, refused: [problem] }
      },
    }
    const store = createMemoryStore()
    await runImport(await planImport(source, store))
    const { findings } = await verifySource(source, store)
    expect(findings.map((each) => each.code)).toEqual(found)
  }
})

test('a session that a source only names, and that was written live, is none of its own', async () => {
  const store = createMemoryStore()
  await store.append('live', { record: a[0]?.text ?? '' }, { create: {} })
  await runImport(await planImport(toldSource([{ id: 's', file: a }]), store))
  const { sessions, missing, findings } = await verifySource(
    toldSource([{ id: 's', file: a }, { id: 'live' }]),
    store,
  )
  expect([sessions.map(({ id }) => id), missing, findings]).toEqual([['s'], 0, []])
})

test('a file’s first bytes have a digest as far as there are so many, and are the file’s if they are all', async () => {
  const path = join(temporaryFolder(), 's.jsonl')
  writeFileSync(path, lines(a))
  const witness = fileWitness({ path, adapter: openaiChatJsonl() })
  const reading = witness.read()
  for await (const _ of reading);
  const size = Buffer.byteLength(lines(a))
  expect(reading.bytes).toBe(size)
  expect(await witness.prefixDigest?.(size)).toBe(reading.digest)
  expect(await witness.prefixDigest?.(size - 1)).not.toBe(reading.digest)
  expect(await witness.prefixDigest?.(size + 1)).toBeNull()
})

describe('files that claim one session', () => {
  const folder = (): { path: string; write: (name: string, told: readonly Told[]) => string } => {
    const path = temporaryFolder()
    const write = (name: string, told: readonly Told[]): string => {
      writeFileSync(join(path, name), lines(told))
      return join(path, name)
    }
    return { path, write }
  }
  const ID = '20260302_100000_7dd70216'

  test('the last one that was imported by itself tells it', async () => {
    const { path, write } = folder()
    const store = createMemoryStore()
    const told = [a, [...a, ...b], [...b, ...c]]
    const files = told.map((each, i) => write(`${ID}${i ? ` (${i})` : ''}.jsonl`, each))
    for (const file of [files[1], files[2]] as string[])
      await runImport(await planImport(await openJsonlSource(file), store))
    const { sources } = await runImport(await planImport(await openJsonlSource(path), store))
    const others = sources[0]?.problems.filter(({ code }) => code === 'other-file')
    expect(others?.map((problem) => problem.path)).toEqual([files[0], files[1]])
  })

  test('that contradict each other are the same however they are named', async () => {
    const store = createMemoryStore()
    const [one, other] = [folder(), folder()]
    for (const [{ write }, told] of [
      [one, [b, c]],
      [other, [c, b]],
    ] as const)
      for (const [i, each] of told.entries()) write(`${ID}${i ? ` (${i})` : ''}.jsonl`, [...a, ...each])
    // Nothing of them is written while the session is not there; once it is, it is noted once that nobody can tell.
    await store.append('s', { record: '{}' }, { create: {} })
    const imported = async (path: string) => runImport(await planImport(await openJsonlSource(path), store))
    await imported(one.path)
    const count = (await Array.fromAsync(store.ledger())).length
    expect((await imported(other.path)).importId).toBeNull()
    expect(await Array.fromAsync(store.ledger())).toHaveLength(count)
  })
})

test('sessions of a source are known by any name of the folder that it lies in', async () => {
  const parent = temporaryFolder()
  const folder = join(parent, 'sessions')
  mkdirSync(folder)
  symlinkSync(folder, join(parent, 'link'))
  writeFileSync(join(folder, 's.jsonl'), lines(a))
  for (const name of ['link', 'sessions']) {
    const store = createMemoryStore()
    await runImport(await planImport(await openJsonlSource(join(parent, name)), store))
    for (const asked of ['link', 'sessions'])
      expect((await sessionsOfSource(store, join(parent, asked))).size).toBe(1)
    expect((await sessionsOfSource(store, join(parent, 'other'))).size).toBe(0)
  }
})

test('a session half of whose records are messages is one, headers aside', async () => {
  const other = (n: number): Told => ({ text: `{"role":"observer","content":"${n}"}`, kind: 'observer' })
  const header: Told = { text: '{"role":"session_meta","model":"m"}' }
  const codes = async (...file: Told[]): Promise<string[]> =>
    reportPlan(await planImport(toldSource([{ id: 's', file }]), null)).sources[0]?.problems.map(
      ({ code }) => code,
    ) ?? []
  expect(await codes(...a, other(1), other(2))).toEqual([])
  expect(await codes(...a, other(1), other(2), other(3))).toEqual(['no-message'])
  expect(await codes(header, header, ...a, other(1), other(2))).toEqual([])
})

describe('reports of several sources as one', () => {
  async function reportOf(file: Told[], dryRun = false): Promise<ImportReport> {
    const plan = await planImport(toldSource([{ id: 's', file }]), createMemoryStore())
    return dryRun ? reportPlan(plan) : runImport(plan)
  }

  test('have the run of the one that wrote, and sums of all', async () => {
    const reports = [await reportOf([{ text: 'broken' }]), await reportOf(a), await reportOf([...b, ...c])]
    const joined = joinReports(reports)
    expect(joined.importId).toBe(reports[1]?.importId)
    expect(joined).toMatchObject({
      dryRun: false,
      totals: {
        sessions: 3,
        byVerdict: { unreadable: 1, imported: 2 },
        lines: { total: 7, imported: 6, quarantined: 1 },
      },
    })
    expect(joined.sources).toHaveLength(3)
    expect(joinReports([reports[1] as ImportReport, await reportOf(a, true)]).dryRun).toBe(true)
  })

  test('want a person’s eye where any of them does', async () => {
    const fine = await reportOf(a)
    const damaged = await reportOf([...a, { text: 'broken' }])
    expect([fine, damaged].map(hasFindings)).toEqual([false, true])
    expect(hasFindings(joinReports([fine, damaged]))).toBe(true)
    expect(hasFindings(joinReports([fine, fine]))).toBe(false)
  })
})
