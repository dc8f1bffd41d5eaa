import { alignedPath, inOrderOfGaps } from './aligned-path.ts'
import { anchoredPath } from './anchored-path.ts'
import { Budget, BudgetSpent } from './budget.ts'
import { mergeRuns } from './merge-runs.ts'
import { BOTH, LEGACY, type Path } from './path.ts'
import { DEFAULT_BUDGET, type ReconcileOptions } from './reconcile.ts'
import { Lexicon, type Sequence, select } from './sequence.ts'
import { mergeMetas } from './session-meta.ts'
import { atOnce, each, type InSteps } from './terms/in-steps.ts'
import type { MergeRun } from './terms/merge-run.ts'
import type { Witness } from './terms/witness.ts'
import { doubtWithdrawn, withdraw } from './withdrawn.ts'

/**
 * One shortest merge of two witnesses, also where there are several: for showing the two sides beside each other, and
 * for an order that a person decides. It says nothing about whether the order is known; {@link reconcile} does. Where
 * `reconcile` has a merge and no stutter, this is a merge of the same text. Pure and deterministic.
 *
 * - Every entry of both witnesses is in it, each witness in its own order, matched pairs once; `session_meta` is paired
 *   and placed as in any merge. Left out are the legacy entries that match canonical `history`, and the `session_meta`
 *   whose payload another one tells. Leave `history` out of the witness to see those entries too.
 * - In a gap where both sides have entries the canonical ones come first: one run of each, save where a `session_meta`
 *   stands between.
 * - A pair is `certain` exactly when every shortest merge has it.
 * - Beyond the budget it is a merge still, but perhaps not a shortest one: the two sides are held together by the
 *   entries that are anchors and by the neighbours of these that match, and without any one stands whole after the
 *   other. No pair is `certain` then.
 */
export function align(
  canonical: Witness,
  legacy: Witness,
  options: ReconcileOptions = {},
): readonly MergeRun[] {
  return atOnce(aligning(canonical, legacy, options))
}

/** The same as {@link align}, in steps: for who has something else to do meanwhile. */
export function* aligning(
  canonical: Witness,
  legacy: Witness,
  options: ReconcileOptions = {},
): InSteps<readonly MergeRun[]> {
  const lexicon = new Lexicon()
  const a = yield* lexicon.sequence(canonical.entries)
  const told = yield* lexicon.sequence(legacy.entries)
  const history = yield* lexicon.sequence(canonical.history ?? [])
  const { path, b } =
    (yield* merged(a, told, history, options.budget ?? DEFAULT_BUDGET)) ??
    (yield* withoutHistory(yield* anchoredPath(a, told, canonical.entries, legacy.entries), told, history))
  const metas = yield* mergeMetas(canonical.entries, legacy.entries)
  return yield* mergeRuns(yield* inOrderOfGaps(path), a, b, metas)
}

interface Merged {
  readonly path: Path
  /** The legacy entries that are part of it. */
  readonly b: Sequence
}

/** @returns `undefined` where the budget does not suffice */
function* merged(a: Sequence, told: Sequence, history: Sequence, limit: number): InSteps<Merged | undefined> {
  const budget = new Budget(limit)
  try {
    if (history.length === 0) return { path: yield* alignedPath(a, told, budget), b: told }
    const { rest } = yield* withdraw(a, told, history, budget)
    return { path: yield* doubtWithdrawn(yield* alignedPath(a, rest, budget), a, rest, history), b: rest }
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error
    return undefined
  }
}

/** Leaves out what legacy alone tells and history has: each entry of history takes one. */
function* withoutHistory(path: Path, told: Sequence, history: Sequence): InSteps<Merged> {
  const spare = new Spare(history)
  const steps: number[] = []
  const rest: number[] = []
  let y = 0
  yield* each(path, (step) => {
    const taken = (step & BOTH) === LEGACY && spare.take(told.ids[y] as number, told.letters[y] as number)
    if (!taken) steps.push(step)
    if (!(step & LEGACY)) return
    if (!taken) rest.push(y)
    y++
  })
  return { path: Uint8Array.from(steps), b: yield* select(told, rest) }
}

/** Entries of history that have not taken a legacy one, by what they match. */
class Spare {
  readonly #byId = new Map<number, number[]>()
  readonly #byText = new Map<number, number[]>()
  readonly #byTextWithId = new Map<number, number[]>()
  readonly #taken = new Set<number>()

  constructor(history: Sequence) {
    for (let z = history.length - 1; z >= 0; z--) {
      const [id, letter] = [history.ids[z] as number, history.letters[z] as number]
      if (id !== 0) put(this.#byId, id, z)
      put(id === 0 ? this.#byText : this.#byTextWithId, letter, z)
    }
  }

  /** Whether one that matches was left, and now is not. */
  take(id: number, letter: number): boolean {
    if (id !== 0) return this.#takeFrom(this.#byId.get(id)) || this.#takeFrom(this.#byText.get(letter))
    return this.#takeFrom(this.#byText.get(letter)) || this.#takeFrom(this.#byTextWithId.get(letter))
  }

  #takeFrom(places: number[] = []): boolean {
    for (let z = places.pop(); z !== undefined; z = places.pop()) {
      if (this.#taken.has(z)) continue
      this.#taken.add(z)
      return true
    }
    return false
  }
}

function put(places: Map<number, number[]>, name: number, place: number): void {
  const list = places.get(name)
  if (list) list.push(place)
  else places.set(name, [place])
}
