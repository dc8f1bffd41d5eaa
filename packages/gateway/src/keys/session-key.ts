import type { Origin } from '@faircopy/store-core'
import { type KeyPolicy, sessionPlace } from './key-policy.ts'

const NO_ACCOUNT = 'main'

/**
 * One text for each session that a gateway keeps apart: a name for logs, metrics and a caller's own maps. Sessions
 * themselves are found by columns, never by this.
 *
 * `agent:<account>:<platform>:<chat type>:<chat>:<thread>:<person>`: a missing part leaves its place empty, empty places
 * at the end are left out, and a `:` or `%` in an id is percent-encoded, so that no two sessions have one key. Where
 * Hermes's key has the same parts in the same places it is the same text; {@link legacySessionKey} is Hermes's own.
 *
 * @example
 * ```ts
 * import { sessionKey } from '@faircopy/gateway'
 *
 * sessionKey({ platform: 'telegram', chatType: 'dm', chat: '1001' }) // agent:main:telegram:dm:1001
 * sessionKey({ platform: 'telegram', chatType: 'group', chat: '-5', user: '7' }) // agent:main:telegram:group:-5::7
 * ```
 */
export function sessionKey(origin: Origin, policy: KeyPolicy = {}): string {
  const { platform, account, chatType, chat, thread, people } = sessionPlace(origin, policy)
  const parts = [
    account === undefined ? NO_ACCOUNT : account === NO_ACCOUNT ? encodeAll(account) : encode(account),
    encode(platform),
    encode(chatType),
    ...[chat, thread, people[0]].map((part) => (part === undefined ? '' : encode(part))),
  ]
  while (parts.at(-1) === '') parts.pop()
  return ['agent', ...parts].join(':')
}

/** The parts that a {@link sessionKey} names, or null for any other text. */
export function parseSessionKey(key: string): Origin | null {
  const [agent, account = '', platform = '', chatType = '', ...places] = key.split(':')
  if (agent !== 'agent' || account === '' || platform === '' || chatType === '' || places.length > 3)
    return null
  if (places.at(-1) === '') return null
  try {
    const [chat = '', thread = '', user = ''] = places.map(decodeURIComponent)
    const origin: Origin = {
      platform: decodeURIComponent(platform),
      ...(account !== NO_ACCOUNT && { account: decodeURIComponent(account) }),
      chatType: decodeURIComponent(chatType),
      ...(chat !== '' && { chat }),
      ...(thread !== '' && { thread }),
      ...(user !== '' && { user }),
    }
    return origin
  } catch {
    return null
  }
}

function encode(part: string): string {
  return part.replaceAll('%', '%25').replaceAll(':', '%3A')
}

function encodeAll(part: string): string {
  return part.replace(/./gsu, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
}
