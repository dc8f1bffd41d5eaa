import {
  BESIDE_KINDS,
  besideCounts,
  type ImportReport,
  isFinding,
  SESSION_REASONS,
  type SessionReason,
  type SessionReport,
  SOURCE_CODES,
  type SourceProblem,
  type SourceReport,
} from '@faircopy/legacy-jsonl'
import { SOURCE_COMMANDS } from '../context/code-commands.ts'
import type { Context } from '../context/context.ts'
import { type CommandOptions, nextCommand } from '../context/next-command.ts'
import { reportCommands } from '../context/report-commands.ts'
import { isNowhere } from '../sources/source-exit.ts'
import { besideLines } from '../text/beside-text.ts'
import type { Ink } from '../text/ink.ts'
import { plural } from '../text/plural.ts'
import { sentence } from '../text/sentence.ts'
import { sessionName } from '../text/session-name.ts'
import { pathWithin, shortPath } from '../text/short-path.ts'
import { type Cell, table } from '../text/table.ts'
import { REASON_WORDS, VERDICT_INKS, VERDICT_WORDS, VERDICTS } from '../text/verdict-words.ts'

const SHOWN_OF_A_CODE = 10

/** Told at the beginning. */
const UNREAD: ReadonlySet<SourceProblem['code']> = new Set(['no-transcript', 'source-gone'])

/** Problems of a whole witness, not of one of its lines: only a part of what the source tells could be read. */
const UNREAD_WITNESS: ReadonlySet<SourceProblem['code']> = new Set([
  'database-unreadable',
  'unreadable-file',
  'not-understood',
  'other-format',
  'source-changed',
])

/** Whether a problem says that a witness, or a part of it, could not be read. */
export function isUnread({ code, line }: SourceProblem): boolean {
  return line === undefined && UNREAD_WITNESS.has(code)
}

const UNMERGED: ReadonlySet<SessionReport['verdict']> = new Set(['ambiguous', 'unreadable', 'failed'])

/** The first sentence where nothing was read of any source; null where something was. */
export function unreadHeadline(
  { databasePath }: Pick<Context, 'databasePath'>,
  report: ImportReport,
): string | null {
  const { sessions, sources } = report
  if (!isGone(report) && sessions.some(({ verdict }) => verdict !== 'unreadable')) return null
  const names = sources.map(({ path }) => shortPath(path)).join(', ')
  const found = sources.flatMap(({ problems }) => problems).filter(isFinding)
  if (found.some(({ code }) => code === 'source-gone'))
    return `Nothing is left to read in ${names}, of which ${shortPath(databasePath)} knows sessions.`
  return isNowhere(report) ? `No transcript was found in ${names}.` : `Nothing could be read of ${names}.`
}

