import { type Budget, CELL } from './budget.ts'
import { BOTH, CANONICAL, LEGACY, type Path, pairsOf, shortestPath } from './path.ts'
import { reversed, type Sequence, select } from './sequence.ts'
import { each, type InSteps, STRIDE } from './terms/in-steps.ts'

/** Which legacy entries belong to what the canonical witness has withdrawn. */
export interface Withdrawal {
  /** The legacy entries that do not. */
  readonly rest: Sequence
  /** Indices of a legacy entry and the entry of history it matched, in legacy order. */
  readonly pairs: readonly { readonly legacy: number; readonly history: number }[]
  /** What another equally good choice leaves behind, where that says something else: then neither is known. */
  readonly otherRest?: Sequence
}

/**
 * Finds the legacy entries that say again what was withdrawn. Live entries come first: what a longest common
 * subsequence pairs with them is live. What is left over is paired with history in the same way, in order, and each
 * entry of history takes one legacy entry at most, so that of three times "ok", one live and one withdrawn, one is
 * new. What was taken can free a live entry for another partner, so both steps are repeated until nothing more is
 * taken. It is done front to back and back to front; where the two leave different texts behind, it is not known which
 * of them were withdrawn.
 *
 * @throws BudgetSpent
 */
export function* withdraw(
  live: Sequence,
  told: Sequence,
  history: Sequence,
  budget: Budget,
): InSteps<Withdrawal> {
  const pairs = yield* take(live, told, history, budget)
  const rest = yield* without(told, pairs)
  const backwards = yield* take(reversed(live), reversed(told), reversed(history), budget)
  const other = yield* without(told, new Map([...backwards].map(([y, z]) => [told.length - 1 - y, z])))
  const inOrder = [...pairs].sort(([y], [z]) => y - z)
  return {
    rest,
    pairs: inOrder.map(([y, z]) => ({ legacy: told.at[y] as number, history: history.at[z] as number })),
    ...(sameTexts(rest, other) ? {} : { otherRest: other }),
  }
}

/**
 * Takes certainty from the pairs whose legacy entry says what was also withdrawn: it may be the withdrawn one that the
 * legacy witness tells there.
 */
export function* doubtWithdrawn(
  path: Path,
  live: Sequence,
  rest: Sequence,
  history: Sequence,
): InSteps<Path> {
  const withdrawn = new Set(history.letters)
  const doubted = path.slice()
  let x = 0
  let y = 0
  yield* each(path, (step, i) => {
    const byId = live.ids[x] !== 0 && rest.ids[y] !== 0
    if ((step & BOTH) === BOTH && !byId && withdrawn.has(rest.letters[y] as number)) doubted[i] = BOTH
    x += step & CANONICAL
    y += (step & LEGACY) >> 1
  })
  return doubted
}

function sameTexts(one: Sequence, two: Sequence): boolean {
  return one.length === two.length && one.letters.every((letter, i) => letter === two.letters[i])
}

/** Positions in `told` and the position in `history` each is taken by. */
function* take(
  live: Sequence,
  told: Sequence,
  history: Sequence,
  budget: Budget,
): InSteps<Map<number, number>> {
  const taken = new Map<number, number>()
  const used = new Set<number>()
  for (;;) {
    budget.spend(CELL * (live.length + told.length + history.length))
    const rest = yield* positions(told.length, (y) => !taken.has(y))
    const unused = yield* positions(history.length, (z) => !used.has(z))
    const restTold = yield* select(told, rest)
    const paired = new Set<number>()
    yield* each(yield* pairsOf(yield* shortestPath(live, restTold, budget)), ([, y]) => paired.add(y))
    const over: number[] = []
    yield* each(rest, (position, y) => {
      if (!paired.has(y)) over.push(position)
    })
    const pairs = yield* pairsOf(
      yield* shortestPath(yield* select(history, unused), yield* select(told, over), budget),
    )
    if (pairs.length === 0) return taken
    for (const [z, y] of pairs) {
      taken.set(over[y] as number, unused[z] as number)
      used.add(unused[z] as number)
    }
  }
}

function* without(told: Sequence, pairs: ReadonlyMap<number, number>): InSteps<Sequence> {
  return yield* select(told, yield* positions(told.length, (y) => !pairs.has(y)))
}

function* positions(length: number, isOne: (position: number) => boolean): InSteps<number[]> {
  const found: number[] = []
  for (let position = 0; position < length; position++) {
    if (position % STRIDE === 0) yield
    if (isOne(position)) found.push(position)
  }
  return found
}
