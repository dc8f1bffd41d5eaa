import { randomUUID } from 'node:crypto'
import type { ImportClaimOwner, ImportRun } from '@faircopy/store-core/operator'
import type { SessionReport } from '../ledger/session-report.ts'
import { failedReport } from '../plan/failed-report.ts'
import type { ImportPlan, SessionPlan } from '../plan/import-plan.ts'
import { CommitGate } from './commit-gate.ts'
import { composeReport, type ImportReport } from './import-report.ts'
import { claimAndImport } from './import-session.ts'
import { sideBySide } from './side-by-side.ts'

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
  /**
   * The run's id and time, where several sources are one import, and what else the ledger shall note about it. Defaults to a
   * new one.
   */
  readonly run?: Pick<ImportRun, 'id' | 'at'> & Partial<Pick<ImportRun, 'about'>>
}

const PROGRESS_EVERY = 2000

/**
 * Carries out a plan. Each session becomes visible whole or not at all (S9); one that fails is reported and stops no
 * other. Up to 16 short ones are read side by side and share a commit. A session whose source or store moved on since
 * the plan is planned again. The same content again writes nothing, wherever it lies. The report tells what this run
 * wrote itself: a session that another importer brought meanwhile is `unchanged`, one that failed counts as `failed` alone.
 *
 * Each session is claimed while it is imported, so no other importer works on it meanwhile. One that another process
 * has claimed is passed over and tried again at the end; where it is still held by then it is reported, `failed` with
 * the problem `session-claimed`. Nothing here waits for another process, and no appender waits for this.
 *
 * Fails only with what no later session could survive: errors of the store as a whole (`StoreFull`, `StoreIo`,
 * `StoreReplaced`, …) and the signal's reason. What was imported until then stays; running it again goes on. That a run has
 * not come to its end is marked nowhere in the store: whoever has to know it later keeps a note of his own, as the command
 * does beside the store.
 */
export async function runImport(plan: ImportPlan, options: RunOptions = {}): Promise<ImportReport> {
  const { store } = plan
  if (!store) throw new TypeError('This plan was made without a store; plan again with one to carry it out.')
  const run: ImportRun = {
    id: options.run?.id ?? randomUUID(),
    at: options.run?.at ?? Date.now(),
    about: { ...options.run?.about, path: plan.source.path, format: plan.source.format },
  }
  const reports = new Map<SessionPlan, SessionReport>()
  let wrote = false
  let entries = 0
  const held: SessionPlan[] = []
  const runOne = async (
    planned: SessionPlan,
    heldOver: boolean,
    ready: () => Promise<void>,
  ): Promise<void> => {
    options.signal?.throwIfAborted()
    const { id } = planned.session
    const progress = (): ImportProgress => ({
      sessions: reports.size,
      of: plan.sessions.length,
      entries,
      id,
    })
    const done = planned.work
      ? await claimAndImport(planned.session, () => planned, store, run, {
          ...(options.signal ? { signal: options.signal } : {}),
          ready,
          onEntry: () => {
            if (++entries % PROGRESS_EVERY === 0) options.onProgress?.(progress())
          },
        })
      : { report: planned.report, wrote: false }
    if ('heldBy' in done && !heldOver) {
      held.push(planned)
      return
    }
    reports.set(planned, 'heldBy' in done ? heldReport(planned, done.heldBy) : done.report)
    wrote ||= 'wrote' in done && done.wrote
    options.onProgress?.(progress())
  }
  const runAll = async (sessions: readonly SessionPlan[], heldOver: boolean): Promise<void> => {
    for (const group of sideBySide(sessions)) {
      const gate = new CommitGate(group.length)
      const ended = await Promise.allSettled(
        group.map((planned, i) => runOne(planned, heldOver, () => gate.pass(i)).finally(() => gate.leave(i))),
      )
      for (const end of ended) if (end.status === 'rejected') throw end.reason
    }
  }
  await runAll(plan.sessions, false)
  await runAll(held.splice(0), true)
  const inOrder = plan.sessions.flatMap((planned) => reports.get(planned) ?? [])
  return composeReport(plan, inOrder, wrote ? run.id : null, false)
}

/** What stands for a session whose import another process has not finished. */
function heldReport({ session, report }: SessionPlan, { host, pid }: ImportClaimOwner): SessionReport {
  const detail = `process ${pid} on ${host} is importing the session; import again once it is done`
  return failedReport(report, session, 'session-claimed', detail)
}
