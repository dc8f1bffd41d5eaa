import { aligning, pairFields, type WitnessEntry } from '@faircopy/reconcile'
import { eachInTurn, giveWay, inTurns, isHeldLately } from '@faircopy/store-core/backend'
import type { ScannedWitness } from '../witness/scanned-witness.ts'
import { alignmentOf, inOrder } from './alignment.ts'
import { type Reconciled, reconciled } from './reconciled.ts'
import { type RunSides, runSides } from './run-sides.ts'

/** Why an entry of the database is stored as history and not as something the session says. */
export type HistoryStanding = 'withdrawn' | 'repeat'

/**
 * What the legacy side says as one: its database and its file merged, or the one there is. Positions are those of the
 * witnesses' passes; -1 where a witness does not tell the entry.
 */
export interface Telling {
  readonly entries: readonly WitnessEntry[]
  readonly database: Int32Array
  readonly file: Int32Array
  /** 1 where both tell it and no equally short merge pairs them otherwise: their members may be combined. */
  readonly certain: Uint8Array
  /** Database positions that are history. */
  readonly history: ReadonlyMap<number, HistoryStanding>
  /** The fingerprint of each of `history`. */
  readonly historyFingerprints: ReadonlyMap<number, string>
  /** How many certain pairs give the file's record members that it lacks. */
  readonly combined: number
  /** Members that certain pairs tell differently, and how many pairs do. */
  readonly conflicts: ReadonlyMap<string, number>
  /** How database and file were merged; null where there was only one of them. */
  readonly pairing: Reconciled | null
}

/** A database and its file, in which each row and line that the store has as one entry bear the same id. */
export interface PairedEntries {
  readonly database: readonly WitnessEntry[]
  readonly file: readonly WitnessEntry[]
}

/**
 * Merges the witnesses of a source. Where their order is not known the database alone is told. The event loop has its
 * turns meanwhile (S20).
 *
 * @param paired what an import paired before, where that has to stay
 */
export async function tell(
  database: ScannedWitness | null,
  file: ScannedWitness | null,
  paired: () => PairedEntries | undefined = () => undefined,
): Promise<Telling> {
  const history = new Map<number, HistoryStanding>()
  const historyFingerprints = new Map<number, string>()
  const setAside = (position: number, entry: WitnessEntry | undefined, standing: HistoryStanding): void => {
    history.set(position, standing)
    historyFingerprints.set(position, entry?.fingerprint ?? '')
  }
  await eachInTurn(database?.historyPositions ?? [], (position, i) => {
    setAside(position, database?.history[i], 'withdrawn')
  })

  const lone = database && file ? null : (database ?? file)
  if (!database || !file)
    return { ...(await tellAlone(lone, lone === file)), history, historyFingerprints, pairing: null }

  const pair = (rows: readonly WitnessEntry[], lines: readonly WitnessEntry[]): Promise<Reconciled> =>
    reconciled(
      { entries: rows, history: database.history, digest: database.digest },
      { entries: lines, digest: file.digest },
    )
  const known = paired()
  const asBefore = known && (await pair(known.database, known.file))
  const pairing =
    asBefore && asBefore.verdict !== 'ambiguous' ? asBefore : await pair(database.entries, file.entries)
  if (!pairing.merge) return { ...(await tellAlone(database, false)), history, historyFingerprints, pairing }

  for (const index of pairing.repeats) {
    setAside(database.positions[index] ?? -1, database.entries[index], 'repeat')
  }
  const told = new TellingBuilder(pairing.merge.reduce((sum, run) => sum + run.length, 0))
  for (const run of pairing.merge) {
    for (let i = 0; i < run.length; i++) {
      if (isHeldLately()) await giveWay()
      const sides = runSides(run, i)
      told.addPair(database, file, sides, run.from === 'both' && run.certain)
    }
  }
  return { ...told.done(), history, historyFingerprints, pairing }
}

/**
 * What both witnesses of a source say as one, also where their order is not known: in each contested gap the file, then
 * the database. Of the database's history nothing is told.
 */
