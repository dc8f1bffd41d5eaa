import {
  type HistoryReader,
  isJsonObject,
  type JsonObject,
  type LedgerRecord,
  type TranscriptImporter,
  type TranscriptReader,
} from '@faircopy/store-core'
import { type LineCounts, NO_LINES } from '../plan/line-counts.ts'
import { ledgerKey } from '../plan/scan-session.ts'
import { decidedKey, decisionOf, isWord, standingOf } from '../plan/session-standing.ts'
import type { ReadFile } from '../plan/session-report.ts'
import type { LegacySession, LegacyWitness } from '../source/legacy-source.ts'
import { SourceChanged, SourceUnreadable } from '../source/source-error.ts'
import { checkBoundaries } from './check-boundaries.ts'
import { checkCertificates, countCertificates } from './check-certificates.ts'
import { checkHeads } from './check-heads.ts'
import { checkNote, checkQuarantine } from './check-note.ts'
import { type CheckedTold, checkTold } from './check-told.ts'
import { placeOf, placeTold } from './place-told.ts'
import { notesOf, type ProvenSession, proveSession, type StoredEntry } from './proven-session.ts'
import { type ProvenWitness, proveWitness } from './proven-witness.ts'
import type { SourceFinding } from './source-finding.ts'
import type { SessionVerification } from './source-verification.ts'
import { type ProofBasis, proofOfWitness, type WitnessProof } from './witness-proof.ts'

/** What a proof asks of a store: to be read, with its history and its ledger. */
export type ProvingStore = TranscriptReader &
  HistoryReader &
  Pick<TranscriptImporter, 'ledger' | 'quarantined'>

interface Sides {
  readonly database: ProvenWitness | null
  readonly file: ProvenWitness | null
}

/** What a person decided about a session. */
interface Decided {
  readonly note: LedgerRecord
  readonly choice: unknown
  /** Entries that the file had then. */
  readonly lines: number
  /** Entries of the database that may stand nowhere: the store itself was contested, and it was left as it is. */
  readonly rows: number
  /** Entries that the database had then. */
  readonly toldRows: number
  readonly branch: JsonObject | null
}

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
  const database = await prove(session.database, report, signal)
  const file = await prove(session.file, report, signal)
  const isUnread = (session.database !== null && !database) || (session.file !== null && !file)
  const { basis, ...outcome } = isUnread
    ? NOTHING
    : await verifySides(session, { database, file }, store, report, signal)
  const proven = findings.length === 0
  return {
    namespace: session.namespace,
    id: session.id,
    proven,
    ...outcome,
    witnesses: provesWitnesses
      ? await proofsOf(session, { database, file }, proven && basis ? basis : null, store, signal)
      : [],
    findings: findings.map((finding) => ({ namespace: session.namespace, session: session.id, ...finding })),
  }
}

interface Outcome extends Pick<SessionVerification, 'lines' | 'rows' | 'certificates'> {
  readonly basis?: Basis
}

/** What its witnesses rest on. */
interface Basis {
  readonly known: ProvenSession
  readonly note: LedgerRecord
  readonly decided: Decided | null
  /** Lines that stand nowhere. */
  readonly withheld: number
}

const NOTHING: Outcome = {
  lines: NO_LINES,
  rows: { total: 0, stored: 0 },
  certificates: { proven: 0, bygone: 0 },
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
      return await proveWitness(witness, signal)
    } catch (error) {
      if (error instanceof SourceChanged && attempt < ATTEMPTS) continue
      if (!(error instanceof SourceChanged || error instanceof SourceUnreadable)) throw error
      report([{ code: 'source-unreadable', path: witness.path, detail: error.message }])
      return null
    }
  }
}

