import {
  alignedRows,
  type ImportReport,
  type LegacySession,
  notesOf,
  planImport,
  planResolution,
  type ResolutionChoice,
  type ResolutionPlan,
  ResolutionRefused,
  runImport,
  runResolution,
  type SessionStanding,
  standingOf,
  undoResolution,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import type { LedgerRecord } from '@faircopy/store-core/operator'
import { describe, expect, test } from 'vitest'
import { said, type Told, type ToldSession, toldSource, turn } from './told-source.ts'

const [a, b, x, y, z] = ['a', 'b', 'x', 'y', 'z'].map(turn) as [Told[], Told[], Told[], Told[], Told[]]

async function bringIn(store: MemoryStore, ...sessions: ToldSession[]): Promise<ImportReport> {
  return runImport(await planImport(toldSource(sessions), store))
}

async function legacy(session: ToldSession): Promise<LegacySession> {
  for await (const one of toldSource([session]).sessions()) return one
  throw new Error('no session')
}

async function planOf(store: MemoryStore, session: ToldSession): Promise<ResolutionPlan> {
  return planResolution(await legacy(session), store)
}

async function decide(store: MemoryStore, session: ToldSession, choice: ResolutionChoice, note?: string) {
  return runResolution(await planOf(store, session), choice, note === undefined ? {} : { note })
}

async function texts(store: MemoryStore, id = 's'): Promise<string[]> {
  return (await Array.fromAsync(store.read(id))).map(({ record }) => record)
}

async function past(store: MemoryStore, id = 's'): Promise<string[]> {
  return (await Array.fromAsync(store.history(id))).map(({ record }) => record)
}

async function notes(store: MemoryStore, id = 's'): Promise<LedgerRecord[]> {
  return Array.fromAsync(store.ledger({ session: id }))
}

async function standing(store: MemoryStore): Promise<SessionStanding> {
  return standingOf(await notesOf(store, { namespace: 'default', id: 's' }))
}

const textOf = (...told: Told[][]): string[] => told.flat().map(({ text }) => text)
const at = (told: Told[], time: number): Told[] => told.map((one, i) => ({ ...one, at: time + i }))
const code = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing',
    (error: unknown) => (error instanceof ResolutionRefused ? error.code : String(error)),
  )

/** Divergent tails behind a turn that both tell, two more that both tell behind. */
const divergent = (): ToldSession => ({
  id: 's',
  database: [...a, ...x, ...b],
  file: [...a, ...y, ...b],
})

describe('what each choice makes of divergent sides', () => {
  test.for<[ResolutionChoice, Told[][], Told[][], object]>([
    [
      'keep-canonical',
      [a, x, b],
      [],
      { verdict: 'kept', action: 'unchanged', lines: { withheld: 2, matched: 4 } },
    ],
    [
      'adopt-legacy',
      [a, y, b],
      [x],
      { verdict: 'extended', action: 'replaced', lines: { imported: 2, matched: 4 } },
    ],
    [
      'legacy-first',
      [a, y, x, b],
      [],
      { verdict: 'merged', action: 'replaced', lines: { imported: 2, matched: 4 } },
    ],
    ['branch', [a, x, b], [], { verdict: 'kept', action: 'unchanged', lines: { imported: 6 } }],
  ])('%s', async ([choice, live, history, report]) => {
    const store = createMemoryStore()
    await bringIn(store, divergent())
    const receipt = await decide(store, divergent(), choice, 'because')
    expect(await texts(store)).toEqual(textOf(...live))
    expect(await past(store)).toEqual(textOf(...history))
    expect(receipt.report).toMatchObject(report)
    const [undecided, decided] = await notes(store)
    expect(decided).toMatchObject({
      key: `${undecided?.key} decided`,
      importId: receipt.importId,
      report: { decision: { choice, note: 'because', at: expect.any(Number) } },
    })
    const again = await bringIn(store, divergent())
    expect(again.importId).toBeNull()
    expect(again.sessions[0]).toMatchObject({ action: 'unchanged', decided: choice })
    expect(again.sessions[0]?.verdict).toBe('kept')
    expect(again.sessions[0]?.lines.withheld).toBe(choice === 'keep-canonical' ? 2 : 0)
    expect(await standing(store)).toMatchObject({ as: 'decided', decision: { choice } })
  })

  test('by-time, where the sides of every gap are strictly apart', async () => {
    const store = createMemoryStore()
    const session: ToldSession = {
      id: 's',
      database: [...a, ...at(x, 2000), ...b, ...at(z, 3000)],
      file: [...a, ...at(y, 1000), ...b, ...at(turn('w'), 4000)],
    }
    await bringIn(store, session)
    await decide(store, session, 'by-time')
    expect(await texts(store)).toEqual(textOf(a, y, x, b, z, turn('w')))
  })

  test('without anything in common legacy-first is the whole file, then what the store has', async () => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', database: [...x, ...z], file: [...a, ...b] }
    await bringIn(store, session)
    await decide(store, session, 'legacy-first')
    expect(await texts(store)).toEqual(textOf(a, b, x, z))
  })
})