export async function tellFileFirst(database: ScannedWitness, file: ScannedWitness): Promise<Telling> {
  const own = { entries: database.entries, history: database.history }
  const runs = await inTurns(aligning(own, { entries: file.entries }))
  const { canonical, legacy, certain, ...rest } = alignmentOf(runs, database.entries, file.entries)
  const told = new TellingBuilder(canonical.length)
  for (const place of inOrder({ canonical, legacy, certain, ...rest }, () => true)) {
    if (isHeldLately()) await giveWay()
    const sides = { canonical: canonical[place] ?? -1, legacy: legacy[place] ?? -1 }
    told.addPair(database, file, sides, certain[place] === 1)
  }
  return { ...told.done(), history: new Map(), historyFingerprints: new Map(), pairing: null }
}

async function tellAlone(
  witness: ScannedWitness | null,
  isFile: boolean,
): Promise<ReturnType<TellingBuilder['done']>> {
  const told = new TellingBuilder(witness?.entries.length ?? 0)
  await eachInTurn(witness?.entries ?? [], (entry, i) => {
    const position = witness?.positions[i] ?? -1
    if (isFile) told.add(undefined, entry, -1, position, false)
    else told.add(entry, undefined, position, -1, false)
  })
  return told.done()
}

class TellingBuilder {
  readonly #entries: WitnessEntry[] = []
  readonly #database: Int32Array
  readonly #file: Int32Array
  readonly #certain: Uint8Array
  readonly #conflicts = new Map<string, number>()
  #combined = 0

  constructor(length: number) {
    this.#database = new Int32Array(length)
    this.#file = new Int32Array(length)
    this.#certain = new Uint8Array(length)
  }

  add(
    ofDatabase: WitnessEntry | undefined,
    ofFile: WitnessEntry | undefined,
    databasePosition: number,
    filePosition: number,
    certain: boolean,
  ): void {
    const entry =
      ofFile && ofDatabase && certain ? new PairedEntry(ofDatabase, ofFile) : (ofFile ?? ofDatabase)
    if (!entry) throw new Error('a merge run points outside of its witnesses')
    const at = this.#entries.push(entry) - 1
    this.#database[at] = databasePosition
    this.#file[at] = filePosition
    this.#certain[at] = certain ? 1 : 0
    if (ofDatabase && ofFile && certain) {
      const { lacks, conflicts } = pairFields(ofDatabase, ofFile)
      if (lacks.length > 0) this.#combined++
      for (const name of conflicts) this.#conflicts.set(name, (this.#conflicts.get(name) ?? 0) + 1)
    }
  }

  addPair(
    database: ScannedWitness,
    file: ScannedWitness,
    { canonical, legacy }: RunSides,
    certain: boolean,
  ): void {
    this.add(
      database.entries[canonical],
      file.entries[legacy],
      database.positions[canonical] ?? -1,
      file.positions[legacy] ?? -1,
      certain,
    )
  }

  done(): Pick<Telling, 'entries' | 'database' | 'file' | 'certain' | 'combined' | 'conflicts'> {
    return {
      entries: this.#entries,
      database: this.#database,
      file: this.#file,
      certain: this.#certain,
      combined: this.#combined,
      conflicts: this.#conflicts,
    }
  }
}

class PairedEntry implements WitnessEntry {
  readonly #database: WitnessEntry
  readonly #file: WitnessEntry

  constructor(database: WitnessEntry, file: WitnessEntry) {
    this.#database = database
    this.#file = file
  }

  get fingerprint(): string {
    return this.#file.fingerprint
  }

  get distinctive(): boolean {
    return this.#file.distinctive
  }

  get nativeId(): string | undefined {
    return this.#file.nativeId ?? this.#database.nativeId
  }

  get stamp(): number | undefined {
    return this.#database.stamp ?? this.#file.stamp
  }

  get meta(): WitnessEntry['meta'] {
    return this.#file.meta
  }

  get fields(): ReadonlyMap<string, string> {
    return new Map([...(this.#database.fields ?? []), ...(this.#file.fields ?? [])])
  }
}
