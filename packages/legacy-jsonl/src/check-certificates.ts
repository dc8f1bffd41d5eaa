import type { Certificate, Witness } from '@faircopy/reconcile'
import { checkCertificate } from '@faircopy/reconcile/check'
import {
  EMPTY_HEAD,
  type HistoryReader,
  isJsonObject,
  type LedgerRecord,
  StoreError,
} from '@faircopy/store-core'
import type { CheckedHeads } from './check-heads.ts'
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
  const before = await storeBefore(store, known, note, heads)
  const hasPairing = database !== null && file !== null
  const expected = (hasPairing ? 1 : 0) + (before === null ? 0 : 1)
  if (before !== 'bygone' && certificates.length !== expected)
    findings.push({
      code: certificates.length < expected ? 'certificate-missing' : 'certificate-refuted',
      detail: `import ${note.importId} needs ${expected} certificates and has ${certificates.length}`,
    })
  const isVerdict = contradicts(note, certificates, hasPairing)
  if (isVerdict) findings.push({ code: 'note-differs', detail: isVerdict })
  const prove = (
    certificate: unknown,
    pairs: readonly (readonly [Witness, Witness])[],
    what: string,
  ): void => {
    const faults = pairs.map(([canonical, legacy]) => checkCertificate(certificate, canonical, legacy))
    const least = faults.find((each) => each.length === 0) ?? faults[0] ?? []
    if (least.length === 0) proven++
    for (const { code, detail } of least)
      findings.push({
        code: code === 'unchecked' ? 'certificate-unchecked' : 'certificate-refuted',
        detail: `${what}: ${code}, ${detail}`,
      })
  }
  const [first, second] = hasPairing ? certificates : [undefined, certificates[0]]
  if (hasPairing && first !== undefined) {
    const pair = [
      { entries: database.entries, history: database.history, digest: database.digest },
      { entries: file.entries, digest: file.digest },
    ] as const
    prove(first, [pair], 'database and file')
  }
  if (second !== undefined && before === 'bygone') bygone++
  else if (second !== undefined && before !== null && before !== 'bygone') {
    const told = tell(database, file)
    const pins = pinEntries(before, told, database, file)
    const { history } = before
    const plain = [
      { entries: before.entries, history },
      { entries: told.entries, digest: note.key },
    ] as const
    const pinned =
      pins &&
      ([
        { entries: pins.store, history },
        { entries: pins.told, digest: note.key },
      ] as const)
    prove(second, pinned ? [plain, pinned] : [plain], 'the store and the source')
  }
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

/**
 * What the store said and had withdrawn when a note was written; null where that was nothing, `bygone` where it can't be
 * put together any more.
 */
async function storeBefore(
  store: HistoryReader,
  known: ProvenSession,
  note: LedgerRecord,
  { places, someGone }: CheckedHeads,
): Promise<WitnessBefore | 'bygone' | null> {
  const { headBefore, importId } = note
  if (headBefore === null) return null
  const place = places.get(headBefore)
  const { session } = known
  if (!place || session.parent?.why === 'fork') return someGone || place ? 'bygone' : null
  const isBefore = new Set<number>()
  const live: StoredEntry[] = []
  try {
    for (const { generation } of await store.generations(session)) {
      if (generation > place.generation && headBefore !== EMPTY_HEAD) break
      for await (const { id, seq } of store.readGeneration(session, generation)) {
        const isHere = generation === place.generation
        if (isHere && seq > place.entries) break
        const entry = known.byId.get(id)
        if (!entry) return 'bygone'
        if (entry.provenance?.importId === importId) break
        isBefore.add(id)
        if (isHere) live.push(entry)
      }
      if (headBefore === EMPTY_HEAD) break
    }
  } catch (error) {
    if (StoreError.is(error) && error.code === 'GENERATION_GONE') return 'bygone'
    throw error
  }
  const liveIds = new Set(live.map(({ id }) => id))
  const superseded = new Set([...isBefore].flatMap((id) => known.byId.get(id)?.provenance?.supersedes ?? []))
  const history = known.history
    .concat(known.live)
    .filter(
      ({ id, provenance }) =>
        isBefore.has(id) && !liveIds.has(id) && provenance?.standing !== 'original' && !superseded.has(id),
    )
  history.sort((one, two) => one.id - two.id)
  if (live.length + history.length === 0) return null
  return {
    entries: live.map(({ witness }) => witness),
    offsets: Float64Array.from(live, ({ provenance }) => provenance?.offset ?? -1),
    rows: Float64Array.from(live, ({ provenance }) => provenance?.row ?? -1),
    history: history.map(({ witness }) => witness),
  }
}