describe('what is possible', () => {
  const obstacle = async (session: ToldSession, choice: ResolutionChoice): Promise<string | null> => {
    const store = createMemoryStore()
    await bringIn(store, session)
    const { offers } = await planOf(store, session)
    return offers.find((offer) => offer.choice === choice)?.obstacle ?? null
  }

  test('by time only with a time for every message of a gap, and neither side within the other', async () => {
    const tails = (ofDatabase: Told[], ofFile: Told[]): ToldSession => ({
      id: 's',
      database: [...a, ...ofDatabase],
      file: [...a, ...ofFile],
    })
    expect(await obstacle(tails(at(x, 1000), at(y, 2000)), 'by-time')).toBeNull()
    expect(await obstacle(tails(at(x, 1000), y), 'by-time')).toBe('no-times')
    expect(await obstacle(tails(at(x, 1000), at(y, 1001)), 'by-time')).toBe('times-overlap')
    const oneUnknown = [...at(y, 2000).slice(0, 1), ...y.slice(1)]
    expect(await obstacle(tails(at(x, 1000), oneUnknown), 'by-time')).toBe('no-times')
    const hi = said('user', 'hi')
    expect(await obstacle({ id: 's', database: [hi], file: [hi, said('user', 'ok')] }, 'by-time')).toBe(
      'nothing-contested',
    )
  })

  test('a choice that is not offered is refused, and nothing is written', async () => {
    const store = createMemoryStore()
    await bringIn(store, divergent())
    const before = await notes(store)
    expect(await code(decide(store, divergent(), 'by-time'))).toBe('CHOICE_NOT_POSSIBLE')
    expect(await notes(store)).toEqual(before)
  })

  test('a report of each offer says what the decision then reports', async () => {
    const choices: ResolutionChoice[] = ['keep-canonical', 'adopt-legacy', 'legacy-first', 'branch']
    for (const choice of choices) {
      const store = createMemoryStore()
      await bringIn(store, divergent())
      const plan = await planOf(store, divergent())
      const { report } = await runResolution(plan, choice)
      expect(plan.offers.find((offer) => offer.choice === choice)?.report).toEqual(report)
      const { total, ...parts } = report.lines
      expect(Object.values(parts).reduce((sum, count) => sum + count)).toBe(total)
    }
  })
})

