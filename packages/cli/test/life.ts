import {
  type ImportTarget,
  type LegacySession,
  type LegacySource,
  planImport,
  planResolution,
  RESOLUTION_CHOICES,
  type ResolutionChoice,
  ResolutionRefused,
  runImport,
  runResolution,
  undoImport,
  undoResolution,
  verifySource,
  withLegacy,
} from '@faircopy/legacy-jsonl'
import { uncombineRecord } from '@faircopy/reconcile'
import type { TranscriptStore } from '@faircopy/store-core'
import fc from 'fast-check'
import { type SaidThen, saidNow, whatCameBack, whatWasLost } from './life-kept.ts'
import { isEntry, said, type Told, type ToldSession, toldSource } from './told-source.ts'

/** One thing that happens in the life of a session that is being migrated. */
export type Happening =
  | { readonly do: 'import' | 'index' | 'lazy' | 'undo-import' | 'undo-resolution' | 'undo-first' | 'fork' }
  | { readonly do: 'grow'; readonly side: 'file' | 'database' | 'both'; readonly told: Told }
  | { readonly do: 'edit'; readonly side: 'file' | 'database'; readonly at: number; readonly told: Told }
  | { readonly do: 'append' | 'retry' | 'append-before'; readonly told: Told }
  | { readonly do: 'undo'; readonly count: number }
  | { readonly do: 'resolve'; readonly choice: ResolutionChoice }
  | { readonly do: 'redact'; readonly at: number }

const message: fc.Arbitrary<Told> = fc.oneof(
  fc.constantFrom('ok', 'yes').map((text) => said('user', text)),
  fc.nat(12).map((n) => said('user', `message number ${n} of this talk`)),
  fc.nat(8).map((n) => said('assistant', `answer number ${n} of this talk`, { finish_reason: 'stop' })),
  fc.nat(8).map((n) => said('assistant', `answer number ${n} of this talk`, { finish_reason: 'length', n })),
)
const aside = fc.constantFrom<Told>(
  { text: 'broken number 1 of this talk' },
  { text: 'torn' },
  { text: '{"_type":"metadata","n":1}' },
  said('session_meta', '', { tools: ['a'] }),
)

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Happening>({ do: 'import' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('grow' as const),
      side: fc.constantFrom('file' as const, 'database' as const, 'both' as const),
      told: message,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('grow' as const),
      side: fc.constant('file' as const),
      told: aside,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      side: fc.constantFrom('file' as const, 'database' as const),
      at: fc.nat(9),
      told: message,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('append' as const), told: message }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retry' as const), told: message }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('append-before' as const), told: message }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('undo' as const), count: fc.integer({ min: 1, max: 2 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('resolve' as const),
      choice: fc.constantFrom(...RESOLUTION_CHOICES),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Happening>({ do: 'undo-resolution' }) },
  { weight: 2, arbitrary: fc.constant<Happening>({ do: 'undo-import' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Happening>(
      { do: 'fork' },
      { do: 'index' },
      { do: 'lazy' },
      { do: 'undo-first' },
    ),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('redact' as const), at: fc.nat(9) }) },
)

const edits = fc.array(
  fc.record({
    at: fc.nat(),
    add: fc.option(fc.oneof({ weight: 4, arbitrary: message }, aside), { nil: null }),
  }),
  { maxLength: 2 },
)

/** A session with what its witnesses tell at first, and what happens then. */
export const life = fc.record({
  talk: fc.array(message, { minLength: 1, maxLength: 6 }),
  file: fc.option(edits, { nil: null, freq: 8 }),
  database: fc.option(edits, { nil: null, freq: 2 }),
  /** What the database withdrew. */
  withdrawn: fc.array(message, { maxLength: 1 }),
  happenings: fc.array(happening, { minLength: 1, maxLength: 8 }),
})

/** What a {@link life} is. */
export type Life = typeof life extends fc.Arbitrary<infer L> ? L : never

/** What a life is led on. */
export type LivedStore = TranscriptStore & ImportTarget

