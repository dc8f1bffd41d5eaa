const LAST_DATE = 8.64e15

/** Epoch ms as `2026-03-02 18:00:10Z`; a number that is no date as it is. */
export function timeText(at: number): string {
  if (Math.abs(at) > LAST_DATE) return String(at)
  const [date, time] = new Date(at).toISOString().split('T')
  return `${date} ${time?.slice(0, 8)}Z`
}
