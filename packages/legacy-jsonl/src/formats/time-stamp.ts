import type { JsonObject, JsonValue } from '@faircopy/store-core'

/** When a record says it was written. */
export interface TimeStamp {
  /** Epoch ms, where the record says so beyond doubt; null otherwise. */
  readonly at: number | null
  /** Ms; a stamp without zone is read as UTC. Null where there is none. */
  readonly stamp: number | null
}

/** The instant, in epoch ms, at which clocks of some zone show a wall time, given as if it were UTC. */
export type WallClock = (wallTime: number) => number

const NONE: TimeStamp = { at: null, stamp: null }

/** No chat is older than 1e8 seconds of the epoch (March 1973); zero times and counters are below. */
const EARLIEST_SECONDS = 1e8
const EARLIEST_MS = EARLIEST_SECONDS * 1000
const LATEST_MS = EARLIEST_MS * 1000

const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d\d(?::?\d\d)?)?$/

/**
 * Reads a stamp: a number of seconds (below 1e11), milliseconds (below 1e14) or microseconds (below 1e17) since the
 * epoch, rounded to milliseconds, or ISO 8601 text, cut off below them. Anything else, and any time before March 1973,
 * is no stamp: the record keeps it, and nothing is made of it.
 *
 * @param wallClock Turns stamps without zone into instants. Without it they have no `at`.
 */
export function readTimeStamp(value: JsonValue | undefined, wallClock?: WallClock): TimeStamp {
  if (typeof value === 'number') return instant(epochMs(value))
  const parts = typeof value === 'string' ? ISO.exec(value) : null
  if (parts === null) return NONE
  const [, date, minutes, seconds = '00', fraction = '', zone] = parts
  const wallTime = Date.parse(`${date}T${minutes}:${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}Z`)
  // Date.parse turns 30 February into 2 March.
  if (new Date(wallTime).getUTCDate() !== Number(date?.slice(8))) return NONE
  if (zone !== undefined) return instant(wallTime - offsetMs(zone))
  if (wallClock !== undefined) return instant(wallClock(wallTime))
  return { at: null, stamp: instant(wallTime).stamp }
}

const MEMBERS: readonly string[] = ['timestamp', 'created_at', 'created', 'ts']

/** What a record says of its time: the first of the members by which chat records do, whatever it holds. */
export function stampMember(record: JsonObject): JsonValue | undefined {
  const named = MEMBERS.find((name) => record[name] !== undefined && record[name] !== null)
  return named === undefined ? undefined : record[named]
}

/** Whether a value is ISO text that names no zone. */
export function isNaiveStamp(value: JsonValue | undefined): boolean {
  const parts = typeof value === 'string' ? ISO.exec(value) : null
  return parts !== null && parts[5] === undefined
}

function instant(at: number): TimeStamp {
  return at >= EARLIEST_MS && at < LATEST_MS ? { at, stamp: at } : NONE
}

function epochMs(value: number): number {
  if (value < LATEST_MS / 1000) return Math.round(value * 1000)
  return Math.round(value < LATEST_MS ? value : value / 1000)
}

function offsetMs(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', '') || 0)
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}
