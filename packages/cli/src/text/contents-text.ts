import type { StoreFacts } from '@faircopy/store-core/operator'
import { plural } from './plural.ts'

/** What of a store's facts says how much it holds. */
export type Contents = Pick<StoreFacts, 'sessions' | 'deletedSessions' | 'entries' | 'historyEntries'>

/** `2 sessions and 1 deleted, 20 entries (8 no longer said)`: entries that no session says now are counted too. */
export function contentsText({ sessions, deletedSessions, entries, historyEntries }: Contents): string {
  const deleted = deletedSessions === 0 ? '' : ` and ${deletedSessions.toLocaleString('en')} deleted`
  const past = historyEntries === 0 ? '' : ` (${historyEntries.toLocaleString('en')} no longer said)`
  return `${plural(sessions, 'session')}${deleted}, ${plural(entries, 'entry', 'entries')}${past}`
}

/** `20 entries, no longer said ones counted`: of a copy, of which no other count is known. */
export function allEntriesText(entries: number): string {
  return `${plural(entries, 'entry', 'entries')}, no longer said ones counted`
}
