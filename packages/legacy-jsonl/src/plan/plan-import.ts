import { isGone, isTold, lackOf, missingOf } from '../ledger/lacking-source.ts'
import { isBarred, notesOf } from '../ledger/session-standing.ts'
import type { LegacySession, LegacySource } from '../source/legacy-source.ts'
import { listSessions, sessionKey } from '../source/session-listing.ts'
import type { SourceProblemCode } from '../source/source-codes.ts'
import { isOfUnread } from '../witness/scan-session.ts'
import { failedReport } from './failed-report.ts'
import type { ImportPlan, ImportTarget, SessionPlan } from './import-plan.ts'
import { planSession } from './plan-session.ts'
import { isSessionDamage } from './session-damage.ts'

/** How an import is planned. */
export interface PlanOptions {
  /** Told after each session. */
  readonly onProgress?: (done: { readonly sessions: number; readonly id: string }) => void
  readonly signal?: AbortSignal
}

/**
 * Decides, for every session of a source, what an import will do, and writes nothing anywhere. {@link runImport}
 * carries out this very plan; a dry run stops here. Pass null for a store that does not exist yet.
 *
 * A session that several files of the source claim is planned once. Equal files are one; one that begins with all of
 * every other tells the session; else it is ambiguous (`several-files`), nothing of the files is written, and importing
 * one of them by itself decides: the ledger remembers it. One that is damaged in the store, or was imported and then
 * deleted, is planned as failed, and stops no other. A source that tells no session has the problem `no-transcript`, or
 * `source-gone` where the ledger knows sessions of it, and nothing is noted of them; one that only names some in an index
 * tells none, and neither does one that has no line and no row of them any more.
 *
 * Cost: reads the source once; memory of about 150 bytes for an entry of the session at hand, 10 for every other.
 *
 * @example
 * ```ts
 * import { openJsonlSource, planImport, runImport } from '@faircopy/legacy-jsonl'
 * import { openSqliteStore } from '@faircopy/store-sqlite'
 *
 * const store = await openSqliteStore({ path: '/tmp/transcripts.db' })
 * const source = await openJsonlSource('/tmp/old-sessions')
 * const plan = await planImport(source, store)
 * console.log(plan.sessions.map(({ report }) => `${report.id}: ${report.verdict}`))
 * const report = await runImport(plan)
 * console.log(report.totals)
 * await source.close()
 * await store.close()
 * ```
 */
export async function planImport(
  source: LegacySource,
  store: ImportTarget | null,
  options: PlanOptions = {},
): Promise<ImportPlan> {
  const sessions: SessionPlan[] = []
  const listed = await listSessions(source, options.signal)
  let isAnyTold = false
  for (const session of listed.values()) {
    options.signal?.throwIfAborted()
    const plan = await planOrFail(session, store, options.signal)
    sessions.push(plan)
    isAnyTold ||= tells(session, plan)
    options.onProgress?.({ sessions: sessions.length, id: session.id })
  }
  if (isAnyTold) return { source, store, sessions, problems: source.problems }
  const told = new Map([...listed].filter(([, session]) => isTold(session)))
  const missing = store
    ? await missingOf(source.path, told, (session) => isGone(session, store), store)
    : null
  const lack = lackOf(source.path, listed.size, missing?.size ?? 0)
  return {
    source,
    store,
    sessions: sessions.map((plan) => (missing?.has(sessionKey(plan.session)) ? ofGone(plan) : plan)),
    problems: [...source.problems, ...(lack ? [lack] : [])],
  }
}

/** Of a source that is gone it is said once, and what it is now is not noted. */
function ofGone(plan: SessionPlan): SessionPlan {
  const problems = plan.report.problems.filter(({ code }) => code !== 'source-truncated')
  return { ...plan, report: { ...plan.report, problems }, work: null }
}

/** Whether a source has, or may have, a line or a row of a session. */
function tells({ refused = [] }: LegacySession, { report }: SessionPlan): boolean {
  const { lines, rows = 0, problems } = report
  return lines.total - lines.blank + rows > 0 || refused.length > 0 || problems.some(isOfUnread)
}

/**
 * A session that is damaged in the store, or was imported and deleted, is reported as its source tells it, and nothing of
 * it is to be written.
 */
async function planOrFail(
  session: LegacySession,
  store: ImportTarget | null,
  signal: AbortSignal | undefined,
): Promise<SessionPlan> {
  const failed = async (code: SourceProblemCode, detail: string): Promise<SessionPlan> => {
    const plan = await planSession(session, null, signal)
    return { ...plan, report: failedReport(plan.report, session, code, detail), work: null }
  }
  try {
    if (store && !(await store.get(session)) && isBarred(await notesOf(store, session)))
      return await failed(
        'session-deleted',
        'it was deleted from the store, or pruned; nothing of it is there',
      )
    return await planSession(session, store, signal)
  } catch (error) {
    if (!isSessionDamage(error)) throw error
    return failed('session-failed', error.message)
  }
}
