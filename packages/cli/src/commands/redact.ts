import {
  codecNamed,
  type Entry,
  type HistoryEntry,
  type HistoryReader,
  parseRecord,
  type Session,
  type TranscriptReader,
} from '@faircopy/store-core'
import { redactRecord } from '@faircopy/store-core/backend'
import {
  holdsText,
  type RedactReceipt,
  recordHolds,
  type TranscriptImporter,
} from '@faircopy/store-core/operator'
import type { Context } from '../context/context.ts'
import { readInput } from '../files/read-input.ts'
import { writeLines } from '../files/text-sink.ts'
import { CliError, UsageError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import { freeBytesLines } from '../reports/free-bytes-text.ts'
import { storedSession } from '../store/find-session.ts'
import { withExisting, withReader } from '../store/open-store.ts'
import { plural } from '../text/plural.ts'
import { sessionName } from '../text/session-name.ts'

/** Options of `faircopy redact`. */
export interface RedactOptions {
  readonly text?: string
  readonly yes?: boolean
}

/** Where a text stands in a session, by the numbers of entries. */
interface Occurrences {
  /** The entry that was named, and history: what a redaction changes. */
  readonly entries: readonly number[]
  /** Other live entries, which it leaves. */
  readonly elsewhere: readonly number[]
  /** Of those that change, the ones that no longer say whose message they are: no model is given them any more. */
  readonly roleless: readonly number[]
  /** How many lines that are kept beside the entries hold it. */
  readonly lines: number
}

/** `faircopy redact SESSION ENTRY`: removes a text for good. The text itself is never printed. */
export async function runRedact(
  context: Context,
  args: readonly string[],
  { text: given, yes = false }: RedactOptions,
): Promise<ExitCode> {
  const [id = '', entryText = ''] = args
  const entryId = Number(entryText)
  const text = given ?? (await textOnInput(context))
  if (text === '') throw new UsageError('The text is empty.', 'Give it on stdin, or with --text.')
  const open = yes ? withExisting : withReader
  return open(context, async (store) => {
    const session = await storedSession(store, id, context.namespace)
    const found = await occurrences(store, session, entryId, text)
    const receipt = yes ? await store.redact(session, entryId, text) : null
    const entries = receipt?.entries ?? found.entries
    const lines = receipt?.quarantined ?? found.lines
    if (entries.length + lines === 0) throw notThere(found)
    const { freeBytes } = await store.facts()
    const { title, meta } = session
    const isBeside = recordHolds(JSON.stringify({ title, meta }), text)
    await writeLines(
      context.out,
      told(context, session, { ...found, entries, lines, freeBytes, isBeside }, receipt),
    )
    return ExitCode.done
  })
}

/** One line end at the end of stdin is the shell's, not the text's. */
async function textOnInput({ io, signal }: Context): Promise<string> {
  if (!io.stdin || io.stdin.isTTY)
    throw new UsageError('The text to remove is missing.', 'Give it on stdin, or with --text.')
  return (await readInput(io.stdin, signal)).replace(/\r?\n$/, '')
}

async function occurrences(
  store: TranscriptReader & HistoryReader & Pick<TranscriptImporter, 'quarantined'>,
  session: Session,
  entryId: number,
  text: string,
): Promise<Occurrences> {
  const entries: number[] = []
  const elsewhere: number[] = []
  const roleless: number[] = []
  const codec = codecNamed(session.codec)
  const roleOf = (record: string): string | null => codec.view(parseRecord(record)).role
  // What would be redacted is, so that a dry run refuses what the run would.
  const goes = ({ id, record }: Entry | HistoryEntry): boolean => {
    const after = redactRecord(record, text)
    if (after !== null && roleOf(after) !== roleOf(record)) roleless.push(id)
    return after !== null
  }
  for await (const entry of store.read(session)) {
    if (entry.id === entryId) entries.push(...(goes(entry) ? [entry.id] : []))
    else if (recordHolds(entry.record, text)) elsewhere.push(entry.id)
  }
  for await (const entry of store.history(session)) if (goes(entry)) entries.push(entry.id)
  let lines = 0
  for await (const { bytes } of store.quarantined(session, { settled: true }))
    lines += Number(bytes !== null && holdsText(new TextDecoder().decode(bytes), text))
  return { entries: entries.sort((a, b) => a - b), elsewhere, roleless, lines }
}

function notThere({ elsewhere }: Occurrences): CliError {
  return new CliError(
    'NO_SUCH_TEXT',
    'The text does not stand in this entry, nor in the history of its session.',
    {
      advice:
        elsewhere.length > 0
          ? `It stands in other entries: ${elsewhere.join(', ')}.`
          : 'It is compared exactly; the entry is named by its id, as show --json tells it.',
    },
  )
}

/** What is told of a redaction, done or not. */
interface Told extends Occurrences {
  /** With how many bytes nothing uses inside the file now. */
  readonly freeBytes: number | null
  readonly isBeside: boolean
}

function told(
  context: Context,
  session: Session,
  { entries, elsewhere, roleless, lines, freeBytes, isBeside }: Told,
  receipt: RedactReceipt | null,
): string[] {
  const { ink, json } = context
  const { namespace, id } = session
  const dryRun = receipt === null
  if (json) {
    const quarantined = receipt?.quarantined ?? null
    const document = { dryRun, namespace, id, entries, quarantined, elsewhere, freeBytes }
    return [JSON.stringify({ ...document, ...(roleless.length > 0 ? { roleless } : {}) }, null, 2)]
  }
  const places = [
    ...(entries.length > 0 ? [`${entries.length === 1 ? 'entry' : 'entries'} ${entries.join(', ')}`] : []),
    ...(lines > 0 ? [`${plural(lines, 'line')} kept beside the entries`] : []),
  ]
  const where = `${ink.bold(sessionName(session))}, ${places.join(' and ')}`
  return [
    dryRun
      ? `A dry run: the text would be removed from ${where}. Nothing was written.`
      : `The text was removed for good from ${where}.`,
    ...(elsewhere.length > 0
      ? [ink.yellow(`  It also stands in live entries that were not named: ${elsewhere.join(', ')}`)]
      : []),
    ...(roleless.length > 0
      ? [
          ink.yellow(
            `  It stands where ${roleless.length === 1 ? 'entry' : 'entries'} ${roleless.join(', ')} ${roleless.length === 1 ? 'says' : 'say'} whose message it is: no model ${dryRun ? 'would be' : 'is'} given it any more`,
          ),
        ]
      : []),
    ...(isBeside
      ? [ink.yellow("  It also stands in the session's title or meta, which a redaction leaves as they are.")]
      : []),
    ...(dryRun
      ? [`  To do it: the same command with ${ink.cyan('--yes')}`]
      : [
          ink.dim('  Backups and the sources of imports still have it.'),
          ...freeBytesLines(context, freeBytes),
        ]),
  ]
}
