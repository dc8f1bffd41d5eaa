import { randomUUID } from 'node:crypto'
import { type NewSession, RevisionConflict, type Session, type SessionAddress } from '@faircopy/store-core'
import { sessionAddress } from '@faircopy/store-core/backend'
import type { ImportRun, ImportStep, LedgerNote } from '@faircopy/store-core/operator'
import { isRevisionConflict } from '../import/import-session.ts'
import { importSteps } from '../import/import-steps.ts'
import { NO_LINES } from '../ledger/line-counts.ts'
import type { RecordedDecision } from '../ledger/note.ts'
import { writeNote } from '../ledger/note-text.ts'
import type { ResolutionChoice } from '../ledger/resolution-choice.ts'
import type { SessionReport } from '../ledger/session-report.ts'
import { noteOf } from '../ledger/session-standing.ts'
import { countMessages, takeAll } from '../plan/decide.ts'
import type { Placement } from '../plan/import-plan.ts'
import { takenMembers } from '../plan/take-witnesses.ts'
import { SourceChanged } from '../source/source-error.ts'
import { placementOf } from './decided-placement.ts'
import { planResolution } from './plan-resolution.ts'
import type { ResolutionPlan } from './resolution-plan.ts'
import { ResolutionRefused } from './resolution-refused.ts'

/** How a decision is carried out. */
export interface ResolutionOptions {
  /** The operator's own words, kept with it. */
  readonly note?: string
  /** The run that it is, in the ledger. Defaults to a new one. */
  readonly run?: ImportRun
  /** Stops, leaving nothing visible. Its reason is thrown. */
  readonly signal?: AbortSignal
}

/** What became of a decision. */
export interface ResolutionReceipt {
  readonly choice: ResolutionChoice
  /** The run; undoing it undoes the decision. */
  readonly importId: string
  readonly report: SessionReport
  readonly session: Session
  /** The session that the legacy side became. */
  readonly branch: Session | null
}

const ATTEMPTS = 3

/**
 * Carries out a choice, in one transaction of the store (S9): what the session says from now on, what becomes history,
 * and a note in the ledger that remembers the choice with its time and the operator's words. Nothing is lost: every
 * entry of both sides is live or history afterwards, or stays where it is with `keep-canonical`. What a gateway wrote
 * live stays live.
 *
 * The same witnesses stay decided, so importing them again writes nothing. A source that has only grown since
 * contributes what is new. {@link undoResolution} takes it back.
 *
 * A session that moved on since the plan is planned again. Fails with `ResolutionRefused`, also where the choice is not
 * possible; with `SourceUnreadable`; and as the store does.
 */
export async function runResolution(
  plan: ResolutionPlan,
  choice: ResolutionChoice,
  options: ResolutionOptions = {},
): Promise<ResolutionReceipt> {
  const { session, store } = plan
  const run = options.run ?? { id: randomUUID(), at: Date.now(), about: { resolve: choice } }
  let current = plan
  for (let attempt = 1; ; attempt++) {
    try {
      return await carryOut(current, choice, run, options)
    } catch (error) {
      const isMoved = error instanceof SourceChanged || isRevisionConflict(error)
      if (!isMoved || attempt === ATTEMPTS) throw error
      current = await planResolution(session, store, options.signal)
    }
  }
}

async function carryOut(
  plan: ResolutionPlan,
  choice: ResolutionChoice,
  run: ImportRun,
  { note: words, signal }: ResolutionOptions,
): Promise<ResolutionReceipt> {
  const { session, store, work, branch } = plan
  const offer = plan.offers.find((each) => each.choice === choice)
  if (!offer?.report) throw new ResolutionRefused('CHOICE_NOT_POSSIBLE', session, offer?.obstacle ?? choice)
  const { report } = offer
  const placement = placementOf(choice, work.sides, work.live)
  const note = decisionNote(plan, run, report, placement, {
    choice,
    ...(words === undefined ? {} : { note: words }),
    at: run.at,
    ...work.record,
    withheld: report.lines.withheld,
    ...(choice === 'branch' ? { branch } : {}),
  })
  const decide = choice === 'branch' ? decideByBranch : decideInPlace
  await decide({ plan, run, note, signal, placement })
  return {
    choice,
    importId: run.id,
    report,
    // It is decided, also where somebody deleted the session since.
    session: (await store.get(session)) ?? plan.canonical,
    branch: choice === 'branch' ? await store.get(branch) : null,
  }
}

