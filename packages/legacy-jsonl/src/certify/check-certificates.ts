import type { Certificate, Reconciliation, Witness } from '@faircopy/reconcile'
import { type CertificateFault, checkingCertificate } from '@faircopy/reconcile/check'
import type { HistoryReader } from '@faircopy/store-core'
import { eachInTurn, giveWay, inTurns } from '@faircopy/store-core/backend'
import { PARTLY_READ } from '@faircopy/store-core/operator'
import { boundaryOf, type ImportContent, type Note, type Written } from '../ledger/note.ts'
import { type Cut, cutOf, importBoundary, type Witnesses } from '../plan/boundary-cuts.ts'
import { verdictSince } from '../plan/decide.ts'
import { behind, cutAfter, lastDecision, storeSince } from '../plan/decided-past.ts'
import { stretchesOf, verdictOf } from '../plan/meeting.ts'
import { type PinnedEntries, pairedBefore, pinEntries } from '../plan/pinned-entries.ts'
import type { StoreWitness } from '../plan/store-witness.ts'
import { type PairedEntries, type Telling, tell } from '../plan/telling.ts'
import { knowWithdrawn } from '../plan/withdrawn-places.ts'
import { type CheckedHeads, entriesAt } from '../proof/check-heads.ts'
import type { ProvenSession, StoredEntry } from '../proof/proven-session.ts'
import type { SourceFinding } from '../proof/source-finding.ts'
import type { ScannedWitness } from '../witness/scanned-witness.ts'

/** What was found of the certificates of a note. */
export interface CheckedCertificates {
  readonly proven: number
  /** Made for something the store does not have any more. */
  readonly bygone: number
  readonly findings: readonly SourceFinding[]
}

/** What is proven of a session, so that its certificates can be. */
export interface Proven {
  readonly known: ProvenSession
  /** In the order of the ledger. */
  readonly notes: readonly Note[]
  readonly heads: CheckedHeads
}

/**
 * Proves the certificates of the note that decided about exactly these witnesses: of the database and the file, where
 * there are both, and then of the two with what the store said before, one for each stretch between two boundaries.
 * What it said before is put together again from its generations, and what a person had decided by then is cut off.
 */
export async function checkCertificates(
  store: HistoryReader,
  { known, notes, heads }: Proven,
  note: Imported,
  witnesses: Witnesses,
): Promise<CheckedCertificates> {
  const { database, file } = witnesses
  const certificates = note.certificates
  const earlier = notes.slice(0, notes.indexOf(note))
  const decided = lastDecision(earlier)
  const laterRuns = new Set(notes.slice(notes.indexOf(note) + 1).map(({ importId }) => importId))
  const before = await statesBefore(store, { known, heads }, note, laterRuns, decided?.importId ?? null)
  const isBygone = before.isBygone || lostNotes(notes, note)
  let best: Judged | null = null
  for (const state of before.states) {
    const past = state && decided && (await cutAfter(decided.decision, state, database, file))
    const sides = {
      database: behind(database, past?.database ?? 0),
      file: behind(file, past?.file ?? 0),
    }
    const since = state && past ? storeSince(state, past) : state
    const paired = pairedBefore(since, earlier, sides, witnesses.lineage)
    const told = await tell(sides.database, sides.file, paired)
    const noted = since ? await notedCuts(note, earlier, since, told, witnesses) : []
    const setting = {
      ...sides,
      store: since,
      told,
      paired: paired(),
      hasPast: past !== null,
      ...cutsOf(noted),
    }
    const judged = await judge(setting, note, certificates)
    if (!best || judged.bad < best.bad) best = judged
    if (best.bad === 0) break
  }
  if (!best) {
    const sure =
      database && file && !decided
        ? await judge(await alone(database, file), note, certificates.slice(0, 1))
        : null
    const proven = sure?.proven ?? 0
    return {
      proven,
      bygone: certificates.length - proven - (sure?.findings.length ? 1 : 0),
      findings: sure?.findings ?? [],
    }
  }
  if (!isBygone || best.bad === 0) return { proven: best.proven, bygone: 0, findings: best.findings }
  const sure = database && file && !decided && !lostDecision(notes) ? best.ofPairing : []
  const left = certificates.length - best.proven - (sure.length > 0 ? 1 : 0)
  return { proven: best.proven, bygone: Math.max(left, 0), findings: sure }
}

