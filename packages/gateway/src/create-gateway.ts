import type { Gateway } from './gateway.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { hasHistory, listSessions, suspendRecentlyActive, suspendSession } from './sessions/listing.ts'
import { forkSession, openSession, resetSession, resumeSession } from './sessions/opening.ts'
import { toolsOf } from './tools.ts'
import { compactSession } from './turns/compacting.ts'
import { retryTurn, undoTurns } from './turns/rewinding.ts'
import { beginTurn, openTurns, resumeTurn } from './turns/turns.ts'

/**
 * A gateway's sessions on a store. It holds nothing else: make as many as there are processes.
 *
 * Fails with `InvalidArgument` for a reset policy that no clock could follow.
 *
 * @example
 * ```ts
 * import { createGateway } from '@faircopy/gateway'
 * import { createMemoryStore } from '@faircopy/store-core/memory'
 *
 * const gateway = createGateway({ store: createMemoryStore(), reset: { default: { idleMinutes: 1440 } } })
 * const opened = await gateway.open({ platform: 'telegram', chatType: 'dm', chat: '1001', user: '7' })
 * const turn = await gateway.beginTurn(opened, {
 *   idempotencyKey: 'update-42',
 *   record: { role: 'user', content: 'Is it raining?' },
 * })
 * await turn.commit({ role: 'assistant', content: 'It is.' })
 * console.log(opened.what, turn.already, turn.state)
 * ```
 */
export function createGateway(options: GatewayOptions): Gateway {
  const tools = toolsOf(options)
  return {
    open: (origin, how) => openSession(tools, origin, how),
    reset: (origin, how) => resetSession(tools, origin, how),
    resume: (origin, session, how) => resumeSession(tools, origin, session, how),
    fork: (origin, from, how) => forkSession(tools, origin, from, how),
    list: (which) => listSessions(tools, which),
    hasHistory: (except) => hasHistory(tools, except),
    suspend: (session, reason) => suspendSession(tools, session, reason),
    suspendRecentlyActive: (withinMs) => suspendRecentlyActive(tools, withinMs),
    beginTurn: (session, turn) => beginTurn(tools, session, turn),
    resumeTurn: (session, turn) => resumeTurn(tools, session, turn),
    openTurns: (where) => openTurns(tools, where),
    retry: (session, how) => retryTurn(tools, session, how),
    edit: (session, how) => retryTurn(tools, session, how),
    undo: (session, how) => undoTurns(tools, session, how),
    compact: (session, how) => compactSession(tools, session, how),
  }
}
