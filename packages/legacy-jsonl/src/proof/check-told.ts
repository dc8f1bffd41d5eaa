import type { WitnessEntry } from '@faircopy/reconcile/check'
import { eachInTurn } from '@faircopy/store-core/backend'
import {
  type PlaceCheck,
  placeOf,
  placesOf,
  placeTold,
  type ToldPlaces,
  witnessEntries,
} from './place-told.ts'
import type { ProvenSession, StoredEntry } from './proven-session.ts'
import type { ToldEntry } from './proven-witness.ts'
import type { SourceFinding } from './source-finding.ts'

/** What is to be known of a witness before it is compared with its session. */
export interface ToldCheck extends PlaceCheck {
  readonly path: string
  /** Whether the ledger tells that a member is told differently; all of them, where a person decided. */
  readonly isContested: (member: string) => boolean
  /** Positions whose entries may be nowhere: they were withheld by a decision. */
  readonly mayBeMissing: (position: number) => boolean
}

/** What was found of a witness. */
export interface CheckedTold {
  readonly places: ToldPlaces
  readonly findings: readonly SourceFinding[]
  /** Positions that may be nowhere, and are. */
  readonly withheld: ReadonlySet<number>
}

/**
 * Proves that every entry of a witness stands in the store: once, in order, and saying what it says. And the other way
 * round: that every entry said to come from this witness does. The event loop has its turns meanwhile (S20).
 */
export async function checkTold(known: ProvenSession, check: ToldCheck): Promise<CheckedTold> {
  const { kind, witness, mayBeMissing } = check
  const { told, scanned } = witness
  const places = await placesOf(known, check)
  const findings: SourceFinding[] = []
  const withheld = new Set<number>()
  const report = (
    code: SourceFinding['code'],
    entry: StoredEntry | null,
    where: Pick<ToldEntry, 'line' | 'row'>,
    detail: string,
  ): void => {
    const { line, row } = where
    findings.push({
      code,
      path: check.path,
      ...(line === undefined ? {} : { line }),
      ...(row === undefined ? {} : { row }),
      ...(entry ? { entry: entry.id } : {}),
      detail,
    })
  }
  const entries = witnessEntries(scanned)
  const madeOf = new Map<number, StoredEntry>()
  await eachInTurn(known.live, (stored) => madeOf.set(placeOf(stored, kind) ?? -1, stored))
  const originals = new Set<string>()
  await eachInTurn(known.history, ({ provenance, recordHash, isRedacted }) => {
    // A redacted original's text is gone; that it was kept is all that is left to prove.
    if (provenance?.standing === 'original')
      originals.add(`${provenance.row} ${isRedacted ? 'redacted' : recordHash}`)
  })
  const said = [...known.live, ...known.history.filter(({ id }) => !known.stoodFor.has(id))]
  const count = new Map<string, number>()
  const countOne = ({ fingerprint }: WitnessEntry): void => {
    count.set(fingerprint, (count.get(fingerprint) ?? 0) + 1)
  }
  await eachInTurn(entries, countOne)
  await eachInTurn(said, ({ witness }) => countOne(witness))
  // What was redacted and came from elsewhere can have said anything, so any line can have been matched with it.
  const isAnySaid = said.some((stored) => stored.isRedacted && placeOf(stored, kind) === undefined)
  const isOnce = ({ fingerprint }: WitnessEntry): boolean => !isAnySaid && count.get(fingerprint) === 2
  const what = kind === 'file' ? 'the line' : 'the row'
  await eachInTurn(told, (entry, position) => {
    const stored = places.stored[position] ?? null
    const other = stored ? null : (madeOf.get(placeTold(entry)) ?? null)
    if (places.absorbed.has(position)) return
    if (!stored && mayBeMissing(position)) withheld.add(position)
    else if (!stored && other)
      report('line-differs', other, entry, 'the entry that was made of it says something else')
    else if (!stored) report('line-missing', null, entry, `${what} stands nowhere in the session`)
    else if (places.moved.has(position) && !check.mayBeMoved(position))
      report('line-moved', stored, entry, `${what} stands out of its order`)
    else {
      const detail = difference(check, originals, isOnce, {
        stored,
        told: entry,
        entry: entries[position] as WitnessEntry,
      })
      if (detail !== null) report('line-differs', stored, entry, detail)
    }
  })
  await checkOrigins(known, check, places, report)
  return { places, findings, withheld }
}

/** A line or row, what is compared of it, and the entry that stands for it. */
interface Placed {
  readonly stored: StoredEntry
  readonly told: ToldEntry
  readonly entry: WitnessEntry
}

