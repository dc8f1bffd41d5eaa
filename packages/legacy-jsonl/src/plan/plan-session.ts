import { eachInTurn, giveWay, type JsonObject, type LedgerRecord, type Session } from '@faircopy/store-core'
import type { LegacySession } from '../source/legacy-source.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { boundaryCuts, type Cut } from './boundary-cuts.ts'
import { observationProblems, observe } from './changed-source.ts'
import { countMessages, type Decision, decideAlone, decideSince, decideWithStore, rising } from './decide.ts'
import { behind, type DecidedPast, leftLines } from './decided-past.ts'
import type { ImportTarget, PlannedWitness, SessionPlan } from './import-plan.ts'
import { type KnownSession, readKnownSession } from './known-session.ts'
import { type LineCounts, NO_LINES } from './line-counts.ts'
import { type PinnedEntries, pinEntries } from './pinned-entries.ts'
import { type ScannedSession, scanSession } from './scan-session.ts'
import type { ScannedWitness } from './scanned-witness.ts'
import type { SessionAction, SessionReport } from './session-report.ts'
import { decidedKey, decisionOf } from './session-standing.ts'
import type { StoreWitness } from './store-witness.ts'
import { type HistoryStanding, type Telling, tell } from './telling.ts'
import { unreadDetail } from './unread-session.ts'
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
  const note = (await store?.ledgerNote(session, key)) ?? null
  const unread = await unreadDetail([database, file], existing, store)
  const found = [...scanned.problems, ...(unread === null ? [] : [noMessage(scanned, unread)])]
  if (note) {
    const decided = note.verdict === 'ambiguous' ? await store?.ledgerNote(session, decidedKey(key)) : null
    const report = reportKnown(session, decided ?? note, existing, file, found)
    return { session, key, report: contend(report, contested), work: null }
  }
  const known = existing && store ? await readKnownSession(store, existing, scanned) : null
  const { past = null, since = null } = known ?? {}
  const problems = [...found, ...(known?.outdated ? [decisionOutdated(scanned.session)] : [])]
  const tellsNothing = isEmpty(database) && isEmpty(file) && (file !== null || database === null)
  if (tellsNothing && contested.length === 0 && !(known && hasLinesAside(file))) {
    return { session, key, report: reportNothing(session, file, known?.whole ?? null, problems), work: null }
  }

  const told = past
    ? await tell(behind(database, past.database), behind(file, past.file))
    : await tell(database, file)
  const cuts = since && store ? await boundaryCuts(store, session, since, told, database, file) : []
  await giveWay()
  const decision = known ? await decideKnown(told, known, scanned, cuts) : decideAlone(told, file !== null)
  const history = since ? await newHistory(told, since, cuts) : told.history
  const isAmbiguous = decision.verdict === 'ambiguous'
  const toKeep =
    decision.placement ??
    (known && (history.size > 0 || (file && !isAmbiguous)) ? keepAll(known.whole) : null)
  const saysNothing = contested.length > 0 && !known && told.entries.length + history.size === 0
  const placement = saysNothing ? null : toKeep
  const observation = file && existing && store ? await observe(session, file, store) : 'first'
  const bringsNothing = decision.imported === 0 && !isAmbiguous
  await giveWay()
  const report: SessionReport = {
    namespace: session.namespace,
    id: session.id,
    verdict: decision.verdict,
    action: saysNothing ? 'unchanged' : actionOf(existing, decision),
    ...(decision.reason ? { reason: decision.reason } : {}),
    entries: decision.entries,
    lines: countLines(file, decision.imported, countWithheld(file, past, decision.verdict)),
    ...readFile(file),
    ...(told.pairing?.stutter ? { stutter: told.pairing.stutter } : {}),
    ...(decision.combined > 0 ? { combined: decision.combined } : {}),
    problems: [
      ...problems,
      ...observationProblems(observation, file?.witness.path ?? '', bringsNothing),
      ...conflictProblems(scanned.session, told),
      ...storeConflicts(session, decision),
    ],
  }
  return {
    session,
    key,
    report: contend(report, contested),
    work: {
      telling: { database: told.database, file: told.file, certain: told.certain, history },
      database: planned(database),
      file: isAmbiguous ? null : planned(file),
      placement,
      expectedHead: existing?.head ?? null,
      key,
      certificate:
        decision.certificates.length > 0
          ? asJson({ certificates: decision.certificates, ...(cuts.length > 0 ? { boundaries: cuts } : {}) })
          : null,
      isContinued: observation === 'same' || observation === 'grew',
      leftLines: leftLines(past),
    },
  }
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

/** The note's report: what the ledger must remember to answer for the session without deciding again. */
export function ledgerReport(report: SessionReport, entryCount: number): JsonObject {
  return asJson({ ...report, entryCount })
}

/** What a plan keeps of a scanned witness: which one it is, and by what the second pass knows it again. */
export function planned(scanned: ScannedWitness | null): PlannedWitness | null {
  return scanned && { witness: scanned.witness, digest: scanned.digest, about: scanned.about }
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
  const pins = (): Promise<PinnedEntries | undefined> => pinEntries(store, telling, database, file)
  if (!past) return decideWithStore(telling, store, key, cuts, pins)
  return decideSince(telling, store, key, cuts, pins, countBefore(past, whole, database, file))
}