/** Basis null: what was found says that they can't be proven. */
async function proofsOf(
  session: LegacySession,
  { database, file }: Sides,
  basis: Basis | null,
  store: ProvingStore,
  signal: AbortSignal | undefined,
): Promise<readonly WitnessProof[]> {
  const branch = basis?.decided?.branch ? await store.get(branchOf(basis.decided)) : null
  const known = basis ? [basis.known, ...(branch ? [await proveSession(store, branch, signal)] : [])] : null
  const proofs: WitnessProof[] = []
  for (const [witness, proven] of [
    [session.file, file],
    [session.database, database],
  ] as const) {
    if (!witness) continue
    if (!basis || !known || !proven) {
      proofs.push({
        witness,
        digest: proven?.scanned.digest ?? null,
        note: null,
        lack: null,
        anchored: false,
      })
      continue
    }
    const { note, decided, withheld } = basis
    const own: ProofBasis = {
      known,
      note,
      isDecided: decided !== null,
      withheld: witness.kind === 'file' ? withheld : 0,
    }
    proofs.push(await proofOfWitness(witness, proven, own, store))
  }
  return proofs
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
  const key = ledgerKey(session, database?.scanned ?? null, file?.scanned ?? null)
  const notes = await notesOf(store, address)
  const note = notes.findLast((each) => each.key === key)
  const existing = await store.get(address)
  const told = (database?.told.length ?? 0) + (file?.told.length ?? 0)
  if (told === 0 && (file !== null || database === null) && !note) {
    if (!existing || (file?.setAside.length ?? 0) > 0)
      report([
        { code: 'unreadable-session', detail: 'it has no usable entry, and nothing of it is in the store' },
      ])
    return { ...NOTHING, lines: linesOf(file, null, new Set(), new Set()) }
  }
  if (!existing) {
    const standing = standingOf(notes).as
    report([
      standing === 'known' || standing === 'undecided' || standing === 'decided'
        ? { code: 'session-gone', detail: 'it was imported, and the store does not have it any more' }
        : { code: 'never-imported', detail: 'the store does not have it' },
    ])
    return NOTHING
  }
  const known = await proveSession(store, existing, signal)
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
  const bygone = notes.filter((each) => each !== note).reduce((sum, each) => sum + countCertificates(each), 0)
  if (!note) {
    const outcome = await changedSince(session, sides, known, notes, store, report, signal)
    return { ...outcome, certificates: { proven: 0, bygone } }
  }

  const decided = decidedOf(notes)
  const isDecided = decided?.note.key === decidedKey(key)
  const isUndecided = note.verdict === 'ambiguous' && !isDecided
  const own = new Set(notes.filter((each) => each.key === key || each.key === decidedKey(key)).map(idOf))
  const isOwn = (importId: string): boolean => own.has(importId)
  report(checkNote(known, note, heads, file, decided !== null))
  const checked = await checkCertificates(
    store,
    known,
    note,
    notes,
    heads,
    database?.scanned ?? null,
    file?.scanned ?? null,
  )
  report(checked.findings)
  const certificates = { proven: checked.proven, bygone: checked.bygone + bygone }

  const isAway = awayBy(decided)
  const isContested = contestedBy(notes)
  let rows = { total: database?.told.length ?? 0, stored: 0 }
  if (database && session.database) {
    const ofRows = checkTold(known, {
      kind: 'database',
      path: session.database.path,
      witness: database,
      isOwn,
      isContested,
      mayBeMissing: isAway.database,
      mayBeMoved: movedBy(decided),
    })
    if (decided?.branch)
      report(
        await checkBranch(store, decided, session.database.path, 'database', database, ofRows, isDecided, signal),
      )
    if (!isUndecided || !contestsStore(note, file !== null)) report(ofRows.findings)
    rows = { ...rows, stored: ofRows.places.stored.filter((entry) => entry !== null).length }
  }
  if (!file || !session.file) {
    if (isUndecided) report([undecided(note, 0)])
    const basis = { known, note: isDecided && decided ? decided.note : note, decided, withheld: 0 }
    return { lines: NO_LINES, rows, certificates, basis }
  }
  const { path } = session.file
  if (isUndecided) {
    const left = decided ? leftOver(known, decided, path, file) : new Set(file.told.keys())
    report([undecided(note, left.size), ...writtenInSpite(known, note, path)])
    return { lines: linesOf(file, null, left, new Set()), rows, certificates }
  }
  const ofLines = checkTold(known, {
    kind: 'file',
    path,
    witness: file,
    isOwn,
    isContested,
    mayBeMissing: isAway.file,
    mayBeMoved: never,
  })
  report(ofLines.findings)
  if (decided?.branch) {
    const isSame = isDecided || (await beginsAsDecided(notes, decided, session.file))
    report(await checkBranch(store, decided, path, 'file', file, ofLines, isSame, signal))
  }
  report(
    await checkQuarantine(
      store,
      known,
      isDecided && decided ? decided.note.importId : note.importId,
      { path, witness: file },
      isDecided && decided !== null && leavesLines(decided),
    ),
  )
  const basis = {
    known,
    note: isDecided && decided ? decided.note : note,
    decided,
    withheld: decided?.branch ? 0 : ofLines.withheld.size,
  }
  return { lines: linesOf(file, ofLines, ofLines.withheld, own), rows, certificates, basis }
}

