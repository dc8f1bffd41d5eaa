import type { Session } from '@faircopy/store-core'
import { eachInTurn, giveWay } from '@faircopy/store-core/backend'
import { isQuarantined, PARTLY_READ } from '@faircopy/store-core/operator'
import { type LineCounts, NO_LINES } from '../ledger/line-counts.ts'
import { isWord, memoryOf, type Note } from '../ledger/note.ts'
import { keyOf } from '../ledger/note-text.ts'
import type { SessionAction, SessionReport } from '../ledger/session-report.ts'
import { noteOf, notesOf } from '../ledger/session-standing.ts'
import type { LegacySession } from '../source/legacy-source.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { fileLineage, NO_LINEAGE } from '../witness/file-lineage.ts'
import { type ScannedSession, scanSession } from '../witness/scan-session.ts'
import type { ScannedWitness } from '../witness/scanned-witness.ts'
import { unreadDetail } from '../witness/unread-session.ts'
import { boundariesIn, boundaryCuts, type Cut, importBoundary } from './boundary-cuts.ts'
import {
  emptiedProblem,
  emptiedWitnesses,
  observationProblems,
  observe,
  wasAnotherSince,
} from './changed-source.ts'
import { countMessages, type Decision, decideAlone, decideSince, decideWithStore, keepAll } from './decide.ts'
import { behind, type DecidedPast, leftLines } from './decided-past.ts'
import { countNaive, type EntryTimes, fillTimes } from './entry-times.ts'
import { failedReport } from './failed-report.ts'
import { countLines, readOf } from './file-report.ts'
import type { ImportTarget, PlannedWitness, SessionPlan, SessionWork } from './import-plan.ts'
import { lost, reportKnown } from './known-report.ts'
import { type KnownSession, readKnownSession } from './known-session.ts'
import { type Pins, pairedBefore, pinEntries } from './pinned-entries.ts'
import type { StoreWitness } from './store-witness.ts'
import { takeWitnesses } from './take-witnesses.ts'
import { type HistoryStanding, type Telling, tell } from './telling.ts'
import { compareFacts, factsDigest, newFacts, toldFacts, withoutEnd } from './told-facts.ts'
import { knowWithdrawn } from './withdrawn-places.ts'

/**
 * Decides what becomes of one session, reading its witnesses once and writing nothing. The database stands as
 * canonical and the file as legacy; their merge then meets what the store has. A witness that cannot be read is
 * reported and left out: what it tells can join later. Of files that contradict each other nothing is written.
 */
