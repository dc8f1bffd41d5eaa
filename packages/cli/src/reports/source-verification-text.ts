import { SOURCE_FINDING_CODES, type SourceFinding, type SourceVerification } from '@faircopy/legacy-jsonl'
import { DEFAULT_NAMESPACE } from '@faircopy/store-core'
import type { Context } from '../context/context.ts'
import type { CommandOptions } from '../context/next-command.ts'
import { unreadBesideLines } from '../text/beside-text.ts'
import { plural } from '../text/plural.ts'
import { sessionName } from '../text/session-name.ts'
import { pathWithin, shortPath } from '../text/short-path.ts'
import { type Cell, table } from '../text/table.ts'
import { findingCommand } from './source-verification-json.ts'

const FINDINGS_SHOWN = 50

/** What was proven of each source: its sums, what differs, and what can be done about it. */
export function sourceVerificationLines(
  { ink }: Context,
  sources: readonly SourceVerification[],
  options: CommandOptions,
): string[] {
  return sources.flatMap((source) => {
    const { path, format, sessions, beside, missing, findings } = source
    const proven = sessions.filter((session) => session.proven).length
    const lines = sessions.reduce((sum, session) => sum + session.lines.total, 0)
    const rows = sessions.reduce((sum, session) => sum + session.rows.total, 0)
    const certificates = sessions.reduce((sum, session) => sum + session.certificates.proven, 0)
    const bygone = sessions.reduce((sum, session) => sum + session.certificates.bygone, 0)
    const redacted = sessions.reduce((sum, session) => sum + session.redacted, 0)
    const sums = [
      plural(sessions.length, 'session'),
      plural(lines, 'line'),
      plural(rows, 'row'),
      `${plural(certificates, 'certificate')}${bygone === 0 ? '' : ` and ${bygone} bygone`}`,
      ...(redacted === 0 ? [] : [`${plural(redacted, 'line or row', 'lines and rows')} redacted since`]),
    ].join(', ')
    const verdict =
      findings.length === 0 && proven === sessions.length
        ? ink.green('all proven')
        : ink.red(`${proven} of ${plural(sessions.length, 'session')} proven`)
    const what =
      sessions.length > 0 ? `${sums}: ${verdict}` : ink.red('it tells no session, so nothing is proven')
    const shown = findings.slice(0, FINDINGS_SHOWN)
    const more = findings.length - shown.length
    return [
      `${ink.bold(shortPath(path))} (${format}): ${what}`,
      ...(missing === 0 || sessions.length === 0
        ? []
        : [
            `  ${plural(missing, 'session')} that the store knows of it ${missing === 1 ? 'is' : 'are'} not in it now${sessions.some(({ gone }) => gone) ? ', or has nothing left there' : ''}, and not proven`,
          ]),
      ...table(
        ink,
        [{ heading: 'finding' }, { heading: 'session' }, { heading: 'where' }, { heading: '' }],
        shown.map((finding) => findingCells(path, finding)),
      ),
      ...(more > 0 ? [`  and ${plural(more, 'more finding', 'more findings')}; --json lists all`] : []),
      ...stepLines(ink, path, findings, options),
      ...unreadBesideLines(ink, beside),
    ]
  })
}

function findingCells(source: string, finding: SourceFinding): Cell[] {
  const { code, namespace = DEFAULT_NAMESPACE, session, detail } = finding
  return [
    [code, code === 'undecided' ? 'yellow' : 'red'],
    session === undefined ? '' : [sessionName({ namespace, id: session }), 'bold'],
    placeOf(source, finding),
    [detail, 'dim'],
  ]
}

function placeOf(source: string, { path, line, row, entry }: SourceFinding): string {
  const file = path === undefined ? '' : pathWithin(source, path)
  const place = line === undefined ? (row === undefined ? file : `${file} row ${row}`) : `${file}:${line}`
  return [place, entry === undefined ? '' : `entry ${entry}`].filter(Boolean).join(', ')
}

/** For each code what it means, and the command for the first that has it. */
function stepLines(
  ink: Context['ink'],
  source: string,
  findings: readonly SourceFinding[],
  options: CommandOptions,
): string[] {
  const first = new Map<string, SourceFinding>()
  for (const finding of findings) if (!first.has(finding.code)) first.set(finding.code, finding)
  return [...first.values()].flatMap((finding) => {
    const { meaning, step } = SOURCE_FINDING_CODES[finding.code]
    // Each is of another folder.
    const told =
      finding.code === 'no-transcript' ? findings.filter(({ code }) => code === finding.code) : [finding]
    const commands = told.flatMap((one) => findingCommand(source, one, options) ?? [])
    return [`  ${finding.code}: ${meaning} ${step}`, ...commands.map((command) => `    ${ink.cyan(command)}`)]
  })
}