function idOf({ importId }: LedgerRecord): string {
  return importId
}

function undecided(note: LedgerRecord, lines: number): SourceFinding {
  return {
    code: 'undecided',
    detail: `${note.reason ?? 'ambiguous'}: ${lines === 1 ? '1 line is' : `${lines} lines are`} withheld, and left in the file`,
  }
}

/** What an earlier decision has not brought into the store: of what was told by then, and of what was told since. */
function leftOver(
  known: ProvenSession,
  decided: Decided,
  path: string,
  witness: ProvenWitness,
): ReadonlySet<number> {
  const mayBeMissing = (position: number): boolean => position >= decided.lines || leavesLines(decided)
  return checkTold(known, {
    kind: 'file',
    path,
    witness,
    isOwn: () => false,
    isContested: () => true,
    mayBeMissing,
    mayBeMoved: never,
  }).withheld
}

/** Whether it is the store itself that the source contradicts: then nothing of the source was written. */
function contestsStore({ certificate, headBefore }: LedgerRecord, hasPairing: boolean): boolean {
  const listed = isJsonObject(certificate) ? certificate['certificates'] : undefined
  const met = Array.isArray(listed) ? listed.slice(hasPairing ? 1 : 0) : []
  return headBefore !== null && met.some((each) => isJsonObject(each) && each['verdict'] === 'ambiguous')
}

function writtenInSpite(known: ProvenSession, note: LedgerRecord, path: string): SourceFinding[] {
  return [...known.live, ...known.history]
    .filter(({ provenance }) => provenance?.importId === note.importId && provenance.line !== undefined)
    .map(({ id, provenance }) => ({
      code: 'withheld-written',
      path,
      line: provenance?.line ?? 0,
      entry: id,
      detail: 'an entry was made of it, though its order is not known',
    }))
}

/** The last decision of a person that the ledger has about the session. */
function decidedOf(notes: readonly LedgerRecord[]): Decided | null {
  const note = notes.findLast(({ report }) => isJsonObject(report['decision']))
  const decision = note?.report['decision']
  if (!note || !isJsonObject(decision)) return null
  const { choice, file, database, branch } = decision
  const lines = isJsonObject(file) ? Number(file['entries']) : Number.POSITIVE_INFINITY
  const undecided = notes.findLast(({ key }) => decidedKey(key) === note.key)
  const isOfStore =
    undecided !== undefined && contestsStore(undecided, isJsonObject(file) && isJsonObject(database))
  const toldRows = isJsonObject(database) ? Number(database['entries']) : 0
  const rows = isOfStore ? toldRows : 0
  return { note, choice, lines, rows, toldRows, branch: isJsonObject(branch) ? branch : null }
}

function leavesLines({ choice }: Decided): boolean {
  return choice === 'keep-canonical' || choice === 'branch'
}

