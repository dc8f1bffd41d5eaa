import type { ScannedWitness } from '../witness/scanned-witness.ts'
import { keepAll } from './decide.ts'
import type { Placement } from './import-plan.ts'
import type { StoreWitness } from './store-witness.ts'
import type { Telling } from './telling.ts'

/** What becomes of the times of a session's entries. */
export interface EntryTimes {
  /** That with the entries which get a time; null where the session stays as it is. */
  readonly placement: Placement | null
  /** With the lines that the times are taken from. */
  readonly telling: Pick<Telling, 'database' | 'file' | 'certain'>
  /** How many entries get a time that was unknown. */
  readonly dated: number
  /** How many of what the file tells have none: their lines name no zone. */
  readonly undated: number
}

/** How many lines of a file have a stamp that names no zone, and nobody has named one. */
export function countNaive(file: ScannedWitness): number {
  return file.positions.reduce((count, _, i) => count + Number(isNaive(file, i)), 0)
}

/**
 * Gives entries that imports brought without a time the one that their own line tells by now. Nothing else of them
 * changes. What was redacted, and what does not say any more what its line says, stays as it is.
 *
 * @param store all that the session says; null for nothing
 * @param placement what was decided; null: the session stays as it is
 */
export function fillTimes(
  placement: Placement | null,
  telling: EntryTimes['telling'],
  store: StoreWitness | null,
  file: ScannedWitness | null,
): EntryTimes {
  if (!file) return { placement, telling, dated: 0, undated: 0 }
  const places = placement ?? keepAll(store?.entries.length ?? 0)
  const lines = new Map(
    store?.dated.includes(0) ? file.positions.map((position, i) => [file.places[position], i]) : [],
  )
  const [told, combine] = [places.told.slice(), places.combine.slice()]
  const added: number[] = []
  const limits = filePositionsAhead(places, telling)
  let undated = 0
  let last = -1
  for (const [at, seq] of places.store.entries()) {
    const position = telling.file[told[at] ?? -1] ?? -1
    if (seq === 0 || combine[at] !== 0) {
      last = Math.max(last, position)
      const row = telling.database[told[at] ?? -1] ?? -1
      const hasTime = (row !== -1 && telling.certain[told[at] ?? -1] === 1) || store?.dated[seq - 1] === 1
      if (!hasTime && position !== -1 && isNaive(file, lineAt(file, position))) undated++
      continue
    }
    const line = store && store.dated[seq - 1] === 0 ? lines.get(store.offsets[seq - 1] as number) : undefined
    if (!store || line === undefined || !isOf(store, seq - 1, file, line)) continue
    const own = file.positions[line] as number
    if (file.times[own] === null) undated += isNaive(file, line) ? 1 : 0
    else if (own > last && own < (limits[at] as number)) {
      told[at] = telling.file.length + added.length
      combine[at] = 2
      added.push(own)
      last = own
    }
  }
  if (added.length === 0) return { placement, telling, dated: 0, undated }
  return {
    placement: { store: places.store, told, combine },
    telling: {
      database: Int32Array.from([...telling.database, ...added.map(() => -1)]),
      file: Int32Array.from([...telling.file, ...added]),
      certain: Uint8Array.from([...telling.certain, ...added.map(() => 0)]),
    },
    dated: added.length,
    undated,
  }
}

/** Of each place, the first position of the file that is taken from there on: a file is read front to back. */
function filePositionsAhead(
  { store, told, combine }: Placement,
  telling: EntryTimes['telling'],
): Float64Array {
  const ahead = new Float64Array(store.length)
  let next = Number.POSITIVE_INFINITY
  for (let at = store.length - 1; at >= 0; at--) {
    const position = telling.file[told[at] ?? -1] ?? -1
    if (position !== -1 && (store[at] === 0 || combine[at] !== 0)) next = Math.min(next, position)
    ahead[at] = next
  }
  return ahead
}

/** Which of a file's entries stands at a position; as good as always the one of that number. */
function lineAt({ positions }: ScannedWitness, position: number): number {
  return positions[position] === position ? position : positions.indexOf(position)
}

function isNaive(file: ScannedWitness, i: number): boolean {
  return file.times[file.positions[i] ?? -1] === null && file.entries[i]?.stamp !== undefined
}

/** Whether an entry that an import brought still says what the line says that it was taken from. */
function isOf(store: StoreWitness, i: number, file: ScannedWitness, line: number): boolean {
  return (
    store.combinable[i] === 1 &&
    store.redacted[i] === 0 &&
    store.entries[i]?.fingerprint === file.entries[line]?.fingerprint
  )
}
