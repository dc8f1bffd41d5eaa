import { Anchors } from './anchors.ts'
import { type CertificateCase, fault, hasRewritten, placeOf } from './certificate-case.ts'
import type { CertificateFault } from './certificate-fault.ts'
import type { MergeStep } from './merge-steps.ts'
import { crossings, MergeTable, OF_A, OF_B, OF_BOTH, saidBy } from './merge-table.ts'
import { areOne, type Side } from './side.ts'

type IsPaired = (x: number, y: number) => boolean

/**
 * What is wrong with the order that a merge shows: a shorter one, another as short that says something else, a pair
 * called certain that not all have, an anchor that none has.
 */
export function orderFault(of: CertificateCase, steps: readonly MergeStep[]): CertificateFault | undefined {
  const { certificate, a, b } = of
  if (certificate.repeats.length > 0 || a.at.length === 0) {
    const pairs = new Map(steps.map((step) => [step.x, step.y]))
    return certaintyFault(of, steps, () => true) ?? anchorFault(of, (x, y) => pairs.get(x) === y)
  }
  if (steps.every(({ takes }) => takes & OF_A)) return containedFault(of, steps, OF_B)
  if (!hasRewritten(a, b) && steps.every(({ takes }) => takes & OF_B)) return containedFault(of, steps, OF_A)
  return searchedFault(of, steps)
}

/** No search is needed for one side, the inner, that lies whole in the other: a pair is certain if it does in one way. */
function containedFault(
  of: CertificateCase,
  steps: readonly MergeStep[],
  inner: number,
): CertificateFault | undefined {
  const { a, b } = of
  const [inside, outside] = inner === OF_A ? [a, b] : [b, a]
  const [first, last] = [new Int32Array(inside.at.length), new Int32Array(inside.at.length)]
  for (let i = 0, at = 0; i < inside.at.length; at++) if (areOne(inside, i, outside, at)) first[i++] = at
  for (let i = inside.at.length - 1, at = outside.at.length - 1; i >= 0; at--)
    if (areOne(inside, i, outside, at)) last[i--] = at
  const sides = (x: number, y: number): [number, number] => (inner === OF_A ? [x, y] : [y, x])
  const isCertain = ({ x, y }: MergeStep) => {
    const [i] = sides(x, y)
    return first[i] === last[i]
  }
  const isPaired = (x: number, y: number) => {
    const [i, at] = sides(x, y)
    return at >= (first[i] as number) && at <= (last[i] as number)
  }
  return certaintyFault(of, steps, isCertain) ?? anchorFault(of, isPaired)
}

/** All shortest merges side by side: after any number of entries each must say next what the certificate's says. */
function searchedFault(of: CertificateCase, steps: readonly MergeStep[]): CertificateFault | undefined {
  const { a, b, allowance } = of
  if (!allowance.take(MergeTable.cells(a, b, steps.length)))
    return fault('unchecked', 'that no merge is shorter and no other as short')
  const table = new MergeTable(a, b, steps.length)
  if (table.length < steps.length) return fault('not-shortest', `there is a merge of ${table.length} entries`)
  const anchors = new Anchors(a, b)
  const pairs = new Set<number>()
  const pair = (x: number, y: number) => x * (b.at.length + 1) + y
  const certain = new Set<MergeStep>()
  let level = 0
  for (const places of crossings(table)) {
    const step = steps[level++]
    if (step === undefined) break
    const said = saidBy(a, step.x, b, step.y, step.takes)
    for (const { x, y, steps: ways } of places) {
      if (ways.some((way) => saidBy(a, x, b, y, way) !== said))
        return fault('several-orders', `another merge as short parts at ${placeOf(of, step)}`)
      if (ways[0] === OF_BOTH && anchors.kindOf(x, y)) pairs.add(pair(x, y))
    }
    if (places.length === 1 && places[0]?.steps.length === 1) certain.add(step)
  }
  return (
    certaintyFault(of, steps, (step) => certain.has(step)) ?? anchorFault(of, (x, y) => pairs.has(pair(x, y)))
  )
}

/** A pair that no id decides is never certain where its text was also withdrawn. */
function certaintyFault(
  of: CertificateCase,
  steps: readonly MergeStep[],
  isCertain: (step: MergeStep) => boolean,
): CertificateFault | undefined {
  const { a, b, history } = of
  const withdrawn = new Set(history.texts)
  for (const step of steps) {
    if (step.takes !== OF_BOTH) continue
    const byId = a.ids[step.x] !== 0 && b.ids[step.y] !== 0
    const doubted = !byId && withdrawn.has(b.texts[step.y] as number)
    if (step.certain !== (!doubted && isCertain(step)))
      return fault('certainty', `${placeOf(of, step)} is ${step.certain ? 'not ' : ''}certain`)
  }
  return undefined
}

/** `isPaired`: whether some shortest merge has a pair that is one. */
function anchorFault(of: CertificateCase, isPaired: IsPaired): CertificateFault | undefined {
  const { certificate, a, b } = of
  const anchors = new Anchors(a, b)
  const inA = new Map(a.at.map((index, x) => [index, x]))
  const inB = new Map(b.at.map((index, y) => [index, y]))
  for (const { kind, canonical, legacy } of certificate.anchors) {
    const [x = -1, y = -1] = [inA.get(canonical), inB.get(legacy)]
    const is = x !== -1 && y !== -1 && anchors.kindOf(x, y) === kind && isPaired(x, y)
    if (!is) return fault('anchor', `canonical ${canonical}, legacy ${legacy} is none`)
  }
  if (certificate.anchors.length > 0) return undefined
  for (const [x, y] of candidates(a, b))
    if (anchors.kindOf(x, y) && isPaired(x, y))
      return fault('anchor', `it names none, and canonical ${a.at[x]}, legacy ${b.at[y]} is one`)
  return undefined
}

/** Every pair that could be an anchor: entries of one id or one text, and those that begin equal blocks. */
function* candidates(a: Side, b: Side): Generator<[number, number]> {
  const places = (list: Int32Array) => new Map([...list].map((number, i) => [number, i]))
  const [ids, texts] = [places(b.ids), places(b.texts)]
  const blocks = new Map(b.at.map((_, y) => [`${b.texts[y]} ${b.texts[y + 1]}`, y]))
  for (const x of a.at.keys()) {
    const id = a.ids[x] as number
    const found = [
      id === 0 ? undefined : ids.get(id),
      texts.get(a.texts[x] as number),
      blocks.get(`${a.texts[x]} ${a.texts[x + 1]}`),
    ]
    for (const y of found) if (y !== undefined) yield [x, y]
  }
}
