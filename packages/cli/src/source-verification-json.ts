import type { SessionVerification, SourceFinding, SourceVerification } from '@faircopy/legacy-jsonl'
import { findingCommand } from './finding-command.ts'

/** A source as `verify --against --json` tells of it. Its members are a promise; more may come. */
export function sourceVerificationMembers(verification: SourceVerification): object {
  const { path, format, sessions, findings } = verification
  return {
    path,
    format,
    proven: findings.length === 0,
    sessions: sessions.map(sessionMembers),
    findings: findings.map((finding) => findingMembers(path, finding)),
  }
}

function sessionMembers({ namespace, id, proven, lines, rows, certificates }: SessionVerification): object {
  return { id, namespace, proven, lines, rows, certificates }
}

function findingMembers(source: string, finding: SourceFinding): object {
  const { code, namespace, session, path, line, row, entry, detail } = finding
  return { code, session, namespace, path, line, row, entry, detail, next: findingCommand(source, finding) }
}
