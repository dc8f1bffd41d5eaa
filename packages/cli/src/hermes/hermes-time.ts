/** Epoch ms as Hermes writes it in files: ISO 8601 of the clock on the wall, without a zone. */
export function hermesTime(at: number): string {
  const date = new Date(at)
  return `${hermesDate(date)}T${[date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':')}.${String(date.getMilliseconds()).padStart(3, '0')}000`
}

function hermesDate(date: Date): string {
  return [
    String(date.getFullYear()).padStart(4, '0'),
    twoDigits(date.getMonth() + 1),
    twoDigits(date.getDate()),
  ].join('-')
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