describe('a gateway that writes on', () => {
  const live = async (store: MemoryStore, ...told: Told[]): Promise<void> => {
    for (const { text } of told) await store.append('s', { record: text, idempotencyKey: text })
  }

  test('what it wrote stays live behind an adopted file, or in the place of the line that says the same', async () => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', database: [...a, ...x], file: [...a, ...y, ...z] }
    await bringIn(store, session)
    await live(store, ...z, said('user', 'and one more thing'))
    await decide(store, session, 'adopt-legacy')
    expect(await texts(store)).toEqual(textOf(a, y, z, [said('user', 'and one more thing')]))
    const entries = await Array.fromAsync(store.read('s'))
    expect(entries.filter(({ writer }) => writer === 'gateway')).toHaveLength(3)
    expect(await past(store)).toEqual(textOf(x))
  })

  test('what it wrote between plan and decision is planned with', async () => {
    const store = createMemoryStore()
    const session = divergent()
    await bringIn(store, session)
    const plan = await planOf(store, session)
    await live(store, ...z)
    await runResolution(plan, 'adopt-legacy')
    expect(await texts(store)).toEqual(textOf(a, y, b, z))
  })

  test('what it wrote before two tellings agree stays in its crossed place of the file', async () => {
    const store = createMemoryStore()
    await store.append(
      's',
      [...x, ...a].map(({ text }) => ({ record: text })),
      { create: {} },
    )
    const session: ToldSession = { id: 's', file: [...a, ...x] }
    expect((await bringIn(store, session)).sessions[0]).toMatchObject({ verdict: 'ambiguous' })
    await decide(store, session, 'adopt-legacy')
    expect(await texts(store)).toEqual(textOf(a, x))
    expect((await Array.fromAsync(store.read('s'))).map(({ writer }) => writer)).toEqual(
      Array(4).fill('gateway'),
    )
  })
})

