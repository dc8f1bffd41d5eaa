import { type AmbiguousReason, aligning } from '@faircopy/reconcile'
import type { Session } from '@faircopy/store-core'
import { inTurns } from '@faircopy/store-core/backend'
import type { ImportContent, Written } from '../ledger/note.ts'
import { RESOLUTION_CHOICES, type ResolutionChoice } from '../ledger/resolution-choice.ts'
import type { SessionReport } from '../ledger/session-report.ts'
import { notesOf, standingOf } from '../ledger/session-standing.ts'
import { alignmentOf } from '../plan/alignment.ts'
import { boundariesIn, boundaryCuts, type Cut } from '../plan/boundary-cuts.ts'
import { countMessages } from '../plan/decide.ts'
import { behind, leftLines, pastOf } from '../plan/decided-past.ts'
import { countLines, readOf } from '../plan/file-report.ts'
import type { ImportTarget } from '../plan/import-plan.ts'
import { type KnownSession, readKnownSession } from '../plan/known-session.ts'
import { meet } from '../plan/meeting.ts'
import { type PinnedEntries, pinEntries } from '../plan/pinned-entries.ts'
import { newHistory, planned } from '../plan/plan-session.ts'
import type { StoreWitness } from '../plan/store-witness.ts'
import { takeWitnesses } from '../plan/take-witnesses.ts'
import { type Telling, tell, tellFileFirst } from '../plan/telling.ts'
import { knowWithdrawn } from '../plan/withdrawn-places.ts'
import type { LegacySession } from '../source/legacy-source.ts'
import { SourceUnreadable } from '../source/source-error.ts'
import { type ScannedSession, scanSession } from '../witness/scan-session.ts'
import type { ScannedWitness } from '../witness/scanned-witness.ts'
import { branchSession } from './branch-session.ts'
import { type DecidedSides, noOrderByTime, placementOf } from './decided-placement.ts'
import type { ResolutionOffer, ResolutionPlan } from './resolution-plan.ts'
import { ResolutionRefused } from './resolution-refused.ts'

/**
 * Lays the two sides of an undecided session beside each other and finds what can be decided about them. Writes
 * nothing. The canonical side is the store as it is now; the legacy side is what it does not have of the source: the
 * file where the database is in the store already, else both of them.
 *
 * Fails with `ResolutionRefused` where there is nothing to decide or the source is not the one that was imported, with
 * `SourceUnreadable`, and as the store does.
 *
 * Cost: reads the session's witnesses and what the store has of it once; memory as a plan.
 *
 * @example
 * ```ts
 * import { openJsonlSource, planResolution, runResolution } from '@faircopy/legacy-jsonl'
 * import { openSqliteStore } from '@faircopy/store-sqlite'
 *
 * const store = await openSqliteStore({ path: '/tmp/transcripts.db' })
 * const source = await openJsonlSource('/tmp/old-sessions')
 * for await (const session of source.sessions()) {
 *   if (session.id !== 'naming-the-cat') continue
 *   const plan = await planResolution(session, store)
 *   console.log(plan.offers.filter(({ obstacle }) => obstacle === null).map(({ choice }) => choice))
 *   await runResolution(plan, 'legacy-first', { note: 'she asked me first' })
 * }
 * await source.close()
 * await store.close()
 * ```
 */
