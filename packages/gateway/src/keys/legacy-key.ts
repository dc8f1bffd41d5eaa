import type { Origin } from '@faircopy/store-core'
import { chatKind } from '@faircopy/store-core/backend'
import { type KeyPolicy, sessionPlace } from './key-policy.ts'

/**
 * The key that Hermes has for a session: missing parts close up and ids are joined as they are, so that different
 * sessions may have one key. For looking a session up in an old index.
 */
export function legacySessionKey(origin: Origin, policy: KeyPolicy = {}): string {
  const { platform, chatType, chat, thread } = sessionPlace(origin, policy)
  const person = chatType === 'dm' ? undefined : sessionPlace(origin, policy).people[0]
  return ['agent', 'main', platform, chatType, chat, thread, person].filter(Boolean).join(':')
}

/**
 * Every origin that a Hermes key may mean, as far as it can be parsed: `…:group:5:7` is the person 7 in a group 5, and
 * its thread 7. None for a text that is no such key, or whose ids hold separators of their own.
 *
 * An origin that is known is held against a key with {@link legacySessionKey} instead: that is exact.
 */
export function originsOfLegacyKey(key: string): Origin[] {
  const [agent, main, platform, named, ...parts] = key.split(':')
  if (agent !== 'agent' || main !== 'main' || !platform || !named || parts.includes('')) return []
  const chatType = chatKind(named)
  const place = { platform, chatType }
  const [first, second, third] = parts
  if (first === undefined) return [place]
  if (second === undefined) {
    const alone: Origin[] = [
      { ...place, chat: first },
      { ...place, thread: first },
    ]
    return chatType === 'dm' ? alone : [...alone, { ...place, user: first }]
  }
  if (chatType === 'dm') return third === undefined ? [{ ...place, chat: first, thread: second }] : []
  if (third === undefined) {
    return [
      { ...place, chat: first, thread: second },
      { ...place, chat: first, user: second },
      { ...place, thread: first, user: second },
    ]
  }
  return parts.length === 3 ? [{ ...place, chat: first, thread: second, user: third }] : []
}
