import {
  hasFindings,
  type ImportReport,
  type LegacySource,
  type LegacyWitness,
  planImport,
  reportPlan,
  runImport,
  undoImport,
} from '@faircopy/legacy-jsonl'
import { type Entry, StoreFull } from '@faircopy/store-core'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { said, type Told, type ToldSession, toldSource, turn } from './told-source.ts'

async function bringIn(store: MemoryStore, sessions: ToldSession[]): Promise<ImportReport> {
  return runImport(await planImport(toldSource(sessions), store))
}

async function entriesOf(store: MemoryStore, id: string): Promise<Entry[]> {
  return Array.fromAsync(store.read(id))
}

async function texts(store: MemoryStore, id: string): Promise<string[]> {
  return (await entriesOf(store, id)).map((entry) => entry.record)
}

const textOf = (told: Told[]): string[] => told.map(({ text }) => text)

test('S9 holes on both sides: the one order there is, and where each entry came from', async () => {
  const store = createMemoryStore()
  const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(turn) as [Told[], Told[], Told[], Told[], Told[]]
  const report = await bringIn(store, [
    { id: 's', database: [...a, ...c, ...d, ...e], file: [...a, ...b, ...c, ...e] },
  ])
  expect(report.sessions[0]).toMatchObject({
    verdict: 'merged',
    action: 'created',
    entries: { canonical: 8, legacy: 8, merged: 10, added: 2 },
    lines: { total: 8, imported: 2, matched: 6 },
  })
  expect(await texts(store, 's')).toEqual(textOf([...a, ...b, ...c, ...d, ...e]))
  const from = (await entriesOf(store, 's')).map(({ provenance }) => [
    provenance?.witness,
    provenance?.line,
    provenance?.row,
  ])
  expect(from[0]).toEqual(['both', 1, 1])
  expect(from[2]).toEqual(['file', 3, undefined])
  expect(from[6]).toEqual(['database', undefined, 5])
})

test('S9 the same content again writes nothing, also when it is told in another place', async () => {
  const store = createMemoryStore()
  const sessions = (): ToldSession[] => [
    {
      id: 'merged',
      database: [...turn('a'), ...turn('c')],
      file: [...turn('a'), ...turn('b'), ...turn('c')],
    },
    { id: 'undecided', database: [...turn('a'), ...turn('x')], file: [...turn('a'), ...turn('y')] },
    { id: 'rows-only', database: turn('a') },
  ]
  const first = await bringIn(store, sessions())
  expect(first.importId).not.toBeNull()
  const heads = await Array.fromAsync(store.sessions())
  const notes = await Array.fromAsync(store.ledger())
  const second = await bringIn(store, sessions())
  expect(second.importId).toBeNull()
  expect(await Array.fromAsync(store.sessions())).toEqual(heads)
  expect(await Array.fromAsync(store.ledger())).toEqual(notes)
  expect(await Array.fromAsync(store.imports())).toHaveLength(1)
  expect(second.sessions.map(({ verdict, action }) => `${verdict} ${action}`)).toEqual([
    'identical unchanged',
    'ambiguous unchanged',
    'kept unchanged',
  ])
  expect(hasFindings(second)).toBe(true)
})

test('P6 a dry run prints the plan that the run carries out', async () => {
  const store = createMemoryStore()
  const sessions = [
    { id: 'a', database: turn('a'), file: [...turn('a'), ...turn('b')] },
    { id: 'b', file: [{ text: 'broken' }, ...turn('a')] },
    { id: 'c', file: [{ text: 'broken' }] },
  ]
  const plan = await planImport(toldSource(sessions), store)
  const planned = reportPlan(plan)
  expect(await Array.fromAsync(store.sessions())).toEqual([])
  expect(planned).toMatchObject({ importId: null, dryRun: true })
  const done = await runImport(plan)
  expect({ ...done, importId: null, dryRun: true }).toEqual(planned)
  const withoutStore = reportPlan(await planImport(toldSource(sessions), null))
  expect(withoutStore).toEqual(planned)
})