export async function planResolution(
  claimed: LegacySession,
  store: ImportTarget,
  signal?: AbortSignal,
): Promise<ResolutionPlan> {
  const scanned = await scanSession(claimed, store, signal)
  const { session } = scanned
  refuseUnread(scanned)
  const { canonical, undecided } = await undecidedSession(session, store, scanned.key)
  const known = await readKnownSession(store, canonical, scanned)
  if (!known) throw new ResolutionRefused('SOURCE_MOVED_ON', session)
  const { since, past, notes, lineage } = known
  const database = behind(scanned.database, past?.database ?? 0)
  const file = behind(scanned.file, past?.file ?? 0)
  const whole = await tell(database, file)
  const cuts = await boundaryCuts(boundariesIn(notes), since, whole, { database, file, lineage })
  const legacy = await legacySide(since, whole, scanned, cuts)
  const sides = await sidesOf(since, legacy, database, file)
  const branch = branchSession(session, scanned.key)
  const obstacles = {
    'by-time': legacy.isThreefold ? ('three-sides' as const) : noOrderByTime(sides),
    branch: (await store.get(branch)) === null ? null : ('branch-exists' as const),
  }
  const { told } = legacy
  return {
    session,
    store,
    canonical,
    undecided,
    reason: undecided.reason as AmbiguousReason | null,
    toldBy: [...(legacy.database ? ['database' as const] : []), ...(legacy.file ? ['file' as const] : [])],
    offers: RESOLUTION_CHOICES.map((choice): ResolutionOffer => {
      const obstacle = choice === 'by-time' || choice === 'branch' ? obstacles[choice] : null
      if (obstacle !== null) return { choice, report: null, obstacle }
      return { choice, report: reportOf(choice, scanned, known, sides, told), obstacle: null }
    }),
    branch,
    work: {
      key: scanned.key,
      live: past?.live ?? 0,
      leftLines: leftLines(past),
      sides,
      telling: {
        database: told.database,
        file: told.file,
        certain: told.certain,
        history: legacy.database ? await newHistory(whole, since, cuts) : new Map(),
      },
      database: planned(legacy.database),
      file: planned(legacy.file),
      ...(await takeWitnesses(legacy, lineage, notes, known.whole.lastId)),
      record: {
        entry: known.whole.lastId + 1,
        database: scanned.database && (await pastOf(scanned.database)),
        file: scanned.file && (await pastOf(scanned.file)),
      },
    },
  }
}

function refuseUnread({ session, database, file, contested, problems }: ScannedSession): void {
  const unread =
    session.file && !file && contested.length === 0
      ? session.file
      : session.database && !database
        ? session.database
        : null
  if (!unread) return
  const why = problems.find(({ path }) => path === unread.path)
  throw new SourceUnreadable(unread.path, why?.code ?? 'its reading failed')
}

async function undecidedSession(
  session: LegacySession,
  store: ImportTarget,
  key: string,
): Promise<{ readonly canonical: Session; readonly undecided: Written & ImportContent }> {
  const notes = await notesOf(store, session)
  const standing = standingOf(notes, key)
  const canonical = await store.get(session)
  if (standing.as === 'undecided' && standing.note.reason === 'several-files')
    throw new ResolutionRefused('SEVERAL_FILES', session)
  if (standing.as === 'undecided' && canonical) return { canonical, undecided: standing.note }
  if (standing.as === 'decided')
    throw new ResolutionRefused('ALREADY_DECIDED', session, standing.decision.choice)
  if (standing.as === 'known') throw new ResolutionRefused('NOTHING_TO_DECIDE', session)
  const last = standingOf(notes)
  if (last.as === 'undecided' && last.note.reason === 'several-files')
    throw new ResolutionRefused('SEVERAL_FILES', session)
  const isImported = last.as === 'known' || last.as === 'undecided' || last.as === 'decided'
  if (isImported && canonical === null) throw new ResolutionRefused('DELETED', session)
  throw new ResolutionRefused(isImported ? 'SOURCE_MOVED_ON' : 'NEVER_IMPORTED', session)
}

interface LegacySide {
  readonly told: Telling
  /** The witnesses that tell it. */
  readonly database: ScannedWitness | null
  readonly file: ScannedWitness | null
  /** Database, file and store contest one another. */
  readonly isThreefold: boolean
}