function edited(talk: readonly Told[], list: Life['file'], isRows: boolean): Told[] {
  const told = [...talk]
  for (const { at, add } of list ?? [])
    if (!(isRows && add && !isEntry(add)))
      told.splice(at % (told.length + 1), add ? 0 : 1, ...(add ? [add] : []))
  return told
}

const bare = ({ text, ...more }: Told): Told => {
  if (!text.startsWith('{')) return { text, ...more }
  const { finish_reason: _, ...rest } = JSON.parse(text) as { finish_reason?: string }
  return { ...more, text: JSON.stringify(rest) }
}

/** Leads a life on a store, and tells what is wrong after each happening; nothing where all is well. */
export async function lead(
  { talk, file, database, withdrawn, happenings }: Life,
  store: LivedStore,
  again: () => Promise<LivedStore>,
): Promise<{ readonly wrong: readonly string[]; readonly seen: readonly string[] }> {
  const session: ToldSession = {
    id: 's',
    ...(file ? { file: edited(talk.map(bare), file, false) } : {}),
    ...(database
      ? {
          database: [
            ...withdrawn.map((told) => ({ ...told, withdrawn: true })),
            ...edited(talk, database, true).map((told, i) => ({ ...told, at: i * 60_000 })),
          ],
        }
      : {}),
  }
  const seen: string[] = []
  let isEdited = false
  let undone: SaidThen | null = null
  for (const [i, each] of happenings.entries()) {
    const before = await saidNow(store, 's')
    const did = await happen(each, session, store, again)
    seen.push(did)
    const after = await saidNow(store, 's')
    const wrong = [...(await whatIsWrong(each, session, store)), ...whatWasLost(each, before, after)]
    isEdited ||= each.do === 'edit'
    if (!isEdited) wrong.push(...whatCameBack(each, before, after))
    if (undone && did === 'undo-import undone' && String(undone.texts) !== String(after.texts))
      wrong.push('it does not say what it said before the import')
    undone = each.do === 'import' && String(before.texts) !== String(after.texts) ? before : null
    if (wrong.length > 0) return { wrong: [`after ${i + 1} (${did}): ${wrong.join('; ')}`], seen }
  }
  return { wrong: [], seen }
}

async function happen(
  each: Happening,
  session: ToldSession,
  store: LivedStore,
  again: () => Promise<LivedStore>,
): Promise<string> {
  const source = toldSource([session])
  const now = await store.get('s')
  switch (each.do) {
    case 'import': {
      const { sessions } = await runImport(await planImport(source, store))
      return `import ${sessions[0]?.verdict}`
    }
    case 'index':
    case 'lazy': {
      const lazy = withLegacy(await again(), source)
      await lazy.legacy.ready
      if (each.do === 'lazy') await lazy.get('s')
      await lazy.close()
      return each.do
    }
    case 'grow':
      for (const side of ['file', 'database'] as const) {
        if (each.side !== side && each.side !== 'both') continue
        const list = session[side]
        const told = side === 'file' ? bare(each.told) : { ...each.told, at: 1e9 }
        if (list) session[side] = [...list, told]
      }
      return 'grow'
    case 'edit': {
      const list = session[each.side]
      if (list && list.length > 0) session[each.side] = list.with(each.at % list.length, each.told)
      return 'edit'
    }
    case 'append':
      await store.append('s', { record: each.told.text }, { create: {} })
      return 'append'
    case 'append-before': {
      const other = await again()
      const claiming = await other.claimImport('s')
      const lazy = withLegacy(await again(), source, {
        patience: async (_, forWhat) => forWhat === 'source',
      })
      await lazy.append('s', { record: each.told.text }, { create: {} })
      await lazy.legacy.settled()
      if ('claim' in claiming) await claiming.claim.release()
      await lazy.close()
      await other.close()
      return 'append-before'
    }
    case 'undo':
    case 'retry': {
      if (!now || now.entryCount === 0) return 'nothing'
      const from = Math.max(1, now.entryCount + 1 - (each.do === 'undo' ? each.count : 2))
      await store.replace('s', { from, entries: each.do === 'retry' ? [{ record: each.told.text }] : [] })
      return each.do
    }
    case 'resolve':
    case 'undo-resolution':
      try {
        if (each.do !== 'resolve') await undoResolution({ namespace: 'default', id: 's' }, store)
        else await runResolution(await planResolution(await one(source), store), each.choice)
        return 'choice' in each ? each.choice : each.do
      } catch (error) {
        if (error instanceof ResolutionRefused) return `refused ${error.code}`
        throw error
      }
    case 'undo-first':
    case 'undo-import': {
      const runs = await Array.fromAsync(store.imports())
      const ofImports = runs.filter(({ about }) => !('undo' in about || 'undid' in about))
      const last = each.do === 'undo-first' ? ofImports[0] : ofImports.at(-1)
      if (!last) return 'nothing'
      const { sessions } = await undoImport(store, last.id)
      return `undo-import ${sessions.map(({ reason, status }) => reason ?? status)}`
    }
    case 'fork':
      if (!now) return 'nothing'
      await store.fork('s', { id: `fork ${Math.random()}` })
      return 'fork'
    case 'redact': {
      const entries = await Array.fromAsync(now ? store.read('s') : [])
      const entry = entries[each.at % Math.max(1, entries.length)]
      if (!entry) return 'nothing'
      await store.redact('s', entry.id, 'of this talk')
      return 'redact'
    }
  }
}

