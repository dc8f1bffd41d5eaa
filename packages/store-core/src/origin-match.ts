import type { Origin } from './origin.ts'

const PARTS = ['platform', 'account', 'chat', 'thread', 'user', 'userAlt'] as const
const PLACE = ['platform', 'account', 'chat', 'thread'] as const

/** What platforms call a chat that gateways call otherwise. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['private', 'dm'],
  ['direct', 'dm'],
  ['im', 'dm'],
  ['supergroup', 'group'],
])

/**
 * The kind of chat that a chat type names: `dm` also for `private`, `direct` and `im`, `group` also for `supergroup`,
 * any other for itself. Chat types of one kind are equal wherever origins are compared (S10).
 */
export function chatKind(chatType: string): string {
  return KINDS.get(chatType) ?? chatType
}

/**
 * Whether two origins are equal in every part, absent parts included, and of chats of one kind ({@link chatKind}). This is
 * what a route is found by.
 */
export function isSameOrigin(a: Origin, b: Origin): boolean {
  return PARTS.every((part) => a[part] === b[part]) && kindOf(a) === kindOf(b)
}

/**
 * Whether a session of this origin is one that `target` means (S10).
 *
 * Platform, account, chat and thread must be equal where the target names them. Where it names a person, one of its two
 * ids must be one of the session's two. Kinds of chat ({@link chatKind}) must not differ where both are known. What the target leaves out
 * may be anything, so a target that names little may mean several sessions: that is `AmbiguousOrigin`, never a guess.
 */
export function matchesOrigin(target: Partial<Origin>, origin: Origin): boolean {
  return (
    PLACE.every((part) => target[part] === undefined || target[part] === origin[part]) &&
    (target.chatType === undefined || origin.chatType === undefined || kindOf(target) === kindOf(origin)) &&
    isSamePerson(target, origin)
  )
}

/** One way to a live session: the origin it was given itself, or a route that leads to it. */
export interface OriginWay {
  /** The session's id. */
  readonly session: string
  readonly origin: Origin
  readonly by: 'session' | 'route'
}

/**
 * The live sessions that `target` means, given all ways to the live sessions of its namespace (S10): none is `NoSession`
 * (or held, or created), several are `AmbiguousOrigin`.
 *
 * A route of exactly this origin decides: somebody said so. A session's own origin stops being a way to it once a route
 * leads that very origin elsewhere. Otherwise every way that {@link matchesOrigin} counts, and time never does.
 */
export function sessionsOfOrigin(target: Origin, ways: readonly OriginWay[]): string[] {
  const routes = ways.filter(({ by }) => by === 'route')
  const exact = routes.find(({ origin }) => isSameOrigin(target, origin))
  if (exact) return [exact.session]
  const open = ways.filter(
    (way) => way.by === 'route' || !routes.some(({ origin }) => isSameOrigin(origin, way.origin)),
  )
  const sessions = open.filter(({ origin }) => matchesOrigin(target, origin)).map(({ session }) => session)
  return [...new Set(sessions)]
}

function kindOf({ chatType }: Partial<Origin>): string | undefined {
  return chatType === undefined ? undefined : chatKind(chatType)
}

function isSamePerson(target: Partial<Origin>, origin: Origin): boolean {
  const wanted = [target.user, target.userAlt].filter((id) => id !== undefined)
  return wanted.length === 0 || wanted.some((id) => id === origin.user || id === origin.userAlt)
}