export async function planSession(
  session: LegacySession,
  store: ImportTarget | null,
  signal?: AbortSignal,
): Promise<SessionPlan> {
  const scanned = await scanSession(session, store, signal)
  const { database, file, contested, key } = scanned
  const existing = (await store?.get(session)) ?? null
  const note = store && (await noteOf(store, session, { as: 'import', about: key }))
  const unread = await unreadDetail([database, file], existing, store)
  const found = [...scanned.problems, ...(unread === null ? [] : [noMessage(scanned, unread)])]
  if (note && store) {
    const decided =
      note.verdict === 'ambiguous' ? await noteOf(store, session, { as: 'decision', about: key }) : null
    const report = await reportKnown(scanned, decided ?? note, existing, store, found)
    const plan: SessionPlan = { session, key, report: contend(report, contested), work: null }
    if (!existing || plan.report.verdict === 'ambiguous') return plan
    const known = { existing, scanned, notes: await notesOf(store, existing) }
    const next =
      (await planSettling(plan, known, store)) ?? (await planTimes(plan, undatedBy(note), known, store))
    return withFacts(next, known)
  }
  const known = existing && store ? await readKnownSession(store, existing, scanned) : null
  const { past = null, since = null, notes = [], lineage = NO_LINEAGE } = known ?? {}
  const problems = [...found, ...(known?.outdated ? [decisionOutdated(scanned.session)] : [])]
  const tellsNothing = isEmpty(database) && isEmpty(file) && (file !== null || database === null)
  const emptied = emptiedWitnesses(notes, scanned)
  if (tellsNothing && contested.length === 0 && !(known && (hasLinesAside(file) || emptied.length > 0))) {
    return { session, key, report: reportNothing(scanned, known?.whole ?? null, problems), work: null }
  }

  const sides = { database: behind(database, past?.database ?? 0), file: behind(file, past?.file ?? 0) }
  const told = await tell(sides.database, sides.file, pairedBefore(since, notes, sides, lineage))
  await giveWay()
  const { decision, cuts } = known
    ? await decideBehindLive(told, known, scanned)
    : { decision: decideAlone(told, file !== null), cuts: [] }
  const history = since ? await newHistory(told, since, cuts) : told.history
  const isTaken = decision.verdict !== 'ambiguous'
  const setsAside = isTaken && (file !== null || (database?.aside.length ?? 0) > 0)
  const toKeep =
    decision.placement ??
    (known && (history.size > 0 || setsAside) ? keepAll(known.whole.entries.length) : null)
  const saysNothing = contested.length > 0 && !known && told.entries.length + history.size === 0
  const times = fillTimes(saysNothing ? null : toKeep, told, known?.whole ?? null, isTaken ? file : null)
  const observation =
    file && !emptied.includes(file) ? await observe(notes, lineage, file) : ('first' as const)
  const bringsNothing = decision.imported === 0 && isTaken
  await giveWay()
  const report: SessionReport = {
    namespace: session.namespace,
    id: session.id,
    verdict: scanned.isPart && decision.verdict === 'identical' ? 'kept' : decision.verdict,
    action: saysNothing ? 'unchanged' : times.dated > 0 ? 'replaced' : actionOf(existing, decision),
    ...(decision.reason ? { reason: decision.reason } : scanned.isPart ? { reason: PARTLY_READ } : {}),
    entries: decision.entries,
    lines: countLines(file, decision.imported, countWithheld(file, past, decision.verdict)),
    ...readOf(scanned),
    ...(told.pairing?.stutter ? { stutter: told.pairing.stutter } : {}),
    ...(decision.combined > 0 ? { combined: decision.combined } : {}),
    ...timesOf(times),
    problems: [
      ...problems,
      ...otherZone(notes, file),
      ...observationProblems(observation, file?.witness.path ?? '', bringsNothing),
      ...(known && existing && store && !isTaken
        ? await lost(scanned, known.whole, existing, store, notes.findLast(isWord))
        : []),
      ...emptied.map((witness) => emptiedProblem(witness, session.id)),
      ...conflictProblems(scanned.session, told),
      ...storeConflicts(scanned.session, decision),
    ],
  }
  if (decision.fault !== null) {
    const detail = `the proof of the order that was found does not hold: ${decision.fault}`
    return { session, key, report: failedReport(report, session, 'order-refuted', detail), work: null }
  }
  const plan: SessionPlan = {
    session,
    key,
    report: contend(report, contested),
    work: {
      telling: { ...times.telling, history },
      database: planned(database),
      file: isTaken ? planned(file) : null,
      placement: times.placement,
      expectedHead: existing?.head ?? null,
      note: { as: 'import', about: key, certificates: decision.certificates, boundaries: cuts },
      ...(isTaken
        ? await takeWitnesses({ database, file }, lineage, notes, known?.whole.lastId ?? 0)
        : { taken: null, settles: [] }),
      isContinued: observation === 'same' || observation === 'grew',
      leftLines: leftLines(past),
    },
  }
  return existing ? withFacts(plan, { existing, scanned, notes }) : plan
}

/** A session that the store has, what was read of its witnesses now, and its notes. */
interface Seen {
  readonly existing: Session
  readonly scanned: ScannedSession
  readonly notes: readonly Note[]
}

/** Of a session that stays as it is. */
const NOTHING_TOLD = { database: new Int32Array(), file: new Int32Array(), certain: new Uint8Array() }

/** What follows an import of the very same witnesses: of a session that stays as it is, but for what is `also` said. */
function following(
  { existing, scanned: { database, file } }: Seen,
  also: Pick<SessionWork, 'note' | 'placement' | 'leftLines'> & Partial<SessionWork>,
): SessionWork {
  return {
    telling: { ...NOTHING_TOLD, history: new Map() },
    database: planned(database),
    file: planned(file),
    expectedHead: existing.head,
    taken: null,
    settles: [],
    isContinued: true,
    ...also,
  }
}

