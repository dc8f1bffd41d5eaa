import { InvalidArgumentError } from 'commander'

const UNIT_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
}

/** The value of an option that says how long, such as `30d`, in ms. */
export function duration(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  const ms = UNIT_MS[unit]
  if (count === undefined || ms === undefined)
    throw new InvalidArgumentError('It has to be a number of minutes, hours, days or weeks, such as 30d.')
  return Number(count) * ms
}

/** So many ms as {@link duration} reads them, in the longest unit that they are whole in. */
export function durationText(ms: number): string {
  const [unit = 'm', length = 60_000] =
    Object.entries(UNIT_MS).findLast(([, each]) => ms > 0 && ms % each === 0) ?? []
  return `${ms / length}${unit}`
}