/** What an entry does not say of the line or row that it stands for; null where it says all of it. */
function difference(
  check: ToldCheck,
  originals: ReadonlySet<string>,
  isOnce: (entry: WitnessEntry) => boolean,
  { stored, told, entry }: Placed,
): string | null {
  const { kind, isOwn } = check
  if (stored.isRedacted) return null
  const isOwnPlace = placeOf(stored, kind) === placeTold(told)
  const isTaken = isOwnPlace && isOwn(stored.provenance?.importId ?? '')
  if (isTaken && !told.withdrawn && stored.provenance?.standing === 'withdrawn')
    return 'it is kept as withdrawn, and is not'
  const saysSame =
    stored.witness.fingerprint === entry.fingerprint || (entry.meta && stored.witness.meta) !== undefined
  if (isOwnPlace && (stored.recordHash === told.recordHash || stored.baseHash === told.recordHash))
    return isTaken &&
      kind === 'database' &&
      told.at !== stored.at &&
      // Of a pair whose row has no time the entry has the line's.
      !(told.at === null && stored.provenance?.witness === 'both') &&
      stored.provenance?.supersedes === undefined
      ? 'its time is another'
      : null
  if (!saysSame) return 'it says something else'
  if (entry.meta !== undefined) return null
  if (!isTaken) {
    const isSure = stored.isLive && !told.withdrawn && isOnce(entry) && !isKept(originals, told)
    return isSure ? contradiction(check, stored, entry) : null
  }
  if (kind === 'file') return 'its text is not that of the line, byte for byte'
  if (stored.provenance?.witness !== 'both' && stored.provenance?.supersedes === undefined)
    return 'its text is not that of the row, byte for byte'
  return memberDifference(originals, stored, told, entry)
}

/** Of an entry that came from elsewhere, and can be no other: what it has with another value, without a word about it in the ledger. */
function contradiction({ isContested }: ToldCheck, stored: StoredEntry, entry: WitnessEntry): string | null {
  for (const [name, value] of entry.fields ?? []) {
    const own = stored.witness.fields?.get(name)
    if (own !== undefined && own !== value && !isContested(name))
      return `its member ${JSON.stringify(name)} is another, and nobody was told`
  }
  return null
}

/** Of an entry that a line and a row became together: every member of the row is in it, or kept in the row's original. */
function memberDifference(
  originals: ReadonlySet<string>,
  stored: StoredEntry,
  told: ToldEntry,
  entry: WitnessEntry,
): string | null {
  const hasOriginal = isKept(originals, told)
  const wasThere = stored.provenance?.supersedes !== undefined
  for (const [name, value] of entry.fields ?? []) {
    const own = stored.witness.fields?.get(name)
    const isStated = stored.provenance?.conflicts?.includes(name) === true
    // What the store had already kept its values; those of the row are stated, and the source's to keep.
    if (own !== value && !hasOriginal && !(wasThere && isStated))
      return `it does not have the member ${JSON.stringify(name)} of the row`
    if (own !== value && !isStated && stored.provenance?.added?.includes(name))
      return `its member ${JSON.stringify(name)} is not the row's`
  }
  return null
}

function isKept(originals: ReadonlySet<string>, { row, recordHash }: ToldEntry): boolean {
  return originals.has(`${row} ${recordHash}`) || originals.has(`${row} redacted`)
}

/** Every entry that is said to come from this witness, as this witness is now, must come from there. */
async function checkOrigins(
  known: ProvenSession,
  { kind, witness, isOwn }: ToldCheck,
  places: ToldPlaces,
  report: (
    code: SourceFinding['code'],
    entry: StoredEntry,
    where: Pick<ToldEntry, 'line' | 'row'>,
    detail: string,
  ) => void,
): Promise<void> {
  const at = new Map<number, number>()
  await eachInTurn(witness.told, (entry, position) => at.set(placeTold(entry), position))
  const seen = new Map<number, number>()
  await eachInTurn([...known.live, ...known.history], (stored) => {
    const place = placeOf(stored, kind)
    const { provenance } = stored
    if (place === undefined || provenance === null || !isOwn(provenance.importId)) return
    const position = at.get(place)
    const told = position === undefined ? undefined : witness.told[position]
    const where = kind === 'file' ? { line: provenance.line ?? 0 } : { row: place }
    if (!told || position === undefined || (kind === 'file' && told.line !== provenance.line)) {
      report('foreign-entry', stored, where, 'the source has nothing at the place it is said to come from')
      return
    }
    if (provenance.standing === 'original') {
      const isItself = provenance.witness === kind || provenance.witness === 'both'
      if (isItself && !stored.isRedacted && stored.recordHash !== told.recordHash)
        report('line-differs', stored, told, 'the original that was kept of it says something else')
      return
    }
    if (!stored.isLive || known.stoodFor.has(stored.id)) return
    if (seen.has(place)) report('line-doubled', stored, told, `entry ${seen.get(place)} was made of it, too`)
    else if (
      places.stored[position] &&
      places.stored[position]?.id !== stored.id &&
      stored.witness.meta === undefined
    )
      report('line-doubled', stored, told, `entry ${places.stored[position]?.id} stands for it, too`)
    seen.set(place, stored.id)
  })
}

/** How many entries of a witness stand in the store without a text that was redacted. */
export function countRedacted({ places }: CheckedTold): number {
  return places.stored.filter((entry) => entry?.isRedacted).length
}
