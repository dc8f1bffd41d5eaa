import type { Origin } from '@faircopy/store-core'

/** Where the people of the test write from. */
export const ORIGINS: readonly Origin[] = [
  { platform: 'telegram', chatType: 'dm', chat: '1001', user: '7' },
  { platform: 'telegram', chatType: 'group', chat: '-5', user: '7', userAlt: 'ann' },
  { platform: 'slack', chatType: 'channel', chat: 'C1', thread: '17', user: 'U1' },
]
