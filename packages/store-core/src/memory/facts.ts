import type { StoreFacts } from '../facts.ts'
import { heldSince } from '../kernel/held.ts'
import type { Context } from '../kernel/rule.ts'
import type { MemoryState } from './state.ts'
import { addressesIn, liveRanges } from './view.ts'

/** What can be told of a store that has no file. */
export function storeFacts(state: MemoryState, context: Context): StoreFacts {
  const living = state.sessions.filter((session) => session.state === 'living')
  const listed = new Set(
    living.flatMap((session) => addressesIn(liveRanges(session))).map(({ owner, id }) => `${owner} ${id}`),
  )
  const entries = state.sessions.reduce((sum, session) => sum + session.entries.size, 0)
  return {
    backend: 'memory',
    storeId: state.storeId,
    path: null,
    schemaVersion: null,
    bytes: null,
    walBytes: null,
    logHolders: null,
    waitingWrites: null,
    oldestWaitMs: null,
    freeBytes: null,
    fileMode: null,
    folderMode: null,
    hardLinks: null,
    sessions: living.length,
    endedSessions: living.filter(({ about }) => (about.endedAt ?? null) !== null).length,
    deletedSessions: state.sessions.filter((session) => session.state === 'deleted').length,
    entries,
    historyEntries: entries - listed.size,
    stagedEntries: state.staged.reduce((sum, { entries: staged }) => sum + staged.length, 0),
    heldDeliveries: state.held.filter(({ heldAt }) => heldAt >= heldSince(context)).length,
  }
}
