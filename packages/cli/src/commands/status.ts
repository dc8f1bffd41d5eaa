import type { SessionReason } from '@faircopy/legacy-jsonl'
import type { Command } from 'commander'
import type { Action, Context } from '../context.ts'
import { ExitCode } from '../exit-code.ts'
import { withReader } from '../open-store.ts'
import { plural } from '../plural.ts'
import { sessionArguments, sessionName } from '../session-name.ts'
import { shellWord } from '../shell-word.ts'
import { shortPath } from '../short-path.ts'
import { type StoreStatus, storeStatus, type UndecidedSession } from '../store-status.ts'
import { type Cell, table } from '../table.ts'
import { writeLines } from '../text-sink.ts'
import { timeText } from '../time-text.ts'
import { REASON_WORDS } from '../verdict-words.ts'

const IMPORTS_SHOWN = 10

/** `faircopy status`: what the store holds, and what is undecided. */
export function statusCommand(program: Command, action: Action): void {
  program
    .command('status')
    .description('sessions, imports, what is undecided and what to do about it')
    .action(action<object>(runStatus))
}

async function runStatus(context: Context): Promise<ExitCode> {
  const status = await withReader(context, storeStatus)
  const { databasePath: path, out } = context
  if (context.json) await writeLines(out, [JSON.stringify({ path, ...status }, null, 2)])
  else await writeLines(out, statusLines(context, status))
  return status.undecided.length > 0 ? ExitCode.findings : ExitCode.done
}

function statusLines(
  { ink, databasePath }: Context,
  { sessions, entries, imports, undecided }: StoreStatus,
): string[] {
  const older = imports.length - IMPORTS_SHOWN
  return [
    `${ink.bold(shortPath(databasePath))}: ${plural(sessions, 'session')}, ${plural(entries, 'entry', 'entries')}`,
    '',
    ink.bold(plural(imports.length, 'import')),
    ...(older > 0 ? [ink.dim(`  ${plural(older, 'older one')}; --json lists all`)] : []),
    ...table(
      ink,
      [{ heading: '' }, { heading: '' }, { heading: '' }],
      imports
        .slice(-IMPORTS_SHOWN)
        .map(({ at, format, path }): Cell[] => [timeText(at), format ?? '', shortPath(path ?? '')]),
    ),
    '',
    ...(undecided.length === 0 ? [ink.green('Nothing is undecided.')] : undecidedText(ink, undecided)),
  ]
}

function undecidedText(ink: Context['ink'], undecided: readonly UndecidedSession[]): string[] {
  const rows = undecided.map((session): Cell[] => [
    [sessionName(session), 'bold'],
    session.reason ?? session.verdict,
    [timeText(session.at), 'dim'],
  ])
  const reasons = new Set(undecided.map(({ reason }) => reason as SessionReason))
  const [first] = undecided
  const command =
    first &&
    `faircopy show ${sessionArguments(first)} --witness file --from ${shellWord(first.source ?? 'SOURCE')}`
  return [
    ink.bold(`${plural(undecided.length, 'session')} undecided`),
    ...table(ink, [{ heading: '' }, { heading: '' }, { heading: '' }], rows),
    ...[...reasons].flatMap((reason) =>
      REASON_WORDS[reason] ? [ink.dim(`  ${reason}: ${REASON_WORDS[reason]}`)] : [],
    ),
    '  Nothing of them is lost: the store has one side, and the file with the other stays where it is. To read it:',
    `    ${ink.cyan(command ?? '')}`,
  ]
}
