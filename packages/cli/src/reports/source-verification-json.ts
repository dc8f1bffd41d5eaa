import type { SessionVerification, SourceFinding, SourceVerification } from '@faircopy/legacy-jsonl'
import { DEFAULT_NAMESPACE } from '@faircopy/store-core'
import { SOURCE_FINDING_COMMANDS } from '../context/code-commands.ts'
import { type CommandOptions, nextCommand } from '../context/next-command.ts'
import { besideMembers } from './import-report-json.ts'

/**
 * A source as `verify --against --json` tells of it. Its members are a promise; more may come.
 *
 * @param options what its commands have to repeat
 */
export function sourceVerificationMembers(verification: SourceVerification, options: CommandOptions): object {
  const { path, format, sessions, beside, missing, findings } = verification
  return {
    path,
    format,
    proven: findings.length === 0 && sessions.every((session) => session.proven),
    sessions: sessions.map(sessionMembers),
    beside: besideMembers(beside),
    missing,
    findings: findings.map((finding) => findingMembers(path, finding, options)),
  }
}

function sessionMembers(session: SessionVerification): object {
  const { namespace, id, proven, gone, lines, rows, redacted, certificates } = session
  return { id, namespace, proven, gone, lines, rows, redacted, certificates }
}

function findingMembers(source: string, finding: SourceFinding, options: CommandOptions): object {
  const { code, namespace, session, path, line, row, entry, detail } = finding
  return {
    code,
    session,
    namespace,
    path,
    line,
    row,
    entry,
    detail,
    next: findingCommand(source, finding, options),
  }
}

/** The command that leads out of a finding; null where nothing was found that could be named. */
export function findingCommand(
  source: string,
  { code, session, namespace = DEFAULT_NAMESPACE, path }: SourceFinding,
  options: CommandOptions,
): string | null {
  if (code === 'no-transcript' && path === source) return null
  const address = session === undefined ? undefined : { namespace, id: session }
  return nextCommand(SOURCE_FINDING_COMMANDS[code], {
    ...options,
    source,
    file: path,
    folder: path,
    session: address,
  })
}
