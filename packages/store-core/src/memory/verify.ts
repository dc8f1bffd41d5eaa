import { entryHash } from '../hash.ts'
import type { VerifyFinding, VerifyReport } from '../verifier.ts'
import type { MemorySession, MemoryState, StoredEntry } from './state.ts'
import { addressesIn, entryOf } from './view.ts'

/** An entry, and the sessions that say or said it. */
interface SaidEntry {
  readonly entry: StoredEntry | null
  readonly owner: number
  readonly id: number
  readonly sayings: ReadonlySet<MemorySession>
}

/**
 * Re-hashes every entry that sessions say or said, whoever owns it (S25). A head in memory is computed from the entries
 * whenever it is asked for.
 */
export function verify(state: MemoryState, sessions: readonly MemorySession[]): VerifyReport {
  const said = saidBy(state, sessions)
  return {
    sessions: sessions.filter((session) => session.state === 'living').length,
    entries: said.filter(({ entry }) => entry !== null).length,
    findings: said.flatMap((one) => findingsOf(state, one)),
  }
}

/** What sessions say or said, each entry once. */
function saidBy(state: MemoryState, sessions: readonly MemorySession[]): SaidEntry[] {
  const said = new Map<string, SaidEntry & { readonly sayings: Set<MemorySession> }>()
  for (const session of sessions) {
    for (const { owner, id } of session.generations.flatMap(({ ranges }) => addressesIn(ranges))) {
      const name = `${owner} ${id}`
      const known = said.get(name)
      if (known) known.sayings.add(session)
      else said.set(name, { entry: entryOf(state, { owner, id }), owner, id, sayings: new Set([session]) })
    }
  }
  return [...said.values()]
}

function findingsOf(state: MemoryState, { entry, owner, id, sayings }: SaidEntry): VerifyFinding[] {
  const [code, detail] = entry
    ? (['entry-hash', 'The entry is not what was written'] as const)
    : (['entry-missing', 'A list of ranges names an entry that is not stored'] as const)
  if (entry && isAsWritten(entry)) return []
  const { namespace, id: session } = openable(state, owner, sayings).address
  return [{ code, namespace, session, entry: id, detail }]
}

function isAsWritten({ kind, at, record, hash, redaction }: StoredEntry): boolean {
  return entryHash(kind, at, record) === (redaction?.hash ?? hash)
}

/** The session to name an entry by: its owner, or one that says it and can be opened. */
function openable(
  state: MemoryState,
  owner: number,
  sayings: ReadonlySet<MemorySession>,
): Pick<MemorySession, 'address'> {
  const own = state.sessions[owner - 1]
  const all = [...sayings]
  const saying = own && all.includes(own) ? [own, ...all] : all
  return saying.find((session) => session.state === 'living') ?? (saying[0] as MemorySession)
}
