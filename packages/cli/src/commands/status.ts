import type { SessionReason } from '@faircopy/legacy-jsonl'
import { SESSION_COMMANDS } from '../context/code-commands.ts'
import type { Context } from '../context/context.ts'
import { nextCommand, storeToName } from '../context/next-command.ts'
import { writeLines } from '../files/text-sink.ts'
import { ExitCode } from '../process/exit-code.ts'
import { type OpenImport, openImports } from '../store/begun-imports.ts'
import { withReader } from '../store/open-store.ts'
import { SOURCE_NOW_WORDS, type SourceNow, sourceNow } from '../store/source-now.ts'
import { StoreHarm } from '../store/store-harm.ts'
import {
  type AwaitedSession,
  type StoreStatus,
  storeStatus,
  type UndecidedSession,
} from '../store/store-status.ts'
import { contentsText } from '../text/contents-text.ts'
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
  const undecided = status.undecided.map(({ reading, ...session }) => ({
    ...session,
    next: wayOut(context, { ...session, reading }),
  }))
  const notImported = status.notImported.map(({ reading, ...session }) => ({
    ...session,
    next: importing(context, { ...session, reading }),
  }))
  const open = await openImports(context)
  const running = open.filter(({ state }) => state === 'running')
  const unfinished = open.filter(({ state }) => state !== 'running')
  const imports = await Promise.all(status.imports.map(withSource))
  const { contents, decided } = status
  const { sessions, entries } = contents
  const document = { path, sessions, entries, imports, running, unfinished, undecided, notImported, decided }
  if (context.json) await writeLines(out, [JSON.stringify(document, null, 2)])
  else await writeLines(out, statusLines(context, { ...status, imports }, open))
  harm.tell()
  return unfinished.length > 0 || status.undecided.length > 0 ? ExitCode.findings : ExitCode.done
}

type Imported = StoreStatus['imports'][number]

/** How a store stands, and how the sources of its imports do: null where one is not known. */
interface StatusNow extends StoreStatus {
  readonly imports: readonly (Imported & { readonly now: SourceNow | null })[]
}

async function withSource(run: Imported): Promise<StatusNow['imports'][number]> {
  return { ...run, now: run.path === null ? null : await sourceNow(run.path) }
}

/** The command that shows both sides of an undecided session, or else leads out of its state. */
function wayOut(context: Context, session: UndecidedSession): string {
  const reason = session.reason as SessionReason | null
  const command = (reason && SESSION_COMMANDS[reason]) ?? 'faircopy resolve SESSION'
  const { source, reading } = session
  return nextCommand(command, { session, source: source ?? undefined, reading, db: storeToName(context) })
}

function statusLines(
  context: Context,
  { contents, imports, undecided, notImported, decided }: StatusNow,
  open: readonly OpenImport[],
): string[] {
  const { ink, databasePath } = context
  const ids = imports.map(({ id }) => id)
  const older = imports.length - IMPORTS_SHOWN
  return [
    `${ink.bold(shortPath(databasePath))}: ${contentsText(contents)}`,
    '',
    ink.bold(plural(imports.length, 'import')),
    ...(older > 0 ? [ink.dim(`  ${plural(older, 'older one')}; --json lists all`)] : []),
    ...table(
      ink,
      [{ heading: '' }, { heading: '' }, { heading: '' }, { heading: '' }, { heading: '' }],
      imports
        .slice(-IMPORTS_SHOWN)
        .map(({ id, at, format, path, undone, now }): Cell[] => [
          shortImportId(id, ids),
          timeText(at),
          format ?? '',
          shortPath(path ?? ''),
          [undone ? 'undone' : now === null ? '' : SOURCE_NOW_WORDS[now], 'dim'],
        ]),
    ),
    ...open.flatMap((one) => openText(context, one)),
    '',
    ...(undecided.length === 0 ? [ink.green('Nothing is undecided.')] : undecidedText(context, undecided)),
    ...awaitedText(context, notImported),
    ...(decided.length === 0
      ? []
      : [ink.dim(`${plural(decided.length, 'decision')} of a person; --json lists them`)]),
  ]
}

function openText({ ink }: Context, { id, at, state, host, pid, sources, next }: OpenImport): string[] {
  const what = `import ${shortImportId(id)} of ${sources.map(shortPath).join(', ')}, begun ${timeText(at)}`
  if (state === 'running') return ['', `${ink.bold('Running')}: ${ink.plain(`${what}, by process ${pid}`)}`]
  const why =
    state === 'unfinished'
      ? 'It was stopped before all was written; what was written stays.'
      : `Whether process ${pid} of ${host} is still at it cannot be seen from here.`
  return [
    '',
    `${ink.yellow('Unfinished')}: ${ink.plain(what)}`,
    ink.plain(`  ${why} To go on:`),
    `    ${ink.cyan(next)}`,
  ]
}

/** The command that imports a session which is only known of. */
function importing(context: Context, { source, reading }: AwaitedSession): string {
  const words = { source: source ?? undefined, reading, db: storeToName(context) }
  return nextCommand('faircopy import SOURCE', words)
}

function awaitedText(context: Context, notImported: readonly AwaitedSession[]): string[] {
  if (notImported.length === 0) return []
  const commands = new Set(notImported.map((session) => importing(context, session)))
  return [
    context.ink.bold(`${plural(notImported.length, 'session')} not imported yet, or not whole`),
    '  A gateway made them known, their import was undone, or not all of their source could be read. All of them now:',
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