describe('a source that grew after a decision', () => {
  const choices: ResolutionChoice[] = ['keep-canonical', 'adopt-legacy', 'legacy-first', 'branch']
  const ends: { readonly [C in ResolutionChoice]?: Told[][] } = {
    'keep-canonical': [a, x],
    'adopt-legacy': [a, y],
    'legacy-first': [a, y, x],
    branch: [a, x],
  }
  const hm = said('user', 'hm')

  test.for(choices)('%s: contributes its new lines alone, however little they say', async (choice) => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', database: [...a, ...x], file: [...a, ...y] }
    await bringIn(store, session)
    await decide(store, session, choice)
    const grown = { ...session, file: [...a, ...y, hm] }
    const report = await bringIn(store, grown)
    expect(report.sessions[0]).toMatchObject({
      verdict: 'extended',
      action: 'extended',
      entries: { added: 1 },
      lines: { total: 5, imported: 1, withheld: choice === 'keep-canonical' ? 2 : 0 },
    })
    expect(await texts(store)).toEqual(textOf(...(ends[choice] ?? []), [hm]))

    const both = { ...session, database: [...a, ...x, hm, ...z], file: [...a, ...y, hm, ...z] }
    expect((await bringIn(store, both)).sessions[0]).toMatchObject({
      verdict: 'extended',
      entries: { added: 2 },
    })
    expect(await texts(store)).toEqual(textOf(...(ends[choice] ?? []), [hm], z))
    expect((await bringIn(store, both)).importId).toBeNull()
  })

  test.for(choices)('%s: new lines that say what was decided against are new', async (choice) => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', database: [...a, ...x], file: [...a, ...y] }
    await bringIn(store, session)
    await decide(store, session, choice)
    await bringIn(store, { ...session, file: [...a, ...y, ...x, ...y] })
    expect(await texts(store)).toEqual(textOf(...(ends[choice] ?? []), x, y))
  })

  test('what a gateway wrote since is matched, and what stands against it is undecided again', async () => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', database: [...a, ...x], file: [...a, ...y] }
    await bringIn(store, session)
    await decide(store, session, 'keep-canonical')
    for (const { text } of z) await store.append('s', { record: text })
    const same = await bringIn(store, { ...session, file: [...a, ...y, ...z] })
    expect(same.sessions[0]).toMatchObject({ verdict: 'kept', entries: { added: 0 }, lines: { withheld: 2 } })

    const grown = { ...session, file: [...a, ...y, ...b] }
    const report = await bringIn(store, grown)
    expect(report.sessions[0]).toMatchObject({
      verdict: 'ambiguous',
      reason: 'several-orders',
      lines: { total: 6, withheld: 4, matched: 2 },
    })
    const rows = await Array.fromAsync(alignedRows(await planOf(store, grown)))
    expect(rows).toMatchObject([
      { as: 'common', entries: 4, last: { record: x[1]?.text } },
      { as: 'gap', canonical: { record: z[0]?.text, row: null }, legacy: { record: b[0]?.text, line: 5 } },
      { as: 'gap', canonical: { record: z[1]?.text }, legacy: { record: b[1]?.text, line: 6 } },
    ])
    await decide(store, grown, 'legacy-first')
    expect(await texts(store)).toEqual(textOf(a, x, b, z))
    expect((await bringIn(store, grown)).sessions[0]).toMatchObject({ decided: 'legacy-first' })
    const more = { ...session, file: [...a, ...y, ...b, hm] }
    expect((await bringIn(store, more)).sessions[0]).toMatchObject({
      verdict: 'extended',
      entries: { added: 1 },
    })
  })

  test('a source that no longer begins as it did is undecided again, and says why', async () => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', database: [...a, ...x], file: [...a, ...y] }
    await bringIn(store, session)
    await decide(store, session, 'keep-canonical')
    const report = await bringIn(store, { ...session, file: [...a, said('user', 'edited'), ...y, hm] })
    expect(report.sessions[0]).toMatchObject({ verdict: 'ambiguous', reason: 'several-orders' })
    expect(report.sources[0]?.problems.map((problem) => problem.code)).toEqual(['decision-outdated'])
  })

  test('a session whose entries of before and after a gateway has mixed is compared as a whole', async () => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', database: [...a, ...x], file: [...a, ...y] }
    await bringIn(store, session)
    const old = { record: hm.text, idempotencyKey: 'k' }
    await store.append('s', old)
    await decide(store, session, 'keep-canonical')
    await store.replace('s', { from: 5, entries: [{ record: said('user', 'first').text }, old] })
    const report = await bringIn(store, { ...session, file: [...a, ...y, ...z] })
    expect(report.sources[0]?.problems.map((problem) => problem.code)).toEqual(['decision-outdated'])
    expect(report.sessions[0]).toMatchObject({ verdict: 'ambiguous' })
    expect(await texts(store)).toEqual(textOf(a, x, [said('user', 'first'), hm]))
  })

  test('nothing is built upon a decision whose import was undone', async () => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', database: [...a, ...x], file: [...a, ...y] }
    const { importId } = await bringIn(store, session)
    await decide(store, session, 'keep-canonical')
    const run = { id: 'undo', at: 1, about: {} }
    await store.undoImport({ importId: importId ?? '', session: 's', run })
    expect((await standing(store)).as).toBe('undone')
    await store.append(
      's',
      a.map(({ text }) => ({ record: text })),
      { create: {} },
    )
    const report = await bringIn(store, { ...session, file: [...a, ...y, hm] })
    expect(report.sessions[0]).toMatchObject({ verdict: 'ambiguous', lines: { withheld: 5 } })
    expect(await texts(store)).toEqual(textOf(a, x))
  })

  test('one witness alone, as it was then, brings nothing', async () => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', database: [...a, ...x], file: [...a, ...y] }
    await bringIn(store, session)
    await decide(store, session, 'keep-canonical')
    for (const alone of [{ database: session.database }, { file: session.file }]) {
      const report = await bringIn(store, { id: 's', ...alone } as ToldSession)
      expect(report.sessions[0]).toMatchObject({ verdict: 'kept', action: 'unchanged' })
    }
    expect(await texts(store)).toEqual(textOf(a, x))
  })
})

