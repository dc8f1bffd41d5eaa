import {
  besideCounts,
  type ImportReport,
  isFinding,
  SESSION_REASONS,
  type SessionReport,
  SOURCE_CODES,
  type SourceProblem,
  type SourceReport,
} from '@faircopy/legacy-jsonl'
import type { Context } from '../context.ts'
import { type CommandOptions, nextCommand } from '../next-command.ts'
import { isNowhere } from '../sources/source-exit.ts'
import { besideLines } from './beside-text.ts'
import type { Ink } from './ink.ts'
import { plural } from './plural.ts'
import { sentence } from './sentence.ts'
import { sessionName } from './session-name.ts'
import { pathWithin, shortPath } from './short-path.ts'
import { type Cell, table } from './table.ts'
import { REASON_WORDS, VERDICT_INKS, VERDICT_WORDS, VERDICTS } from './verdict-words.ts'

const PROBLEMS_SHOWN = 50

/** Told at the beginning. */
const UNREAD: ReadonlySet<SourceProblem['code']> = new Set(['no-transcript', 'source-gone'])

const UNMERGED: ReadonlySet<SessionReport['verdict']> = new Set(['ambiguous', 'unreadable', 'failed'])

/** The first sentence where nothing was read of any source; null where something was. */
export function unreadHeadline(
  { databasePath }: Pick<Context, 'databasePath'>,
  report: ImportReport,
): string | null {
  const { sessions, sources } = report
  if (sessions.some(({ verdict }) => verdict !== 'unreadable')) return null
  const names = sources.map(({ path }) => shortPath(path)).join(', ')
  const found = sources.flatMap(({ problems }) => problems).filter(isFinding)
  if (found.some(({ code }) => code === 'source-gone'))
    return `Nothing is left to read in ${names}, of which ${shortPath(databasePath)} knows sessions.`
  return isNowhere(report) ? `No transcript was found in ${names}.` : `Nothing could be read of ${names}.`
}

/** What lies where nothing was found, with the command that reads it. */
export function unreadLines(
  ink: Ink,
  { sources }: ImportReport,
  command: string,
  options: CommandOptions,
): string[] {
  return sources.flatMap(({ path: source, problems }) =>
    problems
      .filter(({ code }) => UNREAD.has(code))
      .flatMap(({ code, path, detail }) =>
        path === source
          ? [`  ${ink.plain(sentence(detail))} ${SOURCE_CODES[code].step}`]
          : [
              `  ${ink.plain(sentence(detail))}`,
              `    ${ink.cyan(nextCommand(command, { ...options, folder: path }))}`,
            ],
      ),
  )
}

/** The verdicts, how many sessions got each, and what they bring. */
export function verdictTable(ink: Ink, report: ImportReport): string[] {
  const rows = VERDICTS.flatMap((verdict): Cell[][] => {
    const sessions = report.sessions.filter((session) => session.verdict === verdict)
    if (sessions.length === 0) return []
    const sum = (count: (session: SessionReport) => number): string =>
      sessions.reduce((total, session) => total + count(session), 0).toLocaleString('en')
    return [
      [
        [verdict, VERDICT_INKS[verdict]],
        sessions.length.toLocaleString('en'),
        sum(({ entries }) => entries.canonical),
        sum(({ entries }) => entries.legacy),
        UNMERGED.has(verdict) ? '' : sum(({ entries }) => entries.merged ?? 0),
        [VERDICT_WORDS[verdict], 'dim'],
      ],
    ]
  })
  return table(
    ink,
    [
      { heading: 'verdict' },
      { heading: 'sessions', align: 'right' },
      { heading: 'canonical', align: 'right' },
      { heading: 'file', align: 'right' },
      { heading: 'merged', align: 'right' },
      { heading: '' },
    ],
    rows,
  )
}

/** How many messages only one side has. Where the order is not known the sides are not compared. */
export function oneSided(report: ImportReport): { readonly canonical: number; readonly file: number } {
  let canonical = 0
  let file = 0
  for (const { entries } of report.sessions) {
    if (entries.merged === null) continue
    canonical += Math.max(0, entries.merged - entries.legacy)
    file += entries.added
  }
  return { canonical, file }
}

/** A line for each session that needs a person, and what their reasons mean. */
export function undecidedLines(ink: Ink, report: ImportReport): string[] {
  const undecided = report.sessions.filter(({ reason }) => reason !== undefined)
  const rows = undecided.map((session): Cell[] => [
    [sessionName(session), 'bold'],
    [session.verdict, VERDICT_INKS[session.verdict]],
    session.verdict === 'failed' ? '' : (session.reason ?? ''),
    session.lines.withheld > 0 ? `${plural(session.lines.withheld, 'line')} withheld` : '',
  ])
  const reasons = new Set(undecided.flatMap(({ reason }) => (reason === undefined ? [] : [reason])))
  return [
    ...table(ink, [{ heading: '' }, { heading: '' }, { heading: '' }, { heading: '', align: 'right' }], rows),
    ...[...reasons].map((reason) => ink.dim(`  ${reason}: ${REASON_WORDS[reason]}`)),
  ]
}

/** What can be done about ambiguous sessions, with the command for the first of them. */
export function undecidedAdvice(
  ink: Ink,
  report: ImportReport,
  source: string,
  options: CommandOptions,
): string[] {
  const first =
    report.sessions.find(({ verdict, reason }) => verdict === 'ambiguous' && reason !== 'several-files') ??
    report.sessions.find(({ verdict }) => verdict === 'ambiguous')
  if (!first) return []
  if (first.reason === 'several-files') {
    const file = first.problems.find(({ code }) => code === 'several-files')?.path
    const command = nextCommand('faircopy import FILE', { ...options, file, session: first })
    return [`  ${SESSION_REASONS['several-files'].step}`, `    ${ink.cyan(command)}`]
  }
  if (report.dryRun) {
    const file = nextCommand('faircopy show SESSION --witness file --from SOURCE', {
      ...options,
      session: first,
      source,
    })
    return [
      '  Nothing of them is lost: the canonical side goes into the store, and the file stays where it is. To read it:',
      `    ${ink.cyan(file)}`,
    ]
  }
  return [
    '  Nothing of them is lost: the canonical side is in the store, and the file stays where it is. Both sides, and',
    '  what can be decided:',
    `    ${ink.cyan(nextCommand('faircopy resolve SESSION', { ...options, session: first }))}`,
  ]
}

/** The problems of each source, by file and line; files that were passed over are only counted, by their kinds. */
export function problemLines(ink: Ink, sources: readonly SourceReport[]): string[] {
  return sources.flatMap(({ path, problems }) => {
    const told = problems.filter(({ code }) => code !== 'ignored' && !UNREAD.has(code))
    const rows = told.slice(0, PROBLEMS_SHOWN).map((problem): Cell[] => [
      [placeOf(path, problem), 'plain'],
      [problem.code, isFinding(problem) ? 'yellow' : 'dim'],
      [problem.detail, 'dim'],
    ])
    const more = told.length - rows.length
    return [
      ...table(ink, [{ heading: '' }, { heading: '' }, { heading: '' }], rows),
      ...(more > 0 ? [`  and ${plural(more, 'more problem', 'more problems')}; --json lists all`] : []),
      ...besideLines(ink, besideCounts(problems)),
    ]
  })
}

function placeOf(source: string, { path, line }: SourceProblem): string {
  return line === undefined ? pathWithin(source, path) : `${pathWithin(source, path)}:${line}`
}
