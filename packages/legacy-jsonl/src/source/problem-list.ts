import type { SourceProblemCode } from './source-codes.ts'
import type { SourceProblem } from './source-problem.ts'

const NAMED_OF_A_CODE = 100

/** Problems of one file: the first hundred of each code by name, the others by their number. */
export class ProblemList {
  readonly #named: SourceProblem[] = []
  readonly #counts = new Map<SourceProblemCode, number>()
  readonly #last = new Map<SourceProblemCode, SourceProblem>()

  add(problem: SourceProblem): void {
    const count = (this.#counts.get(problem.code) ?? 0) + 1
    this.#counts.set(problem.code, count)
    if (count <= NAMED_OF_A_CODE) this.#named.push(problem)
    else this.#last.set(problem.code, problem)
  }

  all(): readonly SourceProblem[] {
    const others = [...this.#last.values()].map(({ code, path }) => {
      const count = (this.#counts.get(code) ?? 0) - NAMED_OF_A_CODE
      return { code, path, ...(count > 1 && { count }), detail: `${count} more of these in the file` }
    })
    return [...this.#named, ...others]
  }
}
