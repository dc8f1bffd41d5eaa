import {
  type SessionVerification,
  SOURCE_FINDING_CODES,
  type SourceFinding,
  type SourceVerification,
} from '@faircopy/legacy-jsonl'
import { DEFAULT_NAMESPACE } from '@faircopy/store-core'
import { nextCommand } from '../next-command.ts'

/**
 * A source as `verify --against --json` tells of it. Its members are a promise; more may come.
 *
 * @param db the store's file, where the commands have to name it
 */
export function sourceVerificationMembers(verification: SourceVerification, db?: string): object {
  const { path, format, sessions, findings } = verification
  return {
    path,
    format,
    proven: findings.length === 0,
    sessions: sessions.map(sessionMembers),
    findings: findings.map((finding) => findingMembers(path, finding, db)),
  }
}

function sessionMembers({ namespace, id, proven, lines, rows, certificates }: SessionVerification): object {
  return { id, namespace, proven, lines, rows, certificates }
}

function findingMembers(source: string, finding: SourceFinding, db: string | undefined): object {
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
    next: findingCommand(source, finding, db),
  }
}

/** The command that leads out of a finding. */
export function findingCommand(
  source: string,
  { code, session, namespace = DEFAULT_NAMESPACE, path }: SourceFinding,
  db: string | undefined,
): string {
  const address = session === undefined ? undefined : { namespace, id: session }
  return nextCommand(SOURCE_FINDING_CODES[code].command, { source, file: path, session: address, db })
}
