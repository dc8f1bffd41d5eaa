import { planImport, runImport, type SourceFinding, verifySource } from '@faircopy/legacy-jsonl'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { said, type Told, type ToldSession, toldSource } from './told-source.ts'

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
        const verdict = report.sessions[0]?.verdict ?? ''
        seen.set(verdict, (seen.get(verdict) ?? 0) + 1)
        const allowed =
          verdict === 'ambiguous' ? ['undecided'] : verdict === 'unreadable' ? ['unreadable-session'] : []
        expect(words(await found(store, [session]))).toEqual(allowed)
      }),
      { numRuns: LONG ? 5_000 : 300 },
    )
    expect(seen.get('ambiguous')).toBeGreaterThan(5)
  })
})