test('an ambiguous session takes the database and leaves every line of the file where it is', async () => {
  const store = createMemoryStore()
  const database = [...turn('a'), ...turn('x')]
  const report = await bringIn(store, [
    { id: 's', database, file: [...turn('a'), ...turn('y'), { text: 'broken' }] },
  ])
  expect(report.sessions[0]).toMatchObject({
    verdict: 'ambiguous',
    reason: 'several-orders',
    action: 'created',
    entries: { canonical: 4, legacy: 4, merged: null, added: 0 },
    lines: { total: 5, withheld: 4, quarantined: 1, imported: 0, matched: 0 },
  })
  expect(await texts(store, 's')).toEqual(textOf(database))
  expect(await Array.fromAsync(store.quarantined('s'))).toEqual([])
})

test('members that only the row has join the file text, and both originals are kept', async () => {
  const store = createMemoryStore()
  const file = [
    said('user', 'how is the weather?'),
    { text: '{"role": "assistant", "content": "It rains, as it does.", "mirror": true}' },
  ]
  const database = [
    said('user', 'how is the weather?'),
    said('assistant', 'It rains, as it does.', { finish_reason: 'stop' }),
  ]
  const report = await bringIn(store, [
    { id: 's', database: database.map((told, i) => ({ ...told, at: 1000 + i })), file },
  ])
  expect(report.sessions[0]).toMatchObject({ verdict: 'identical', combined: 1 })
  const [, reply] = await entriesOf(store, 's')
  expect(JSON.parse(reply?.record ?? '')).toEqual({
    role: 'assistant',
    content: 'It rains, as it does.',
    mirror: true,
    finish_reason: 'stop',
  })
  expect(reply?.record.startsWith(file[1]?.text.slice(0, -1) ?? '-')).toBe(true)
  expect(reply).toMatchObject({ at: 1001, provenance: { witness: 'both', added: ['finish_reason'] } })
  const originals = await Array.fromAsync(store.history('s'))
  expect(originals.map((entry) => entry.record)).toEqual([database[1]?.text, file[1]?.text])
  expect(originals.every((entry) => entry.provenance?.standing === 'original')).toBe(true)
})

test('two values of a member are reported by name and both kept', async () => {
  const store = createMemoryStore()
  const words = 'The same words on both sides.'
  const report = await bringIn(store, [
    {
      id: 's',
      database: [said('assistant', words, { model: 'row' })],
      file: [said('assistant', words, { model: 'line' })],
    },
  ])
  const conflict = report.sources[0]?.problems.find(({ code }) => code === 'field-conflict')
  expect(conflict?.detail).toContain('"model"')
  expect(conflict?.detail).not.toContain('row ')
  expect(JSON.parse((await texts(store, 's'))[0] ?? '')['model']).toBe('line')
  expect(
    (await Array.fromAsync(store.history('s'))).map(({ record }) => JSON.parse(record)['model']),
  ).toEqual(['row'])
})

test('a later file gives its members to what the store had from the database', async () => {
  const store = createMemoryStore()
  const row = said('assistant', 'Reminder: stand-up at ten.')
  await bringIn(store, [{ id: 's', database: [said('user', 'remind me of the stand-up'), row] }])
  const line = {
    ...said('assistant', 'Reminder: stand-up at ten.', { mirror: true, mirror_source: 'cron' }),
    kind: 'delivery',
  }
  const report = await bringIn(store, [
    {
      id: 's',
      database: [said('user', 'remind me of the stand-up'), row],
      file: [said('user', 'remind me of the stand-up'), line],
    },
  ])
  expect(report.sessions[0]).toMatchObject({
    verdict: 'identical',
    action: 'replaced',
    combined: 1,
    lines: { matched: 2 },
  })
  const after = await entriesOf(store, 's')
  expect(after.map(({ kind, id }) => `${kind} ${id}`)).toEqual(['message 1', 'delivery 3'])
  expect(after[1]?.provenance?.supersedes).toBe(2)

  const grown = await bringIn(store, [
    {
      id: 's',
      file: [
        said('user', 'remind me of the stand-up'),
        line,
        said('assistant', 'Reminder: stand-up at ten.'),
      ],
    },
  ])
  expect(grown.sessions[0]).toMatchObject({ verdict: 'extended', entries: { added: 1 } })
})

