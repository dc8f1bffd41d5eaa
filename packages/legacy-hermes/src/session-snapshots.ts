import { basename } from 'node:path'
import type { LegacyWitness, SourceProblem, WitnessItem, WitnessReading } from '@faircopy/legacy-jsonl'
import { parseRecord } from '@faircopy/store-core'
import { readSnapshot, type Said, saidIn } from './session-snapshot.ts'

const NAME = /^session_(.+)\.json$/

/**
 * The files `session_<id>.json` beside the transcripts of a profile. Nothing imports them; while the witnesses of a session
 * are read, what they tell is compared with its snapshot, so that one which is an only copy is told as such.
 */
export class SessionSnapshots {
  readonly #paths: ReadonlyMap<string, string>
  readonly #checks = new Map<string, SnapshotCheck>()
  readonly #problems = new Map<string, SourceProblem>()

  constructor(paths: readonly string[]) {
    this.#paths = new Map(paths.map((path) => [NAME.exec(basename(path))?.[1] ?? '', path]))
  }

  /** What is known by now. */
  get problems(): readonly SourceProblem[] {
    return [...this.#problems.values()]
  }

  /** Looks at those of which the home has no session. */
  async checkLone(isKnown: (id: string) => boolean): Promise<void> {
    for (const [id, path] of this.#paths) {
      if (!isKnown(id)) this.#tell(id, path, missingIn(await readSnapshot(path), []))
    }
  }

  /** One of so many witnesses of a session, as it is; once all were read to their ends, the snapshot is known. */
  beside(id: string, witness: LegacyWitness, witnesses: number): LegacyWitness {
    const path = this.#paths.get(id)
    if (path === undefined) return witness
    const check = this.#checks.get(id) ?? new SnapshotCheck(path)
    this.#checks.set(id, check)
    return instead(witness, 'read', () => {
      const reading = witness.read()
      const items = async function* (done: () => Promise<void>): AsyncGenerator<WitnessItem> {
        const missing = await check.begin()
        for await (const item of reading) {
          if (missing && item.as === 'entry') takeOut(missing, item.entry.record)
          yield item
        }
        if (missing) check.end(`${witness.kind} ${witness.path}`, missing)
        await done()
      }
      const done = async (): Promise<void> => {
        const only = await check.only(witnesses)
        if (only !== null) this.#tell(id, path, only)
      }
      return instead<WitnessReading>(reading, Symbol.asyncIterator, () => items(done))
    })
  }

  #tell(id: string, path: string, only: number | string): void {
    if (only === 0) return
    const detail =
      typeof only === 'string'
        ? `${only}, so nothing tells whether it is an only copy`
        : `${only} of its messages are told by neither rows nor a transcript of session ${JSON.stringify(id)}; it is the home's only copy of them, and is not imported`
    this.#problems.set(path, { code: 'only-copy', path, detail })
  }
}

/** What each witness of a session that was read to its end does not tell of the snapshot. */
class SnapshotCheck {
  readonly #path: string
  readonly #read = new Map<string, Said>()
  #said: Promise<Said | string> | null = null
  #isDone = false

  constructor(path: string) {
    this.#path = path
  }

  /** What a pass has still to tell; null where the snapshot is settled. */
  async begin(): Promise<Map<string, number> | null> {
    if (this.#isDone) return null
    this.#said ??= readSnapshot(this.#path)
    const said = await this.#said
    return new Map(typeof said === 'string' ? [] : said)
  }

  end(witness: string, missing: Said): void {
    this.#read.set(witness, missing)
  }

  /** What only the snapshot has, once so many witnesses were read; null before, and where it was told already. */
  async only(witnesses: number): Promise<number | string | null> {
    if (this.#isDone || this.#said === null || this.#read.size < witnesses) return null
    this.#isDone = true
    const only = missingIn(await this.#said, [...this.#read.values()])
    this.#said = null
    this.#read.clear()
    return only
  }
}

function takeOut(missing: Map<string, number>, record: string): void {
  if (missing.size === 0) return
  const said = saidIn(parseRecord(record))
  const left = said === null ? undefined : missing.get(said)
  if (said === null || left === undefined) return
  if (left > 1) missing.set(said, left - 1)
  else missing.delete(said)
}

/** How many messages no witness tells; or in words, why that can't be told. */
function missingIn(said: Said | string, read: readonly Said[]): number | string {
  if (typeof said === 'string') return said
  let sum = 0
  for (const [text, count] of said) sum += Math.min(count, ...read.map((missing) => missing.get(text) ?? 0))
  return sum
}

/** An object as it is, but for one method. */
function instead<T extends object>(object: T, name: PropertyKey, method: () => unknown): T {
  return new Proxy(object, {
    get(target, asked) {
      if (asked === name) return method
      const value: unknown = Reflect.get(target, asked, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