describe('three witnesses', () => {
  test('a merged telling that the store contests', async () => {
    const store = createMemoryStore()
    await store.append(
      's',
      [...a, ...z].map(({ text }) => ({ record: text })),
      { create: {} },
    )
    const session: ToldSession = { id: 's', database: [...a, ...b], file: [...a, ...x, ...b] }
    expect((await bringIn(store, session)).sessions[0]).toMatchObject({ verdict: 'ambiguous' })
    const plan = await planOf(store, session)
    expect(plan.toldBy).toEqual(['database', 'file'])
    await runResolution(plan, 'legacy-first')
    expect(await texts(store)).toEqual(textOf(a, x, b, z))
    const entry = (await Array.fromAsync(store.read('s')))[4]
    expect(entry?.provenance).toMatchObject({ witness: 'both', line: 5, row: 3 })
  })

  test('a database alone that the store contests', async () => {
    const store = createMemoryStore()
    await store.append(
      's',
      [...a, ...z].map(({ text }) => ({ record: text })),
      { create: {} },
    )
    const session: ToldSession = { id: 's', database: [...a, ...b] }
    await bringIn(store, session)
    await decide(store, session, 'adopt-legacy')
    expect(await texts(store)).toEqual(textOf(a, b, z))
  })

  test('all three contest one another', async () => {
    const store = createMemoryStore()
    await store.append(
      's',
      [...a, ...z].map(({ text }) => ({ record: text })),
      { create: {} },
    )
    const session: ToldSession = { id: 's', database: [...a, ...x], file: [...a, ...y] }
    expect((await bringIn(store, session)).sessions[0]).toMatchObject({ verdict: 'ambiguous' })
    const plan = await planOf(store, session)
    expect(plan.offers.map(({ choice, obstacle }) => [choice, obstacle])).toEqual([
      ['keep-canonical', null],
      ['adopt-legacy', null],
      ['legacy-first', null],
      ['branch', null],
      ['by-time', 'three-sides'],
    ])
    await runResolution(plan, 'legacy-first')
    expect(await texts(store)).toEqual(textOf(a, y, x, z))
    await undoResolution({ namespace: 'default', id: 's' }, store)
    await decide(store, session, 'branch')
    const branch = await store.get(plan.branch)
    expect(branch?.parent).toMatchObject({ id: 's', why: 'divergence', entry: 2 })
    expect((await Array.fromAsync(store.read(plan.branch))).map(({ record }) => record)).toEqual(
      textOf(a, y, x),
    )
  })
})

describe('a branch', () => {
  test('is the file whole, linked to the session, and no route leads to it', async () => {
    const store = createMemoryStore()
    const payload = { text: '{"role":"session_meta","model":"m"}' }
    const session: ToldSession = {
      id: 's',
      title: 'Cats',
      database: [...a, ...x],
      file: [payload, ...a, { text: 'broken' }, ...y],
    }
    await bringIn(store, session)
    const { branch } = await decide(store, session, 'branch')
    expect(branch).toMatchObject({
      id: expect.stringMatching(/^s~[0-9a-f]{16}$/),
      origin: null,
      title: 'Cats',
      parent: { namespace: 'default', id: 's', entry: 2, why: 'divergence' },
    })
    const id = branch?.id ?? ''
    expect(await texts(store, id)).toEqual(textOf([payload], a, y))
    expect(await Array.fromAsync(store.quarantined(id))).toMatchObject([{ line: 4, reason: 'invalid-json' }])
    const undone = await undoResolution({ namespace: 'default', id: 's' }, store)
    expect(undone.branch?.id).toBe(id)
    expect(await store.get(id)).toBeNull()
    expect((await standing(store)).as).toBe('undecided')
    expect((await decide(store, session, 'branch')).branch?.id).toBe(id)
  })

  test('of the longest id there is has an id of its own', async () => {
    const store = createMemoryStore()
    const ids = [`${'ä'.repeat(127)}1`, `${'ä'.repeat(127)}2`]
    const branches: string[] = []
    for (const id of ids) {
      const session = { ...divergent(), id }
      await bringIn(store, session)
      branches.push((await decide(store, session, 'branch')).branch?.id ?? '')
    }
    expect(new Set([...ids, ...branches]).size).toBe(4)
    expect(branches.every((id) => Buffer.byteLength(id) <= 255)).toBe(true)
  })

  test('is not offered where a session has its name', async () => {
    const store = createMemoryStore()
    await bringIn(store, divergent())
    const { branch } = await planOf(store, divergent())
    await store.append(branch, { record: { role: 'user', content: 'mine' } }, { create: {} })
    const { offers } = await planOf(store, divergent())
    expect(offers.find(({ choice }) => choice === 'branch')?.obstacle).toBe('branch-exists')
  })
})

