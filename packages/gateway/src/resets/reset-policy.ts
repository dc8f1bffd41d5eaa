import { InvalidArgument, type Origin } from '@faircopy/store-core'
import { chatKind } from '@faircopy/store-core/backend'
import { isTimeZone } from './wall-time.ts'

/** A time of day, somewhere. */
export interface DailyReset {
  /** 0 to 23. */
  readonly hour: number
  /** 0 to 59. Defaults to 0. */
  readonly minute?: number
  /** An IANA name: `Europe/Berlin`. The host's own zone is never assumed. */
  readonly timeZone: string
}

/** When a conversation is over. With both conditions, whichever comes first. */
export type ResetRule =
  | 'never'
  | {
      /** Minutes without a word. */
      readonly idleMinutes?: number
      /**
       * Once a day. A time that the clocks skip counts as much later as they skip; one that they show twice counts the
       * first time.
       */
      readonly daily?: DailyReset
    }

/** Which rule holds where: of the platform, else of the chat type, else the default. */
export interface ResetPolicy {
  /** Defaults to `never`. */
  readonly default?: ResetRule
  readonly byPlatform?: Readonly<Record<string, ResetRule>>
  /** By the chat type as the origin has it, else by another name of its kind: `dm` holds for `private` as well. */
  readonly byChatType?: Readonly<Record<string, ResetRule>>
}

/** Why a session was replaced by a new one. */
export type ResetReason = 'idle' | 'daily' | 'suspended' | 'requested'

/** The rule for the messages of an origin. */
export function resetRule({ platform, chatType = 'dm' }: Origin, policy: ResetPolicy): ResetRule {
  const { byPlatform = {}, byChatType = {}, default: otherwise = 'never' } = policy
  const ofKind = Object.entries(byChatType).find(([type]) => chatKind(type) === chatKind(chatType))?.[1]
  return byPlatform[platform.toLowerCase()] ?? byChatType[chatType] ?? ofKind ?? otherwise
}

/** Fails with `InvalidArgument` for a rule that no clock could follow. */
export function checkResetPolicy({
  default: rule = 'never',
  byPlatform = {},
  byChatType = {},
}: ResetPolicy): void {
  for (const one of [rule, ...Object.values(byPlatform), ...Object.values(byChatType)]) {
    if (one === 'never') continue
    const { idleMinutes, daily } = one
    if (idleMinutes !== undefined && !(idleMinutes > 0)) {
      throw new InvalidArgument('reset: idleMinutes is not above 0')
    }
    if (!daily) continue
    const { hour, minute = 0, timeZone } = daily
    if (!isWithin(hour, 23) || !isWithin(minute, 59))
      throw new InvalidArgument('reset: daily is no time of day')
    if (!isTimeZone(timeZone)) throw new InvalidArgument('reset: daily.timeZone is not known here')
  }
}

function isWithin(value: number, last: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= last
}
