import { checkCertificates, countCertificates } from '../certify/check-certificates.ts'
import { isGone } from '../ledger/lacking-source.ts'
import { NO_LINES } from '../ledger/line-counts.ts'
import { importAbout, isBarred, leavesLines, notesOf } from '../ledger/session-standing.ts'
import { changedSince } from '../proof/changed-since.ts'
import { checkBoundaries } from '../proof/check-boundaries.ts'
import { beginsAsDecided, checkBranches } from '../proof/check-branch.ts'
import { checkBytes, readStoredBytes } from '../proof/check-bytes.ts'
import { checkHeads } from '../proof/check-heads.ts'
import { checkKept } from '../proof/check-kept.ts'
import { checkNote } from '../proof/check-note.ts'
import { type CheckedTold, checkTold, countRedacted } from '../proof/check-told.ts'
import { leftOver, undecidedFinding, writtenInSpite } from '../proof/check-undecided.ts'
import { linesOf } from '../proof/count-told-lines.ts'
import {
  awayBy,
  contestedBy,
  contestsStore,
  type Decided,
  decidedOf,
  movedBy,
  never,
} from '../proof/decided-before.ts'
import { proofsOf } from '../proof/prove-witnesses.ts'
import { proveSession } from '../proof/proven-session.ts'
import { type ProvenWitness, proveWitness } from '../proof/proven-witness.ts'
import type { ProvingStore } from '../proof/proving-store.ts'
import { NOTHING, type Outcome, type Sides } from '../proof/session-outcome.ts'
import type { SourceFinding } from '../proof/source-finding.ts'
import type { SessionVerification } from '../proof/source-verification.ts'
import type { LegacySession, LegacyWitness } from '../source/legacy-source.ts'
import { SourceChanged, SourceUnreadable } from '../source/source-error.ts'
import { fileLineage } from '../witness/file-lineage.ts'
import { ledgerKey } from '../witness/scan-session.ts'
import { countTold } from '../witness/scanned-witness.ts'
import { unreadDetail } from '../witness/unread-session.ts'

/**
 * Proves one session of a source: see `verifySource`.
 *
 * @param provesWitnesses says of each witness as well whether the store could do without it
 */
export async function verifySession(
  session: LegacySession,
  store: ProvingStore,
  signal?: AbortSignal,
  provesWitnesses = false,
): Promise<SessionVerification> {
  const findings: SourceFinding[] = []
  const report = (found: readonly SourceFinding[]): void => {
    findings.push(...found)
  }
  report((session.refused ?? []).map(({ path, detail }) => ({ code: 'source-unreadable', path, detail })))
  const database = await prove(session.database, report, signal)
  const file = await prove(session.file, report, signal)
  const isUnread = (session.database !== null && !database) || (session.file !== null && !file)
  const { basis, ...outcome } = isUnread
    ? NOTHING
    : await verifySides(session, { database, file }, store, report, signal)
  const gone = !isUnread && tellsNothing(session, { database, file }) && (await isGone(session, store))
  const holds = findings.length === 0
  const scanned = [database?.scanned ?? null, file?.scanned ?? null]
  const unread = holds ? await unreadDetail(scanned, await store.get(session), store) : null
  if (unread !== null) report([{ code: 'no-message', detail: unread }])
  return {
    namespace: session.namespace,
    id: session.id,
    proven: holds && !gone,
    gone,
    ...outcome,
    witnesses: provesWitnesses
      ? await proofsOf(session, { database, file }, holds && basis ? basis : null, store, signal)
      : [],
    findings: findings.map((finding) => ({ namespace: session.namespace, session: session.id, ...finding })),
  }
}

function tellsNothing({ refused = [] }: LegacySession, { database, file }: Sides): boolean {
  const told = [database, file].map((each) =>
    each ? countTold(each.scanned) + each.scanned.unread.length : 0,
  )
  return refused.length === 0 && told.every((count) => count === 0)
}

const ATTEMPTS = 3

async function prove(
  witness: LegacyWitness | null,
  report: (found: readonly SourceFinding[]) => void,
  signal: AbortSignal | undefined,
): Promise<ProvenWitness | null> {
  if (!witness) return null
  for (let attempt = 1; ; attempt++) {
    try {
      const proven = await proveWitness(witness, signal)
      report(unreadParts(proven))
      return proven
    } catch (error) {
      if (error instanceof SourceChanged && attempt < ATTEMPTS) continue
      if (!(error instanceof SourceChanged || error instanceof SourceUnreadable)) throw error
      report([{ code: 'source-unreadable', path: witness.path, detail: error.message }])
      return null
    }
  }
}

/** What a witness says that it has and that could not be read: whatever else is proven, that is not. */
function unreadParts({ scanned: { problems } }: ProvenWitness): readonly SourceFinding[] {
  return problems
    .filter(({ code }) => code === 'database-unreadable')
    .map(({ path, detail }) => ({ code: 'source-unreadable', path, detail }))
}

