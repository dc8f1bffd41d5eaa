import { hash } from 'node:crypto'
import { pairFields, reconcile, type WitnessEntry } from '@faircopy/reconcile'
import {
  codecNamed,
  type HistoryReader,
  isUndoNote,
  type LedgerRecord,
  parseRecord,
  type Session,
  type SessionAddress,
} from '@faircopy/store-core'
import { filesRemembered } from './changed-source.ts'
import type { ImportTarget, SessionPlan } from './import-plan.ts'
import type { LegacySource, LegacyWitness } from './legacy-source.ts'
import { planImport } from './plan-import.ts'
import { recordTraits } from './record-traits.ts'
import { type ScannedWitness, scanWitness, TraitsEntry } from './scanned-witness.ts'
import { SourceChanged, SourceUnreadable } from './source-error.ts'
import type { SourceProblem } from './source-problem.ts'
import { readStoreWitness, type StoreWitness } from './store-witness.ts'

/** Why a witness is not proven to be in the store whole. Stable. */
export type UnprovenCode =
  /** The order of its session is not known, and nobody decided. */
  | 'undecided'
  | 'not-imported'
  /** It changed since it was imported. */
  | 'grown'
  /** An entry of it is not in the store in its order, with all its members. */
  | 'not-proven'
  /** All of it is there, and nothing in it is distinctive. */
  | 'no-anchor'
  /** A person decided that the session stays as it is, and what only the file has stays in it. */
  | 'withheld'
  /** A line that became no entry is not kept with its bytes. */
  | 'bytes-not-kept'
  | 'several-files'
  | 'unreadable-file'

/** The note that accounts for a witness. */
export interface AccountingNote {
  readonly importId: string
  readonly key: string
  readonly verdict: string
}

/** Whether all that a witness tells is in the store. */
export interface WitnessProof {
  readonly witness: LegacyWitness
  /** Of what was read; null where that could not be. */
  readonly digest: string | null
  /** Null where something is missing. */
  readonly note: AccountingNote | null
  /** Null where nothing is. */
  readonly fault: { readonly code: UnprovenCode; readonly detail: string } | null
}

/** What is proven of one session. */
export interface SessionProof {
  readonly session: Required<SessionAddress>
  readonly files: readonly WitnessProof[]
  readonly database: WitnessProof | null
}

/** What is proven of a source. */
export interface SourceProof {
  readonly sessions: readonly SessionProof[]
  /** What was found or passed over in the source as a whole. */
  readonly problems: readonly SourceProblem[]
}

/** How a source is proven. */
export interface ProveOptions {
  /** Takes a witness for proven in which nothing is distinctive. */
  readonly unanchored?: boolean
  readonly onProgress?: (done: { readonly sessions: number; readonly id: string }) => void
  readonly signal?: AbortSignal
}

/**
 * Looks for everything that a source tells in the store, as it is now, whatever the ledger says: each entry live or in
 * history, in the order of the source, in its exact text or with all its members; each line that became no entry, with
 * its bytes. A match must rest on an anchor, unless the session is what this very file brought. Writes nothing.
 *
 * Cost: reads the source twice and its sessions of the store twice.
 */
export async function proveSource(
  source: LegacySource,
  store: ImportTarget,
  { unanchored = false, onProgress, signal }: ProveOptions = {},
): Promise<SourceProof> {
  const planning = { ...(onProgress ? { onProgress } : {}), ...(signal ? { signal } : {}) }
  const { sessions: plans, problems } = await planImport(source, store, planning)
  const claiming = new Map<string, LegacyWitness[]>()
  for await (const { namespace, id, file } of source.sessions()) {
    const name = JSON.stringify([namespace, id])
    if (file) claiming.set(name, [...(claiming.get(name) ?? []), file])
  }
  const sessions: SessionProof[] = []
  for (const plan of plans) {
    signal?.throwIfAborted()
    const { namespace, id } = plan.session
    const files = claiming.get(JSON.stringify([namespace, id])) ?? []
    sessions.push(await proveSession(plan, files, store, unanchored))
  }
  return { sessions, problems }
}

