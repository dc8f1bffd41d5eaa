import { entryHash } from '../src/hash.ts'
import type { LookUpsNow } from '../src/kernel/drive.ts'
import type { Ground } from '../src/kernel/grounds.ts'
import { type Address, type OfNotes, type OfOrigin, type OriginsAt, OWN } from '../src/kernel/look-ups.ts'
import { lookUpsIn } from '../src/memory/look-ups.ts'
import { findSession, type MemoryState } from '../src/memory/state.ts'
import { entryOf } from '../src/memory/view.ts'
import { isSameAddress } from '../src/session-ref.ts'

/** Memory's look-ups, with versions of a place and of notes that move with nothing else. */
export function versionedLookUps(state: MemoryState): LookUpsNow {
  const all = lookUpsIn(state)
  type Name = keyof LookUpsNow
  const versioned = <N extends Name>(name: N, versionOf: (asked: never) => unknown) => ({
    [name]: (asked: never[]) => {
      const found = (all[name] as (asked: never[]) => readonly (OfOrigin<unknown> | OfNotes<unknown>)[])(
        asked,
      )
      return found.map((one, i) => ({ ...one, version: versionOf(asked[i] as never) }))
    },
  })
  const ofPlace = ({ namespace, origin }: { namespace: string; origin: OriginsAt['origins'][0] }) =>
    placeVersion(state, { namespace, origins: [origin] })
  const ofNotes = ({ session }: { session: Address }) => notesVersion(state, session)
  return {
    ...all,
    ...versioned('heldFor', ofPlace),
    ...versioned('heldCounts', ofPlace),
    ...versioned('originWays', ofPlace),
    ...versioned('routes', ofPlace),
    ...versioned('openingWays', (asked: OriginsAt) => placeVersion(state, asked)),
    ...versioned('notes', ofNotes),
    ...versioned('notesOfRun', ofNotes),
    ...versioned('lastNotes', (session: Address) => notesVersion(state, session)),
  }
}

/** A version is what it is the version of: the very same things in a row, or others. */
type Version = readonly unknown[]

function isSameVersion(a: Version, b: Version): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i])
}

/** What decides what an origin of this platform means. */
function placeVersion(state: MemoryState, { namespace, origins: [{ platform }] }: OriginsAt): Version {
  const routes = state.routes.filter(
    ({ origin, session }) => session.namespace === namespace && origin.platform === platform,
  )
  const sessions = state.sessions.filter(
    ({ address, about }) =>
      address.namespace === namespace &&
      (about.origin?.platform === platform || routes.some(({ session }) => isSameAddress(session, address))),
  )
  return [
    ...routes,
    ...sessions.flatMap(({ number, about, state: is }) => [number, about.origin, about.endedAt, is]),
    ...state.held.filter((one) => one.namespace === namespace && one.origin.platform === platform),
  ]
}

function notesVersion({ ledger }: MemoryState, address: Address): Version {
  return ledger.filter(({ session }) => isSameAddress(session, address))
}

/** Whether something that a decision rests on is so in a state. */
export function holds(state: MemoryState, ground: Ground): boolean {
  const lookUps = lookUpsIn(state)
  switch (ground.on) {
    case 'session':
      return (lookUps.tips([ground.session])[0]?.version ?? null) === ground.version
    case 'first-generation':
      return lookUps.firstGenerations([ground.session])[0] === ground.generation
    case 'no-delivery':
      return lookUps.deliveries([ground.key])[0]?.length === 0
    case 'not-held':
      return lookUps.heldUnder([ground])[0] === null
    case 'held':
      return state.held.some((one) => one === ground.number)
    case 'place':
      return isSameVersion(placeVersion(state, ground), ground.version as Version)
    case 'entry': {
      const { owner, id } = ground.entry
      const number = owner === OWN ? findSession(state, ground.session)?.number : owner
      const entry = entryOf(state, { owner: number ?? 0, id })
      return entry !== null && entryHash(entry.kind, entry.at, entry.record) === ground.hash
    }
    case 'containing': {
      const sessions = lookUps.containing([ground])[0]?.map(({ session }) => session)
      return JSON.stringify(sessions) === JSON.stringify(ground.sessions)
    }
    case 'unlisted':
      return lookUps.unlisted([ground])[0] === ground.count
    case 'staged': {
      const [found] = lookUps.staged([ground.place])
      return found?.nextId === ground.nextId && found.count === ground.count
    }
    case 'claim':
      return (lookUps.claims([ground.session])[0]?.token ?? null) === ground.token
    case 'notes':
      return isSameVersion(notesVersion(state, ground.session), ground.version as Version)
  }
}