/** Whether all sources told sessions once and tell none now, and at most name them. */
export function isGone({ sources }: ImportReport): boolean {
  return sources.every(({ problems }) => problems.some(({ code }) => code === 'source-gone'))
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
          ? [
              `  ${sources.length > 1 ? `${shortPath(source)}: ` : ''}${ink.plain(sentence(detail))} ${SOURCE_CODES[code].step}`,
            ]
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

/** That a plan does not foresee how several sources that tell one session meet in the store. */
export function unforeseenLines({ dryRun, sessions }: ImportReport): string[] {
  if (!dryRun) return []
  const groups = Map.groupBy(sessions, ({ namespace, id }) => JSON.stringify([namespace, id]))
  const unforeseen = [...groups.values()].filter((reports) =>
    reports.slice(0, -1).some(({ action }) => action !== 'unchanged'),
  ).length
  if (unforeseen === 0) return []
  return [
    '',
    `  ${plural(unforeseen, 'session')} of these ${unforeseen === 1 ? 'is' : 'are'} told by several of the sources, and counted once for each, as if the others were not:`,
    '  an import holds each against what the one before it brought, and may leave it undecided.',
  ]
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
  const undecided = report.sessions.filter(({ reason }) => reason !== undefined && reason !== 'partly-read')
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

/** For each kind of reason what can be done about its sessions, with the command for the first of them. */
export function undecidedAdvice(ink: Ink, report: ImportReport, options: CommandOptions): string[] {
  const { ofSession } = reportCommands(report, options)
  const steps = Map.groupBy(report.sessions.filter(isUndecided), ({ reason }) => SESSION_REASONS[reason].step)
  return [...steps].flatMap(([step, sessions]) => {
    const [first] = sessions
    if (!first) return []
    if (first.verdict !== 'ambiguous' || first.reason === 'several-files') {
      const codes = counted(sessions.map(({ reason }) => [reason, 1]))
      return [`  ${codes}: ${step}`, ...commandLine(ink, ofSession(first))]
    }
    // What the store has nothing of is not decided in it.
    if (report.dryRun && first.action === 'created')
      return [
        '  Nothing of them is lost: the canonical side goes into the store, and the file stays where it is. To read it:',
        ...commandLine(ink, ofSession(first, 'faircopy show SESSION --witness file --from SOURCE')),
      ]
    return [
      '  Nothing of them is lost: the canonical side is in the store, and the file stays where it is. Both sides, and',
      '  what can be decided:',
      ...commandLine(ink, ofSession(first)),
    ]
  })
}

function isUndecided(session: SessionReport): session is SessionReport & { readonly reason: SessionReason } {
  return session.reason !== undefined && session.reason !== 'partly-read'
}

/** The problems of each source, by file and line; files that were passed over are only counted, by their kinds. */
export function problemLines(ink: Ink, sources: readonly SourceReport[]): string[] {
  return sources.flatMap(({ path, problems }) => {
    const told = toldOf(problems)
    const rows = firstOfEach(told).map((problem): Cell[] => [
      [placeOf(path, problem), 'plain'],
      [problem.code, isFinding(problem) ? 'yellow' : 'dim'],
      [problem.detail, 'dim'],
    ])
    const more = told.reduce((sum, { count = 1 }) => sum + count, 0) - rows.length
    return [
      ...table(ink, [{ heading: '' }, { heading: '' }, { heading: '' }], rows),
      ...(more > 0
        ? [
            `  and ${plural(more, 'more problem', 'more problems')}; --json names up to a hundred of each code in a file`,
          ]
        : []),
      ...besideLines(ink, besideCounts(problems)),
    ]
  })
}

/** What to do about the problems, once for all of which that is the same, with the command for the first of them. */
export function problemAdvice(ink: Ink, report: ImportReport, options: CommandOptions): string[] {
  const commands = reportCommands(report, options)
  const advised = report.sources.flatMap(({ path, problems }) =>
    [...toldOf(problems), ...putAside(problems)].map((problem) => ({
      problem,
      step: SOURCE_CODES[problem.code].step,
      next: commands.ofProblem(path, problem),
    })),
  )
  const kinds = Map.groupBy(advised, ({ problem: { code }, step }) =>
    JSON.stringify([step, SOURCE_COMMANDS[code]]),
  )
  const lines = [...kinds.values()].flatMap((kind) => {
    const [first] = kind
    if (!first) return []
    const { step, next } = first
    const codes = counted(kind.map(({ problem: { code, count = 1 } }) => [code, count]))
    return [`  ${codes}: ${step}`, ...commandLine(ink, next)]
  })
  return lines.length === 0 ? [] : ['', ...lines]
}

/** Problems that are listed one by one. */
function toldOf(problems: readonly SourceProblem[]): SourceProblem[] {
  return problems.filter(({ code }) => code !== 'ignored' && !UNREAD.has(code))
}

/**
 * Files that were passed over by their names and may have messages, which an import of each by its path brings. Where
 * nothing else was found it is said first what they are.
 */
function putAside(problems: readonly SourceProblem[]): SourceProblem[] {
  if (problems.some(({ code }) => UNREAD.has(code))) return []
  return problems.filter(
    ({ kind }) => kind !== undefined && BESIDE_KINDS[kind].hasMessages && BESIDE_KINDS[kind].mayBeImported,
  )
}

function firstOfEach(problems: readonly SourceProblem[]): SourceProblem[] {
  const shown = new Map<string, number>()
  return problems.filter(({ code }) => {
    const before = shown.get(code) ?? 0
    shown.set(code, before + 1)
    return before < SHOWN_OF_A_CODE
  })
}

/** `1,001 invalid-json, 1 too-long` */
function counted(codes: readonly (readonly [code: string, count: number])[]): string {
  const sums = new Map<string, number>()
  for (const [code, count] of codes) sums.set(code, (sums.get(code) ?? 0) + count)
  return [...sums].map(([code, count]) => `${count.toLocaleString('en')} ${code}`).join(', ')
}

function commandLine(ink: Ink, command: string | null): string[] {
  return command === null ? [] : [`    ${ink.cyan(command)}`]
}

function placeOf(source: string, { path, line }: SourceProblem): string {
  return line === undefined ? pathWithin(source, path) : `${pathWithin(source, path)}:${line}`
}
