import { each, type InSteps, LONG_STRIDE, Pace, STRIDE } from '../terms/in-steps.ts'
import { Anchors, blockAt } from './anchors.ts'
import { type CertificateCase, fault, hasRewritten, placeOf } from './certificate-case.ts'
import type { CertificateFault } from './certificate-fault.ts'
import type { MergeStep } from './merge-steps.ts'
import { crossings, OF_A, OF_B, OF_BOTH, saidBy, tableOf } from './merge-table.ts'
import { areOne, type Side } from './side.ts'

type IsPaired = (x: number, y: number) => boolean
type Checking = InSteps<CertificateFault | undefined>

/**
 * What is wrong with the order that a merge shows: a shorter one, another as short that says something else, a pair
 * called certain that not all have, an anchor that none has.
 */
export function* orderFault(of: CertificateCase, steps: readonly MergeStep[]): Checking {
  const { certificate, a, b } = of
  const named = certificate.anchors.map(({ canonical }) => a.at.indexOf(canonical))
  const anchors = yield* Anchors.of(a, b, named.length > 0 ? named : undefined)
  if (certificate.repeats.length > 0 || a.at.length === 0) {
    const pairs = new Int32Array(a.at.length)
    yield* each(steps, ({ x, y }) => {
      pairs[x] = y
    })
    return (
      (yield* certaintyFault(of, steps, () => true)) ??
      (yield* anchorFault(of, anchors, (x, y) => pairs[x] === y))
    )
  }
  if (steps.every(({ takes }) => takes & OF_A)) return yield* containedFault(of, steps, anchors, OF_B)
  if (steps.every(({ takes }) => takes & OF_B) && !(yield* hasRewritten(a, b)))
    return yield* containedFault(of, steps, anchors, OF_A)
  return yield* searchedFault(of, steps, anchors)
}

/** No search is needed for one side, the inner, that lies whole in the other: a pair is certain if it does in one way. */
function* containedFault(
  of: CertificateCase,
  steps: readonly MergeStep[],
  anchors: Anchors,
  inner: number,
): Checking {
  const { a, b } = of
  const [inside, outside] = inner === OF_A ? [a, b] : [b, a]
  const [first, last] = [new Int32Array(inside.at.length), new Int32Array(inside.at.length)]
  for (let i = 0, at = 0; i < inside.at.length; at++) {
    if (at % LONG_STRIDE === 0) yield
    if (areOne(inside, i, outside, at)) first[i++] = at
  }
  for (let i = inside.at.length - 1, at = outside.at.length - 1; i >= 0; at--) {
    if (at % LONG_STRIDE === 0) yield
    if (areOne(inside, i, outside, at)) last[i--] = at
  }
  const sides = (x: number, y: number): [number, number] => (inner === OF_A ? [x, y] : [y, x])
  const isCertain = ({ x, y }: MergeStep) => {
    const [i] = sides(x, y)
    return first[i] === last[i]
  }
  const isPaired = (x: number, y: number) => {
    const [i, at] = sides(x, y)
    return at >= (first[i] as number) && at <= (last[i] as number)
  }
  return (yield* certaintyFault(of, steps, isCertain)) ?? (yield* anchorFault(of, anchors, isPaired))
}

