import type { SessionRef, TranscriptReader } from '@faircopy/store-core'
import { sessionLabel } from '@faircopy/store-core/backend'
import {
  isQuarantined,
  type StoreFacts,
  type StoreInspector,
  type TranscriptImporter,
  type TranscriptVerifier,
} from '@faircopy/store-core/operator'
import { plural } from '../text/plural.ts'
import type { HealthFinding } from './health-finding.ts'
import { sourceNow } from './source-now.ts'
import { StoreHarm } from './store-harm.ts'
import { storeStatus } from './store-status.ts'

/** A store of so few entries is checked whole; of a longer one `verify` does that. */
const SMALL_STORE = 10_000
/** So many sessions of a longer one are re-hashed, the last written first. */
const SESSIONS_CHECKED = 10
const LONGEST_CHECKED = 10_000

/** What a store's content leaves open, or has lost. Reads the headers, the ledger and the newest sessions. */
export async function storeFindings(
  store: TranscriptReader & TranscriptImporter & TranscriptVerifier & StoreInspector,
  { path, entries, stagedEntries, heldDeliveries }: StoreFacts,
  signal: AbortSignal,
): Promise<HealthFinding[]> {
  const harm = new StoreHarm(path ?? '')
  const { undecided, notImported } = await storeStatus(store, harm)
  const kept = await quarantined(store, harm, signal)
  const read = isSmall(entries) ? await allDamage(store, signal) : await damage(store, harm, signal)
  const isToldWhole = isSmall(entries) && read.some(({ code }) => code === 'damaged')
  return [
    ...(isToldWhole ? [] : harm.sessions.map(unreadable)),
    ...(harm.found && harm.sessions.length === 0 && !isToldWhole ? [unreadable(null)] : []),
    ...read,
    ...(stagedEntries === 0
      ? []
      : [
          {
            code: 'staged-leftovers' as const,
            detail: `${plural(stagedEntries, 'entry', 'entries')} that an import brought ${stagedEntries === 1 ? 'is' : 'are'} not visible: it is at work, or was killed.`,
            mend: 'if no import runs, import its source again: it sweeps what a killed one left, and goes on',
          },
        ]),
    ...(heldDeliveries === 0
      ? []
      : [
          {
            code: 'held-deliveries' as const,
            detail: `${plural(heldDeliveries, 'delivery', 'deliveries')} ${heldDeliveries === 1 ? 'waits' : 'wait'} for a live session to be recorded in.`,
            mend: 'create the session that they are for, which takes them in; after 30 days they are forgotten',
          },
        ]),
    ...(undecided.length === 0
      ? []
      : [
          {
            code: 'undecided' as const,
            detail: `Of ${plural(undecided.length, 'session')} a file was not brought over, because its order is not known.`,
            mend: 'see which they are, and decide them',
          },
        ]),
    ...(await withoutSource([...undecided, ...notImported])),
    ...kept,
  ]
}

/** Sessions of which the store does not have all, and neither is what has the rest where it was. */
async function withoutSource(
  sessions: readonly { readonly source: string | null }[],
): Promise<HealthFinding[]> {
  const now = await Promise.all(sessions.map(({ source }) => (source === null ? 'there' : sourceNow(source))))
  const count = now.filter((state) => state !== 'there').length
  if (count === 0) return []
  return [
    {
      code: 'source-gone',
      detail: `The store does not have all of ${plural(count, 'session')}, and the source that has the rest is not where it was.`,
      mend: 'mount its disk, or put it back; see which source it is, and of which sessions',
    },
  ]
}

/** Whether a store of so many entries is checked whole. */
export function isSmall(entries: number): boolean {
  return entries <= SMALL_STORE
}

async function allDamage(store: TranscriptVerifier, signal: AbortSignal): Promise<HealthFinding[]> {
  const { findings } = await store.verify({ signal })
  const names = findings
    .filter(({ code }) => code !== 'search-index-damaged')
    .map(({ namespace, session }) =>
      session === undefined
        ? 'The store'
        : `Session ${sessionLabel({ namespace: namespace ?? '', id: session })}`,
    )
  const counted = [...new Set(names)].map((name) => damaged(name, names.filter((one) => one === name).length))
  return names.length < findings.length ? [...counted, damagedIndex()] : counted
}

function damagedIndex(): HealthFinding {
  return {
    code: 'search-index-damaged',
    detail: 'The search index is damaged: searches may miss entries. Nothing of the store is lost.',
    mend: "delete the files that begin with the store's name and .search, at any time: the next search makes the index anew",
  }
}

async function damage(
  store: TranscriptReader & TranscriptVerifier,
  harm: StoreHarm,
  signal: AbortSignal,
): Promise<HealthFinding[]> {
  const findings: HealthFinding[] = []
  const { sessions, damaged: unread } = await store.list({ order: 'recent', limit: SESSIONS_CHECKED })
  harm.name(unread)
  for (const session of sessions.filter(({ entryCount }) => entryCount <= LONGEST_CHECKED)) {
    const report = await store.verify({ session, signal })
    const count = report.findings.length
    if (count > 0) findings.push(damaged(`Session ${sessionLabel(session)}`, count))
  }
  return findings
}

function unreadable(session: SessionRef | null): HealthFinding {
  const what = session ? `Session ${sessionLabel(session)}` : "A row that is no single session's"
  return { code: 'damaged', detail: `${what} cannot be read as it was written.`, mend: MEND }
}

const MEND =
  'faircopy verify names all of them; faircopy restore BACKUP puts the last backup in the place of this store, and it aside'

function damaged(name: string, count: number): HealthFinding {
  return {
    code: 'damaged',
    detail: `${name} is not as it was written: ${plural(count, 'finding')}.`,
    mend: MEND,
  }
}

async function quarantined(
  store: TranscriptReader & TranscriptImporter,
  harm: StoreHarm,
  signal: AbortSignal,
): Promise<HealthFinding[]> {
  let lines = 0
  let sessions = 0
  for await (const session of harm.without(store.sessions())) {
    signal.throwIfAborted()
    let own = 0
    for await (const line of harm.without(store.quarantined(session))) own += Number(isQuarantined(line))
    lines += own
    sessions += Number(own > 0)
  }
  if (lines === 0) return []
  return [
    {
      code: 'quarantined',
      detail: `${plural(lines, 'line')} of ${plural(sessions, 'session')} became no entry, and ${lines === 1 ? 'is' : 'are'} kept as the bytes ${lines === 1 ? 'it was' : 'they were'}.`,
      mend: 'an audit of its source names them by file and line; mend them there and import again',
    },
  ]
}
