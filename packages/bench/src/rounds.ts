import { random } from './random.ts'

/** Something that is measured. */
export interface Contestant {
  readonly name: string
  /** Runs one round and answers how long one unit of it took, in microseconds. */
  round(): Promise<number> | number
}

/** A contestant's figures, in microseconds for one unit. */
export interface Result {
  readonly name: string
  readonly median: number
  readonly fastest: number
  readonly slowest: number
  /** Median of its ratios to the first contestant, each within one round. */
  readonly ratio: number
}

/**
 * Runs contestants in interleaved rounds, each round in an order of its own, so that a drift of the machine and a
 * costly neighbour meet all of them alike. A contestant that stands twice is the A/A row: smaller differences than
 * between the two are none.
 */
export async function race(contestants: readonly Contestant[], rounds: number): Promise<Result[]> {
  const taken = contestants.map((): number[] => [])
  const next = random(rounds)
  for (let round = -1; round < rounds; round++) {
    const order = contestants.map((_, i) => ({ i, at: next() })).sort((a, b) => a.at - b.at)
    for (const { i } of order) {
      const us = await (contestants[i] as Contestant).round()
      if (round >= 0) taken[i]?.push(us)
    }
  }
  const first = taken[0] ?? []
  return contestants.map(({ name }, i) => {
    const own = taken[i] ?? []
    return {
      name,
      median: median(own),
      fastest: Math.min(...own),
      slowest: Math.max(...own),
      ratio: median(own.map((us, round) => us / (first[round] ?? Number.NaN))),
    }
  })
}

/** The middle of some numbers, the upper one of two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** How many microseconds each of some calls took that began at a time. */
export function perCall(began: number, calls: number): number {
  return ((performance.now() - began) * 1000) / calls
}

/** A Markdown table of results. */
export function table(results: readonly Result[], unit: string): string {
  const rows = results.map(
    ({ name, median: middle, fastest, slowest, ratio }) =>
      `| ${name} | ${middle.toFixed(1)} | ${fastest.toFixed(1)}\u2013${slowest.toFixed(1)} | ${ratio.toFixed(2)} |`,
  )
  return [
    `| what | median \u00b5s per ${unit} | fastest\u2013slowest | ratio |`,
    '|---|---|---|---|',
    ...rows,
  ].join('\n')
}