async function verifySides(
  session: LegacySession,
  sides: Sides,
  store: ProvingStore,
  report: (found: readonly SourceFinding[]) => void,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const { database, file } = sides
  const address = { namespace: session.namespace, id: session.id }
  const isPart = (session.refused?.length ?? 0) > 0 || (database !== null && unreadParts(database).length > 0)
  const key = ledgerKey(session, database?.scanned ?? null, file?.scanned ?? null, isPart)
  const notes = await notesOf(store, address)
  const note = importAbout(notes, key)
  const existing = await store.get(address)
  const told = (database?.told.length ?? 0) + (file?.told.length ?? 0)
  const isKnown = note !== undefined || (tellsNothing(session, sides) && (await isGone(session, store)))
  if (told === 0 && (file !== null || database === null) && !isKnown) {
    if (!existing)
      report([
        { code: 'unreadable-session', detail: 'it has no usable entry, and nothing of it is in the store' },
      ])
    else if (file && session.file) {
      const stored = await readStoredBytes(store, [await proveSession(store, existing, signal)])
      const source = { path: session.file.path, witness: file }
      report(await checkBytes(stored, source, null, 'source-grown', never))
    }
    return { ...NOTHING, lines: await linesOf(file, null, new Set(), new Set()) }
  }
  if (!existing) {
    report([
      isBarred(notes)
        ? { code: 'session-gone', detail: 'it was there, and was deleted or pruned' }
        : { code: 'never-imported', detail: 'the store does not have it' },
    ])
    return NOTHING
  }
  const lineage = await fileLineage(notes, file?.scanned ?? null)
  const known = await proveSession(store, existing, signal, lineage)
  report(
    known.unhashed.map(
      (entry): SourceFinding =>
        entry === -1
          ? { code: 'entry-hash', detail: 'its head is not that of its entries' }
          : { code: 'entry-hash', entry, detail: 'it does not match its own hash' },
    ),
  )
  const heads = await checkHeads(store, existing, notes)
  report(heads.findings)
  report(await checkBoundaries(store, existing, notes, heads))
  report(await checkKept(store, known, notes, heads))
  const bygone = notes.filter((each) => each !== note).reduce((sum, each) => sum + countCertificates(each), 0)
  if (!note) {
    const outcome = await changedSince(session, sides, known, notes, { store, report, signal })
    return { ...outcome, certificates: { proven: 0, bygone } }
  }

  const decided = decidedOf(notes)
  const isDecided = decided?.note.about === key
  const isUndecided = note.verdict === 'ambiguous' && !isDecided
  const own = new Set(
    notes.flatMap((each) => {
      const isTaking = each.as === 'import' || each.as === 'decision' || each.as === 'dated'
      return isTaking && each.about === key ? [each.importId] : []
    }),
  )
  const isOwn = (importId: string): boolean => own.has(importId)
  report(checkNote(known, note, heads, file, decided !== null))
  const checked = await checkCertificates(store, { known, notes, heads }, note, {
    database: database?.scanned ?? null,
    file: file?.scanned ?? null,
    lineage,
  })
  report(checked.findings)
  const certificates = { proven: checked.proven, bygone: checked.bygone + bygone }

  const isAway = awayBy(decided)
  const reportTold = (checked: CheckedTold): void =>
    report(heads.isPruned ? checked.findings.map(asPruned) : checked.findings)
  const isContested = contestedBy(notes)
  let rows = { total: database?.told.length ?? 0, stored: 0 }
  let redacted = 0
  if (database && session.database) {
    const ofRows = await checkTold(known, {
      kind: 'database',
      path: session.database.path,
      witness: database,
      isOwn,
      isContested,
      mayBeMissing: isAway.database,
      mayBeMoved: movedBy(decided),
    })
    const isSame = (each: Decided): boolean => isDecided && each === decided
    const branched = {
      kind: 'database',
      path: session.database.path,
      witness: database,
      checked: ofRows,
      isSame,
    } as const
    report(await checkBranches(store, decided, branched, signal))
    if (!isUndecided || !contestsStore(note, file !== null)) reportTold(ofRows)
    redacted += countRedacted(ofRows)
    rows = { ...rows, stored: ofRows.places.stored.filter((entry) => entry !== null).length }
  }
  if (!file || !session.file) {
    if (isUndecided) report([undecidedFinding(note, 0)])
    const basis = { known, note: isDecided && decided ? decided.note : note, decided, withheld: 0 }
    return { lines: NO_LINES, rows, redacted, certificates, basis }
  }
  const { path } = session.file
  if (isUndecided) {
    const left = decided ? await leftOver(known, decided, path, file) : new Set(file.told.keys())
    report([undecidedFinding(note, left.size), ...writtenInSpite(known, note, path)])
    return { lines: await linesOf(file, null, left, new Set()), rows, redacted, certificates }
  }
  const ofLines = await checkTold(known, {
    kind: 'file',
    path,
    witness: file,
    isOwn,
    isContested,
    mayBeMissing: isAway.file,
    mayBeMoved: never,
  })
  reportTold(ofLines)
  const { file: legacy } = session
  const isSame = async (each: Decided): Promise<boolean> =>
    (isDecided && each === decided) || beginsAsDecided(notes, each, legacy)
  const branched = { kind: 'file', path, witness: file, checked: ofLines, isSame } as const
  report(await checkBranches(store, decided, branched, signal))
  const leaves = isDecided && decided !== null && leavesLines(decided)
  const mayBeAway = (position: number | null): boolean => (position === null ? leaves : isAway.file(position))
  const stored = await readStoredBytes(store, [known])
  report(await checkBytes(stored, { path, witness: file }, ofLines, 'quarantine-differs', mayBeAway))
  const basis = {
    known,
    note: isDecided && decided ? decided.note : note,
    decided,
    withheld: decided?.branch ? decided.withheld : ofLines.withheld.size,
  }
  redacted += countRedacted(ofLines)
  return { lines: await linesOf(file, ofLines, ofLines.withheld, own), rows, redacted, certificates, basis }
}

/** Of a session whose past is not there whole, what is missing was nothing that anyone had to keep. */
function asPruned(finding: SourceFinding): SourceFinding {
  return finding.code === 'line-missing'
    ? { ...finding, code: 'line-pruned', detail: 'it left the session, whose past was pruned' }
    : finding
}
