import type { SourceVerification } from '@faircopy/legacy-jsonl'
import { DEFAULT_NAMESPACE } from '@faircopy/store-core'
import { VERIFY_CODES, type VerifyFinding, type VerifyReport } from '@faircopy/store-core/operator'
import { VERIFY_COMMANDS } from '../context/code-commands.ts'
import type { Context } from '../context/context.ts'
import { commandOptions, nextCommand, storeToName } from '../context/next-command.ts'
import { progressOn } from '../context/progress.ts'
import { writeLines } from '../files/text-sink.ts'
import { ExitCode } from '../process/exit-code.ts'
import { sourceVerificationMembers } from '../reports/source-verification-json.ts'
import { sourceVerificationLines } from '../reports/source-verification-text.ts'
import { knownTo, refuseNowhere, withSources } from '../sources/open-source.ts'
import { proofExit } from '../sources/source-exit.ts'
import { verifySources } from '../sources/verify-sources.ts'
import { withReader } from '../store/open-store.ts'
import { type Contents, contentsText } from '../text/contents-text.ts'
import { plural } from '../text/plural.ts'
import { sessionName } from '../text/session-name.ts'
import { shortPath } from '../text/short-path.ts'
import { type Cell, table } from '../text/table.ts'

/** Options of `faircopy verify`. */
export interface VerifyCommandOptions {
  readonly against?: readonly string[]
  readonly format: string
  readonly timeZone?: string
}

/** `faircopy verify`: whether what is stored is what was written, and what a source tells. */
export async function runVerify(
  context: Context,
  _: readonly string[],
  { against = [], format, timeZone }: VerifyCommandOptions,
): Promise<ExitCode> {
  const { out, io, signal, databasePath, namespace } = context
  const progress = progressOn(io)
  const reading = { format, namespace, timeZone, known: knownTo(context) }
  const [report, sources] = await withSources(against, reading, async (opened) => {
    await refuseNowhere(context, opened)
    return withReader(context, async (store): Promise<[VerifyReport, readonly SourceVerification[]]> => {
      try {
        const report = await store.verify({ signal, onProgress: progress.verified })
        // Before the sources: damage may keep them from being proven, and is then told nevertheless.
        const contents = report.findings.length === 0 ? await store.facts() : null
        if (!context.json) await writeLines(out, storeLines(context, report, contents))
        return [report, await verifySources(opened, store, { signal, onProgress: progress.proven })]
      } finally {
        progress.stop()
      }
    })
  })
  const options = commandOptions(context, { format, timeZone })
  if (context.json) {
    const proof =
      against.length > 0
        ? { against: sources.map((source) => sourceVerificationMembers(source, options)) }
        : {}
    await writeLines(out, [JSON.stringify({ path: databasePath, ...report, ...proof }, null, 2)])
  } else await writeLines(out, sourceVerificationLines(context, sources, options))
  return report.findings.length > 0 ? ExitCode.findings : proofExit(sources)
}

/** `contents` only of a store without damage: of another they may be wrong. */
function storeLines(context: Context, report: VerifyReport, contents: Contents | null): string[] {
  const { findings, sessions, entries } = report
  const { ink, databasePath } = context
  const { deletedSessions = 0, historyEntries = 0 } = contents ?? {}
  const what = contentsText({ sessions, deletedSessions, entries, historyEntries })
  const verdict =
    findings.length === 0 ? ink.green('all as written') : ink.red(plural(findings.length, 'finding'))
  return [
    `${ink.bold(shortPath(databasePath))}: ${what}: ${verdict}`,
    ...table(
      ink,
      [{ heading: 'finding' }, { heading: 'session' }, { heading: 'entry', align: 'right' }, { heading: '' }],
      findings.map(findingCells),
    ),
    ...stepLines(context, findings),
  ]
}

/** What mends it, each step once. */
function stepLines(context: Context, findings: readonly VerifyFinding[]): string[] {
  const steps = new Map(findings.map(({ code }) => [VERIFY_CODES[code].step, VERIFY_COMMANDS[code]]))
  return [...steps].flatMap(([step, command]) => {
    const next = nextCommand(command, { db: storeToName(context) })
    return [`  ${step}`, ...(next === null ? [] : [`    ${context.ink.cyan(next)}`])]
  })
}

function findingCells({
  code,
  namespace = DEFAULT_NAMESPACE,
  session,
  entry,
  detail,
}: VerifyFinding): Cell[] {
  return [
    [code, 'red'],
    session === undefined ? '' : sessionName({ namespace, id: session }),
    entry ?? '',
    detail,
  ]
}
