import type { Certificate } from '../terms/certificate.ts'
import { each, type InSteps, STRIDE } from '../terms/in-steps.ts'
import { type CertificateCase, fault } from './certificate-case.ts'
import type { CertificateFault } from './certificate-fault.ts'
import { type Allowance, OF_A, OF_B, OF_BOTH, tableOf } from './merge-table.ts'
import { areOne, backwards, positionsOf, type Side, said, type Told } from './side.ts'

/** What is wrong with which entries a certificate calls withdrawn; `undefined` where it is what the definition says. */
export function* withdrawnFault(of: CertificateCase): InSteps<CertificateFault | undefined> {
  const { certificate, live, told, history, b, allowance } = of
  const { withdrawn, length, reason } = certificate
  const isDoubt = length === null
  if (history.at.length === 0 || isDoubt || (yield* isPlain(withdrawn, live, b, history))) return undefined
  const both = yield* withdrawals(live, told, history, allowance)
  if (!both) return fault('unchecked', 'which entries were withdrawn')
  const named = new Set(withdrawn.map((pair) => pair.legacy))
  const taken = [...both.forwards].map((y) => told.at[y] as number)
  if (named.size !== taken.length || taken.some((index) => !named.has(index)))
    return fault('withdrawn', 'other legacy entries match what was withdrawn')
  if (reason !== 'several-orders' && !(yield* leaveTheSame(told, both)))
    return fault('withdrawn', 'which were withdrawn is not known')
  return undefined
}

/** What was withdrawn, when taken from the front and from the back: positions of `told`. */
export interface Withdrawals {
  readonly forwards: ReadonlySet<number>
  readonly backwards: ReadonlySet<number>
}

/** What is wrong with the pairs that a certificate calls withdrawn, each by itself; `undefined` where nothing is. */
export function* withdrawnPairFault(
  withdrawn: Certificate['withdrawn'],
  told: Side,
  history: Side,
): InSteps<string | undefined> {
  if (withdrawn.length === 0) return undefined
  const inTold = yield* positionsOf(told)
  const inHistory = yield* positionsOf(history)
  const used = new Set<number>()
  let before = -1
  for (const [i, pair] of withdrawn.entries()) {
    if (i % STRIDE === 0) yield
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
export function* isPlain(
  withdrawn: Certificate['withdrawn'],
  live: Told,
  rest: Told,
  history: Told & Pick<Side, 'at'>,
): InSteps<boolean> {
  const taken = new Set(withdrawn.map((pair) => pair.history))
  function* names({ texts, ids }: Told, only: (i: number) => boolean): InSteps<Names> {
    const found: Names = { texts: new Set(), ids: new Set() }
    yield* each(texts, (text, i) => {
      if (!only(i)) return
      found.texts.add(text)
      if (ids[i] !== 0) found.ids.add(ids[i] as number)
    })
    return found
  }
  const isTaken = (z: number) => taken.has(history.at[z] as number)
  const gone = yield* names(history, isTaken)
  const left = yield* names(history, (z) => !isTaken(z))
  const inLive = yield* names(live, () => true)
  const inRest = yield* names(rest, () => true)
  return (yield* areApart(gone, inLive)) && (yield* areApart(gone, inRest)) && (yield* areApart(left, inRest))
}

/** What some entries say, and the ids they bear. */
interface Names {
  readonly texts: Set<number>
  readonly ids: Set<number>
}

function* areApart(one: Names, two: Names): InSteps<boolean> {
  let areApart = true
  yield* each([...one.texts], (text) => {
    areApart &&= !two.texts.has(text)
  })
  yield* each([...one.ids], (id) => {
    areApart &&= !two.ids.has(id)
  })
  return areApart
}

/** The definition, step by step: from the front and from the back. `undefined` where the allowance does not suffice. */
export function* withdrawals(
  live: Told,
  told: Told,
  history: Told,
  allowance: Allowance,
): InSteps<Withdrawals | undefined> {
  const forwards = yield* taken(live, told, history, allowance)
  if (!forwards) return undefined
  const other = yield* taken(backwards(live), backwards(told), backwards(history), allowance)
  return other && { forwards, backwards: new Set([...other].map((y) => told.texts.length - 1 - y)) }
}

function* taken(
  live: Told,
  told: Told,
  history: Told,
  allowance: Allowance,
): InSteps<Set<number> | undefined> {
  const gone = new Set<number>()
  const used = new Set<number>()
  function* open({ texts }: Told, closed: ReadonlySet<number>): InSteps<number[]> {
    const positions: number[] = []
    yield* each(texts, (_, i) => {
      if (!closed.has(i)) positions.push(i)
    })
    return positions
  }
  for (;;) {
    const rest = yield* open(told, gone)
    const matched = yield* commonPairs(live, yield* said(told, rest), allowance)
    if (!matched) return undefined
    const living = new Set(matched.map(([, y]) => y))
    const over = rest.filter((_, y) => !living.has(y))
    const unused = yield* open(history, used)
    const pairs = yield* commonPairs(yield* said(history, unused), yield* said(told, over), allowance)
    if (!pairs) return undefined
    if (pairs.length === 0) return gone
    for (const [z, y] of pairs) {
      gone.add(over[y] as number)
      used.add(unused[z] as number)
    }
  }
}

/** A longest common subsequence: a match as early as can be, else past an entry of `a` before one of `b`. */
function* commonPairs(a: Told, b: Told, allowance: Allowance): InSteps<[number, number][] | undefined> {
  const inside = (yield* inOrder(a, b)) ?? (yield* inOrder(b, a))?.map(([y, x]): [number, number] => [x, y])
  if (inside) return inside
  const table = yield* tableOf(a, b, allowance)
  if (!table) return undefined
  const pairs: [number, number][] = []
  let x = 0
  let y = 0
  for (let taken = 0; taken < table.length; taken++) {
    if (taken % STRIDE === 0) yield
    const step = table.stepsFrom(x, y)[0] as number
    if (step === OF_BOTH) pairs.push([x, y])
    x += step & OF_A
    y += (step & OF_B) >> 1
  }
  return pairs
}

/** The pairs of `inner` lying in `outer`, whole and in order, each as early as can be; `[outer, inner]`. */
function* inOrder(outer: Told, inner: Told): InSteps<[number, number][] | undefined> {
  const pairs: [number, number][] = []
  for (let x = 0; x < outer.texts.length && pairs.length < inner.texts.length; x++) {
    if (x % STRIDE === 0) yield
    if (areOne(outer, x, inner, pairs.length)) pairs.push([x, pairs.length])
  }
  return pairs.length === inner.texts.length ? pairs : undefined
}

/** Whether both ways leave the same texts behind. */
export function* leaveTheSame(told: Told, { forwards, backwards }: Withdrawals): InSteps<boolean> {
  if (forwards.size !== backwards.size) return false
  let other = -1
  let isSame = true
  yield* each(told.texts, (text, y) => {
    if (forwards.has(y)) return
    do other++
    while (backwards.has(other))
    isSame &&= told.texts[other] === text
  })
  return isSame
}
