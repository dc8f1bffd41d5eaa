import type { QuarantinedLine } from '@faircopy/store-core/operator'
import type { PlannedWitness } from '../plan/import-plan.ts'
import type { LegacyEntry } from '../source/legacy-entry.ts'
import type { LegacyWitness, WitnessItem, WitnessReading } from '../source/legacy-source.ts'
import { SourceChanged } from '../source/source-error.ts'

/** What a cursor comes past: entries with their position, and lines that are none. */
export type Passed =
  | { readonly as: 'entry'; readonly position: number; readonly entry: LegacyEntry }
  | { readonly as: 'aside'; readonly line: QuarantinedLine }

/** The second pass over a witness: its bodies, forward only, one in memory at a time. */
export class EntryCursor {
  readonly #witness: LegacyWitness
  readonly #digest: string
  readonly #reading: WitnessReading
  readonly #items: AsyncIterator<WitnessItem>
  #position = 0

  constructor(planned: PlannedWitness) {
    this.#witness = planned.witness
    this.#digest = planned.digest
    this.#reading = planned.witness.read()
    this.#items = this.#reading[Symbol.asyncIterator]()
  }

  /** Everything up to the entry at a position, that entry last. Fails with `SourceChanged` where there is none any more. */
  async *upTo(position: number): AsyncGenerator<Passed> {
    while (this.#position <= position) {
      const next = await this.#next()
      if (!next) throw new SourceChanged(this.#witness.path)
      yield next
    }
  }

  /** Everything that is left. Fails with `SourceChanged` if the whole was not, byte for byte, what was planned. */
  async *rest(): AsyncGenerator<Passed> {
    for (let next = await this.#next(); next; next = await this.#next()) yield next
    if (this.#reading.digest !== this.#digest) throw new SourceChanged(this.#witness.path)
  }

  /** Ends the pass, wherever it stands. */
  async close(): Promise<void> {
    await this.#items.return?.()
  }

  async #next(): Promise<Passed | null> {
    for (;;) {
      const { done, value } = await this.#items.next()
      if (done) return null
      if (value.as === 'entry') return { as: 'entry', position: this.#position++, entry: value.entry }
      if (value.as === 'quarantined' || value.as === 'metadata') return { as: 'aside', line: value.line }
    }
  }
}