/** How many certificates a note has. */
export function countCertificates(note: Note): number {
  return note.as === 'import' ? note.certificates.length : 0
}

type Imported = Written & ImportContent

/** What can have met when a note was written. */
interface Setting {
  readonly database: ScannedWitness | null
  readonly file: ScannedWitness | null
  /** Null where the store had nothing of the session. */
  readonly store: StoreWitness | null
  readonly told: Telling
  /** The two as an import paired them before. */
  readonly paired: PairedEntries | undefined
  readonly hasPast: boolean
  readonly cuts: readonly Cut[]
  /** A boundary that the note names is not proven. */
  readonly isCutUnproven: boolean
}

interface Judged {
  readonly proven: number
  /** How much speaks against it. */
  readonly bad: number
  readonly findings: readonly SourceFinding[]
  /** Those about database and file alone. */
  readonly ofPairing: readonly SourceFinding[]
}

async function alone(database: ScannedWitness, file: ScannedWitness): Promise<Setting> {
  const told = await tell(database, file)
  return {
    database,
    file,
    store: null,
    told,
    paired: undefined,
    hasPast: false,
    cuts: [],
    isCutUnproven: false,
  }
}

async function judge(given: Setting, note: Imported, certificates: readonly unknown[]): Promise<Judged> {
  const known = given.store && (await knowWithdrawn(given.store, given.told, given.database, given.file))
  const setting = known ? { ...given, store: known.store, told: known.telling } : given
  const { database, file, store, told, cuts } = setting
  const findings: SourceFinding[] = []
  const hasPairing = database !== null && file !== null
  const stretches = store ? stretchesOf(store, told, cuts) : []
  const needed = (hasPairing ? 1 : 0) + stretches.length
  if (setting.isCutUnproven)
    findings.push({
      code: 'boundary-refuted',
      detail: `import ${note.importId} rests on a boundary that the ledger and the source do not prove`,
    })
  if (certificates.length !== needed)
    findings.push({
      code: certificates.length < needed ? 'certificate-missing' : 'certificate-refuted',
      detail: `import ${note.importId} needs ${needed} certificates and has ${certificates.length}`,
    })
  const contradiction = contradicts(setting, note, certificates)
  if (contradiction !== null) findings.push({ code: 'note-differs', detail: contradiction })
  let proven = 0
  const prove = async (
    certificate: unknown,
    pairs: readonly (readonly [Witness, Witness])[],
    what: string,
  ): Promise<readonly SourceFinding[]> => {
    const faults: (readonly CertificateFault[])[] = []
    for (const [canonical, legacy] of pairs)
      faults.push(await inTurns(checkingCertificate(certificate, canonical, legacy)))
    const least = faults.find((each) => each.length === 0) ?? faults[0] ?? []
    if (least.length === 0) proven++
    return least.map(({ code, detail }) => ({
      code: code === 'unchecked' ? 'certificate-unchecked' : 'certificate-refuted',
      detail: `${what}: ${code}, ${detail}`,
    }))
  }
  const [first, ...others] = hasPairing ? certificates : [undefined, ...certificates]
  const ofPairing =
    hasPairing && first !== undefined
      ? await prove(
          first,
          [
            { database: database.entries, file: file.entries },
            ...(setting.paired ? [setting.paired] : []),
          ].map((each) => [
            { entries: each.database, history: database.history, digest: database.digest },
            { entries: each.file, digest: file.digest },
          ]),
          'database and file',
        )
      : []
  findings.push(...ofPairing)
  const pins: PinnedEntries[] = []
  for (const keepsApart of store ? [false, true] : []) {
    const pinned = store && (await pinEntries(store, told, database, file, keepsApart))
    if (pinned) pins.push(pinned)
  }
  const sides = store ? [{ store: store.entries, told: told.entries }, ...pins] : []
  for (const [i, { from, to, history }] of stretches.entries()) {
    if (others[i] === undefined) continue
    const pairs = sides.map(
      (side) =>
        [
          { entries: side.store.slice(from.store, to.store), history },
          { entries: side.told.slice(from.told, to.told), digest: note.key },
        ] as const,
    )
    findings.push(...(await prove(others[i], pairs, 'the store and the source')))
  }
  return { proven, bad: findings.length, findings, ofPairing }
}

