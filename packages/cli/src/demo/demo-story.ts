import { openHermesHome } from '@faircopy/legacy-hermes'
import {
  type ImportReport,
  type LegacySession,
  type LegacyWitness,
  toldEntries,
} from '@faircopy/legacy-jsonl'
import {
  codecNamed,
  type Entry,
  type MessageView,
  parseRecord,
  type TranscriptReader,
} from '@faircopy/store-core'
import { hitLines } from '../reports/hit-lines.ts'
import { problemLines, verdictTable } from '../reports/import-report-text.ts'
import { entrySummary } from '../text/entry-text.ts'
import type { Ink, InkName } from '../text/ink.ts'
import { plural } from '../text/plural.ts'
import { type Cell, table } from '../text/table.ts'
import { REASON_WORDS, VERDICT_INKS } from '../text/verdict-words.ts'
import type { DemoDelivery } from './demo-delivery.ts'
import { DEMO_SESSIONS, type DemoSession } from './demo-sessions.ts'

/** What the demo did, for the story of it. */
export interface DemoRun {
  readonly home: string
  readonly store: TranscriptReader
  /** The home's digest before the first import and after the second. */
  readonly before: string
  readonly after: string
  readonly first: ImportReport
  readonly second: ImportReport
  /** Records a delivery, which the story comes to only after it told of the import. */
  readonly deliver: () => Promise<DemoDelivery>
}

const TEXT_COLUMNS = 60
const CODEC = codecNamed('openai-chat')

/** Tells what was in the sample home, and what came of it. */
export async function* demoStory(ink: Ink, run: DemoRun): AsyncGenerator<string> {
  const merged = demoSession('Sourdough, day two')
  const ambiguous = demoSession('Naming the cat')
  yield ink.bold(
    'A gateway kept every conversation twice: in state.db, and in one file each. They drifted apart.',
  )
  yield* conversations(ink, run.first)

  yield ''
  yield ink.bold('$ faircopy import home')
  yield '…'
  yield* verdictTable(ink, run.first)
  yield '…'
  yield* problemLines(ink, run.first.sources)
  yield '…'

  yield ''
  yield `${ink.bold(merged.title)}: neither side had all of it. Where each line of the fair copy comes from:`
  yield ''
  yield* await mergedSession(ink, run.store, merged.id)

  yield ''
  yield* ambiguousSession(ink, run, ambiguous)

  yield ''
  yield* delivered(ink, await run.deliver())

  yield ''
  yield `${ink.bold('The home itself')}, as SHA-256 over the names and bytes of all its files:`
  yield `  before  ${ink.dim(run.before)}`
  yield `  after   ${ink.dim(run.after)}  ${run.before === run.after ? ink.green('unchanged') : ink.red('CHANGED')}`
  const wrote = run.second.importId === null ? ink.green('it wrote nothing') : ink.red('IT WROTE SOMETHING')
  yield `  The same import a second time: ${plural(run.second.totals.sessions, 'session')} recognised, ${wrote}.`

  yield ''
  yield ink.bold('Where to go next')
  yield* table(
    ink,
    [{ heading: '' }, { heading: '' }],
    [
      [['faircopy audit ~/.hermes', 'cyan'], 'what an import of yours would do, without any transcript text'],
      [['faircopy import ~/.hermes', 'cyan'], 'do it; the home stays as it is'],
      [['faircopy --help', 'cyan'], 'everything else'],
    ],
  )
}

function demoSession(title: string): DemoSession {
  const session = DEMO_SESSIONS.find((each) => each.title === title)
  if (!session) throw new Error(`the sample home has no session "${title}"`)
  return session
}

function conversations(ink: Ink, report: ImportReport): string[] {
  const rows = DEMO_SESSIONS.map(({ id, title, story }): Cell[] => {
    const verdict = report.sessions.find((session) => session.id === id)?.verdict ?? 'unreadable'
    return [
      [title, 'bold'],
      [story, 'plain'],
      [verdict, VERDICT_INKS[verdict]],
    ]
  })
  return [
    '',
    ...table(
      ink,
      [{ heading: 'conversation' }, { heading: 'what happened to it' }, { heading: 'verdict' }],
      rows,
    ),
  ]
}

