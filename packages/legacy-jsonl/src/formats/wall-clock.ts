import { InvalidArgument } from '@faircopy/store-core'
import type { WallClock } from './time-stamp.ts'

const QUARTER_HOUR = 15 * 60_000
const DAY = 24 * 3_600_000

/**
 * The clocks on the wall of an IANA time zone (`Europe/Berlin`). A wall time that comes twice, when clocks go back, is
 * taken to be the earlier; one that never comes, when they go forward, is read with the offset from before. Fails with
 * `InvalidArgument` for a zone that is not known.
 */
export function wallClockOf(timeZone: string): WallClock {
  const offsetAt = zoneOffset(timeZone)
  return (wallTime) => {
    const before = offsetAt(wallTime - DAY)
    const after = offsetAt(wallTime + DAY)
    const instants = [wallTime - before, wallTime - after].filter((at) => offsetAt(at) === wallTime - at)
    return instants.length === 0 ? wallTime - before : Math.min(...instants)
  }
}

/** What clocks of a zone show at an instant, less the instant, in ms. */
function zoneOffset(timeZone: string): (at: number) => number {
  const format = dateTimeFormat(timeZone)
  // Offsets change at quarter hours only, and a transcript's stamps lie close together.
  const known = new Map<number, number>()
  return (at) => {
    const quarter = Math.floor(at / QUARTER_HOUR)
    const found = known.get(quarter)
    if (found !== undefined) return found
    const shown = new Map(
      format.formatToParts(quarter * QUARTER_HOUR).map(({ type, value }) => [type, Number(value)]),
    )
    const part = (type: Intl.DateTimeFormatPartTypes): number => shown.get(type) ?? 0
    const offset =
      Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) -
      quarter * QUARTER_HOUR
    if (known.size > 1000) known.clear()
    known.set(quarter, offset)
    return offset
  }
}

function dateTimeFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    throw new InvalidArgument('timeZone: not the name of a known time zone, such as Europe/Berlin')
  }
}
