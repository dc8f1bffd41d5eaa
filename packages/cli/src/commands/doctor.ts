import { type LogHolder, StoreError } from '@faircopy/store-core'
import type { StoreFacts } from '@faircopy/store-core/operator'
import type { Context } from '../context/context.ts'
import { type CommandWords, namingStore, nextCommand, storeToName } from '../context/next-command.ts'
import { writeLines } from '../files/text-sink.ts'
import { CliError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import { failureOf } from '../reports/failure.ts'
import { HEALTH_CODES } from '../reports/report-codes.ts'
import { type OpenImport, openImports } from '../store/begun-imports.ts'
import { fileFindings } from '../store/file-health.ts'
import type { HealthFinding } from '../store/health-finding.ts'
import { importedSources } from '../store/imported-sources.ts'
import { withReader } from '../store/open-store.ts'
import { isSmall, storeFindings } from '../store/store-health.ts'
import { bytesText } from '../text/bytes-text.ts'
import { shortImportId } from '../text/import-id.ts'
import { plural } from '../text/plural.ts'
import { shortPath } from '../text/short-path.ts'

/** `faircopy doctor`: what is not as it should be, and how to mend it. */
export async function runDoctor(context: Context): Promise<ExitCode> {
  const { databasePath: path, out } = context
  const { facts, findings } = await examine(context)
  if (context.json) await writeLines(out, [JSON.stringify({ path, facts, findings }, null, 2)])
  else await writeLines(out, healthLines(context, { facts, findings }))
  return findings.length === 0 ? ExitCode.done : ExitCode.findings
}

interface Health {
  /** Null where the store can't be read. */
  readonly facts: StoreFacts | null
  readonly findings: readonly ToldFinding[]
}

/** A finding with the command that leads out of it; null where it takes something else. */
interface ToldFinding extends HealthFinding {
  readonly next: string | null
}

/** The files are looked at also where the store in them can't be read. */
async function examine(context: Context): Promise<Health> {
  const found: HealthFinding[] = []
  let facts: StoreFacts | null = null
  let holders: readonly LogHolder[] = []
  let sources: CommandWords = {}
  try {
    await withReader(context, async (store) => {
      facts = await store.facts()
      holders = facts.logHolders ?? []
      sources = await importedSources(store)
      found.push(...(await storeFindings(store, facts, context.signal)))
    })
  } catch (error) {
    context.signal.throwIfAborted()
    if (error instanceof CliError || !StoreError.is(error)) throw error
    const { code, message, advice } = failureOf(error)
    found.push({ code: 'not-readable', detail: `${code}: ${message}`, mend: advice })
  }
  const open = await openImports(context)
  const findings = [
    ...(await fileFindings(context.databasePath, holders)),
    ...open.filter(({ state }) => state !== 'running').map(unfinishedFinding),
    // What an import has staged that is known to be at work, or to be gone on with, is none of its own.
    ...found.filter(({ code }) => code !== 'staged-leftovers' || open.length === 0),
  ]
  const db = storeToName(context)
  const told = findings.map((finding) => ({
    ...finding,
    mend: namingStore(finding.mend, db),
    next: finding.next ?? nextCommand(HEALTH_CODES[finding.code].command, { ...sources, db }),
  }))
  return { facts, findings: told }
}

function unfinishedFinding({ id, state, host, pid, sources, next }: OpenImport): HealthFinding {
  const what = `Import ${shortImportId(id)} of ${sources.map(shortPath).join(', ')}`
  return {
    code: 'import-unfinished',
    detail:
      state === 'unfinished'
        ? `${what} was stopped before all was written; what was written stays.`
        : `${what} is not done; whether process ${pid} of ${host} is at it cannot be seen from here.`,
    mend: 'import again: that goes on where it stopped',
    next,
  }
}

function healthLines(context: Context, { facts, findings }: Health): string[] {
  const { ink, databasePath } = context
  const db = storeToName(context)
  const verdict =
    findings.length === 0 ? ink.green('in good health') : ink.yellow(plural(findings.length, 'finding'))
  return [
    `${ink.bold(shortPath(databasePath))}: ${verdict}`,
    ...(facts ? [ink.dim(factsText(facts))] : []),
    ...findings.flatMap(({ code, detail, mend, next }) => [
      '',
      `  ${ink.yellow(code)}  ${ink.plain(detail)}`,
      `    ${ink.plain(mend)}`,
      ...(next === null ? [] : [`    ${ink.cyan(next)}`]),
    ]),
    ...(!facts || isSmall(facts.entries) || findings.some(({ code }) => code === 'damaged')
      ? []
      : [
          '',
          ink.dim(
            `Only the newest sessions were re-hashed; all of them: ${nextCommand('faircopy verify', { db })}`,
          ),
        ]),
  ]
}

function factsText(facts: StoreFacts): string {
  const { sessions, endedSessions, deletedSessions, entries, historyEntries, bytes, walBytes } = facts
  return [
    `schema ${facts.schemaVersion ?? '?'}`,
    `${plural(sessions, 'session')} (${endedSessions} ended) and ${deletedSessions} deleted`,
    `${plural(entries, 'entry', 'entries')} (${historyEntries} no longer said)`,
    `${bytesText(bytes ?? 0)} and a log of ${bytesText(walBytes ?? 0)}`,
  ].join(', ')
}
