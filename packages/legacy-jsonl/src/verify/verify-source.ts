import { isTold, lackOf, missingOf } from '../ledger/lacking-source.ts'
import { NO_LINES } from '../ledger/line-counts.ts'
import type { ProvingStore } from '../proof/proving-store.ts'
import type { SourceFinding } from '../proof/source-finding.ts'
import type { SessionVerification, SourceVerification } from '../proof/source-verification.ts'
import type { WitnessProof } from '../proof/witness-proof.ts'
import type { LegacySession, LegacySource, LegacyWitness } from '../source/legacy-source.ts'
import { listSessions } from '../source/session-listing.ts'
import type { SourceProblemCode } from '../source/source-codes.ts'
import { besideCounts, isFinding, type SourceProblem } from '../source/source-problem.ts'
import { settleRivals } from '../witness/rival-files.ts'
import { verifySession } from './verify-session.ts'

/** Why a transcript was refused: that is told of its session, where there is one, and of nothing else. */
const OF_A_TRANSCRIPT: ReadonlySet<SourceProblemCode> = new Set([
  'not-understood',
  'other-format',
  'unreadable-file',
])

/** How a source is verified. */
export interface VerifySourceOptions {
  /** Told after each session. */
  readonly onProgress?: (done: {
    readonly sessions: number
    readonly lines: number
    readonly id: string
  }) => void
  /** Says of each witness as well whether the store could do without it: reads nothing more, and compares once more. */
  readonly witnesses?: boolean
  readonly signal?: AbortSignal
}

/**
 * Reads a source and a store again and proves that what the source tells is in the store. Writes nothing. Of every
 * session, what has to hold is:
 *
 * - Each line of its file has one disposition, and they sum up to its lines. Each row of its database has a place.
 * - Each line and row that is an entry stands in the store: once, live in the source's order or as history, byte for
 *   byte where the file's text is the record, less the members that were added; otherwise member for member, or, where an
 *   entry stands for it that did not come from it, by all that the fingerprint covers.
 * - Nothing else is said to come from there, and nothing of a session that is undecided was written.
 * - Lines that are no entry are kept with their bytes.
 * - Every entry has its hash, the session its head, and every head that the ledger names is one that it had.
 * - The counts that the ledger notes are the right ones, and its certificates are proven by the second checker.
 *
 * Of a source without any session nothing is proven: that is the finding `no-transcript`, or `source-gone` where the ledger
 * knows sessions of it. A session that only an index names tells nothing, and where the store has it, it is `missing`; so is
 * one of which an import read lines or rows and that has none now (`gone`): it is not proven.
 *
 * What was appended, undone, replaced or redacted (S27) since is no finding. An entry that was written live cannot be
 * told from one that was forged as such: the source does not know of either.
 *
 * Fails as the store does, and with the signal's reason. A witness that can't be read is a finding.
 *
 * Cost: reads source and store once, generations that the ledger names a second time; memory of about 1 KB for an entry
 * of the session at hand, never a body.
 *
 * @example
 * ```ts
 * import { openJsonlSource, verifySource } from '@faircopy/legacy-jsonl'
 * import { openSqliteStore } from '@faircopy/store-sqlite'
 *
 * const store = await openSqliteStore({ path: '/tmp/transcripts.db', readOnly: true })
 * const source = await openJsonlSource('/tmp/old-sessions')
 * const { findings } = await verifySource(source, store)
 * for (const { code, session, line, detail } of findings) console.log(code, session, line, detail)
 * await source.close()
 * await store.close()
 * ```
 */