test('what a gateway wrote live keeps its record, its key and its place', async () => {
  const store = createMemoryStore()
  const question = said('user', 'shall we go for a walk?')
  await store.append('s', { record: question.text, idempotencyKey: 'k' }, { create: {} })
  const report = await bringIn(store, [
    { id: 's', file: [said('user', 'shall we go for a walk?', { mood: 'good' }), ...turn('next')] },
  ])
  expect(report.sessions[0]).toMatchObject({
    verdict: 'extended',
    action: 'extended',
    lines: { imported: 2, matched: 1 },
  })
  const after = await entriesOf(store, 's')
  expect(after.map(({ seq, id, writer }) => [seq, id, writer])).toEqual([
    [1, 1, 'gateway'],
    [2, 2, 'import'],
    [3, 3, 'import'],
  ])
  expect(after[0]).toMatchObject({ record: question.text, idempotencyKey: 'k' })
})

test('an undone turn does not return', async () => {
  const store = createMemoryStore()
  const undone = turn('undone').map((told) => ({ ...told, withdrawn: true }))
  const report = await bringIn(store, [
    { id: 's', database: [...turn('a'), ...undone], file: [...turn('a'), ...turn('undone')] },
  ])
  expect(report.sessions[0]).toMatchObject({ verdict: 'kept', lines: { matched: 4, imported: 0 } })
  expect(await texts(store, 's')).toEqual(textOf(turn('a')))
  const history = await Array.fromAsync(store.history('s'))
  expect(history.map(({ record, provenance }) => [record, provenance?.standing])).toEqual(
    textOf(turn('undone')).map((text) => [text, 'withdrawn']),
  )
  const later = await bringIn(store, [{ id: 's', file: [...turn('a'), ...turn('undone'), ...turn('b')] }])
  expect(later.sessions[0]).toMatchObject({ verdict: 'extended', entries: { added: 2 } })
  expect(await texts(store, 's')).toEqual(textOf([...turn('a'), ...turn('b')]))
})

test('an undone turn does not return to a session of which nothing else is left', async () => {
  const store = createMemoryStore()
  const undone = turn('undone').map((told) => ({ ...told, withdrawn: true }))
  await bringIn(store, [{ id: 's', database: undone }])
  const stale = await bringIn(store, [{ id: 's', file: turn('undone') }])
  expect(stale.sessions[0]).toMatchObject({ verdict: 'kept', action: 'unchanged', lines: { matched: 2 } })
  const later = await bringIn(store, [{ id: 's', file: [...turn('undone'), ...turn('b')] }])
  expect(later.sessions[0]).toMatchObject({ action: 'extended', entries: { added: 2 } })
  expect(await texts(store, 's')).toEqual(textOf(turn('b')))
})

test('a source that grew contributes its new lines, however little it said before', async () => {
  const store = createMemoryStore()
  const hi = said('user', 'hi')
  await bringIn(store, [{ id: 's', file: [hi] }])
  const grown = await bringIn(store, [{ id: 's', file: [hi, said('assistant', 'yes?'), hi] }])
  expect(grown.sessions[0]).toMatchObject({ verdict: 'extended', lines: { imported: 2, matched: 1 } })
  expect(await texts(store, 's')).toEqual(textOf([hi, said('assistant', 'yes?'), hi]))

  await bringIn(store, [{ id: 't', database: [hi, hi] }])
  const rows = await bringIn(store, [{ id: 't', database: [hi, hi, hi] }])
  expect(rows.sessions[0]).toMatchObject({ verdict: 'extended', entries: { added: 1 } })
})

