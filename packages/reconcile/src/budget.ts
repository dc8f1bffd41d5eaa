/** Thrown inside the package where a search would cost more than its caller allows; {@link Budget} is its only source. */
export class BudgetSpent extends Error {
  override readonly name: string = 'BudgetSpent'
}

/** After so many steps whoever searches lets others go on: less than a millisecond. */
const STEPS_IN_A_ROW = 2 ** 14

/**
 * Counts the steps of a search: one for each pair of entries compared, {@link NODE} for each node visited,
 * {@link CELL} for each number that has to be remembered. Steps, not seconds: the same two witnesses end the same way on every machine.
 */
export class Budget {
  readonly limit: number
  #spent = 0
  #over = STEPS_IN_A_ROW

  constructor(limit: number) {
    this.limit = limit
  }

  get spent(): number {
    return this.#spent
  }

  /** Whether it is time to `yield`: enough was spent since this last was so. */
  isTurn(): boolean {
    if (this.#spent < this.#over) return false
    this.#over = this.#spent + STEPS_IN_A_ROW
    return true
  }

  /** @throws BudgetSpent when `steps` more are not allowed. */
  spend(steps: number): void {
    this.#spent += steps
    if (this.#spent > this.limit)
      throw new BudgetSpent('the histories differ too much to search their orders')
  }
}

/** Steps charged for a remembered number of four bytes: half a byte of memory for each step allowed. */
export const CELL: number = 8

/** Steps charged for a node of the edit graph that is visited: it asks for its three neighbours. */
export const NODE: number = 32
