import { type Budget, NODE } from './budget.ts'
import { EditGraph } from './edit-graph.ts'
import { BOTH, CANONICAL, CERTAIN, LEGACY, nextStep, type Path, shortestPath } from './path.ts'
import { matches, type Sequence, slice } from './sequence.ts'
import { type InSteps, mapped, STRIDE } from './terms/in-steps.ts'

/** Two shortest merges that part: what both begin with, and what each says from there until they meet again. */
export interface Fork {
  /** Entries of `a` and `b` before the place where they part. */
  readonly x: number
  readonly y: number
  readonly orders: readonly [Path, Path]
}

/**
 * All shortest merges of two sequences: the one text they all spell, a step of it being certain if every one of them
 * takes it, or a place where two of them part. `length` is that of each.
 */
export type ShortestMerges =
  | { readonly length: number; readonly path: Path; readonly fork?: undefined }
  | { readonly length: number; readonly path?: undefined; readonly fork: Fork }

interface Edge {
  readonly x: number
  readonly y: number
  readonly step: number
}

/**
 * Decides whether all shortest merges of `a` and `b` spell the same text. The shortest paths of the edit graph are an
 * automaton over texts; it is made deterministic on the way by the subset construction (M. Rabin and D. Scott, "Finite
 * Automata and Their Decision Problems", IBM Journal 3, 1959): the nodes reached by one and the same text are a set,
 * and as soon as two different letters leave a set, there are two texts. Until then every set holds all nodes on
 * shortest paths at that length, so a step that leaves a set alone is taken by every shortest merge.
 *
 * @param onPair told each match that lies on some shortest path, as long as there is one text
 * @throws BudgetSpent
 */
export function* shortestMerges(
  a: Sequence,
  b: Sequence,
  budget: Budget,
  onPair: (x: number, y: number) => void,
): InSteps<ShortestMerges> {
  const graph = yield* EditGraph.of(a, b, budget)
  const length = (a.length + b.length + graph.distance) / 2
  const path = new Uint8Array(length)
  const seen = new Int32Array(a.length + b.length + 1).fill(-1)
  let xs = [0]
  let ys = [0]
  let nextXs: number[] = []
  let nextYs: number[] = []
  let alone = { x: 0, y: 0 }
  let mine = { x: 0, y: 0 }
  for (let taken = 0; taken < length; taken++) {
    budget.spend(NODE * xs.length)
    if (budget.isTurn()) yield
    if (xs.length === 1) alone = { x: xs[0] as number, y: ys[0] as number }
    let edges = 0
    let first: Edge | undefined
    let letter = 0
    const follow = (x: number, y: number, step: number): Edge | undefined => {
      const said = letterOf(a, x, b, y, step)
      edges++
      if (first === undefined) {
        first = { x, y, step }
        letter = said
      } else if (said !== letter) return { x, y, step }
      if (step === BOTH) onPair(x, y)
      const toX = x + (step & CANONICAL)
      const toY = y + (step >> 1)
      const diagonal = toX - toY + b.length
      if (seen[diagonal] !== taken) {
        seen[diagonal] = taken
        nextXs.push(toX)
        nextYs.push(toY)
      }
      return undefined
    }
    for (let node = 0; node < xs.length; node++) {
      const x = xs[node] as number
      const y = ys[node] as number
      const left = graph.distance - (2 * taken - x - y)
      // From a node on a shortest path a match never leads astray: a row and a column hold one pair at most.
      const other =
        (x < a.length && y < b.length && matches(a, x, b, y) && follow(x, y, BOTH)) ||
        (x < a.length && graph.reaches(x + 1, y, left - 1) && follow(x, y, CANONICAL)) ||
        (y < b.length && graph.reaches(x, y + 1, left - 1) && follow(x, y, LEGACY))
      if (first && other)
        return { length, fork: yield* forkBetween(graph, alone, [first, other], taken, budget) }
    }
    const step = nextStep(graph, mine.x, mine.y, graph.distance - (2 * taken - mine.x - mine.y))
    mine = { x: mine.x + (step & CANONICAL), y: mine.y + (step >> 1) }
    path[taken] = edges === 1 ? step | CERTAIN : step
    ;[xs, ys, nextXs, nextYs] = [nextXs, nextYs, xs, ys]
    nextXs.length = 0
    nextYs.length = 0
  }
  return { length, path }
}

/** What the merge says by taking a step. A pair of one id and two texts says neither of them, but both. */
function letterOf(a: Sequence, x: number, b: Sequence, y: number, step: number): number {
  const mine = a.letters[x] as number
  const theirs = b.letters[y] as number
  if (step === CANONICAL || (step === BOTH && mine === theirs)) return mine
  if (step === LEGACY) return theirs
  return -(Math.min(mine, theirs) * 2 ** 26 + Math.max(mine, theirs))
}

/** Follows two edges that say different things, from the last node all merges share to where the two meet again. */
function* forkBetween(
  graph: EditGraph,
  from: { x: number; y: number },
  edges: readonly [Edge, Edge],
  taken: number,
  budget: Budget,
): InSteps<Fork> {
  function* along(edge: Edge): InSteps<Track> {
    const before = yield* shortestPath(slice(graph.a, from.x, edge.x), slice(graph.b, from.y, edge.y), budget)
    const track = { x: edge.x, y: edge.y, taken, steps: yield* mapped(before, (step) => step & BOTH) }
    take(track, edge.step)
    return track
  }
  const one = yield* along(edges[0])
  const two = yield* along(edges[1])
  while (one.x !== two.x || one.y !== two.y) {
    if (one.steps.length % STRIDE === 0) yield
    const behind = one.x + one.y <= two.x + two.y ? one : two
    const left = graph.distance - (2 * behind.taken - behind.x - behind.y)
    take(behind, nextStep(graph, behind.x, behind.y, left))
  }
  return { ...from, orders: [Uint8Array.from(one.steps), Uint8Array.from(two.steps)] }
}

interface Track {
  x: number
  y: number
  taken: number
  readonly steps: number[]
}

function take(track: Track, step: number): void {
  track.x += step & CANONICAL
  track.y += step >> 1
  track.taken++
  track.steps.push(step)
}