test('another conversation under the same id is no source that grew', async () => {
  const store = createMemoryStore()
  await bringIn(store, [{ id: 's', file: [said('user', 'hi'), said('assistant', 'yes?')] }])
  const [hi, ok, yes] = [said('user', 'hi'), said('user', 'ok'), said('assistant', 'yes?')]
  for (const file of [
    [hi, ok, yes],
    [ok, hi, ok, yes],
  ]) {
    const report = await bringIn(store, [{ id: 's', file }])
    expect(report.sessions[0]).toMatchObject({ verdict: 'ambiguous', reason: 'no-evidence' })
  }
})

test('a witness that says nothing any more leaves what the store has, and its lines are kept beside it', async () => {
  const store = createMemoryStore()
  await bringIn(store, [{ id: 's', file: turn('a') }])
  const report = await bringIn(store, [{ id: 's', file: [{ text: 'broken' }] }])
  expect(report.sessions[0]).toMatchObject({
    verdict: 'kept',
    action: 'unchanged',
    entries: { canonical: 2, legacy: 0, merged: 2, added: 0 },
    lines: { total: 1, quarantined: 1 },
  })
  expect(await Array.fromAsync(store.quarantined('s'))).toMatchObject([{ line: 1, reason: 'invalid-json' }])
  expect((await bringIn(store, [{ id: 's', file: [] }])).importId).toBeNull()
})

test('session_meta: each payload survives before the message that follows it, and absorbs a flattened row', async () => {
  const store = createMemoryStore()
  const payload = { text: '{"role":"session_meta","tools":[{"name":"ls"}],"model":"m"}' }
  const flattened = { text: '{"role":"session_meta"}' }
  await bringIn(store, [
    {
      id: 's',
      database: [...turn('a'), flattened, ...turn('b')],
      file: [payload, ...turn('a'), ...turn('b')],
    },
  ])
  expect(await texts(store, 's')).toEqual(textOf([payload, ...turn('a'), ...turn('b')]))
})

test('a witness that cannot be read is reported, and the other one is taken', async () => {
  const store = createMemoryStore()
  const source = toldSource([
    { id: 's', database: turn('a'), file: turn('a') },
    { id: 't', file: turn('t') },
  ])
  const { SourceUnreadable } = await import('@faircopy/legacy-jsonl')
  const broken: typeof source = {
    ...source,
    async *sessions() {
      for await (const session of source.sessions()) {
        yield session.id === 's' && session.file
          ? {
              ...session,
              file: {
                ...session.file,
                read: () => {
                  throw new SourceUnreadable('/made/up/s', 'EACCES')
                },
              },
            }
          : session
      }
    },
  }
  const report = await runImport(await planImport(broken, store))
  expect(report.sessions.map(({ verdict }) => verdict)).toEqual(['kept', 'imported'])
  expect(report.sources[0]?.problems.map(({ code }) => code)).toEqual(['unreadable-file'])
  expect(hasFindings(report)).toBe(true)
})

test('a source that changed since the plan is planned again', async () => {
  const store = createMemoryStore()
  const session: ToldSession = { id: 's', file: turn('a') }
  const plan = await planImport(toldSource([session]), store)
  session.file = [...turn('a'), ...turn('b')]
  const report = await runImport(plan)
  expect(report.sessions[0]).toMatchObject({ verdict: 'imported', entries: { legacy: 4 } })
  expect(await texts(store, 's')).toEqual(textOf([...turn('a'), ...turn('b')]))
})

test('a store that moved on since the plan is planned with again', async () => {
  const store = createMemoryStore()
  const plan = await planImport(toldSource([{ id: 's', file: [...turn('a'), ...turn('b')] }]), store)
  await store.append(
    's',
    turn('a').map(({ text }) => ({ record: text })),
    { create: {} },
  )
  const report = await runImport(plan)
  expect(report.sessions[0]).toMatchObject({ verdict: 'extended', action: 'extended' })
  expect(await texts(store, 's')).toEqual(textOf([...turn('a'), ...turn('b')]))
})

