import type { Certificate, Witness } from '@faircopy/reconcile'
import { checkCertificate } from '@faircopy/reconcile/check'
import { type HistoryReader, isJsonObject, type LedgerRecord, StoreError } from '@faircopy/store-core'
import type { CheckedHeads, HeadPlace } from './check-heads.ts'
import { pinEntries } from './pinned-entries.ts'
import type { ProvenSession, StoredEntry } from './proven-session.ts'
import type { ScannedWitness } from './scanned-witness.ts'
import type { SourceFinding } from './source-finding.ts'
import type { StoreWitness } from './store-witness.ts'
import { tell } from './telling.ts'

type WitnessBefore = Pick<StoreWitness, 'entries' | 'offsets' | 'rows' | 'history'>

/** What was found of the certificates of a note. */
export interface CheckedCertificates {
  readonly proven: number
  /** Made for something the store does not have any more. */
  readonly bygone: number
  readonly findings: readonly SourceFinding[]
}

/**
 * Proves the certificates of the note that decided about exactly these witnesses: of the database and the file, where
 * there are both, and then of the two with what the store said before. What it said before is put together again from
 * its generations.
 */
export async function checkCertificates(
  store: HistoryReader,
  known: ProvenSession,
  note: LedgerRecord,
  heads: CheckedHeads,
  database: ScannedWitness | null,
  file: ScannedWitness | null,
): Promise<CheckedCertificates> {
  const findings: SourceFinding[] = []
  let proven = 0
  let bygone = 0
  const listed = isJsonObject(note.certificate) ? note.certificate['certificates'] : undefined
  const certificates: readonly unknown[] = Array.isArray(listed) ? listed : []
  const before = await statesBefore(store, known, note, heads)
  const hasPairing = database !== null && file !== null
  const needed = new Set(before.states.map((state) => (hasPairing ? 1 : 0) + (state === null ? 0 : 1)))
  if (!before.isBygone && !needed.has(certificates.length)) {
    const least = Math.min(...needed)
    findings.push({
      code: certificates.length < least ? 'certificate-missing' : 'certificate-refuted',
      detail: `import ${note.importId} needs ${least} certificates and has ${certificates.length}`,
    })
  }
  const contradiction = contradicts(note, certificates, hasPairing)
  if (contradiction !== null) findings.push({ code: 'note-differs', detail: contradiction })
  const prove = (
    certificate: unknown,
    pairs: readonly (readonly [Witness, Witness])[],
    what: string,
    canBeBygone: boolean,
  ): void => {
    const faults = pairs.map(([canonical, legacy]) => checkCertificate(certificate, canonical, legacy))
    const least = faults.find((each) => each.length === 0) ?? faults[0] ?? []
    if (least.length === 0) proven++
    else if (canBeBygone) bygone++
    else
      findings.push(
        ...least.map(
          ({ code, detail }): SourceFinding => ({
            code: code === 'unchecked' ? 'certificate-unchecked' : 'certificate-refuted',
            detail: `${what}: ${code}, ${detail}`,
          }),
        ),
      )
  }
  const [first, second] = hasPairing ? certificates : [undefined, certificates[0]]
  if (hasPairing && first !== undefined) {
    const pair = [
      { entries: database.entries, history: database.history, digest: database.digest },
      { entries: file.entries, digest: file.digest },
    ] as const
    prove(first, [pair], 'database and file', false)
  }
  if (second === undefined) return { proven, bygone, findings }
  const told = tell(database, file)
  const pairs = before.states.flatMap((state): (readonly [Witness, Witness])[] => {
    if (state === null) return []
    const { entries, history } = state
    const pins = pinEntries(state, told, database, file)
    return [
      [
        { entries, history },
        { entries: told.entries, digest: note.key },
      ],
      ...(pins
        ? [
            [
              { entries: pins.store, history },
              { entries: pins.told, digest: note.key },
            ] as const,
          ]
        : []),
    ]
  })
  if (pairs.length === 0) bygone++
  else prove(second, pairs, 'the store and the source', before.isBygone)
  return { proven, bygone, findings }
}

