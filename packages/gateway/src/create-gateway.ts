import { type ArgumentSchema, checkArgument } from '@faircopy/store-core/arguments'
import {
  compactOptions,
  editOptions,
  forkOptions,
  listSessionsOptions,
  newTurn,
  openSessionOptions,
  resetOptions,
  resumeOptions,
  retryOptions,
  undoOptions,
} from './calls/arguments.ts'
import type { Gateway } from './calls/gateway.ts'
import type { GatewayOptions } from './calls/gateway-options.ts'
import { hasHistory, listSessions, suspendRecentlyActive, suspendSession } from './sessions/listing.ts'
import { forkSession, openSession, resetSession, resumeSession } from './sessions/opening.ts'
import { toolsOf } from './sessions/tools.ts'
import { compactSession } from './turns/compacting.ts'
import { retryTurn, undoTurns } from './turns/rewinding.ts'
import { beginTurn, openTurns, resumeTurn } from './turns/turns.ts'

/**
 * A gateway's sessions on a store. It holds nothing else: make as many as there are processes.
 *
 * Fails with `InvalidArgument` for an option that is not known or of the wrong kind, a store that lacks a method, and a
 * reset policy that no clock could follow.
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
    open: async (origin, how = {}) => openSession(tools, origin, checked(openSessionOptions, how)),
    reset: async (origin, how = {}) => resetSession(tools, origin, checked(resetOptions, how)),
    resume: async (origin, session, how = {}) =>
      resumeSession(tools, origin, session, checked(resumeOptions, how)),
    fork: async (origin, from, how = {}) => forkSession(tools, origin, from, checked(forkOptions, how)),
    list: async (which = {}) => listSessions(tools, checked(listSessionsOptions, which)),
    hasHistory: (except) => hasHistory(tools, except),
    suspend: (session, reason) => suspendSession(tools, session, reason),
    suspendRecentlyActive: (withinMs) => suspendRecentlyActive(tools, withinMs),
    beginTurn: async (session, turn) => beginTurn(tools, session, checkArgument(newTurn, turn, 'turn')),
    resumeTurn: (session, turn) => resumeTurn(tools, session, turn),
    openTurns: (where) => openTurns(tools, where),
    retry: async (session, how) => retryTurn(tools, session, checked(retryOptions, how)),
    edit: async (session, how) => retryTurn(tools, session, checked(editOptions, how)),
    undo: async (session, how = {}) => undoTurns(tools, session, checked(undoOptions, how)),
    compact: async (session, how) => compactSession(tools, session, checked(compactOptions, how)),
  }
}

/** A call's options. Fails with `InvalidArgument`. */
function checked<T>(schema: ArgumentSchema<T>, options: unknown): T {
  return checkArgument(schema, options, 'options')
}