/**
 * The witnesses are again what they were before lines became no entry that are not in them any more: those they have
 * now are kept in their place. Null where no such line is left to be settled.
 */
async function planSettling(plan: SessionPlan, seen: Seen, store: ImportTarget): Promise<SessionPlan | null> {
  const { existing, scanned, notes } = seen
  const { database, file } = scanned
  const keepsLines = [database, file].some((each) => each && each.aside.length > 0)
  if (keepsLines && !wasAnotherSince(notes, file)) return null
  const left = new Set<string>()
  for await (const line of store.quarantined(existing)) if (isQuarantined(line)) left.add(line.importId)
  if (left.size === 0) return null
  const known = keepsLines ? await readKnownSession(store, existing, scanned) : null
  const lineage = known?.lineage ?? (await fileLineage(notes, file))
  const { taken, settles } = await takeWitnesses({ database, file }, lineage, notes, known?.whole.lastId ?? 0)
  const settled = settles.filter((importId) => left.has(importId))
  if (settled.length === 0) return null
  return {
    ...plan,
    work: following(seen, {
      placement: known && keepAll(known.whole.entries.length),
      note: { as: 'settled', about: plan.key, of: settled.join(' ') },
      taken: known && taken,
      settles: settled,
      leftLines: leftLines(known?.past ?? null),
    }),
  }
}

/**
 * The same witnesses as before, and a zone that was not named then: entries whose time was unknown get the one that their
 * lines tell now. Reads what the store has of the session only where that can be so.
 */
async function planTimes(
  plan: SessionPlan,
  undatedThen: number,
  seen: Seen,
  store: ImportTarget,
): Promise<SessionPlan> {
  const { key, report } = plan
  const { existing, scanned, notes } = seen
  const { database, file } = scanned
  if (!file || (undatedThen === 0 && file.witness.timeZone === undefined)) return plan
  const undated = undatedBy(
    notes.findLast((each) => (each.as === 'import' || each.as === 'dated') && each.about === key),
  )
  const told = { ...report, problems: [...report.problems, ...otherZone(notes, file)] }
  const known = undated > countNaive(file) ? await readKnownSession(store, existing, scanned) : null
  const times = known && fillTimes(keepAll(known.whole.entries.length), NOTHING_TOLD, known.whole, file)
  if (!known || !times || times.dated === 0)
    return { ...plan, report: { ...told, ...timesOf({ dated: 0, undated }) } }
  return {
    ...plan,
    report: { ...told, action: 'replaced', ...timesOf(times) },
    work: following(seen, {
      telling: { ...times.telling, history: new Map() },
      placement: times.placement,
      note: { as: 'dated', about: key, of: existing.head },
      ...(await takeWitnesses({ database, file }, known.lineage, notes, known.whole.lastId)),
      leftLines: leftLines(known.past),
    }),
  }
}

/**
 * What the source tells of the session and no note remembers: an import that places entries brings it as well, and where
 * nothing else is new it is an import of its own, which ends no session that was gone on with since.
 */
function withFacts(plan: SessionPlan, seen: Seen): SessionPlan {
  const { existing, scanned, notes } = seen
  const { session, work, report, key } = plan
  if (work && !work.placement) return plan
  const told = toldFacts(session, work ? work.file : scanned.file)
  const news = newFacts(told, notes)
  const bringsMore = work !== null && work.note.as === 'import'
  const isAsImported = notes.at(-1)?.headAfter === existing.head
  const about = bringsMore || isAsImported ? news : withoutEnd(news)
  const facts = compareFacts(about, existing)
  const isSaid = facts.filled.length + facts.kept.length > 0
  if (work) return { ...plan, report: isSaid ? { ...report, facts } : report, work: { ...work, about } }
  const own = { as: 'facts', about: key, of: factsDigest(news) } as const
  if (!isSaid || notes.some((note) => note.key === keyOf(own))) return plan
  return {
    ...plan,
    report: { ...report, facts },
    work: following(seen, {
      database: null,
      file: null,
      placement: keepAll(existing.entryCount),
      note: own,
      about,
      told,
      leftLines: 0,
    }),
  }
}

function undatedBy(note: Note | undefined): number {
  return note ? (memoryOf(note).report.undated ?? 0) : 0
}