async function mergedSession(ink: Ink, store: TranscriptReader, id: string): Promise<string[]> {
  const rows: Cell[][] = []
  for await (const entry of store.read(id)) {
    const { line, row } = entry.provenance ?? {}
    const side: InkName = row === undefined ? 'cyan' : line === undefined ? 'yellow' : 'plain'
    const view = viewOf(entry)
    rows.push([
      [entry.seq, 'dim'],
      [line === undefined ? '' : `line ${line}`, side],
      [row === undefined ? '' : `row ${row}`, side],
      [whoSpeaks(entry, view), 'bold'],
      [entrySummary(entry, view, TEXT_COLUMNS), side],
    ])
  }
  const columns = [
    { heading: '', align: 'right' },
    { heading: 'file', align: 'right' },
    { heading: 'database', align: 'right' },
    { heading: '' },
    { heading: '' },
  ] as const
  return table(ink, columns, rows)
}

async function* ambiguousSession(ink: Ink, run: DemoRun, { id, title }: DemoSession): AsyncGenerator<string> {
  const report = run.first.sessions.find((session) => session.id === id)
  const [file, database] = await bothSides(run.home, id)
  const common = commonLength(file, database)
  const why = report?.reason ? REASON_WORDS[report.reason] : ''
  yield `${ink.bold(title)}: ${why}.`
  yield ''
  const rows = (heading: string, entries: readonly Entry[], side: InkName): Cell[][] =>
    entries.map((entry, i) => {
      const view = viewOf(entry)
      return [
        [i === 0 ? heading : '', 'dim'],
        [whoSpeaks(entry, view), 'bold'],
        [entrySummary(entry, view, TEXT_COLUMNS), side],
      ]
    })
  yield* table(
    ink,
    [{ heading: '' }, { heading: '' }, { heading: '' }],
    [
      ...rows('both say', file.slice(0, common), 'plain'),
      ...rows('the file goes on', file.slice(common), 'cyan'),
      ...rows('the database goes on', database.slice(common), 'yellow'),
    ],
  )
  yield ''
  yield '  Which came first? Nobody can know, so nobody guesses: the store has what the database says, the'
  yield `  file stays as it is (${plural(report?.lines.withheld ?? 0, 'line')} withheld), and ${ink.cyan('faircopy resolve')} lets a person decide.`
}

function delivered(ink: Ink, { word, first, again, found }: DemoDelivery): string[] {
  return [
    `${ink.bold('A kitchen timer delivers into a chat')}, and the mirror records it in the session that received it:`,
    `  recorded  ${ink.green(first.outcome)}, found by platform, chat and person`,
    `  retried   ${ink.green(again.outcome)}: nothing is told twice`,
    '',
    ink.bold(`$ faircopy search ${word}`),
    ...found.hits.flatMap((hit) => hitLines(ink, word, hit, CODEC.name)),
  ]
}

async function bothSides(
  home: string,
  id: string,
): Promise<readonly [file: readonly Entry[], database: readonly Entry[]]> {
  const source = await openHermesHome(home)
  try {
    let found: LegacySession | null = null
    for await (const session of source.sessions()) if (session.id === id) found = session
    return [await messagesOf(found?.file ?? null), await messagesOf(found?.database ?? null)]
  } finally {
    await source.close()
  }
}

async function messagesOf(witness: LegacyWitness | null): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  if (!witness) return entries
  for await (const item of toldEntries(witness)) {
    if (item.as === 'entry' && item.entry.kind !== 'session_meta') entries.push(item.entry)
  }
  return entries
}

function commonLength(a: readonly Entry[], b: readonly Entry[]): number {
  const said = (entry: Entry | undefined): string | undefined => entry && viewOf(entry).text
  const end = a.findIndex((entry, i) => said(entry) !== said(b[i]))
  return end === -1 ? a.length : end
}

function viewOf(entry: Entry): MessageView {
  return CODEC.view(parseRecord(entry.record))
}

function whoSpeaks(entry: Entry, view: MessageView): string {
  return entry.kind === 'session_meta' ? 'meta' : (view.role ?? entry.kind)
}
