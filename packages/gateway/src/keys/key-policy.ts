import type { Origin } from '@faircopy/store-core'
import { chatKind } from '@faircopy/store-core/backend'

/** Who shares a session in a group. */
export interface Grouping {
  /** One session for each person of a group, or one for all. Defaults to `per-user`. */
  readonly groups?: 'per-user' | 'shared'
  /** The same within a thread of a group. `per-user` counts only where groups are. Defaults to `shared`. */
  readonly threads?: 'per-user' | 'shared'
}

/** Which parts of an origin make a session of its own. */
export interface KeyPolicy extends Grouping {
  /** What differs on a platform. */
  readonly byPlatform?: Readonly<Record<string, Grouping>>
}

/** An origin's parts that make a session of its own, the rest left out. */
export interface SessionPlace {
  readonly platform: string
  readonly account: string | undefined
  /** Its kind: `dm` also for what a platform calls `private`, and where the origin names none. */
  readonly chatType: string
  readonly chat: string | undefined
  readonly thread: string | undefined
  /** The ids of the one person whose session it is, the alternative one first; none where people share it. */
  readonly people: readonly string[]
}

/**
 * The parts of an origin that make a session of its own: in a direct chat the chat and its thread, and the person only
 * where neither is known; in a group the chat, its thread and, by the policy, the person.
 */
export function sessionPlace(origin: Origin, policy: KeyPolicy = {}): SessionPlace {
  const platform = origin.platform.toLowerCase()
  const { account, chat, thread, user, userAlt } = origin
  const chatType = chatKind(origin.chatType ?? 'dm')
  const isAlone =
    chatType === 'dm'
      ? chat === undefined && thread === undefined
      : isPerUser({ ...policy, ...policy.byPlatform?.[platform] }, thread)
  const people = isAlone ? [userAlt, user].filter((id) => id !== undefined) : []
  return { platform, account, chatType, chat, thread, people: [...new Set(people)] }
}

function isPerUser(
  { groups = 'per-user', threads = 'shared' }: Grouping,
  thread: string | undefined,
): boolean {
  return groups === 'per-user' && (thread === undefined || threads === 'per-user')
}
