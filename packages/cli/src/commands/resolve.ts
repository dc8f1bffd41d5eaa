import { lstat } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  alignedRows,
  type LegacySession,
  memoryOf,
  type Note,
  notesOf,
  planResolution,
  RESOLUTION_CHOICES,
  type ResolutionChoice,
  type ResolutionPlan,
  ResolutionRefused,
  runResolution,
  standingOf,
  undoResolution,
} from '@faircopy/legacy-jsonl'
import { codecNamed, DEFAULT_NAMESPACE, type SessionAddress } from '@faircopy/store-core'
import { sessionLabel } from '@faircopy/store-core/backend'
import type { SqliteStore } from '@faircopy/store-sqlite'
import { type Ask, asking, isInteractive } from '../context/ask.ts'
import { RESOLUTION_COMMANDS } from '../context/code-commands.ts'
import type { Context } from '../context/context.ts'
import { nextCommand, storeToName, withCommand } from '../context/next-command.ts'
import { writeLines } from '../files/text-sink.ts'
import { CliError, UsageError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import { Interrupted } from '../process/interrupted.ts'
import { decisionJson, undoneJson, writeSides } from '../reports/resolution-json.ts'
import { legacySession, noLegacySession } from '../sources/find-legacy-session.ts'
import { importNamespaces } from '../sources/import-namespaces.ts'
import { filesKnownTo, withSources } from '../sources/open-source.ts'
import { storedSession } from '../store/find-session.ts'
import { withExisting, withReader } from '../store/open-store.ts'
import { FORMAT_NAMES } from '../text/format-names.ts'
import { plural } from '../text/plural.ts'
import { choiceWords, legacyName, OBSTACLE_WORDS } from '../text/resolution-words.ts'
import { sessionName } from '../text/session-name.ts'
import { shellWord } from '../text/shell-word.ts'
import { pathWithin, shortPath } from '../text/short-path.ts'
import { sideBySide } from '../text/side-by-side.ts'
import { REASON_WORDS } from '../text/verdict-words.ts'

/** Options of `faircopy resolve`. */
export interface ResolveOptions {
  readonly from?: string
  readonly format?: string
  readonly timeZone?: string
  readonly keepCanonical?: boolean
  readonly adoptLegacy?: boolean
  readonly legacyFirst?: boolean
  readonly branch?: boolean
  readonly byTime?: boolean
  readonly note?: string
  readonly undo?: boolean
}

/** Where the legacy side is, and how it is read. */
interface From {
  readonly path: string
  readonly format: string
  readonly timeZone: string | undefined
}

const COLUMNS = 100

/** `faircopy resolve SESSION`: shows the two sides of an undecided session, and decides it. */
export async function runResolve(
  context: Context,
  args: readonly string[],
  options: ResolveOptions,
): Promise<ExitCode> {
  const address = { namespace: context.namespace ?? DEFAULT_NAMESPACE, id: args[0] ?? '' }
  const choice = chosen(options)
  try {
    if (options.undo) return await undo(context, address, options, choice)
    if (choice) return await decide(context, address, options, choice)
    const interactive = isInteractive(context.io) && !context.json
    if (options.note !== undefined && !interactive)
      throw new UsageError('--note goes with a choice, or --undo.')
    return await show(context, address, options, interactive)
  } catch (error) {
    if (error instanceof Interrupted && error === context.signal.reason)
      throw new Interrupted(error.signal, {
        left: 'nothing was decided',
        advice: 'Run the same command again to decide it.',
      })
    throw error instanceof ResolutionRefused ? refusal(context, address, error) : error
  }
}

function chosen(options: ResolveOptions): ResolutionChoice | null {
  const given: { readonly [C in ResolutionChoice]: boolean | undefined } = {
    'keep-canonical': options.keepCanonical,
    'adopt-legacy': options.adoptLegacy,
    'legacy-first': options.legacyFirst,
    branch: options.branch,
    'by-time': options.byTime,
  }
  const [choice = null, ...others] = RESOLUTION_CHOICES.filter((each) => given[each])
  if (others.length > 0) throw new UsageError('A session is decided in one way: give one choice.')
  return choice
}

async function show(
  context: Context,
  address: Required<SessionAddress>,
  options: ResolveOptions,
  interactive: boolean,
): Promise<ExitCode> {
  const choice = await withPlan(context, withReader, address, options, async (plan, from) => {
    const commandOf = (choice: ResolutionChoice): string =>
      resolution(context, address, ` --${choice}${fromOptions(options)}`)
    const codec = codecNamed(plan.canonical.codec)
    if (context.json) await writeSides(context.out, plan, codec, commandOf)
    else await writePlan(context, plan, from, commandOf, interactive)
    if (!interactive) return null
    const choices = choiceLines(context, plan, commandOf, interactive)
    return asking(context, (ask) => askChoice(context, withHelp(context, ask, choices), plan))
  })
  if (choice) return decide(context, address, options, choice)
  if (interactive) await writeLines(context.err, ['Nothing was written.'])
  return ExitCode.findings
}

/** Shows the choices again for a `?`, and asks again. */
function withHelp({ out }: Context, ask: Ask, choices: readonly string[]): Ask {
  return async (question) => {
    for (;;) {
      const answer = await ask(question)
      if (answer !== '?') return answer
      await writeLines(out, choices)
    }
  }
}

async function askChoice(context: Context, ask: Ask, plan: ResolutionPlan): Promise<ResolutionChoice | null> {
  const possible = plan.offers.filter(({ report }) => report !== null).map(({ choice }) => choice)
  const numbers = possible.length === 1 ? '1' : `1 to ${possible.length}`
  for (;;) {
    const answer = await ask(`Which? ${numbers}, or its name; ? shows them; Enter leaves it undecided: `)
    if (answer === null || answer === '') return null
    const word = answer.replace(/^--/, '')
    const choice = possible.find((each, i) => each === word || String(i + 1) === word)
    if (choice)
      return /^y(es)?$/i.test((await ask(`Decide it with --${choice}? [y/N] `)) ?? '') ? choice : null
    await writeLines(context.err, [`There is no ${context.ink.plain(word)} among them.`])
  }
}

async function decide(
  context: Context,
  address: Required<SessionAddress>,
  options: ResolveOptions,
  choice: ResolutionChoice,
): Promise<ExitCode> {
  const { note } = options
  return withPlan(context, withExisting, address, options, async (plan, { path, format }) => {
    const { report: offered, obstacle } = plan.offers.find((offer) => offer.choice === choice) ?? {}
    if (!offered && obstacle)
      throw new CliError('CHOICE_NOT_POSSIBLE', `--${choice} is not possible: ${OBSTACLE_WORDS[obstacle]}.`, {
        advice: `What is possible: ${resolution(context, address, fromOptions(options))}`,
      })
    const receipt = await runResolution(plan, choice, {
      run: { id: crypto.randomUUID(), at: Date.now(), about: { path, format, resolve: choice } },
      signal: context.signal,
      ...(note === undefined ? {} : { note }),
    })
    const { ink } = context
    const undoing = resolution(context, address, ' --undo')
    await writeLines(
      context.out,
      context.json
        ? [decisionJson(address, receipt, note)]
        : [
            `${ink.green('Decided')} with --${choice}: ${ink.bold(sessionName(address))} ${ink.plain(choiceWords(choice, receipt.report, plan))}.`,
            `  To take it back: ${ink.cyan(undoing)}`,
          ],
    )
    return ExitCode.done
  })
}

async function undo(
  context: Context,
  address: Required<SessionAddress>,
  options: ResolveOptions,
  choice: ResolutionChoice | null,
): Promise<ExitCode> {
  if (choice) throw new UsageError('--undo takes a decision back: no choice goes with it.')
  return withExisting(context, async (store) => {
    await storedSession(store, address.id, context.namespace)
    const undone = await undoResolution(
      address,
      store,
      options.note === undefined ? {} : { note: options.note },
    )
    const { ink } = context
    const again = resolution(context, address)
    await writeLines(
      context.out,
      context.json
        ? [undoneJson(address, undone)]
        : [
            `${ink.green('Undone')}: ${ink.bold(sessionName(address))} says what it said before --${undone.choice}, and is undecided again.`,
            `  To decide it: ${ink.cyan(again)}`,
          ],
    )
    return ExitCode.done
  })
}

/** Finds both sides and lays them beside each other. */
async function withPlan<T>(
  context: Context,
  open: typeof withReader,
  address: Required<SessionAddress>,
  options: ResolveOptions,
  work: (plan: ResolutionPlan, from: From) => Promise<T>,
): Promise<T> {
  return open(context, async (store) => {
    await storedSession(store, address.id, context.namespace)
    const from = await sourceOf(context, store, address, options)
    return withLegacySession(context, from, address, async (session) =>
      work(await planResolution(session, store, context.signal), from),
    )
  })
}

/** The source that is named, else the one that left the session undecided. */
async function sourceOf(
  context: Context,
  store: SqliteStore,
  address: Required<SessionAddress>,
  { from, format, timeZone }: ResolveOptions,
): Promise<From> {
  const read = { format: format ?? 'auto', timeZone }
  if (from !== undefined) return { path: from, ...read }
  const standing = standingOf(await notesOf(store, address))
  if (standing.as === 'never-imported' || standing.as === 'undone')
    throw new ResolutionRefused('NEVER_IMPORTED', address)
  if (standing.as === 'known') throw new ResolutionRefused('NOTHING_TO_DECIDE', address)
  if (standing.as === 'decided')
    throw new ResolutionRefused('ALREADY_DECIDED', address, standing.decision.choice)
  const source = await importedFrom(store, standing.note)
  if (source && (await isThere(source.path)))
    return { ...read, path: source.path, format: format ?? source.format }
  const was = source ? `, ${shortPath(source.path)},` : ''
  throw new CliError(
    'SOURCE_GONE',
    `The source that session ${sessionLabel(address)} was imported from${was} is not there.`,
    {
      exitCode: ExitCode.io,
      advice: `Say where it is now: ${resolution(context, address, ' --from SOURCE')}`,
    },
  )
}

async function importedFrom(
  store: SqliteStore,
  note: Note,
): Promise<{ readonly path: string; readonly format: string } | null> {
  let about = memoryOf(note).source
  if (!about) for await (const run of store.imports()) if (run.id === note.importId) about = run.about
  if (typeof about?.['path'] !== 'string') return null
  const read = about['format']
  const format = FORMAT_NAMES.find((name) => name === read) ?? 'auto'
  return { path: about['path'], format }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  )
}

