import type { VerifyFinding } from '@faircopy/store-core'
import { DEFAULT_NAMESPACE } from '@faircopy/store-core'
import type { Command } from 'commander'
import type { Action, Context } from '../context.ts'
import { ExitCode } from '../exit-code.ts'
import { withReader } from '../open-store.ts'
import { plural } from '../plural.ts'
import { progressOn } from '../progress.ts'
import { sessionName } from '../session-name.ts'
import { shortPath } from '../short-path.ts'
import { type Cell, table } from '../table.ts'
import { writeLines } from '../text-sink.ts'

/** `faircopy verify`: whether what is stored is what was written. */
export function verifyCommand(program: Command, action: Action): void {
  program
    .command('verify')
    .description('re-hash every entry, re-chain every session, check the file itself; reads only')
    .action(action<object>(runVerify))
}

async function runVerify(context: Context): Promise<ExitCode> {
  const { out, ink, io, signal, databasePath } = context
  const progress = progressOn(io)
  const report = await withReader(context, async (store) => {
    try {
      return await store.verify({ signal, onProgress: progress.verified })
    } finally {
      progress.stop()
    }
  })
  const { findings } = report
  if (context.json) await writeLines(out, [JSON.stringify({ path: databasePath, ...report }, null, 2)])
  else {
    const what = `${plural(report.sessions, 'session')}, ${plural(report.entries, 'entry', 'entries')}`
    const verdict =
      findings.length === 0 ? ink.green('all as written') : ink.red(plural(findings.length, 'finding'))
    await writeLines(out, [
      `${ink.bold(shortPath(databasePath))}: ${what}: ${verdict}`,
      ...table(
        ink,
        [
          { heading: 'finding' },
          { heading: 'session' },
          { heading: 'entry', align: 'right' },
          { heading: '' },
        ],
        findings.map(findingCells),
      ),
    ])
  }
  return findings.length === 0 ? ExitCode.done : ExitCode.findings
}

function findingCells({
  code,
  namespace = DEFAULT_NAMESPACE,
  session,
  entry,
  detail,
}: VerifyFinding): Cell[] {
  return [
    [code, 'red'],
    session === undefined ? '' : sessionName({ namespace, id: session }),
    entry ?? '',
    detail,
  ]
}
