import type { Fork, ForkOptions, StoreClock } from '../internals.ts'
import {
  type Address,
  addressesIn,
  countEntries,
  currentGeneration,
  forkDigest,
  InvalidArgument,
  KeyConflict,
  liveRanges,
  type MemorySession,
  type MemoryState,
  sliceRanges,
  type Written,
} from '../internals.ts'
import { addSession, blankSession, refuseTaken } from './create.ts'
import { doneBefore, withOperation } from './operations.ts'
import { writableSession } from './state.ts'
import { checkRevision } from './update.ts'

/** A new session that says a parent's entries up to a place, by reference (S8). */
export function fork(
  state: MemoryState,
  address: Address,
  { id, through, why = 'fork', ...about }: Fork,
  { operationKey, expectedRevision }: ForkOptions,
  clock: StoreClock,
): Written<MemorySession> {
  const parent = writableSession(state, address)
  const digest = forkDigest({ id, why, ...(through !== undefined && { through }) })
  const done = doneBefore(parent, operationKey, digest)
  if (done) {
    if (!('fork' in done)) throw new KeyConflict(address, operationKey ?? '', 'call')
    return { state, result: writableSession(state, done.fork) }
  }
  const to: Address = { namespace: address.namespace, id }
  refuseTaken(state, to)
  const count = countEntries(liveRanges(parent))
  if (through !== undefined && through > count) {
    throw new InvalidArgument(`fork.through: the session has ${count} entries`)
  }
  checkRevision(parent, expectedRevision)

  const ranges = sliceRanges(liveRanges(parent), 1, through ?? count)
  const ids = addressesIn(ranges).map((one) => one.id)
  const blank = blankSession(
    state,
    to,
    {
      ...about,
      codec: about.codec ?? parent.about.codec ?? 'openai-chat',
      parent: { ...address, entry: ids.at(-1) ?? null, why },
    },
    clock,
  )
  const { state: next, result } = addSession(
    state,
    {
      ...blank,
      nextId: Math.max(0, ...ids) + 1,
      keys: new Map([...parent.keys].filter(([, use]) => ids.includes(use.id))),
      generations: [{ ...currentGeneration(blank), reason: 'fork', ranges }],
    },
    clock,
  )
  return { state: withOperation(next, address, operationKey, { digest, answer: { fork: to } }), result }
}
