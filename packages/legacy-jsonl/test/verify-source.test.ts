import { rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  type LegacySource,
  NO_LINES,
  openJsonlSource,
  planImport,
  runImport,
  type SourceFinding,
  sessionKey,
  sessionsOfSource,
  undoImport,
  verifySource,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import type { ImportStep, LedgerNote, LedgerRecord } from '@faircopy/store-core/operator'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'
import { said, type Told, type ToldSession, toldSource, turn } from './told-source.ts'

const LONG = process.env['LONG'] !== undefined

async function bringIn(store: MemoryStore, sessions: ToldSession[]) {
  return runImport(await planImport(toldSource(sessions), store))
}

async function found(store: MemoryStore, sessions: ToldSession[]): Promise<readonly SourceFinding[]> {
  return (await verifySource(toldSource(sessions), store)).findings
}

const words = (findings: readonly SourceFinding[]): string[] =>
  findings.map(({ code, line, row }) =>
    [code, line ?? (row === undefined ? '' : `row ${row}`)].join(' ').trim(),
  )

const user = (text: string): Told => said('user', text)
const message: fc.Arbitrary<Told> = fc.oneof(
  fc.constantFrom('ok', 'yes', 'thanks').map(user),
  fc.nat(40).map((n) => user(`message number ${n} of this talk`)),
  fc.nat(20).map((n) => said('assistant', `answer number ${n} of this talk`, { finish_reason: 'stop' })),
)
const meta = fc.constantFrom(
  said('session_meta', '', { tools: ['a'] }),
  said('session_meta', '', { tools: ['b'] }),
  said('session_meta', ''),
)
const noise = fc.constantFrom({ text: 'broken' }, { text: '[1]' })

/** What a witness makes of a talk. */
type Edit = { readonly at: number; readonly add: Told | null }
const edits = (add: fc.Arbitrary<Told>): fc.Arbitrary<Edit[]> =>
  fc.array(fc.record({ at: fc.nat(), add: fc.option(add, { nil: null }) }), { maxLength: 3 })
const edited = (talk: readonly Told[], list: readonly Edit[]): Told[] => {
  const told = [...talk]
  for (const { at, add } of list) told.splice(at % (told.length + 1), add ? 0 : 1, ...(add ? [add] : []))
  return told
}
const bare = ({ text }: Told): Told => {
  const { finish_reason: _, ...rest } = JSON.parse(text) as { finish_reason?: string }
  return { text: JSON.stringify(rest) }
}

type Step =
  | { readonly do: 'append'; readonly told: Told }
  | { readonly do: 'undo'; readonly count: number }
  | { readonly do: 'retry'; readonly told: Told }
  | { readonly do: 'grow'; readonly side: 'file' | 'database' | 'both'; readonly told: Told }
  | { readonly do: 'import' }

const step: fc.Arbitrary<Step> = fc.oneof(
  message.map((told): Step => ({ do: 'append', told })),
  fc.integer({ min: 1, max: 3 }).map((count): Step => ({ do: 'undo', count })),
  message.map((told): Step => ({ do: 'retry', told })),
  fc
    .record({ side: fc.constantFrom('file' as const, 'database' as const, 'both' as const), told: message })
    .map(({ side, told }): Step => ({ do: 'grow', side, told })),
  fc.constant<Step>({ do: 'import' }),
)

const scenario = fc.record({
  talk: fc.array(message, { minLength: 1, maxLength: 10 }),
  file: fc.option(edits(fc.oneof(message, meta, noise)), { nil: null, freq: 8 }),
  database: fc.option(edits(fc.oneof(message, meta)), { nil: null, freq: 3 }),
  stutter: fc.boolean(),
  withdrawn: fc.array(message, { maxLength: 2 }),
  before: fc.array(message, { maxLength: 2 }),
  steps: fc.array(step, { maxLength: 5 }),
})

type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

function sessionOf({ talk, file, database, stutter, withdrawn }: Scenario): ToldSession {
  const rows = database && edited(talk, database)
  const stamped = rows?.flatMap((told, i) =>
    Array.from({ length: stutter ? 2 : 1 }, (_, copy) => ({ ...told, at: i * 60_000 + copy })),
  )
  return {
    id: 's',
    ...(file ? { file: edited(talk.map(bare), file) } : {}),
    ...(stamped
      ? { database: [...withdrawn.map((told) => ({ ...told, withdrawn: true })), ...stamped] }
      : {}),
  }
}

async function take(store: MemoryStore, session: ToldSession, taken: Step): Promise<void> {
  const now = await store.get('s')
  if (taken.do === 'append' && now) await store.append('s', [{ record: taken.told.text }])
  else if ((taken.do === 'undo' || taken.do === 'retry') && now) {
    const from = Math.max(1, now.entryCount + 1 - (taken.do === 'undo' ? taken.count : 2))
    await store.replace('s', { from, entries: taken.do === 'retry' ? [{ record: taken.told.text }] : [] })
  } else if (taken.do === 'grow') {
    if (taken.side !== 'database' && session.file) session.file = [...session.file, bare(taken.told)]
    if (taken.side !== 'file' && session.database) session.database = [...session.database, taken.told]
  } else if (taken.do === 'import') await bringIn(store, [session])
}

describe('what an import brought is proven', () => {
  test('whatever the witnesses, and whatever happened since', async () => {
    const seen = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const store = createMemoryStore()
        const session = sessionOf(given)
        if (given.before.length > 0) {
          await store.create('s')
          await store.append(
            's',
            given.before.map(({ text }) => ({ record: text })),
          )
        }
        await bringIn(store, [session])
        for (const each of given.steps) await take(store, session, each)
        const report = await bringIn(store, [session])
        let verdict: string = report.sessions[0]?.verdict ?? ''
        seen.set(verdict, (seen.get(verdict) ?? 0) + 1)
        const { lines } = report.sessions[0] ?? { lines: NO_LINES }
        const tellsNothing = !session.database?.length && lines.quarantined === lines.total && lines.total > 0
        // Where the store has the session, lines that became no entry are kept with it.
        if (verdict === 'kept' && tellsNothing && given.before.length === 0) verdict = 'unreadable'
        const allowed =
          verdict === 'ambiguous' ? ['undecided'] : verdict === 'unreadable' ? ['unreadable-session'] : []
        // A talk of headers alone is proven all the same.
        const proof = (await found(store, [session])).filter(({ code }) => code !== 'no-message')
        expect(words(proof)).toEqual(allowed)
      }),
      { numRuns: LONG ? 3_000 : 300 },
    )
    expect(seen.get('ambiguous')).toBeGreaterThan(5)
  })
})

