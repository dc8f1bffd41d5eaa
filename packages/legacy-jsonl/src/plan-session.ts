import { hash } from 'node:crypto'
import type { JsonObject, LedgerRecord, Session } from '@faircopy/store-core'
import { observationProblems, observe } from './changed-source.ts'
import { countMessages, type Decision, decideAlone, decideWithStore } from './decide.ts'
import type { ImportTarget, PlannedWitness, SessionPlan } from './import-plan.ts'
import type { LegacySession, LegacyWitness } from './legacy-source.ts'
import { type LineCounts, NO_LINES } from './line-counts.ts'
import { pinEntries } from './pinned-entries.ts'
import { rivalsDigest, type SettledRivals } from './rival-files.ts'
import { type ScannedWitness, scanWitness } from './scanned-witness.ts'
import type { SessionAction, SessionReport } from './session-report.ts'
import { SourceChanged, SourceUnreadable } from './source-error.ts'
import type { SourceProblem } from './source-problem.ts'
import { readStoreWitness, type StoreWitness } from './store-witness.ts'
import { type HistoryStanding, type Telling, tell } from './telling.ts'

/** Changes whenever the same witnesses could get another verdict: then what the ledger knows is decided anew. */
const DECISION_VERSION = 1

/**
 * Decides what becomes of one session, reading its witnesses once and writing nothing. The database stands as
 * canonical and the file as legacy; their merge then meets what the store has. A witness that cannot be read is
 * reported and left out: what it tells can join later. Of `rivals` that contradict each other nothing is written.
 */
export async function planSession(
  session: LegacySession,
  store: ImportTarget | null,
  signal?: AbortSignal,
  rivals: Pick<SettledRivals, 'contested' | 'problems'> = { contested: [], problems: [] },
): Promise<SessionPlan> {
  const problems: SourceProblem[] = [...rivals.problems]
  const { contested } = rivals
  const database = await scan(session.database, problems, signal)
  const file = await scan(session.file, problems, signal)
  problems.push(...(database?.problems ?? []), ...(file?.problems ?? []))
  const fileDigest = contested.length > 0 ? rivalsDigest(contested) : (file?.digest ?? null)
  const key = ledgerKey(session, database?.digest ?? null, fileDigest)
  const existing = (await store?.get(session)) ?? null
  const note = (await store?.ledgerNote(session, key)) ?? null
  if (note) {
    const report = reportKnown(session, note, existing, file, problems)
    return { session, key, report: contested.length > 0 ? contend(report, contested) : report, work: null }
  }
  const known = existing && store ? await knownOf(store, existing) : null
  const tellsNothing = isEmpty(database) && isEmpty(file) && (file !== null || database === null)
  if (tellsNothing && contested.length === 0) {
    return { session, key, report: reportNothing(session, file, known, problems), work: null }
  }

  const told = tell(database, file)
  const decision = known
    ? decideWithStore(told, known, key, () => pinEntries(known, told, database, file))
    : decideAlone(told, file !== null)
  const history = known ? newHistory(told, known) : told.history
  const toKeep = decision.placement ?? (known && history.size > 0 ? keepAll(known) : null)
  const saysNothing = contested.length > 0 && !known && told.entries.length + history.size === 0
  const placement = saysNothing ? null : toKeep
  const observation = file && existing && store ? await observe(session, file, store) : 'first'
  const bringsNothing = decision.imported === 0 && decision.verdict !== 'ambiguous'
  const report: SessionReport = {
    namespace: session.namespace,
    id: session.id,
    verdict: decision.verdict,
    action: saysNothing ? 'unchanged' : actionOf(existing, decision),
    ...(decision.reason ? { reason: decision.reason } : {}),
    entries: decision.entries,
    lines: countLines(file, decision.verdict === 'ambiguous' ? 'withheld' : decision.imported),
    ...readFile(file),
    ...(told.pairing?.stutter ? { stutter: told.pairing.stutter } : {}),
    ...(decision.combined > 0 ? { combined: decision.combined } : {}),
    problems: [
      ...problems,
      ...observationProblems(observation, file?.witness.path ?? '', bringsNothing),
      ...conflictProblems(session, told),
    ],
  }
  return {
    session,
    key,
    report: contested.length > 0 ? contend(report, contested) : report,
    work: {
      telling: { database: told.database, file: told.file, certain: told.certain, history },
      database: planned(database),
      file: told.pairing?.verdict === 'ambiguous' ? null : planned(file),
      placement,
      expectedHead: existing?.head ?? null,
      key,
      certificate: decision.certificates.length > 0 ? asJson({ certificates: decision.certificates }) : null,
    },
  }
}