async function withLegacySession<T>(
  context: Context,
  { path, format, timeZone }: From,
  address: Required<SessionAddress>,
  work: (session: LegacySession) => Promise<T>,
): Promise<T> {
  for (const namespace of importNamespaces(context.namespace)) {
    const done = await withSources(
      [path],
      { format, namespace, timeZone, known: filesKnownTo(context) },
      async ([source]) => {
        const session = source && (await legacySession(source, address))
        return session ? { result: await work(session) } : null
      },
    )
    if (done) return done.result
  }
  throw noLegacySession(path, address)
}

async function writePlan(
  context: Context,
  plan: ResolutionPlan,
  from: From,
  commandOf: (choice: ResolutionChoice) => string,
  interactive: boolean,
): Promise<void> {
  const { ink, io, out } = context
  const { canonical, reason, session } = plan
  const title = canonical.title === null ? [] : [ink.plain(canonical.title)]
  const witness = plan.toldBy.map((kind) => session[kind]?.path ?? '')
  const told =
    witness.length === 1 ? `, ${pathWithin(from.path, witness[0] ?? '')}` : `, ${shortPath(from.path)}`
  await writeLines(out, [
    [ink.bold(sessionName(session)), ...title].join('  '),
    ...(reason === null ? [] : [`${ink.yellow(reason)}: ${REASON_WORDS[reason]}`]),
    '',
  ])
  const lines = sideBySide(alignedRows(plan), {
    ink,
    codec: codecNamed(canonical.codec),
    // A terminal that does not know its width says 0.
    width: io.stdout.columns || COLUMNS,
    names: { canonical: 'the store', legacy: `${legacyName(plan)}${told}` },
  })
  for await (const line of lines) {
    if (out.closed) return
    context.signal.throwIfAborted()
    await out.write(`${line}\n`)
  }
  await writeLines(out, ['', ...choiceLines(context, plan, commandOf, interactive)])
}

