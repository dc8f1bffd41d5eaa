import type { SessionAddress, TranscriptReader } from '@faircopy/store-core'
import type { PruneReport } from '@faircopy/store-core/operator'
import type { Context } from '../context/context.ts'
import { nextCommand, storeToName } from '../context/next-command.ts'
import { writeLines } from '../files/text-sink.ts'
import { CliError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import { freeBytesLines } from '../reports/free-bytes-text.ts'
import { withExisting } from '../store/open-store.ts'
import { bytesText } from '../text/bytes-text.ts'
import { durationText } from '../text/duration.ts'
import { plural } from '../text/plural.ts'
import { sessionName } from '../text/session-name.ts'
import { shellWord } from '../text/shell-word.ts'

const AWAITING_SHOWN = 10

/** Options of `faircopy prune`. */
export interface PruneOptions {
  readonly historyOlderThan?: number
  readonly endedOlderThan?: number
  readonly hold?: readonly string[]
  readonly yes?: boolean
}

/** `faircopy prune`: frees the room of what is no longer said. */
export async function runPrune(
  context: Context,
  _args: readonly string[],
  options: PruneOptions,
): Promise<ExitCode> {
  const { historyOlderThan, endedOlderThan, hold = [], yes = false } = options
  const report = await withExisting(context, async (store): Promise<PruneTold> => {
    const pruned = await store.prune(
      {
        ...(historyOlderThan === undefined ? {} : { historyOlderThan }),
        ...(endedOlderThan === undefined ? {} : { endedOlderThan }),
        hold: await held(store, hold, context.namespace),
        dryRun: !yes,
      },
      { signal: context.signal },
    )
    return { ...pruned, freeBytes: (await store.facts()).freeBytes }
  })
  const more = policyOptions(options)
  if (context.json) await writeLines(context.out, [JSON.stringify(report, null, 2)])
  else await writeLines(context.out, pruneLines(context, report, more))
  return ExitCode.done
}

/** The options of a policy, as they can be given again. */
function policyOptions({ historyOlderThan, endedOlderThan, hold = [] }: PruneOptions): string {
  return [
    historyOlderThan === undefined ? '' : ` --history-older-than ${durationText(historyOlderThan)}`,
    endedOlderThan === undefined ? '' : ` --ended-older-than ${durationText(endedOlderThan)}`,
    ...hold.map((id) => ` --hold=${shellWord(id)}`),
  ].join('')
}

/**
 * The sessions that are held: those of these ids in any namespace, or in the one that was asked for. A hold that names
 * none is a slip of the pen, and must not let anything go.
 */
async function held(
  store: TranscriptReader,
  ids: readonly string[],
  namespace: string | undefined,
): Promise<readonly SessionAddress[]> {
  if (ids.length === 0) return []
  const missing = new Set(ids)
  const sessions: SessionAddress[] = []
  for await (const session of store.sessions(namespace === undefined ? {} : { namespace })) {
    if (!ids.includes(session.id)) continue
    sessions.push({ namespace: session.namespace, id: session.id })
    missing.delete(session.id)
  }
  const [first] = missing
  if (first === undefined) return sessions
  throw new CliError(
    'NO_SESSION',
    `There is no session ${JSON.stringify(first)} to hold; nothing was removed.`,
    { advice: 'Which there are: faircopy list' },
  )
}

/** What was pruned, and how many bytes nothing uses inside the file now. */
interface PruneTold extends PruneReport {
  readonly freeBytes: number | null
}

function pruneLines(context: Context, report: PruneTold, policy: string): string[] {
  const { ink, namespace } = context
  const more = `${policy}${namespace === undefined ? '' : ` --namespace ${shellWord(namespace)}`}`
  const { dryRun, sessions, entries, bytes, held, freeBytes } = report
  const what = `${plural(sessions, 'session')} and ${plural(entries, 'entry', 'entries')}, ${bytesText(bytes)} of records`
  return [
    dryRun
      ? `A dry run: ${ink.bold(what)} would go for good. Nothing was removed.`
      : `${ink.bold(what)} ${ink.green('are gone for good')}`,
    ...(held > 0
      ? [ink.dim(`  ${plural(held, 'session')} that the policy means ${held === 1 ? 'is' : 'are'} held.`)]
      : []),
    ...awaitingLines(context, report),
    ...(dryRun ? [] : freeBytesLines(context, freeBytes)),
    ...(dryRun && entries + sessions > 0
      ? [`  To do it: ${ink.cyan(nextCommand('faircopy prune --yes', { more, db: storeToName(context) }))}`]
      : []),
  ]
}

/** What stays because an import is still to come, which would be refused for ever after. */
function awaitingLines(context: Context, { awaiting }: PruneReport): string[] {
  if (awaiting.length === 0) return []
  const { ink } = context
  const more = awaiting.length - AWAITING_SHOWN
  const names = awaiting.slice(0, AWAITING_SHOWN).map((session) => sessionName(session))
  const stay = awaiting.length === 1 ? 'stays: not all of it' : 'stay: not all of them'
  return [
    ink.yellow(`  ${plural(awaiting.length, 'ended session')} ${stay} is imported yet`),
    ...names.map((name) => `    ${ink.bold(name)}`),
    ...(more > 0 ? [ink.dim(`    and ${more.toLocaleString('en')} more; --json lists all`)] : []),
    `  What is missing, and how it is imported: ${ink.cyan(nextCommand('faircopy status', { db: storeToName(context) }))}`,
  ]
}