/** What an import, and whoever counts afterwards, must agree on. */
async function whatIsWrong(
  each: Happening,
  session: ToldSession,
  store: LivedStore,
): Promise<readonly string[]> {
  const source = toldSource([session])
  const { findings: own } = await store.verify()
  const plan = (await planImport(source, store)).sessions[0]
  const { findings, sessions } = await verifySource(source, store)
  // A life of headers alone is proven all the same.
  const codes = new Set(findings.map(({ code }) => code).filter((code) => code !== 'no-message'))
  const wrong = own.map(({ code, detail }) => `${code} ${detail}`)
  const verdict = plan?.report.verdict
  if (each.do === 'import' && plan?.work) wrong.push(`imported, and ${verdict} once more`)
  const allowed: ReadonlySet<string> = new Set(
    plan?.work
      ? ['never-imported', 'not-imported-yet', 'source-grown', 'source-changed']
      : verdict === 'ambiguous'
        ? ['undecided']
        : // Of a session that its source only names, nothing is told and nothing proven.
          ['unreadable-session', ...(session.file || session.database ? [] : ['source-gone'])],
  )
  const detail = JSON.stringify(
    findings.map(({ code, detail: why, line, row, entry }) => [code, why, line, row, entry]),
  )
  if ([...codes].some((code) => !allowed.has(code)))
    wrong.push(`${verdict} ${plan?.work ? 'planned' : 'known'}: ${detail}`)
  if (!plan?.work && verdict === 'ambiguous' && !codes.has('undecided')) wrong.push('undecided, and proven')
  for (const { lines, proven } of sessions) {
    const sum = Object.values(lines).reduce((total, count) => total + count) - lines.total
    if (proven && sum !== lines.total) wrong.push(`lines do not sum up: ${JSON.stringify(lines)}`)
    if (proven && lines.withheld === 0)
      wrong.push(...(await bytesLost(session, store)).map((line) => `line ${line} is proven, and nowhere`))
  }
  return wrong
}

/** The lines of a session's file whose bytes the store has in no form. What was redacted can have been any of them. */
async function bytesLost({ file = [] }: ToldSession, store: LivedStore): Promise<readonly number[]> {
  const texts = new Set<string>()
  for await (const session of store.sessions()) {
    const said = await Array.fromAsync(store.read(session))
    const entries = [...said, ...(await Array.fromAsync(store.history(session)))]
    if (entries.some(({ redaction }) => redaction)) return []
    for (const { record, provenance } of entries)
      texts.add(record).add(uncombineRecord(record, provenance?.added ?? []) ?? record)
    for await (const { bytes } of store.quarantined(session)) texts.add(Buffer.from(bytes ?? []).toString())
  }
  return file.flatMap(({ text }, i) => (texts.has(text) ? [] : [i + 1]))
}

async function one(source: LegacySource): Promise<LegacySession> {
  for await (const session of source.sessions()) return session
  throw new Error('no session')
}
