import type { Origin } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { checkAbsent, type Lookup } from './absence.ts'
import { damaged } from './damage.ts'

/** How live sessions and routes are found by an origin. */
const BY_ORIGIN: readonly Lookup[] = [
  {
    table: 'session',
    columns: ['namespace', 'platform', 'chat'],
    key: 'number',
    where: `state = 'live' AND ended_at IS NULL AND platform IS NOT NULL AND chat IS NOT NULL`,
  },
  { table: 'route', columns: ['namespace', 'platform', 'chat'], key: 'number', where: 'chat IS NOT NULL' },
]

/**
 * Nothing leads from an origin, which is not believed where what leads from its neighbours is damaged: it is
 * `StoreCorrupt` then, so that a chat gets no second session (S10, S22). An origin without a chat is not looked at.
 */
export function checkOrigin(connection: Connection, namespace: string, { platform, chat }: Origin): void {
  if (chat === undefined) return
  if (!BY_ORIGIN.every((lookup) => checkAbsent(connection, lookup, [namespace, platform, chat])))
    throw damaged(connection, null, 'what an origin leads to')
}