describe('undo', () => {
  test.for<ResolutionChoice>(['keep-canonical', 'adopt-legacy', 'legacy-first', 'branch'])(
    '%s: the session is undecided again, as it was, and can be decided otherwise',
    async (choice) => {
      const store = createMemoryStore()
      await bringIn(store, divergent())
      const before = await store.get('s')
      await decide(store, divergent(), choice)
      const undone = await undoResolution({ namespace: 'default', id: 's' }, store, { note: 'a slip' })
      expect(undone).toMatchObject({ choice, session: { head: before?.head } })
      expect(await texts(store)).toEqual(textOf(a, x, b))
      expect(await past(store)).toEqual([])
      expect((await bringIn(store, divergent())).sessions[0]).toMatchObject({ verdict: 'ambiguous' })
      expect((await notes(store)).at(-1)).toMatchObject({ verdict: 'undone', report: { text: 'a slip' } })
      await decide(store, divergent(), 'legacy-first')
      expect(await texts(store)).toEqual(textOf(a, y, x, b))
    },
  )

  test('keeps what was appended since', async () => {
    const store = createMemoryStore()
    await bringIn(store, divergent())
    await decide(store, divergent(), 'adopt-legacy')
    for (const { text } of z) await store.append('s', { record: text })
    await undoResolution({ namespace: 'default', id: 's' }, store)
    expect(await texts(store)).toEqual(textOf(a, x, b, z))
  })

  test('is refused without a decision, and where something was built upon it', async () => {
    const store = createMemoryStore()
    const session = { namespace: 'default', id: 's' }
    await bringIn(store, divergent())
    expect(await code(undoResolution(session, store))).toBe('NOT_DECIDED')
    await decide(store, divergent(), 'keep-canonical')
    await bringIn(store, { ...divergent(), file: [...a, ...y, ...b, ...z] })
    expect(await code(undoResolution(session, store))).toBe('BUILT_UPON')
    expect((await standing(store)).as).toBe('known')
  })
})