async function proveSession(
  plan: SessionPlan,
  files: readonly LegacyWitness[],
  store: ImportTarget,
  unanchored: boolean,
): Promise<SessionProof> {
  const { namespace, id, database } = plan.session
  const session = { namespace, id }
  const faulty = await faultOfPlan(plan, store)
  const note = faulty ? null : await accountingNote(plan, store)
  const decision = note && decisionIn(note)
  const kept = note ? await keptOf(store, session) : null
  const branch = decision?.branch ? await keptOf(store, decision.branch) : null
  const prove = async (witness: LegacyWitness): Promise<WitnessProof> => {
    const isContested = plan.report.problems.some(
      ({ code, path }) => (code === 'several-files' || code === 'other-file') && path === witness.path,
    )
    if (isContested)
      return unproven(witness, null, 'several-files', 'another file tells the session differently')
    if (faulty || !note || !kept) {
      const { code, detail } = faulty ?? {
        code: 'not-imported',
        detail: 'nothing in the store accounts for it',
      }
      return unproven(witness, null, code, detail)
    }
    if (witness.kind === 'file' && decision && decision.withheld > 0) {
      return unproven(witness, null, 'withheld', `${decision.withheld} of its lines stay where they are`)
    }
    const within = witness.kind === 'file' && branch ? branch : kept
    return proveWitness(witness, within, note, unanchored || decision !== null)
  }
  const proofs: WitnessProof[] = []
  for (const file of files) proofs.push(await prove(file))
  return { session, files: proofs, database: database && (await prove(database)) }
}

async function faultOfPlan(
  { report, work, session }: SessionPlan,
  store: ImportTarget,
): Promise<WitnessProof['fault']> {
  const unreadable = report.problems.find(({ code }) =>
    ['unreadable-file', 'database-unreadable', 'source-changed'].includes(code),
  )
  if (unreadable) return { code: 'unreadable-file', detail: unreadable.detail }
  if (work && !bringsNothing({ report, work })) {
    const isKnown = (await filesRemembered(session, store)).length > 0
    return isKnown
      ? { code: 'grown', detail: 'it is not what was imported' }
      : { code: 'not-imported', detail: 'it was not imported' }
  }
  if (report.reason === 'several-files')
    return { code: 'several-files', detail: 'several files tell it differently' }
  if (report.verdict === 'ambiguous')
    return { code: 'undecided', detail: 'the order of its session is not known' }
  return null
}

/** Whether only a note would be written: the store has all of it, by other witnesses. */
function bringsNothing({ report, work }: Pick<SessionPlan, 'report' | 'work'>): boolean {
  return work?.placement === null && (report.verdict === 'kept' || report.verdict === 'identical')
}

/**
 * The note that a plan rests on: that of its witnesses, or where a person decided, that of the decision; the session's
 * last where other witnesses brought what these tell.
 */
async function accountingNote(
  { key, session, work }: SessionPlan,
  store: ImportTarget,
): Promise<LedgerRecord | null> {
  if (!work)
    return (await store.ledgerNote(session, `${key} decided`)) ?? (await store.ledgerNote(session, key))
  let last: LedgerRecord | null = null
  for await (const note of store.ledger({ session })) if (!isUndoNote(note)) last = note
  return last
}

/** What a person decided, as the note of a decision tells it. */
interface NotedDecision {
  /** Lines of the file that stay in it. */
  readonly withheld: number
  /** The session that the file became. */
  readonly branch?: Required<SessionAddress>
}

function decisionIn({ report }: LedgerRecord): NotedDecision | null {
  const decision = report['decision'] as (Partial<NotedDecision> & { readonly choice?: string }) | undefined
  if (decision?.choice === undefined) return null
  const { withheld = 0, branch } = decision
  return { withheld, ...(branch ? { branch } : {}) }
}

/** What a store has of a session, as far as a proof asks for it. */
interface Kept {
  readonly session: Session
  readonly said: StoreWitness
  /** SHA-256 of every record's exact text, live or history. */
  readonly texts: ReadonlySet<string>
  /** Entries in any form, by fingerprint. */
  readonly forms: ReadonlyMap<string, readonly WitnessEntry[]>
  /** `offset length SHA-256` of each quarantined line. */
  readonly quarantined: ReadonlySet<string>
}

