import type { Budget } from './budget.ts'
import { EditGraph } from './edit-graph.ts'
import { type Embedding, embed } from './embedding.ts'
import { matches, type Sequence } from './sequence.ts'
import { each, type InSteps, STRIDE } from './terms/in-steps.ts'

/** Bits of a step: which sides it takes an entry of, and whether every shortest merge takes it. */
export const CANONICAL = 1
export const LEGACY = 2
export const BOTH = 3
export const CERTAIN = 4

/** A merge of two sequences, one step for each of its entries. */
export type Path = Uint8Array

/** The next step of one shortest path from (x, y): a match as early as can be, then canonical before legacy. */
export function nextStep(graph: EditGraph, x: number, y: number, left: number): number {
  if (x < graph.a.length && y < graph.b.length && matches(graph.a, x, graph.b, y)) return BOTH
  return x < graph.a.length && graph.reaches(x + 1, y, left - 1) ? CANONICAL : LEGACY
}

/** One shortest merge. @throws BudgetSpent */
export function* shortestPath(a: Sequence, b: Sequence, budget: Budget): InSteps<Path> {
  const inA = yield* embed(b, a)
  if (inA) return yield* contained(a.length, inA, CANONICAL)
  const inB = yield* embed(a, b)
  if (inB) return yield* contained(b.length, inB, LEGACY)
  const graph = yield* EditGraph.of(a, b, budget)
  const length = (a.length + b.length + graph.distance) / 2
  budget.spend(length)
  const path = new Uint8Array(length)
  for (let x = 0, y = 0, taken = 0; taken < length; taken++) {
    if (taken % STRIDE === 0) yield
    const step = nextStep(graph, x, y, graph.distance - (2 * taken - x - y))
    path[taken] = step
    x += step & CANONICAL
    y += step >> 1
  }
  return path
}

/** The merge of a sequence with one it contains: the outer one, with the inner entries as early as can be. */
export function* contained(length: number, embedding: Embedding, outer: number): InSteps<Path> {
  const path = new Uint8Array(length).fill(outer)
  yield* each(embedding.first, (position, i) => {
    path[position] = BOTH | (embedding.last[i] === position ? CERTAIN : 0)
  })
  return path
}

/** Positions of `a` and `b` that a path pairs, `[inA, inB]`, in order. */
export function* pairsOf(path: Path): InSteps<[number, number][]> {
  const pairs: [number, number][] = []
  let x = 0
  let y = 0
  yield* each(path, (step) => {
    const canonical = step & CANONICAL
    const legacy = (step & LEGACY) >> 1
    if (canonical && legacy) pairs.push([x, y])
    x += canonical
    y += legacy
  })
  return pairs
}