test('a session without a message is proven, and told as long as nobody says anything in the store either', async () => {
  const store = createMemoryStore()
  const session: ToldSession = { id: 's', file: [said('session_meta', '', { tools: ['a'] })] }
  const problems = async () => (await bringIn(store, [session])).sources[0]?.problems.map(({ code }) => code)
  for (let time = 0; time < 2; time++) {
    expect(await problems()).toEqual(['no-message'])
    const { sessions, findings } = await verifySource(toldSource([session]), store)
    expect(sessions[0]?.proven).toBe(true)
    expect(words(findings)).toEqual(['no-message'])
  }
  await store.append('s', { record: { role: 'user', content: 'at last' } })
  expect(await problems()).toEqual([])
  expect(await found(store, [session])).toEqual([])
})

describe('what a person decided', () => {
  const undecided = async () => {
    const store = createMemoryStore()
    const session: ToldSession = {
      id: 's',
      database: [...turn('a'), user('only the database says this'), ...turn('b')],
      file: [...turn('a'), user('only the file says this'), ...turn('b')],
    }
    await bringIn(store, [session])
    const [note] = await Array.fromAsync(store.ledger({ session: 's' }))
    if (!note) throw new Error('nothing was noted')
    return { store, session, note }
  }
  const run = { id: 'decision', at: 1, about: {} }
  const decision = { at: 1, entry: 6, database: null, file: { entries: 5, digest: '' }, withheld: 0 }
  const noteOf = (note: LedgerRecord, choice: string, more: object = {}): LedgerNote => ({
    key: `${note.key} decided`,
    verdict: 'kept',
    reason: null,
    report: { ...note.report, verdict: 'kept', decision: { ...decision, choice, ...more } },
    certificate: null,
  })

  test('to keep the canonical side leaves the lines of the file where they are', async () => {
    const { store, session, note } = await undecided()
    expect(words(await found(store, [session]))).toEqual(['undecided'])
    const expectedHead = (await store.get('s'))?.head ?? null
    await store.import({
      run,
      session: 's',
      about: {},
      expectedHead,
      steps: null,
      note: noteOf(note, 'keep-canonical'),
    })
    const { findings, sessions } = await verifySource(toldSource([session]), store)
    expect(findings).toEqual([])
    expect(sessions[0]).toMatchObject({ proven: true, lines: { total: 5, matched: 4, withheld: 1 } })
  })

  test('to branch: the lines stand in the branch, or that is found', async () => {
    for (const lost of [false, true]) {
      const { store, session, note } = await undecided()
      const steps = async function* (): AsyncGenerator<ImportStep> {
        for (const [i, { text }] of (session.file ?? []).entries()) {
          if (lost && i === 2) continue
          const provenance = { importId: run.id, witness: 'file', line: i + 1, offset: i * 100 } as const
          yield { live: { record: text, provenance } }
        }
      }
      const branch = { namespace: 'default', id: 's~branch' }
      await store.import({
        run,
        session: branch,
        about: {},
        expectedHead: null,
        steps: steps(),
        note: { ...noteOf(note, 'branch'), key: 'branch', report: {} },
        alsoNote: [{ session: 's', note: noteOf(note, 'branch', { branch }) }],
      })
      expect(words(await found(store, [session]))).toEqual(lost ? ['line-missing 3'] : [])
    }
  })
})