async function keptOf(
  store: ImportTarget & HistoryReader,
  address: Required<SessionAddress>,
): Promise<Kept | null> {
  const session = await store.get(address)
  if (!session) return null
  const texts = new Set<string>()
  const forms = new Map<string, WitnessEntry[]>()
  const codec = codecNamed(session.codec)
  const add = ({ kind, record, at }: { kind: string; record: string; at: number | null }): void => {
    texts.add(hash('sha256', record))
    const entry = new TraitsEntry(recordTraits(kind, parseRecord(record), codec), at)
    const known = forms.get(entry.fingerprint)
    if (known) known.push(entry)
    else forms.set(entry.fingerprint, [entry])
  }
  for await (const entry of store.read(session)) add(entry)
  for await (const entry of store.history(session)) add(entry)
  const quarantined = new Set<string>()
  for await (const { offset, length, bytes } of store.quarantined(session)) {
    if (bytes) quarantined.add(`${offset} ${length} ${hash('sha256', bytes)}`)
  }
  return { session, said: await readStoreWitness(store, session), texts, forms, quarantined }
}

async function proveWitness(
  witness: LegacyWitness,
  kept: Kept,
  { importId, key, verdict, report }: LedgerRecord,
  unanchored: boolean,
): Promise<WitnessProof> {
  let scanned: ScannedWitness
  try {
    scanned = await scanWitness(witness)
    const missing = await missingFrom(witness, kept)
    if (missing) return unproven(witness, scanned.digest, missing.code, missing.detail)
  } catch (error) {
    if (!(error instanceof SourceUnreadable || error instanceof SourceChanged)) throw error
    return unproven(witness, null, 'unreadable-file', error.message)
  }
  const { said } = kept
  const told = { entries: scanned.entries, digest: scanned.digest }
  const { certificate, verdict: now } = reconcile({ entries: said.entries, history: said.history }, told)
  const isContained = now === 'identical' || now === 'kept' || scanned.entries.length === 0
  if (!isContained) {
    return unproven(witness, scanned.digest, 'not-proven', 'its entries are not in the store in their order')
  }
  const remembered = report['file'] as { readonly sha256?: string } | undefined
  const isItsOwn = verdict === 'imported' && remembered?.sha256 === scanned.digest
  const isAnchored = certificate.anchors.length > 0 || scanned.entries.length === 0 || isItsOwn
  if (!isAnchored && !unanchored) {
    return unproven(witness, scanned.digest, 'no-anchor', 'nothing in it is distinctive')
  }
  return { witness, digest: scanned.digest, note: { importId, key, verdict }, fault: null }
}

/** The first thing that a witness tells and the store has in no form. */
async function missingFrom(
  witness: LegacyWitness,
  { texts, forms, quarantined }: Kept,
): Promise<WitnessProof['fault']> {
  for await (const item of witness.read()) {
    if (item.as === 'quarantined') {
      const { line, offset, length, bytes } = item.line
      if (bytes && quarantined.has(`${offset} ${length} ${hash('sha256', bytes)}`)) continue
      return { code: 'bytes-not-kept', detail: `line ${line} became no entry and is not kept` }
    }
    if (item.as !== 'entry') continue
    const { kind, record, traits, stamp, place } = item.entry
    if (texts.has(hash('sha256', record))) continue
    const entry = new TraitsEntry(traits, stamp)
    const isTold = (forms.get(entry.fingerprint) ?? []).some((own) => {
      const { gains, conflicts } = pairFields(own, entry)
      return gains.length + conflicts.length === 0
    })
    // Of a session_meta the fullest payload stands for those it absorbed.
    if (isTold || (kind === 'session_meta' && entry.meta === 'flattened')) continue
    const where = 'line' in place ? `line ${place.line}` : `row ${place.row}`
    return { code: 'not-proven', detail: `${where} is not in the store as it is told` }
  }
  return null
}

function unproven(
  witness: LegacyWitness,
  digest: string | null,
  code: UnprovenCode,
  detail: string,
): WitnessProof {
  return { witness, digest, note: null, fault: { code, detail } }
}