/** All shortest merges side by side: after any number of entries each must say next what the certificate's says. */
function* searchedFault(of: CertificateCase, steps: readonly MergeStep[], anchors: Anchors): Checking {
  const { certificate, a, b, allowance } = of
  const table = yield* tableOf(a, b, allowance)
  if (!table) return fault('unchecked', 'that no merge is shorter and no other as short')
  if (table.length < steps.length) return fault('not-shortest', `there is a merge of ${table.length} entries`)
  const pairs = new Set<number>()
  const pair = (x: number, y: number) => x * (b.at.length + 1) + y
  const named = new Set(certificate.anchors.map((anchor) => a.at.indexOf(anchor.canonical)))
  const isAnchor = (x: number, y: number) =>
    named.size > 0 ? named.has(x) : anchors.kindOf(x, y) !== undefined
  const certain = new Uint8Array(steps.length)
  const pace = new Pace()
  let level = 0
  for (const places of crossings(table)) {
    const step = steps[level]
    if (step === undefined) break
    if (pace.isOver(places.length)) yield
    const said = saidBy(a, step.x, b, step.y, step.takes)
    for (const { x, y, steps: ways } of places) {
      if (ways.some((way) => saidBy(a, x, b, y, way) !== said))
        return fault('several-orders', `another merge as short parts at ${placeOf(of, step)}`)
      if (ways[0] === OF_BOTH && isAnchor(x, y)) pairs.add(pair(x, y))
    }
    if (places.length === 1 && places[0]?.steps.length === 1) certain[level] = 1
    level++
  }
  return (
    (yield* certaintyFault(of, steps, (_, i) => certain[i] === 1)) ??
    (yield* anchorFault(of, anchors, (x, y) => pairs.has(pair(x, y))))
  )
}

/** A pair that no id decides is never certain where its text was also withdrawn. */
function* certaintyFault(
  of: CertificateCase,
  steps: readonly MergeStep[],
  isCertain: (step: MergeStep, i: number) => boolean,
): Checking {
  const { a, b, history } = of
  const withdrawn = new Set<number>()
  yield* each(history.texts, (text) => withdrawn.add(text))
  for (const [i, step] of steps.entries()) {
    if (i % STRIDE === 0) yield
    if (step.takes !== OF_BOTH) continue
    const byId = a.ids[step.x] !== 0 && b.ids[step.y] !== 0
    const doubted = !byId && withdrawn.has(b.texts[step.y] as number)
    if (step.certain !== (!doubted && isCertain(step, i)))
      return fault('certainty', `${placeOf(of, step)} is ${step.certain ? 'not ' : ''}certain`)
  }
  return undefined
}

/** `isPaired`: whether some shortest merge has a pair that is one. */
function* anchorFault(of: CertificateCase, anchors: Anchors, isPaired: IsPaired): Checking {
  const { certificate, a, b } = of
  for (const { kind, canonical, legacy } of certificate.anchors) {
    const [x, y] = [a.at.indexOf(canonical), b.at.indexOf(legacy)]
    const is = x !== -1 && y !== -1 && anchors.kindOf(x, y) === kind && isPaired(x, y)
    if (!is) return fault('anchor', `canonical ${canonical}, legacy ${legacy} is none`)
  }
  if (certificate.anchors.length > 0) return undefined
  const others = yield* Candidates.of(b)
  for (const x of a.at.keys()) {
    if (x % STRIDE === 0) yield
    for (const y of others.of(a, x))
      if (anchors.kindOf(x, y) && isPaired(x, y))
        return fault('anchor', `it names none, and canonical ${a.at[x]}, legacy ${b.at[y]} is one`)
  }
  return undefined
}

/** What an entry could be an anchor with: the last entry of its id, of its text, and the last that begins an equal block. */
class Candidates {
  readonly #ids = new Map<number, number>()
  readonly #texts = new Map<number, number>()
  readonly #blocks = new Map<number, number>()

  static *of(side: Side): InSteps<Candidates> {
    const candidates = new Candidates()
    yield* each(side.at, (_, y) => {
      const block = blockAt(side, y)
      candidates.#ids.set(side.ids[y] as number, y)
      candidates.#texts.set(side.texts[y] as number, y)
      if (block !== undefined) candidates.#blocks.set(block, y)
    })
    return candidates
  }

  of(side: Side, x: number): number[] {
    const [id, block] = [side.ids[x] as number, blockAt(side, x)]
    return [
      id === 0 ? undefined : this.#ids.get(id),
      this.#texts.get(side.texts[x] as number),
      block === undefined ? undefined : this.#blocks.get(block),
    ].filter((y) => y !== undefined)
  }
}
