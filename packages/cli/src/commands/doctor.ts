import { StoreError } from '@faircopy/store-core'
import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'
import type { Action, Context } from '../context.ts'
import { ExitCode } from '../exit-code.ts'
import { failureOf } from '../failure.ts'
import { fileFindings } from '../file-health.ts'
import type { HealthFinding } from '../health-finding.ts'
import { withReader } from '../open-store.ts'
import { plural } from '../plural.ts'
import { shortPath } from '../short-path.ts'
import { storeFindings } from '../store-health.ts'
import { writeLines } from '../text-sink.ts'

/** `faircopy doctor`: what is not as it should be, and how to mend it. */
export function doctorCommand(program: Command, action: Action): void {
  program
    .command('doctor')
    .description('whether the store is in good health, and what mends it; reads only')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy doctor
  $ faircopy doctor --json`,
    )
    .action(action<object>(runDoctor))
}

async function runDoctor(context: Context): Promise<ExitCode> {
  const { databasePath: path, out } = context
  const findings = await examine(context)
  if (context.json) await writeLines(out, [JSON.stringify({ path, findings }, null, 2)])
  else await writeLines(out, findingLines(context, findings))
  return findings.length === 0 ? ExitCode.done : ExitCode.findings
}

/** The files are looked at also where the store in them can't be read. */
async function examine(context: Context): Promise<readonly HealthFinding[]> {
  const found: HealthFinding[] = []
  try {
    found.push(...(await withReader(context, (store) => storeFindings(store, context.signal))))
  } catch (error) {
    context.signal.throwIfAborted()
    if (error instanceof CliError || !StoreError.is(error)) throw error
    const { code, message, advice } = failureOf(error)
    found.push({ code: 'not-readable', detail: `${code}: ${message}`, mend: advice })
  }
  return [...(await fileFindings(context.databasePath)), ...found]
}

function findingLines({ ink, databasePath }: Context, findings: readonly HealthFinding[]): string[] {
  const verdict =
    findings.length === 0 ? ink.green('in good health') : ink.yellow(plural(findings.length, 'finding'))
  return [
    `${ink.bold(shortPath(databasePath))}: ${verdict}`,
    ...findings.flatMap(({ code, detail, mend }) => [
      '',
      `  ${ink.yellow(code)}  ${ink.plain(detail)}`,
      `    ${ink.cyan(mend)}`,
    ]),
    ...(findings.some(({ code }) => code === 'damaged')
      ? []
      : ['', ink.dim('Only the newest sessions were re-hashed; faircopy verify does all.')]),
  ]
}
