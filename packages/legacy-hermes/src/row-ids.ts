/** Row ids, in ranges of those that follow each other: 16 bytes a range. They are added in their order. */
export class RowIds {
  /** From and to, both included, pair by pair. */
  readonly #ranges: number[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  add(id: number): void {
    const end = this.#ranges.length - 1
    if (this.#ranges[end] === id - 1) this.#ranges[end] = id
    else this.#ranges.push(id, id)
    this.#count++
  }

  has(id: number): boolean {
    return this.hasAny(id, id)
  }

  /** Whether one of these, both included, is among them. */
  hasAny(from: number, to: number): boolean {
    return (this.#ranges[this.#firstEndingAt(from)] ?? Number.POSITIVE_INFINITY) <= to
  }

  /** From and to of each range. */
  *ranges(): Generator<readonly [from: number, to: number]> {
    for (let at = 0; at < this.#ranges.length; at += 2) {
      yield [this.#ranges[at] ?? 0, this.#ranges[at + 1] ?? 0]
    }
  }

  /** The ranges between two row ids, both included, that are not among them. */
  *missing(from: number, to: number): Generator<readonly [from: number, to: number]> {
    let next = from
    for (let at = this.#firstEndingAt(from); at < this.#ranges.length && next <= to; at += 2) {
      const begin = this.#ranges[at] ?? 0
      if (begin > next) yield [next, Math.min(begin - 1, to)]
      next = Math.max(next, (this.#ranges[at + 1] ?? 0) + 1)
    }
    if (next <= to) yield [next, to]
  }

  /** Index of the first range that does not end before a row id. */
  #firstEndingAt(id: number): number {
    let low = 0
    let high = this.#ranges.length / 2
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#ranges[2 * middle + 1] ?? 0) < id) low = middle + 1
      else high = middle
    }
    return 2 * low
  }
}

/** Row ids in their order, as ranges. */
export function rowIdsOf(ids: readonly number[]): RowIds {
  const all = new RowIds()
  for (const id of ids) all.add(id)
  return all
}
