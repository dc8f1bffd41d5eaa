import { type LogHolder, StoreError, type StoreFacts } from '@faircopy/store-core'
import { CliError } from '../cli-error.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit-code.ts'
import { failureOf } from '../failure.ts'
import { writeLines } from '../files/text-sink.ts'
import { namingStore, storeToName } from '../next-command.ts'
import { fileFindings } from '../store/file-health.ts'
import type { HealthFinding } from '../store/health-finding.ts'
import { withReader } from '../store/open-store.ts'
import { isSmall, storeFindings } from '../store/store-health.ts'
import { bytesText } from '../text/bytes-text.ts'
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
  readonly findings: readonly HealthFinding[]
}

/** The files are looked at also where the store in them can't be read. */
async function examine(context: Context): Promise<Health> {
  const found: HealthFinding[] = []
  let facts: StoreFacts | null = null
  let holders: readonly LogHolder[] = []
  try {
    await withReader(context, async (store) => {
      facts = await store.facts()
      holders = facts.logHolders ?? []
      found.push(...(await storeFindings(store, facts, context.signal)))
    })
  } catch (error) {
    context.signal.throwIfAborted()
    if (error instanceof CliError || !StoreError.is(error)) throw error
    const { code, message, advice } = failureOf(error)
    found.push({ code: 'not-readable', detail: `${code}: ${message}`, mend: advice })
  }
  const findings = [...(await fileFindings(context.databasePath, holders)), ...found]
  const db = storeToName(context)
  return { facts, findings: findings.map((finding) => ({ ...finding, mend: namingStore(finding.mend, db) })) }
}

function healthLines({ ink, databasePath }: Context, { facts, findings }: Health): string[] {
  const verdict =
    findings.length === 0 ? ink.green('in good health') : ink.yellow(plural(findings.length, 'finding'))
  return [
    `${ink.bold(shortPath(databasePath))}: ${verdict}`,
    ...(facts ? [ink.dim(factsText(facts))] : []),
    ...findings.flatMap(({ code, detail, mend }) => [
      '',
      `  ${ink.yellow(code)}  ${ink.plain(detail)}`,
      `    ${ink.cyan(mend)}`,
    ]),
    ...(!facts || isSmall(facts.entries) || findings.some(({ code }) => code === 'damaged')
      ? []
      : ['', ink.dim('Only the newest sessions were re-hashed; faircopy verify does all.')]),
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
