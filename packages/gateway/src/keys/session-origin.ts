import type { OpenTarget, Origin } from '@faircopy/store-core'
import { type KeyPolicy, sessionPlace } from './key-policy.ts'

/**
 * The origin that a session of these messages has itself: everything known of the place, and of the person where the
 * session is theirs. A session that people share names nobody.
 */
export function sessionOrigin(origin: Origin, policy: KeyPolicy = {}): Origin {
  const { platform, chatType, people } = sessionPlace(origin, policy)
  const { user, userAlt, ...place } = origin
  const isTheirs = people.length > 0 || chatType === 'dm'
  return {
    ...place,
    platform,
    chatType,
    ...(isTheirs && user !== undefined && { user }),
    ...(isTheirs && userAlt !== undefined && { userAlt }),
  }
}

/**
 * The origins that lead to the session of these messages: one, or one for each id of the person whose session it is.
 * The first is what a mirror names to reach that session.
 */
export function openingOrigins(origin: Origin, policy: KeyPolicy = {}): OpenTarget['origins'] {
  const { people, ...parts } = sessionPlace(origin, policy)
  const place: Origin = {
    platform: parts.platform,
    ...(parts.account !== undefined && { account: parts.account }),
    chatType: parts.chatType,
    ...(parts.chat !== undefined && { chat: parts.chat }),
    ...(parts.thread !== undefined && { thread: parts.thread }),
  }
  const [first, ...more] = people.map((user): Origin => ({ ...place, user }))
  return [first ?? place, ...more]
}