test('S9 of two imports at once each tells, and takes back, only what it wrote itself', async () => {
  const store = createMemoryStore()
  const [one, two] = [
    { id: 'one', database: turn('a'), file: [...turn('a'), ...turn('b')] },
    { id: 'two', file: turn('c') },
  ]
  const both = await planImport(toldSource([one, two]), store)
  const again = await planImport(toldSource([one, two]), store)
  const first = await bringIn(store, [one])
  const second = await runImport(both)
  expect(first.sessions).toMatchObject([{ id: 'one', action: 'created' }])
  expect(second.sessions).toMatchObject([
    {
      id: 'one',
      verdict: 'identical',
      action: 'unchanged',
      entries: { merged: 4, added: 0 },
      lines: { imported: 0 },
    },
    { id: 'two', verdict: 'imported', action: 'created' },
  ])
  expect(second.totals.byVerdict).toEqual({ identical: 1, imported: 1 })
  const third = await runImport(again)
  expect(third.importId).toBeNull()
  expect(third.sessions.map(({ action }) => action)).toEqual(['unchanged', 'unchanged'])
  await undoImport(store, second.importId ?? '')
  expect(await texts(store, 'one')).toHaveLength(4)
  expect(await store.get('two')).toBeNull()
})

test('a session that fails leaves nothing visible and stops no other', async () => {
  const store = createMemoryStore()
  const sessions: ToldSession[] = [
    { id: 'bad', file: turn('x') },
    { id: 'good', file: turn('y') },
  ]
  const plan = await planImport(toldSource(sessions), store)
  let flips = 0
  const restless = sessions[0] as ToldSession
  Object.defineProperty(restless, 'file', { get: () => turn(`restless ${flips++}`) })
  const report = await runImport(plan)
  expect(report.sessions.map(({ id, reason }) => [id, reason])).toEqual([
    ['bad', 'failed'],
    ['good', undefined],
  ])
  expect(await store.get('bad')).toBeNull()
  expect(await texts(store, 'good')).toEqual(textOf(turn('y')))
  expect(hasFindings(report)).toBe(true)
})

test('a failure of the store as a whole ends the run', async () => {
  const store = createMemoryStore()
  const plan = await planImport(toldSource([{ id: 's', file: turn('a') }]), store)
  const full = new StoreFull('/x', 0, 'not-stored')
  const failing = {
    ...plan,
    store: new Proxy(store, {
      get(target, name) {
        if (name === 'import') return () => Promise.reject(full)
        const own: unknown = Reflect.get(target, name)
        return typeof own === 'function' ? own.bind(target) : own
      },
    }),
  }
  await expect(runImport(failing)).rejects.toBe(full)
})

/** Sessions of a turn each, the first of ten: it is the last one of its group to be read. */
const manySessions = (count: number): ToldSession[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `s${String(i).padStart(2, '0')}`,
    file: Array.from({ length: i === 0 ? 10 : 1 }, (_, k) => turn(`turn ${i} ${k}`)).flat(),
  }))

test('a signal stops between sessions that do not share a commit', async () => {
  const store = createMemoryStore()
  const plan = await planImport(toldSource(manySessions(17)), store)
  const stop = new AbortController()
  const run = runImport(plan, { signal: stop.signal, onProgress: () => stop.abort() })
  await expect(run).rejects.toThrow(/abort/i)
  expect(await store.get('s15')).not.toBeNull()
  expect(await store.get('s16')).toBeNull()
})

test('a signal stops within a session, which then is not there', async () => {
  const store = createMemoryStore()
  const long = Array.from({ length: 1500 }, (_, i) => turn(`turn ${i}`)).flat()
  const plan = await planImport(
    toldSource([
      { id: 'a', file: turn('a') },
      { id: 'long', file: long },
    ]),
    store,
  )
  const stop = new AbortController()
  const run = runImport(plan, {
    signal: stop.signal,
    onProgress: ({ sessions, entries }) => {
      if (sessions === 1 && entries > 2) stop.abort()
    },
  })
  await expect(run).rejects.toThrow(/abort/i)
  expect(await store.get('a')).not.toBeNull()
  expect(await store.get('long')).toBeNull()
})

