/**
 * Counts the turns that the event loop has while something goes on. Under load there are more of them: whoever gives way
 * does so after a time, and then has done less.
 */
export async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let isOver = false
  const next = (): void => {
    turns++
    if (!isOver) setImmediate(next)
  }
  setImmediate(next)
  await work()
  isOver = true
  return turns
}

/** Keeps the event loop for so many ms, as anything does that computes. */
export function compute(ms: number): void {
  const begun = performance.now()
  while (performance.now() - begun < ms);
}