/** What a note says in spite of its own certificates; null where they agree. */
function contradicts(
  { database, file, store, told, hasPast }: Setting,
  { importId, verdict, reason }: Imported,
  certificates: readonly unknown[],
): string | null {
  const all = certificates as readonly (Certificate | undefined)[]
  const first = database && file ? all[0] : undefined
  const met = (first ? all.slice(1) : all).filter((each) => each !== undefined)
  if (!first && met.length === 0) return null
  const contested =
    first?.verdict === 'ambiguous' ? first : met.find((certificate) => certificate.verdict === 'ambiguous')
  const own: Reconciliation['verdict'] =
    contested?.verdict ?? (met.length === 0 || !store ? (first?.verdict ?? 'kept') : verdictOf(met))
  const whole = hasPast ? verdictSince(own, told) : own
  // What is equal is not called so where a part was not read.
  const isPart = reason === PARTLY_READ && whole !== 'ambiguous'
  const said = isPart && whole === 'identical' ? 'kept' : whole
  const why = contested?.reason ?? (isPart ? reason : null)
  if (said === verdict && why === reason) return null
  return `import ${importId} says ${reason ?? verdict}, and its certificates ${why ?? said}`
}

/** Of each boundary that a note rests on, the place; null where nothing before it in the ledger proves it. */
async function notedCuts(
  { boundaries, session }: Imported,
  earlier: readonly Note[],
  store: StoreWitness,
  told: Telling,
  witnesses: Witnesses,
): Promise<readonly (Cut | null)[]> {
  const provable = new Map<string, Cut>()
  for (const note of earlier) {
    for (const boundary of [boundaryOf(note), importBoundary(note, session, store, witnesses.database)]) {
      const cut = boundary && (await cutOf(boundary, store, told, witnesses))
      if (cut) provable.set(cutName(cut), cut)
    }
  }
  return boundaries.map((noted) => provable.get(cutName((noted ?? {}) as Partial<Cut>)) ?? null)
}

function cutName({ store, told, entry, limit }: Partial<Cut>): string {
  return JSON.stringify([store, told, entry, limit])
}

/** Boundaries that follow one another in both histories. */
function cutsOf(noted: readonly (Cut | null)[]): Pick<Setting, 'cuts' | 'isCutUnproven'> {
  const cuts = noted.filter((cut) => cut !== null)
  const isInOrder = cuts.every(({ store, told }, i) => {
    const last = cuts[i - 1]
    return !last || (store >= last.store && told >= last.told)
  })
  return isInOrder && cuts.length === noted.length
    ? { cuts, isCutUnproven: false }
    : { cuts: [], isCutUnproven: true }
}

/** Whether a run was undone after a note: what it had noted before is gone, and can have been what the note rests on. */
function lostNotes(notes: readonly Note[], note: Note): boolean {
  return notes.slice(notes.indexOf(note)).some(({ as }) => as === 'undo')
}

function lostDecision(notes: readonly Note[]): boolean {
  return notes.some((note) => note.as === 'undo' && note.undone.as === 'decision')
}

/** What the store can have said and withdrawn when a note was written; null where that was nothing. */
interface StatesBefore {
  readonly states: readonly (StoreWitness | null)[]
  /** Part of it is gone for good, so that a certificate may not be provable any more. */
  readonly isBygone: boolean
}

/** With an import that brought no entry, how many of the withdrawn ones were there already is tried, up to so many. */
const STATES_TRIED = 32