export async function verifySource(
  source: LegacySource,
  store: ProvingStore,
  options: VerifySourceOptions = {},
): Promise<SourceVerification> {
  const { signal, witnesses = false } = options
  const sessions: SessionVerification[] = []
  let lines = 0
  const listed = await listSessions(source, signal)
  const isProvable = async (session: LegacySession): Promise<boolean> =>
    isTold(session) || (await store.get(session)) === null
  const told = new Map<string, LegacySession>()
  const gone = new Set<LegacySession>()
  let isAnyTold = false
  for (const [key, session] of listed) {
    signal?.throwIfAborted()
    if (!(await isProvable(session))) continue
    told.set(key, session)
    const verified = await verifyClaimed(session, store, signal, witnesses)
    sessions.push(verified)
    if (verified.gone) gone.add(session)
    isAnyTold ||= tells(verified)
    lines += verified.lines.total
    options.onProgress?.({ sessions: sessions.length, lines, id: session.id })
  }
  const refused = new Set([...told.values()].flatMap((session) => session.refused ?? []))
  const isTwice = (each: SourceProblem): boolean => refused.has(each) && OF_A_TRANSCRIPT.has(each.code)
  const problems = source.problems
    .filter((each) => isFinding(each) && !isTwice(each))
    .map(
      ({ code, path, detail }): SourceFinding => ({
        code: 'source-problem',
        path,
        detail: `${code}: ${detail}`,
      }),
    )
  const missing = await missingOf(source.path, told, (session) => gone.has(session), store)
  const lack = isAnyTold ? null : lackOf(source.path, listed.size, missing.size)
  const left = lack ? sessions.filter((session) => !session.gone) : sessions
  return {
    path: source.path,
    format: source.format,
    sessions: left,
    beside: besideCounts(source.problems),
    missing: missing.size,
    findings: [...(lack ? [lack] : []), ...left.flatMap(({ findings }) => findings), ...problems],
  }
}

/** Whether its source has, or may have, a line or a row of a session. */
function tells({ gone, lines, rows, findings }: SessionVerification): boolean {
  return !gone && lines.total - lines.blank + rows.total + findings.length > 0
}

/** Proves a session by the file that tells it. */
async function verifyClaimed(
  { rivals = [], ...session }: LegacySession,
  store: ProvingStore,
  signal: AbortSignal | undefined,
  witnesses: boolean,
): Promise<SessionVerification> {
  const files = session.file ? [session.file, ...rivals] : []
  if (files.length < 2) return verifySession(session, store, signal, witnesses)
  const { file, contested, covered, problems } = await settleRivals(session, files, store, signal)
  if (contested.length > 0) return contesting(session, files)
  if (!file) return verifySession(session, store, signal, witnesses)
  const verified = await verifySession({ ...session, file: file.witness }, store, signal, witnesses)
  const own = verified.witnesses.find(({ witness }) => witness === file.witness)
  const others = files
    .filter((each) => each !== file.witness)
    .map((witness): WitnessProof => {
      const read = covered.find((each) => each.witness === witness)
      return own && read ? { ...own, witness, digest: read.digest } : unproven(witness)
    })
  const { namespace, id } = session
  const left = problems.filter(({ code }) => code !== 'covered-file')
  return {
    ...verified,
    proven: verified.proven && left.length === 0,
    witnesses: witnesses ? [...verified.witnesses, ...others] : [],
    findings: [
      ...verified.findings,
      ...left.map(
        ({ code, path, detail }): SourceFinding => ({
          code: code === 'other-file' ? 'several-files' : 'source-unreadable',
          namespace,
          session: id,
          path,
          detail,
        }),
      ),
    ],
  }
}

function unproven(witness: LegacyWitness): WitnessProof {
  return { witness, digest: null, note: null, lack: null, anchored: false }
}

/** Files of which none can be preferred prove nothing, and neither does their session's database. */
function contesting(
  { namespace, id, database }: LegacySession,
  files: readonly LegacyWitness[],
): SessionVerification {
  return {
    namespace,
    id,
    proven: false,
    gone: false,
    lines: NO_LINES,
    rows: { total: 0, stored: 0 },
    redacted: 0,
    certificates: { proven: 0, bygone: 0 },
    witnesses: [...files, ...(database ? [database] : [])].map(unproven),
    findings: files.map(({ path }) => ({
      code: 'several-files',
      namespace,
      session: id,
      path,
      detail: `one of ${files.length} files that tell one session differently`,
    })),
  }
}
