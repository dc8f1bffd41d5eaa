import { SESSION_REASONS, type SessionReason } from '@faircopy/legacy-jsonl'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit-code.ts'
import { writeLines } from '../files/text-sink.ts'
import { nextCommand, storeToName } from '../next-command.ts'
import { withReader } from '../store/open-store.ts'
import { StoreHarm } from '../store/store-harm.ts'
import {
  type AwaitedSession,
  type StoreStatus,
  storeStatus,
  type UndecidedSession,
} from '../store/store-status.ts'
import { shortImportId } from '../text/import-id.ts'
import { plural } from '../text/plural.ts'
import { sessionName } from '../text/session-name.ts'
import { shortPath } from '../text/short-path.ts'
import { type Cell, table } from '../text/table.ts'
import { timeText } from '../text/time-text.ts'
import { REASON_WORDS } from '../text/verdict-words.ts'

const IMPORTS_SHOWN = 10

/** `faircopy status`: what the store holds, and what is undecided. */
export async function runStatus(context: Context): Promise<ExitCode> {
  const harm = new StoreHarm(context.databasePath)
  const status = await withReader(context, (store) => storeStatus(store, harm))
  const { databasePath: path, out } = context
  const undecided = status.undecided.map((session) => ({ ...session, next: wayOut(context, session) }))
  const notImported = status.notImported.map((session) => ({ ...session, next: importing(context, session) }))
  const document = { path, ...status, undecided, notImported }
  if (context.json) await writeLines(out, [JSON.stringify(document, null, 2)])
  else await writeLines(out, statusLines(context, status))
  harm.tell()
  return status.undecided.length > 0 ? ExitCode.findings : ExitCode.done
}

/** The command that shows both sides of an undecided session, or else leads out of its state. */
function wayOut(context: Context, session: UndecidedSession): string {
  const reason = session.reason as SessionReason | null
  const command = (reason && SESSION_REASONS[reason]?.command) ?? 'faircopy resolve SESSION'
  return nextCommand(command, { session, source: session.source ?? undefined, db: storeToName(context) })
}

function statusLines(
  context: Context,
  { sessions, entries, imports, undecided, notImported, decided }: StoreStatus,
): string[] {
  const { ink, databasePath } = context
  const ids = imports.map(({ id }) => id)
  const older = imports.length - IMPORTS_SHOWN
  return [
    `${ink.bold(shortPath(databasePath))}: ${plural(sessions, 'session')}, ${plural(entries, 'entry', 'entries')}`,
    '',
    ink.bold(plural(imports.length, 'import')),
    ...(older > 0 ? [ink.dim(`  ${plural(older, 'older one')}; --json lists all`)] : []),
    ...table(
      ink,
      [{ heading: '' }, { heading: '' }, { heading: '' }, { heading: '' }],
      imports
        .slice(-IMPORTS_SHOWN)
        .map(({ id, at, format, path }): Cell[] => [
          shortImportId(id, ids),
          timeText(at),
          format ?? '',
          shortPath(path ?? ''),
        ]),
    ),
    '',
    ...(undecided.length === 0 ? [ink.green('Nothing is undecided.')] : undecidedText(context, undecided)),
    ...awaitedText(context, notImported),
    ...(decided.length === 0
      ? []
      : [ink.dim(`${plural(decided.length, 'decision')} of a person; --json lists them`)]),
  ]
}

/** The command that imports a session which is only known of. */
function importing(context: Context, { source }: AwaitedSession): string {
  return nextCommand('faircopy import SOURCE', { source: source ?? undefined, db: storeToName(context) })
}

function awaitedText(context: Context, notImported: readonly AwaitedSession[]): string[] {
  if (notImported.length === 0) return []
  const commands = new Set(notImported.map((session) => importing(context, session)))
  return [
    context.ink.bold(`${plural(notImported.length, 'session')} not imported yet`),
    '  A gateway made them known, or their import was undone. All of them now:',
    ...[...commands].map((command) => `    ${context.ink.cyan(command)}`),
  ]
}

function undecidedText(context: Context, undecided: readonly UndecidedSession[]): string[] {
  const { ink } = context
  const reasons = new Set(undecided.map(({ reason }) => reason as SessionReason))
  return [
    ink.bold(`${plural(undecided.length, 'session')} undecided`),
    ...undecided.flatMap((session) => [
      `  ${ink.bold(sessionName(session))}  ${ink.plain(session.reason ?? session.verdict)}  ${ink.dim(timeText(session.at))}`,
      `    ${ink.cyan(wayOut(context, session))}`,
    ]),
    ...[...reasons].flatMap((reason) =>
      REASON_WORDS[reason] ? [ink.dim(`  ${reason}: ${REASON_WORDS[reason]}`)] : [],
    ),
    '  Nothing of them is lost: the store has one side, and the file with the other stays where it is. The commands',
    '  show both sides and what can be decided.',
  ]
}