function branchOf({ branch }: Pick<Decided, 'branch'>): { readonly namespace: string; readonly id: string } {
  return { namespace: String(branch?.['namespace']), id: String(branch?.['id']) }
}

/** Of which members the ledger tells that the witnesses, or one and the store, tell them differently. */
function contestedBy(notes: readonly LedgerRecord[]): (member: string) => boolean {
  const told = notes.flatMap(({ report: { problems } }) =>
    (Array.isArray(problems) ? problems : []).flatMap((problem) =>
      isJsonObject(problem) && problem['code'] === 'field-conflict' ? [String(problem['detail'])] : [],
    ),
  )
  const wasDecided = notes.some((note) => decisionOf(note) !== null)
  return (member) => wasDecided || told.some((detail) => detail.includes(` ${JSON.stringify(member)} (`))
}

/** Which rows may stand in another order than the database's: those that it had when the file's was adopted. */
function movedBy(decided: Decided | null): (position: number) => boolean {
  return (position) => decided?.choice === 'adopt-legacy' && position < decided.toldRows
}

const never = (): boolean => false

/** Which entries of either witness may stand nowhere, by their positions: those that a decision left where they are. */
function awayBy(decided: Decided | null): {
  readonly [K in 'file' | 'database']: (position: number) => boolean
} {
  const before = (count: number) => (position: number) =>
    decided !== null && leavesLines(decided) && position < count
  return { file: before(decided?.lines ?? 0), database: before(decided?.rows ?? 0) }
}

/** Whether a file still begins with the very bytes that were decided on. */
async function beginsAsDecided(
  notes: readonly LedgerRecord[],
  { note }: Decided,
  witness: LegacyWitness,
): Promise<boolean> {
  const undecided = notes.findLast(({ key }) => decidedKey(key) === note.key)
  const file = undecided?.report['file'] as ReadFile | undefined
  return file !== undefined && (await witness.prefixDigest?.(file.bytes)) === file.sha256
}

/** What was decided to become a session of its own must stand there. `isSame`: the witness is the one that was decided on. */
async function checkBranch(
  store: ProvingStore,
  { note, branch, lines, rows }: Decided,
  path: string,
  kind: 'file' | 'database',
  witness: ProvenWitness,
  checked: CheckedTold,
  isSame: boolean,
  signal: AbortSignal | undefined,
): Promise<readonly SourceFinding[]> {
  const address = branchOf({ branch })
  const session = await store.get(address)
  if (!session)
    return [
      { code: 'session-gone', path, detail: `the store does not have its branch ${address.id} any more` },
    ]
  const known = await proveSession(store, session, signal)
  const { findings } = checkTold(known, {
    kind,
    path,
    witness,
    isOwn: (importId) => isSame && importId === note.importId,
    isContested: () => true,
    mayBeMissing: (position) =>
      position >= (kind === 'file' ? lines : rows) || !checked.withheld.has(position),
    mayBeMoved: never,
  })
  return findings.map((finding) => ({ ...finding, ...address, session: address.id }))
}

