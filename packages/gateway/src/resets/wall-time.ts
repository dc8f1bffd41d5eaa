/** What a clock on a wall shows, to the minute. Months are 1 to 12; a day or month beyond its end runs over. */
export interface WallTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
}

const DAY_MS = 24 * 60 * 60 * 1000
const clocks = new Map<string, Intl.DateTimeFormat>()

/** Whether the runtime knows a time zone of this name. */
export function isTimeZone(timeZone: string): boolean {
  try {
    return clock(timeZone) !== undefined
  } catch {
    return false
  }
}

/** What the clocks of a time zone show at an instant, epoch ms. */
export function wallTime(at: number, timeZone: string): WallTime {
  const shown = new Date(at + offset(at, timeZone))
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
  }
}

/**
 * The instant at which the clocks of a time zone show this, epoch ms. What they show twice is the first time; what they
 * skip is as much later as they skip.
 */
export function instantOf(wall: WallTime, timeZone: string): number {
  const shown = utc(wall)
  // No zone changes its clocks twice within two days, so one of these holds on each side of a change.
  const [before, after] = [offset(shown - DAY_MS, timeZone), offset(shown + DAY_MS, timeZone)]
  const isShown = (at: number): boolean => at + offset(at, timeZone) === shown
  const found = [shown - before, shown - after].filter(isShown)
  return found.length > 0 ? Math.min(...found) : shown - before
}

/** Ms that a time zone is ahead of UTC at an instant. */
function offset(at: number, timeZone: string): number {
  const parts = Object.fromEntries(
    clock(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  const shown = utc({ year, month, day, hour, minute }) + second * 1000
  return shown - Math.floor(at / 1000) * 1000
}

function utc({ year, month, day, hour, minute }: WallTime): number {
  return Date.UTC(year, month - 1, day, hour, minute)
}

function clock(timeZone: string): Intl.DateTimeFormat {
  let found = clocks.get(timeZone)
  if (!found) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    clocks.set(timeZone, found)
  }
  return found
}
