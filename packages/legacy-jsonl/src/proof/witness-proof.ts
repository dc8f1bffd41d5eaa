import { hasAnchor, pairFields, type WitnessEntry } from '@faircopy/reconcile/check'
import { eachInTurn, inTurns } from '@faircopy/store-core/backend'
import type { TranscriptImporter } from '@faircopy/store-core/operator'
import { memoryOf, type Note } from '../ledger/note.ts'
import type { LegacyWitness } from '../source/legacy-source.ts'
import { bytesOfTold, type LineBytes, readStoredBytes, type StoredBytes } from './check-bytes.ts'
import { pairInOrder } from './in-order.ts'
import { witnessEntries } from './place-told.ts'
import type { ProvenSession, StoredEntry } from './proven-session.ts'
import type { ProvenWitness, ToldEntry } from './proven-witness.ts'

/**
 * Why the store cannot do without a witness, although every line of it has its place. Stable.
 *
 * - `withheld`: a person decided that lines of it stay where they are
 * - `redacted`: a text was redacted from the entry that stands for a line or row
 * - `not-whole`: the entry that stands for a line or row lacks some of it
 * - `not-kept`: a line that became no entry is kept nowhere
 * - `too-long`: such a line was too long to be kept
 */
export type WitnessLack = 'withheld' | 'redacted' | 'not-whole' | 'not-kept' | 'too-long'

/** The note that accounts for a witness. */
export interface AccountingNote {
  readonly importId: string
  readonly key: string
  readonly verdict: string
}

/** What was proven of one witness, beyond the findings about its session. */
export interface WitnessProof {
  readonly witness: LegacyWitness
  /** Of what was read; null where it could not be. */
  readonly digest: string | null
  /** Null where the ledger knows nothing of it. */
  readonly note: AccountingNote | null
  /** The first of what only the witness has; null: the store has every line and row, with all its members. */
  readonly lack: { readonly code: WitnessLack; readonly detail: string } | null
  /**
   * The match rests on something distinctive, on a person's decision, or on this very file having brought the session.
   * Without that, two conversations that only begin alike look like one.
   */
  readonly anchored: boolean
}

/** What a proof of a witness rests on. */
export interface ProofBasis {
  /** The session as the store has it, and the branch that a person made of the witness. */
  readonly known: readonly ProvenSession[]
  readonly note: Note
  readonly isDecided: boolean
  /** Lines that stand nowhere, by a decision. */
  readonly withheld: number
}

/**
 * Proves one witness whose session has no finding: looks for each line of a file byte for byte, and for each row in its
 * exact text or member for member.
 */
export async function proofOfWitness(
  witness: LegacyWitness,
  proven: ProvenWitness,
  { known, note, isDecided, withheld }: ProofBasis,
  store: Pick<TranscriptImporter, 'quarantined'>,
): Promise<WitnessProof> {
  const { importId, key, verdict } = note
  const lack =
    withheld > 0
      ? ({ code: 'withheld', detail: `${withheld} of its lines stay where they are` } as const)
      : ((await rowLack(proven, known)) ??
        (await bytesLack(proven, await readStoredBytes(store, known), known)))
  const { digest } = proven.scanned
  return {
    witness,
    digest,
    note: { importId, key, verdict },
    lack,
    anchored: isDecided || (await isAnchored(proven, known[0], note)),
  }
}

/** The first row that the store has in no form. */
async function rowLack(
  { scanned, told }: ProvenWitness,
  known: readonly ProvenSession[],
): Promise<WitnessProof['lack']> {
  const texts = new Set<string>()
  const forms = new Map<string, StoredEntry[]>()
  const all = known.flatMap(({ live, history }) => [...live, ...history])
  await eachInTurn(all, (entry) => {
    texts.add(entry.recordHash).add(entry.baseHash)
    const alike = forms.get(entry.witness.fingerprint)
    if (alike) alike.push(entry)
    else forms.set(entry.witness.fingerprint, [entry])
  })
  const says = (own: StoredEntry, entry: WitnessEntry): boolean => {
    const { gains, conflicts } = pairFields(own.witness, entry)
    return gains.length + conflicts.length === 0
  }
  const entries = witnessEntries(scanned)
  let first: Lacking | undefined
  await eachInTurn(told, (one, at) => {
    const entry = entries[at]
    // Of a session_meta the fullest payload stands for those it absorbed.
    if (first || one.row === undefined || texts.has(one.recordHash)) return
    if (!entry || entry.meta === 'flattened') return
    if (!(forms.get(entry.fingerprint) ?? []).some((own) => says(own, entry))) first = { told: one, entry }
  })
  if (!first) return null
  const { row } = first.told
  return isRedacted(first, known)
    ? { code: 'redacted', detail: `a text of row ${row} was redacted in the store` }
    : { code: 'not-whole', detail: `row ${row} is not in the store with all that it tells` }
}

/** A line or row that the store does not have. */
interface Lacking {
  readonly told: ToldEntry
  readonly entry: WitnessEntry | undefined
}

/**
 * Whether what stands for a line or row may be an entry that was redacted: one made of it, or one that was written live
 * where no entry says the same.
 */
function isRedacted({ told: { line, row }, entry }: Lacking, known: readonly ProvenSession[]): boolean {
  const all = known.flatMap(({ live, history }) => [...live, ...history])
  const isSaid = all.some(
    ({ isRedacted, witness }) => !isRedacted && witness.fingerprint === entry?.fingerprint,
  )
  return all.some(({ isRedacted, provenance }) => {
    if (!isRedacted) return false
    if (provenance === null) return !isSaid
    return line === undefined ? provenance.row === row : provenance.line === line
  })
}

/** The first line or quarantined row whose bytes the store does not have. */
async function bytesLack(
  { scanned, setAside, told }: ProvenWitness,
  stored: StoredBytes,
  known: readonly ProvenSession[],
): Promise<WitnessProof['lack']> {
  for (const each of setAside) {
    const bytes = stored.beside(each)
    if (bytes === 'kept') continue
    if (bytes === 'redacted')
      return { code: 'redacted', detail: `line ${each.line} was redacted in the store` }
    const code = bytes === 'too-long' ? 'too-long' : 'not-kept'
    return { code, detail: `line ${each.line} became no entry and is not kept` }
  }
  const bytesOf = bytesOfTold(stored)
  const entries = witnessEntries(scanned)
  let first: (Lacking & { readonly bytes: LineBytes }) | undefined
  await eachInTurn(told, (one, at) => {
    if (first || one.line === undefined) return
    const bytes = bytesOf(one)
    if (bytes !== 'kept') first = { told: one, entry: entries[at], bytes }
  })
  if (!first) return null
  const { line } = first.told
  return first.bytes === 'redacted' || isRedacted(first, known)
    ? { code: 'redacted', detail: `a text of line ${line} was redacted in the store` }
    : { code: 'not-whole', detail: `line ${line} is not in the store byte for byte` }
}

async function isAnchored(
  { scanned: { entries, digest } }: ProvenWitness,
  known: ProvenSession | undefined,
  note: Note,
): Promise<boolean> {
  const remembered = memoryOf(note).report.file
  if (entries.length === 0 || (note.verdict === 'imported' && remembered?.sha256 === digest)) return true
  const live = known?.live.map(({ witness }) => witness) ?? []
  // What has no place among what is live was withdrawn since, or repeated by mistake: it tells nothing twice.
  const pairs = await pairInOrder(entries, live)
  const told = pairs.map(([at]) => entries[at] as WitnessEntry)
  return inTurns(
    hasAnchor(
      told,
      live,
      pairs.map(([, place], i) => [i, place] as const),
    ),
  )
}