/** A store that tells, of each import, when it begins and when it is ready to be written. */
function overheard(store: MemoryStore, heard: string[]): MemoryStore {
  const take = store.import.bind(store)
  return Object.assign(store, {
    import: (given: Parameters<typeof take>[0]) => {
      const { id } = given.session as { readonly id: string }
      heard.push(`begin ${id}`)
      const confirm = async (): Promise<void> => {
        await given.confirm?.()
        heard.push(`write ${id}`)
      }
      return take({ ...given, confirm })
    },
  })
}

test('S9 short sessions are ready to be written together, in their order, and 16 at most', async () => {
  const heard: string[] = []
  const store = createMemoryStore()
  const plan = await planImport(toldSource(manySessions(18)), overheard(store, heard))
  const told: number[] = []
  const { sessions } = await runImport(plan, { onProgress: ({ sessions }) => told.push(sessions) })
  const ids = sessions.map(({ id }) => id)
  const together = [ids.slice(0, 16), ids.slice(16)]
  const what = (name: string, group: readonly string[] = []): string[] => group.map((id) => `${name} ${id}`)
  const events = together.flatMap((group) => [...what('begin', group), ...what('write', group)])
  expect(heard).toEqual(events)
  expect(told).toEqual(Array.from({ length: 18 }, (_, i) => i + 1))
  const notes = await Array.fromAsync(store.ledger())
  expect(notes.map(({ session }) => session.id)).toEqual(ids)
})

test('S9 one that fails, is held or changes under it holds up no other that it shares a commit with', async () => {
  const heard: string[] = []
  const store = createMemoryStore()
  const sessions = manySessions(6)
  const plan = await planImport(toldSource(sessions), overheard(store, heard))
  const held = await store.claimImport('s01')
  // Somebody appends to s03 after the plan was made, and s05 can't be taken in at all.
  await store.append('s03', { record: { role: 'user', content: 'a word that came between' } }, { create: {} })
  await store.append('s05', { record: { role: 'user', content: 'gone by then' } }, { create: {} })
  await store.delete('s05', { expectedRevision: 1 })
  const report = await runImport(plan)
  expect(report.sessions.map(({ id, reason }) => [id, reason])).toEqual([
    ['s00', undefined],
    ['s01', 'failed'],
    ['s02', undefined],
    ['s03', 'several-orders'],
    ['s04', undefined],
    ['s05', 'failed'],
  ])
  expect('claim' in held).toBe(true)
  expect(await texts(store, 's04')).toHaveLength(2)
  expect(await store.get('s01')).toBeNull()
})

test('S9 a long session with a hole in either witness is told in its one order', async () => {
  const store = createMemoryStore()
  const turns = Array.from({ length: 1500 }, (_, i) => turn(`turn ${i}`))
  const without = (hole: number): Told[] => turns.toSpliced(hole, 1).flat()
  const report = await bringIn(store, [{ id: 's', database: without(700), file: without(1200) }])
  expect(report.sessions[0]).toMatchObject({ verdict: 'merged', entries: { merged: 3000, added: 2 } })
  expect(await texts(store, 's')).toEqual(textOf(turns.flat()))
})

