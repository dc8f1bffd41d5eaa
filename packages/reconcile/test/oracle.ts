import type { Verdict, WitnessEntry } from '@faircopy/reconcile'

/*
 * The definition read literally, with no search: every shortest merge is written out. Nothing here is shared with the
 * package, and nothing is clever; it is for witnesses of a few entries.
 */

export interface Literal {
  /** One step for each entry: the indices it takes, -1 for none. */
  readonly steps: readonly (readonly [number, number])[]
  readonly spelling: string
}

export function same(a: WitnessEntry, b: WitnessEntry): boolean {
  return a.nativeId !== undefined && b.nativeId !== undefined
    ? a.nativeId === b.nativeId
    : a.fingerprint === b.fingerprint
}

/** Every shortest merge, with every pairing. */
export function shortest(a: readonly WitnessEntry[], b: readonly WitnessEntry[]): Literal[] {
  const table = new Map<string, Literal[]>()
  const from = (i: number, j: number): Literal[] => {
    const key = `${i},${j}`
    const known = table.get(key)
    if (known) return known
    const found: Literal[] = []
    const add = (said: string, step: [number, number], rest: Literal[]) => {
      for (const { steps, spelling } of rest)
        found.push({ steps: [step, ...steps], spelling: `${said} ${spelling}` })
    }
    const [x, y] = [a[i], b[j]]
    if (!x && !y) found.push({ steps: [], spelling: '' })
    if (x) add(x.fingerprint, [i, -1], from(i + 1, j))
    if (y) add(y.fingerprint, [-1, j], from(i, j + 1))
    if (x && y && same(x, y)) {
      const said = [...new Set([x.fingerprint, y.fingerprint])].sort().join('|')
      add(said, [i, j], from(i + 1, j + 1))
    }
    const least = Math.min(...found.map(({ steps }) => steps.length))
    const kept = found.filter(({ steps }) => steps.length === least)
    table.set(key, kept)
    return kept
  }
  return from(0, 0)
}

/** How many texts the shortest merges of two words of one-letter entries spell: sets of strings, filled cell by cell. */
export function orders(a: string, b: string): Set<string> {
  let above: Set<string>[] = []
  for (let i = 0; i <= a.length; i++) {
    const row: Set<string>[] = []
    for (let j = 0; j <= b.length; j++) {
      if (i === 0 || j === 0) row.push(new Set([a.slice(0, i) + b.slice(0, j)]))
      else if (a[i - 1] === b[j - 1]) row.push(extended(above[j - 1], a[i - 1]))
      else row.push(shorter(extended(above[j], a[i - 1]), extended(row[j - 1], b[j - 1])))
    }
    above = row
  }
  return above[b.length] as Set<string>
}

function extended(texts: Set<string> | undefined, letter: string | undefined): Set<string> {
  return new Set([...(texts as Set<string>)].map((text) => text + letter))
}

function shorter(one: Set<string>, two: Set<string>): Set<string> {
  const [lengthOfOne, lengthOfTwo] = [one, two].map((texts) => ([...texts][0] as string).length) as [
    number,
    number,
  ]
  if (lengthOfOne === lengthOfTwo) return new Set([...one, ...two])
  return lengthOfOne < lengthOfTwo ? one : two
}

/** How many shortest merges there are by counting, for words too long to list them: distinct texts, not pairings. */
export function countOrders(a: string, b: string): bigint {
  const length = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  const count = Array.from({ length: a.length + 1 }, () => new Array<bigint>(b.length + 1).fill(1n))
  for (let i = a.length; i >= 0; i--)
    for (let j = b.length; j >= 0; j--) {
      const at = (table: typeof length, x: number, y: number) => (table[x] as number[])[y] as number
      const of = (x: number, y: number) => (count[x] as bigint[])[y] as bigint
      const set = (l: number, c: bigint) => {
        ;(length[i] as number[])[j] = l
        ;(count[i] as bigint[])[j] = c
      }
      if (i === a.length || j === b.length) set(a.length - i + b.length - j, 1n)
      else if (a[i] === b[j]) set(1 + at(length, i + 1, j + 1), of(i + 1, j + 1))
      else {
        const [down, right] = [at(length, i + 1, j), at(length, i, j + 1)]
        const least = Math.min(down, right)
        set(1 + least, (down === least ? of(i + 1, j) : 0n) + (right === least ? of(i, j + 1) : 0n))
      }
    }
  return (count[0] as bigint[])[0] as bigint
}

const DAY_AND_TWO_HOURS = 26 * 3600 * 1000

/** The verdict by the table of the definition; `session_meta`, history and stutter aside. */
export function literalVerdict(
  a: readonly WitnessEntry[],
  b: readonly WitnessEntry[],
): Verdict | `ambiguous: ${string}` {
  const pairable = (merge: Literal) => merge.steps.filter(([i, j]) => i >= 0 && j >= 0)
  if (a.length === 0 && b.length === 0) return 'unreadable'
  if (a.length === 0) return 'imported'
  const merges = shortest(a, b)
  const length = merges[0]?.steps.length as number
  if (length === a.length) return length === b.length ? 'identical' : 'kept'
  if (new Set(merges.map(({ spelling }) => spelling)).size > 1) return 'ambiguous: several-orders'

  const near = (i: number, j: number) =>
    !(Math.abs((a[i]?.stamp as number) - (b[j]?.stamp as number)) > DAY_AND_TWO_HOURS)
  const evident = merges.some((merge) =>
    pairable(merge).some(([i, j], n, all) => {
      const [x, y] = [a[i], b[j]] as [WitnessEntry, WitnessEntry]
      const byId = x.nativeId !== undefined && y.nativeId !== undefined
      const once = (list: readonly WitnessEntry[]) =>
        list.filter((e) => (byId ? e.nativeId === x.nativeId : e.fingerprint === x.fingerprint)).length === 1
      if (near(i, j) && x.distinctive && y.distinctive && once(a) && once(b)) return true
      const [k, l] = all[n + 1] ?? [-1, -1]
      const [x2, y2] = [a[k], b[l]]
      if (k !== i + 1 || l !== j + 1 || !x2 || !y2 || x.fingerprint === x2.fingerprint) return false
      if (x.fingerprint !== y.fingerprint || x2.fingerprint !== y2.fingerprint) return false
      const blocks = (list: readonly WitnessEntry[]) =>
        list.filter(
          (e, at) => e.fingerprint === x.fingerprint && list[at + 1]?.fingerprint === x2.fingerprint,
        ).length
      return near(i, j) && near(k, l) && blocks(a) === 1 && blocks(b) === 1
    }),
  )
  if (!evident) return 'ambiguous: no-evidence'
  const tail = merges.some((merge) => merge.steps.slice(0, a.length).every(([i]) => i >= 0))
  const addsNothing = merges.some((merge) => merge.steps.every(([, j]) => j >= 0))
  return tail || addsNothing ? 'extended' : 'merged'
}