/** The report of a session whose files contradict each other: whatever else was decided, nothing of them is written. */
function contend(report: SessionReport, contested: readonly ScannedWitness[]): SessionReport {
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
    problems: [...report.problems, ...contested.flatMap(({ problems }) => problems)],
  }
}

/** The note's report: what the ledger must remember to answer for the session without deciding again. */
export function ledgerReport(report: SessionReport, entryCount: number): JsonObject {
  return asJson({ ...report, entryCount })
}

async function scan(
  witness: LegacyWitness | null,
  problems: SourceProblem[],
  signal: AbortSignal | undefined,
): Promise<ScannedWitness | null> {
  if (!witness) return null
  for (let attempt = 1; ; attempt++) {
    try {
      return await scanWitness(witness, signal)
    } catch (error) {
      if (error instanceof SourceChanged && attempt < 3) continue
      if (!(error instanceof SourceUnreadable || error instanceof SourceChanged)) throw error
      problems.push({
        code:
          error instanceof SourceChanged
            ? 'source-changed'
            : witness.kind === 'file'
              ? 'unreadable-file'
              : 'database-unreadable',
        path: witness.path,
        detail: error.message,
      })
      return null
    }
  }
}

function planned(scanned: ScannedWitness | null): PlannedWitness | null {
  return scanned && { witness: scanned.witness, digest: scanned.digest, about: scanned.about }
}

/** One text for the session, the digests of all its witnesses and the version of the rules, wherever the files lie. */
function ledgerKey(session: LegacySession, database: string | null, file: string | null): string {
  return hash('sha256', JSON.stringify([DECISION_VERSION, session.namespace, session.id, database, file]))
}

/** What the store has of a session, live or history; null where it has nothing. */
async function knownOf(store: ImportTarget, existing: Session): Promise<StoreWitness | null> {
  const known = await readStoreWitness(store, existing)
  return known.entries.length + known.history.length > 0 ? known : null
}

function isEmpty(witness: ScannedWitness | null): boolean {
  return witness === null || (witness.entries.length === 0 && witness.history.length === 0)
}

function readFile(file: ScannedWitness | null): Pick<SessionReport, 'file'> {
  return file?.bytes === undefined ? {} : { file: { bytes: file.bytes, sha256: file.digest } }
}

function actionOf(existing: Session | null, decision: Decision): SessionAction {
  if (!existing) return 'created'
  if (!decision.placement) return 'unchanged'
  if (decision.placement.store.length === 0) return 'unchanged'
  return decision.onlyAppends ? 'extended' : 'replaced'
}

function countLines(file: ScannedWitness | null, imported: number | 'withheld'): LineCounts {
  if (!file) return NO_LINES
  const entries = file.entries.length + file.history.length
  const { metadata, blank, quarantined, tornTail } = file.lines
  return {
    total: entries + metadata + blank + quarantined + tornTail,
    imported: imported === 'withheld' ? 0 : imported,
    matched: imported === 'withheld' ? 0 : entries - imported,
    withheld: imported === 'withheld' ? entries : 0,
    metadata,
    blank,
    quarantined,
    tornTail,
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

/** Rows that the database withdrew and that the store does not have in any form. */
function newHistory(told: Telling, known: StoreWitness): ReadonlyMap<number, HistoryStanding> {
  const spare = new Map<string, number>()
  const add = (fingerprint: string, count: number): void => {
    spare.set(fingerprint, (spare.get(fingerprint) ?? 0) + count)
  }
  for (const entry of [...known.entries, ...known.history]) add(entry.fingerprint, 1)
  for (const entry of told.entries) add(entry.fingerprint, -1)
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
    store: Int32Array.from({ length }, (_, i) => i + 1),
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
  const since = (existing?.entryCount ?? then.entryCount) - then.entryCount
  const canonical = (then.entries.merged ?? then.entries.canonical) + since
  const legacy = file ? countMessages(file.entries) : 0
  return {
    namespace: session.namespace,
    id: session.id,
    verdict: undecided ? 'ambiguous' : canonical === legacy ? 'identical' : 'kept',
    action: 'unchanged',
    ...(undecided && then.reason ? { reason: then.reason } : {}),
    entries: { canonical, legacy, merged: undecided ? null : canonical, added: 0 },
    lines: countLines(file, undecided ? 'withheld' : 0),
    ...readFile(file),
    problems,
  }
}

function asJson(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject
}
