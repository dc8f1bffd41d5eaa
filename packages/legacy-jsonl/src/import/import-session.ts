import { RevisionConflict, SessionDeleted, StoreError } from '@faircopy/store-core'
import { giveWay, isHeldLately } from '@faircopy/store-core/backend'
import type { ImportClaimOwner, ImportRun } from '@faircopy/store-core/operator'
import { writeNote } from '../ledger/note-text.ts'
import type { SessionReport } from '../ledger/session-report.ts'
import { failedReport } from '../plan/failed-report.ts'
import type { ImportTarget, SessionPlan, SessionWork } from '../plan/import-plan.ts'
import { planSession } from '../plan/plan-session.ts'
import { isSessionDamage } from '../plan/session-damage.ts'
import { takenMembers } from '../plan/take-witnesses.ts'
import { rememberFacts, toldFacts } from '../plan/told-facts.ts'
import type { LegacySession } from '../source/legacy-source.ts'
import type { SourceProblemCode } from '../source/source-codes.ts'
import { SourceChanged, SourceUnreadable } from '../source/source-error.ts'
import { importSteps } from './import-steps.ts'

/** How one session is imported. */
export interface SessionImportOptions {
  readonly signal?: AbortSignal
  /** Told of each step. */
  readonly onEntry?: () => void
  /** Asked once everything is ready, right before the session is written: writing waits for it. */
  readonly ready?: () => Promise<void>
}

/** What became of one session. */
export interface SessionImported {
  readonly report: SessionReport
  /** Whether anything was written, a note at least. */
  readonly wrote: boolean
  /** The error that the session failed with; null where it did not. */
  readonly error: unknown
}

const ATTEMPTS = 3

/**
 * Imports one session under its claim: `plan` is asked once the claim is there, so nobody else imports the session
 * between deciding and writing. Never waits for the claim of another importer.
 *
 * Fails only with errors of the store as a whole and the signal's reason.
 */
export async function claimAndImport(
  session: LegacySession,
  plan: () => Promise<SessionPlan> | SessionPlan,
  store: ImportTarget,
  run: ImportRun,
  options: SessionImportOptions = {},
): Promise<SessionImported | { readonly heldBy: ImportClaimOwner }> {
  const claiming = await store.claimImport(session)
  if ('heldBy' in claiming) return claiming
  try {
    return await importSession(await plan(), store, run, options)
  } finally {
    // What can't be released now goes with the store's handle; it must not hide how the import ended.
    await claiming.claim.release().catch(() => {})
  }
}

/** Carries out a session's plan, and plans it again where its source or the store moved on since. */
async function importSession(
  planned: SessionPlan,
  store: ImportTarget,
  run: ImportRun,
  options: SessionImportOptions,
): Promise<SessionImported> {
  const { signal } = options
  const { session } = planned
  let plan = planned
  for (let attempt = 1; ; attempt++) {
    try {
      if (!plan.work) return { report: plan.report, wrote: false, error: null }
      const status = await write({ ...plan, work: plan.work }, store, run, options)
      if (status === 'imported') return { report: plan.report, wrote: true, error: null }
      // Another importer was first. What it wrote is not this run's to tell, or to take back.
      // Looks again: what is there, now that another importer was first.
      plan = await planSession(session, store, signal)
    } catch (error) {
      if ((error instanceof SourceChanged || isRevisionConflict(error)) && attempt < ATTEMPTS) {
        plan = await planSession(session, store, signal)
        continue
      }
      const code = sessionFailure(error, session)
      if (!code) throw error
      signal?.throwIfAborted()
      const detail = String((error as Error).message)
      return { report: failedReport(plan.report, session, code, detail), wrote: false, error }
    }
  }
}

async function write(
  { session, report, work }: SessionPlan & { readonly work: SessionWork },
  store: ImportTarget,
  run: ImportRun,
  { signal, onEntry = () => {}, ready }: SessionImportOptions,
): Promise<'imported' | 'already'> {
  const { placement } = work
  const steps = placement
    ? counted(importSteps(session, { ...work, placement }, store, run.id), onEntry)
    : null
  const entryCount = placement ? placement.store.length : ((await store.get(session))?.entryCount ?? 0)
  const told = work.told ?? toldFacts(session, work.file)
  const receipt = await store.import({
    run,
    session: { namespace: session.namespace, id: session.id },
    about: {
      codec: (work.file ?? work.database)?.witness.codec ?? 'openai-chat',
      ...(work.about ?? told),
    },
    expectedHead: work.expectedHead,
    steps,
    note: writeNote({
      ...work.note,
      report,
      entryCount,
      ...takenMembers(work, run.id),
      ...(placement ? rememberFacts(told) : {}),
      source: run.about,
    }),
    confirm: async () => {
      for (const planned of [work.database, work.file]) {
        // Looks again: whether the source changed since it was planned.
        if (planned && !(await planned.witness.unchanged())) throw new SourceChanged(planned.witness.path)
      }
      await ready?.()
    },
    ...(signal ? { signal } : {}),
  })
  return receipt.status
}

async function* counted<T>(steps: AsyncIterable<T>, onEntry: () => void): AsyncGenerator<T> {
  for await (const step of steps) {
    // Lines of one chunk, and what is made of them, come without a turn of the event loop.
    if (isHeldLately()) await giveWay()
    onEntry()
    yield step
  }
}

/** Whether a session moved on since it was planned. */
export function isRevisionConflict(error: unknown): boolean {
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
  if (isSessionDamage(error)) return 'session-failed'
  const ofOneSession = ['INVALID_RECORD', 'INVALID_ARGUMENT', 'REVISION_CONFLICT', 'SESSION_FULL']
  return StoreError.is(error) && ofOneSession.includes(error.code) ? 'session-failed' : null
}