/** What a note says in spite of its own certificates; null where they agree. */
function contradicts(
  { importId, verdict, reason }: LedgerRecord,
  certificates: readonly unknown[],
  hasPairing: boolean,
): string | null {
  const [first] = certificates as readonly (Certificate | undefined)[]
  const last = (certificates as readonly (Certificate | undefined)[]).at(-1)
  if (!first || !last) return null
  const contested = hasPairing && first.verdict === 'ambiguous' ? first : last
  if (contested.verdict === verdict && (contested.reason ?? null) === reason) return null
  return `import ${importId} says ${reason ?? verdict}, and its certificate ${contested.reason ?? contested.verdict}`
}

/** What the store can have said and withdrawn when a note was written; null where that was nothing. */
interface StatesBefore {
  readonly states: readonly (WitnessBefore | null)[]
  /** Part of it is gone for good, so that a certificate may not be provable any more. */
  readonly isBygone: boolean
}

/** With an import that brought no entry, how many of the withdrawn ones were there already is tried, up to so many. */
const STATES_TRIED = 8

/** What was live is what chains to the head before; what was history is all else that has an older id than what came. */
async function statesBefore(
  store: HistoryReader,
  known: ProvenSession,
  { headBefore, importId }: LedgerRecord,
  { places }: CheckedHeads,
): Promise<StatesBefore> {
  if (headBefore === null) return { states: [null], isBygone: false }
  const found = places.get(headBefore) ?? []
  const lives: (readonly StoredEntry[])[] = []
  for (const place of found) {
    const live = await liveAt(store, known, place)
    if (live) lives.push(live)
  }
  if (lives.length === 0 || known.session.parent?.why === 'fork') return { states: [], isBygone: true }
  const all = [...known.byId.values()].sort((one, two) => one.id - two.id)
  const brought = all.find(({ provenance }) => provenance?.importId === importId)?.id
  const states = lives.flatMap((live) => {
    const isLive = new Set(live.map(({ id }) => id))
    const newest = live.reduce((most, { id }) => Math.max(most, id), 0)
    if (brought !== undefined && brought <= newest) return []
    const later = all.filter(({ id }) => id > newest).map(({ id }) => id)
    const ends = brought === undefined ? [...later, Number.POSITIVE_INFINITY] : [brought]
    return ends.slice(-STATES_TRIED).map((end) => stateOf(all, live, isLive, end))
  })
  const isWhole = all.filter(({ id }) => id < (brought ?? 0)).every(({ id }, i) => id === i + 1)
  return { states, isBygone: !isWhole || states.length === 0 }
}

function stateOf(
  all: readonly StoredEntry[],
  live: readonly StoredEntry[],
  isLive: ReadonlySet<number>,
  end: number,
): WitnessBefore | null {
  const older = all.filter(({ id }) => id < end)
  const superseded = new Set(older.flatMap(({ provenance }) => provenance?.supersedes ?? []))
  const history = older.filter(
    ({ id, provenance }) => !isLive.has(id) && provenance?.standing !== 'original' && !superseded.has(id),
  )
  if (live.length + history.length === 0) return null
  return {
    entries: live.map(({ witness }) => witness),
    offsets: Float64Array.from(live, ({ provenance }) => provenance?.offset ?? -1),
    rows: Float64Array.from(live, ({ provenance }) => provenance?.row ?? -1),
    history: history.map(({ witness }) => witness),
  }
}

/** The entries that a head stood for; null where they are gone. */
async function liveAt(
  store: HistoryReader,
  { session, byId }: ProvenSession,
  place: HeadPlace,
): Promise<readonly StoredEntry[] | null> {
  const live: StoredEntry[] = []
  if (place.entries === 0) return live
  try {
    for await (const { id } of store.readGeneration(session, place.generation)) {
      const entry = byId.get(id)
      if (!entry) return null
      live.push(entry)
      if (live.length === place.entries) break
    }
    return live
  } catch (error) {
    if (StoreError.is(error) && error.code === 'GENERATION_GONE') return null
    throw error
  }
}
