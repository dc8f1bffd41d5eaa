import { stat } from 'node:fs/promises'
import Database from 'better-sqlite3'
import type { Context } from '../context/context.ts'
import { namingStore, storeToName } from '../context/next-command.ts'
import { writeLines } from '../files/text-sink.ts'
import { ExitCode } from '../process/exit-code.ts'
import { failureOf } from '../reports/failure.ts'
import { withReaderOrNull } from '../store/open-store.ts'
import { StoreHarm } from '../store/store-harm.ts'
import { type Counts, type StoreReport, storeReport } from '../store/store-report.ts'

const PROMISE =
  'In this report: versions, numbers, days and codes. Not in it: transcript text, titles, paths, and ids or names of sessions, chats and people. Sessions are hashes, made anew for each report.'

/** What runs, and where. */
interface Surroundings {
  readonly faircopy: string
  readonly node: string
  readonly sqlite: string
  readonly platform: string
}

/** The store's files in bytes; null: not there. */
interface FileSizes {
  readonly bytes: number | null
  readonly walBytes: number | null
}

/** A store that could not be read whole is told by its failure's code. */
type Outcome = { readonly state: StoreReport | null } | { readonly failure: string }

/** `faircopy report`: a sanitised state of the store, for a bug report. */
export async function runReport(context: Context): Promise<ExitCode> {
  const { databasePath, signal, out } = context
  const surroundings = surroundingsHere(context.version)
  const sizes: FileSizes = {
    bytes: await sizeOf(databasePath),
    walBytes: await sizeOf(`${databasePath}-wal`),
  }
  const harm = new StoreHarm(databasePath)
  const outcome = await withReaderOrNull<Outcome>(context, async (store) => ({
    state: store && (await storeReport(store, signal, harm)),
  })).catch((error: unknown): Outcome => {
    signal.throwIfAborted()
    return { failure: failureOf(error).code }
  })
  if (context.json) {
    const document = { promise: PROMISE, ...surroundings, file: sizes, store: null, failure: null }
    const told = 'failure' in outcome ? outcome : { store: outcome.state }
    await writeLines(out, [JSON.stringify({ ...document, ...told }, null, 2)])
  } else await writeLines(out, reportLines(context, surroundings, sizes, outcome))
  // The report names no session: what is damaged is told on stderr, which is nobody's to paste.
  if (!harm.found) return ExitCode.done
  const { code, message, advice } = failureOf(harm.error)
  await writeLines(context.err, [`${code}: ${message}`, namingStore(advice, storeToName(context))])
  return ExitCode.findings
}

function surroundingsHere(faircopy: string): Surroundings {
  const memory = new Database(':memory:')
  try {
    return {
      faircopy,
      node: process.versions.node,
      sqlite: String(memory.prepare('SELECT sqlite_version()').pluck().get()),
      platform: `${process.platform} ${process.arch}`,
    }
  } finally {
    memory.close()
  }
}

async function sizeOf(path: string): Promise<number | null> {
  return (await stat(path).catch(() => null))?.size ?? null
}

function reportLines({ ink }: Context, here: Surroundings, sizes: FileSizes, outcome: Outcome): string[] {
  const bytes = (size: number | null): string =>
    size === null ? 'none' : `${size.toLocaleString('en')} bytes`
  return [
    ink.bold(PROMISE),
    '',
    ink.plain(`faircopy ${here.faircopy}, Node ${here.node}, SQLite ${here.sqlite}, ${here.platform}`),
    ink.plain(`file ${bytes(sizes.bytes)}, write-ahead log ${bytes(sizes.walBytes)}`),
    ...('failure' in outcome
      ? [ink.red(`reading the store failed with ${outcome.failure}`)]
      : outcome.state === null
        ? [ink.plain('no store is there')]
        : stateLines(ink, outcome.state)),
  ]
}

function stateLines(ink: Context['ink'], state: StoreReport): string[] {
  const { sessions, ended, children, namespaces, entries, damaged, longest, byCodec } = state
  const total = { sessions, ended, children, namespaces, entries, longest, damaged }
  const { backend, fileMode, folderMode, ...numbers } = state.facts
  const modes = [fileMode, folderMode].map((mode) => mode?.toString(8) ?? '-').join(' in ')
  const facts = Object.entries(numbers).map(([name, value]) => `${name} ${value ?? '-'}`)
  return [
    ink.plain(`${backend}: ${facts.join(', ')}, mode ${modes}`),
    ink.plain(`${countsText(total)}; codecs: ${countsText(byCodec)}`),
    ...state.imports.flatMap((run, i) => [
      '',
      ink.bold(`import ${i + 1}`) + ink.plain(`  ${run.day}  ${run.format}  sessions ${run.sessions}`),
      ink.plain(`  verdicts: ${countsText(run.byVerdict)}`),
      ink.plain(`  lines: ${countsText(run.lines)}`),
      ink.plain(`  problems: ${countsText(run.problems)}`),
    ]),
    ...(state.attention.length > 0 ? ['', ink.bold('sessions that need a person')] : []),
    ...state.attention.map(({ session, verdict, reason, entries: held, lines, findings }) =>
      ink.plain(
        `  ${session}  ${verdict}  ${reason ?? '-'}  entries: ${countsText(held)}  lines: ${countsText(lines)}  problems: ${countsText(findings)}`,
      ),
    ),
    ...(Object.keys(state.quarantined).length > 0 ? ['', ink.bold('quarantined lines')] : []),
    ...Object.entries(state.quarantined).map(([reason, held]) =>
      ink.plain(`  ${reason}: ${countsText(held)}`),
    ),
  ]
}

/** `merged 4, kept 2`, or `none`. */
function countsText(counts: Counts): string {
  const told = Object.entries(counts).map(([name, count]) => `${name} ${count.toLocaleString('en')}`)
  return told.length === 0 ? 'none' : told.join(', ')
}