function timesOf({ dated, undated }: Pick<EntryTimes, 'dated' | 'undated'>): Partial<SessionReport> {
  return { ...(undated > 0 ? { undated } : {}), ...(dated > 0 ? { dated } : {}) }
}

/** That times were read in another zone before, which stay so. */
function otherZone(notes: readonly Note[], file: ScannedWitness | null): readonly SourceProblem[] {
  const zone = file?.witness.timeZone
  const other = notes
    .map((note) => memoryOf(note).taken?.timeZone)
    .findLast((each) => each !== undefined && each !== zone)
  if (!file || zone === undefined || other === undefined) return []
  const detail = `an earlier import read times without a zone as those of ${other}, and they stay so; only unknown ones are read as those of ${zone}`
  return [{ code: 'other-time-zone', path: file.witness.path, detail }]
}

/** Where files contradict each other: whatever else was decided, nothing of them is written. */
function contend(report: SessionReport, contested: readonly ScannedWitness[]): SessionReport {
  if (contested.length === 0) return report
  const lines: { -readonly [K in keyof LineCounts]: number } = { ...NO_LINES }
  for (const file of contested) {
    const own = countLines(file, 'withheld')
    for (const name of Object.keys(lines) as (keyof LineCounts)[]) lines[name] += own[name]
  }
  const { canonical } = report.entries
  const legacy = contested.reduce((sum, { entries }) => sum + countMessages(entries), 0)
  return {
    ...report,
    verdict: 'ambiguous',
    reason: 'several-files',
    entries: { canonical: report.entries.merged ?? canonical, legacy, merged: null, added: 0 },
    lines,
  }
}

/** What a plan keeps of a scanned witness: which one it is, and by what the second pass knows it again. */
export function planned(scanned: ScannedWitness | null): PlannedWitness | null {
  return scanned && { witness: scanned.witness, digest: scanned.digest, about: scanned.about }
}

/**
 * What is decided with the boundaries that are known of; where that leaves the order unknown, also with those that imports
 * drew whose lines were mended since.
 */
async function decideBehindLive(
  told: Telling,
  known: KnownSession,
  scanned: ScannedSession,
): Promise<{ readonly decision: Decision; readonly cuts: readonly Cut[] }> {
  const { notes, since, lineage } = known
  const { session, database, file } = scanned
  const noted = boundariesIn(notes)
  const drawn = notes.flatMap((note) => importBoundary(note, session, since, database) ?? [])
  const decideWith = async (boundaries: typeof noted) => {
    const cuts = await boundaryCuts(boundaries, since, told, { database, file, lineage })
    return { cuts, decision: await decideKnown(told, known, scanned, cuts) }
  }
  const first = await decideWith(noted)
  if (first.decision.verdict !== 'ambiguous' || drawn.length === 0) return first
  const second = await decideWith([...noted, ...drawn])
  return second.decision.verdict === 'ambiguous' ? first : second
}

async function decideKnown(
  told: Telling,
  known: KnownSession,
  scanned: ScannedSession,
  cuts: readonly Cut[],
): Promise<Decision> {
  const { whole, past } = known
  const { database, file, key } = scanned
  const { store, telling } = await knowWithdrawn(known.since, told, database, file)
  const { isMended: isFirst } = known.lineage
  const pins: Pins = { isFirst, ask: () => pinEntries(store, telling, database, file, isFirst) }
  const terms = { digest: key, cuts, pins }
  if (!past) return decideWithStore(telling, store, terms)
  return decideSince(telling, store, terms, countBefore(past, whole, database, file))
}

function isEmpty(witness: ScannedWitness | null): boolean {
  return witness === null || (witness.entries.length === 0 && witness.history.length === 0)
}

function actionOf(existing: Session | null, decision: Decision): SessionAction {
  if (!existing) return 'created'
  if (!decision.placement) return 'unchanged'
  if (decision.placement.store.length === 0) return 'unchanged'
  return decision.onlyAppends ? 'extended' : 'replaced'
}

/** Lines that are entries and stay where they are: those of a decision, and all it has not decided on. */
function countWithheld(
  file: ScannedWitness | null,
  past: DecidedPast | null,
  verdict: SessionReport['verdict'],
): number {
  if (!file) return 0
  const before = past && past.file > 0 ? past.decision.withheld : 0
  return verdict === 'ambiguous' ? before + file.places.length - (past?.file ?? 0) : before
}

