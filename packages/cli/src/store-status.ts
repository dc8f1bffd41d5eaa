import type {
  ImportRun,
  LedgerRecord,
  SessionAddress,
  TranscriptImporter,
  TranscriptReader,
} from '@faircopy/store-core'

/** A session of which a file was not brought over, because its order is not known. */
export interface UndecidedSession extends Required<SessionAddress> {
  readonly verdict: string
  readonly reason: string | null
  /** Epoch ms. */
  readonly at: number
  readonly importId: string
  /** Where its file was found. */
  readonly source: string | null
}

/** How a store stands. */
export interface StoreStatus {
  readonly sessions: number
  readonly entries: number
  readonly imports: readonly {
    readonly id: string
    readonly at: number
    readonly path: string | null
    readonly format: string | null
  }[]
  readonly undecided: readonly UndecidedSession[]
}

/** Counts what a store holds, and finds what its last word on each session leaves open. */
export async function storeStatus(store: TranscriptReader & TranscriptImporter): Promise<StoreStatus> {
  let sessions = 0
  let entries = 0
  for await (const session of store.sessions()) {
    sessions++
    entries += session.entryCount
  }
  const imports: StoreStatus['imports'][number][] = []
  for await (const { id, at, about } of store.imports()) {
    imports.push({ id, at, path: textMember(about, 'path'), format: textMember(about, 'format') })
  }
  const open = new Map<string, LedgerRecord>()
  for await (const note of store.ledger()) {
    const name = JSON.stringify([note.session.namespace, note.session.id])
    open.delete(name)
    if (note.verdict === 'ambiguous') open.set(name, note)
  }
  const undecided = [...open.values()].map(({ session, verdict, reason, at, importId }) => ({
    ...session,
    verdict,
    reason,
    at,
    importId,
    source: imports.find(({ id }) => id === importId)?.path ?? null,
  }))
  return { sessions, entries, imports, undecided }
}

function textMember(about: ImportRun['about'], name: string): string | null {
  const value = about[name]
  return typeof value === 'string' ? value : null
}