test('a witness may tell its entries apart by fingerprints of its own', async () => {
  const store = createMemoryStore()
  const source = toldSource([
    { id: 's', database: [...turn('a'), ...turn('c')], file: ['a', 'b', 'c'].flatMap(turn) },
  ])
  const sessions = await Array.fromAsync(source.sessions())
  const short = (witness: LegacyWitness | null): LegacyWitness | null =>
    witness && {
      ...witness,
      read() {
        const reading = witness.read()
        return {
          get digest() {
            return reading.digest
          },
          async *[Symbol.asyncIterator]() {
            for await (const item of reading) {
              if (item.as !== 'entry') yield item
              else {
                const fingerprint = `own ${item.entry.record}`
                yield { ...item, entry: { ...item.entry, traits: { ...item.entry.traits, fingerprint } } }
              }
            }
          },
        }
      },
    }
  const own: LegacySource = {
    ...source,
    async *sessions() {
      for (const session of sessions)
        yield { ...session, database: short(session.database), file: short(session.file) }
    },
  }
  const plan = await planImport(own, store)
  expect(plan.sessions[0]?.report).toMatchObject({ verdict: 'extended', entries: { merged: 6, added: 2 } })
})

test('quarantined lines are kept with their bytes', async () => {
  const store = createMemoryStore()
  await bringIn(store, [{ id: 's', file: [...turn('a'), { text: 'not { json' }] }])
  const [line] = await Array.fromAsync(store.quarantined('s'))
  expect(line).toMatchObject({ reason: 'invalid-json', line: 3 })
  expect(new TextDecoder().decode(line?.bytes ?? new Uint8Array())).toBe('not { json')
})

test('two files that tell one session, and cannot be compared by their bytes: none of them is written', async () => {
  const store = createMemoryStore()
  const report = await bringIn(store, [
    { id: 's', file: turn('a') },
    { id: 's', file: [...turn('a'), ...turn('b')] },
  ])
  expect(report.sessions).toMatchObject([{ verdict: 'ambiguous', reason: 'several-files' }])
  expect(report.sources[0]?.problems.map(({ code }) => code)).toEqual(['several-files', 'several-files'])
  const joined = await bringIn(store, [{ id: 's', file: [...turn('a'), ...turn('b')] }])
  expect(joined.sessions[0]?.verdict).toBe('imported')
})

test('whatever two witnesses tell, lines add up, nothing is lost and a second import writes nothing', async () => {
  const letter = fc.constantFrom(
    ...['a', 'b', 'c', 'ok'].map((name) => said('user', name === 'ok' ? 'ok' : `the long story of ${name}`)),
    {
      text: '{"role":"session_meta"}',
    },
    { text: '{"role":"session_meta","model":"m"}' },
    { text: 'broken' },
  )
  const rows = fc.array(
    letter.filter(({ text }) => text !== 'broken'),
    { maxLength: 6 },
  )
  await fc.assert(
    fc.asyncProperty(rows, fc.array(letter, { maxLength: 6 }), async (database, file) => {
      const store = createMemoryStore()
      const [report] = (await bringIn(store, [{ id: 's', database, file }])).sessions
      const { total, ...parts } = report?.lines ?? { total: -1 }
      expect(Object.values(parts).reduce((sum, count) => sum + count, 0)).toBe(total)
      expect(total).toBe(file.length)
      const session = await store.get('s')
      const live = session ? await texts(store, 's') : []
      const messages = (told: readonly { text: string }[]): string[] =>
        told.map(({ text }) => text).filter((text) => text.startsWith('{') && !text.includes('session_meta'))
      if (report?.verdict !== 'ambiguous') {
        expect(isSubsequence(messages(file), live)).toBe(true)
        if (!report?.stutter) expect(isSubsequence(messages(database), live)).toBe(true)
      } else expect(live).toEqual(database.map(({ text }) => text))
      expect((await bringIn(store, [{ id: 's', database, file }])).importId).toBeNull()
      const alone = await bringIn(store, [{ id: 's', file }])
      if (report?.verdict !== 'ambiguous' && session) {
        expect(['kept', 'identical', 'unreadable', 'imported']).toContain(alone.sessions[0]?.verdict)
        expect(messages((await texts(store, 's')).map((text) => ({ text })))).toEqual(
          messages(live.map((text) => ({ text }))),
        )
      }
    }),
    { numRuns: 300 },
  )
})

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let found = 0
  for (const text of whole) if (text === part[found]) found++
  return found === part.length
}