/** What a decision leaves in the ledger. */
function decisionNote(
  { work, canonical }: ResolutionPlan,
  run: ImportRun,
  report: SessionReport,
  placement: Placement | null,
  decision: RecordedDecision,
): LedgerNote {
  return writeNote({
    as: 'decision',
    about: work.key,
    report,
    entryCount: placement?.store.length ?? canonical.entryCount,
    ...(placement || decision.branch ? takenMembers(work, run.id) : {}),
    decision,
  })
}

/** One decision, about to be written. */
interface Deciding {
  readonly plan: ResolutionPlan
  readonly run: ImportRun
  readonly note: LedgerNote
  readonly signal: AbortSignal | undefined
  /** Null where the session stays as it is. */
  readonly placement: Placement | null
}

async function decideInPlace({ plan, run, note, signal, placement }: Deciding): Promise<void> {
  const { session, store, canonical } = plan
  const { status } = await store.import({
    run,
    session: sessionAddress(session),
    about: aboutLegacy(plan),
    expectedHead: canonical.head,
    steps: placement && stepsOf(plan, session, placement, run),
    note,
    confirm: () => refuseChanged(plan),
    ...(signal ? { signal } : {}),
  })
  if (status === 'already') throw new ResolutionRefused('ALREADY_DECIDED', session)
}

async function decideByBranch({ plan, run, note, signal }: Deciding): Promise<void> {
  const { session, store, canonical, work, branch } = plan
  const { origin: _, ...facts } = aboutLegacy(plan)
  await store.import({
    run,
    session: branch,
    about: {
      ...facts,
      parent: { ...sessionAddress(session), entry: lastShared(plan), why: 'divergence' },
    },
    expectedHead: null,
    steps: stepsOf(plan, branch, takeAll(work.sides.told.length), run),
    note: branchNote(plan),
    alsoNote: [{ session: sessionAddress(session), note }],
    confirm: async () => {
      await refuseChanged(plan)
      // Looks again: whether the session went on since it was planned.
      const now = await store.get(session)
      if (now?.head !== canonical.head) throw new RevisionConflict(session, canonical.head, now?.head ?? null)
    },
    ...(signal ? { signal } : {}),
  })
  await refuseDecided(plan, run)
}

function stepsOf(
  { work, store }: ResolutionPlan,
  to: Required<SessionAddress>,
  placement: Placement,
  run: ImportRun,
): AsyncIterable<ImportStep> {
  return importSteps(to, { ...work, isContinued: false, placement }, store, run.id)
}

/** What the legacy side knows of the session. */
function aboutLegacy({ work, session }: ResolutionPlan): NewSession {
  return {
    codec: (work.file ?? work.database)?.witness.codec ?? 'openai-chat',
    ...work.file?.about,
    ...session.about,
  }
}

async function refuseChanged({ session }: ResolutionPlan): Promise<void> {
  // Looks again: whether the source changed since it was planned.
  for (const witness of [session.database, session.file])
    if (witness && !(await witness.unchanged())) throw new SourceChanged(witness.path)
}

/** The last entry that both sides share before they part; null where they begin apart. */
function lastShared({ work }: ResolutionPlan): number | null {
  const { alignment, store, told } = work.sides
  let shared: number | null = null
  for (const { as, from, to } of alignment.stretches) {
    for (let place = from; place < to; place++) {
      const ofStore = alignment.canonical[place] ?? -1
      const said = store.entries[ofStore] ?? told[alignment.legacy[place] ?? -1]
      if (as !== 'common' && said?.meta === undefined) return shared
      if (as === 'common' && ofStore !== -1) shared = store.ids[ofStore] ?? null
    }
  }
  return shared
}

/** The branch's own note: where it comes from. */
function branchNote({ session, branch, work }: ResolutionPlan): LedgerNote {
  const count = countMessages(work.sides.told)
  const report: SessionReport = {
    ...branch,
    verdict: 'imported',
    action: 'created',
    entries: { canonical: 0, legacy: count, merged: count, added: count },
    lines: NO_LINES,
    problems: [],
  }
  return writeNote({
    as: 'branch',
    about: work.key,
    report,
    entryCount: work.sides.told.length,
    branchOf: sessionAddress(session),
  })
}

/** Somebody else decided meanwhile: the branch goes again. */
async function refuseDecided(
  { session, store, branch, work }: ResolutionPlan,
  run: ImportRun,
): Promise<void> {
  // Looks again: whether somebody else decided since.
  const note = await noteOf(store, session, { as: 'decision', about: work.key })
  if (note?.importId === run.id) return
  const undo = { id: randomUUID(), at: run.at, about: run.about }
  await store.undoImport({ importId: run.id, session: branch, run: undo })
  throw new ResolutionRefused('ALREADY_DECIDED', session)
}