describe('refused by name', () => {
  test('what is not undecided, or is not what was imported', async () => {
    const store = createMemoryStore()
    expect(await code(planOf(store, divergent()))).toBe('NEVER_IMPORTED')
    await bringIn(store, divergent(), { id: 'fine', file: a })
    expect(await code(planOf(store, { id: 'fine', file: a }))).toBe('NOTHING_TO_DECIDE')
    expect(await code(planOf(store, { ...divergent(), file: [...a, ...y, ...b, ...z] }))).toBe(
      'SOURCE_MOVED_ON',
    )
    const plan = await planOf(store, divergent())
    await runResolution(plan, 'keep-canonical')
    expect(await code(planOf(store, divergent()))).toBe('ALREADY_DECIDED')
    for (const choice of ['keep-canonical', 'legacy-first', 'branch'] as const)
      expect(await code(runResolution(plan, choice))).toBe('ALREADY_DECIDED')
    expect((await Array.fromAsync(store.sessions())).map(({ id }) => id)).toEqual(['fine', 's'])
  })

  test('a branch, where somebody decides otherwise while it is written', async () => {
    const store = createMemoryStore()
    await bringIn(store, divergent())
    const plan = await planOf(store, divergent())
    const importing: MemoryStore['import'] = (given) =>
      store.import({
        ...given,
        confirm: async () => {
          await given.confirm?.()
          await decide(store, divergent(), 'keep-canonical')
        },
      })
    const interrupted = new Proxy(store, {
      get: (target, name) => {
        const value = name === 'import' ? importing : Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    expect(await code(runResolution({ ...plan, store: interrupted }, 'branch'))).toBe('ALREADY_DECIDED')
    expect((await Array.fromAsync(store.sessions())).map(({ id }) => id)).toEqual(['s'])
    expect(await standing(store)).toMatchObject({ decision: { choice: 'keep-canonical' } })
  })

  test('a source that changed after the plan', async () => {
    const store = createMemoryStore()
    const session = divergent()
    await bringIn(store, session)
    const plan = await planOf(store, session)
    session.file = [...a, ...y, ...z]
    for (const choice of ['keep-canonical', 'adopt-legacy', 'branch'] as const)
      expect(await code(runResolution(plan, choice))).toBe('SOURCE_MOVED_ON')
    expect(await texts(store)).toEqual(textOf(a, x, b))
  })
})

test('session_meta of the file survives where its lines are taken, and absorbs a flattened row', async () => {
  const payload = { text: '{"role":"session_meta","tools":[{"name":"ls"}],"model":"m"}' }
  const flattened = { text: '{"role":"session_meta"}' }
  const choices = [
    ['adopt-legacy', [[payload], a, y]],
    ['legacy-first', [[payload], a, y, x]],
  ] as const
  const databases = [
    [...a, flattened, ...x],
    [payload, ...a, ...x],
  ]
  for (const [choice, says] of choices)
    for (const database of databases) {
      const store = createMemoryStore()
      const session: ToldSession = { id: 's', database, file: [payload, ...a, ...y] }
      await bringIn(store, session)
      await decide(store, session, choice)
      expect(await texts(store)).toEqual(says.flat().map(({ text }) => text))
    }
})

test('an undone turn does not return with an adopted file', async () => {
  const store = createMemoryStore()
  const undone = turn('undone').map((told) => ({ ...told, withdrawn: true }))
  const session: ToldSession = {
    id: 's',
    database: [...a, ...undone, ...x],
    file: [...a, ...turn('undone'), ...y],
  }
  await bringIn(store, session)
  await decide(store, session, 'adopt-legacy')
  expect(await texts(store)).toEqual(textOf(a, y))
})

test('members that only the row has join a line that is certainly the same', async () => {
  const store = createMemoryStore()
  const row = said('assistant', 'It rains, as it often does here.', { finish_reason: 'stop' })
  const line = said('assistant', 'It rains, as it often does here.', { mirror: true })
  const session: ToldSession = { id: 's', database: [row, ...x], file: [line, ...y] }
  await bringIn(store, session)
  await decide(store, session, 'legacy-first')
  const [first] = await texts(store)
  expect(JSON.parse(first ?? '')).toMatchObject({ mirror: true, finish_reason: 'stop' })
  await undoResolution({ namespace: 'default', id: 's' }, store)
  expect(await texts(store)).toEqual(textOf([row], x))
})

test('the two sides as they are shown: what both tell folded, gaps side by side with their places', async () => {
  const store = createMemoryStore()
  const session: ToldSession = {
    id: 's',
    database: [...a, ...at(x, 1000), ...b],
    file: [...a, ...y, said('user', 'wait'), ...b, ...z],
  }
  await bringIn(store, session)
  const rows = await Array.fromAsync(alignedRows(await planOf(store, session)))
  const short = rows.map((row) => {
    if (row.as === 'common') return `${row.entries} both, last row ${row.last?.row}`
    const side = (one: typeof row.canonical) => one && `${one.row ?? '-'}/${one.line ?? '-'}/${one.at ?? '-'}`
    return `${row.gap}${row.contested ? '!' : ''} ${side(row.canonical)} | ${side(row.legacy)}`
  })
  expect(short).toEqual([
    '2 both, last row 2',
    '1! 3/-/1000 | -/3/-',
    '1! 4/-/1001 | -/4/-',
    '1! null | -/5/-',
    '2 both, last row 6',
    '2 null | -/8/-',
    '2 null | -/9/-',
  ])
})