/** Messages that either side had when something was decided. */
function countBefore(
  past: DecidedPast,
  known: StoreWitness,
  database: ScannedWitness | null,
  file: ScannedWitness | null,
): Parameters<typeof decideSince>[3] {
  const before = (witness: ScannedWitness | null, entries: number): number =>
    countMessages(witness?.entries.filter((_, i) => (witness.positions[i] ?? 0) < entries) ?? [])
  return {
    live: past.live,
    canonical: countMessages(known.entries.slice(0, past.live)),
    legacy: file ? before(file, past.file) : before(database, past.database),
  }
}

function noMessage({ file, database }: ScannedSession, detail: string): SourceProblem {
  return { code: 'no-message', path: (file ?? database)?.witness.path ?? '', detail }
}

function decisionOutdated(session: LegacySession): SourceProblem {
  return {
    code: 'decision-outdated',
    path: session.file?.path ?? session.database?.path ?? '',
    detail:
      'it no longer begins with what was decided on, or the session was rewritten since: the decision says nothing about it any more',
  }
}

function conflictProblems({ file }: LegacySession, { conflicts }: Telling): SourceProblem[] {
  const both = "the file's value stands, the database's record is kept as history"
  return fieldConflicts(conflicts, file?.path ?? '', 'the witnesses tell', both)
}

function storeConflicts({ file, database }: LegacySession, { conflicts }: Decision): SourceProblem[] {
  const both = "the store's value stands, the source keeps its own"
  return fieldConflicts(conflicts, file?.path ?? database?.path ?? '', 'the store and the source tell', both)
}

function fieldConflicts(
  conflicts: Decision['conflicts'],
  path: string,
  who: string,
  outcome: string,
): SourceProblem[] {
  if (conflicts.size === 0) return []
  const members = [...conflicts].map(([name, pairs]) => `${JSON.stringify(name)} (${pairs})`).join(', ')
  return [{ code: 'field-conflict', path, detail: `${who} ${members} differently; ${outcome}` }]
}

/**
 * Rows that the database withdrew and that the store does not have in any form. What was said behind a boundary came
 * after all of them, and is none of them.
 */
export async function newHistory(
  told: Telling,
  known: StoreWitness,
  [first]: readonly Cut[],
): Promise<ReadonlyMap<number, HistoryStanding>> {
  if (told.history.size === 0) return told.history
  const spare = new Map<string, number>()
  const add = (fingerprint: string, count: number): void => {
    spare.set(fingerprint, (spare.get(fingerprint) ?? 0) + count)
  }
  const withdrawn = known.history.filter((_, i) => !first || (known.historyWritten[i] ?? 0) < first.entry)
  const own = [...known.entries.slice(0, first?.store), ...withdrawn]
  await eachInTurn(own, ({ fingerprint }) => add(fingerprint, 1))
  await eachInTurn(told.entries, ({ fingerprint }) => add(fingerprint, -1))
  const unknown = [...told.history].filter(([position]) => {
    const fingerprint = told.historyFingerprints.get(position) ?? ''
    const isKnown = (spare.get(fingerprint) ?? 0) > 0
    if (isKnown) add(fingerprint, -1)
    return !isKnown
  })
  return new Map(unknown)
}

/** Whether lines of it became no entry, and have to be kept with their bytes. */
function hasLinesAside(file: ScannedWitness | null): boolean {
  return file !== null && file.lines.metadata + file.lines.quarantined + file.lines.tornTail > 0
}

/** The witnesses tell nothing: the store keeps what it has, and if that is nothing either, there is nothing to read. */
function reportNothing(
  scanned: ScannedSession,
  known: StoreWitness | null,
  problems: readonly SourceProblem[],
): SessionReport {
  const { session, file } = scanned
  const canonical = countMessages(known?.entries ?? [])
  return {
    namespace: session.namespace,
    id: session.id,
    verdict: known ? 'kept' : 'unreadable',
    action: 'unchanged',
    ...(known ? {} : { reason: 'no-usable-entry' }),
    entries: { canonical, legacy: 0, merged: known ? canonical : null, added: 0 },
    lines: countLines(file, 0),
    ...readOf(scanned),
    problems,
  }
}
