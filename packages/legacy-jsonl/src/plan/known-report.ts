import type { WitnessEntry } from '@faircopy/reconcile'
import type { Session } from '@faircopy/store-core'
import { memoryOf, type Note } from '../ledger/note.ts'
import { toldBy } from '../ledger/remembered.ts'
import { isReason } from '../ledger/session-reasons.ts'
import type { SessionReport } from '../ledger/session-report.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { goneGenerations } from '../witness/gone-generations.ts'
import type { ScannedSession } from '../witness/scan-session.ts'
import { countTold, type ScannedWitness } from '../witness/scanned-witness.ts'
import { countMessages } from './decide.ts'
import { countLines, readOf } from './file-report.ts'
import type { ImportTarget } from './import-plan.ts'
import { readStoreWitness, type StoreWitness } from './store-witness.ts'

/**
 * The same witnesses as before: nothing of them is new, and only what the ledger left undecided still is. What the store
 * says by now is read only where something was done to the session since, or counts alone don't tell whether both say the
 * same.
 */
export async function reportKnown(
  scanned: ScannedSession,
  note: Note,
  existing: Session | null,
  store: ImportTarget,
  problems: readonly SourceProblem[],
): Promise<SessionReport> {
  const { session, file } = scanned
  const undecided = note.verdict === 'ambiguous'
  const decision = note.as === 'decision' ? note.decision : null
  const counted = countedBy(note)
  const legacy = file ? countMessages(file.entries) : 0
  const now =
    existing && (await isReadAgain(scanned, note, existing, store))
      ? await readStoreWitness(store, existing)
      : null
  const canonical = now ? countMessages(now.entries) : (counted ?? 0)
  const same = now ? saysSame(now, file) : canonical === legacy
  return {
    namespace: session.namespace,
    id: session.id,
    verdict: undecided ? 'ambiguous' : same && !decision && !scanned.isPart ? 'identical' : 'kept',
    action: 'unchanged',
    ...(undecided || scanned.isPart ? reasonOf(note) : {}),
    entries: { canonical, legacy, merged: undecided ? null : canonical, added: 0 },
    lines: countLines(file, undecided ? 'withheld' : 0, decision?.withheld),
    ...readOf(scanned),
    ...(decision ? { decided: decision.choice } : {}),
    problems: [
      ...problems,
      ...(now && existing && !undecided && !decision ? await lost(scanned, now, existing, store) : []),
    ],
  }
}

/** Whether the note alone does not say what the store says. */
async function isReadAgain(
  { database, file }: ScannedSession,
  note: Note,
  existing: Session,
  store: ImportTarget,
): Promise<boolean> {
  if (existing.head !== note.headAfter) return true
  const generations = await store.generations(existing)
  if (generations.some(({ reason }) => reason === 'redact')) return true
  if (goneGenerations(existing, generations).length > 0) return true
  const counted = countedBy(note)
  if (counted === null) return true
  if (counted !== (file ? countMessages(file.entries) : 0)) return false
  // Of a session that an import made, and of which nothing was withdrawn, equal counts are equal messages.
  const { stutter } = memoryOf(note).report
  return note.headBefore !== null || stutter !== undefined || (database?.history.length ?? 0) > 0
}

/** How many messages the session had then; null where the note does not say it. */
function countedBy(note: Note): number | null {
  const { entries } = memoryOf(note).report
  return entries ? (entries.merged ?? entries.canonical) : null
}

function reasonOf(note: Note): Pick<SessionReport, 'reason'> {
  const { reason } = memoryOf(note).report
  const known = reason !== undefined && isReason(reason)
  return known ? { reason } : {}
}

function saysSame({ entries, redacted }: StoreWitness, file: ScannedWitness | null): boolean {
  const own = entries.filter(isMessage)
  const told = (file?.entries ?? []).filter(isMessage)
  const isEqual = (entry: WitnessEntry, i: number): boolean => entry.fingerprint === told[i]?.fingerprint
  return own.length === told.length && own.every(isEqual) && !redacted.includes(1)
}

/**
 * Messages of the witnesses that the store had, and has no more.
 *
 * @param last the note of what was imported last, where the witnesses are not that any more: what came since was never there
 */
export async function lost(
  { session, database, file }: ScannedSession,
  now: StoreWitness,
  existing: Session,
  store: ImportTarget,
  last?: Note,
): Promise<SourceProblem[]> {
  const path = (file ?? database)?.witness.path ?? ''
  const redacted = [...now.redacted, ...now.historyRedacted].reduce((sum, one) => sum + one, 0)
  const lackingOf = (each: ScannedWitness): number =>
    countLacking(each, now) - (last ? Math.max(0, countTold(each) - toldBy(last)[each.witness.kind]) : 0)
  const lacking = Math.max(0, ...[database, file].map((each) => (each ? lackingOf(each) : 0)))
  const pruned = lacking - redacted
  const isPruned = pruned > 0 && goneGenerations(existing, await store.generations(existing)).length > 0
  const words = (count: number): string => `${count} of the messages of session ${JSON.stringify(session.id)}`
  return [
    ...(redacted > 0
      ? [{ code: 'redacted', path, detail: `a text was redacted from ${words(redacted)}` } as const]
      : []),
    ...(isPruned
      ? [{ code: 'pruned', path, detail: `${words(pruned)} are not in the store any more` } as const]
      : []),
  ]
}

function countLacking({ entries, history }: ScannedWitness, now: StoreWitness): number {
  const spare = new Map<string, number>()
  for (const { fingerprint } of [...now.entries, ...now.history])
    spare.set(fingerprint, (spare.get(fingerprint) ?? 0) + 1)
  let lacking = 0
  for (const { fingerprint } of [...entries, ...history].filter(isMessage)) {
    const left = spare.get(fingerprint) ?? 0
    if (left === 0) lacking++
    else spare.set(fingerprint, left - 1)
  }
  return lacking
}

function isMessage({ meta }: WitnessEntry): boolean {
  return meta === undefined
}