/** No note of exactly these witnesses: what of them stands in the store says whether they grew or were changed. */
async function changedSince(
  session: LegacySession,
  { database, file }: Sides,
  known: ProvenSession,
  notes: readonly LedgerRecord[],
  store: ProvingStore,
  report: (found: readonly SourceFinding[]) => void,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const note = notes.findLast(isWord)
  if (!note) {
    report([
      standingOf(notes).as === 'indexed'
        ? { code: 'not-imported-yet', detail: 'the store knows of it, and not yet what it says' }
        : { code: 'never-imported', detail: 'the store has a session of its name, and no import of it' },
    ])
    return NOTHING
  }
  const decided = decidedOf(notes)
  let rows = { total: database?.told.length ?? 0, stored: 0 }
  let lines = linesOf(file, null, new Set(), new Set())
  let withheld = 0
  for (const [kind, witness] of [
    ['database', database],
    ['file', file],
  ] as const) {
    const path = session[kind]?.path
    if (!witness || path === undefined) continue
    const checked = checkTold(known, {
      kind,
      path,
      witness,
      isOwn: () => false,
      isContested: () => true,
      mayBeMissing: awayBy(decided)[kind],
      mayBeMoved: kind === 'database' ? movedBy(decided) : never,
    })
    const stands = (position: number): boolean =>
      checked.places.stored[position] !== null ||
      checked.places.absorbed.has(position) ||
      checked.withheld.has(position)
    const ofBranch = decided?.branch
      ? await checkBranch(store, decided, path, kind, witness, checked, false, signal)
      : []
    // An edited line is not the branch's any more: whether it is, is asked of a source that is as it was.
    report(ofBranch.filter(({ line, row }) => line === undefined && row === undefined))
    const isBad = new Set([...checked.findings, ...ofBranch].map(({ line, row }) => `${line} ${row}`))
    const holds = witness.told.map(
      ({ line, row }, position) => stands(position) && !isBad.has(`${line} ${row}`),
    )
    const standing = holds.filter(Boolean).length
    const through = holds.indexOf(false)
    const grown = through === -1 || !holds.slice(through).includes(true)
    if (kind === 'database') rows = { total: witness.told.length, stored: standing }
    else {
      lines = linesOf(file, checked, checked.withheld, new Set(notes.map(idOf)))
      if (!decided?.branch) withheld = checked.withheld.size
    }
    const first = witness.told[through]
    const taken = takenBeyond(known, kind, witness)
    const where = kind === 'file' ? 'line' : 'row'
    const number = kind === 'file' ? first?.line : first?.row
    if (through === -1 && taken === 0) continue
    if (grown && taken === 0) {
      const more = witness.told.length - standing
      report([
        {
          code: 'source-grown',
          path,
          ...(number === undefined ? {} : { [where]: number }),
          detail: `it has ${more} more ${kind === 'file' ? 'lines' : 'rows'} than were imported; what it had then is proven`,
        },
      ])
    } else
      report([
        {
          code: 'source-changed',
          path,
          ...(number === undefined ? {} : { [where]: number }),
          detail: `${standing} of ${witness.told.length} ${where}s stand in the store, ${taken} that were imported it does not have any more`,
        },
      ])
  }
  const basis = { known, note, decided, withheld }
  return { lines, rows, certificates: { proven: 0, bygone: 0 }, basis }
}

/** Entries that were taken from places which the witness does not have any more. */
function takenBeyond(known: ProvenSession, kind: 'file' | 'database', { told }: ProvenWitness): number {
  const places = new Set(told.map(placeTold))
  return known.live.filter((stored) => {
    const place = placeOf(stored, kind)
    return place !== undefined && !places.has(place)
  }).length
}

/** Whether an entry is the line's alone: an import took it from there, and no row tells it. */
function isBrought(
  { provenance }: StoredEntry,
  offset: number | undefined,
  own: ReadonlySet<string>,
): boolean {
  return provenance?.witness === 'file' && provenance.offset === offset && own.has(provenance.importId)
}

/** What became of each line. `checked` null: nothing was looked for. */
function linesOf(
  file: ProvenWitness | null,
  checked: CheckedTold | null,
  withheld: ReadonlySet<number>,
  own: ReadonlySet<string>,
): LineCounts {
  if (!file) return NO_LINES
  const { metadata, blank, quarantined, tornTail } = file.scanned.lines
  let imported = 0
  let matched = 0
  for (const [position, told] of file.told.entries()) {
    const stored = checked?.places.stored[position]
    if (checked?.places.absorbed.has(position)) matched++
    else if (!stored) continue
    else if (isBrought(stored, told.offset, own)) imported++
    else matched++
  }
  const total = file.told.length + metadata + blank + quarantined + tornTail
  return { total, imported, matched, withheld: withheld.size, metadata, blank, quarantined, tornTail }
}
