import type { DailyReset, ResetRule } from './reset-policy.ts'
import { instantOf, wallTime } from './wall-time.ts'

/** Why a session is over by a rule, or null. Times are epoch ms. */
export function resetDue(rule: ResetRule, lastActivity: number, now: number): 'idle' | 'daily' | null {
  if (rule === 'never') return null
  const { idleMinutes, daily } = rule
  if (idleMinutes !== undefined && now - lastActivity > idleMinutes * 60_000) return 'idle'
  return daily && lastActivity < lastDaily(daily, now) ? 'daily' : null
}

/** The last instant, up to `now`, at which it was that time of day. */
export function lastDaily({ hour, minute = 0, timeZone }: DailyReset, now: number): number {
  const { year, month, day } = wallTime(now, timeZone)
  // A day that a zone left out, or a time that it skipped, may still lie ahead.
  for (let back = 0; ; back++) {
    const at = instantOf({ year, month, day: day - back, hour, minute }, timeZone)
    if (at <= now) return at
  }
}