describe('a source that is not what was imported', () => {
  const start = async () => {
    const store = createMemoryStore()
    const file = [...turn('a'), ...turn('b'), ...turn('c')]
    const session: ToldSession = { id: 's', file }
    await bringIn(store, [session])
    return { store, session, file }
  }

  test('grown: what was imported is proven', async () => {
    const { store, session, file } = await start()
    session.file = [...file, ...turn('d')]
    const [finding, ...more] = await found(store, [session])
    expect(more).toEqual([])
    expect(finding).toMatchObject({ code: 'source-grown', line: 7, session: 's' })
    expect(finding?.detail).toContain('2 more lines than')
    session.file = [...file, user('d')]
    expect((await found(store, [session]))[0]?.detail).toContain('1 more line than')
  })

  test.each([
    ['edited', (file: Told[]) => file.with(2, user('another text in its place')), 3],
    ['cut off', (file: Told[]) => file.slice(0, 4), undefined],
    ['in another order', (file: Told[]) => [file[1], file[0], ...file.slice(2)] as Told[], 2],
    ['edited and grown', (file: Told[]) => [...file.with(2, user('another text')), ...turn('d')], 3],
  ])('%s: it is said to have changed', async (_, change, line) => {
    const { store, session, file } = await start()
    session.file = change(file)
    const findings = await found(store, [session])
    expect(findings.map(({ code }) => code)).toEqual(['source-changed'])
    expect(findings[0]?.line).toBe(line)
  })

  test('gone from the store, never there, or there without an import', async () => {
    const { store, session } = await start()
    expect(words(await found(createMemoryStore(), [session]))).toEqual(['never-imported'])
    const other = createMemoryStore()
    await other.create('s')
    expect(words(await found(other, [session]))).toEqual(['never-imported'])
    await store.delete('s')
    expect(words(await found(store, [session]))).toEqual(['session-gone'])
  })

  test('two equal files are one', async () => {
    const { store, session } = await start()
    expect(words(await found(store, [session, { ...session }]))).toEqual([])
  })

  test('told by files that contradict each other, nothing is proven, and each is named', async () => {
    const { store, session, file } = await start()
    const sessions = [session, { ...session, file: [...file, ...turn('other')] }]
    const verified = await verifySource(toldSource(sessions), store)
    expect(words(verified.findings)).toEqual(['several-files', 'several-files'])
    expect(verified.sessions).toMatchObject([{ proven: false, rows: { stored: 0 } }])
  })

  test('an import that was undone can be made, and proven, again', async () => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', database: turn('a'), file: [...turn('a'), ...turn('b')] }
    const { importId } = await bringIn(store, [session])
    await store.undoImport({ importId: importId ?? '', session: 's', run: { id: 'undo', at: 1, about: {} } })
    expect(words(await found(store, [session]))).toEqual(['never-imported'])
    await bringIn(store, [session])
    expect(words(await found(store, [session]))).toEqual([])
  })

  test('a redaction since is no finding', async () => {
    const { store, session } = await start()
    await store.redact('s', 3, 'b: what')
    expect(words(await found(store, [session]))).toEqual([])
  })

  test('sums up: each line has one disposition', async () => {
    const store = createMemoryStore()
    const session: ToldSession = {
      id: 's',
      database: [...turn('a'), ...turn('c')],
      file: [{ text: 'broken' }, ...turn('a'), ...turn('b'), ...turn('c')],
    }
    await bringIn(store, [session])
    const { sessions } = await verifySource(toldSource([session]), store)
    expect(sessions[0]).toMatchObject({
      proven: true,
      lines: { total: 7, imported: 2, matched: 4, quarantined: 1, withheld: 0 },
      rows: { total: 4, stored: 4 },
      certificates: { proven: 1, bygone: 0 },
    })
  })

  test('tells how far it is, and stops when it is told to', async () => {
    const { store, session } = await start()
    const seen: unknown[] = []
    await verifySource(toldSource([session]), store, { onProgress: (done) => seen.push(done) })
    expect(seen).toEqual([{ sessions: 1, lines: 6, id: 's' }])
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(verifySource(toldSource([session]), store, { signal })).rejects.toThrow('enough')
  })
})