/** What of a source the store does not have: the file where all of the database is in it, else the source whole. */
async function legacySide(
  store: StoreWitness,
  told: Telling,
  { database, file, key }: ScannedSession,
  cuts: readonly Cut[],
): Promise<LegacySide> {
  if (!database || !file || told.pairing?.verdict !== 'ambiguous')
    return { told, database, file, isThreefold: false }
  const met = await knowWithdrawn(store, told, database, file)
  const pins = { isFirst: false, ask: () => pinEntries(met.store, met.telling, database, file) }
  const meeting = await meet(met.store, met.telling, { digest: key, cuts, pins })
  return meeting.merge && meeting.counts.added === 0
    ? { told: await tell(null, file), database: null, file, isThreefold: false }
    : { told: await tellFileFirst(database, file), database, file, isThreefold: true }
}

async function sidesOf(
  store: StoreWitness,
  { told }: LegacySide,
  database: ScannedWitness | null,
  file: ScannedWitness | null,
): Promise<DecidedSides> {
  const { store: own, telling } = await knowWithdrawn(store, told, database, file)
  const pins: PinnedEntries | undefined = await pinEntries(own, telling, database, file)
  const runs = await inTurns(
    aligning(
      { entries: pins?.store ?? own.entries, history: own.history },
      { entries: pins?.told ?? telling.entries },
    ),
  )
  const times = told.entries.map((_, index) => {
    const row = database?.times[told.database[index] ?? -1] ?? null
    const line = file?.times[told.file[index] ?? -1] ?? null
    const isLineAlone = told.file[index] !== -1 && told.certain[index] === 0
    return isLineAlone ? line : (row ?? line)
  })
  return { store, told: told.entries, times, alignment: alignmentOf(runs, store.entries, told.entries) }
}

function reportOf(
  choice: ResolutionChoice,
  { session, database, file }: ScannedSession,
  { whole, past }: KnownSession,
  sides: DecidedSides,
  told: Telling,
): SessionReport {
  const live = past?.live ?? 0
  const canonical = countMessages(whole.entries)
  const legacy = countMessages((file ?? database)?.entries ?? [])
  const withheld = past && past.file > 0 ? past.decision.withheld : 0
  const common = { namespace: session.namespace, id: session.id, ...readOf({ database, file }), problems: [] }
  const placement = placementOf(choice, sides, live)
  if (!placement) {
    const isKept = choice === 'keep-canonical'
    const untold = sides.alignment.legacy.filter(
      (index, at) => (told.file[index] ?? -1) !== -1 && sides.alignment.canonical[at] === -1,
    ).length
    const all = (file?.places.length ?? 0) - (past?.file ?? 0)
    return {
      ...common,
      verdict: 'kept',
      action: 'unchanged',
      entries: { canonical, legacy, merged: canonical, added: 0 },
      lines: countLines(file, isKept ? 0 : all, withheld + (isKept ? untold : 0)),
    }
  }
  const isNew = (at: number): boolean => placement.store[at] === 0
  const places = Array.from(placement.store.keys())
  const isMessage = (at: number): boolean =>
    (isNew(at) ? told.entries[placement.told[at] ?? -1] : whole.entries[(placement.store[at] ?? 0) - 1])
      ?.meta === undefined
  const stays = places.filter((at) => placement.store[at] === at + 1 && placement.combine[at] === 0).length
  const kept = places.filter((at) => !isNew(at)).length
  const onlyAppends = stays === whole.entries.length
  const hasOwn = places.some((at) => at >= live && !isNew(at) && placement.told[at] === -1)
  const imported = places.filter((at) => isNew(at) && (told.file[placement.told[at] ?? -1] ?? -1) !== -1)
  return {
    ...common,
    verdict: kept === 0 ? 'imported' : onlyAppends || !hasOwn ? 'extended' : 'merged',
    action: !onlyAppends ? 'replaced' : places.length > stays ? 'extended' : 'unchanged',
    entries: {
      canonical,
      legacy,
      merged: places.filter(isMessage).length,
      added: places.filter((at) => isNew(at) && isMessage(at)).length,
    },
    lines: countLines(file, imported.length, withheld),
  }
}
