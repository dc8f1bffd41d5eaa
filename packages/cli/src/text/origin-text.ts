import type { Origin } from '@faircopy/store-core'

/** `telegram dm 100000`: where a session's messages come from. */
export function originText(origin: Origin | null): string {
  if (!origin) return ''
  const { platform, account, chatType, chat, thread, user } = origin
  const who = user === chat ? undefined : user
  return [platform, account, chatType, chat, thread, who].filter((part) => part !== undefined).join(' ')
}