describe('a source without any session', () => {
  const codes = async (store: MemoryStore) => {
    const plan = await planImport(toldSource([]), store)
    return [plan.problems.map(({ code }) => code), await found(store, [])] as const
  }

  test('proves nothing, and is told from one whose sessions are gone', async () => {
    const store = createMemoryStore()
    expect(await codes(store)).toMatchObject([
      ['no-transcript'],
      [{ code: 'no-transcript', path: '/made/up' }],
    ])
    const { importId } = await bringIn(store, [{ id: 's', file: turn('one') }])
    expect(await codes(store)).toMatchObject([
      ['source-gone'],
      [{ code: 'source-gone', detail: 'the store knows 1 session of which it tells nothing now' }],
    ])
    await undoImport(store, importId ?? '')
    expect(await codes(store)).toMatchObject([['no-transcript'], [{ code: 'no-transcript' }]])
  })

  test('sessions that a source tells no more are counted, whether or not they are brought again', async () => {
    const store = createMemoryStore()
    await bringIn(store, [
      { id: 's', file: turn('one') },
      { id: 't', file: turn('two') },
    ])
    const { missing, findings } = await verifySource(toldSource([{ id: 's', file: turn('one') }]), store)
    expect([missing, findings]).toEqual([1, []])
    expect(
      (
        await verifySource(
          toldSource([
            { id: 's', file: turn('one') },
            { id: 't', file: turn('two') },
          ]),
          store,
        )
      ).missing,
    ).toBe(0)
  })

  test('a session that it tells under another namespace is not gone from it, nor proven there', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, '20260302_100000_aaaaaaaa.jsonl'), `${said('user', 'hello').text}\n`)
    const store = createMemoryStore()
    const opened = async <T>(namespace: string, use: (source: LegacySource) => Promise<T>): Promise<T> => {
      const source = await openJsonlSource(folder, { namespace })
      return use(source).finally(() => source.close())
    }
    await opened('work', async (source) => runImport(await planImport(source, store)))
    const { missing, findings } = await opened('default', (source) => verifySource(source, store))
    expect([missing, words(findings)]).toEqual([0, ['never-imported']])
    rmSync(join(folder, '20260302_100000_aaaaaaaa.jsonl'))
    expect((await opened('work', (source) => verifySource(source, store))).missing).toBe(1)
  })

  describe.each<
    [what: string, then: Omit<ToldSession, 'id'>, now: Omit<ToldSession, 'id'>, emptied: readonly string[]]
  >([
    ['its rows', { database: turn('one') }, { database: [] }, ['database']],
    ['its lines', { file: turn('one') }, { file: [] }, ['file']],
    ['both', { database: turn('one'), file: turn('one') }, { database: [], file: [] }, ['database', 'file']],
    ['its rows, and its file', { database: turn('one'), file: turn('one') }, { database: [] }, ['database']],
    ['its file, and never had rows', { database: [], file: turn('one') }, { database: [] }, []],
    [
      'both, undecided',
      {
        database: [...turn('one'), user('a'), ...turn('two')],
        file: [...turn('one'), user('b'), ...turn('two')],
      },
      { database: [], file: [] },
      ['database', 'file'],
    ],
  ])('a session that lost %s', (_, then, now, emptied) => {
    test('is proven no more, before an import notes it and afterwards', async () => {
      const store = createMemoryStore()
      await bringIn(store, [
        { id: 's', ...then },
        { id: 't', file: turn('two') },
      ])
      const left = [
        { id: 's', ...now },
        { id: 't', file: turn('two') },
      ]
      const proven = async () => {
        const { sessions, missing } = await verifySource(toldSource(left), store)
        return [sessions.map((session) => session.proven), missing]
      }
      expect(await proven()).toEqual([[false, true], 1])
      const { problems } = (await planImport(toldSource(left), store)).sessions[0]?.report ?? {}
      expect(problems?.map(({ code, path }) => [code, path])).toEqual(
        emptied.map((side) => ['source-truncated', `/made/up/s.${side}`]),
      )
      await bringIn(store, left)
      expect(await proven()).toEqual([[false, true], 1])
      expect(await found(store, left)).toEqual([])
      expect((await bringIn(store, left)).importId).toBeNull()
    })

    test('and all others, with what never had any, is of a source that is gone', async () => {
      const store = createMemoryStore()
      const empty: ToldSession = { id: 'never', database: [] }
      await bringIn(store, [{ id: 's', ...then }, empty])
      const left = [{ id: 's', ...now }, empty]
      const { problems } = await planImport(toldSource(left), store)
      expect(problems.map(({ code }) => code)).toEqual(['source-gone'])
      const { importId } = await bringIn(store, left)
      expect(importId).toBeNull()
      const { sessions, missing, findings } = await verifySource(toldSource(left), store)
      expect(sessions.map(({ id, proven }) => [id, proven])).toEqual([['never', true]])
      expect([missing, findings.map(({ code }) => code)]).toEqual([1, ['source-gone']])
      expect(await found(store, [{ id: 's', ...then }, empty])).toEqual(
        await found(store, [{ id: 's', ...then }]),
      )
    })
  })

  test('a session that has only what was written live was never told, and is not gone', async () => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', database: [], file: [] }
    await bringIn(store, [session])
    await store.append('s', { record: user('live').text }, { create: {} })
    await bringIn(store, [session])
    expect(await verifySource(toldSource([session]), store)).toMatchObject({
      sessions: [{ proven: true }],
      missing: 0,
      findings: [],
    })
  })

  test('a session whose import was undone was told by nothing', async () => {
    const store = createMemoryStore()
    await store.append('s', { record: user('live').text }, { create: {} })
    const { importId } = await bringIn(store, [{ id: 's', database: [...turn('one')] }])
    await undoImport(store, importId ?? '')
    const left: ToldSession[] = [{ id: 's', database: [] }]
    expect((await planImport(toldSource(left), store)).problems).toEqual([])
    expect((await verifySource(toldSource(left), store)).missing).toBe(0)
  })

  test('a source above one that is still there is not gone, and above one that is not, it is', async () => {
    const store = createMemoryStore()
    const here = temporaryFolder()
    const below = { ...toldSource([{ id: 's', file: turn('one') }]), path: here }
    await runImport(await planImport(below, store))
    expect([...(await sessionsOfSource(store, here))]).toEqual([
      sessionKey({ namespace: 'default', id: 's' }),
    ])
    expect((await sessionsOfSource(store, dirname(here))).size).toBe(0)
    expect((await sessionsOfSource(store, `${here}-other`)).size).toBe(0)
    rmdirSync(here)
    expect((await sessionsOfSource(store, dirname(here))).size).toBe(1)
  })
})
