import { entryHash } from '../hash.ts'
import type { VerifyFinding, VerifyReport } from '../verifier.ts'
import type { MemorySession, MemoryState, StoredEntry } from './state.ts'
import { addressesIn, entryOf } from './view.ts'

/** An entry, and the sessions that contain or contained it. */
interface ContainedEntry {
  readonly entry: StoredEntry | null
  readonly owner: number
  readonly id: number
  readonly containing: ReadonlySet<MemorySession>
}

/**
 * Re-hashes every entry that sessions contain or contained, whoever owns it (S25). A head in memory is computed from the entries
 * whenever it is asked for.
 */
export function verify(state: MemoryState, sessions: readonly MemorySession[]): VerifyReport {
  const contained = containedIn(state, sessions)
  return {
    sessions: sessions.filter((session) => session.state === 'living').length,
    entries: contained.filter(({ entry }) => entry !== null).length,
    findings: contained.flatMap((one) => findingsOf(state, one)),
  }
}

/** What sessions contain or contained, each entry once. */
function containedIn(state: MemoryState, sessions: readonly MemorySession[]): ContainedEntry[] {
  const contained = new Map<string, ContainedEntry & { readonly containing: Set<MemorySession> }>()
  for (const session of sessions) {
    for (const { owner, id } of session.generations.flatMap(({ ranges }) => addressesIn(ranges))) {
      const name = `${owner} ${id}`
      const known = contained.get(name)
      if (known) known.containing.add(session)
      else
        contained.set(name, {
          entry: entryOf(state, { owner, id }),
          owner,
          id,
          containing: new Set([session]),
        })
    }
  }
  return [...contained.values()]
}

function findingsOf(state: MemoryState, { entry, owner, id, containing }: ContainedEntry): VerifyFinding[] {
  const [code, detail] = entry
    ? (['entry-hash', 'The entry is not what was written'] as const)
    : (['entry-missing', 'A list of ranges names an entry that is not stored'] as const)
  if (entry && isAsWritten(entry)) return []
  const { namespace, id: session } = openable(state, owner, containing).address
  return [{ code, namespace, session, entry: id, detail }]
}

function isAsWritten({ kind, at, record, hash, redaction }: StoredEntry): boolean {
  return entryHash(kind, at, record) === (redaction?.hash ?? hash)
}

/** The session to name an entry by: its owner, or one that contains it and can be opened. */
function openable(
  state: MemoryState,
  owner: number,
  containing: ReadonlySet<MemorySession>,
): Pick<MemorySession, 'address'> {
  const own = state.sessions[owner - 1]
  const all = [...containing]
  const named = own && all.includes(own) ? [own, ...all] : all
  return named.find((session) => session.state === 'living') ?? (named[0] as MemorySession)
}
