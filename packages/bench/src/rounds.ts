/** Something that is measured: one round of it, in seconds. */
export interface Contestant {
  readonly name: string
  /** Runs one round and answers how long one unit of it took, in microseconds. */
  round(): Promise<number> | number
}

/** A contestant's figures. */
export interface Result {
  readonly name: string
  /** Microseconds for one unit. */
  readonly median: number
  readonly fastest: number
  readonly slowest: number
}

/**
 * Runs contestants in interleaved rounds, each round in another order, so that a drift of the machine meets all of
 * them alike. A contestant that stands twice is the A/A row: smaller differences than between the two are none.
 */
export async function race(contestants: readonly Contestant[], rounds: number): Promise<Result[]> {
  const taken = contestants.map((): number[] => [])
  for (let round = -1; round < rounds; round++) {
    for (let i = 0; i < contestants.length; i++) {
      const at = (i + Math.max(round, 0)) % contestants.length
      const us = await (contestants[at] as Contestant).round()
      if (round >= 0) taken[at]?.push(us)
    }
  }
  return contestants.map(({ name }, i) => {
    const sorted = (taken[i] ?? []).toSorted((a, b) => a - b)
    return {
      name,
      median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
      fastest: sorted[0] ?? Number.NaN,
      slowest: sorted.at(-1) ?? Number.NaN,
    }
  })
}

/** A Markdown table of results, as ratios to the first. */
export function table(results: readonly Result[], unit: string): string {
  const first = results[0]?.median ?? 1
  const rows = results.map(
    ({ name, median, fastest, slowest }) =>
      `| ${name} | ${median.toFixed(1)} | ${fastest.toFixed(1)}\u2013${slowest.toFixed(1)} | ${(median / first).toFixed(2)} |`,
  )
  return [
    `| what | median \u00b5s per ${unit} | fastest\u2013slowest | ratio |`,
    '|---|---|---|---|',
    ...rows,
  ].join('\n')
}
