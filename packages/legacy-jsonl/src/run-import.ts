import { randomUUID } from 'node:crypto'
import { type ImportRun, RevisionConflict, SessionDeleted, StoreError } from '@faircopy/store-core'
import type { ImportPlan, ImportTarget, SessionPlan, SessionWork } from './import-plan.ts'
import { composeReport, type ImportReport } from './import-report.ts'
import { importSteps } from './import-steps.ts'
import type { LegacySession } from './legacy-source.ts'
import { ledgerReport, planSession } from './plan-session.ts'
import type { SessionReport } from './session-report.ts'
import { SourceChanged, SourceUnreadable } from './source-error.ts'
import type { SourceProblemCode } from './source-problem.ts'

/** How far an import is. */
export interface ImportProgress {
  /** Sessions done with, of so many. */
  readonly sessions: number
  readonly of: number
  /** Entries written so far. */
  readonly entries: number
  /** The session at hand. */
  readonly id: string
}

/** How an import is run. */
export interface RunOptions {
  /** Told after each session, and now and then within a long one. */
  readonly onProgress?: (progress: ImportProgress) => void
  /** Stops between sessions, or within one, which then leaves nothing visible. The signal's reason is thrown. */
  readonly signal?: AbortSignal
  /** The run's id and time, where several sources are one import. Defaults to a new one. */
  readonly run?: Pick<ImportRun, 'id' | 'at'>
}

const ATTEMPTS = 3
const PROGRESS_EVERY = 2000

/**
 * Carries out a plan, session by session. Each becomes visible whole or not at all (S9); one that fails is reported and
 * stops no other. A session whose source or store moved on since the plan is planned again. The same content again
 * writes nothing, wherever it lies.
 *
 * Fails only with what no later session could survive: errors of the store as a whole (`StoreFull`, `StoreIo`,
 * `StoreReplaced`, …) and the signal's reason. What was imported until then stays; running it again goes on.
 */
export async function runImport(plan: ImportPlan, options: RunOptions = {}): Promise<ImportReport> {
  const { store } = plan
  if (!store) throw new TypeError('This plan was made without a store; plan again with one to carry it out.')
  const run: ImportRun = {
    id: options.run?.id ?? randomUUID(),
    at: options.run?.at ?? Date.now(),
    about: { path: plan.source.path, format: plan.source.format },
  }
  const reports: SessionReport[] = []
  let wrote = false
  let entries = 0
  for (const planned of plan.sessions) {
    options.signal?.throwIfAborted()
    const { id } = planned.session
    const done = await runSession(planned, store, run, options.signal, () => {
      if (++entries % PROGRESS_EVERY === 0) {
        options.onProgress?.({ sessions: reports.length, of: plan.sessions.length, entries, id })
      }
    })
    reports.push(done.report)
    wrote ||= done.wrote
    options.onProgress?.({ sessions: reports.length, of: plan.sessions.length, entries, id })
  }
  return composeReport(plan, reports, wrote ? run.id : null, false)
}

async function runSession(
  planned: SessionPlan,
  store: ImportTarget,
  run: ImportRun,
  signal: AbortSignal | undefined,
  onEntry: () => void,
): Promise<{ readonly report: SessionReport; readonly wrote: boolean }> {
  const { session } = planned
  let plan = planned
  for (let attempt = 1; ; attempt++) {
    try {
      if (!plan.work) return { report: plan.report, wrote: false }
      const status = await write(session, plan.report, plan.work, store, run, signal, onEntry)
      return { report: plan.report, wrote: status === 'imported' }
    } catch (error) {
      if ((error instanceof SourceChanged || isRevisionConflict(error)) && attempt < ATTEMPTS) {
        plan = await planSession(session, store, signal)
        continue
      }
      const code = sessionFailure(error, session)
      if (!code || signal?.aborted) throw error
      return { report: failed(plan.report, session, code, error), wrote: false }
    }
  }
}

async function write(
  session: LegacySession,
  report: SessionReport,
  work: SessionWork,
  store: ImportTarget,
  run: ImportRun,
  signal: AbortSignal | undefined,
  onEntry: () => void,
): Promise<'imported' | 'already'> {
  const { placement } = work
  const steps = placement
    ? counted(importSteps(session, { ...work, placement }, store, run.id), onEntry)
    : null
  const entryCount = placement ? placement.store.length : ((await store.get(session))?.entryCount ?? 0)
  const receipt = await store.import({
    run,
    session: { namespace: session.namespace, id: session.id },
    about: {
      codec: (work.file ?? work.database)?.witness.codec ?? 'openai-chat',
      ...work.file?.about,
      ...session.about,
    },
    expectedHead: work.expectedHead,
    steps,
    note: {
      key: work.key,
      verdict: report.verdict,
      reason: report.reason ?? null,
      report: ledgerReport(report, entryCount),
      certificate: work.certificate,
    },
    confirm: async () => {
      for (const planned of [work.database, work.file]) {
        if (planned && !(await planned.witness.unchanged())) throw new SourceChanged(planned.witness.path)
      }
    },
    ...(signal ? { signal } : {}),
  })
  return receipt.status
}

async function* counted<T>(steps: AsyncIterable<T>, onEntry: () => void): AsyncGenerator<T> {
  for await (const step of steps) {
    onEntry()
    yield step
  }
}

function isRevisionConflict(error: unknown): boolean {
  return error instanceof RevisionConflict || (StoreError.is(error) && error.code === 'REVISION_CONFLICT')
}

function isDeleted(error: unknown): boolean {
  return error instanceof SessionDeleted || (StoreError.is(error) && error.code === 'SESSION_DELETED')
}

/** The problem that stands for an error of one session; null for one of the store as a whole. */
function sessionFailure(error: unknown, session: LegacySession): SourceProblemCode | null {
  if (error instanceof SourceChanged) return 'source-changed'
  if (error instanceof SourceUnreadable) {
    return error.path === session.database?.path ? 'database-unreadable' : 'unreadable-file'
  }
  if (isDeleted(error)) return 'session-deleted'
  const ofOneSession = ['INVALID_RECORD', 'INVALID_ARGUMENT', 'REVISION_CONFLICT', 'SESSION_FULL']
  return StoreError.is(error) && ofOneSession.includes(error.code) ? 'session-failed' : null
}

function failed(
  report: SessionReport,
  session: LegacySession,
  code: SourceProblemCode,
  error: unknown,
): SessionReport {
  const problem = {
    code,
    path: session.file?.path ?? session.database?.path ?? '',
    detail: String((error as Error).message),
  }
  return { ...report, action: 'unchanged', reason: 'failed', problems: [...report.problems, problem] }
}
