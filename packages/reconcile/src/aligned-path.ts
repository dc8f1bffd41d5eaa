import { type Budget, CELL, NODE } from './budget.ts'
import { EditGraph } from './edit-graph.ts'
import { embed } from './embedding.ts'
import { BOTH, CANONICAL, CERTAIN, contained, LEGACY, nextStep, type Path } from './path.ts'
import { matches, type Sequence } from './sequence.ts'
import { type InSteps, STRIDE } from './terms/in-steps.ts'

/**
 * One shortest merge; a pair is certain if every shortest merge has it. All nodes that shortest paths reach with the
 * same number of steps are looked at together, whatever they say: a pair that alone leads on is on every path.
 *
 * @throws BudgetSpent
 */
export function* alignedPath(a: Sequence, b: Sequence, budget: Budget): InSteps<Path> {
  const inA = yield* embed(b, a)
  if (inA) return yield* contained(a.length, inA, CANONICAL)
  const inB = yield* embed(a, b)
  if (inB) return yield* contained(b.length, inB, LEGACY)
  const graph = yield* EditGraph.of(a, b, budget)
  const length = (a.length + b.length + graph.distance) / 2
  budget.spend(CELL * length)
  const path = new Uint8Array(length)
  const mine = { x: 0, y: 0 }
  let nodes = new Set([0])
  for (let taken = 0; taken < length; taken++) {
    budget.spend(NODE * nodes.size)
    if (budget.isTurn()) yield
    const next = new Set<number>()
    let edges = 0
    const follow = (x: number, y: number) => {
      edges++
      next.add(y * (a.length + 1) + x)
    }
    for (const node of nodes) {
      const x = node % (a.length + 1)
      const y = (node - x) / (a.length + 1)
      const left = graph.distance - (2 * taken - x - y)
      if (x < a.length && y < b.length && matches(a, x, b, y)) follow(x + 1, y + 1)
      if (x < a.length && graph.reaches(x + 1, y, left - 1)) follow(x + 1, y)
      if (y < b.length && graph.reaches(x, y + 1, left - 1)) follow(x, y + 1)
    }
    const step = nextStep(graph, mine.x, mine.y, graph.distance - (2 * taken - mine.x - mine.y))
    mine.x += step & CANONICAL
    mine.y += step >> 1
    path[taken] = edges === 1 ? step | CERTAIN : step
    nodes = next
  }
  return path
}

/** The same pairs, in each gap between them the canonical entries first. */
export function* inOrderOfGaps(path: Path): InSteps<Path> {
  const ordered = path.slice()
  let begin = 0
  for (let i = 0; i <= path.length; i++) {
    if (i % STRIDE === 0) yield
    if (i < path.length && ((path[i] as number) & BOTH) !== BOTH) continue
    const gap = path.subarray(begin, i)
    const canonical = gap.filter((step) => (step & BOTH) === CANONICAL).length
    ordered.fill(CANONICAL | CERTAIN, begin, begin + canonical)
    ordered.fill(LEGACY | CERTAIN, begin + canonical, i)
    begin = i + 1
  }
  return ordered
}