function isEmpty(witness: ScannedWitness | null): boolean {
  return witness === null || (witness.entries.length === 0 && witness.history.length === 0)
}

/** Whether lines of it became no entry, and have to be kept with their bytes. */
function hasLinesAside(file: ScannedWitness | null): boolean {
  return file !== null && file.lines.metadata + file.lines.quarantined + file.lines.tornTail > 0
}

/** A file as the ledger remembers it. */
export function readFile(file: ScannedWitness | null): Pick<SessionReport, 'file'> {
  return file?.bytes === undefined ? {} : { file: { bytes: file.bytes, sha256: file.digest } }
}

function actionOf(existing: Session | null, decision: Decision): SessionAction {
  if (!existing) return 'created'
  if (!decision.placement) return 'unchanged'
  if (decision.placement.store.length === 0) return 'unchanged'
  return decision.onlyAppends ? 'extended' : 'replaced'
}

/** `withheld`: lines that stay where they are; `'withheld'` for all of them. */
export function countLines(
  file: ScannedWitness | null,
  imported: number | 'withheld',
  withheld = 0,
): LineCounts {
  if (!file) return NO_LINES
  const entries = file.entries.length + file.history.length
  const { metadata, blank, quarantined, tornTail } = file.lines
  return {
    total: entries + metadata + blank + quarantined + tornTail,
    imported: imported === 'withheld' ? 0 : imported,
    matched: imported === 'withheld' ? 0 : entries - imported - withheld,
    withheld: imported === 'withheld' ? entries : withheld,
    metadata,
    blank,
    quarantined,
    tornTail,
  }
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
): Parameters<typeof decideSince>[5] {
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

function conflictProblems(session: LegacySession, told: Telling): SourceProblem[] {
  if (told.conflicts.size === 0) return []
  const members = [...told.conflicts].map(([name, pairs]) => `${JSON.stringify(name)} (${pairs})`).join(', ')
  const path = session.file?.path ?? ''
  return [
    {
      code: 'field-conflict',
      path,
      detail: `the witnesses tell ${members} differently; the file's value stands, the database's record is kept as history`,
    },
  ]
}

function storeConflicts(session: LegacySession, { conflicts }: Decision): SourceProblem[] {
  if (conflicts.size === 0) return []
  const members = [...conflicts].map(([name, pairs]) => `${JSON.stringify(name)} (${pairs})`).join(', ')
  const path = session.file?.path ?? session.database?.path ?? ''
  const detail = `the store and the source tell ${members} differently; the store's value stands, the source keeps its own`
  return [{ code: 'field-conflict', path, detail }]
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

function keepAll(known: StoreWitness): NonNullable<Decision['placement']> {
  const { length } = known.entries
  return {
    store: rising(length, 1),
    told: new Int32Array(length).fill(-1),
    combine: new Uint8Array(length),
  }
}

/** The witnesses tell nothing: the store keeps what it has, and if that is nothing either, there is nothing to read. */
function reportNothing(
  session: LegacySession,
  file: ScannedWitness | null,
  known: StoreWitness | null,
  problems: readonly SourceProblem[],
): SessionReport {
  const canonical = countMessages(known?.entries ?? [])
  return {
    namespace: session.namespace,
    id: session.id,
    verdict: known ? 'kept' : 'unreadable',
    action: 'unchanged',
    ...(known ? {} : { reason: 'no-usable-entry' }),
    entries: { canonical, legacy: 0, merged: known ? canonical : null, added: 0 },
    lines: countLines(file, 0),
    ...readFile(file),
    problems,
  }
}

/** The same witnesses as before: what they brought is there, and only what the ledger left undecided still is. */
function reportKnown(
  session: LegacySession,
  note: LedgerRecord,
  existing: Session | null,
  file: ScannedWitness | null,
  problems: readonly SourceProblem[],
): SessionReport {
  const then = note.report as unknown as SessionReport & { readonly entryCount: number }
  const undecided = note.verdict === 'ambiguous'
  const decision = decisionOf(note)
  const since = (existing?.entryCount ?? then.entryCount) - then.entryCount
  const canonical = (then.entries.merged ?? then.entries.canonical) + since
  const legacy = file ? countMessages(file.entries) : 0
  return {
    namespace: session.namespace,
    id: session.id,
    verdict: undecided ? 'ambiguous' : canonical === legacy && !decision ? 'identical' : 'kept',
    action: 'unchanged',
    ...(undecided && then.reason ? { reason: then.reason } : {}),
    entries: { canonical, legacy, merged: undecided ? null : canonical, added: 0 },
    lines: countLines(file, undecided ? 'withheld' : 0, decision?.withheld),
    ...readFile(file),
    ...(decision ? { decided: decision.choice } : {}),
    problems,
  }
}

/** A value of plain members as the ledger keeps it. */
export function asJson(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject
}