/** What was live is what chains to the head before; what was history is all else that has an older id than what came. */
async function statesBefore(
  store: HistoryReader,
  { known, heads: { places } }: Pick<Proven, 'known' | 'heads'>,
  { headBefore, importId }: Note,
  laterRuns: ReadonlySet<string>,
  decidedIn: string | null,
): Promise<StatesBefore> {
  if (headBefore === null) return { states: [null], isBygone: false }
  const found = places.get(headBefore) ?? []
  const lives: (readonly StoredEntry[])[] = []
  for (const place of found) {
    const live = await entriesAt(store, known, place)
    if (live) lives.push(live)
  }
  if (lives.length === 0 || known.session.parent?.why === 'fork') return { states: [], isBygone: true }
  await giveWay()
  const all = [...known.byId.values()].sort((one, two) => one.id - two.id)
  const brought = all.find(({ provenance }) => provenance?.importId === importId)?.id
  const laterFirst =
    all.find(({ provenance }) => provenance && laterRuns.has(provenance.importId))?.id ??
    Number.POSITIVE_INFINITY
  let isTooMany = false
  const states: (StoreWitness | null)[] = []
  for (const live of lives) {
    await giveWay()
    const isLive = new Set(live.map(({ id }) => id))
    const newest = live.reduce((most, { id }) => Math.max(most, id), 0)
    if (brought !== undefined && brought <= newest) continue
    const between = all.filter(({ id }) => id > newest && id < laterFirst).map(({ id }) => id)
    const ends = brought === undefined ? fromBothEnds([...between, laterFirst]) : [brought]
    isTooMany ||= ends.length > STATES_TRIED
    for (const end of ends.slice(0, STATES_TRIED))
      states.push(await stateOf(all, live, isLive, end, decidedIn))
  }
  await giveWay()
  const isWhole = all.filter(({ id }) => id < (brought ?? 0)).every(({ id }, i) => id === i + 1)
  const isRedacted = all.some((entry) => entry.isRedacted)
  return { states, isBygone: !isWhole || isRedacted || isTooMany || states.length === 0 }
}

/** The same numbers, the first and the last before those between them. */
function fromBothEnds(ids: readonly number[]): readonly number[] {
  return ids.map((_, i) => ids[i % 2 === 0 ? i / 2 : ids.length - (i + 1) / 2] as number)
}

async function stateOf(
  all: readonly StoredEntry[],
  live: readonly StoredEntry[],
  isLive: ReadonlySet<number>,
  end: number,
  decidedIn: string | null,
): Promise<StoreWitness | null> {
  const older = all.filter(({ id }) => id < end)
  const superseded = new Set<number>()
  await eachInTurn(older, ({ provenance }) => {
    if (provenance?.supersedes !== undefined) superseded.add(provenance.supersedes)
  })
  const history = older.filter(
    ({ id, provenance }) => !isLive.has(id) && provenance?.standing !== 'original' && !superseded.has(id),
  )
  if (live.length + history.length === 0) return null
  await giveWay()
  const lastOfImport = new Map(
    older.flatMap(({ id, provenance }) => (provenance ? [[provenance.importId, id] as const] : [])),
  )
  return {
    entries: live.map(({ witness }) => witness),
    ids: Float64Array.from(live, ({ id }) => id),
    combinable: new Uint8Array(live.length),
    redacted: Uint8Array.from(live, ({ isRedacted }) => (isRedacted ? 1 : 0)),
    dated: Uint8Array.from(live, ({ at }) => (at === null ? 0 : 1)),
    offsets: Float64Array.from(live, ({ provenance }) => provenance?.offset ?? -1),
    rows: Float64Array.from(live, ({ provenance }) => provenance?.row ?? -1),
    written: Float64Array.from(live, writtenId),
    history: history.map(({ witness }) => witness),
    historyIds: history.map(({ id }) => id),
    historyWritten: history.map(writtenId),
    historyOffsets: history.map(({ provenance }) => provenance?.offset ?? -1),
    historyRows: history.map(({ provenance }) => provenance?.row ?? -1),
    historyRedacted: history.map(({ isRedacted }) => (isRedacted ? 1 : 0)),
    lastId: older.at(-1)?.id ?? 0,
    lastOfDecision: lastOfImport.get(decidedIn ?? '') ?? 0,
    lastOfImport,
  }
}

function writtenId({ id, provenance }: StoredEntry): number {
  return provenance === null ? id : 0
}
