import type { Certificate } from '../certificate.ts'
import { type CertificateCase, fault } from './certificate-case.ts'
import type { CertificateFault } from './certificate-fault.ts'
import { type Allowance, OF_A, OF_B, OF_BOTH, tableOf } from './merge-table.ts'
import { areOne, backwards, pick, type Side } from './side.ts'

/** What is wrong with which entries a certificate calls withdrawn; `undefined` where it is what the definition says. */
export function withdrawnFault(of: CertificateCase): CertificateFault | undefined {
  const { certificate, live, told, history, b, allowance } = of
  const { withdrawn, length, reason } = certificate
  const isDoubt = length === null
  if (history.at.length === 0 || isDoubt || isPlain(withdrawn, live, b, history)) return undefined
  const both = withdrawals(live, told, history, allowance)
  if (!both) return fault('unchecked', 'which entries were withdrawn')
  const named = new Set(withdrawn.map((pair) => pair.legacy))
  const taken = [...both.forwards].map((y) => told.at[y] as number)
  if (named.size !== taken.length || taken.some((index) => !named.has(index)))
    return fault('withdrawn', 'other legacy entries match what was withdrawn')
  if (reason !== 'several-orders' && !leaveTheSame(told, both))
    return fault('withdrawn', 'which were withdrawn is not known')
  return undefined
}

/** What was withdrawn, when taken from the front and from the back: positions of `told`. */
export interface Withdrawals {
  readonly forwards: ReadonlySet<number>
  readonly backwards: ReadonlySet<number>
}

/** What is wrong with the pairs that a certificate calls withdrawn, each by itself; `undefined` where nothing is. */
export function withdrawnPairFault(
  withdrawn: Certificate['withdrawn'],
  told: Side,
  history: Side,
): string | undefined {
  const inTold = new Map(told.at.map((index, y) => [index, y]))
  const inHistory = new Map(history.at.map((index, z) => [index, z]))
  const used = new Set<number>()
  let before = -1
  for (const pair of withdrawn) {
    const [y, z] = [inTold.get(pair.legacy), inHistory.get(pair.history)]
    if (y === undefined || z === undefined)
      return `there is no message legacy ${pair.legacy}, history ${pair.history}`
    if (pair.legacy <= before || used.has(z))
      return `legacy ${pair.legacy} or history ${pair.history} is named twice`
    if (!areOne(history, z, told, y)) return `legacy ${pair.legacy} does not match history ${pair.history}`
    before = pair.legacy
    used.add(z)
  }
  return undefined
}

/**
 * Whether it can be seen at once that nothing else could have been withdrawn: nothing live or new says what was
 * withdrawn, and nothing new what is left of history.
 */
function isPlain(withdrawn: Certificate['withdrawn'], live: Side, rest: Side, history: Side): boolean {
  const taken = new Set(withdrawn.map((pair) => pair.history))
  const names = (side: Side, only: (index: number) => boolean) =>
    side.at.flatMap((index, i) =>
      only(index) ? [`text ${side.texts[i]}`, ...(side.ids[i] ? [`id ${side.ids[i]}`] : [])] : [],
    )
  const gone = new Set(names(history, (index) => taken.has(index)))
  const left = new Set(names(history, (index) => !taken.has(index)))
  const inLive = names(live, () => true)
  const inRest = names(rest, () => true)
  return !inLive.some((name) => gone.has(name)) && !inRest.some((name) => gone.has(name) || left.has(name))
}

/** The definition, step by step: from the front and from the back. `undefined` where the allowance does not suffice. */
export function withdrawals(
  live: Side,
  told: Side,
  history: Side,
  allowance: Allowance,
): Withdrawals | undefined {
  const forwards = taken(live, told, history, allowance)
  const other = forwards && taken(backwards(live), backwards(told), backwards(history), allowance)
  return other && { forwards, backwards: new Set([...other].map((y) => told.at.length - 1 - y)) }
}

function taken(live: Side, told: Side, history: Side, allowance: Allowance): Set<number> | undefined {
  const gone = new Set<number>()
  const used = new Set<number>()
  const open = (side: Side, closed: ReadonlySet<number>) => [...side.at.keys()].filter((i) => !closed.has(i))
  for (;;) {
    const rest = open(told, gone)
    const matched = commonPairs(live, pick(told, rest), allowance)
    if (!matched) return undefined
    const living = new Set(matched.map(([, y]) => y))
    const over = rest.filter((_, y) => !living.has(y))
    const unused = open(history, used)
    const pairs = commonPairs(pick(history, unused), pick(told, over), allowance)
    if (!pairs) return undefined
    if (pairs.length === 0) return gone
    for (const [z, y] of pairs) {
      gone.add(over[y] as number)
      used.add(unused[z] as number)
    }
  }
}

/** A longest common subsequence: a match as early as can be, else past an entry of `a` before one of `b`. */
function commonPairs(a: Side, b: Side, allowance: Allowance): [number, number][] | undefined {
  const inside = inOrder(a, b) ?? inOrder(b, a)?.map(([y, x]): [number, number] => [x, y])
  if (inside) return inside
  const table = tableOf(a, b, allowance)
  if (!table) return undefined
  const pairs: [number, number][] = []
  let x = 0
  let y = 0
  for (let steps = table.stepsFrom(x, y); steps.length > 0; steps = table.stepsFrom(x, y)) {
    const step = steps[0] as number
    if (step === OF_BOTH) pairs.push([x, y])
    x += step & OF_A
    y += (step & OF_B) >> 1
  }
  return pairs
}

/** The pairs of `inner` lying in `outer`, whole and in order, each as early as can be; `[outer, inner]`. */
function inOrder(outer: Side, inner: Side): [number, number][] | undefined {
  const pairs: [number, number][] = []
  for (let x = 0; x < outer.at.length && pairs.length < inner.at.length; x++)
    if (areOne(outer, x, inner, pairs.length)) pairs.push([x, pairs.length])
  return pairs.length === inner.at.length ? pairs : undefined
}

/** Whether both ways leave the same texts behind. */
export function leaveTheSame(told: Side, { forwards, backwards }: Withdrawals): boolean {
  const texts = (gone: ReadonlySet<number>) => told.texts.filter((_, y) => !gone.has(y)).join(' ')
  return texts(forwards) === texts(backwards)
}