function choiceLines(
  { ink }: Context,
  plan: ResolutionPlan,
  commandOf: (choice: ResolutionChoice) => string,
  interactive: boolean,
): string[] {
  const { offers } = plan
  const offered = offers.filter(({ report }) => report !== null)
  const possible = offered.flatMap(({ choice, report }, i) =>
    report
      ? [
          `  ${interactive ? `${i + 1}  ` : ''}${ink.green(`--${choice}`)}  ${ink.plain(choiceWords(choice, report, plan))}`,
          `${interactive ? '       ' : '    '}${ink.cyan(commandOf(choice))}`,
        ]
      : [],
  )
  const others = offers.flatMap(({ choice, obstacle }) =>
    obstacle ? [ink.dim(`  --${choice}: ${OBSTACLE_WORDS[obstacle]}`)] : [],
  )
  return [
    ink.bold(`It can be decided in ${plural(offered.length, 'way')}; each can be taken back with --undo`),
    ...possible,
    ...(others.length > 0 ? ['', ink.bold('Not possible'), ...others] : []),
    ...(interactive ? [''] : []),
  ]
}

/** The options that have to be repeated for the same source to be read the same way. */
function fromOptions({ from, format, timeZone }: ResolveOptions): string {
  return [
    from === undefined ? '' : ` --from ${shellWord(resolve(from))}`,
    format === undefined ? '' : ` --format ${format}`,
    timeZone === undefined ? '' : ` --time-zone ${shellWord(timeZone)}`,
  ].join('')
}

/** The command that shows an undecided session, and with a choice among its options decides it. */
function resolution(context: Context, session: Required<SessionAddress>, more = ''): string {
  return nextCommand('faircopy resolve SESSION', { session, more, db: storeToName(context) })
}

/** A refusal, with the command that leads on. */
function refusal(context: Context, session: Required<SessionAddress>, error: ResolutionRefused): CliError {
  const message = error.message.slice(0, -error.advice.length - 1)
  const next = nextCommand(RESOLUTION_COMMANDS[error.code], { session, db: storeToName(context) })
  const advice = withCommand(error.advice, next)
  return new CliError(error.code, message, { advice, cause: error })
}
